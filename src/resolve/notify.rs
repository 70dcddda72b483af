//! Who is told, and when: receivers, routes, times.

use std::collections::BTreeMap;
use std::time::Duration;

use super::hours::{self, BUSINESS};
use super::{consequences, labels, receivers as integrations, secrets};
use crate::catalog;
use crate::kernel::{Diagnostic, text, units};
use crate::model::config;
use crate::model::node::At;
use crate::model::stack::{Notify, Receiver, Route, Stack, TimeRange};
use crate::source::Document;

/// Receiver of what nobody wants to be told.
const NOBODY: &str = "nobody";
/// The `group_interval` of the root route.
const GROUP_INTERVAL: Duration = Duration::from_secs(300);
/// Alertmanager gives up a notification with its retries after one `group_interval`, which a slow mail server needs.
const LEAST_GROUP_INTERVAL: Duration = Duration::from_secs(30);

/// Adds receivers and routes to the stack.
pub fn add(stack: &mut Stack, document: &Document, found: &mut Vec<Diagnostic>) {
    let said = &document.config.notify;
    let here = At::root().key("notify");
    if stack.instance(catalog::NOTIFIER).is_none() {
        if *said != config::Notify::default() {
            found.push(
                Diagnostic::warning("SC527", "`notify` has no effect: this stack has no Alertmanager")
                    .at(document.place(&here))
                    .hint("remove `enabled: false` under `alertmanager`, or remove `notify`"),
            );
        }
        return;
    }
    let mut receivers: Vec<Receiver> = Vec::new();
    for (name, integrations) in &said.receivers {
        let at = here.key("receivers").key(name);
        let built = integrations
            .iter()
            .filter_map(|(key, value)| {
                integrations::integration(stack, document, (name, key), value, &at.key(key), found)
            })
            .collect();
        receivers.push(Receiver { name: name.clone(), integrations: built });
    }
    let mut notify = Notify { hours: hours::of(document, found), ..Notify::default() };
    notify.smtp = said.smtp.clone().map(|mut smtp| {
        let at = here.key("smtp").key("password_file");
        smtp.password_file =
            smtp.password_file.map(|f| secrets::refer(stack, catalog::NOTIFIER, "smtp.password", &f, at));
        smtp
    });
    labels::group_by(stack, document, found);
    notify.default = default(document, &mut receivers, found);
    notify.group_by =
        said.group_by.clone().unwrap_or_else(|| ["alertname", "service"].map(str::to_owned).to_vec());
    for (index, route) in said.routes.iter().enumerate() {
        let at = here.key("routes").index(index);
        let mut known = references(route, said, document, &at, &notify.hours, found);
        for label in route.matches.keys() {
            known &= labels::check(label, stack, (document, &at.key("match").key(label)), found);
        }
        if known {
            notify.routes.push(build(route, &mut receivers));
        }
    }
    if let Some(name) = &said.watchdog {
        refer_to(name, said, document, &here.key("watchdog"), found);
    }
    notify.watchdog.clone_from(&said.watchdog);
    if notify.watchdog.is_none() && !receivers.iter().any(|r| r.name == NOBODY) {
        receivers.push(Receiver { name: NOBODY.to_owned(), integrations: Vec::new() });
    }
    without_notifier(&notify, &receivers, document, found);
    unused(&notify, document, found);
    notify.receivers = receivers;
    stack.notify = notify;
}

/// The receiver of everything no route names: the one that is named, or the only one.
fn default(document: &Document, receivers: &mut Vec<Receiver>, found: &mut Vec<Diagnostic>) -> String {
    let said = &document.config.notify;
    let at = At::root().key("notify").key("default");
    if let Some(name) = &said.default {
        refer_to(name, said, document, &at, found);
        return name.clone();
    }
    if let [only] = receivers.as_slice() {
        return only.name.clone();
    }
    if !said.receivers.is_empty() {
        found.push(
            Diagnostic::error(
                "SC212",
                "`notify.default` is missing: alerts that no route names would reach nobody",
            )
            .at(document.place(&At::root().key("notify")))
            .hint(format!(
                "add `default:` with one of {}",
                text::list(&said.receivers.keys().collect::<Vec<_>>())
            )),
        );
    }
    receivers.push(Receiver { name: NOBODY.to_owned(), integrations: Vec::new() });
    NOBODY.to_owned()
}

