//! Rule files: every rule parses, means what it says, and has what routing needs.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::time::Duration;

use super::expressions::{self, Finding};
use super::files::{self, Origin};
use super::metric_names::Names;
use super::promql::{self, Expr};
use super::rule_file::{self, Makes, Rule, RuleFile};
use super::scrape::Scrape;
use super::text_place::Lines;
use super::{alert_labels, contradictions, firing, links, meanings, pitfalls, tree};
use crate::kernel::{Diagnostic, Severity, units};
use crate::model::artifact::Artifact;
use crate::model::component::Content;
use crate::model::stack::Stack;
use crate::source;

/// Recorded series are gone between two evaluations that are further apart than Prometheus looks back.
const LOOKBACK: Duration = Duration::from_secs(300);

/// Reads every rule file of the stack.
pub fn read(stack: &Stack, artifacts: &[Artifact], found: &mut Vec<Diagnostic>) -> Vec<RuleFile> {
    let mut rule_files = Vec::new();
    for artifact in files::of(stack, artifacts, Content::Rules) {
        let Some(text) = artifact.text() else { continue };
        let lines = Lines::new(&files::name(artifact), text).made_from(files::template_lines(artifact));
        let (root, problems) = source::parse(text, lines.file());
        found.extend(problems);
        if let Some(root) = root {
            rule_files.push(rule_file::read(&root, files::origin(artifact), lines, found));
        }
    }
    rule_files
}

/// Checks them, each rule by itself and all of them together.
pub fn check(rule_files: &[RuleFile], scrape: &Scrape, names: &Names, found: &mut Vec<Diagnostic>) {
    for file in rule_files {
        groups(file, found);
        for rule in &file.rules {
            check_rule(rule, file, (scrape, names), found);
        }
    }
    same_names(rule_files, found);
}

fn groups(file: &RuleFile, found: &mut Vec<Diagnostic>) {
    let mut names: BTreeMap<&str, usize> = BTreeMap::new();
    for group in &file.groups {
        if let Some(line) = names.get(group.name.as_str()) {
            let line = file.lines.number(*line);
            let message = format!("the group `{}` is here twice; the first is on line {line}", group.name);
            found.push(
                Diagnostic::error("SC404", message)
                    .at(group.place.clone())
                    .hint("Prometheus refuses the file; rename one of them"),
            );
        }
        names.entry(&group.name).or_insert(group.place.line);
        if let Some((interval, place)) = group.interval.as_ref().filter(|(interval, _)| *interval > LOOKBACK)
        {
            let message = format!(
                "the group `{}` is evaluated every {}: its recorded series are gone in between",
                group.name,
                units::format_duration(*interval)
            );
            found.push(
                Diagnostic::warning("SC419", message).at(place.clone()).hint("write `interval: 5m` or less"),
            );
        }
    }
}

fn check_rule(rule: &Rule, file: &RuleFile, (scrape, names): (&Scrape, &Names), found: &mut Vec<Diagnostic>) {
    links::of_rule(rule, found);
    let weight = weight(file.origin);
    let expr = match promql::parse(rule.expression()) {
        Ok(expr) => Some(expr),
        Err(wrong) => {
            found.push(not_promql(rule, &wrong, &file.lines));
            None
        }
    };
    if let Some(expr) = &expr {
        for finding in findings(rule, expr, file.origin, (scrape, names)) {
            let place = file.lines.word(&rule.expr, rule.expression(), &finding.word);
            found.push(
                Diagnostic {
                    severity: finding.severity,
                    ..Diagnostic::error(finding.code, format!("`{}`: {}", rule.name, finding.message))
                }
                .at(place)
                .hint(finding.hint),
            );
        }
        if rule.makes == Makes::Alert {
            meant(rule, expr, file, found);
        }
        if rule.makes == Makes::Alert
            && expressions::not_evaluable(expr).is_none()
            && !firing::can_be_silent(expr)
        {
            let message = format!(
                "the alert `{}` compares nothing: it fires as long as the series is there",
                rule.name
            );
            found.push(
                Diagnostic { severity: weight, ..Diagnostic::error("SC407", message) }
                    .at(rule.expr.place.clone())
                    .hint("add a comparison such as `> 0`; `bool` makes a comparison give 0 or 1 and drops nothing"),
            );
        }
    }
    alert_labels::check(rule, &file.lines, (expr.as_ref(), scrape), weight, found);
    wait(rule, scrape, found);
}

/// What the words of an alert say of its value.
fn meant(rule: &Rule, expr: &Expr, file: &RuleFile, found: &mut Vec<Diagnostic>) {
    for (finding, annotation) in meanings::of(rule, expr) {
        let place = match annotation.and_then(|index| rule.annotations.get(index)) {
            Some(entry) => {
                file.lines.word(&entry.node, tree::text(&entry.node).unwrap_or_default(), &finding.word)
            }
            None => file.lines.word(&rule.expr, rule.expression(), &finding.word),
        };
        let message = format!("`{}`: {}", rule.name, finding.message);
        found.push(Diagnostic::warning(finding.code, message).at(place).hint(finding.hint));
    }
}

fn weight(origin: Origin) -> Severity {
    match origin {
        Origin::Shipped => Severity::Error,
        Origin::Users => Severity::Warning,
    }
}

