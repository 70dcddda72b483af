//! What the shipped alerts tell a person: the value in words, and the dashboard that shows it.

use std::collections::{BTreeMap, BTreeSet};

use serde_yaml::Value;
use stackctl::catalog::{self, PACKS, rule_files};
use stackctl::model::artifact::Artifact;
use stackctl::model::rules::Shown;
use stackctl::render::{Assets, Inputs, render};

use crate::pack_rule_tests::with;
use crate::rule_tests::{EVERYTHING, list, stack};

/// What these tell of is a state: something fails, is missing or does not happen. A number adds nothing.
const STATES: [&str; 19] = [
    "APIDown",
    "AlertmanagerConfigReloadFailed",
    "AlertmanagerNoAlertsReceived",
    "BlackboxConfigReloadFailed",
    "CadvisorBlind",
    "CadvisorScrapeError",
    "HostClockNotSynchronising",
    "HostFilesystemReadOnly",
    "PostgresCollectorFailed",
    "PostgresExporterScrapeError",
    "PostgresReplicationSlotInactive",
    "PrometheusConfigReloadFailed",
    "RedisReplicationBroken",
    "RedisSaveFailing",
    "SLODataMissing",
    "SentraScanNoScansFinished",
    "TargetMissing",
    "TenantCriticalHealth",
    "Watchdog",
];

/// Every shipped alert of a stack, with the name of its rule file and its group.
struct Alert {
    file: String,
    group: String,
    name: String,
    annotations: Value,
}

impl Alert {
    fn annotation(&self, key: &str) -> Option<&str> {
        self.annotations.get(key)?.as_str()
    }
}

/// What a stack with everything and this pack, or none, has.
fn rendered(text: &str) -> Vec<Artifact> {
    let (assets, secrets, files) = (Assets::default(), BTreeMap::new(), BTreeMap::new());
    let stack = stack(text, None);
    render(&Inputs { stack: &stack, assets: &assets, secrets: &secrets, files: &files }).unwrap()
}

fn stacks() -> impl Iterator<Item = Vec<Artifact>> {
    let texts = PACKS.iter().map(|pack| with(pack, "")).chain([EVERYTHING.to_owned()]);
    texts.map(|text| rendered(&text))
}

fn alerts(artifacts: &[Artifact]) -> Vec<Alert> {
    let mut found = Vec::new();
    for artifact in artifacts {
        let name = artifact.path.strip_prefix("rules/").and_then(|path| path.strip_suffix(".yml"));
        let Some(file) = name else { continue };
        let rules: Value = serde_yaml::from_slice(&artifact.bytes).unwrap();
        for group in list(&rules, "groups") {
            for rule in list(group, "rules").filter(|rule| rule.get("alert").is_some()) {
                let text = |value: &Value| value.as_str().unwrap().to_owned();
                found.push(Alert {
                    file: file.to_owned(),
                    group: text(&group["name"]),
                    name: text(&rule["alert"]),
                    annotations: rule["annotations"].clone(),
                });
            }
        }
    }
    assert!(found.len() > 80, "the alerts were not found");
    found
}

fn shown(file: &str) -> Shown {
    let row = rule_files::ALL.iter().find(|row| row.name == file).map(|row| row.shown);
    row.or_else(|| catalog::pack(file).map(|pack| pack.shown)).unwrap()
}

#[test]
fn every_alert_links_to_a_dashboard_of_the_stack_or_is_shown_nowhere() {
    let mut wrong = BTreeSet::new();
    for artifacts in stacks() {
        let dashboards = artifacts.iter().filter(|artifact| artifact.path.starts_with("dashboards/"));
        let links: BTreeMap<String, &str> = dashboards
            .map(|artifact| {
                let dashboard: serde_json::Value = serde_json::from_slice(&artifact.bytes).unwrap();
                let name = artifact.path.strip_prefix("dashboards/").and_then(|p| p.strip_suffix(".json"));
                (format!("http://localhost:3000/d/{}", dashboard["uid"].as_str().unwrap()), name.unwrap())
            })
            .collect();
        for alert in alerts(&artifacts) {
            let expected = shown(&alert.file).dashboard(&alert.group, &alert.name);
            let found =
                alert.annotation("dashboard_url").map(|link| links.get(link).copied().unwrap_or(link));
            if found != expected || (found.is_none() && shown(&alert.file) != Shown::Nowhere) {
                wrong.insert(format!("{}: {}, {}: {found:?}", alert.file, alert.group, alert.name));
            }
        }
    }
    assert_eq!(wrong, BTreeSet::new());
}

#[test]
fn every_group_and_alert_that_a_row_names_is_there() {
    let mut there = BTreeSet::new();
    for alert in stacks().flat_map(|artifacts| alerts(&artifacts)) {
        there.extend([(alert.file.clone(), alert.group), (alert.file, alert.name)]);
    }
    let rows = rule_files::ALL.iter().map(|row| (row.name, row.shown));
    let rows = rows.chain(PACKS.iter().map(|row| (row.name, row.shown)));
    let named = rows.flat_map(|(file, shown)| match shown {
        Shown::ByGroup { groups, except } => {
            groups.iter().chain(except).map(|(name, _)| (file, *name)).collect()
        }
        Shown::Nowhere | Shown::On(_) => Vec::new(),
    });
    let idle: Vec<(&str, &str)> =
        named.filter(|(file, name)| !there.contains(&((*file).to_owned(), (*name).to_owned()))).collect();
    assert_eq!(idle, Vec::<(&str, &str)>::new());
}

/// The actions of a text that use the value.
fn values(text: &str) -> impl Iterator<Item = &str> {
    let actions = text.split("{{").skip(1).filter_map(|rest| Some(rest.split_once("}}")?.0));
    actions.filter(|action| action.contains("$value") || action.contains("query"))
}

#[test]
fn every_alert_about_a_number_tells_it_and_as_people_write_numbers() {
    let rows = rule_files::ALL.iter().flat_map(|row| row.thresholds);
    let numbers: BTreeSet<&str> =
        rows.chain(PACKS.iter().flat_map(|pack| pack.thresholds)).map(|row| row.alert).collect();
    let mut wrong = BTreeSet::new();
    let mut states = BTreeSet::new();
    for alert in stacks().flat_map(|artifacts| alerts(&artifacts)) {
        let texts = ["summary", "description"].map(|key| alert.annotation(key).unwrap_or_default());
        let values: Vec<&str> = texts.into_iter().flat_map(values).collect();
        for value in values.iter().filter(|value| !value.contains("humanize") && !value.contains("printf")) {
            wrong.insert(format!("{}: {value} is a raw number", alert.name));
        }
        if values.is_empty() && numbers.contains(alert.name.as_str()) {
            wrong.insert(format!("{}: has a threshold and does not tell the value", alert.name));
        }
        if values.is_empty() {
            states.insert(alert.name);
        }
    }
    assert_eq!(wrong, BTreeSet::new());
    assert_eq!(states, STATES.map(str::to_owned).into(), "alerts that tell no value");
}
