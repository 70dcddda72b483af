//! How much is printed and in which characters: `--quiet`, `LANG=C`, log lines of any length, answers without a message.

use std::process::Output;

use super::fixture::{DEFAULT, PROMETHEUS_ONLY, Wire, daemon, same};
use crate::support::daemon::{LogStream, Method, Nth};

fn in_ascii(wire: &Wire, arguments: &[&str]) -> Output {
    wire.command(arguments).env("LC_ALL", "C").output().unwrap()
}

#[test]
fn quiet_leaves_errors_and_what_was_asked_for() {
    let daemon = daemon();
    let wire = Wire::new(&daemon).stack(PROMETHEUS_ONLY);
    for command in ["plan", "up", "up", "check", "status", "health"] {
        let ran = wire.run(["--quiet", command]).ok();
        assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""), "{command}");
    }
    assert!(wire.run(["--quiet", "endpoints"]).ok().stdout.contains("http://"));
    daemon.exit("monitoring-prometheus", 3);
    for (command, next) in [("health", "; `stackctl up` starts it"), ("status", "")] {
        let ran = wire.run(["--quiet", command]);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), ""), "{command}");
        same(&ran.stderr, &format!("error: prometheus: ended with exit code 3 and keeps restarting{next}\n"));
    }
}

#[test]
fn a_locale_without_utf_8_is_written_to_in_ascii() {
    let daemon = daemon();
    let wire = Wire::new(&daemon).stack(DEFAULT);
    let up = in_ascii(&wire, &["up"]);
    assert!(
        up.status.success()
            && String::from_utf8_lossy(&up.stdout).contains("+ Prometheus runs what was rendered")
    );
    wire.change(&format!("{DEFAULT}prometheus: {{memory: 2GiB}}\n"));
    let plan = in_ascii(&wire, &["plan"]);
    assert!(String::from_utf8_lossy(&plan.stdout).contains("memory 1.0 GiB -> 2.0 GiB"), "{plan:?}");
    let json = in_ascii(&wire, &["--format", "json", "plan"]);
    let read: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(read["steps"][0]["cause"], "memory 1.0 GiB → 2.0 GiB");
    wire.write("stack.yml", "prometheus: {memory: \"zwölf\"}\n");
    let wrong = in_ascii(&wire, &["check"]);
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("zw\\u{f6}lf"), "{wrong:?}");
    for output in [up, plan, json, wrong] {
        assert!(output.stdout.is_ascii() && output.stderr.is_ascii(), "{output:?}");
    }
    let help: Vec<Output> = ["up", "plan", "health", "logs", "images", "doctor", "view", "secrets", "init"]
        .map(|command| in_ascii(&wire, &[command, "--help"]))
        .into();
    assert!(help.iter().all(|output| output.stdout.is_ascii()), "{help:?}");
}

#[test]
fn long_log_lines_are_whole_before_anything_is_chosen() {
    let daemon = daemon();
    let wire = Wire::new(&daemon).stack(PROMETHEUS_ONLY);
    wire.run(["up"]).ok();
    let long = format!("level=error msg=\"{}\" last=END", "x".repeat(40_000));
    daemon.log("monitoring-prometheus", LogStream::Stderr, &long);
    daemon.log("monitoring-prometheus", LogStream::Stderr, "level=info msg=short");
    let line = format!("prometheus | {long}\n");
    for arguments in [
        &["logs", "--grep", "END"][..],
        &["logs", "--level", "error"],
        &["logs", "--grep", "^level=error"],
        &["logs", "--tail", "2", "--grep", "END"],
    ] {
        let output = wire.command(arguments).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        assert!(output.stdout == line.as_bytes(), "{arguments:?}: {} bytes", output.stdout.len());
    }
    same(&wire.run(["logs", "--tail", "1"]).ok().stdout, "prometheus | level=info msg=short\n");
    let json = wire.run(["--format", "json", "logs", "--level", "error"]).ok();
    assert_eq!(json.json()["text"], long);
}

#[test]
fn lines_that_the_daemon_has_deleted_are_mentioned() {
    let daemon = daemon();
    let wire = Wire::new(&daemon).stack(PROMETHEUS_ONLY);
    wire.run(["up"]).ok();
    same(&wire.run(["logs"]).ok().stderr, "stack monitoring (stack.yml) at SOCKET\n");
    daemon.on(Method::Get, "/containers/*/json", Nth::Every).edit_reply(|container| {
        container["Created"] = "2020-01-02T03:04:05.000000000Z".into();
    });
    let told = wire.run(["logs"]).ok().stderr;
    assert!(told.contains("note: the log of prometheus begins at 20"), "{told}");
    assert!(told.contains("Z: Docker keeps its newest 30 MB and has deleted older lines\n"), "{told}");
    for recent in [&["logs", "--tail", "5"][..], &["logs", "--since", "0s"]] {
        let output = wire.command(recent).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!told.contains("deleted older lines"), "{recent:?}: {told}");
    }
}

#[test]
fn an_answer_without_a_message_has_a_reason_in_words() {
    let daemon = daemon();
    let wire = Wire::new(&daemon).stack(PROMETHEUS_ONLY);
    daemon.on(Method::Get, "/containers/json", Nth::Every).reply(503, "");
    let ran = wire.run(["status"]);
    assert_eq!(ran.code, Some(3));
    let expected = "error: could not list containers: the Docker daemon answered 503 (Service Unavailable) without a message\n";
    assert!(ran.stderr.starts_with(expected), "{}", ran.stderr);
}
