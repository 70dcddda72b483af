//! D01–D07: images that are there, can be had, or cannot be had for one reason or another.

use super::fixture::{
    DEFAULT, LINKED, PROMETHEUS_ONLY, Ran, Wire, daemon, image, machine, same, same_world, spec,
};
use crate::support::daemon::{FakeDaemon, Registry};
use crate::support::programs::Grafana;

const ALL: [&str; 4] = ["prometheus", "alertmanager", "grafana", "node"];

#[test]
fn what_is_missing_is_pulled() {
    let daemon = machine(&["prometheus", "alertmanager", "node"], &Grafana::new())
        .registry(Registry::Serves(vec![spec("grafana")]))
        .start();
    let wire = Wire::new(&daemon).stack(DEFAULT);
    let ran = wire.run(["up"]).ok();
    let told: Vec<&str> = ran.stderr.lines().filter(|line| line.starts_with("image ")).collect();
    assert_eq!(
        told,
        [format!("image grafana: pull {}", image("grafana")), "image grafana: pulled".to_owned()]
    );
    assert_eq!(daemon.container("monitoring-grafana").state, "running");
}

/// `up` of the default stack where everything but Grafana is there and this registry answers.
fn without_grafana(registry: Registry) -> Ran {
    let daemon = machine(&["prometheus", "alertmanager", "node"], &Grafana::new()).registry(registry).start();
    let wire = Wire::new(&daemon).stack(DEFAULT);
    let ran = wire.run(["up"]);
    let running: Vec<String> = daemon.containers().into_keys().collect();
    assert_eq!(running, ["monitoring-alertmanager", "monitoring-node", "monitoring-prometheus"]);
    ran
}

/// The last lines of the report: what was not started, why, and how to supply it.
fn not_started(ran: &Ran) -> String {
    assert_eq!(ran.code, Some(3), "{}\n{}", ran.stdout, ran.stderr);
    let told = ran.stdout.split_once("\nnot started:\n").expect("something was not started").1;
    let without = "  to go without: `stackctl up --skip-unavailable`, or `enabled: false` for it in stack.yml (for a custom exporter: remove its entry)\n";
    told.strip_suffix(without).expect("the last line says how to go without").to_owned()
}

#[test]
fn d01_without_a_registry_the_rest_comes_up_and_grafana_is_said_to_be_missing() {
    let ran = without_grafana(Registry::Unreachable);
    let expected = format!(
        "  \
  grafana needs {}
    no registry answers: Get \"https://registry.example.org/v2/\": dial tcp: lookup registry.example.org on 127.0.0.53:53: no such host
    to supply it: no Debian archive has it; set a mirror as `images.registry`, or on a machine that reaches the registry: `stackctl images save`; here: `stackctl images load FILE`
",
        image("grafana")
    );
    same(&not_started(&ran), &expected);
}

/// Only what is named counts, with what it needs.
#[test]
fn d01_a_missing_image_is_nothing_to_components_that_do_not_need_it() {
    let daemon = machine(&["prometheus", "alertmanager", "node"], &Grafana::new()).start();
    let wire = Wire::new(&daemon).stack(DEFAULT);
    let plan = wire.run(["plan", "node"]).ok();
    assert!(!plan.stdout.contains("grafana"), "{}", plan.stdout);
    let ran = wire.run(["up", "node"]).ok();
    assert!(!ran.stdout.contains("grafana") && !ran.stderr.contains("grafana"), "{ran:?}");
    assert_eq!(daemon.containers().into_keys().collect::<Vec<_>>(), ["monitoring-node"]);
}

#[test]
fn d01_skip_unavailable_makes_a_missing_image_no_failure() {
    let daemon = machine(&["prometheus", "alertmanager", "node"], &Grafana::new()).start();
    let wire = Wire::new(&daemon).stack(DEFAULT);
    let ran = wire.run(["up", "--skip-unavailable"]).ok();
    assert!(ran.stdout.contains("\nnot started:\n  grafana needs "), "{}", ran.stdout);
    let status = wire.run(["--format", "json", "status"]).json();
    assert_eq!(status["components"][2]["state"], "unavailable");
    let health = wire.run(["--format", "json", "health", "grafana"]);
    assert_eq!(
        (health.code, health.json()["components"]["grafana"]["healthy"].clone()),
        (Some(1), false.into())
    );
}

