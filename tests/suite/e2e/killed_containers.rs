//! SCENARIO: somebody or something ends a container behind stackctl's back.

use super::docker::{docker_quietly, inspect, lives};
use super::scene::SMALL;
use super::{Scene, docker};
use std::path::Path;

/// Intent: a killed container is named by `health` and `status`, and `up` starts the same one again.
#[test]
fn a_killed_container_is_named_and_started_again() {
    let Some(scene) = Scene::running(SMALL) else { return };
    let before = lives(&scene.name);
    docker(&["kill", &scene.container("alertmanager")]);

    let health = scene.expect(1, &["health", "--format", "json"]).json();
    assert_eq!(health["status"], "unhealthy");
    assert_eq!(health["components"]["alertmanager"]["healthy"], false);
    assert_eq!(
        health["components"]["alertmanager"]["detail"],
        "was killed (SIGKILL); the daemon does not say that it was for memory; `stackctl up` starts it"
    );
    let status = scene.expect(1, &["status", "--format", "json"]).json();
    assert_eq!(status["components"][1]["state"], "exited");

    scene.expect(0, &["up"]);
    let after = lives(&scene.name);
    assert_eq!(after["alertmanager"].id, before["alertmanager"].id);
    assert_eq!(after["prometheus"], before["prometheus"]);
    scene.expect(0, &["health"]);
}

/// Intent: a removed container comes back with the data it had.
#[test]
fn a_removed_container_is_made_again_on_the_same_data() {
    let Some(scene) = Scene::running(SMALL) else { return };
    let volume = format!("{}-prometheus-data", scene.name);
    let data = docker(&["volume", "inspect", "--format", "{{.Mountpoint}}", &volume]);
    let mark = Path::new(data.trim()).join("mark");
    std::fs::write(&mark, "kept").unwrap();
    let before = lives(&scene.name);
    docker_quietly(&["rm", "-f", &scene.container("prometheus")]);
    let plan = scene.expect(0, &["plan", "--format", "json"]).json();
    let causes: Vec<&str> =
        plan["steps"].as_array().unwrap().iter().map(|step| step["cause"].as_str().unwrap()).collect();
    assert_eq!(causes, ["not known what was delivered", "not found"], "nothing has changed, so no file has");
    scene.expect(0, &["up"]);
    let after = lives(&scene.name);
    assert_ne!(after["prometheus"].id, before["prometheus"].id);
    assert_eq!(after["alertmanager"], before["alertmanager"]);
    assert_eq!(std::fs::read_to_string(&mark).unwrap(), "kept");
}

/// Intent: a container stopped by hand is not healthy, and `up` starts it.
#[test]
fn a_container_stopped_by_hand_is_started_again() {
    let Some(scene) = Scene::running(SMALL) else { return };
    let before = lives(&scene.name);
    docker(&["stop", &scene.container("node")]);
    scene.expect(1, &["health"]);
    scene.expect(0, &["up"]);
    assert_eq!(lives(&scene.name)["node"].id, before["node"].id);
    assert_eq!(inspect(&scene.container("node"))["State"]["Running"], true);
}

/// Intent: what the daemon has only just started again is waited for, and then asked what it runs.
#[test]
fn a_container_that_is_still_starting_is_waited_for() {
    let Some(scene) = Scene::running(SMALL) else { return };
    for _ in 0..3 {
        docker(&["restart", &scene.container("alertmanager"), &scene.container("prometheus")]);
        let ran = scene.expect(0, &["up"]);
        assert!(ran.stdout.contains("Prometheus runs what was rendered"), "{}", ran.stdout);
        assert!(ran.stdout.contains("Alertmanager runs what was rendered"), "{}", ran.stdout);
    }
}

/// Intent: a paused container does not answer; `up` brings it to work again.
#[test]
fn a_paused_container_works_again_after_up() {
    let Some(scene) = Scene::running(SMALL) else { return };
    docker(&["pause", &scene.container("alertmanager")]);
    scene.expect(1, &["health"]);
    scene.expect(0, &["up"]);
    assert_eq!(inspect(&scene.container("alertmanager"))["State"]["Status"], "running");
    scene.expect(0, &["health"]);
}

/// Intent: when the memory limit kills a component, memory is what the message names.
#[test]
fn a_component_killed_for_memory_is_told_so() {
    let Some(scene) = Scene::with(&SMALL.replace("prometheus: {", "prometheus: {memory: 8MiB, ")) else {
        return;
    };
    let run = scene.expect(4, &["up"]);
    assert_eq!(
        run.said("error: "),
        Some(
            "could not create container prometheus: prometheus was killed for memory; raise its `memory` in stack.yml"
        )
    );
}
