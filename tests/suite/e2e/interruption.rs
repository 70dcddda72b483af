//! SCENARIO: a run is interrupted, politely or not. The next one finishes the work.

use std::io::{BufRead as _, BufReader};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::docker::{docker_lines, ours, world};
use super::http::prometheus;
use super::locking::NEVER;
use super::scene::SMALL;
use super::{Scene, eventually};

/// Intent: one Ctrl-C while waiting ends with 130, no half container, and the next `up` works.
#[test]
fn ctrl_c_while_waiting_leaves_a_consistent_stack() {
    let Some(scene) = Scene::with(&format!("{SMALL}{NEVER}")) else { return };
    let run = scene.spawn(&["up"]);
    eventually(Duration::from_secs(30), "up waiting for `never`", || {
        ours(&scene.name).contains(&scene.container("never")).then_some(())
    });
    kill_process(Pid::from_child(&run), Signal::INT).unwrap();
    let run = scene.wait(run);
    assert_eq!(run.code, Some(130), "{run:?}");
    let leftovers: Vec<String> =
        ours(&scene.name).into_iter().filter(|name| name.contains('.') || name.ends_with("never")).collect();
    assert_eq!(leftovers, Vec::<String>::new());
    scene.stack(SMALL);
    scene.expect(0, &["up"]);
    scene.expect(0, &["health"]);
}

/// What this stack looks like after it was changed in peace; it runs the unchanged one again afterwards.
fn undisturbed(scene: &Scene, changed: &str) -> Vec<String> {
    scene.stack(changed);
    scene.expect(0, &["up"]);
    let wanted = world(&scene.name);
    scene.stack(SMALL);
    scene.expect(0, &["up"]);
    assert_ne!(world(&scene.name), wanted, "the change is one that can be seen");
    wanted
}

/// Intent: `kill -9` at any line of progress is repaired by the next `up`: the world is as if nothing had happened.
#[test]
fn a_killed_up_is_repaired_by_the_next() {
    let changed = SMALL.replace("prometheus: {", "prometheus: {memory: 600MiB, scrape_interval: 9s, ");
    let Some(scene) = Scene::with(SMALL) else { return };
    let wanted = undisturbed(&scene, &changed);
    for lines in 0..9 {
        scene.expect(0, &["down", "--volumes", "--yes"]);
        killed_after(&scene, lines);
        scene.expect(0, &["up"]);
        scene.stack(&changed);
        killed_after(&scene, lines);
        let repaired = scene.run(&["up"]);
        assert_eq!(repaired.code, Some(0), "killed after {lines} lines: {repaired:?}");
        assert_eq!(world(&scene.name), wanted, "killed after {lines} lines");
        scene.expect(0, &["plan", "--detailed-exitcode"]);
        scene.stack(SMALL);
    }
}

/// Intent: the same for a kill at a moment that no line of progress marks.
#[test]
fn a_replacement_killed_at_any_moment_is_repaired_by_the_next() {
    let changed = SMALL.replace("prometheus: {", "prometheus: {memory: 600MiB, scrape_interval: 9s, ");
    let Some(scene) = Scene::with(SMALL) else { return };
    let wanted = undisturbed(&scene, &changed);
    for step in 0..14 {
        let run = scene.spawn(&["up"]);
        std::thread::park_timeout(Duration::from_millis(step * 80));
        kill_process(Pid::from_child(&run), Signal::KILL).unwrap();
        scene.wait(run);
        scene.stack(&changed);
        let mut run = scene.spawn(&["up"]);
        std::thread::park_timeout(Duration::from_millis(step * 80));
        let _ = run.kill();
        scene.wait(run);
        let repaired = scene.run(&["up"]);
        assert_eq!(repaired.code, Some(0), "killed after {}ms: {repaired:?}", step * 80);
        assert_eq!(world(&scene.name), wanted, "killed after {}ms", step * 80);
        scene.stack(SMALL);
    }
}

/// The scrape interval that Prometheus itself says it runs.
fn running_interval(scene: &Scene) -> String {
    let running = prometheus(scene.prometheus, "/api/v1/status/config").unwrap();
    let running: serde_yaml::Value = serde_yaml::from_str(running["yaml"].as_str().unwrap()).unwrap();
    running["global"]["scrape_interval"].as_str().unwrap_or_default().to_owned()
}

/// Intent: a kill between the delivery of files and the reload does not leave the process on its old files.
#[test]
fn a_reload_killed_at_any_line_is_made_up_for_by_the_next() {
    let Some(scene) = Scene::running(SMALL) else { return };
    for lines in 0..4 {
        for interval in ["31s", "32s"] {
            scene.stack(
                &SMALL.replace("prometheus: {", &format!("prometheus: {{scrape_interval: {interval}, ")),
            );
            killed_after(&scene, lines);
            let repaired = scene.run(&["up"]);
            assert_eq!(repaired.code, Some(0), "killed after {lines} lines: {repaired:?}");
            assert_eq!(running_interval(&scene), interval, "killed after {lines} lines");
        }
    }
}

/// Runs `up` and kills it when it has said so many lines; it may have ended before.
fn killed_after(scene: &Scene, lines: usize) {
    let mut run = scene.spawn(&["up"]);
    let mut said = BufReader::new(run.stderr.take().unwrap()).lines();
    for _ in 0..lines {
        if said.next().is_none() {
            break;
        }
    }
    let _ = run.kill();
    run.wait().unwrap();
}

/// Intent: whatever `kill -9` hits at whatever moment, the next `up` ends with a stack that is still healthy a moment
/// later, although the daemon goes on with what the killed run had asked for.
#[test]
fn after_a_kill_at_any_moment_the_next_up_ends_with_a_stack_that_stays() {
    let changed = SMALL.replace("prometheus: {", "prometheus: {memory: 600MiB, ");
    let Some(scene) = Scene::running(SMALL) else { return };
    for moment in 0..20 {
        let verb = if moment % 2 == 0 { "down" } else { "up" };
        scene.stack(if moment % 4 == 1 { &changed } else { SMALL });
        let mut run = scene.spawn(&[verb]);
        std::thread::park_timeout(Duration::from_millis(20 + moment * 35));
        let _ = run.kill();
        scene.wait(run);
        scene.expect(0, &["up"]);
        // What was still in flight shows within this time: containers stop within a second here.
        std::thread::park_timeout(Duration::from_millis(1500));
        let plan = scene.run(&["plan", "--detailed-exitcode"]);
        assert_eq!(plan.code, Some(0), "{verb} killed at moment {moment}: {}{}", plan.stdout, plan.stderr);
        let locks = docker_lines(&["volume", "ls", "-q", "--filter", &format!("name={}.lock-", scene.name)]);
        assert_eq!(locks, Vec::<String>::new(), "{verb} killed at moment {moment}");
    }
    scene.expect(0, &["health"]);
}
