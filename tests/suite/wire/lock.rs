//! Two users of one daemon, and runs that were killed while the daemon was still at work for them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::{Value, json};

use super::fixture::{PROMETHEUS_ONLY, Wire, ask, daemon, mutations, until};
use super::running::Gate;
use crate::support::daemon::{FakeDaemon, Method, Nth};

const START: &str = "/containers/monitoring-prometheus/start";

/// Two users, each with a state directory, and the same `stack.yml`.
fn two_users(daemon: &FakeDaemon) -> (Wire<'_>, Wire<'_>) {
    let shared = format!("origin: ops\n{PROMETHEUS_ONLY}");
    let (one, two) = (Wire::new(daemon).stack(&shared), Wire::new(daemon));
    two.write("stack.yml", format!("bind: {}\n{shared}", one.ip));
    (one, two)
}

fn locks(daemon: &FakeDaemon) -> Vec<String> {
    let names = daemon.volumes().into_iter().map(|volume| volume.name);
    names.filter(|name| name.contains(".lock-")).collect()
}

#[test]
fn another_user_of_the_daemon_learns_who_holds_the_stack_and_gets_it_afterwards() {
    let daemon = daemon();
    let (one, two) = two_users(&daemon);
    let gate = Gate::at(&daemon, Method::Post, START);
    let first = one.spawn(["up"]);
    gate.wait();
    for arguments in [["up"], ["down"], ["restart"], ["stop"]] {
        let ran = two.run(arguments);
        assert_eq!(ran.code, Some(6), "{arguments:?}: {}", ran.stderr);
        let told = format!("process {}, `stackctl up`, since ", first.pid());
        assert!(ran.stderr.starts_with("error: the stack `monitoring` is locked by "), "{}", ran.stderr);
        assert!(ran.stderr.contains(&told), "{}", ran.stderr);
        assert!(ran.stderr.contains("\nchanged: nothing\n"), "{}", ran.stderr);
    }
    let waiting = two.spawn(["--lock-timeout", "30s", "up"]);
    gate.open();
    first.end().ok();
    let ran = waiting.end().ok();
    assert!(ran.stdout.starts_with("up to date: nothing to do\n"), "{}", ran.stdout);
    assert_eq!(locks(&daemon), [""; 0]);
}

#[test]
fn of_many_runs_at_once_at_least_one_gets_the_stack_and_none_breaks_it() {
    let daemon = daemon();
    let shared = format!("origin: ops\n{PROMETHEUS_ONLY}");
    let one = Wire::new(&daemon).stack(&shared);
    let others: Vec<Wire> = (0..5).map(|_| Wire::new(&daemon)).collect();
    others.iter().for_each(|wire| wire.write("stack.yml", format!("bind: {}\n{shared}", one.ip)));
    let runs: Vec<_> = others.iter().map(|wire| wire.spawn(["up"])).collect();
    let codes: Vec<_> = runs.into_iter().map(|run| run.end().code).collect();
    assert!(codes.iter().all(|code| matches!(code, Some(0 | 6))), "{codes:?}");
    assert!(codes.contains(&Some(0)), "{codes:?}");
    let made =
        mutations(&daemon).into_iter().filter(|line| line.ends_with("create?name=monitoring-prometheus"));
    assert_eq!(made.count(), 1);
    assert_eq!(locks(&daemon), [""; 0]);
}

#[test]
fn what_needs_no_change_takes_no_lock() {
    let daemon = daemon();
    let (one, two) = two_users(&daemon);
    one.run(["up"]).ok();
    for wire in [&one, &two] {
        daemon.forget_requests();
        wire.run(["up"]).ok();
        assert_eq!(mutations(&daemon), [""; 0]);
    }
}

/// The claim of a run on another machine.
fn claim_from_elsewhere(daemon: &FakeDaemon) -> String {
    let name = "monitoring.lock-00000000000000aa-0";
    let labels = [
        ("token", "00000000000000aa"),
        ("user", "ops"),
        ("host", "laptop"),
        ("machine", "another kernel"),
        ("pid", "4711"),
        ("command", "stackctl up"),
        ("since", "2026-11-28T10:00:00Z"),
    ];
    let labels = labels.map(|(key, value)| (format!("io.stackctl.claim.{key}"), json!(value)));
    let body = json!({"Name": name, "Labels": Value::Object(labels.into_iter().collect())});
    assert_eq!(ask(daemon, "POST", "/volumes/create", &body), 201);
    name.to_owned()
}

