//! Labels and annotations of alerts: what routing and people rely on, and what must never be a label.

use super::expressions;
use super::promql::Expr;
use super::rule_file::{Makes, Rule};
use super::scrape::Scrape;
use super::templates::{self, Action};
use super::text_place::Lines;
use super::tree;
use crate::kernel::{Diagnostic, Place, Severity, text};
use crate::model::node::Entry;

/// What the routes of the stack look at.
const LABELS: [&str; 3] = ["severity", "category", "service"];
/// What a person looks at.
const ANNOTATIONS: [&str; 3] = ["summary", "description", "runbook_url"];

/// Checks the labels and annotations of one rule; `missing` is how bad it is when a required one is not there.
pub fn check(
    rule: &Rule,
    lines: &Lines,
    (expr, scrape): (Option<&Expr>, &Scrape),
    missing: Severity,
    found: &mut Vec<Diagnostic>,
) {
    if rule.makes == Makes::Alert {
        required(rule, missing, found);
    }
    for entry in &rule.labels {
        if let Some(actions) = read(rule, entry, lines, scrape, found) {
            stable(rule, entry, &actions, found);
        }
    }
    let percentage = expr.is_some_and(expressions::is_percentage);
    let mut shown: Vec<(&str, Place)> = Vec::new();
    for entry in &rule.annotations {
        let Some(actions) = read(rule, entry, lines, scrape, found) else { continue };
        for field in actions.iter().flat_map(Action::fields) {
            if let Some(label) = field.strip_prefix("$labels.") {
                shown.push((label, lines.word(&entry.node, value(entry), field)));
            }
        }
        if percentage && actions.iter().any(shows_ratio) {
            found.push(
                Diagnostic::warning(
                    "SC413",
                    format!(
                        "`{}`: `humanizePercentage` multiplies a value by 100 that already is a percentage",
                        rule.name
                    ),
                )
                .at(lines.word(&entry.node, value(entry), "humanizePercentage"))
                .hint("remove `* 100` from the expression, or write `{{ $value | humanize }}%`"),
            );
        }
    }
    secrets(rule, expr, shown, lines, found);
}

fn value(entry: &Entry) -> &str {
    tree::text(&entry.node).unwrap_or_default()
}

fn required(rule: &Rule, missing: Severity, found: &mut Vec<Diagnostic>) {
    let has = |entries: &[Entry], key: &str| entries.iter().any(|e| e.key == key && !value(e).is_empty());
    let labels = LABELS.iter().filter(|key| !has(&rule.labels, key) && !has(&rule.inherited, key));
    let annotations = ANNOTATIONS.iter().filter(|key| !has(&rule.annotations, key));
    let (labels, annotations): (Vec<_>, Vec<_>) = (labels.collect(), annotations.collect());
    if labels.is_empty() && annotations.is_empty() {
        return;
    }
    let quoted: Vec<String> = labels.iter().chain(&annotations).map(|key| format!("`{key}`")).collect();
    let mut hint = Vec::new();
    if !labels.is_empty() {
        hint.push("labels decide who is told");
    }
    if !annotations.is_empty() {
        hint.push("annotations say what is wrong and what to do");
    }
    let message = format!("the alert `{}` has no {}", rule.name, text::list(&quoted));
    found.push(
        Diagnostic { severity: missing, ..Diagnostic::error("SC405", message) }
            .at(rule.place.clone())
            .hint(format!("add them: {}", hint.join(", "))),
    );
}

