//! Images that cannot be had: what runs without them, and what was decided about them.

use super::fixture::{PROMETHEUS_ONLY, Wire, image, machine, same};
use crate::support::daemon::Content;
use crate::support::programs::Grafana;

#[test]
fn an_unavailable_version_leaves_the_running_one_untouched_in_every_command() {
    let daemon = machine(&["prometheus"], &Grafana::new()).start();
    let wire = Wire::new(&daemon).stack(PROMETHEUS_ONLY);
    wire.run(["up"]).ok();
    let before = daemon.container("monitoring-prometheus").inspect["Id"].clone();
    let version = image("prometheus").rsplit_once(":v").unwrap().1.to_owned();
    wire.change(&format!("{PROMETHEUS_ONLY}prometheus: {{version: v9.9.9}}\n"));
    let ran = wire.run(["plan", "--detailed-exitcode"]);
    assert_eq!(ran.code, Some(1));
    same(
        &ran.stdout,
        &format!(
            "\
#1  image prometheus      pull     prom/prometheus:v9.9.9 is not here
#2  container prometheus  replace  {version} → 9.9.9  after #1
2 steps; `stackctl up` makes these changes
"
        ),
    );
    let kept = format!("prometheus keeps running {version} untouched");
    assert!(
        ran.stderr.contains(&format!("note: {kept} until prom/prometheus:v9.9.9 is available\n")),
        "{}",
        ran.stderr
    );
    let ran = wire.run(["up"]);
    assert_eq!(ran.code, Some(3), "{}\n{}", ran.stdout, ran.stderr);
    let told = format!("\nnot updated:\n  {kept}; prom/prometheus:v9.9.9 is wanted\n    no registry answers");
    assert!(ran.stdout.contains(&told), "{}", ran.stdout);
    assert!(!ran.stdout.contains("not started"), "{}", ran.stdout);
    let ran = wire.run(["status"]);
    assert_eq!(ran.code, Some(1), "{}", ran.stdout);
    let problem = format!(
        "prometheus: problem: keeps running {version} untouched: 9.9.9 is wanted, and its image is not here\n"
    );
    assert!(ran.stdout.contains(&problem), "{}", ran.stdout);
    assert!(ran.stdout.contains(&format!("running  yes    {version}*")), "{}", ran.stdout);
    assert_eq!(daemon.container("monitoring-prometheus").inspect["Id"], before);
}

#[test]
fn a_component_that_was_left_out_on_purpose_is_no_pending_change() {
    let daemon = machine(&["prometheus"], &Grafana::new()).start();
    let wire = Wire::new(&daemon).stack("grafana: {enabled: false}\nexporters: {}\n");
    let pending = || wire.run(["plan", "--detailed-exitcode"]);
    let first = wire.run(["plan", "--skip-unavailable"]).ok();
    assert!(
        !first.stdout.contains("alertmanager") && first.stdout.contains("container prometheus"),
        "{}",
        first.stdout
    );
    wire.run(["up", "--skip-unavailable"]).ok();
    let ran = pending().ok();
    same(&ran.stdout, "up to date: nothing to do\n");
    let note =
        format!("note: alertmanager is left out: its image {} is not available\n", image("alertmanager"));
    assert!(ran.stderr.contains(&note), "{}", ran.stderr);
    // Without the flag it is wanted again, and scraped.
    assert_eq!(wire.run(["up"]).code, Some(3));
    assert_eq!(pending().code, Some(1));
    let ran = wire.run(["plan", "--skip-unavailable"]).ok();
    assert!(ran.stdout.contains("files prometheus"), "{}", ran.stdout);
    wire.run(["up", "--skip-unavailable"]).ok();
    wire.run(["plan", "--detailed-exitcode", "--skip-unavailable"]).ok();
}

#[test]
fn what_is_left_out_is_not_scraped_and_is_no_failure_with_the_same_option() {
    let daemon = machine(&["prometheus"], &Grafana::new()).start();
    let wire = Wire::new(&daemon).stack(
        "alertmanager: {enabled: false}\ngrafana: {enabled: false}\nexporters: {node: {port: 9100}}\n",
    );
    let scraped = || {
        let files = daemon.files("monitoring-prometheus-config");
        let Some(Content::Link(current)) = files.get("current").map(|file| &file.content) else {
            panic!("{:?}", files.keys())
        };
        let Content::File(bytes) = &files[&format!("{current}/prometheus.yml")].content else {
            panic!("{current}")
        };
        String::from_utf8_lossy(bytes).contains("job_name: \"node\"")
    };
    assert_eq!(wire.run(["up"]).code, Some(3));
    assert!(scraped(), "it is wanted");
    wire.run(["up", "--skip-unavailable"]).ok();
    assert!(!scraped(), "it is left out");
    same(&wire.run(["plan", "--detailed-exitcode"]).ok().stdout, "up to date: nothing to do\n");
    let status = wire.run(["status"]);
    assert_eq!(status.code, Some(1));
    assert!(status.stdout.contains("unavailable"), "{}", status.stdout);
    assert!(!status.stdout.contains("drift"), "{}", status.stdout);
    wire.run(["status", "--skip-unavailable"]).ok();
    let health = wire.run(["-q", "health"]);
    assert_eq!(health.code, Some(1));
    assert!(health.stderr.contains("error: node: unavailable: its image is not here"), "{}", health.stderr);
    let health = wire.run(["health", "--skip-unavailable"]).ok();
    assert!(health.stdout.contains("node        unavailable"), "{}", health.stdout);
    assert_eq!(wire.run(["-q", "health", "--skip-unavailable"]).ok().stderr, "");
    // Once the image is there, it is started and scraped without a word about it.
    daemon.add_image(&super::fixture::spec("node"));
    wire.run(["up"]).ok();
    assert!(scraped());
}
