//! SCENARIO: the whole life of a stack, from an empty directory to nothing.

use std::time::Duration;

use super::docker::{changes_since, lives, now, world};
use super::http::{prometheus, query};
use super::scene::SMALL;
use super::{Scene, docker, eventually};

const LIMIT: Duration = Duration::from_secs(30);

/// Intent: `up` brings everything, says so in every report, and a second `up` touches nothing.
#[test]
fn a_first_up_runs_everything_and_a_second_up_touches_nothing() {
    let Some(scene) = Scene::running(SMALL) else { return };

    let status = scene.expect(0, &["status", "--format", "json"]).json();
    let rows: Vec<String> = status["components"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| format!("{} {} {}", row["component"], row["state"], row["ready"]))
        .collect();
    assert_eq!(
        rows,
        [r#""prometheus" "running" true"#, r#""alertmanager" "running" true"#, r#""node" "running" true"#]
    );

    let endpoints = scene.expect(0, &["endpoints"]).stdout;
    let urls: Vec<&str> =
        endpoints.lines().skip(1).filter_map(|line| line.split_whitespace().nth(1)).collect();
    assert_eq!(
        urls,
        [
            format!("http://localhost:{}", scene.prometheus),
            format!("http://localhost:{}", scene.alertmanager),
            format!("http://{0}-node.{0}:9100/metrics", scene.name)
        ]
    );

    let (before, since) = (lives(&scene.name), now());
    let second = scene.expect(0, &["up"]);
    assert_eq!(second.stdout.lines().next(), Some("up to date: nothing to do"));
    assert_eq!(changes_since(&scene.name, &since), Vec::<String>::new());
    assert_eq!(lives(&scene.name), before);
    assert_eq!(scene.expect(0, &["plan", "--detailed-exitcode"]).stdout, "up to date: nothing to do\n");
}

/// Intent: the health document has the shape that the monitoring of the monitoring reads.
#[test]
fn health_is_a_document_of_three_keys_with_one_entry_per_component_and_the_targets() {
    let Some(scene) = Scene::running(SMALL) else { return };
    let health = scene.expect(0, &["health", "--format", "json"]).json();
    let keys: Vec<&String> = health.as_object().unwrap().keys().collect();
    assert_eq!(keys[keys.len() - 4..], ["status", "components", "timestamp", "targets"]);
    assert_eq!((&health["targets"]["total"], &health["targets"]["up"]), (&3.into(), &3.into()));
    let alone = scene.expect(0, &["health", "--components-only", "--format", "json"]).json();
    let keys: Vec<&String> = alone.as_object().unwrap().keys().collect();
    assert_eq!(keys[keys.len() - 3..], ["status", "components", "timestamp"]);
    assert_eq!(health["status"], "healthy");
    let components = health["components"].as_object().unwrap();
    assert_eq!(components.keys().collect::<Vec<_>>(), ["alertmanager", "node", "prometheus"]);
    for (name, component) in components {
        let keys: Vec<&String> = component.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["healthy", "detail", "latency_ms"], "{name}");
        assert_eq!(component["healthy"], true, "{name}");
        assert!(component["latency_ms"].as_f64().unwrap() > 0.0, "{name}");
        assert!(component["detail"].is_string(), "{name}");
    }
    let at: jiff::Timestamp = health["timestamp"].as_str().unwrap().parse().unwrap();
    assert!(jiff::Timestamp::now().duration_since(at).as_secs() < 60);
}

/// Intent: a setting that only changes files is applied without a restart, and Prometheus says that it runs it.
#[test]
fn a_changed_scrape_interval_is_reloaded_into_the_running_process() {
    let Some(scene) = Scene::running(SMALL) else { return };
    let before = lives(&scene.name);
    scene.stack(&SMALL.replace("prometheus: {", "prometheus: {scrape_interval: 7s, "));

    let plan = scene.expect(1, &["plan", "--detailed-exitcode"]).stdout;
    assert_eq!(
        plan.lines().collect::<Vec<_>>(),
        [
            "#1  files prometheus      deliver  prometheus.yml changed",
            "#2  container prometheus  reload   prometheus.yml changed  after #1",
            "2 steps; `stackctl up` makes these changes"
        ]
    );

    scene.expect(0, &["up"]);
    assert_eq!(lives(&scene.name), before);
    let running = prometheus(scene.prometheus, "/api/v1/status/config").unwrap();
    let running: serde_yaml::Value = serde_yaml::from_str(running["yaml"].as_str().unwrap()).unwrap();
    assert_eq!(running["global"]["scrape_interval"], "7s");
    scene.expect(0, &["plan", "--detailed-exitcode"]);
}

/// Intent: `down` takes the containers and leaves the data; what was recorded before is there after the next `up`.
#[test]
fn data_survives_down_and_up() {
    let Some(scene) = Scene::running(&SMALL.replace("prometheus: {", "prometheus: {scrape_interval: 1s, "))
    else {
        return;
    };
    let first = eventually(LIMIT, "a series recorded", || {
        query(scene.prometheus, "min_over_time(timestamp(up{job=\"prometheus\"})[5m:1s])", "job").pop()
    });
    scene.expect(0, &["down"]);
    // The record of whose stack it is stays with the data.
    let volumes =
        ["-alertmanager-config", "-alertmanager-data", "-prometheus-config", "-prometheus-data", ".stack"];
    assert_eq!(world(&scene.name), volumes.map(|volume| format!("volume STACK{volume}")));

    scene.expect(0, &["up"]);
    let again = eventually(LIMIT, "the series again", || {
        query(scene.prometheus, "min_over_time(timestamp(up{job=\"prometheus\"})[5m:1s])", "job").pop()
    });
    assert_eq!(again, first);
}

/// Intent: a stack's own health is visible in its own Prometheus: every job it renders is up.
#[test]
fn prometheus_sees_every_component_up() {
    let Some(scene) = Scene::running(&SMALL.replace("prometheus: {", "prometheus: {scrape_interval: 1s, "))
    else {
        return;
    };
    let up = |job: &str| (job.to_owned(), "1".to_owned());
    eventually(LIMIT, "every target up", || {
        let seen = query(scene.prometheus, "up", "job");
        (seen == [up("alertmanager"), up("node"), up("prometheus")]).then_some(())
    });
    let managers = prometheus(scene.prometheus, "/api/v1/alertmanagers").unwrap();
    assert_eq!(managers["activeAlertmanagers"].as_array().map(Vec::len), Some(1), "{managers}");
    assert_eq!(docker(&["ps", "-q", "--filter", &format!("name={}-node", scene.name)]).lines().count(), 1);
}