/// The actions of a template; what Prometheus refuses about them is reported.
fn read<'a>(
    rule: &Rule,
    entry: &'a Entry,
    lines: &Lines,
    scrape: &Scrape,
    found: &mut Vec<Diagnostic>,
) -> Option<Vec<Action<'a>>> {
    let text = value(entry);
    let Ok(actions) = templates::actions(text) else {
        let message = format!("`{}`: the template in `{}` is not closed", rule.name, entry.key);
        found.push(
            Diagnostic::error("SC415", message)
                .at(lines.word(&entry.node, text, "{{"))
                .hint("close every `{{` with `}}` and every quote within"),
        );
        return None;
    };
    let mut reported: Vec<&str> = Vec::new();
    for function in actions.iter().flat_map(Action::functions) {
        if reported.contains(&function) {
            continue;
        }
        if let Some((message, hint)) = unusable(function, scrape) {
            reported.push(function);
            found.push(
                Diagnostic::error("SC414", format!("`{}`: {message}", rule.name))
                    .at(lines.word(&entry.node, text, function))
                    .hint(hint),
            );
        }
    }
    Some(actions)
}

fn unusable(function: &str, scrape: &Scrape) -> Option<(String, String)> {
    match templates::since(function) {
        Err(_) => {
            let hint = match templates::meant(function) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "write `$labels.…` or `$value` for what belongs to the alert".to_owned(),
            };
            Some((format!("templates have no function `{function}`"), hint))
        }
        Ok(Some(since)) => {
            let version = scrape.version.as_ref().filter(|version| !version.since(since))?;
            let message = format!("`{function}` needs Prometheus {since}; this stack runs {version}");
            Some((message, format!("remove it, or run Prometheus {since} or newer")))
        }
        Ok(None) => None,
    }
}

/// A label that changes makes a new alert each time: `for` begins again, and so does the notification.
fn stable(rule: &Rule, entry: &Entry, actions: &[Action<'_>], found: &mut Vec<Diagnostic>) {
    let time = actions.iter().find_map(Action::time);
    let what = match (actions.iter().any(Action::uses_value), time) {
        (true, _) => "the value of the expression".to_owned(),
        (false, Some(function)) => format!("`{function}`"),
        (false, None) => return,
    };
    let message = format!("`{}`: the label `{}` changes with {what}", rule.name, entry.key);
    found.push(
        Diagnostic::error("SC406", message)
            .at(entry.key_place.clone())
            .hint("each change is another alert and begins `for` anew; move it to an annotation"),
    );
}

fn shows_ratio(action: &Action<'_>) -> bool {
    action.uses_value() && action.functions().any(|name| name == "humanizePercentage")
}

/// Labels travel to every dashboard and every notification.
fn secrets(
    rule: &Rule,
    expr: Option<&Expr>,
    shown: Vec<(&str, Place)>,
    lines: &Lines,
    found: &mut Vec<Diagnostic>,
) {
    let mut reported: Vec<&str> = Vec::new();
    let mut report = |label, place| {
        if looks_secret(label) && !reported.contains(&label) {
            reported.push(label);
            found.push(secret(&format!("`{}`: ", rule.name), label).at(place));
        }
    };
    for entry in &rule.labels {
        report(&entry.key, entry.key_place.clone());
    }
    for label in expr.map(expressions::labels).unwrap_or_default() {
        report(label, lines.word(&rule.expr, rule.expression(), label));
    }
    for (label, place) in shown {
        report(label, place);
    }
}

/// The finding about a label with a telling name.
pub fn secret(of: &str, label: &str) -> Diagnostic {
    let message = format!("{of}the label `{label}` looks like a secret");
    Diagnostic::warning("SC416", message).hint(
        "labels are stored, shown and sent in clear: remove it, or drop it with `metric_relabel_configs`",
    )
}

/// True for names such as `api_key` and `password`.
pub fn looks_secret(label: &str) -> bool {
    const LAST: [&str; 7] = ["password", "passwd", "secret", "token", "credential", "credentials", "apikey"];
    const KEYS: [&str; 7] = ["api", "access", "private", "secret", "license", "auth", "encryption"];
    let lower = label.to_lowercase();
    let mut parts = lower.rsplit('_');
    match (parts.next(), parts.next()) {
        (Some("key"), Some(kind)) => KEYS.contains(&kind),
        (Some(last), _) => LAST.contains(&last),
        (None, _) => false,
    }
}
