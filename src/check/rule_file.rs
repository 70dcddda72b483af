//! The structure of a rule file: groups and rules as Prometheus reads them, strictly.
//!
//! What is malformed is reported and left out; what is left is good enough to look into.

use std::time::Duration;

use super::files::Origin;
use super::text_place::Lines;
use super::tree;
use crate::kernel::{Diagnostic, Place, text, units};
use crate::model::node::{Entry, Node, Value};

const FILE_KEYS: [&str; 1] = ["groups"];
/// Keys of files with unit tests.
const TEST_KEYS: [&str; 5] =
    ["tests", "rule_files", "evaluation_interval", "group_eval_order", "fuzzy_compare"];
const GROUP_KEYS: [&str; 6] = ["name", "interval", "query_offset", "limit", "labels", "rules"];
const RULE_KEYS: [&str; 7] = ["alert", "record", "expr", "for", "keep_firing_for", "labels", "annotations"];

/// A rule file that could be read.
#[derive(Debug)]
pub struct RuleFile {
    /// Who wrote it.
    pub origin: Origin,
    /// Its lines.
    pub lines: Lines,
    /// Its groups that have a name.
    pub groups: Vec<Group>,
    /// Its rules.
    pub rules: Vec<Rule>,
}

/// One group.
#[derive(Debug)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// Where the name stands.
    pub place: Place,
    /// Time between evaluations, when it has its own, and where that stands.
    pub interval: Option<(Duration, Place)>,
}

/// What a rule makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Makes {
    /// An alert.
    Alert,
    /// A series.
    Series,
}

/// One rule.
#[derive(Debug)]
pub struct Rule {
    /// What it makes.
    pub makes: Makes,
    /// The name of the alert or the series.
    pub name: String,
    /// Where the name stands.
    pub place: Place,
    /// The expression.
    pub expr: Node,
    /// How long the expression must hold, and where that stands.
    pub wait: Option<(Duration, Place)>,
    /// Labels.
    pub labels: Vec<Entry>,
    /// Labels that the group gives to all its rules.
    pub inherited: Vec<Entry>,
    /// Annotations.
    pub annotations: Vec<Entry>,
    /// Time between evaluations of its group.
    pub interval: Option<Duration>,
}

impl Rule {
    /// The text of the expression.
    pub fn expression(&self) -> &str {
        tree::text(&self.expr).unwrap_or_default()
    }

    /// "the alert X", "the recorded series y".
    pub fn described(&self) -> String {
        match self.makes {
            Makes::Alert => format!("the alert `{}`", self.name),
            Makes::Series => format!("the recorded series `{}`", self.name),
        }
    }
}

/// Reads a file's tree.
pub fn read(root: &Node, origin: Origin, lines: Lines, found: &mut Vec<Diagnostic>) -> RuleFile {
    let mut file = RuleFile { origin, lines, groups: Vec::new(), rules: Vec::new() };
    if !matches!(root.value, Value::Mapping(_)) {
        found.push(
            wrong("a rule file is a mapping with the key `groups`", &root.place).hint("begin with `groups:`"),
        );
        return file;
    }
    known_keys(root, &FILE_KEYS, "a rule file", found);
    for group in list(root, "groups", "groups", found) {
        read_group(group, &mut file, found);
    }
    file
}

fn wrong(message: impl Into<String>, place: &Place) -> Diagnostic {
    Diagnostic::error("SC401", message).at(place.clone())
}

/// The elements of a key's list; anything but a list or nothing is reported.
fn list<'a>(node: &'a Node, key: &str, what: &str, found: &mut Vec<Diagnostic>) -> &'a [Node] {
    match node.entry(key) {
        Some(entry) if !matches!(entry.node.value, Value::Sequence(_) | Value::Null) => {
            let message = format!("`{key}` must be a list of {what}");
            found.push(wrong(message, &entry.key_place).hint("begin each element with `- `"));
            &[]
        }
        Some(entry) => tree::items(&entry.node),
        None => &[],
    }
}

fn known_keys(node: &Node, known: &[&str], place: &str, found: &mut Vec<Diagnostic>) {
    for entry in tree::entries(node).iter().filter(|entry| !known.contains(&entry.key.as_str())) {
        let hint = match text::nearest(&entry.key, known.iter().copied()) {
            _ if known == FILE_KEYS && TEST_KEYS.contains(&entry.key.as_str()) => {
                "unit tests belong into `rules/tests/`".to_owned()
            }
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("known here: {}", known.join(", ")),
        };
        let message = format!("{place} has no key `{}`; Prometheus refuses the file", entry.key);
        found.push(wrong(message, &entry.key_place).hint(hint));
    }
}

