//! SCENARIO: an image cannot be had. Everything that does not need it runs.

use std::collections::BTreeSet;

use super::Scene;
use super::docker::ours;
use super::http::prometheus;

/// A custom exporter whose image is nowhere: the registry part does not resolve on any machine.
const MISSING: &str = "
prometheus: {port: $PROMETHEUS}
alertmanager: {port: $ALERTMANAGER}
grafana: {enabled: false}
exporters:
  node: {}
  custom:
    nowhere: {image: \"registry.invalid/nowhere:1\", port: 9000}
";

/// Intent: the missing one is named with the way to supply it, the others work, and the exit code says both.
#[test]
fn a_missing_image_does_not_hold_up_the_rest() {
    let Some(scene) = Scene::with(MISSING) else { return };
    let report = scene.expect(3, &["up", "--format", "json"]).json();
    let missing = report["unavailable"].as_array().unwrap();
    assert_eq!(missing.len(), 1, "{report}");
    assert_eq!(missing[0]["component"], "nowhere");
    assert_eq!(missing[0]["image"], "registry.invalid/nowhere:1");
    assert!(
        missing[0]["remedy"].as_str().is_some_and(|text| text.contains("stackctl images load")),
        "{report}"
    );
    assert_eq!(ours(&scene.name), ["alertmanager", "node", "prometheus"].map(|name| scene.container(name)));

    scene.expect(0, &["up", "--skip-unavailable"]);
    let status = scene.expect(1, &["status", "--format", "json"]).json();
    let row =
        status["components"].as_array().unwrap().iter().find(|row| row["component"] == "nowhere").unwrap();
    assert_eq!(row["state"], "unavailable");
    let health = scene.expect(1, &["health", "--format", "json"]).json();
    assert_eq!(health["components"]["nowhere"]["healthy"], false);
    assert_eq!(health["components"]["nowhere"]["state"], "unavailable");
    assert_eq!(health["components"]["prometheus"]["healthy"], true);
    // What is left out on purpose is neither scraped nor a failure.
    let health = scene.expect(0, &["health", "--skip-unavailable", "--format", "json"]).json();
    assert_eq!(health["targets"]["down"], serde_json::json!([]), "{health}");
    scene.expect(0, &["status", "--skip-unavailable"]);
    let jobs = prometheus(scene.prometheus, "/api/v1/targets?state=active").unwrap();
    let jobs = jobs["activeTargets"].as_array().unwrap().iter();
    let jobs: BTreeSet<&str> = jobs.filter_map(|target| target["scrapePool"].as_str()).collect();
    assert_eq!(jobs, BTreeSet::from(["alertmanager", "node", "prometheus"]));
}
