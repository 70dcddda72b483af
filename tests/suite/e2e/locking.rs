//! SCENARIO: two people run stackctl at once.

use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::docker::ours;
use super::scene::SMALL;
use super::{Scene, eventually};

/// An exporter that never answers where it is asked, so that `up` waits.
pub const NEVER: &str = "exporters:\n  node: {}\n  custom:\n    never: {image: \"stackctl-debian/node:1.9.0-trixie\", port: 9999}\n";

/// Intent: the second one is told who holds the lock and changes nothing; reading is always possible.
#[test]
fn the_second_run_is_told_who_holds_the_lock() {
    let Some(scene) = Scene::with(&format!("{SMALL}{NEVER}")) else { return };
    let first = scene.spawn(&["up"]);
    eventually(Duration::from_secs(30), "the first run at work", || {
        ours(&scene.name).contains(&scene.container("never")).then_some(())
    });
    let second = scene.expect(6, &["up"]);
    let line = second.said("error: ").unwrap();
    assert!(line.contains(&format!("process {}", first.id())), "{line}");
    assert_eq!(second.said("changed: "), Some("nothing"));
    assert!(matches!(scene.run(&["status"]).code, Some(1)), "reading takes no lock");
    kill_process(Pid::from_child(&first), Signal::INT).unwrap();
    assert_eq!(scene.wait(first).code, Some(130));
}

/// Intent: another user of the same daemon, who shares no file with the first, is told the same; the lock of a run that
/// was killed is taken over at once on the same machine.
#[test]
fn another_user_is_told_who_holds_the_lock_and_takes_over_that_of_a_killed_run() {
    let Some(scene) = Scene::with(&format!("{SMALL}{NEVER}")) else { return };
    let first = scene.spawn(&["up"]);
    eventually(Duration::from_secs(30), "the first run at work", || {
        ours(&scene.name).contains(&scene.container("never")).then_some(())
    });
    let other = |arguments: &[&str]| {
        scene.finish(scene.command(arguments).env("XDG_STATE_HOME", scene.path("state of another user")))
    };
    for command in ["up", "down", "stop", "restart"] {
        let told = other(&[command]);
        assert_eq!(told.code, Some(6), "{command}: {told:?}");
        let line = told.said("error: ").unwrap();
        assert!(line.contains(&format!("process {}, `stackctl", first.id())), "{line}");
        assert_eq!(told.said("changed: "), Some("nothing"));
    }
    kill_process(Pid::from_child(&first), Signal::KILL).unwrap();
    scene.wait(first);
    scene.stack(SMALL);
    let run = other(&["up", "--remove-orphans"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    let again = scene.expect(0, &["up"]);
    assert!(again.stdout.starts_with("up to date: nothing to do\n"), "{}", again.stdout);
}
