//! Each fault of the application is told to the receivers that the routes of the preset name.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_yaml::Value;

use super::super::eventually;
use super::super::http::prometheus;
use super::adapt::{self, Servers};
use super::{Watched, tools};
use crate::support::synthetic::Change;

/// From the injection to the notification: scrapes, windows of the rules, and one group wait of the default route.
const LIMIT: Duration = Duration::from_secs(120);

/// Injects every fault and waits for its notification.
pub fn every_fault_is_told(watched: &Watched, servers: &mut Servers) {
    assert!(!watched.script.faults.is_empty(), "the application has no faults");
    for fault in &watched.script.faults {
        watched.application.inject(fault);
        for change in fault.changes.values().flatten() {
            outside(watched, servers, change);
        }
        let what = format!("{} after the fault {}", fault.alert, fault.name);
        let labels = eventually(LIMIT, &format!("{what} fires"), || firing(watched, &fault.alert));
        let wanted = tools::receivers(&watched.scene, &labels);
        assert!(!wanted.is_empty(), "{what} is routed to nobody: {labels:?}");
        eventually(LIMIT, &format!("{what} is told to {wanted:?}"), || {
            let told: BTreeSet<String> = watched.sink.told_of(&fault.alert).into_iter().collect();
            wanted.is_subset(&told).then_some(())
        });
        let told: BTreeSet<String> = watched.sink.told_of(&fault.alert).into_iter().collect();
        assert_eq!(told, wanted, "{what}");
        watched.application.recover(&watched.script);
    }
}

/// What a fault changes besides the application: a watched server, or a number in `stack.yml`.
fn outside(watched: &Watched, servers: &mut Servers, change: &Change) {
    match change {
        Change::Stop(kind) => {
            let before = servers.len();
            servers.retain(|(server, _)| server != kind);
            assert!(servers.len() < before, "no {kind} is watched");
        }
        Change::Threshold(alert, number) => {
            let path = watched.scene.path("stack.yml");
            let mut stack: Value = serde_yaml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
            adapt::set(&mut stack, &["alerts", "thresholds", alert], (*number).into());
            watched.scene.write("stack.yml", &serde_yaml::to_string(&stack).unwrap());
            watched.scene.expect(0, &["up"]);
        }
        _ => {}
    }
}

/// The labels of a firing alert.
fn firing(watched: &Watched, alert: &str) -> Option<Vec<(String, String)>> {
    let found = prometheus(watched.scene.prometheus, "/api/v1/alerts")?;
    let alerts = found["alerts"].as_array()?.clone();
    let one = alerts.iter().find(|one| one["labels"]["alertname"] == alert && one["state"] == "firing")?;
    let labels = one["labels"].as_object()?;
    Some(labels.iter().map(|(key, value)| (key.clone(), value.as_str().unwrap().to_owned())).collect())
}
