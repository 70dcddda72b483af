//! Rendered rule files against the groups of `/api/v1/rules`.

use std::collections::BTreeMap;

use crate::probe::prometheus_model::{Rule, RuleGroup, RuleKind};
use crate::probe::rule_config::{RuleFile, rule_differences};
use crate::probe::running_config::CompareError;

const RENDERED: &str = r"
groups:
  - name: host
    interval: 60s
    labels: {team: ops}
    rules:
      - record: job:up:sum
        expr: sum   by(job)  (up)
      - alert: Down
        expr: up==0
        for: 90s
        labels: {severity: critical, ring: 1}
        annotations: {summary: down}
";

fn labels(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// The groups as Prometheus reports them for [`RENDERED`].
fn running() -> Vec<RuleGroup> {
    let rule = |kind, name: &str, query: &str, all: &[(&str, &str)]| Rule {
        name: name.into(),
        kind,
        query: query.into(),
        health: "ok".into(),
        last_error: String::new(),
        labels: labels(all),
        duration: 0.0,
        keep_firing_for: 0.0,
    };
    let recording = rule(RuleKind::Recording, "job:up:sum", "sum by (job) (up)", &[("team", "ops")]);
    let all = [("ring", "1"), ("severity", "critical"), ("team", "ops")];
    let alert = Rule { duration: 90.0, ..rule(RuleKind::Alerting, "Down", "up == 0", &all) };
    vec![RuleGroup {
        name: "host".into(),
        file: "/etc/prometheus/current/rules/a.yml".into(),
        interval: 60.0,
        rules: vec![recording, alert],
    }]
}

/// The differences as text, after a change of what runs.
fn found(change: impl FnOnce(&mut Vec<RuleGroup>)) -> Vec<String> {
    let mut running = running();
    change(&mut running);
    let file = RuleFile { path: "rules/a.yml", text: RENDERED };
    rule_differences(&[file], &running).unwrap().iter().map(ToString::to_string).collect()
}

#[test]
fn the_same_rules_do_not_differ() {
    assert_eq!(found(|_| {}), [""; 0]);
}

#[test]
fn a_rule_that_was_not_evaluated_yet_is_no_difference() {
    assert_eq!(found(|groups| groups[0].rules[1].health = "unknown".into()), [""; 0]);
}

#[test]
fn a_missing_group_and_a_foreign_group_are_told() {
    assert_eq!(
        found(|groups| groups[0].name = "old".into()),
        [
            "`rules/a.yml/host` is missing, rendered is `a group of 2 rules`",
            "`/etc/prometheus/current/rules/a.yml/old` is `a group of 2 rules` and was not rendered",
        ]
    );
}

#[test]
fn the_same_group_in_another_file_is_another_group() {
    assert_eq!(found(|groups| groups[0].file = "/etc/prometheus/current/rules/b.yml".into()).len(), 2);
}

#[test]
fn every_changed_part_of_a_rule_is_told() {
    let changed = found(|groups| {
        groups[0].interval = 30.0;
        let alert = &mut groups[0].rules[1];
        alert.query = "up == 1".into();
        alert.duration = 60.0;
        alert.keep_firing_for = 0.5;
        alert.labels = labels(&[("ring", "2"), ("severity", "critical"), ("old", "x")]);
        alert.health = "err".into();
        alert.last_error = "vector contains\x07 metrics".into();
    });
    assert_eq!(
        changed,
        [
            "`rules/a.yml/host.interval` is `30s`, rendered is `60s`",
            "`rules/a.yml/host/Down.expr` is `up == 1`, rendered is `up==0`",
            "`rules/a.yml/host/Down.for` is `1m`, rendered is `90s`",
            "`rules/a.yml/host/Down.keep_firing_for` is `500ms`, rendered is `0s`",
            "`rules/a.yml/host/Down.labels.ring` is `2`, rendered is `1`",
            "`rules/a.yml/host/Down.labels.team` is missing, rendered is `ops`",
            "`rules/a.yml/host/Down.labels.old` is `x` and was not rendered",
            "`rules/a.yml/host/Down.health` is `err: vector contains\\u{7} metrics`, rendered is `ok`",
        ]
    );
}

#[test]
fn missing_surplus_and_exchanged_rules_are_told() {
    assert_eq!(
        found(|groups| drop(groups[0].rules.pop())),
        ["`rules/a.yml/host[1]` is missing, rendered is `alert Down`"]
    );
    assert_eq!(
        found(|groups| {
            let more = groups[0].rules[0].clone();
            groups[0].rules.push(more);
        }),
        ["`rules/a.yml/host[2]` is `record job:up:sum` and was not rendered"]
    );
    assert_eq!(
        found(|groups| groups[0].rules.reverse()),
        [
            "`rules/a.yml/host/job:up:sum` is `alert Down`, rendered is `record job:up:sum`",
            "`rules/a.yml/host/Down` is `record job:up:sum`, rendered is `alert Down`",
        ]
    );
}

#[test]
fn a_file_that_is_no_rule_file_is_named() {
    let file = RuleFile { path: "rules/bad.yml", text: "groups: [" };
    let error = rule_differences(&[file], &[]).unwrap_err();
    assert_eq!(error.to_string(), "the rendered file `rules/bad.yml` is not valid YAML");
    assert!(matches!(error, CompareError::Rendered { .. }));
}
