//! What the routes promise, written into the rules: `respond: 5m` of the route that takes an alert becomes its annotation
//! `response: "within 5m"`. Line by line, so that comments and the way a file is written stay.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::json;

use super::yaml;
use crate::kernel::units;
use crate::model::stack::{Route, Stack};

/// The dead man's switch goes its own way, before all routes.
const HEARTBEAT: &str = "Watchdog";

/// Promises by alert. An alert without one is not in it.
pub type Promises = BTreeMap<String, String>;

/// What the routes of the stack promise for the alerts of a rule file.
pub fn promises(stack: &Stack, rules: &str) -> Promises {
    let promise = |labels: BTreeMap<String, String>| {
        let text = promise(stack, &labels)?;
        Some((labels.get("alertname")?.clone(), text))
    };
    let alerts = alerts(rules);
    // An alert that stands there once for each objective may be promised differently each time: then nothing is said.
    let once = |labels: &BTreeMap<String, String>| {
        let same = alerts.iter().filter(|other| other.get("alertname") == labels.get("alertname"));
        same.count() == 1
    };
    alerts.iter().filter(|labels| once(labels)).cloned().filter_map(promise).collect()
}

/// The rule file with the promises in its annotations.
pub fn into_rules(rules: &str, promises: &Promises) -> String {
    annotate(rules, ("- alert:", "annotations:"), promises)
}

/// The unit tests with the promises in the annotations they expect.
pub fn into_tests(tests: &str, promises: &Promises) -> String {
    annotate(tests, ("alertname:", "exp_annotations:"), promises)
}

/// Adds a line behind each `block` that follows a `name`, unless the block has one already.
fn annotate(text: &str, (name, block): (&str, &str), promises: &Promises) -> String {
    let mut out = String::with_capacity(text.len());
    let mut promise = None;
    let mut lines = text.split_inclusive('\n').peekable();
    while let Some(line) = lines.next() {
        out.push_str(line);
        if let Some(alert) = value(line, name) {
            promise = promises.get(&alert);
        }
        let inside = lines.peek().map_or(0, |next| indent(next));
        if let Some(promise) = promise.filter(|_| line.trim() == block && inside > indent(line)) {
            out.push_str(&format!("{}response: {}\n", " ".repeat(inside), yaml::scalar(&json!(promise))));
        }
    }
    out
}

/// Name and labels of every alert of a rule file.
fn alerts(rules: &str) -> Vec<BTreeMap<String, String>> {
    let mut found: Vec<BTreeMap<String, String>> = Vec::new();
    let mut block = None;
    for line in rules.lines().filter(|line| !line.trim_start().starts_with('#') && !line.trim().is_empty()) {
        if let Some(alert) = value(line, "- alert:") {
            found.push(BTreeMap::from([("alertname".to_owned(), alert)]));
        }
        if block.is_some_and(|block| indent(line) <= block) {
            block = None;
        }
        if let (Some(_), Some(labels), Some((label, value))) = (block, found.last_mut(), line.split_once(':'))
        {
            labels.insert(label.trim().to_owned(), plain(value));
        }
        if line.trim() == "labels:" {
            block = Some(indent(line));
        }
    }
    found
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

fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// The value of a line that begins with this key.
fn value(line: &str, key: &str) -> Option<String> {
    line.trim_start().strip_prefix(key).map(plain)
}

/// A scalar without its quotes and without a comment behind it.
fn plain(text: &str) -> String {
    text.split(" #").next().unwrap_or_default().trim().trim_matches(['"', '\'']).to_owned()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{Promises, alerts, into_rules, into_tests, promises};
    use crate::model::stack::Stack;
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
        promises(&stack(routes), RULES).into_iter().map(|(alert, text)| format!("{alert}: {text}")).collect()
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

    #[test]
    fn the_line_stands_in_its_block_and_nothing_else_changes() {
        let promises = Promises::from([("Down".to_owned(), "within \"5m\"".to_owned())]);
        let line = "            response: \"within \\\"5m\\\"\"\n";
        let written = into_rules(RULES, &promises);
        assert_eq!(
            written,
            RULES.replace("            summary: down", &format!("{line}            summary: down"))
        );
        let tests = "\
      - eval_time: 5m
        alertname: Down
        exp_alerts:
          - exp_labels:
              severity: critical
            exp_annotations:
              summary: down
      - eval_time: 5m
        alertname: Slow
        exp_alerts:
          - exp_annotations:
              summary: slow
";
        let expected =
            tests.replace("              summary: down", &format!("  {line}              summary: down"));
        assert_eq!(into_tests(tests, &promises), expected);
        assert_eq!(into_rules(RULES, &Promises::new()), RULES);
    }

    #[test]
    fn labels_are_read_as_they_are_written() {
        let found = alerts(RULES);
        assert_eq!(found.len(), 3);
        assert_eq!(found[0]["category"], "performance");
        assert_eq!(found[1]["service"], "{{ $labels.job }}");
    }
}
