use std::collections::{BTreeMap, BTreeSet};

use super::{STACK, line, stack_of};
use crate::check::settings::{self, Alerts};

fn told(stack_file: &str) -> Vec<String> {
    let (document, stack) = stack_of(stack_file);
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<String>>();
    let shipped: Alerts = BTreeMap::from([
        ("stack".to_owned(), names(&["Watchdog", "TargetDown"])),
        ("redis".to_owned(), names(&["RedisDown"])),
    ]);
    let mut found = Vec::new();
    settings::check(&document, &stack, (&shipped, &[]), &mut found);
    found.iter().map(line).collect()
}

#[test]
fn disabled_alerts_exist() {
    let text = format!("{STACK}alerts:\n  disable: [Watchdog, TargetDwon, RedisDown, Zebra]\n");
    assert_eq!(
        told(&text),
        [
            "error SC421 stack.yml:3:23+10 there is no alert `TargetDwon` in this stack | did you mean `TargetDown`?",
            "error SC421 stack.yml:3:35+9 there is no alert `RedisDown` in this stack | it is in the rule file `redis`, which this stack does not have: remove it",
            "error SC421 stack.yml:3:46+5 there is no alert `Zebra` in this stack | `stackctl render --out DIR` writes the rule files with all names"
        ]
    );
}

#[test]
fn thresholds_name_alerts_with_a_number() {
    let text = format!("{STACK}alerts:\n  thresholds: {{TargetDwon: 1, Watchdog: 2}}\n");
    assert_eq!(
        told(&text),
        [
            "error SC422 stack.yml:3:16+10 there is no alert `TargetDwon` in this stack | did you mean `TargetDown`?",
            "error SC422 stack.yml:3:31+8 the alert `Watchdog` has no threshold that can be set | disable it under `alerts.disable` and write your own rule in `rules/`"
        ]
    );
}

#[test]
fn an_alert_of_the_users_own_rules_can_be_named() {
    let text = format!("{STACK}alerts: {{thresholds: {{Mine: 1}}}}\n");
    let rules = super::alert("up == 0");
    let found = super::found(&text, &[("rules/mine.yml", &rules)]);
    assert_eq!(
        found,
        [
            "error SC422 stack.yml:2:23+4 the alert `Mine` has no threshold that can be set | disable it under `alerts.disable` and write your own rule in `rules/`"
        ]
    );
}

#[test]
fn the_names_of_shipped_alerts_are_read_from_their_templates() {
    let all = settings::shipped();
    let files: Vec<&str> = all.keys().map(String::as_str).collect();
    assert_eq!(
        files,
        [
            "alertmanager",
            "blackbox",
            "cadvisor",
            "collector",
            "grafana",
            "loki",
            "node",
            "postgres",
            "prometheus",
            "redis",
            "stack"
        ]
    );
}
