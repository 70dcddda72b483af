//! Whose stack it is: the record at the daemon, other origins, `--adopt`, and names that `init` gives.

use serde_json::Value;

use super::fixture::{PROMETHEUS_ONLY, Wire, daemon, mutations, same_world};

const TEAM: &str = "origin: github.com/acme/monitoring\n";

fn record(daemon: &crate::support::daemon::FakeDaemon) -> std::collections::BTreeMap<String, String> {
    let volumes = daemon.volumes();
    volumes.into_iter().find(|volume| volume.name == "monitoring.stack").unwrap().labels
}

/// Another user with the very stack file of the first.
fn twin<'d>(daemon: &'d crate::support::daemon::FakeDaemon, owner: &Wire, text: &str) -> Wire<'d> {
    Wire::new(daemon).file("stack.yml", format!("bind: {}\n{text}", owner.ip))
}

#[test]
fn the_same_name_from_another_directory_is_refused_by_every_command_that_changes() {
    let daemon = daemon();
    let owner = Wire::new(&daemon).stack(PROMETHEUS_ONLY);
    owner.run(["up"]).ok();
    let other = twin(&daemon, &owner, PROMETHEUS_ONLY);
    let before = owner.world();
    daemon.forget_requests();
    let changing: [&[&str]; 6] = [
        &["up"],
        &["plan"],
        &["down"],
        &["down", "--volumes", "--yes"],
        &["stop"],
        &["restart", "prometheus"],
    ];
    for arguments in changing {
        let ran = other.ran(&other.command(arguments).output().unwrap());
        assert_eq!(ran.code, Some(7), "{arguments:?}: {ran:?}");
        let (theirs, mine) = (owner.path(""), other.path(""));
        for path in [theirs.display().to_string(), "DIR/work".to_owned(), "--adopt".to_owned()] {
            let path = path.trim_end_matches('/');
            assert!(ran.stderr.contains(path), "{path} in {arguments:?}, not {}: {ran:?}", mine.display());
        }
    }
    assert_eq!(mutations(&daemon), [""; 0]);
    same_world(&owner.world(), &before);
    let status = other.run(["status"]);
    assert!(status.stdout.contains(owner.path("").to_str().unwrap().trim_end_matches('/')), "{status:?}");
    assert!(status.stderr.contains("belongs to another directory or machine"), "{status:?}");
    let json = other.run(["status", "--format", "json"]).json();
    assert_eq!(json["origin_is_here"], false, "{json}");
}

#[test]
fn adopt_takes_the_stack_over_and_the_owner_is_refused_from_then_on() {
    let daemon = daemon();
    let owner = Wire::new(&daemon).stack(PROMETHEUS_ONLY);
    owner.run(["up"]).ok();
    let key = record(&daemon)["io.stackctl.key"].clone();
    let other = twin(&daemon, &owner, PROMETHEUS_ONLY);
    let ran = other.run(["stop", "--adopt"]).ok();
    assert!(ran.stderr.contains("record monitoring"), "{ran:?}");
    let path = other.path("").display().to_string();
    assert_eq!(record(&daemon)["io.stackctl.origin.path"], path.trim_end_matches('/'));
    assert_eq!(record(&daemon)["io.stackctl.key"], key, "revisions are shown as before");
    assert_eq!(owner.run(["up"]).code, Some(7));
    other.run(["start"]).ok();
}

#[test]
fn a_team_that_shares_an_origin_runs_one_stack_from_several_places() {
    let daemon = daemon();
    let laptop = Wire::new(&daemon).stack(&format!("{TEAM}{PROMETHEUS_ONLY}"));
    laptop.run(["up"]).ok();
    let ci = twin(&daemon, &laptop, &format!("{TEAM}{PROMETHEUS_ONLY}"));
    ci.run(["stop"]).ok();
    ci.run(["start"]).ok();
    let other = Wire::new(&daemon).stack(&format!("origin: github.com/acme/other\n{PROMETHEUS_ONLY}"));
    let ran = other.run(["down"]);
    assert_eq!(ran.code, Some(7), "{ran:?}");
    assert!(ran.stderr.contains("github.com/acme/monitoring"), "{ran:?}");
    assert!(ran.stderr.contains("github.com/acme/other"), "{ran:?}");
}