fn read_group(group: &Node, file: &mut RuleFile, found: &mut Vec<Diagnostic>) {
    known_keys(group, &GROUP_KEYS, "a group", found);
    let interval = duration(group, "interval", found);
    let every = interval.as_ref().map(|(interval, _)| *interval);
    match tree::get(group, "name").and_then(|node| Some((tree::text(node)?, &node.place))) {
        Some((name, place)) if !name.is_empty() => {
            file.groups.push(Group { name: name.to_owned(), place: place.clone(), interval });
        }
        _ => found.push(wrong("the group has no name", &group.place).hint("add `name: …`")),
    }
    duration(group, "query_offset", found);
    for node in list(group, "rules", "rules", found) {
        known_keys(node, &RULE_KEYS, "a rule", found);
        if let Some(mut rule) = read_rule(node, found) {
            rule.interval = every;
            rule.inherited = tree::entries_of(group, "labels").to_vec();
            file.rules.push(rule);
        }
    }
}

/// A key's duration; anything else is reported.
fn duration(node: &Node, key: &str, found: &mut Vec<Diagnostic>) -> Option<(Duration, Place)> {
    let value = tree::get(node, key).filter(|value| value.value != Value::Null)?;
    let written = tree::text(value).unwrap_or_default();
    let duration = units::parse_duration(written);
    if duration.is_none() {
        let message = format!("`{key}` must be a duration, found `{}`", text::printable(written));
        found.push(
            wrong(message, &value.place).hint("write a number with its unit, such as 30s, 5m or 1h30m"),
        );
    }
    duration.map(|duration| (duration, value.place.clone()))
}

fn read_rule(rule: &Node, found: &mut Vec<Diagnostic>) -> Option<Rule> {
    let (makes, name) = match (tree::get(rule, "alert"), tree::get(rule, "record")) {
        (Some(name), None) => (Makes::Alert, name),
        (None, Some(name)) => (Makes::Series, name),
        (Some(_), Some(name)) => {
            let message = "a rule makes an alert or a series, not both";
            found.push(wrong(message, &name.place).hint("keep `alert` or `record`"));
            return None;
        }
        (None, None) => {
            let message = "the rule has neither `alert` nor `record`";
            found.push(
                wrong(message, &rule.place).hint("add `alert: Name` or `record: level:metric:operations`"),
            );
            return None;
        }
    };
    let place = name.place.clone();
    let name = tree::text(name).unwrap_or_default().to_owned();
    let expr =
        tree::get(rule, "expr").filter(|node| tree::text(node).is_some_and(|text| !text.trim().is_empty()));
    let Some(expr) = expr.cloned() else {
        let message = format!("the rule `{name}` has no `expr`");
        found.push(wrong(message, &place).hint("add `expr:` with a PromQL expression"));
        return None;
    };
    let wait = duration(rule, "for", found);
    duration(rule, "keep_firing_for", found);
    let rule = Rule {
        makes,
        name,
        place,
        expr,
        wait,
        labels: tree::entries_of(rule, "labels").to_vec(),
        inherited: Vec::new(),
        annotations: tree::entries_of(rule, "annotations").to_vec(),
        interval: None,
    };
    check_rule(&rule, found);
    Some(rule)
}

fn check_rule(rule: &Rule, found: &mut Vec<Diagnostic>) {
    if rule.makes == Makes::Series {
        if !is_metric_name(&rule.name) {
            let message = format!("`{}` cannot be the name of a series", text::printable(&rule.name));
            found.push(wrong(message, &rule.place).hint("use letters, digits, `_` and `:`"));
        }
        if rule.wait.is_some() || !rule.annotations.is_empty() {
            let message = format!("{} has keys that only alerts have", rule.described());
            found.push(wrong(message, &rule.place).hint("remove `for` and `annotations`"));
        }
    } else if rule.name.is_empty() {
        found.push(wrong("the alert has no name", &rule.place).hint("write `alert: Name`"));
    }
    for entry in rule.labels.iter().chain(&rule.annotations) {
        if !is_label_name(&entry.key) {
            let message =
                format!("`{}` cannot be the name of a label or annotation", text::printable(&entry.key));
            found.push(wrong(message, &entry.key_place).hint("use letters, digits and `_`"));
        }
        if !matches!(entry.node.value, Value::Scalar { .. } | Value::Null) {
            let message = format!("`{}` must be text, found {}", entry.key, entry.node.value.describe());
            found.push(wrong(message, &entry.key_place).hint("put the value between quotes"));
        }
    }
}

fn is_metric_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '_' | ':'))
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | ':'))
}

/// A label name that every version of Prometheus takes.
pub fn is_label_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}
