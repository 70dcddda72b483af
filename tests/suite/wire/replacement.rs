//! E03, E05, E14: a new container that does not come up leaves its place to the old one.

use super::fixture::{PROMETHEUS_ONLY, Wire, image, machine, same, same_world};
use crate::support::daemon::{FakeDaemon, LogStream, Program};
use crate::support::programs::{Grafana, Prometheus};

/// A daemon on which Prometheus works, except in a container with 2 GiB of memory, which runs this.
fn set_up(new: Program) -> FakeDaemon {
    let old = Prometheus::new().program();
    let program = Program::computed(move |run| {
        let spec = run.labels.get("io.stackctl.spec.json").map_or("", String::as_str);
        if spec.contains("2147483648") { new.clone() } else { old.clone() }
    });
    machine(&["prometheus"], &Grafana::new()).program(&image("prometheus"), program).start()
}

/// Replaces Prometheus by one that does not come up; what is said, once it is sure that all is as before.
fn replaced(new: Program) -> String {
    let daemon = set_up(new);
    let wire = Wire::new(&daemon).stack(PROMETHEUS_ONLY);
    wire.run(["up"]).ok();
    let (before, id) = (wire.world(), daemon.container("monitoring-prometheus").id);
    wire.change(&format!("{PROMETHEUS_ONLY}prometheus: {{memory: 2GiB}}\n"));
    let ran = wire.run(["up", "--timeout", "1s"]);
    assert_eq!(ran.code, Some(4), "{}", ran.stderr);
    assert_eq!(ran.stdout, "");
    same_world(&wire.world(), &before);
    assert_eq!(daemon.container("monitoring-prometheus").id, id);
    ran.stderr
}

#[test]
fn e03_a_new_container_that_is_never_ready() {
    let program = Program::never_ready(9090).says(LogStream::Stderr, "level=INFO msg=\"Replaying WAL\"");
    same(
        &replaced(program),
        "\
container prometheus: failed, and what was there before is back: prometheus was not ready within 1s: `http://ADDRESS-OF-USER:9090/-/ready` answered 503: Service Unavailable
error: could not replace container prometheus: prometheus was not ready within 1s: `http://ADDRESS-OF-USER:9090/-/ready` answered 503: Service Unavailable
  | level=INFO msg=\"Replaying WAL\"
changed: container prometheus: what was there before is back
hint: fix the cause, then rerun `stackctl up --timeout 1s`
",
    );
}

#[test]
fn e03_a_new_container_that_ends_at_once_is_reported_with_its_last_words() {
    let program =
        Program::exits_with(1).says(LogStream::Stderr, "level=ERROR msg=\"Opening storage failed\"");
    same(
        &replaced(program),
        "\
container prometheus: failed, and what was there before is back: prometheus ended with exit code 1 and keeps restarting
error: could not replace container prometheus: prometheus ended with exit code 1 and keeps restarting
  | level=ERROR msg=\"Opening storage failed\"
  | level=ERROR msg=\"Opening storage failed\"
  | level=ERROR msg=\"Opening storage failed\"
  | level=ERROR msg=\"Opening storage failed\"
changed: container prometheus: what was there before is back
hint: fix the cause, then rerun `stackctl up --timeout 1s`
",
    );
}

#[test]
fn e05_a_new_container_that_is_killed_for_memory() {
    same(
        &replaced(Program::oom_killed()),
        "\
container prometheus: failed, and what was there before is back: prometheus was killed for memory; raise its `memory` in stack.yml
error: could not replace container prometheus: prometheus was killed for memory; raise its `memory` in stack.yml
changed: container prometheus: what was there before is back
hint: fix the cause, then rerun `stackctl up --timeout 1s`
",
    );
}

#[test]
fn a_container_whose_old_port_is_taken_meanwhile_leaves_the_old_one_running() {
    let daemon = set_up(Program::runs());
    let wire = Wire::new(&daemon).stack(PROMETHEUS_ONLY);
    wire.run(["up"]).ok();
    let before = wire.world();
    daemon.occupy_port(&wire.ip, 9191);
    wire.change(&format!("{PROMETHEUS_ONLY}prometheus: {{port: 9191}}\n"));
    let ran = wire.run(["up"]);
    assert_eq!(ran.code, Some(4));
    same_world(&wire.world(), &before);
    let told: Vec<&str> = ran.stderr.lines().skip(1).collect();
    assert_eq!(
        told[1..],
        [
            "changed: container prometheus: what was there before is back",
            "hint: `stackctl doctor` shows who holds the port; choose another with `port:` in stack.yml; then rerun `stackctl up`",
        ]
    );
}
