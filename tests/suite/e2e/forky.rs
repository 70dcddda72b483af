//! SCENARIO: the short life of a stack on images of the next Debian: Prometheus 3 and the Alertmanager that goes with it.

use std::time::Duration;

use serde_json::Value;

use super::docker::{lives, text, world};
use super::http::{get, prometheus, query};
use super::{Scene, eventually};

const FORKY: &str = "
images: {debian_suite: forky}
prometheus: {port: $PROMETHEUS, scrape_interval: 1s}
alertmanager: {port: $ALERTMANAGER}
grafana: {enabled: false}
exporters: {node: {enabled: false}}
";

/// A scene, or none when the archive of this machine has no such suite; `tests/run` finds that out.
fn scene() -> Option<Scene> {
    if std::env::var_os("STACKCTL_E2E_WITHOUT_FORKY").is_some() {
        return None;
    }
    Scene::with(FORKY)
}

/// The version of the image that is used; it must be one of forky.
fn version(images: &Value, component: &str) -> String {
    let row = images["images"].as_array().unwrap().iter().find(|row| row["component"] == component).unwrap();
    assert_eq!(row["source"], "debian/forky", "{images}");
    text(&row["version"])
}

/// Intent: everything that a day brings works with Prometheus 3 as well.
#[test]
fn a_stack_of_forky_lives_its_short_life() {
    let Some(scene) = scene() else { return };
    let images = scene.expect(0, &["images", "list", "--format", "json"]).json();
    let (wanted, manager) = (version(&images, "prometheus"), version(&images, "alertmanager"));
    assert_eq!(wanted.split('.').next(), Some("3"), "{images}");

    scene.expect(0, &["up"]);
    let running = prometheus(scene.prometheus, "/api/v1/status/buildinfo").unwrap();
    let running = running["version"].as_str().unwrap().to_owned();
    assert_eq!(running.split('+').next(), Some(wanted.as_str()));
    let status: Value = serde_json::from_str(&get(scene.alertmanager, "/api/v2/status").unwrap().1).unwrap();
    let running = status["versionInfo"]["version"].as_str().unwrap();
    assert_eq!(running.split('+').next(), Some(manager.as_str()));
    let up = |job: &str| (job.to_owned(), "1".to_owned());
    eventually(Duration::from_secs(30), "every target up", || {
        (query(scene.prometheus, "up", "job") == [up("alertmanager"), up("prometheus")]).then_some(())
    });
    assert_eq!(scene.expect(0, &["health", "--format", "json"]).json()["status"], "healthy");
    assert_eq!(scene.expect(0, &["plan", "--detailed-exitcode"]).stdout, "up to date: nothing to do\n");

    let before = lives(&scene.name);
    scene.stack(&FORKY.replace("scrape_interval: 1s", "scrape_interval: 7s"));
    scene.expect(0, &["up"]);
    assert_eq!(lives(&scene.name), before);
    let running = prometheus(scene.prometheus, "/api/v1/status/config").unwrap();
    let running: serde_yaml::Value = serde_yaml::from_str(running["yaml"].as_str().unwrap()).unwrap();
    assert_eq!(running["global"]["scrape_interval"], "7s");

    scene.expect(0, &["down", "--volumes", "--yes"]);
    assert_eq!(world(&scene.name), Vec::<String>::new());
}

/// Intent: `check` asks the programs of these images, and they have nothing to say against the files.
#[test]
fn the_programs_of_forky_accept_the_files() {
    let Some(scene) = scene() else { return };
    let report = scene.expect(0, &["check", "--format", "json"]).json();
    let judges: Vec<String> = report["judges"]
        .as_array()
        .unwrap()
        .iter()
        .map(|verdict| format!("{}: {}", text(&verdict["judge"]), text(&verdict["outcome"])))
        .collect();
    assert_eq!(judges, ["promtool check config: accepted", "amtool check-config: accepted"]);
    // Nothing but that this stack has no receivers.
    let codes: Vec<String> =
        report["diagnostics"].as_array().unwrap().iter().map(|d| text(&d["code"])).collect();
    assert_eq!(codes, ["SC216"]);
    scene.write("rules/mine.yml", "groups: [{name: mine, rules: [{alert: Mine, expr: 'up ==='}]}]\n");
    scene.expect(1, &["check"]);
}
