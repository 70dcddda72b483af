//! Which stack a command acts on: the stack file here or above, else the built-in stack, and who may change that.

use std::os::unix::fs::symlink;

use super::fixture::{PROMETHEUS_ONLY, Ran, Wire, daemon, mutations, same_world};
use crate::support::daemon::FakeDaemon;

/// Runs in a directory below that of the user.
fn run_in(wire: &Wire, directory: &str, arguments: &[&str]) -> Ran {
    std::fs::create_dir_all(wire.path(directory)).unwrap();
    let output = wire.command(arguments).current_dir(wire.path(directory)).output().unwrap();
    wire.ran(&output)
}

#[test]
fn without_a_stack_file_nothing_that_exists_is_changed() {
    let daemon = daemon();
    let owner = Wire::new(&daemon).stack(PROMETHEUS_ONLY);
    owner.run(["up"]).ok();
    let before = owner.world();
    let stranger = Wire::new(&daemon);
    daemon.forget_requests();
    let changing: [&[&str]; 7] = [
        &["up"],
        &["down"],
        &["down", "--volumes", "--yes"],
        &["start"],
        &["stop"],
        &["restart", "prometheus"],
        &["secrets", "rotate", "grafana/admin_password"],
    ];
    for arguments in changing {
        let ran = stranger.ran(&stranger.command(arguments).output().unwrap());
        assert_eq!(ran.code, Some(7), "{arguments:?}: {ran:?}");
        assert!(ran.stderr.contains("--default means the built-in"), "{ran:?}");
        assert!(ran.stderr.contains("changed: nothing"), "{ran:?}");
    }
    let failed = stranger.run(["--format", "json", "down"]).json();
    assert_eq!((&failed["stack"], &failed["error"]["exit"]), (&"monitoring".into(), &7.into()), "{failed}");
    assert_eq!(mutations(&daemon), [""; 0]);
    same_world(&owner.world(), &before);
}

#[test]
fn without_a_stack_file_up_starts_the_built_in_stack_where_there_is_none() {
    let daemon = FakeDaemon::builder().start();
    let ran = Wire::new(&daemon).run(["up"]);
    // No registry answers here: all that is missing are the images.
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert!(ran.stdout.contains("prometheus needs"), "{ran:?}");
    assert_eq!(ran.about, "stack monitoring (built-in) at SOCKET");
}

#[test]
fn project_and_default_say_which_stack_is_meant() {
    let daemon = daemon();
    for arguments in [["--project", "other", "down"], ["--default", "--color=never", "down"]] {
        let ran = Wire::new(&daemon).run(arguments).ok();
        assert!(!ran.stderr.contains("no stack.yml"), "{ran:?}");
    }
    let both = Wire::new(&daemon).run(["--default", "--file", "x.yml", "plan"]);
    assert_eq!(both.code, Some(2), "{both:?}");
}

#[test]
fn without_a_stack_file_reading_commands_name_the_built_in_stack() {
    let daemon = daemon();
    let wire = Wire::new(&daemon);
    for command in ["plan", "status", "health", "endpoints", "check", "secrets", "images"] {
        let ran = wire.run([command]);
        assert!(ran.stderr.contains("no stack.yml or stack.yaml here"), "{command}: {ran:?}");
        assert!(ran.stderr.contains("built-in stack `monitoring`"), "{command}: {ran:?}");
        assert!(ran.about.starts_with("stack monitoring (built-in)"), "{command}: {ran:?}");
        let json = wire.run(["--format", "json", command]).json();
        assert_eq!(json["stack"], "monitoring", "{command}: {json}");
        assert_eq!(json["stack_file"], serde_json::Value::Null, "{command}: {json}");
    }
    let json = wire.run(["--format", "json", "status"]).json();
    assert_eq!(json["daemon"], "SOCKET");
}

#[test]
fn a_stack_file_above_is_found_and_its_paths_stay_relative_to_it() {
    let daemon = daemon();
    let wire = Wire::new(&daemon).file("secrets/token", "t\n").file(
        "stack.yaml",
        "name: found\napps: {a: {targets: [\"a:1\"], bearer_token_file: secrets/token}}\n",
    );
    std::process::Command::new("chmod").arg("600").arg(wire.path("secrets/token")).status().unwrap();
    let ran = run_in(&wire, "deep/er", &["check", "--offline"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(ran.about, "stack found (../../stack.yaml)");
    // A repository of its own is a border.
    std::fs::create_dir(wire.path("deep/.git")).unwrap();
    let ran = run_in(&wire, "deep/er", &["check", "--offline"]);
    assert_eq!(ran.about, "stack monitoring (built-in)");
    let ran = run_in(&wire, "deep/er", &["down"]);
    assert_eq!(ran.code, Some(7), "{ran:?}");
    assert!(ran.stderr.contains("DIR/work/deep`"), "{ran:?}");
}

#[test]
fn two_stack_files_in_one_directory_are_refused_with_both_names() {
    let daemon = daemon();
    let wire = Wire::new(&daemon).file("stack.yml", "name: a\n").file("stack.yaml", "name: b\n");
    for command in ["status", "down", "check"] {
        let ran = wire.run([command]);
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(ran.stderr.contains("`stack.yml` and `stack.yaml`"), "{ran:?}");
    }
    assert_eq!(wire.run(["--file", "stack.yaml", "check", "--offline"]).ok().about, "stack b (stack.yaml)");
}

#[test]
fn init_writes_no_second_stack_file() {
    let daemon = daemon();
    let wire = Wire::new(&daemon).file("stack.yaml", "name: a\n");
    for arguments in [&["init"] as &[&str], &["init", "--force"]] {
        let ran = wire.ran(&wire.command(arguments).output().unwrap());
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(ran.stderr.contains("stack.yaml` exists already"), "{ran:?}");
    }
    assert!(!wire.path("stack.yml").exists());
}

#[test]
fn a_stack_file_that_is_a_broken_link_is_an_error_and_not_the_built_in_stack() {
    let daemon = daemon();
    for (name, target, fault) in [
        ("stack.yml", "gone/stack.yml", "is a link to `gone/stack.yml`, which does not exist"),
        ("stack.yaml", "stack.yaml", "is a link that leads back to itself"),
    ] {
        let wire = Wire::new(&daemon);
        symlink(target, wire.path(name)).unwrap();
        for directory in ["", "below"] {
            for arguments in [&["up"] as &[&str], &["status"], &["down", "--volumes", "--yes"]] {
                let ran = run_in(&wire, directory, arguments);
                assert_eq!(ran.code, Some(2), "{ran:?}");
                assert!(ran.stderr.contains(fault), "{ran:?}");
            }
        }
    }
    assert_eq!(mutations(&daemon), [""; 0]);
}
