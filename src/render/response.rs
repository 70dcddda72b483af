//! What the routes promise: `respond: 5m` of the route that takes an alert becomes its annotation `response: "within 5m"`.

use std::collections::BTreeMap;
use std::time::Duration;

use super::annotate::{Alert, Texts};
use crate::kernel::units;
use crate::model::stack::{Route, Stack};

/// The dead man's switch goes its own way, before all routes.
pub const HEARTBEAT: &str = "Watchdog";

/// What the routes of the stack promise for the alerts of a rule file.
pub fn promises(stack: &Stack, alerts: &[Alert]) -> Texts {
    let promise = |alert: &Alert| Some((alert.name().to_owned(), promise(stack, &alert.labels)?));
    // An alert that stands there once for each objective may be promised differently each time: then nothing is said.
    let mut namesakes: BTreeMap<&str, usize> = BTreeMap::new();
    alerts.iter().for_each(|alert| *namesakes.entry(alert.name()).or_default() += 1);
    let once = |alert: &&Alert| namesakes.get(alert.name()) == Some(&1);
    alerts.iter().filter(once).filter_map(promise).collect()
}

/// What the routes that may take these labels promise in common. A route that goes by a label of the series (`match: {job: …}`)
/// may take the alert or not; the promise then is the longest of both, which holds either way.
fn promise(stack: &Stack, labels: &BTreeMap<String, String>) -> Option<String> {
    if labels.get("alertname").is_some_and(|name| name == HEARTBEAT) {
        return None;
    }
    let mut possible = Vec::new();
    let mut continued = Vec::new();
    for route in &stack.notify.routes {
        match takes(route, labels) {
            Some(false) => {}
            // The route below has the promise, if there is one.
            took if route.continues => continued.extend(took.map(|_| route)),
            None => possible.push(route),
            Some(true) => {
                possible.push(route);
                return common(&possible);
            }
        }
    }
    // What no route takes goes to the default receiver, which promises nothing.
    possible.is_empty().then(|| common(&continued))?
}

/// The one promise of all these routes, or the longest where they differ in nothing but time.
fn common(routes: &[&Route]) -> Option<String> {
    let (first, rest) = routes.split_first()?;
    let hours = &first.active_time_intervals;
    if rest.iter().any(|route| route.active_time_intervals != *hours) {
        return None;
    }
    let times: Option<Vec<Duration>> = routes.iter().map(|route| within(route)).collect();
    Some(words(times?.into_iter().max()?, hours))
}

/// Whether a route takes an alert; none when a label has its value from the series.
fn takes(route: &Route, labels: &BTreeMap<String, String>) -> Option<bool> {
    let fixed = |label: &String| labels.get(label).filter(|value| !value.contains("{{"));
    let differs =
        |(label, values): &(String, Vec<String>)| fixed(label).is_some_and(|value| !values.contains(value));
    if route.labels.iter().any(differs) {
        return Some(false);
    }
    route.labels.iter().all(|(label, _)| fixed(label).is_some()).then_some(true)
}

/// The time of `respond`; none when the route has none.
fn within(route: &Route) -> Option<Duration> {
    match route.respond.as_deref()? {
        "immediately" => Some(Duration::ZERO),
        text => units::parse_duration(text),
    }
}