#[test]
fn d02_d03_d07_the_registrys_refusals_are_told_apart() {
    let cases = [
        (
            Registry::manifest_unknown(),
            "the registry has no such image: manifest unknown",
            "set `grafana.version` or `image` in stack.yml to one that exists",
        ),
        (
            Registry::unauthorized(),
            "the registry wants a login: unauthorized",
            "`docker login`, then rerun the command",
        ),
        (
            Registry::FailsInStream("filesystem layer verification failed for digest sha256:00".to_owned()),
            "the image is not what its digest says; do not run it: filesystem layer verification failed for digest sha256:00",
            "on a machine that reaches the registry: `stackctl images save`; here: `stackctl images load FILE`",
        ),
    ];
    for (registry, reason, remedy) in cases {
        let ran = without_grafana(registry);
        let expected =
            format!("  grafana needs {}\n    {reason}\n    to supply it: {remedy}\n", image("grafana"));
        same(&not_started(&ran), &expected);
    }
}

/// Slow cases together, so that they wait at the same time: the daemon that says nothing, the registry that limits.
#[test]
fn d04_a_rate_limit_is_waited_for_and_c06_a_silent_daemon_is_given_up() {
    let limited = machine(&["prometheus"], &Grafana::new()).registry(Registry::rate_limited()).start();
    let silent = daemon();
    silent.on(crate::support::daemon::Method::Get, "/version", 1).stall();
    let (one, other) = (Wire::new(&limited).stack("exporters: {}\n"), Wire::new(&silent).stack(DEFAULT));
    let (pulling, waiting) = (one.spawn(["up"]), other.spawn(["up"]));
    let pulled = pulling.end();
    let reason = "the registry limits the rate: toomanyrequests: You have reached your pull rate limit.";
    let remedy = "wait, or `docker login`, or set a mirror as `images.registry`";
    let lines = ["alertmanager", "grafana"]
        .map(|name| format!("  {name} needs {}\n    {reason}\n    to supply it: {remedy}\n", image(name)));
    same(&not_started(&pulled), &lines.concat());
    let tries = limited.requests().iter().filter(|seen| seen.path == "/images/create").count();
    assert_eq!(tries, 6, "three for each of two images");
    let ran = waiting.end();
    assert_eq!(ran.code, Some(3));
    same(
        &ran.stderr,
        "\
error: cannot reach the Docker daemon at SOCKET: it did not answer in time
changed: nothing
hint: the daemon accepts connections but is slow or stuck: check the load of its machine and its log (`journalctl --unit docker`), then rerun the command
",
    );
}

#[test]
fn without_a_registry_and_without_mmdebstrap_nothing_can_be_built() {
    let daemon = machine(&[], &Grafana::new()).start();
    let wire = Wire::new(&daemon).stack(PROMETHEUS_ONLY);
    let ran = wire.run(["up"]);
    let expected = format!(
        "  \
  prometheus needs {}
    no registry answers: Get \"https://registry.example.org/v2/\": dial tcp: lookup registry.example.org on 127.0.0.53:53: no such host; and it could not be built from a Debian package: `mmdebstrap` is not installed; `apt-get install mmdebstrap` or `stackctl doctor --fix` brings it
    to supply it: on a machine that reaches the registry: `stackctl images save`; here: `stackctl images load FILE`
",
        image("prometheus")
    );
    same(&not_started(&ran), &expected);
}

#[test]
fn pull_never_asks_no_registry() {
    let daemon = machine(&[], &Grafana::new()).registry(Registry::Serves(vec![spec("prometheus")])).start();
    let wire = Wire::new(&daemon).stack(PROMETHEUS_ONLY);
    let ran = wire.run(["up", "--pull", "never"]);
    let expected = format!(
        "  prometheus needs {}\n    not present\n    to supply it: `stackctl images pull prometheus`\n",
        image("prometheus")
    );
    same(&not_started(&ran), &expected);
    assert_eq!(daemon.mutations(), [""; 0]);
}

