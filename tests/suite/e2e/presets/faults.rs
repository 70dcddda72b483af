//! Each fault of the application is told to the receivers that the routes of the preset name.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use serde_yaml::Value;

use super::super::eventually;
use super::super::http::{get, prometheus};
use super::adapt::{self, Servers};
use super::{Watched, tools};
use crate::support::synthetic::{Change, Fault};

/// From the injection to the notification, where nobody waits: scrapes, and windows of the rules.
pub const LIMIT: Duration = Duration::from_secs(120);

type Labels = Vec<(String, String)>;

/// Alertmanager as it is shipped: one outage is one notification, although other alerts fire as well.
pub fn an_outage_is_told_once(watched: &Watched, servers: &Servers) {
    for (fault, hidden) in
        watched.script.faults.iter().filter_map(|fault| Some((fault, fault.hides.as_ref()?)))
    {
        let names: Vec<&String> = hidden.iter().chain([&fault.alert]).collect();
        eventually(watched.limit, &format!("{names:?} do not fire before {}", fault.name), || {
            names.iter().all(|name| firing(watched, name).is_none()).then_some(())
        });
        let (already, told_before) = (all_firing(watched), watched.sink.count());
        let begin = Instant::now();
        inject(watched, servers, fault);
        let (what, wanted) = receivers(watched, fault);
        eventually(watched.limit, &format!("{what} is told to {wanted:?}"), || {
            (watched.sink.told_after(told_before).get(&fault.alert) == Some(&wanted)).then_some(())
        });
        for name in hidden {
            eventually(watched.limit, &format!("{what} hides {name}"), || {
                is_inhibited(watched, name).then_some(())
            });
        }
        // As long as a group waits, and longer.
        std::thread::park_timeout(Duration::from_secs(3));
        let mut told = watched.sink.told_after(told_before);
        // What this machine suffers from meanwhile is no fault of the application.
        told.retain(|name, _| !already.contains(name) && !name.starts_with("Host"));
        assert_eq!(told, BTreeMap::from([(fault.alert.clone(), wanted)]), "{what} is told alone");
        eprintln!("{what} is told alone after {:.1?}", begin.elapsed());
        recover(watched, servers, fault);
    }
}

/// Injects every other fault and waits for its notification.
pub fn every_fault_is_told(watched: &Watched, servers: &Servers) {
    assert!(!watched.script.faults.is_empty(), "the application has no faults");
    for fault in watched.script.faults.iter().filter(|fault| fault.hides.is_none()) {
        let begin = Instant::now();
        inject(watched, servers, fault);
        let (what, wanted) = receivers(watched, fault);
        eventually(watched.limit, &format!("{what} is told to {wanted:?}"), || {
            wanted.is_subset(&watched.sink.told_of(&fault.alert)).then_some(())
        });
        assert_eq!(watched.sink.told_of(&fault.alert), wanted, "{what}");
        eprintln!("{what} is told after {:.1?}", begin.elapsed());
        its_link_silences_it_alone(watched, fault);
        recover(watched, servers, fault);
    }
}

/// The matchers in the link of a message are those of one alert that Alertmanager has: the one of the message.
fn its_link_silences_it_alone(watched: &Watched, fault: &Fault) {
    let (_, alert) = watched.sink.alerts(&fault.alert).pop().unwrap();
    let link = alert["annotations"]["silence_url"].as_str().unwrap_or_else(|| panic!("no link: {alert}"));
    let page = format!("http://localhost:{}/#/silences/new?filter=%7B", watched.scene.alertmanager);
    let filter = link.strip_prefix(&page).and_then(|rest| rest.strip_suffix("%22%7D"));
    let filter = filter.unwrap_or_else(|| panic!("{link}"));
    // Each value ends with a quotation mark before the comma.
    let matchers = format!("?filter={}%22", filter.replace("%22%2C", "%22&filter="));
    let found = get(watched.scene.alertmanager, &format!("/api/v2/alerts{matchers}")).unwrap();
    let found: serde_json::Value = serde_json::from_str(&found.1).unwrap_or_else(|_| panic!("{found:?}"));
    let labels: Vec<&serde_json::Value> =
        found.as_array().unwrap().iter().map(|one| &one["labels"]).collect();
    assert_eq!(labels, [&alert["labels"]], "{link}");
}

/// Waits until the alert fires; says so, and who must be told.
pub fn receivers(watched: &Watched, fault: &Fault) -> (String, BTreeSet<String>) {
    let what = format!("{} after the fault {}", fault.alert, fault.name);
    let labels = eventually(watched.limit, &format!("{what} fires"), || firing(watched, &fault.alert));
    let wanted = tools::receivers(&watched.scene, &labels);
    assert!(!wanted.is_empty(), "{what} is routed to nobody: {labels:?}");
    (what, wanted)
}

/// Injects a fault: in the application, in the servers that exporters watch, in the numbers of `stack.yml`.
pub fn inject(watched: &Watched, servers: &Servers, fault: &Fault) {
    watched.application.inject(fault);
    for change in fault.changes.values().flatten() {
        match change {
            Change::Refuse(exporter) => servers.watched[exporter].refuse(),
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
}

/// The application is as it was, and so are the servers.
pub fn recover(watched: &Watched, servers: &Servers, fault: &Fault) {
    watched.application.recover(&watched.script);
    for change in fault.changes.values().flatten() {
        if let Change::Refuse(exporter) = change {
            servers.watched[exporter].admit();
        }
    }
}

/// The labels of every firing alert.
fn alerts(watched: &Watched) -> Option<Vec<Labels>> {
    let found = prometheus(watched.scene.prometheus, "/api/v1/alerts")?;
    let firing = found["alerts"].as_array()?.iter().filter(|one| one["state"] == "firing");
    let labels = |one: &serde_json::Value| {
        let labels = one["labels"].as_object()?;
        Some(labels.iter().map(|(key, value)| (key.clone(), value.as_str().unwrap().to_owned())).collect())
    };
    firing.map(labels).collect()
}

fn is_named(labels: &Labels, alert: &str) -> bool {
    labels.iter().any(|(key, value)| key == "alertname" && value == alert)
}

/// The labels of a firing alert.
pub fn firing(watched: &Watched, alert: &str) -> Option<Labels> {
    alerts(watched)?.into_iter().find(|labels| is_named(labels, alert))
}

/// The names of all firing alerts.
pub fn all_firing(watched: &Watched) -> BTreeSet<String> {
    let name = |labels: Labels| labels.into_iter().find(|(key, _)| key == "alertname").map(|(_, name)| name);
    alerts(watched).unwrap().into_iter().filter_map(name).collect()
}

/// Whether Alertmanager has been told of an alert, and keeps quiet about it because of others.
fn is_inhibited(watched: &Watched, alert: &str) -> bool {
    let Some((200, body)) = get(watched.scene.alertmanager, "/api/v2/alerts") else { return false };
    let found: serde_json::Value = serde_json::from_str(&body).unwrap();
    let named = found.as_array().unwrap().iter().filter(|one| one["labels"]["alertname"] == alert);
    let inhibited: Vec<bool> =
        named.map(|one| one["status"]["inhibitedBy"].as_array().is_some_and(|by| !by.is_empty())).collect();
    !inhibited.is_empty() && inhibited.iter().all(|one| *one)
}
