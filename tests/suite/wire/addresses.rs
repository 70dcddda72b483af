//! Addresses of servers in `stack.yml`: those that lead back to the container that connects, and IPv6 without brackets.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use super::fixture::{PROMETHEUS_ONLY, Wire, daemon};

/// A stack with receivers, without Grafana.
const NOTIFYING: &str = "grafana: {enabled: false}\nexporters: {node: {port: 9100}}\n";

/// The findings of a run without the lines of the file.
fn findings(stderr: &str) -> String {
    let is_source =
        |line: &str| line.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ').starts_with('|');
    stderr.lines().filter(|line| !is_source(line)).flat_map(|line| [line, "\n"]).collect()
}

/// A file of mode 0600.
fn write_private(wire: &Wire<'_>, path: &str, text: &str) {
    wire.write(path, text);
    fs::set_permissions(wire.path(path), fs::Permissions::from_mode(0o600)).unwrap();
}

#[test]
fn a_url_in_a_secret_file_that_leads_back_is_found_without_showing_it() {
    let daemon = daemon();
    let stack = format!("{NOTIFYING}notify: {{receivers: {{team: {{webhook: {{url_file: hook}}}}}}}}\n");
    let wire = Wire::new(&daemon).stack(&stack);
    write_private(&wire, "hook", "http://localhost:5001/hunter2\n");
    let ran = wire.run(["check", "--offline"]).ok();
    assert!(
        findings(&ran.stderr).contains(
            "warning[SC485]: the URL in the file of `notify.receivers.team.webhook.url_file` leads to the container of `alertmanager` itself\n \
             --> stack.yml:4:49\nhint: write `host.docker.internal` in place of `localhost` into the file for this host, or the name of the \
             container that is meant\n"
        ),
        "{}",
        ran.stderr
    );
    assert!(!ran.stderr.contains("hunter2") && !ran.stdout.contains("hunter2"));
    write_private(&wire, "hook", "http://hooks.internal:5001/hunter2\n");
    assert!(!wire.run(["check", "--offline"]).ok().stderr.contains("SC485"));
}

#[test]
fn ipv6_addresses_without_brackets_are_refused_with_their_brackets_in_every_place() {
    let daemon = daemon();
    let wire = Wire::new(&daemon);
    let app = |settings: &str| format!("{PROMETHEUS_ONLY}apps: {{shop: {{{settings}}}}}\n");
    let exporter =
        |settings: &str| PROMETHEUS_ONLY.replace("exporters: {}", &format!("exporters: {{{settings}}}"));
    let notify = |settings: &str| format!("{NOTIFYING}notify: {{{settings}}}\n");
    for (stack, hint) in [
        (app("targets: [\"fd00::5:9100\"]"), "write `targets: [\"[fd00::5]:9100\"]`"),
        (app("targets: [\"a:1\"], health: \"http://fd00::beef/h\""), "write `http://[fd00::beef]/h`"),
        (
            exporter("blackbox: {http: [\"http://fd00::5:8080/\"]}"),
            "write `http://[fd00::5]:8080/`, or `http://[fd00::5:8080]/` without a port",
        ),
        (exporter("blackbox: {tcp: [\"fd00::5:22\"]}"), "write `[fd00::5]:22`"),
        (exporter("blackbox: {icmp: [\"[fd00::5]\"]}"), "write `fd00::5`"),
        (exporter("redis: {address: \"redis://fd00::beef\"}"), "write `redis://[fd00::beef]`"),
        (exporter("postgres: {uri: \"fd00::beef/a\", user: u}"), "write `[fd00::beef]/a`"),
        (
            format!("{PROMETHEUS_ONLY}prometheus: {{remote_write: [{{url: \"http://fd00::beef/api\"}}]}}\n"),
            "write `http://[fd00::beef]/api`",
        ),
        (
            format!("{PROMETHEUS_ONLY}prometheus: {{external_url: \"http://fd00::beef/p\"}}\n"),
            "write `http://[fd00::beef]/p`",
        ),
        (format!("{PROMETHEUS_ONLY}images: {{registry: \"fd00::beef/m\"}}\n"), "write `[fd00::beef]/m`"),
        (notify("smtp: {smarthost: \"fd00::5:25\", from: a@b.internal}"), "write `[fd00::5]:25`"),
        (
            notify("receivers: {team: {webhook: {url: \"http://fd00::beef/\"}}}"),
            "write `http://[fd00::beef]/`",
        ),
    ] {
        wire.change(&stack);
        let ran = wire.run(["check", "--offline"]);
        assert_eq!(ran.code, Some(2), "{stack}{}", ran.stderr);
        let seen = findings(&ran.stderr);
        let found: Vec<&str> =
            seen.lines().filter(|line| line.starts_with("error[SC106]: expected ")).collect();
        assert_eq!(found.len(), 1, "{stack}{seen}");
        assert!(seen.contains(&format!("hint: {hint}\n")), "{stack}{seen}");
        assert!(seen.contains(" --> stack.yml:"), "{stack}{seen}");
    }
    let right = exporter(
        "blackbox: {http: [\"http://[fd00::5]:8080/\"], tcp: [\"[fd00::5]:22\"], icmp: [\"fd00::5\"]}",
    );
    wire.change(&format!(
        "{right}apps: {{shop: {{targets: [\"[fd00::5]:9100\"], health: \"http://[fd00::5]/\"}}}}\n"
    ));
    let rendered = wire.run(["render"]).ok().stdout;
    for target in ["http://[fd00::5]:8080/", "[fd00::5]:22", "fd00::5", "[fd00::5]:9100", "http://[fd00::5]/"]
    {
        assert!(rendered.contains(&format!("targets: [\"{target}\"]")), "{target}: {rendered}");
    }
}

#[test]
fn a_url_in_a_secret_file_with_the_name_of_a_container_needs_a_network_that_may_have_it() {
    let daemon = daemon();
    let stack = format!("{NOTIFYING}notify: {{receivers: {{team: {{webhook: {{url_file: hook}}}}}}}}\n");
    let wire = Wire::new(&daemon).stack(&format!("networks: [shop]\n{stack}"));
    write_private(&wire, "hook", "http://hooks:5001/hunter2\n");
    let ran = wire.run(["check", "--offline"]).ok();
    let told = findings(&ran.stderr);
    assert!(
        told.contains(
            "warning[SC515]: the URL in the file of `notify.receivers.team.webhook.url_file` has the name of a container, and `alertmanager` joins \
             no network that may have it\n --> stack.yml:5:49\nhint: write `alertmanager: {networks: [shop]}`\n"
        ),
        "{told}"
    );
    assert!(!ran.stderr.contains("hunter2") && !ran.stdout.contains("hunter2"));
    wire.change(&format!("networks: [shop]\nalertmanager: {{networks: [shop]}}\n{stack}"));
    assert!(!wire.run(["check", "--offline"]).ok().stderr.contains("SC515"));
    wire.change(&stack);
    assert!(!wire.run(["check", "--offline"]).ok().stderr.contains("SC515"));
}
