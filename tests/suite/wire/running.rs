//! H01, H05, H06: two runs at once, and runs that are told to stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use regex::Regex;
use rustix::process::Signal;

use super::fixture::{DEFAULT, PROMETHEUS_ONLY, Wire, daemon, same, until, until_seen};
use crate::support::daemon::{FakeDaemon, Method};

/// Holds a call until it is let go.
pub struct Gate {
    reached: Arc<AtomicBool>,
    open: Arc<AtomicBool>,
}

impl Gate {
    pub fn at(daemon: &FakeDaemon, method: Method, pattern: &str) -> Self {
        Self::at_nth(daemon, method, pattern, 1)
    }

    pub fn at_nth(daemon: &FakeDaemon, method: Method, pattern: &str, nth: usize) -> Self {
        let gate = Self { reached: Arc::default(), open: Arc::default() };
        let (reached, open) = (gate.reached.clone(), gate.open.clone());
        daemon.on(method, pattern, nth).before(move || {
            reached.store(true, Ordering::SeqCst);
            let begin = Instant::now();
            while !open.load(Ordering::SeqCst) && begin.elapsed() < Duration::from_secs(30) {
                std::thread::sleep(Duration::from_millis(5));
            }
        });
        gate
    }

    pub fn wait(&self) {
        until("the call is made", || self.reached.load(Ordering::SeqCst));
    }

    pub fn open(&self) {
        self.open.store(true, Ordering::SeqCst);
    }
}

/// As the lock names this user on this machine.
fn whoami() -> String {
    let owner = stackctl::workdir::this_process("", &std::collections::BTreeMap::new());
    format!("{}@{}", owner.user, owner.host)
}

#[test]
fn h01_the_second_run_is_told_who_holds_the_stack_and_looking_is_never_held_up() {
    let daemon = daemon();
    let wire = Wire::new(&daemon).stack(PROMETHEUS_ONLY);
    let gate = Gate::at(&daemon, Method::Post, "/containers/monitoring-prometheus/start");
    let first = wire.spawn(["up"]);
    gate.wait();
    let second = wire.run(["up"]);
    assert_eq!((second.code, second.stdout.as_str()), (Some(6), ""));
    let since = Regex::new(r"since \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ").unwrap();
    same(
        &since
            .replace(&second.stderr, "since <time>")
            .replace(&format!("process {}", first.pid()), "process <pid>")
            .replace(&whoami(), "USER@HOST"),
        "\
error: the stack `monitoring` is locked by USER@HOST, process <pid>, `stackctl up`, since <time>
changed: nothing
hint: wait for that run, for example with `--lock-timeout 5m`
",
    );
    for arguments in [["down"], ["restart"]] {
        assert_eq!(wire.run(arguments).code, Some(6), "{arguments:?}");
    }
    for (arguments, code) in [(["status"], 1), (["health"], 1), (["plan"], 0), (["endpoints"], 0)] {
        assert_eq!(wire.run(arguments).code, Some(code), "{arguments:?}");
    }
    daemon.forget_requests();
    assert_eq!(wire.run(["down", "--volumes", "--yes"]).code, Some(6));
    let looks = daemon.requests().into_iter().filter(|seen| seen.path == "/containers/json").count();
    assert_eq!(looks, 0, "what is seen before the lock is held is not what is removed");
    gate.open();
    first.end().ok();
    wire.run(["up"]).ok();
}

#[test]
fn h05_the_first_interrupt_finishes_the_step_in_flight_and_says_what_is_left() {
    let daemon = daemon();
    let wire = Wire::new(&daemon).stack(PROMETHEUS_ONLY);
    let gate = Gate::at(&daemon, Method::Put, "/containers/monitoring.courier/archive");
    let running = wire.spawn(["up"]);
    gate.wait();
    running.signal(Signal::INT);
    // Nothing shows from outside that the signal has arrived; the gate is the only call in flight.
    std::thread::sleep(Duration::from_millis(300));
    gate.open();
    let ran = running.end();
    assert_eq!(ran.code, Some(130));
    let mut lines: Vec<&str> = ran.stderr.lines().collect();
    // Made at once, in any order; the signal is noticed while the last of them is made, or after it.
    lines[1..5].sort_unstable();
    lines[8..11].sort_unstable();
    same(
        &lines.join("\n"),
        "\
record monitoring: written
network monitoring: created
stopping: what is in flight is finished or undone; press Ctrl-C again to leave at once
volume monitoring-prometheus-config: created
volume monitoring-prometheus-data: created
files prometheus: 3 files
error: stopped
changed: record monitoring: create
changed: network monitoring: create
changed: volume monitoring-prometheus-config: create
changed: volume monitoring-prometheus-data: create
changed: files prometheus: deliver
hint: not started: container prometheus: create; `stackctl up` continues from here",
    );
    assert!(daemon.containers().is_empty());
    wire.run(["up"]).ok();
}

