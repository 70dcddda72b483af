//! `health` and `status`: what is down and where, what was stopped on purpose, and the first seconds after a start.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::fixture::{DEFAULT, PROMETHEUS_ONLY, Ran, Wire, daemon, image, machine, until};
use crate::support::daemon::{Answer, FakeDaemon, Method, Nth, Program, Route};
use crate::support::programs::{Alertmanager, Grafana, Prometheus, Scene};

const SHOP: &str = "alertmanager: {enabled: false}\ngrafana: {enabled: false}\nexporters: {}\n\
                    apps: {shop: {targets: [\"shop:8080\", \"shop:8081\"]}}\n";
const BOTH: &str = "grafana: {enabled: false}\nexporters: {}\n";

/// A daemon whose Prometheus has been up for ten minutes and sees what the test decides.
fn seeing(alertmanager: Alertmanager) -> (FakeDaemon, Arc<Mutex<Scene>>) {
    let prometheus = Prometheus::new();
    let scene = prometheus.scene();
    scene.lock().unwrap().age = 600.0;
    let daemon = machine(&["prometheus", "alertmanager", "node"], &Grafana::new())
        .program(&image("prometheus"), prometheus.program())
        .program(&image("alertmanager"), alertmanager.program())
        .start();
    (daemon, scene)
}