#[test]
fn the_record_outlives_down_and_goes_with_the_data() {
    let daemon = daemon();
    let owner = Wire::new(&daemon).stack(PROMETHEUS_ONLY);
    owner.run(["up"]).ok();
    owner.run(["down"]).ok();
    record(&daemon);
    let other = twin(&daemon, &owner, PROMETHEUS_ONLY);
    assert_eq!(other.run(["up"]).code, Some(7), "its data is still the owner's");
    owner.run(["down", "--volumes", "--yes"]).ok();
    assert_eq!(daemon.volumes().len(), 0);
    other.run(["up"]).ok();
}

#[test]
fn a_stack_of_an_older_stackctl_has_no_record_and_up_makes_one() {
    let daemon = daemon();
    let wire = Wire::new(&daemon).stack(PROMETHEUS_ONLY);
    wire.run(["up"]).ok();
    assert_eq!(super::fixture::ask(&daemon, "DELETE", "/v1.41/volumes/monitoring.stack", &Value::Null), 204);
    wire.run(["stop"]).ok();
    wire.run(["start"]).ok();
    daemon.forget_requests();
    wire.run(["up"]).ok();
    let mut made = mutations(&daemon);
    made.retain(|line| !line.contains(".lock-"));
    assert_eq!(made, ["POST /volumes/create Name=monitoring.stack"]);
}

#[test]
fn a_foreign_volume_with_the_name_of_the_record_is_left_alone() {
    let daemon = daemon();
    let wire = Wire::new(&daemon).stack(PROMETHEUS_ONLY);
    let volume = serde_json::json!({"Name": "monitoring.stack"});
    assert_eq!(super::fixture::ask(&daemon, "POST", "/v1.41/volumes/create", &volume), 201);
    let ran = wire.run(["up"]);
    assert_eq!(ran.code, Some(7), "{ran:?}");
    assert!(ran.stderr.contains("the volume `monitoring.stack` is not stackctl's"), "{ran:?}");
    wire.run(["down", "--volumes", "--yes"]).ok();
    assert_eq!(daemon.volumes().len(), 1);
}

/// A six-byte password must not be found by comparing digests.
#[test]
fn status_shows_revisions_that_depend_on_a_key_of_the_stack() {
    let daemon = daemon();
    let wire = Wire::new(&daemon).stack(PROMETHEUS_ONLY);
    wire.run(["up"]).ok();
    let shown =
        |wire: &Wire| wire.run(["status", "--format", "json"]).json()["components"][0]["revision"].clone();
    let first = shown(&wire);
    let files = super::fixture::volume_lines(&daemon, "monitoring-prometheus-config").join("\n");
    assert!(!files.contains(first.as_str().unwrap()), "{first} is the digest itself\n{files}");
    let other = twin(&daemon, &wire, PROMETHEUS_ONLY);
    assert_eq!(shown(&other), first, "every operator of a stack sees the same");
    wire.run(["down", "--volumes", "--yes"]).ok();
    wire.run(["up"]).ok();
    assert_ne!(shown(&wire), first, "the same files under another key");
}

#[test]
fn init_names_the_stack_after_its_directory() {
    let daemon = daemon();
    let wire = Wire::new(&daemon);
    for (directory, name) in [
        ("Shop_Monitoring", "shop-monitoring"),
        ("été 2026!", "t-2026"),
        ("2024", "\"2024\""),
        ("---", "monitoring"),
        ("on", "\"on\""),
    ] {
        for preset in [&["init"] as &[&str], &["init", "--preset", "minimal"], &["init", "--preset", "host"]]
        {
            std::fs::create_dir_all(wire.path(directory)).unwrap();
            let mut command = wire.command(preset);
            command.arg("--force").current_dir(wire.path(directory));
            let ran = wire.ran(&command.output().unwrap()).ok();
            let text = std::fs::read_to_string(wire.path(&format!("{directory}/stack.yml"))).unwrap();
            let line = text.lines().find(|line| line.starts_with("name: ")).unwrap();
            let value = line.trim_start_matches("name: ").split(" #").next().unwrap().trim_end();
            assert_eq!(value, name, "{preset:?}: {ran:?}");
            let file = format!("./{directory}/stack.yml");
            let checked = wire.run(["check", "--offline", "--file", &file]).ok();
            assert_eq!(checked.about, format!("stack {} ({file})", name.trim_matches('"')));
        }
    }
}
