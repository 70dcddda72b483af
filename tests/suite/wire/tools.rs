//! promtool and amtool in containers of their own: what they get, how long they may take, what they find in the texts of
//! receivers.

use super::fixture::{PROMETHEUS_ONLY, Wire, daemon, image, machine, spec};
use crate::support::daemon::{FakeDaemon, Program, Seen};
use crate::support::programs::{Alertmanager, Grafana};

/// A receiver with texts of its own.
const TEXTS: &str = "\
grafana: {enabled: false}
exporters: {}
notify:
  receivers:
    chat:
      slack: {webhook_file: hook, channel: \"#a\", title: '{{ .Status | upper }}', text: '{{ .Alerts.Firing | len }}'}
    mail: {webhook: {url: \"http://x\"}}
  default: chat
  routes: [{severity: critical, to: mail}]
";

fn with_texts(daemon: &FakeDaemon) -> Wire<'_> {
    let wire = Wire::new(daemon).stack(TEXTS).file("hook", "https://hooks.example.org/x");
    let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(wire.path("hook"), private).unwrap();
    wire
}

fn makes_a_tool(seen: &Seen) -> bool {
    let tool = |(key, value): &(String, String)| key == "name" && value.contains(".tool-");
    seen.path.ends_with("/containers/create") && seen.query.iter().any(tool)
}

/// Runs of tools that the daemon has seen.
fn tools(daemon: &FakeDaemon) -> usize {
    daemon.requests().iter().filter(|seen| makes_a_tool(seen)).count()
}

#[test]
fn a_tool_writes_to_a_directory_in_memory_whatever_its_image_has() {
    let daemon = daemon();
    let wire = Wire::new(&daemon).stack(PROMETHEUS_ONLY);
    wire.run(["check"]).ok();
    let created: Vec<_> = daemon.requests().into_iter().filter(makes_a_tool).collect();
    assert!(!created.is_empty());
    for seen in created {
        assert_eq!(seen.body["Env"], serde_json::json!(["TMPDIR=/tmp"]));
        let mounted = seen.body["HostConfig"]["Tmpfs"]["/tmp"].as_str().unwrap();
        assert!(mounted.starts_with("rw,") && mounted.contains("mode=1777"), "{mounted}");
    }
}

#[test]
fn a_slow_tool_is_not_a_silent_daemon() {
    let daemon = machine(&[], &Grafana::new())
        .program(&image("prometheus"), Program::runs())
        .image(spec("prometheus"))
        .start();
    let wire = Wire::new(&daemon).stack(PROMETHEUS_ONLY);
    let output = wire.command(&["check"]).env("STACKCTL_TOOL_TIMEOUT", "1s").output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(3), "{stderr}");
    assert!(stderr.contains("`/bin/promtool check config"), "{stderr}");
    assert!(stderr.contains("did not finish within 1 s"), "{stderr}");
    assert!(stderr.contains("STACKCTL_TOOL_TIMEOUT=15m") && !stderr.contains("Docker daemon"), "{stderr}");
    assert_eq!(daemon.containers().len(), 0);
    let output = wire.command(&["check"]).env("STACKCTL_TOOL_TIMEOUT", "soon").output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(stderr.contains("STACKCTL_TOOL_TIMEOUT is `soon`, which is not a duration"), "{stderr}");
}

#[test]
fn a_text_that_alertmanager_cannot_execute_is_found_in_stack_yml_and_stops_up() {
    let daemon = machine(&["prometheus"], &Grafana::new())
        .program(&image("alertmanager"), Alertmanager::new().without_function("upper").program())
        .image(spec("alertmanager"))
        .start();
    let wire = with_texts(&daemon);
    let ran = wire.run(["check", "--format", "json"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let report = ran.json();
    let found = report["diagnostics"].as_array().unwrap();
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(found[0]["code"], "SC520");
    assert_eq!(
        found[0]["message"],
        "the text `chat.slack.title` cannot be executed: function \"upper\" not defined"
    );
    assert_eq!(found[0]["hint"], "did you mean `toUpper`?");
    let place = &found[0]["place"];
    assert_eq!((&place["file"], &place["line"]), (&"stack.yml".into(), &7.into()));
    let ran = wire.run(["up"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.stderr.contains("the text `chat.slack.title` cannot be executed"), "{}", ran.stderr);
    assert_eq!(daemon.containers().len(), 0, "nothing was started");
    wire.change(&TEXTS.replace("upper", "toUpper"));
    wire.run(["check"]).ok();
    let before = tools(&daemon);
    wire.run(["check"]).ok();
    assert_eq!(tools(&daemon), before, "accepted texts are executed again");
}

#[test]
fn an_offline_check_names_what_it_did_not_execute() {
    let daemon = daemon();
    let ran = with_texts(&daemon).run(["check", "--offline"]).ok();
    assert!(ran.stderr.contains("the texts of receivers were not executed"), "{}", ran.stderr);
    let plain = Wire::new(&daemon).stack(PROMETHEUS_ONLY).run(["check", "--offline"]).ok();
    assert!(!plain.stderr.contains("not executed"), "{}", plain.stderr);
}
