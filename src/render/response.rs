//! What the routes promise: `respond: 5m` of the route that takes an alert becomes its annotation `response: "within 5m"`.

use std::collections::BTreeMap;
use std::time::Duration;

use super::annotate::{Alert, Texts};
use crate::kernel::units;
use crate::model::stack::{Route, Stack};

/// The dead man's switch goes its own way, before all routes.
const HEARTBEAT: &str = "Watchdog";

/// What the routes of the stack promise for the alerts of a rule file.
pub fn promises(stack: &Stack, alerts: &[Alert]) -> Texts {
    let promise = |alert: &Alert| Some((alert.name().to_owned(), promise(stack, &alert.labels)?));
    // An alert that stands there once for each objective may be promised differently each time: then nothing is said.
    let once = |alert: &&Alert| alerts.iter().filter(|other| other.name() == alert.name()).count() == 1;
    alerts.iter().filter(once).filter_map(promise).collect()
}

/// What the first route that takes these labels promises. None as well when that shows only in the alert itself.
fn promise(stack: &Stack, labels: &BTreeMap<String, String>) -> Option<String> {
    if labels.get("alertname").is_some_and(|name| name == HEARTBEAT) {
        return None;
    }
    for route in &stack.notify.routes {
        if takes(route, labels)? {
            return words(route);
        }
    }
    None
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

fn words(route: &Route) -> Option<String> {
    let within = match route.respond.as_deref()? {
        "immediately" => Duration::ZERO,
        text => units::parse_duration(text)?,
    };
    let mut words = if within.is_zero() {
        "immediately".to_owned()
    } else {
        format!("within {}", units::format_duration(within))
    };
    for hours in &route.active_time_intervals {
        match hours.as_str() {
            "business" => words.push_str(", in business hours"),
            other => words.push_str(&format!(", in the hours {other}")),
        }
    }
    Some(words)
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
    fn what_no_route_promises_stays_unsaid() {
        assert_eq!(promised("[{severity: warning, to: m}, {to: m, respond: 1h}]"), ["Down: within 1h"]);
        assert_eq!(promised("[{severity: high, to: m, respond: 1h}]"), [""; 0]);
    }

    #[test]
    fn a_label_from_the_series_leaves_the_promise_open() {
        let routes = "[{service: shop, to: m, respond: 5m}, {to: m, respond: 1h}]";
        assert_eq!(promised(routes), ["Slow: within 5m"]);
        let routes = "[{severity: low, service: shop, to: m, respond: 5m}, {to: m, respond: 1h}]";
        assert_eq!(promised(routes), ["Down: within 1h", "Slow: within 1h"]);
        assert_eq!(promised("[{match: {instance: a}, to: m, respond: 5m}]"), [""; 0]);
        assert_eq!(promised("[{match: {alertname: Down}, to: m, respond: 5m}]"), ["Down: within 5m"]);
    }
}
