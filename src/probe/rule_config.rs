//! Whether Prometheus runs the rule files that were rendered, and whether the rules work.
//!
//! Compared: files, groups, intervals, and for every rule its kind, name, `for`, `keep_firing_for`, labels
//! and expression. Prometheus prints expressions in its own form, so they are compared by their words, not
//! by their layout (see [`super::expression`]). Annotations are not compared. Pure: no requests.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_yaml::Value;

use super::expression::same_expression;
use super::prometheus_model::{Rule, RuleGroup, RuleKind};
use super::running_config::{CompareError, Difference};
use super::running_value::display;
use crate::kernel::text::printable;
use crate::kernel::units::{format_duration, parse_duration};

/// One rendered rule file.
#[derive(Debug, Clone, Copy)]
pub struct RuleFile<'a> {
    /// Path relative to the configuration directory: `rules/app.yml`.
    pub path: &'a str,
    /// Its text.
    pub text: &'a str,
}

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    groups: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    name: String,
    interval: Option<String>,
    #[serde(default)]
    labels: BTreeMap<String, Value>,
    #[serde(default)]
    rules: Vec<Written>,
}

#[derive(Deserialize)]
struct Written {
    alert: Option<String>,
    record: Option<String>,
    #[serde(default)]
    expr: Value,
    #[serde(rename = "for")]
    hold: Option<String>,
    keep_firing_for: Option<String>,
    #[serde(default)]
    labels: BTreeMap<String, Value>,
}

/// Compares rendered rule files with the groups of `/api/v1/rules`. Empty means: they run and none fails.
///
/// A rule whose last evaluation failed is reported as `….health`; one that was not evaluated yet is not.
pub fn rule_differences(
    rendered: &[RuleFile<'_>],
    running: &[RuleGroup],
) -> Result<Vec<Difference>, CompareError> {
    let mut found = Vec::new();
    let mut expected: Vec<(&str, String)> = Vec::new();
    for file in rendered {
        let parsed: File = serde_yaml::from_str(file.text)
            .map_err(|source| CompareError::Rendered { file: file.path.to_owned(), source })?;
        for group in parsed.groups {
            let path = format!("{}/{}", file.path, group.name);
            let twin = running.iter().find(|other| belongs(other, file.path) && other.name == group.name);
            match twin {
                Some(other) => compare_group(&path, &group, other, &mut found),
                None => found.push(difference(path, Some(described(group.rules.len())), None)),
            }
            expected.push((file.path, group.name));
        }
    }
    for group in running {
        let known = expected.iter().any(|(file, name)| belongs(group, file) && group.name == *name);
        if !known {
            let path = format!("{}/{}", group.file, group.name);
            found.push(difference(path, None, Some(described(group.rules.len()))));
        }
    }
    Ok(found)
}

fn belongs(group: &RuleGroup, file: &str) -> bool {
    group.file == file || group.file.ends_with(&format!("/{}", file.trim_start_matches("./")))
}

fn compare_group(path: &str, group: &Group, running: &RuleGroup, found: &mut Vec<Difference>) {
    if let Some(interval) = &group.interval {
        compare_seconds(format!("{path}.interval"), interval, running.interval, found);
    }
    for at in 0..group.rules.len().max(running.rules.len()) {
        match (group.rules.get(at), running.rules.get(at)) {
            (Some(rule), Some(other)) => compare_rule(path, (group, rule), other, found),
            (Some(rule), None) => found.push(difference(format!("{path}[{at}]"), Some(rule.title()), None)),
            (None, Some(other)) => found.push(difference(format!("{path}[{at}]"), None, Some(title(other)))),
            (None, None) => {}
        }
    }
}

fn compare_rule(group_path: &str, written: (&Group, &Written), running: &Rule, found: &mut Vec<Difference>) {
    let (group, rule) = written;
    let path = format!("{group_path}/{}", rule.name());
    if rule.title() != title(running) {
        found.push(difference(path, Some(rule.title()), Some(title(running))));
        return;
    }
    let expression = display(&rule.expr);
    if !same_expression(&expression, &running.query) {
        found.push(difference(format!("{path}.expr"), Some(expression), Some(running.query.clone())));
    }
    let zero = || "0s".to_owned();
    compare_seconds(format!("{path}.for"), &rule.hold.clone().unwrap_or_else(zero), running.duration, found);
    let keep = rule.keep_firing_for.clone().unwrap_or_else(zero);
    compare_seconds(format!("{path}.keep_firing_for"), &keep, running.keep_firing_for, found);
    // The labels of a group apply to its rules unless the rule sets them itself.
    let mut labels: BTreeMap<&str, String> = BTreeMap::new();
    labels.extend(group.labels.iter().map(|(name, value)| (name.as_str(), display(value))));
    labels.extend(rule.labels.iter().map(|(name, value)| (name.as_str(), display(value))));
    compare_labels(&path, &labels, &running.labels, found);
    if running.health == "err" || !running.last_error.is_empty() {
        let said = printable(&format!("{}: {}", running.health, running.last_error));
        found.push(difference(format!("{path}.health"), Some("ok".to_owned()), Some(said)));
    }
}

fn compare_labels(
    path: &str,
    rendered: &BTreeMap<&str, String>,
    running: &BTreeMap<String, String>,
    found: &mut Vec<Difference>,
) {
    for (name, value) in rendered.iter().filter(|(_, value)| !value.is_empty()) {
        let other = running.get(*name);
        if other != Some(value) {
            found.push(difference(format!("{path}.labels.{name}"), Some(value.clone()), other.cloned()));
        }
    }
    for (name, value) in running.iter().filter(|(name, _)| !rendered.contains_key(name.as_str())) {
        found.push(difference(format!("{path}.labels.{name}"), None, Some(value.clone())));
    }
}

/// Prometheus reports seconds as a number where the file has a duration.
fn compare_seconds(path: String, rendered: &str, running: f64, found: &mut Vec<Difference>) {
    let running = std::time::Duration::try_from_secs_f64(running).unwrap_or_default();
    if parse_duration(rendered) != Some(running) {
        found.push(difference(path, Some(rendered.to_owned()), Some(format_duration(running))));
    }
}

impl Written {
    fn name(&self) -> &str {
        self.alert.as_deref().or(self.record.as_deref()).unwrap_or("")
    }

    fn title(&self) -> String {
        let kind = if self.alert.is_some() { RuleKind::Alerting } else { RuleKind::Recording };
        titled(kind, self.name())
    }
}

fn title(rule: &Rule) -> String {
    titled(rule.kind, &rule.name)
}

fn titled(kind: RuleKind, name: &str) -> String {
    match kind {
        RuleKind::Alerting => format!("alert {name}"),
        RuleKind::Recording => format!("record {name}"),
    }
}

fn described(rules: usize) -> String {
    format!("a group of {}", crate::kernel::text::count(rules, "rule"))
}

fn difference(path: String, rendered: Option<String>, running: Option<String>) -> Difference {
    Difference { path, rendered, running }
}