fn words(within: Duration, hours: &[String]) -> String {
    let mut words = if within.is_zero() {
        "immediately".to_owned()
    } else {
        format!("within {}", units::format_duration(within))
    };
    let hours = hours.iter().map(|name| match name.as_str() {
        "business" => "in business hours".to_owned(),
        other => format!("in the hours {other}"),
    });
    let hours: Vec<String> = hours.collect();
    if !hours.is_empty() {
        words.push_str(&format!(", {}", hours.join(" or ")));
    }
    words
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::promises;
    use crate::model::stack::Stack;
    use crate::render::annotate;
    use crate::resolve::{KnownImages, resolve};
    use crate::source;

    const RULES: &str = "\
groups:
  - name: g
    rules:
      # Said before.
      - alert: Slow
        expr: x > 1
        labels:
          severity: warning # mild
          category: 'performance'
          service: shop
        annotations:
          # Kept.
          summary: slow

      - alert: Down
        expr: up == 0
        labels:
          severity: critical
          category: availability
          service: '{{ $labels.job }}'
        annotations:
            summary: down
      - alert: Watchdog
        expr: vector(1)
        labels:
          severity: critical
        annotations:
          summary: beats
";

    fn stack(routes: &str) -> Stack {
        let text = format!(
            "notify:\n  receivers: {{m: {{webhook: {{url: \"http://x\"}}}}}}\n  hours: {{nights: {{days: sunday, from: \"00:00\", to: \"06:00\"}}}}\n  routes: {routes}"
        );
        let (document, found) = source::read(text.as_bytes(), "stack.yml", &BTreeMap::new());
        assert_eq!(found, []);
        let (stack, found) = resolve(&document, None, &KnownImages::new());
        assert_eq!(found, []);
        stack
    }

    fn promised(routes: &str) -> Vec<String> {
        promises(&stack(routes), &annotate::read(RULES))
            .into_iter()
            .map(|(alert, text)| format!("{alert}: {text}"))
            .collect()
    }

    #[test]
    fn the_first_route_that_takes_an_alert_promises() {
        assert_eq!(
            promised("[{severity: critical, to: m, respond: immediately}, {to: m, respond: 90m}]"),
            ["Down: immediately", "Slow: within 1h30m"]
        );
        assert_eq!(
            promised(
                "[{severity: medium, category: [security, performance], to: m, hours: business, respond: 4h}]"
            ),
            ["Slow: within 4h, in business hours"]
        );
        assert_eq!(
            promised("[{severity: warning, to: m, hours: nights, respond: 4h}]"),
            ["Slow: within 4h, in the hours nights"]
        );
    }

    #[test]
    fn a_route_that_continues_promises_only_what_no_route_below_takes() {
        let routes =
            "[{to: m, respond: immediately, continue: true}, {severity: critical, to: m, respond: 5m}]";
        assert_eq!(promised(routes), ["Down: within 5m", "Slow: immediately"]);
        let routes = "[{match: {job: a}, to: m, respond: 5m, continue: true}]";
        assert_eq!(promised(routes), [""; 0], "the label of the series decides");
    }

    #[test]
    fn what_no_route_promises_stays_unsaid() {
        assert_eq!(promised("[{severity: warning, to: m}, {to: m, respond: 1h}]"), ["Down: within 1h"]);
        assert_eq!(promised("[{severity: high, to: m, respond: 1h}]"), [""; 0]);
    }

    #[test]
    fn where_a_label_of_the_series_decides_the_longest_promise_holds() {
        let routes = "[{service: shop, to: m, respond: 5m}, {to: m, respond: 1h}]";
        assert_eq!(promised(routes), ["Down: within 1h", "Slow: within 5m"]);
        let routes = "[{severity: critical, match: {job: probe}, to: m, respond: immediately}, {to: m, respond: immediately}]";
        assert_eq!(promised(routes), ["Down: immediately", "Slow: immediately"]);
        let routes = "[{match: {job: probe}, to: m}, {to: m, respond: 5m}]";
        assert_eq!(promised(routes), [""; 0], "one of the two promises nothing");
        let routes = "[{match: {job: a}, to: m, respond: 5m, hours: nights}, {to: m, respond: 5m}]";
        assert_eq!(promised(routes), [""; 0], "one of the two waits for its hours");
        let routes = "[{severity: low, service: shop, to: m, respond: 5m}, {to: m, respond: 1h}]";
        assert_eq!(promised(routes), ["Down: within 1h", "Slow: within 1h"]);
        assert_eq!(promised("[{match: {instance: a}, to: m, respond: 5m}]"), [""; 0]);
        assert_eq!(promised("[{match: {alertname: Down}, to: m, respond: 5m}]"), ["Down: within 5m"]);
    }
}
