//! The severities of alerts: one that no route names and no template knows is a slip, and its alert goes to the default.

use std::collections::BTreeSet;

use super::rule_file::{Makes, RuleFile};
use super::{matchers, tree};
use crate::catalog;
use crate::kernel::{Diagnostic, text};
use crate::model::node::Node;

const LABEL: &str = "severity";

/// Checks every alert against the severities of the catalogue and of the routes; `notifier` is Alertmanager's file.
pub fn check(rule_files: &[RuleFile], notifier: Option<&Node>, found: &mut Vec<Diagnostic>) {
    let mut known: BTreeSet<String> = catalog::SEVERITIES.iter().map(|word| (*word).to_owned()).collect();
    let route = notifier.and_then(|root| tree::get(root, "route"));
    if route.is_some_and(|route| !collect(route, &mut known)) {
        return;
    }
    let alerts = rule_files.iter().flat_map(|file| &file.rules).filter(|rule| rule.makes == Makes::Alert);
    for (rule, label) in alerts.flat_map(|rule| rule.labels.iter().map(move |label| (rule, label))) {
        let severity = tree::text(&label.node).unwrap_or_default();
        if label.key != LABEL || severity.is_empty() || severity.contains("{{") || known.contains(severity) {
            continue;
        }
        let names: Vec<&str> = known.iter().map(String::as_str).collect();
        let hint = match text::nearest(severity, names.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("use one of {}, or add a route that names it", text::list(&names)),
        };
        let message =
            format!("`{}`: no route names the severity `{}`", text::shown(&rule.name), text::shown(severity));
        found.push(Diagnostic::warning("SC522", message).at(label.node.place.clone()).hint(hint));
    }
}

/// Adds the severities that routes name; false when a route takes severities by a pattern.
fn collect(route: &Node, known: &mut BTreeSet<String>) -> bool {
    let written = tree::one_or_many(route, "matchers").into_iter().filter_map(tree::text);
    for matcher in written.flat_map(|text| matchers::parse(text).unwrap_or_default()) {
        if matcher.label != LABEL {
            continue;
        }
        if matcher.operator.ends_with('~') && matcher.value.contains(['.', '*', '+', '?', '(', '[', '\\']) {
            return false;
        }
        known.extend(matcher.value.split('|').map(str::to_owned));
    }
    tree::items_of(route, "routes").iter().all(|child| collect(child, known))
}
