//! Alertmanager's routing tree: every name it uses exists, every matcher reads, and the paces fit together.

use std::collections::BTreeSet;
use std::time::Duration;

use super::{matchers, times, tree};
use crate::kernel::{Diagnostic, Place, text, units};
use crate::model::node::{Entry, Node, Value};

/// Alertmanager's own defaults.
const GROUP_INTERVAL: Duration = Duration::from_secs(300);
const REPEAT_INTERVAL: Duration = Duration::from_secs(4 * 3600);

/// Checks the tree of an `alertmanager.yml`.
pub fn check(root: &Node, found: &mut Vec<Diagnostic>) {
    let receivers = names(root, "receivers", "SC462", "receiver", found);
    let mut intervals = BTreeSet::new();
    for key in ["time_intervals", "mute_time_intervals"] {
        intervals.extend(names(root, key, "SC462", "time interval", found));
        for entry in tree::items_of(root, key) {
            times::check(entry, found);
        }
    }
    let known = Known { receivers, intervals };
    match tree::get(root, "route") {
        Some(route) => {
            whole(route, found);
            let pace = Pace { group: GROUP_INTERVAL, repeat: REPEAT_INTERVAL };
            check_route(route, &known, pace, found);
        }
        None => found.push(
            Diagnostic::error("SC463", "there is no `route`")
                .at(root.place.clone())
                .hint("add `route: {receiver: …}`"),
        ),
    }
    for rule in tree::items_of(root, "inhibit_rules") {
        for key in ["source_matchers", "target_matchers"] {
            check_matchers(rule, key, found);
        }
        deprecated(rule, &["source_match", "source_match_re", "target_match", "target_match_re"], found);
    }
}

/// The names that routes may use.
struct Known {
    receivers: BTreeSet<String>,
    intervals: BTreeSet<String>,
}

/// Times that a route hands down.
#[derive(Debug, Clone, Copy)]
struct Pace {
    group: Duration,
    repeat: Duration,
}

/// The names in a list; those that are there twice are reported.
fn names(
    root: &Node,
    key: &str,
    code: &'static str,
    what: &str,
    found: &mut Vec<Diagnostic>,
) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for node in tree::items_of(root, key).iter().filter_map(|item| tree::get(item, "name")) {
        let Some(name) = tree::text(node) else { continue };
        if !names.insert(name.to_owned()) {
            let message = format!("there are two {what}s `{}`", text::printable(name));
            found.push(Diagnostic::error(code, message).at(node.place.clone()).hint("rename one of them"));
        }
    }
    names
}

/// The root route takes everything.
fn whole(route: &Node, found: &mut Vec<Diagnostic>) {
    let limits =
        ["matchers", "match", "match_re", "mute_time_intervals", "active_time_intervals", "continue"];
    for entry in tree::entries(route).iter().filter(|entry| limits.contains(&entry.key.as_str())) {
        if matches!(&entry.node.value, Value::Null) || tree::text(&entry.node) == Some("false") {
            continue;
        }
        found.push(
            Diagnostic::error(
                "SC463",
                format!("the root route has `{}`, but it must take every alert", entry.key),
            )
            .at(entry.key_place.clone())
            .hint("move it to a route below `routes:`"),
        );
    }
    if tree::text_of(route, "receiver").is_none_or(str::is_empty) {
        found.push(
            Diagnostic::error("SC463", "the root route has no receiver")
                .at(route.place.clone())
                .hint("add `receiver:` for everything that no route names"),
        );
    }
}

fn check_route(route: &Node, known: &Known, above: Pace, found: &mut Vec<Diagnostic>) {
    if let Some(node) = tree::get(route, "receiver") {
        refer("SC461", "receiver", node, &known.receivers, found);
    }
    for key in ["mute_time_intervals", "active_time_intervals"] {
        for node in tree::items_of(route, key) {
            refer("SC466", "time interval", node, &known.intervals, found);
        }
    }
    check_matchers(route, "matchers", found);
    deprecated(route, &["match", "match_re"], found);
    let duration = |key| tree::text_of(route, key).and_then(units::parse_duration);
    let pace = Pace {
        group: duration("group_interval").unwrap_or(above.group),
        repeat: duration("repeat_interval").unwrap_or(above.repeat),
    };
    let own = route.entry("repeat_interval").or_else(|| route.entry("group_interval"));
    if let Some(entry) = own.filter(|_| pace.repeat < pace.group) {
        found.push(too_often(entry, pace));
    }
    for child in tree::items_of(route, "routes") {
        check_route(child, known, pace, found);
    }
}

fn too_often(entry: &Entry, pace: Pace) -> Diagnostic {
    let (repeat, group) = (units::format_duration(pace.repeat), units::format_duration(pace.group));
    let message =
        format!("`repeat_interval: {repeat}` is shorter than `group_interval: {group}`, which holds it back");
    Diagnostic::warning("SC469", message)
        .at(entry.node.place.clone())
        .hint(format!("repeat no faster than every {group}, or shorten `group_interval`"))
}

fn refer(code: &'static str, what: &str, node: &Node, known: &BTreeSet<String>, found: &mut Vec<Diagnostic>) {
    let name = tree::text(node).unwrap_or_default();
    if known.contains(name) {
        return;
    }
    let names: Vec<&str> = known.iter().map(String::as_str).collect();
    let hint = match text::nearest(name, names.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if names.is_empty() => format!("define the {what} first"),
        None => format!("there are {}", text::list(&names)),
    };
    let message = format!("there is no {what} `{}`", text::printable(name));
    found.push(Diagnostic::error(code, message).at(node.place.clone()).hint(hint));
}

fn check_matchers(owner: &Node, key: &str, found: &mut Vec<Diagnostic>) {
    for node in tree::one_or_many(owner, key) {
        let written = tree::text(node).unwrap_or_default();
        if let Err(wrong) = matchers::parse(written) {
            let message = format!("`{}` is no matcher: {}", text::printable(written), wrong.message);
            found.push(Diagnostic::error("SC464", message).at(node.place.clone()).hint(wrong.hint));
        }
    }
}

fn deprecated(owner: &Node, keys: &[&str], found: &mut Vec<Diagnostic>) {
    for entry in tree::entries(owner).iter().filter(|entry| keys.contains(&entry.key.as_str())) {
        let regex = entry.key.ends_with("_re");
        let (instead, place): (String, &Place) =
            (entry.key.trim_end_matches("_re").replace("match", "matchers"), &entry.key_place);
        let operator = if regex { "=~" } else { "=" };
        let example = tree::entries(&entry.node).first().map_or_else(
            || format!("label{operator}\"value\""),
            |pair| format!("{}{operator}\"{}\"", pair.key, tree::text(&pair.node).unwrap_or_default()),
        );
        found.push(
            Diagnostic::warning("SC465", format!("`{}` is deprecated", entry.key))
                .at(place.clone())
                .hint(format!("write `{instead}: ['{example}']`")),
        );
    }
}
