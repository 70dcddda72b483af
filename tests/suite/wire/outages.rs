//! Calls that fail at any moment: reads are repeated, a restart of the daemon is waited for, and what was changed before a
//! failure is listed.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;

use super::fixture::{PROMETHEUS_ONLY, Wire, ask, image, machine, until};
use super::running::Gate;
use crate::support::daemon::{FakeDaemon, Method, Nth, Program};
use crate::support::programs::Grafana;

fn set_up() -> FakeDaemon {
    machine(&["prometheus", "node"], &Grafana::new()).start()
}

/// Runs `up` once for every call that it makes, with a fault at that call.
fn for_every_call(
    method: Method,
    fault: impl Fn(&FakeDaemon, usize),
    check: impl Fn(&FakeDaemon, &Wire, usize),
) {
    let undisturbed = set_up();
    Wire::new(&undisturbed).stack(PROMETHEUS_ONLY).run(["up"]).ok();
    let calls = undisturbed.requests();
    let counted = calls.iter().filter(|seen| method == Method::Any || seen.method == "GET").count();
    assert!(counted > 10, "{counted}");
    for nth in 1..=counted {
        let daemon = set_up();
        let wire = Wire::new(&daemon).stack(PROMETHEUS_ONLY);
        fault(&daemon, nth);
        check(&daemon, &wire, nth);
    }
}

#[test]
fn a_read_whose_connection_was_dropped_is_repeated() {
    let fault = |daemon: &FakeDaemon, nth| daemon.on(Method::Get, "*", nth).drop_before();
    for_every_call(Method::Get, fault, |_, wire, nth| {
        let ran = wire.run(["up"]);
        assert_eq!(ran.code, Some(0), "read {nth}: {}", ran.stderr);
    });
}

#[test]
fn a_read_that_was_cut_off_in_the_middle_is_repeated() {
    let fault = |daemon: &FakeDaemon, nth| daemon.on(Method::Get, "*", nth).truncate();
    for_every_call(Method::Get, fault, |_, wire, nth| {
        let ran = wire.run(["up"]);
        assert_eq!(ran.code, Some(0), "read {nth}: {}", ran.stderr);
    });
}

#[test]
fn a_failure_says_nothing_was_changed_only_when_that_is_so() {
    let fault =
        |daemon: &FakeDaemon, nth| daemon.on(Method::Any, "*", nth).refuse(500, "the disk is on fire");
    for_every_call(Method::Any, fault, |daemon, wire, nth| {
        let ran = wire.run(["up"]);
        let is_empty =
            daemon.containers().is_empty() && daemon.volumes().is_empty() && daemon.networks().is_empty();
        let told = ran.stderr.contains("\nchanged: nothing\n");
        assert!(ran.code == Some(0) || told == is_empty, "call {nth}, empty {is_empty}: {}", ran.stderr);
    });
}

#[test]
fn what_was_done_before_a_list_failed_is_told() {
    let daemon = set_up();
    let wire = Wire::new(&daemon).stack(PROMETHEUS_ONLY);
    let lists = Arc::new(AtomicUsize::new(0));
    let count = lists.clone();
    daemon.on(Method::Get, "/containers/json", Nth::Every).before(move || {
        count.fetch_add(1, Ordering::SeqCst);
    });
    wire.run(["up"]).ok();
    let last = lists.load(Ordering::SeqCst);
    let daemon = set_up();
    let wire = Wire::new(&daemon).stack(PROMETHEUS_ONLY);
    daemon.on(Method::Get, "/containers/json", last).refuse(500, "the disk is on fire");
    let ran = wire.run(["up"]);
    assert_eq!(ran.code, Some(3));
    let changed: Vec<&str> = ran.stderr.lines().filter_map(|line| line.strip_prefix("changed: ")).collect();
    assert!(changed.contains(&"container prometheus: create"), "{changed:?}");
    assert!(changed.contains(&"network monitoring: create"), "{changed:?}");
}