fn refer_to(
    name: &str,
    said: &config::Notify,
    document: &Document,
    at: &At,
    found: &mut Vec<Diagnostic>,
) -> bool {
    if said.receivers.contains_key(name) {
        return true;
    }
    if consequences::is_unread(document, &At::root().key("notify").key("receivers").key(name)) {
        return false;
    }
    let names: Vec<&str> = said.receivers.keys().map(String::as_str).collect();
    let hint = match text::nearest(name, names.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if names.is_empty() => "add it under `notify.receivers`".to_owned(),
        None => format!("there are {}", text::list(&names)),
    };
    let message = format!("there is no receiver `{}`", text::shown(name));
    found.push(Diagnostic::error("SC211", message).at(document.value_place(at)).hint(hint));
    false
}

fn references(
    route: &config::Route,
    said: &config::Notify,
    document: &Document,
    at: &At,
    hours: &BTreeMap<String, Vec<TimeRange>>,
    found: &mut Vec<Diagnostic>,
) -> bool {
    let mut known = true;
    for (index, name) in route.to.iter().enumerate() {
        known &= refer_to(name, said, document, &at.key("to").index(index), found);
    }
    let unknown = |name: &String| {
        let at = At::root().key("notify").key("hours").key(name);
        !hours.contains_key(name) && !consequences::is_unread(document, &at)
    };
    for (index, name) in route.hours.iter().enumerate().filter(|(_, name)| unknown(name)) {
        let mut names: Vec<&str> =
            hours.keys().map(String::as_str).filter(|name| *name != BUSINESS).collect();
        names.insert(0, BUSINESS);
        let hint = match text::nearest(name, names.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if names.len() == 1 => {
                format!("there is the built-in `{BUSINESS}`; add others under `notify.hours`")
            }
            None => format!("there are {}; add others under `notify.hours`", text::list(&names)),
        };
        found.push(
            Diagnostic::error("SC211", format!("there are no hours `{}`", text::shown(name)))
                .at(document.value_place(&at.key("hours").index(index)))
                .hint(hint),
        );
        known = false;
    }
    if let Some(respond) = &route.respond
        && respond != "immediately"
        && units::parse_duration(respond).is_none()
    {
        found.push(
            Diagnostic::error(
                "SC106",
                format!("expected `immediately` or a duration such as 30m, found `{}`", text::shown(respond)),
            )
            .at(document.value_place(&at.key("respond"))),
        );
    }
    known && !route.to.is_empty()
}

fn build(route: &config::Route, receivers: &mut Vec<Receiver>) -> Route {
    let axes = [
        ("severity", route.severity.clone()),
        ("category", route.category.clone()),
        ("service", route.service.clone()),
    ];
    let others = route.matches.iter().map(|(label, value)| (label.as_str(), vec![value.clone()]));
    let labels = axes.into_iter().chain(others).filter(|(_, values)| !values.is_empty());
    let labels: Vec<(&str, Vec<String>)> =
        labels.map(|(label, values)| (label, with_synonyms(label, values))).collect();
    let within = within(route.respond.as_deref());
    let (wait, repeat) = within.map(pace).unzip();
    let repeat = route.repeat.clone().or_else(|| repeat.map(str::to_owned));
    Route {
        matchers: labels.iter().filter_map(|(label, values)| matcher(label, values)).collect(),
        labels: labels.into_iter().map(|(label, values)| (label.to_owned(), values)).collect(),
        respond: route.respond.clone(),
        receiver: combined(&route.to, receivers),
        group_wait: wait.map(str::to_owned),
        group_interval: group_interval(within, repeat.as_deref()),
        repeat_interval: repeat,
        active_time_intervals: route.hours.clone(),
        continues: route.continues,
    }
}

/// medium and warning are two words for one severity.
fn with_synonyms(label: &str, values: Vec<String>) -> Vec<String> {
    let synonyms: [String; 2] = ["medium", "warning"].map(str::to_owned);
    if label != "severity" || !values.iter().any(|value| synonyms.contains(value)) {
        return values;
    }
    let others = values.into_iter().filter(|value| !synonyms.contains(value));
    synonyms.iter().cloned().chain(others).collect()
}