#[test]
fn h06_the_second_interrupt_leaves_at_once_and_the_next_run_repairs() {
    let daemon = daemon();
    let wire = Wire::new(&daemon).stack(PROMETHEUS_ONLY);
    daemon.on(Method::Post, "/containers/monitoring-prometheus/start", 1).stall_after();
    let running = wire.spawn(["up"]);
    until_seen(&daemon, |seen| seen.path == "/containers/monitoring-prometheus/start");
    running.signal(Signal::INT);
    std::thread::sleep(Duration::from_millis(300));
    let begin = Instant::now();
    running.signal(Signal::INT);
    let ran = running.end();
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
    assert_eq!(ran.code, Some(130));
    let told: Vec<&str> = ran.stderr.lines().collect();
    let begin = told.iter().position(|line| line.starts_with("stopping: ")).unwrap();
    let mut told = told[begin..].to_vec();
    // Made at once, in any order.
    told[2..6].sort_unstable();
    same(
        &told.join("\n"),
        "\
stopping: what is in flight is finished or undone; press Ctrl-C again to leave at once
error: stopped
changed: network monitoring: create
changed: record monitoring: create
changed: volume monitoring-prometheus-config: create
changed: volume monitoring-prometheus-data: create
changed: files prometheus: deliver
changed: unknown: left in the middle
hint: `stackctl up` repairs and continues",
    );
    wire.run(["up"]).ok();
}

#[test]
fn h06_the_second_interrupt_of_down_leaves_at_once_and_names_the_way_on() {
    let daemon = daemon();
    let wire = Wire::new(&daemon).stack(PROMETHEUS_ONLY);
    wire.run(["up"]).ok();
    daemon.forget_requests();
    daemon.on(Method::Post, "/containers/monitoring-prometheus/stop", 1).stall_after();
    let begin = Instant::now();
    let running = wire.spawn(["down"]);
    until_seen(&daemon, |seen| seen.path == "/containers/monitoring-prometheus/stop");
    running.signal(Signal::INT);
    std::thread::sleep(Duration::from_millis(300));
    running.signal(Signal::INT);
    let ran = running.end();
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
    assert_eq!(ran.code, Some(130), "{}", ran.stderr);
    let hint = ran.stderr.lines().find(|line| line.starts_with("hint: ")).unwrap_or_default();
    assert!(hint.contains("`stackctl down`") && !hint.contains("`stackctl up`"), "{}", ran.stderr);
    wire.run(["down"]).ok();
    assert!(daemon.containers().is_empty());
}

#[test]
fn h07_a_termination_during_a_wait_undoes_the_new_container_and_ends_with_143() {
    let daemon = daemon();
    let program = crate::support::daemon::Program::never_ready(9090);
    daemon.program("monitoring-prometheus", program);
    let wire = Wire::new(&daemon).stack(PROMETHEUS_ONLY);
    let running = wire.spawn(["up"]);
    until_seen(&daemon, |seen| {
        seen.path == "/containers/monitoring-prometheus/start" && seen.status == Some(204)
    });
    running.signal(Signal::TERM);
    let ran = running.end();
    assert_eq!(ran.code, Some(143), "{}", ran.stderr);
    assert!(daemon.containers().is_empty());
}

#[test]
fn h07_a_reader_that_leaves_early_does_not_stop_the_work() {
    let daemon = daemon();
    let wire = Wire::new(&daemon).stack(DEFAULT);
    let mut child = wire.command(&["up"]).spawn().unwrap();
    drop(child.stdout.take());
    drop(child.stderr.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(daemon.containers().len(), 4);
}