#[test]
fn images_travel_in_one_file_to_a_machine_that_reaches_nothing() {
    let (here, there) = (daemon(), machine(&[], &Grafana::new()).start());
    let one = Wire::new(&here).stack(LINKED);
    let references: Vec<String> = {
        let mut references = ALL.map(image).to_vec();
        references.sort();
        references
    };
    let saved = one.run(["images", "save", "bundle.tar"]).ok();
    same(&saved.stdout, &format!("wrote {} to bundle.tar\n", references.join(", ")));
    let again = one.run(["images", "save", "bundle.tar"]);
    assert_eq!(again.code, Some(2));
    same(
        &again.stderr,
        "error: `bundle.tar` exists already\nchanged: nothing\nhint: add `--force` to overwrite it\n",
    );
    let other = Wire::new(&there).stack(LINKED);
    std::fs::copy(one.path("bundle.tar"), other.path("bundle.tar")).unwrap();
    let loaded = other.run(["images", "load", "bundle.tar"]).ok();
    let report = |ran: &Ran| -> serde_json::Value { serde_json::from_str(&ran.stdout).unwrap() };
    let saved = report(&one.run(["images", "save", "second.tar", "--format", "json"]).ok());
    std::fs::remove_file(one.path("second.tar")).unwrap();
    let line = |image: &serde_json::Value| {
        let short = &image["id"].as_str().unwrap().trim_start_matches("sha256:")[..12];
        format!("loaded {} ({short})\n", image["name"].as_str().unwrap())
    };
    same(&loaded.stdout, &saved["images"].as_array().unwrap().iter().map(line).collect::<String>());
    // The same once more replaces nothing.
    let again = report(&other.run(["images", "load", "bundle.tar", "--format", "json"]).ok());
    assert_eq!(again["images"], saved["images"]);
    assert_eq!(there.images(), here.images());
    other.run(["up"]).ok();
    same_world(&other.world(), &running_world(&here, &one));
}

#[test]
fn an_archive_replaces_an_image_that_is_here_only_when_told_to() {
    let here = machine(&["prometheus"], &Grafana::new()).start();
    let one = Wire::new(&here).stack("exporters: {}\ngrafana: {enabled: false}\n");
    one.run(["images", "save", "bundle.tar"]).ok();
    let other_image = spec("prometheus").label("made", "elsewhere");
    let there = machine(&[], &Grafana::new()).image(other_image).start();
    let other = Wire::new(&there).stack("exporters: {}\ngrafana: {enabled: false}\n");
    std::fs::copy(one.path("bundle.tar"), other.path("bundle.tar")).unwrap();
    let ran = other.run(["images", "load", "bundle.tar"]);
    assert_eq!(ran.code, Some(7), "{}", ran.stderr);
    assert!(
        ran.stderr.starts_with("error: `bundle.tar` would replace 1 image that is here\n"),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains(&format!("{} is sha256:", image("prometheus"))), "{}", ran.stderr);
    assert!(ran.stderr.contains("pass --replace"), "{}", ran.stderr);
    assert_eq!(there.mutations(), [""; 0]);
    let ran = other.run(["images", "load", "bundle.tar", "--replace"]).ok();
    assert!(ran.stdout.contains(", replaces "), "{}", ran.stdout);
    other.write("bundle.tar.gz", b"\x1f\x8b\x08 compressed");
    let ran = other.run(["images", "load", "bundle.tar.gz"]);
    assert_eq!(ran.code, Some(7), "{}", ran.stderr);
}

fn running_world(_: &FakeDaemon, wire: &Wire) -> String {
    std::fs::remove_file(wire.path("bundle.tar")).unwrap();
    wire.run(["up"]).ok();
    wire.world()
}

#[test]
fn the_list_of_images_says_what_is_not_here() {
    let daemon = machine(&["prometheus"], &Grafana::new()).start();
    let wire = Wire::new(&daemon).stack("exporters: {}\ngrafana: {enabled: false}\n");
    let ran = wire.run(["images"]);
    assert_eq!(ran.code, Some(0));
    let version = |component: &str| image(component).rsplit_once(":v").unwrap().1.to_owned();
    same(
        &ran.stdout,
        &format!(
            "\
COMPONENT     VERSION  IMAGE
prometheus    {}   {}
alertmanager  -        not here
alertmanager: not present
  to supply it: `stackctl images pull alertmanager`
",
            version("prometheus"),
            image("prometheus")
        ),
    );
}