/// A matcher in Alertmanager's UTF-8 syntax; none for no values.
pub(super) fn matcher(label: &str, values: &[String]) -> Option<String> {
    let quoted =
        |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"));
    let label = if labels::is_plain(label) { label.to_owned() } else { quoted(label) };
    match values {
        [] => None,
        [one] => Some(format!("{label}={}", quoted(one))),
        many => {
            let escaped: Vec<String> = many.iter().map(|value| regex::escape(value)).collect();
            Some(format!("{label}=~{}", quoted(&escaped.join("|"))))
        }
    }
}

/// Several receivers become one that has the integrations of all, because a route has one receiver.
fn combined(names: &[String], receivers: &mut Vec<Receiver>) -> String {
    let name = names.join("-");
    if !receivers.iter().any(|receiver| receiver.name == name) {
        let of = |name: &String| receivers.iter().find(|r| r.name == *name).map(|r| r.integrations.clone());
        let integrations = names.iter().filter_map(of).flatten().collect();
        receivers.push(Receiver { name: name.clone(), integrations });
    }
    name
}

/// The time of `respond`; none when the route promises nothing.
fn within(respond: Option<&str>) -> Option<Duration> {
    match respond? {
        "immediately" => Some(Duration::ZERO),
        text => Some(units::parse_duration(text).unwrap_or(Duration::ZERO)),
    }
}

/// `group_wait` and `repeat_interval` for a promise.
fn pace(within: Duration) -> (&'static str, &'static str) {
    match within.as_secs() {
        0 => ("0s", "1h"),
        1..=300 => ("10s", "2h"),
        301..=1800 => ("30s", "4h"),
        _ => ("1m", "12h"),
    }
}

/// `group_interval`: an alert that joins a group waits that long, so it is at most a quarter of the promise. It is also
/// what holds repetitions back, which wait for the first turn after their time: fast ones get four turns each.
fn group_interval(within: Option<Duration>, repeat: Option<&str>) -> Option<String> {
    let joining = within.map(|within| (within / 4).max(LEAST_GROUP_INTERVAL));
    let repeating = repeat.and_then(units::parse_duration).filter(|repeat| *repeat < GROUP_INTERVAL);
    let interval = joining.into_iter().chain(repeating.map(|repeat| repeat / 4)).min()?;
    (interval < GROUP_INTERVAL).then(|| units::format_duration(interval))
}

/// A route to a receiver that tells nobody is a mistake; so is a stack that tells nobody at all.
fn without_notifier(
    notify: &Notify,
    receivers: &[Receiver],
    document: &Document,
    found: &mut Vec<Diagnostic>,
) {
    let silent = |name: &str| receivers.iter().any(|r| r.name == name && r.integrations.is_empty());
    for name in document.config.notify.receivers.keys() {
        if silent(name) {
            found.push(
                Diagnostic::error(
                    "SC215",
                    format!("the receiver `{}` has nobody to tell", text::shown(name)),
                )
                .at(document.place(&At::root().key("notify").key("receivers").key(name)))
                .hint("add an integration such as `email: {to: …}`"),
            );
        }
    }
    if notify.default == NOBODY && document.config.notify.receivers.is_empty() {
        found.push(
            Diagnostic::warning("SC216", "alerts reach nobody: there is no receiver")
                .hint("add one under `notify.receivers` in stack.yml and name it as `notify.default`"),
        );
    }
}

/// A receiver that nothing names is never told anything. Without a default the missing default is the mistake, and a name
/// that no receiver has may be a slip for one that seems unused.
fn unused(notify: &Notify, document: &Document, found: &mut Vec<Diagnostic>) {
    let said = &document.config.notify;
    let routes = said.routes.iter().flat_map(|route| &route.to);
    let named: Vec<&String> = said.default.iter().chain(&said.watchdog).chain(routes).collect();
    if notify.default == NOBODY || !named.iter().all(|name| said.receivers.contains_key(*name)) {
        return;
    }
    // The only receiver is the default without being named.
    let used = |name: &&String| named.contains(name) || notify.default == **name;
    for name in said.receivers.keys().filter(|name| !used(name)) {
        let message = format!("nothing is sent to the receiver `{}`", text::shown(name));
        found.push(
            Diagnostic::warning("SC227", message)
                .at(document.place(&At::root().key("notify").key("receivers").key(name)))
                .hint("name it in `to` of one of `notify.routes` or as `notify.default`, or remove it"),
        );
    }
}
