//! SCENARIO: a component leaves `stack.yml`. Its container stays until somebody says so.

use super::Scene;
use super::docker::{lives, ours};
use super::scene::SMALL;

/// A second node exporter, which nothing else knows.
const CUSTOM: &str = "exporters:\n  node: {}\n  custom:\n    extra: {image: \"stackctl-debian/node:1.9.0-trixie\", port: 9100}\n";

/// Intent: an orphan is listed, runs on, and goes with `--remove-orphans`.
#[test]
fn an_orphan_is_listed_and_goes_only_when_asked() {
    let Some(scene) = Scene::running(&format!("{SMALL}{CUSTOM}")) else { return };
    let before = lives(&scene.name)["extra"].clone();
    scene.stack(SMALL);
    let report = scene.expect(0, &["up", "--format", "json"]).json();
    assert_eq!(report["orphans"], serde_json::json!([scene.container("extra")]), "{report}");
    assert_eq!(lives(&scene.name)["extra"], before);
    let status = scene.expect(0, &["status", "--format", "json"]).json();
    assert_eq!(status["orphans"], serde_json::json!([scene.container("extra")]), "{status}");
    scene.expect(0, &["up", "--remove-orphans"]);
    let names = ["alertmanager", "node", "prometheus"].map(|name| scene.container(name));
    assert_eq!(ours(&scene.name), names);
}