#[test]
fn a_run_on_another_machine_is_believed_as_long_as_it_renews() {
    let daemon = daemon();
    let wire = Wire::new(&daemon).stack(PROMETHEUS_ONLY);
    let claim = claim_from_elsewhere(&daemon);
    let ran = wire.run(["up"]);
    assert_eq!(ran.code, Some(6));
    let expected = "\
error: the stack `monitoring` is locked by ops@laptop, process 4711, `stackctl up`, since 2026-11-28T10:00:00Z
changed: nothing
hint: wait for that run, for example with `--lock-timeout 5m`; if it was killed, the lock lapses 45s after its last renewal
";
    assert_eq!(ran.stderr, expected);
    assert_eq!(locks(&daemon), [claim]);
}

#[test]
fn a_lock_that_was_not_renewed_is_taken_over() {
    let daemon = daemon();
    let wire = Wire::new(&daemon).stack(PROMETHEUS_ONLY);
    let claim = claim_from_elsewhere(&daemon);
    daemon.on(Method::Get, "/volumes", Nth::Every).edit_reply(move |reply| {
        for volume in reply["Volumes"].as_array_mut().into_iter().flatten() {
            if volume["Name"] == claim.as_str() {
                volume["CreatedAt"] = json!("2026-01-01T00:00:00Z");
            }
        }
    });
    wire.run(["up"]).ok();
    assert_eq!(locks(&daemon), [""; 0]);
}

/// A call of the run that is killed is held; it is carried out when the next run makes a call of this kind, or in the end.
struct InFlight {
    gate: Arc<Gate>,
    done: Arc<AtomicBool>,
}

impl InFlight {
    fn hold(daemon: &FakeDaemon, pattern: &str, nth: usize) -> Self {
        let done = Arc::new(AtomicBool::new(false));
        let over = done.clone();
        daemon.on(Method::Mutating, pattern, nth).after(move || over.store(true, Ordering::SeqCst));
        Self { gate: Arc::new(Gate::at_nth(daemon, Method::Mutating, pattern, nth)), done }
    }

    /// From now on, the daemon answers such calls after the one in flight.
    fn comes_first(&self, daemon: &FakeDaemon, pattern: &str) {
        let (gate, done) = (self.gate.clone(), self.done.clone());
        daemon.on(Method::Mutating, pattern, Nth::Every).before(move || {
            gate.open();
            let begin = Instant::now();
            while !done.load(Ordering::SeqCst) && begin.elapsed() < Duration::from_secs(20) {
                std::thread::sleep(Duration::from_millis(5));
            }
        });
    }

    fn finish(&self) {
        self.gate.open();
        until("the call in flight is carried out", || self.done.load(Ordering::SeqCst));
    }
}

/// Kills a run whose call is in flight, then runs `up`, and lets the call end at the latest after it.
fn killed_then_up(daemon: &FakeDaemon, wire: &Wire, killed: &str, pattern: &str, nth: usize) {
    let call = InFlight::hold(daemon, pattern, nth);
    let run = wire.spawn([killed]);
    call.gate.wait();
    run.signal(Signal::KILL);
    run.end();
    call.comes_first(daemon, pattern);
    wire.run(["up"]).ok();
    call.finish();
    let seen = daemon.containers();
    let states: Vec<(&str, &str)> = seen.iter().map(|(name, seen)| (name.as_str(), seen.state)).collect();
    assert_eq!(states, [("monitoring-prometheus", "running")], "{killed} {pattern}");
    let plan = wire.run(["plan", "--detailed-exitcode"]);
    assert_eq!(plan.code, Some(0), "{killed} {pattern}: {}", plan.stdout);
    assert_eq!(locks(daemon), [""; 0]);
}

#[test]
fn what_a_killed_run_was_stopping_is_stopped_and_started_again() {
    for killed in ["down", "stop"] {
        let daemon = daemon();
        let wire = Wire::new(&daemon).stack(PROMETHEUS_ONLY);
        wire.run(["up"]).ok();
        killed_then_up(&daemon, &wire, killed, "/containers/*/stop", 1);
    }
}

#[test]
fn what_a_killed_replacement_was_stopping_is_stopped_and_started_again() {
    let daemon = daemon();
    let wire = Wire::new(&daemon).stack(PROMETHEUS_ONLY);
    wire.run(["up"]).ok();
    wire.change(&format!("{PROMETHEUS_ONLY}prometheus: {{memory: 2GiB}}\n"));
    killed_then_up(&daemon, &wire, "up", "/containers/*/stop", 1);
}

#[test]
fn what_a_killed_up_was_creating_is_adopted() {
    // The container of the judge, the one that delivers files, and the component.
    for nth in 1..=3 {
        let daemon = daemon();
        let wire = Wire::new(&daemon).stack(PROMETHEUS_ONLY);
        killed_then_up(&daemon, &wire, "up", "/containers/create", nth);
    }
}