fn detail(ran: &Ran, component: &str) -> String {
    ran.json()["components"][component]["detail"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn targets_that_are_down_are_counted_named_and_end_with_1() {
    let (daemon, scene) = seeing(Alertmanager::new());
    let wire = Wire::new(&daemon).stack(SHOP);
    wire.run(["up"]).ok();
    assert!(wire.run(["health"]).ok().stdout.contains("\ntargets 3/3 up\n"));
    let refused = "Get \"http://shop:8081/metrics\": dial tcp: connection refused";
    scene.lock().unwrap().down = vec![("shop:8081".to_owned(), refused.to_owned())];
    for command in ["health", "status"] {
        let ran = wire.run([command]);
        assert_eq!(ran.code, Some(1), "{}\n{}", ran.stdout, ran.stderr);
        let from = ran.stdout.find("targets").expect(&ran.stdout);
        let expected =
            format!("targets 2/3 up\nJOB   TARGET     STATE  REASON\nshop  shop:8081  down   {refused}\n");
        assert!(ran.stdout[from..].starts_with(&expected), "{}", ran.stdout);
        let json = wire.run(["--format", "json", command]).json();
        assert_eq!(
            json["targets"],
            serde_json::json!({"total": 3, "up": 2, "unknown": [],
                "down": [{"job": "shop", "address": "shop:8081", "reason": refused}]}),
            "{command}"
        );
    }
    let alone = wire.run(["health", "--components-only"]).ok();
    assert!(!alone.stdout.contains("targets"), "{}", alone.stdout);
}

#[test]
fn a_probe_that_fails_is_down_although_its_exporter_is_up() {
    let (daemon, scene) = seeing(Alertmanager::new());
    daemon.add_image(&super::fixture::spec("blackbox"));
    let program = Program::computed(|run| {
        if run.argv.iter().any(|argument| argument == "--config.check") {
            return Program::exits_with(0);
        }
        Program::serves_http(9115).route("/-/healthy", Route::always(Answer::text(200, "Healthy")))
    });
    daemon.program(&image("blackbox"), program);
    let url = "https://shop.example.org/";
    let stack = PROMETHEUS_ONLY
        .replace("exporters: {}", &format!("exporters: {{blackbox: {{port: 9115, http: [\"{url}\"]}}}}"));
    let wire = Wire::new(&daemon).stack(&stack);
    wire.run(["up"]).ok();
    wire.run(["health"]).ok();
    scene.lock().unwrap().failed_probes = vec![url.to_owned()];
    for command in ["health", "status"] {
        let ran = wire.run([command]);
        assert_eq!(ran.code, Some(1), "{}\n{}", ran.stdout, ran.stderr);
        assert!(
            ran.stdout.contains(&format!("blackbox-http  {url}  down   the probe fails")),
            "{}",
            ran.stdout
        );
    }
}

#[test]
fn a_target_that_was_not_scraped_yet_is_waited_for_and_is_not_down() {
    let (daemon, scene) = seeing(Alertmanager::new());
    let wire = Wire::new(&daemon).stack(SHOP);
    wire.run(["up"]).ok();
    {
        let mut scene = scene.lock().unwrap();
        (scene.age, scene.unscraped) = (3.0, vec!["shop:8080".to_owned()]);
    }
    let ran = wire.run(["health", "--wait", "0s"]).ok();
    assert!(ran.stdout.contains("targets 2/3 up, 1 not scraped yet\n"), "{}", ran.stdout);
    assert!(ran.stdout.contains("shop  shop:8080  unknown  not scraped yet\n"), "{}", ran.stdout);
    let ran = wire.run(["status"]).ok();
    assert!(ran.stdout.contains("targets 2/3 up, 1 not scraped yet\n"), "{}", ran.stdout);
    let waiting = wire.spawn(["health"]);
    super::fixture::until_seen(&daemon, |seen| seen.path.ends_with("/json"));
    std::thread::sleep(Duration::from_millis(300));
    scene.lock().unwrap().unscraped.clear();
    scene.lock().unwrap().down = vec![("shop:8080".to_owned(), "connection refused".to_owned())];
    let ran = waiting.end();
    assert_eq!(ran.code, Some(1), "{}\n{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.contains("targets 2/3 up\n"), "{}", ran.stdout);
}

#[test]
fn health_right_after_a_reload_waits_until_prometheus_knows_its_alertmanager() {
    let (daemon, scene) = seeing(Alertmanager::new());
    let wire = Wire::new(&daemon).stack(BOTH);
    wire.run(["up"]).ok();
    // The list is empty until discovery is over; a time of the last reload from before it must not decide.
    for age in [0.5, 600.0] {
        let mut now = scene.lock().unwrap();
        (now.age, now.undiscovered) = (age, 4);
        drop(now);
        let ran = wire.run(["--format", "json", "health"]).ok();
        assert_eq!(detail(&ran, "prometheus"), "ready, sends alerts to Alertmanager", "{age}");
    }
    scene.lock().unwrap().undiscovered = usize::MAX;
    let ran = wire.run(["--format", "json", "health"]);
    assert_eq!(ran.code, Some(1));
    assert_eq!(detail(&ran, "prometheus"), "ready, but it knows no Alertmanager: alerts reach no one");
}

#[test]
fn alerts_that_go_to_an_alertmanager_of_others_are_a_failure() {
    let (daemon, scene) = seeing(Alertmanager::new());
    let wire = Wire::new(&daemon).stack(BOTH);
    wire.run(["up"]).ok();
    scene.lock().unwrap().notifier = Some("other-alertmanager:9093".to_owned());
    let ran = wire.run(["--format", "json", "health"]);
    assert_eq!(ran.code, Some(1), "{}", ran.stdout);
    let told = detail(&ran, "prometheus");
    assert!(told.starts_with("ready, but sends alerts to `other-alertmanager:9093` and not to"), "{told}");
}

#[test]
fn nothing_is_said_of_sent_alerts_before_one_has_arrived() {
    let (daemon, _) = seeing(Alertmanager::new().without_alerts());
    let wire = Wire::new(&daemon).stack(BOTH);
    wire.run(["up"]).ok();
    let ran = wire.run(["--format", "json", "health"]).ok();
    assert_eq!(detail(&ran, "prometheus"), "ready, no alert has reached Alertmanager yet");
}

#[test]
fn a_component_that_was_stopped_on_purpose_is_shown_and_is_no_problem() {
    let (daemon, scene) = seeing(Alertmanager::new());
    let wire = Wire::new(&daemon).stack("grafana: {enabled: false}\nexporters: {node: {port: 9100}}\n");
    wire.run(["up"]).ok();
    wire.run(["stop", "node"]).ok();
    scene.lock().unwrap().down = vec![("node:9100".to_owned(), "connection refused".to_owned())];
    let ran = wire.run(["health"]).ok();
    assert!(ran.stdout.contains("node          stopped  -"), "{}", ran.stdout);
    assert!(ran.stdout.contains("stopped; `stackctl start node` starts it\n"), "{}", ran.stdout);
    let ran = wire.run(["status"]).ok();
    assert!(ran.stdout.contains("node          stopped  -"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("problem"), "{}", ran.stdout);
    let ran = wire.run(["endpoints"]).ok();
    assert!(
        ran.stdout.lines().any(|line| line.contains("node") && line.ends_with("(stopped)")),
        "{}",
        ran.stdout
    );
    wire.run(["start", "node"]).ok();
    // Behind the back of stackctl: nobody here has asked for it.
    super::fixture::ask(&daemon, "POST", "/v1.41/containers/monitoring-node/stop", &serde_json::Value::Null);
    assert_eq!(wire.run(["health"]).code, Some(1));
    assert_eq!(wire.run(["status"]).code, Some(1));
    wire.run(["stop"]).ok();
    wire.run(["health"]).ok();
    wire.run(["status"]).ok();
    wire.run(["up"]).ok();
    daemon.exit("monitoring-node", 2);
    for command in ["health", "status"] {
        let ran = wire.run([command]);
        assert_eq!(ran.code, Some(1), "{}", ran.stdout);
        assert!(ran.stdout.contains("ended with exit code 2"), "{}", ran.stdout);
    }
}

#[test]
fn endpoints_name_what_does_not_exist() {
    let daemon = daemon();
    let wire = Wire::new(&daemon).stack(DEFAULT);
    wire.run(["up", "prometheus"]).ok();
    let ran = wire.run(["endpoints"]).ok();
    let of = |name: &str| ran.stdout.lines().find(|line| line.starts_with(name)).unwrap().to_owned();
    assert!(!of("prometheus").contains('('), "{}", ran.stdout);
    assert!(of("grafana").ends_with("(missing)"), "{}", ran.stdout);
}

#[test]
fn a_component_that_cannot_be_inspected_does_not_hide_the_others() {
    let (daemon, _) = seeing(Alertmanager::new());
    let wire = Wire::new(&daemon).stack(BOTH);
    wire.run(["up"]).ok();
    daemon
        .on(Method::Get, "/containers/monitoring-alertmanager/json", Nth::Every)
        .refuse(500, "disk on fire");
    for (command, row) in [("health", "prometheus    healthy"), ("status", "prometheus    running")] {
        let ran = wire.run([command]);
        assert_eq!(ran.code, Some(1), "{}\n{}", ran.stdout, ran.stderr);
        assert!(ran.stdout.contains(row), "{}", ran.stdout);
        assert!(ran.stdout.contains("alertmanager") && ran.stdout.contains("disk on fire"), "{}", ran.stdout);
    }
}

#[test]
fn a_network_that_is_gone_is_the_cause_and_the_rows_are_shown() {
    let (daemon, _) = seeing(Alertmanager::new());
    let wire = Wire::new(&daemon).stack("grafana: {enabled: false}\n");
    wire.run(["up", "--no-wait"]);
    // As after `docker network disconnect --force` and `docker network rm`.
    daemon.on(Method::Get, "/networks/monitoring", Nth::Every).refuse(404, "network monitoring not found");
    daemon.on(Method::Get, "/networks", Nth::Every).reply(200, serde_json::json!([]));
    for command in ["health", "status"] {
        let ran = wire.run([command]);
        assert_eq!(ran.code, Some(1), "{}\n{}", ran.stdout, ran.stderr);
        let cause = "problem: the network `monitoring` does not exist, so the components cannot reach each other; `stackctl up` creates it and replaces the containers\n";
        assert!(ran.stdout.contains(cause), "{}", ran.stdout);
        for component in ["prometheus", "alertmanager", "node"] {
            assert!(ran.stdout.lines().any(|line| line.starts_with(component)), "{}", ran.stdout);
        }
    }
}

#[test]
fn status_does_not_wait_for_what_is_behind_the_port_of_a_stopped_component() {
    let (daemon, _) = seeing(Alertmanager::new());
    let wire = Wire::new(&daemon).stack(BOTH);
    wire.run(["up"]).ok();
    wire.run(["stop", "alertmanager"]).ok();
    // Accepts connections and never answers.
    let _silent = std::net::TcpListener::bind((wire.ip.as_str(), 9093)).unwrap();
    let begin = Instant::now();
    wire.run(["status"]).ok();
    assert!(begin.elapsed() < Duration::from_secs(3), "{:?}", begin.elapsed());
}

#[test]
fn a_database_that_stores_nothing_is_a_failure_with_its_reason() {
    let (daemon, scene) = seeing(Alertmanager::new());
    let wire = Wire::new(&daemon).stack(PROMETHEUS_ONLY);
    wire.run(["up"]).ok();
    {
        let mut scene = scene.lock().unwrap();
        (scene.silent, scene.failed_writes) = (100.0, 7);
    }
    let ran = wire.run(["--format", "json", "health"]);
    assert_eq!(ran.code, Some(1), "{}", ran.stdout);
    let told = detail(&ran, "prometheus");
    assert!(told.starts_with("ready, but it has stored no sample for 10"), "{told}");
    assert!(told.ends_with(": writing failed: write-ahead log (7 times); is its volume full?"), "{told}");
}

#[test]
fn watching_has_a_title_and_ends_with_130_also_in_the_middle_of_a_look() {
    let (daemon, _) = seeing(Alertmanager::new());
    let wire = Wire::new(&daemon).stack(PROMETHEUS_ONLY);
    wire.run(["up"]).ok();
    daemon.forget_requests();
    let watching = wire.spawn(["health", "--watch", "--interval", "1s"]);
    let looks = || daemon.requests().iter().filter(|seen| seen.path.ends_with("-prometheus/json")).count();
    until("it has looked twice", || looks() >= 2);
    daemon.on(Method::Get, "/containers/monitoring-prometheus/json", Nth::Every).stall();
    let before = looks();
    until("it looks again", || looks() > before);
    watching.signal(Signal::INT);
    let ran = watching.end();
    assert_eq!(ran.code, Some(130), "{}\n{}", ran.stdout, ran.stderr);
    let title = ran.stdout.lines().next().unwrap();
    assert!(title.starts_with("health of monitoring, 20") && title.ends_with('Z'), "{title}");
}
