//! E02: what an interrupted run left is repaired by the next `up`, and said.

use serde_json::json;

use super::fixture::{PROMETHEUS_ONLY, Wire, ask, daemon, image, same, same_world};
use crate::support::daemon::FakeDaemon;

/// A stack that runs, and its world.
fn running(daemon: &FakeDaemon) -> (Wire<'_>, String) {
    let wire = Wire::new(daemon).stack(PROMETHEUS_ONLY);
    wire.run(["up"]).ok();
    let world = wire.world();
    (wire, world)
}

/// A container that an interrupted run would have left.
fn leftover(daemon: &FakeDaemon, name: &str, role: &str) {
    let body = json!({
        "Image": image("prometheus"), "Entrypoint": ["/never-started"],
        "Labels": {"io.stackctl.stack": "monitoring", "io.stackctl.role": role, "io.stackctl.component": "prometheus"},
    });
    assert_eq!(ask(daemon, "POST", &format!("/containers/create?name={name}"), &body), 201);
}

#[test]
fn containers_that_carried_files_or_judged_them_are_removed() {
    let daemon = daemon();
    let (wire, world) = running(&daemon);
    leftover(&daemon, "monitoring.courier", "courier");
    leftover(&daemon, "monitoring.tool-prometheus", "tool");
    let ran = wire.run(["up"]).ok();
    let mut told: Vec<&str> = ran.stderr.lines().collect();
    told.sort_unstable();
    assert_eq!(
        told,
        ["leftover monitoring.courier: removed", "leftover monitoring.tool-prometheus: removed"]
    );
    same_world(&wire.world(), &world);
}

#[test]
fn a_replacement_that_never_took_its_place_is_removed() {
    let daemon = daemon();
    let (wire, world) = running(&daemon);
    leftover(&daemon, "monitoring-prometheus.new", "component");
    same(
        &wire.run(["plan"]).ok().stdout,
        "\
#1  leftover monitoring-prometheus.new  remove   replacement that was interrupted
1 step; `stackctl up` makes these changes
",
    );
    same(&wire.run(["up"]).ok().stderr, "leftover monitoring-prometheus.new: removed\n");
    same_world(&wire.world(), &world);
}

#[test]
fn an_old_container_without_a_successor_gets_its_name_back() {
    let daemon = daemon();
    let (wire, world) = running(&daemon);
    assert_eq!(ask(&daemon, "POST", "/containers/monitoring-prometheus/stop", &json!({})), 204);
    let rename = "/containers/monitoring-prometheus/rename?name=monitoring-prometheus.old";
    assert_eq!(ask(&daemon, "POST", rename, &json!({})), 204);
    same(
        &wire.run(["plan"]).ok().stdout,
        "\
#1  leftover monitoring-prometheus.old  restore  its replacement was interrupted
#2  container prometheus                start    stopped  after #1
2 steps; `stackctl up` makes these changes
",
    );
    same(
        &wire.run(["up"]).ok().stderr,
        "leftover monitoring-prometheus.old: restored\ncontainer prometheus: ready after <t>\n",
    );
    same_world(&wire.world(), &world);
}

#[test]
fn an_old_container_whose_successor_runs_is_removed() {
    let daemon = daemon();
    let (wire, world) = running(&daemon);
    leftover(&daemon, "monitoring-prometheus.old", "component");
    same(
        &wire.run(["up"]).ok().stderr,
        "container prometheus: ready after <t>\nleftover monitoring-prometheus.old: removed\n",
    );
    same_world(&wire.world(), &world);
}
