//! Files that a running component refuses: what ran before runs again, and is what `current` points to.

use super::fixture::{PROMETHEUS_ONLY, Wire, image, machine, mutations, same};
use crate::support::daemon::{Content, FakeDaemon};
use crate::support::programs::{Alertmanager, Grafana, Prometheus};

const BOTH: &str = "grafana: {enabled: false}\nexporters: {}\n";

fn current(daemon: &FakeDaemon, component: &str) -> String {
    match &daemon.files(&format!("monitoring-{component}-config"))["current"].content {
        Content::Link(target) => target.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn prometheus_refuses_what_promtool_accepted() {
    let daemon = machine(&["prometheus"], &Grafana::new())
        .program(&image("prometheus"), Prometheus::new().refusing("newfangled").program())
        .start();
    let wire = Wire::new(&daemon).stack(PROMETHEUS_ONLY);
    wire.run(["up"]).ok();
    let before = current(&daemon, "prometheus");
    daemon.forget_requests();
    wire.change(&format!("{PROMETHEUS_ONLY}prometheus: {{external_labels: {{site: newfangled}}}}\n"));
    let ran = wire.run(["up"]);
    assert_eq!(ran.code, Some(4));
    same(
        &ran.stderr,
        "\
files prometheus: 3 files
container prometheus: failed, and what was there before is back: prometheus refused its new files: its metrics say the reload failed
error: could not reload container prometheus: prometheus refused its new files: its metrics say the reload failed
  | level=INFO msg=\"Server is ready to receive web requests.\"
  | level=ERROR msg=\"Error reloading config\" err=\"couldn't load configuration: newfangled is not for this version\"
changed: files prometheus: deliver
changed: container prometheus: what was there before is back
hint: `stackctl logs prometheus` shows its own words; `stackctl up` continues from here
",
    );
    assert_eq!(current(&daemon, "prometheus"), before);
    let signals = mutations(&daemon).into_iter().filter(|line| line.ends_with("/kill?signal=SIGHUP")).count();
    assert_eq!(signals, 2, "one for the new files, one to go back");
    // The stack is as it was: with the old file again there is nothing to do.
    wire.change(PROMETHEUS_ONLY);
    same(wire.run(["up"]).ok().stdout.lines().next().unwrap(), "up to date: nothing to do");
}

#[test]
fn alertmanager_refuses_what_amtool_accepted() {
    let daemon = machine(&["prometheus", "alertmanager"], &Grafana::new())
        .program(&image("alertmanager"), Alertmanager::new().refusing("newfangled").program())
        .start();
    let stack = |host: &str| {
        format!(
            "{BOTH}notify: {{receivers: {{hook: {{webhook: {{url: \"http://{host}/\"}}}}}}, default: hook}}\n"
        )
    };
    let wire = Wire::new(&daemon).stack(&stack("sink.example"));
    wire.run(["up"]).ok();
    let before = current(&daemon, "alertmanager");
    wire.change(&stack("newfangled.example"));
    let ran = wire.run(["up"]);
    assert_eq!(ran.code, Some(4));
    same(
        &ran.stderr,
        "\
files alertmanager: 2 files
container alertmanager: failed, and what was there before is back: alertmanager refused its new files: failed to reload config: unknown receiver \"newfangled\"
error: could not reload container alertmanager: alertmanager refused its new files: failed to reload config: unknown receiver \"newfangled\"
changed: files alertmanager: deliver
changed: container alertmanager: what was there before is back
hint: `stackctl logs alertmanager` shows its own words; `stackctl up` continues from here
",
    );
    assert_eq!(current(&daemon, "alertmanager"), before);
    wire.change(&stack("sink.example"));
    same(wire.run(["up"]).ok().stdout.lines().next().unwrap(), "up to date: nothing to do");
}

#[test]
fn b06_what_promtool_refuses_reaches_nobody() {
    let daemon = machine(&["prometheus"], &Grafana::new())
        .program(&image("prometheus"), Prometheus::new().judging("newfangled").program())
        .start();
    let wire = Wire::new(&daemon).stack(PROMETHEUS_ONLY);
    wire.run(["up"]).ok();
    wire.change(&format!("{PROMETHEUS_ONLY}prometheus: {{external_labels: {{site: newfangled}}}}\n"));
    let before = wire.world();
    let ran = wire.run(["up"]);
    assert_eq!(ran.code, Some(2));
    same(
        &ran.stderr,
        "\
error[SC501]: `promtool check config` refuses the files of prometheus:
              Checking /etc/stackctl/current/prometheus.yml
                FAILED: parsing YAML file /etc/stackctl/current/prometheus.yml: \"newfangled\" is not known
hint: `stackctl render --out DIR` writes the files it was given

error: 1 error
changed: nothing
",
    );
    assert_eq!(wire.world(), before);
}
