//! Two users of one daemon who share nothing but `stack.yml`: they have the same generated secrets.

use super::fixture::{DEFAULT, Wire, machine, mutations};
use crate::support::daemon::{FakeDaemon, Method};
use crate::support::programs::Grafana;

const ALL: [&str; 4] = ["prometheus", "alertmanager", "grafana", "node"];

fn other<'d>(daemon: &'d FakeDaemon, one: &Wire) -> Wire<'d> {
    let two = Wire::new(daemon);
    two.write("stack.yml", format!("bind: {}\norigin: ops\n{DEFAULT}", one.ip));
    two
}

fn password(wire: &Wire) -> String {
    wire.run(["secrets", "show", "grafana/admin_password"]).ok().stdout
}

/// A run that finds nothing to do, and asks the daemon for no change.
fn changes_nothing(daemon: &FakeDaemon, wire: &Wire) {
    daemon.forget_requests();
    let ran = wire.run(["up"]).ok();
    assert!(ran.stdout.starts_with("up to date: nothing to do\n"), "{}", ran.stdout);
    assert_eq!(mutations(daemon), [""; 0]);
}

#[test]
fn a_second_user_finds_the_secrets_of_the_first_and_changes_nothing() {
    let daemon = machine(&ALL, &Grafana::new()).start();
    let one = Wire::new(&daemon).stack(&format!("origin: ops\n{DEFAULT}"));
    one.run(["up"]).ok();
    let two = other(&daemon, &one);
    assert_eq!(two.run(["plan", "--detailed-exitcode"]).code, Some(0));
    changes_nothing(&daemon, &two);
    assert_eq!(password(&two), password(&one));
    changes_nothing(&daemon, &one);
    let three = other(&daemon, &one);
    assert_eq!(password(&three), password(&one));
}

#[test]
fn after_down_the_secrets_are_read_from_the_volume() {
    let daemon = machine(&ALL, &Grafana::new()).start();
    let one = Wire::new(&daemon).stack(&format!("origin: ops\n{DEFAULT}"));
    one.run(["up"]).ok();
    one.run(["down"]).ok();
    let two = other(&daemon, &one);
    two.run(["up"]).ok();
    assert_eq!(password(&two), password(&one));
    changes_nothing(&daemon, &one);
}

#[test]
fn a_secret_that_one_user_rotated_reaches_the_other() {
    let grafana = Grafana::new();
    let daemon = machine(&ALL, &grafana).start();
    let one = Wire::new(&daemon).stack(&format!("origin: ops\n{DEFAULT}"));
    one.run(["up"]).ok();
    let two = other(&daemon, &one);
    two.run(["up"]).ok();
    let old = password(&two);
    one.run(["secrets", "rotate", "admin_password"]).ok();
    one.run(["up"]).ok();
    changes_nothing(&daemon, &two);
    assert_ne!(password(&two), old);
    assert_eq!(password(&two), password(&one));
    two.run(["secrets", "rotate", "admin_password"]).ok();
    two.run(["up"]).ok();
    changes_nothing(&daemon, &one);
    assert_eq!(grafana.password().map(|password| password + "\n"), Some(password(&one)));
}

#[test]
fn secrets_that_cannot_be_read_are_not_made_anew() {
    let daemon = machine(&ALL, &Grafana::new()).start();
    let one = Wire::new(&daemon).stack(&format!("origin: ops\n{DEFAULT}"));
    one.run(["up"]).ok();
    one.run(["down"]).ok();
    daemon.on(Method::Get, "/containers/monitoring.courier/archive", 1).refuse(500, "input/output error");
    let two = other(&daemon, &one);
    let ran = two.run(["up"]);
    assert_eq!(ran.code, Some(3), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("error: the secret grafana/admin_password cannot be read from the daemon: "),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("secrets/grafana_admin_password` (mode 0600), then rerun"), "{}", ran.stderr);
    assert!(!two.state("secrets/grafana_admin_password").exists());
}
