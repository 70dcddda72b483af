//! `alerts.disable`, `thresholds`, `windows` and `severities`: each names an alert that is shipped with this stack.
//!
//! A disabled alert is no longer in the rendered files, so the names come from the shipped files as well.

use std::collections::{BTreeMap, BTreeSet};

use super::rule_file::{Makes, RuleFile};
use crate::kernel::{Diagnostic, text};
use crate::model::node::At;
use crate::model::pack::Pack;
use crate::model::stack::Stack;
use crate::render::Assets;
use crate::source::Document;

/// Alerts by the rule file they are in.
pub type Alerts = BTreeMap<String, BTreeSet<String>>;

/// True when there is a name to check: the shipped files are not read for nothing.
pub fn are_said(document: &Document) -> bool {
    let said = &document.config.alerts;
    let sections = [
        said.disable.is_empty(),
        said.thresholds.is_empty(),
        said.windows.is_empty(),
        said.severities.is_empty(),
    ];
    sections.contains(&false)
}

/// The alerts in every shipped rule file, whether or not it is part of this stack.
pub fn shipped() -> Alerts {
    let mut alerts = Alerts::new();
    for (path, bytes) in Assets::embedded_files() {
        let name = path.strip_prefix("rules/").and_then(|rest| rest.strip_suffix(".yml"));
        if let Some(name) = name.filter(|name| !name.contains('/')) {
            alerts.insert(name.to_owned(), names(&String::from_utf8_lossy(&bytes)));
        }
    }
    alerts
}

/// The alerts of a template, which is not YAML yet.
fn names(template: &str) -> BTreeSet<String> {
    let name = |line: &str| {
        let line = line.trim_start();
        let line = line.strip_prefix("- ").unwrap_or(line);
        line.strip_prefix("alert:").map(|name| name.trim().trim_matches(['"', '\'']).to_owned())
    };
    template.lines().filter_map(name).collect()
}

/// Checks the names in `alerts:`.
pub fn check(
    document: &Document,
    stack: &Stack,
    (shipped, rule_files): (&Alerts, &[RuleFile]),
    found: &mut Vec<Diagnostic>,
) {
    let said = &document.config.alerts;
    let of_stack = shipped.iter().filter(|(file, _)| stack.rules.contains(file));
    let mut known: BTreeSet<&str> = of_stack.flat_map(|(_, alerts)| alerts).map(String::as_str).collect();
    let rules = rule_files.iter().flat_map(|file| &file.rules);
    known.extend(rules.filter(|rule| rule.makes == Makes::Alert).map(|rule| rule.name.as_str()));
    let here = At::root().key("alerts");
    for (index, name) in said.disable.iter().enumerate() {
        if !known.contains(name.as_str()) {
            let place = document.value_place(&here.key("disable").index(index));
            found.push(unknown("SC421", name, &known, (shipped, stack)).at(place));
        }
    }
    let changes = [
        ("thresholds", "threshold", said.thresholds.keys().collect(), numbers(stack)),
        (
            "windows",
            "time window",
            said.windows.keys().collect(),
            of_packs(stack, |pack| pack.windows.iter().map(|row| row.alert).collect()),
        ),
        (
            "severities",
            "severity",
            said.severities.keys().collect(),
            of_packs(stack, |pack| pack.severities.iter().map(|row| row.alert).collect()),
        ),
    ];
    for (key, what, names, may) in changes {
        let names: Vec<&String> = names;
        for name in names {
            let place = document.place(&here.key(key).key(name));
            if !known.contains(name.as_str()) {
                found.push(unknown("SC422", name, &known, (shipped, stack)).at(place));
            } else if !may.contains(name.as_str()) {
                found.push(fixed(name, what, &may).at(place));
            }
        }
    }
}

/// An alert is there, and what is to be changed of it is not data.
fn fixed(name: &str, what: &str, may: &BTreeSet<&'static str>) -> Diagnostic {
    let hint = match text::nearest(name, may.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "disable it under `alerts.disable` and write your own rule in `rules/`".to_owned(),
    };
    Diagnostic::error("SC422", format!("the alert `{name}` has no {what} that can be set")).hint(hint)
}

/// Alerts of this stack whose number may be changed.
fn numbers(stack: &Stack) -> BTreeSet<&'static str> {
    let files =
        crate::catalog::rule_files::ALL.iter().filter(|file| stack.rules.iter().any(|r| r == file.name));
    let rows = files.flat_map(|file| file.thresholds).map(|row| row.alert);
    rows.chain(of_packs(stack, |pack| pack.thresholds.iter().map(|row| row.alert).collect())).collect()
}

/// Alerts of the packs in this stack of which something may be changed.
fn of_packs(stack: &Stack, rows: impl Fn(&Pack) -> Vec<&'static str>) -> BTreeSet<&'static str> {
    let packs = crate::catalog::PACKS.iter().filter(|pack| stack.rules.iter().any(|r| r == pack.name));
    packs.flat_map(|pack| rows(pack)).collect()
}

fn unknown(
    code: &'static str,
    name: &str,
    known: &BTreeSet<&str>,
    (shipped, stack): (&Alerts, &Stack),
) -> Diagnostic {
    let elsewhere =
        shipped.iter().find(|(file, alerts)| !stack.rules.contains(file) && alerts.contains(name));
    let hint = match (elsewhere, text::nearest(name, known.iter().copied())) {
        (Some((file, _)), _) => {
            format!("it is in the rule file `{file}`, which this stack does not have: remove it")
        }
        (None, Some(near)) => format!("did you mean `{near}`?"),
        (None, None) => "`stackctl render --out DIR` writes the rule files with all names".to_owned(),
    };
    Diagnostic::error(code, format!("there is no alert `{name}` in this stack")).hint(hint)
}
