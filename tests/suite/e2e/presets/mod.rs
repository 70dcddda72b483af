//! SCENARIO: each team takes its preset, points it at its application, and is told what is wrong with it.
//!
//! The preset is the shipped one; only what no test machine can have is changed: see [`adapt`].

mod adapt;
mod faults;
mod measured;
mod panels;
mod tools;

use std::time::Duration;

use serde_json::Value;

use super::http::{get, prometheus};
use super::{Scene, eventually};
use crate::support::synthetic::{Application, Script, Sink};

/// A preset whose application runs and is watched.
struct Watched {
    scene: Scene,
    script: Script,
    application: Application,
    sink: Sink,
    /// How long an alert may take.
    limit: Duration,
    /// How long the first scrape and the first evaluation may take.
    settled: Duration,
}

/// Everything that a preset promises.
fn prove(preset: &str) {
    let Some(scene) = Scene::open() else { return };
    let run = scene.run(&["init", "--preset", preset, "--dir", "."]);
    assert_eq!(run.code, Some(0), "{run:?}");
    adapt::secrets(&scene);
    tools::accept(&scene, preset);
    tools::route(&scene, preset);

    let script = Script::of(preset);
    let (application, sink) = (Application::start(&script), Sink::start());
    let servers = adapt::stack(&scene, &application, &sink, adapt::Pace::Hurried);
    adapt::rules(&scene, preset);
    adapt::manager(&scene, false);
    scene.expect(0, &["up"]);
    let watched =
        Watched { scene, script, application, sink, limit: faults::LIMIT, settled: Duration::from_secs(60) };
    every_target_is_up(&watched);
    every_rule_is_healthy(&watched);
    every_runbook_opens(&watched);
    panels::every_panel_shows_something(&watched, preset);
    faults::an_outage_is_told_once(&watched, &servers);
    adapt::manager(&watched.scene, true);
    watched.scene.expect(0, &["up"]);
    faults::every_fault_is_told(&watched, &servers);
}

fn every_target_is_up(watched: &Watched) {
    eventually(watched.settled, "every target up", || {
        let targets = prometheus(watched.scene.prometheus, "/api/v1/targets?state=active")?;
        let targets = targets["activeTargets"].as_array()?.clone();
        let down: Vec<_> = targets.iter().filter(|target| target["health"] != "up").collect();
        (!targets.is_empty() && down.is_empty()).then_some(())
    });
}

/// No rule fails in evaluation, and all have been evaluated.
fn every_rule_is_healthy(watched: &Watched) {
    eventually(watched.settled, "every rule healthy", || {
        let found = prometheus(watched.scene.prometheus, "/api/v1/rules")?;
        let groups = found["groups"].as_array()?.clone();
        let rules = groups.iter().flat_map(|group| group["rules"].as_array().cloned().unwrap_or_default());
        let ill: Vec<String> =
            rules.filter(|rule| rule["health"] != "ok").map(|rule| rule["name"].to_string()).collect();
        (!groups.is_empty() && ill.is_empty()).then_some(())
    });
}

/// The link of every alert leads to a page about it.
fn every_runbook_opens(watched: &Watched) {
    let found = prometheus(watched.scene.prometheus, "/api/v1/rules?type=alert").unwrap();
    let groups = found["groups"].as_array().unwrap();
    let rules: Vec<&Value> = groups.iter().flat_map(|group| group["rules"].as_array().unwrap()).collect();
    assert!(!rules.is_empty());
    let own = format!("http://localhost:{}", watched.scene.prometheus);
    for rule in rules {
        let name = rule["name"].as_str().unwrap();
        let link =
            rule["annotations"]["runbook_url"].as_str().unwrap_or_else(|| panic!("{name} has no link"));
        let path = link.strip_prefix(&own).unwrap_or_else(|| panic!("{name}: {link}"));
        let (status, page) = get(watched.scene.prometheus, path).unwrap();
        assert!(status == 200 && page.contains(&format!("<h1>{name}</h1>")), "{link}: {status}");
    }
}

#[test]
fn ciso_assistant() {
    prove("ciso-assistant");
}

#[test]
fn sentrascan() {
    prove("sentrascan");
}

#[test]
fn cybersensei() {
    prove("cybersensei");
}

#[test]
fn rust_security() {
    prove("rust-security");
}

#[test]
fn blindspotx() {
    prove("blindspotx");
}

/// Of each group of a pack's alerts at least one is brought about by a fault of its application.
#[test]
fn every_group_of_alerts_has_a_fault() {
    for pack in stackctl::catalog::PACKS {
        let faults: Vec<String> = Script::of(pack.name).faults.into_iter().map(|fault| fault.alert).collect();
        let rules = adapt::shipped(&format!("rules/{}.yml", pack.name));
        for group in rules.split("\n  - name: ").skip(1) {
            let name = group.lines().next().unwrap();
            let mut alerts =
                group.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")).peekable();
            assert!(
                alerts.peek().is_none() || alerts.any(|alert| faults.iter().any(|fault| fault == alert)),
                "{}: no fault for the group {name}",
                pack.name
            );
        }
    }
}

/// The application of each pack has an outage that is told once, by neither its target nor its probe.
#[test]
fn every_pack_has_an_outage_that_is_told_once() {
    for pack in stackctl::catalog::PACKS {
        let faults = Script::of(pack.name).faults;
        let hidden: Vec<_> = faults.iter().filter_map(|fault| fault.hides.as_ref()).collect();
        let whole =
            |hides: &&Vec<String>| hides.iter().map(String::as_str).eq(["BlackboxProbeFailed", "TargetDown"]);
        assert!(hidden.iter().any(whole), "{}: {hidden:?}", pack.name);
    }
}
