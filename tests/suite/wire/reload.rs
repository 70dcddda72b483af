//! Files that a running component refuses: what ran before runs again, and is what `current` points to.

use super::fixture::{PROMETHEUS_ONLY, Wire, image, machine, mutations, same, same_world};
use crate::support::daemon::{
    Answer, Content, FakeDaemon, ImageSpec, LogStream, Method, Nth, Program, Route,
};
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
hint: `stackctl logs prometheus` shows its own words; then rerun `stackctl up`
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
hint: `stackctl logs alertmanager` shows its own words; then rerun `stackctl up`
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
    same_world(&wire.world(), &before);
}

#[test]
fn a_component_that_does_not_start_with_its_new_files_runs_with_the_old_ones_again() {
    const IMAGE: &str = "example/exporter:1.0";
    let exporter = Program::computed(|run| match run.files.text("/etc/stackctl/current/app.conf") {
        Some(text) if text.contains("newfangled") => {
            Program::exits_with(3).says(LogStream::Stderr, "newfangled is not for this version")
        }
        _ => Program::serves_http(9999).route("/metrics", Route::always(Answer::text(200, "up 1\n"))),
    });
    let daemon = machine(&["prometheus"], &Grafana::new())
        .image(ImageSpec::new(IMAGE))
        .program(IMAGE, exporter)
        .start();
    let custom = format!("image: \"{IMAGE}\", port: 9999, publish: 9999, files: {{app.conf: app.conf}}");
    let stack = format!(
        "alertmanager: {{enabled: false}}\ngrafana: {{enabled: false}}\nexporters: {{custom: {{own: {{{custom}}}}}}}\n"
    );
    let wire = Wire::new(&daemon).file("app.conf", "good").stack(&stack);
    wire.run(["up"]).ok();
    let before = current(&daemon, "own");
    wire.write("app.conf", "newfangled");
    same(
        &wire.run(["plan"]).ok().stdout,
        "\
#1  files own      deliver  app.conf changed
#2  container own  restart  app.conf changed  after #1
2 steps; `stackctl up` makes these changes
",
    );
    let ran = wire.run(["up"]);
    assert_eq!(ran.code, Some(4));
    let told: Vec<&str> = ran.stderr.lines().filter(|line| !line.starts_with("  | ")).collect();
    assert_eq!(
        told,
        [
            "files own: 1 file",
            "container own: failed, and what was there before is back: own ended with exit code 3 and keeps restarting",
            "error: could not restart container own: own ended with exit code 3 and keeps restarting",
            "changed: files own: deliver",
            "changed: container own: what was there before is back",
            "hint: `stackctl logs own` shows more; then rerun `stackctl up`",
        ]
    );
    assert_eq!((current(&daemon, "own"), daemon.container("monitoring-own").state), (before, "running"));
    wire.write("app.conf", "good");
    same(wire.run(["up"]).ok().stdout.lines().next().unwrap(), "up to date: nothing to do");
}

#[test]
fn h04_what_was_delivered_and_not_yet_taken_is_taken_by_the_next_run() {
    let daemon = machine(&["prometheus", "alertmanager"], &Grafana::new())
        .program(&image("alertmanager"), Alertmanager::new().refusing("newfangled").program())
        .start();
    let stack = |host: &str, interval: &str| {
        format!(
            "{BOTH}prometheus: {{scrape_interval: {interval}}}\n\
             notify: {{receivers: {{hook: {{webhook: {{url: \"http://{host}/\"}}}}}}, default: hook}}\n"
        )
    };
    let wire = Wire::new(&daemon).stack(&stack("sink.example", "15s"));
    wire.run(["up"]).ok();
    // Both get new files; the call that would tell Prometheus is refused, and the one that would go back as well.
    wire.change(&stack("sink2.example", "30s"));
    daemon.on(Method::Post, "/containers/monitoring-prometheus/kill", Nth::Every).refuse(500, "on fire");
    daemon.on(Method::Put, "/containers/monitoring.courier/archive", 2).refuse(500, "on fire");
    let ran = wire.run(["up"]);
    assert_eq!(ran.code, Some(5), "{}", ran.stderr);
    daemon.forget_script();
    let ran = wire.run(["up"]).ok();
    same(
        ran.stdout.split_once("\n\n").unwrap().0,
        "\
done: 1 step
✓ Prometheus runs what was rendered
✓ Alertmanager runs what was rendered",
    );
    same(wire.run(["up"]).ok().stdout.lines().next().unwrap(), "up to date: nothing to do");
}
