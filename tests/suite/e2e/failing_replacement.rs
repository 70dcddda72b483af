//! SCENARIO: a new container cannot take the place of the old one. The old one must be back, and work.

use std::net::TcpListener;

use super::Scene;
use super::docker::{inspect, lives, revision, world};
use super::http::get;
use super::scene::{SMALL, free_port};

/// What must be as before when a replacement of Prometheus failed.
fn state(scene: &Scene) -> (String, String, Vec<String>) {
    let lives = lives(&scene.name);
    (lives["prometheus"].id.clone(), revision(&scene.container("prometheus")), world(&scene.name))
}

/// Intent: another specification makes another container, and only one is left.
#[test]
fn another_memory_limit_replaces_the_container() {
    let Some(scene) = Scene::running(SMALL) else { return };
    let before = lives(&scene.name);
    scene.stack(&SMALL.replace("prometheus: {", "prometheus: {memory: 600MiB, "));
    let plan = scene.expect(0, &["plan", "--format", "json"]).json();
    assert_eq!(plan["steps"].as_array().unwrap().len(), 1, "{plan}");
    assert_eq!(plan["steps"][0]["action"], "replace");
    scene.expect(0, &["up"]);
    let after = lives(&scene.name);
    assert_eq!(after.keys().collect::<Vec<_>>(), before.keys().collect::<Vec<_>>());
    assert_ne!(after["prometheus"].id, before["prometheus"].id);
    assert_eq!(after["alertmanager"], before["alertmanager"]);
    assert_eq!(inspect(&scene.container("prometheus"))["HostConfig"]["Memory"], 629_145_600);
}

/// Intent: a new container that ends at once gives its place back to the old one, and its last words are shown.
#[test]
fn a_replacement_that_ends_at_once_leaves_the_old_one_working() {
    let Some(scene) = Scene::running(SMALL) else { return };
    let before = state(&scene);
    // A new revision of the files goes with the replacement, so that going back has both to undo.
    scene.stack(
        &SMALL.replace("prometheus: {", "prometheus: {args: [\"--no-such-flag\"], scrape_interval: 9s, "),
    );
    let run = scene.expect(4, &["up"]);
    assert_eq!(
        get(scene.prometheus, "/-/ready").map(|(status, _)| status),
        Some(200),
        "ready when up returns"
    );
    assert_eq!(state(&scene), before);
    assert!(
        run.stderr.contains("  | prometheus: error: unknown long flag '--no-such-flag'\n"),
        "{}",
        run.stderr
    );
    assert_eq!(run.said("changed: container prometheus: "), Some("what was there before is back"));

    scene.stack(SMALL);
    scene.expect(0, &["plan", "--detailed-exitcode"]);
}

/// Intent: a port that somebody else has is named, and the old container keeps its own.
#[test]
fn a_port_that_is_taken_is_named_and_the_old_container_is_back() {
    let Some(scene) = Scene::running(SMALL) else { return };
    let before = state(&scene);
    let port = free_port();
    let _listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
    scene.stack(&SMALL.replace("$PROMETHEUS", &port.to_string()));
    let run = scene.expect(3, &["up"]);
    assert!(run.said("error: ").unwrap().contains(&format!("127.0.0.1:{port}")), "{}", run.stderr);
    assert_eq!(
        get(scene.prometheus, "/-/ready").map(|(status, _)| status),
        Some(200),
        "ready when up returns"
    );
    assert_eq!(state(&scene), before);
}

/// Intent: the same for a container that was never there: nothing is left of it, the rest is kept.
#[test]
fn a_port_that_is_taken_on_the_first_up_leaves_no_half_container() {
    let Some(scene) = Scene::with(SMALL) else { return };
    let listener = TcpListener::bind(("127.0.0.1", scene.prometheus)).unwrap();
    let run = scene.run(&["up"]);
    assert!(matches!(run.code, Some(3 | 4)), "{run:?}");
    assert!(
        run.said("error: ").unwrap().contains(&format!("127.0.0.1:{}", scene.prometheus)),
        "{}",
        run.stderr
    );
    assert_eq!(lives(&scene.name).get("prometheus"), None);
    drop(listener);
    scene.expect(0, &["up"]);
    scene.expect(0, &["health"]);
}