#[test]
fn an_answer_that_does_not_end_is_refused() {
    let daemon = set_up();
    let wire = Wire::new(&daemon).stack(PROMETHEUS_ONLY);
    let endless = " ".repeat(80 << 20);
    daemon.on(Method::Get, "/containers/json", Nth::Every).reply(200, endless.as_str());
    let ran = wire.run(["up"]);
    assert_eq!(ran.code, Some(3));
    assert!(
        ran.stderr.starts_with(
            "error: could not list containers: the answer of the Docker daemon is larger than 64 MiB\nchanged: nothing\n"
        ),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_daemon_that_restarts_is_waited_for() {
    for pattern in ["/containers/monitoring.courier/archive", "/containers/create", "/containers/*/start"] {
        let daemon = set_up();
        let wire = Wire::new(&daemon).stack(PROMETHEUS_ONLY);
        let gate = Gate::at(&daemon, Method::Mutating, pattern);
        let running = wire.spawn(["up"]);
        gate.wait();
        daemon.go_away();
        gate.open();
        std::thread::sleep(Duration::from_millis(700));
        daemon.come_back();
        running.end().ok();
        let gate = Gate::at(&daemon, Method::Mutating, "/containers/*/stop");
        let running = wire.spawn(["stop"]);
        gate.wait();
        daemon.go_away();
        gate.open();
        daemon.come_back();
        running.end().ok();
        wire.run(["start"]).ok();
        assert_eq!(wire.run(["plan", "--detailed-exitcode"]).code, Some(0), "{pattern}");
    }
}

#[test]
fn a_port_that_was_taken_while_the_container_was_stopped_is_told_before_anything_is_changed() {
    let daemon = set_up();
    let wire = Wire::new(&daemon).stack(PROMETHEUS_ONLY);
    wire.run(["up"]).ok();
    wire.run(["stop"]).ok();
    let listener = TcpListener::bind((wire.ip.as_str(), 9090)).unwrap();
    let me = std::process::id();
    for command in ["up", "start", "restart"] {
        let ran = wire.run([command]);
        assert_eq!(ran.code, Some(3), "{command}: {}", ran.stderr);
        let told = format!("error: port ADDRESS-OF-USER:9090 for prometheus is taken by process {me} (");
        assert!(ran.stderr.contains(&told), "{command}: {}", ran.stderr);
        assert!(ran.stderr.contains("\nchanged: nothing\n"), "{command}: {}", ran.stderr);
    }
    drop(listener);
    let body = json!({
        "Image": image("node"), "ExposedPorts": {"9100/tcp": {}},
        "HostConfig": {"PortBindings": {"9100/tcp": [{"HostIp": wire.ip, "HostPort": "9090"}]}},
    });
    daemon.program("squatter", Program::serves_http(9100));
    assert_eq!(ask(&daemon, "POST", "/containers/create?name=squatter", &body), 201);
    assert_eq!(ask(&daemon, "POST", "/containers/squatter/start", &json!({})), 204);
    for command in ["up", "start", "restart"] {
        let ran = wire.run([command]);
        assert_eq!(ran.code, Some(3), "{command}: {}", ran.stderr);
        let told = "error: port ADDRESS-OF-USER:9090 for prometheus is taken by the container `squatter`";
        assert!(ran.stderr.contains(told), "{command}: {}", ran.stderr);
    }
    assert_eq!(ask(&daemon, "POST", "/containers/squatter/stop", &json!({})), 204);
    wire.run(["start"]).ok();
}

#[test]
fn all_containers_are_waited_for_at_once_when_they_take_long_to_stop() {
    const COMPONENTS: usize = 13;
    let daemon = set_up();
    let custom: Vec<String> = (1..COMPONENTS)
        .map(|n| format!("    c{n}: {{image: \"{}\", port: 9100}}\n", image("node")))
        .collect();
    let stack = format!(
        "alertmanager: {{enabled: false}}\ngrafana: {{enabled: false}}\nexporters:\n  custom:\n{}",
        custom.concat()
    );
    let wire = Wire::new(&daemon).stack(&stack);
    wire.run(["up", "--no-wait"]).ok();
    assert_eq!(daemon.containers().len(), COMPONENTS);
    // No stop is answered before all have been asked for.
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    daemon.on(Method::Post, "/containers/*/stop", Nth::Every).before(move || {
        count.fetch_add(1, Ordering::SeqCst);
        let begin = Instant::now();
        while count.load(Ordering::SeqCst) < COMPONENTS && begin.elapsed() < Duration::from_secs(30) {
            std::thread::sleep(Duration::from_millis(5));
        }
    });
    let running = wire.spawn(["down"]);
    until("all are being stopped", || asked.load(Ordering::SeqCst) == COMPONENTS);
    running.end().ok();
    assert!(daemon.containers().is_empty());
}