fn not_promql(rule: &Rule, wrong: &promql::Wrong, lines: &Lines) -> Diagnostic {
    let place = match wrong.at {
        Some((at, width)) => lines.within(&rule.expr, rule.expression(), at, width),
        None => rule.expr.place.clone(),
    };
    Diagnostic::error("SC402", format!("the expression of `{}` is not PromQL: {}", rule.name, wrong.message))
        .at(place)
        .hint(
            wrong
                .hint
                .clone()
                .unwrap_or_else(|| "try the expression on the query page of Prometheus".to_owned()),
        )
}

fn findings(rule: &Rule, expr: &Expr, origin: Origin, (scrape, names): (&Scrape, &Names)) -> Vec<Finding> {
    let mut found = Vec::new();
    if let Some(name) = expressions::experimental(expr).filter(|_| !scrape.experimental) {
        found.push(Finding {
            code: "SC402",
            severity: Severity::Error,
            message: format!("Prometheus knows `{name}` only as an experiment"),
            word: name,
            hint: expressions::EXPERIMENTS.to_owned(),
        });
    }
    found.extend(expressions::not_evaluable(expr));
    found.extend(expressions::raw_quantiles(expr));
    found.extend(expressions::short_windows(expr, scrape));
    found.extend(expressions::self_ratios(expr));
    found.extend(expressions::unguarded_limits(expr));
    found.extend(pitfalls::wrong_kinds(expr));
    found.extend(pitfalls::unmatched_labels(expr));
    found.extend(contradictions::of(expr));
    found.extend(pitfalls::endless(expr));
    if rule.makes == Makes::Alert {
        found.extend(pitfalls::compared_counters(expr));
    }
    if origin == Origin::Users {
        found.extend(pitfalls::unknown_jobs(expr, scrape));
        found.extend(names.unknown(expr, scrape));
    }
    // An alert about the exporter or the target says so in its name.
    let about_target =
        ["exporter", "target", "scrape"].iter().any(|word| rule.name.to_lowercase().contains(word));
    if rule.makes == Makes::Alert && !about_target {
        found.extend(expressions::exporter_for_service(expr, scrape));
    }
    if origin == Origin::Shipped {
        // What an objective selects is told at the place where the user wrote it.
        let ours = |finding: &Finding| !scrape.jobless.contains(&finding.word);
        found.extend(expressions::without_job(expr).into_iter().filter(ours));
    }
    found
}

fn wait(rule: &Rule, scrape: &Scrape, found: &mut Vec<Diagnostic>) {
    let Some((wait, place)) = &rule.wait else { return };
    let interval = rule.interval.unwrap_or(scrape.evaluation);
    if !wait.is_zero() && *wait < interval {
        let (wait, interval) = (units::format_duration(*wait), units::format_duration(interval));
        let message =
            format!("`{}`: `for: {wait}` is shorter than the {interval} between two evaluations", rule.name);
        found.push(Diagnostic::warning("SC418", message).at(place.clone()).hint(format!(
            "it waits for the next evaluation: write `for: {interval}` or more, or leave it out"
        )));
    }
}

/// Silences, thresholds and runbooks know alerts by name. Within a file one name may stand for the tiers of one
/// alert, told apart by their labels.
fn same_names(rule_files: &[RuleFile], found: &mut Vec<Diagnostic>) {
    let mut seen: BTreeMap<&str, Namesakes<'_>> = BTreeMap::new();
    // Ours come first: the user can rename his.
    let (ours, users): (Vec<_>, Vec<_>) = rule_files.iter().partition(|file| file.origin == Origin::Shipped);
    for file in ours.into_iter().chain(users) {
        for rule in file.rules.iter().filter(|rule| rule.makes == Makes::Alert) {
            if let Some((other_file, other)) = seen.entry(&rule.name).or_default().add(file, rule) {
                let message = format!(
                    "the alert `{}` is here twice; the first is in `{}` on line {}",
                    rule.name,
                    other_file.lines.file(),
                    other_file.lines.number(other.place.line)
                );
                found.push(
                    Diagnostic { severity: weight(file.origin), ..Diagnostic::error("SC403", message) }
                        .at(rule.place.clone())
                        .hint("silences, thresholds and runbooks know alerts by name: rename one of them"),
                );
            }
        }
    }
}

/// The alerts of one name. Files come one after the other.
#[derive(Default)]
struct Namesakes<'a> {
    /// The very first.
    first: Option<(&'a RuleFile, &'a Rule)>,
    /// The first of each set of labels in the file that is read now.
    tiers: BTreeMap<BTreeMap<&'a str, &'a str>, (&'a RuleFile, &'a Rule)>,
}

impl<'a> Namesakes<'a> {
    /// Adds one; gives the first that it cannot be told apart from.
    fn add(&mut self, file: &'a RuleFile, rule: &'a Rule) -> Option<(&'a RuleFile, &'a Rule)> {
        let first = *self.first.get_or_insert((file, rule));
        if !std::ptr::eq(first.0, file) {
            return Some(first);
        }
        match self.tiers.entry(labels(rule)) {
            Entry::Occupied(same) => Some(*same.get()),
            Entry::Vacant(free) => {
                free.insert((file, rule));
                None
            }
        }
    }
}

fn labels(rule: &Rule) -> BTreeMap<&str, &str> {
    let all = rule.inherited.iter().chain(&rule.labels);
    all.filter_map(|entry| Some((entry.key.as_str(), tree::text(&entry.node)?))).collect()
}
