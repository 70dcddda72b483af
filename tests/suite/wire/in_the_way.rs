//! C, E01, F01, F07: a daemon that does not do what it is asked, and objects that are in the way.

use serde_json::json;

use super::fixture::{PROMETHEUS_ONLY, Ran, Wire, ask, daemon, image, same};
use crate::support::daemon::{Method, Reply};

/// A first `up` that fails.
fn failing(wire: &Wire, code: i32) -> Ran {
    let ran = wire.run(["up"]);
    assert_eq!(ran.code, Some(code), "{}\n{}", ran.stdout, ran.stderr);
    ran
}

#[test]
fn c01_there_is_no_socket() {
    let daemon = daemon();
    let wire = Wire::new(&daemon).stack(PROMETHEUS_ONLY);
    let ran = wire.run(["--host", "unix:///nowhere/docker.sock", "up"]);
    assert_eq!(ran.code, Some(3));
    same(
        &ran.stderr,
        "\
error: cannot reach the Docker daemon at unix:///nowhere/docker.sock: there is no such socket
changed: nothing
hint: is Docker installed and running? `stackctl --host unix:///nowhere/docker.sock doctor` says what is missing, `stackctl --host unix:///nowhere/docker.sock doctor --fix` installs and starts it on Debian and Ubuntu
",
    );
}

#[test]
fn c03_nobody_listens() {
    let daemon = daemon();
    let wire = Wire::new(&daemon).stack(PROMETHEUS_ONLY);
    daemon.go_away();
    same(
        &failing(&wire, 3).stderr,
        "\
error: cannot reach the Docker daemon at SOCKET: nobody listens there
changed: nothing
hint: the daemon is not running: `stackctl doctor --fix` starts it
",
    );
    daemon.come_back();
    wire.run(["up"]).ok();
}

#[test]
fn c09_a_proxy_that_answers_with_a_page() {
    let daemon = daemon();
    let wire = Wire::new(&daemon).stack(PROMETHEUS_ONLY);
    let page = "<html><body><h1>403 Forbidden</h1>Request forbidden by administrative rules.</body></html>";
    daemon.on(Method::Post, "/networks/create", 1).reply(403, Reply::Html(page.to_owned()));
    let ran = failing(&wire, 4);
    let told: Vec<&str> = ran.stderr.lines().filter(|line| line.starts_with("error: ")).collect();
    assert_eq!(
        told,
        [
            "error: could not create network monitoring: could not create the network `monitoring`: <html><body><h1>403 \
          Forbidden</h1>Request forbidden by administrative rules.</body></html>"
        ]
    );
}

#[test]
fn c12_a_daemon_that_leaves_out_the_read_only_root() {
    let daemon = daemon();
    let wire = Wire::new(&daemon).stack(PROMETHEUS_ONLY);
    daemon.on(Method::Post, "/containers/create", crate::support::daemon::Nth::Every).edit_request(|body| {
        if let Some(host) = body["HostConfig"].as_object_mut() {
            host.remove("ReadonlyRootfs");
        }
    });
    let ran = failing(&wire, 7);
    let told: Vec<&str> =
        ran.stderr.lines().filter(|line| line.starts_with("error: ") || line.starts_with("hint: ")).collect();
    assert_eq!(
        told,
        [
            "error: could not create container prometheus: the Docker daemon did not apply the read-only root of `monitoring-prometheus`",
            "hint: the container was removed again; a proxy in front of the daemon may strip settings; then rerun `stackctl up`",
        ]
    );
    assert!(daemon.containers().is_empty());
}

#[test]
fn c13_the_daemons_disk_is_full() {
    let daemon = daemon();
    let wire = Wire::new(&daemon).stack(PROMETHEUS_ONLY);
    let full = "mkdir /var/lib/docker/overlay2/0: no space left on device";
    daemon.on(Method::Post, "/containers/create", 3).refuse(500, full);
    let ran = failing(&wire, 4);
    let told: Vec<&str> =
        ran.stderr.lines().filter(|line| line.starts_with("error: ") || line.starts_with("hint: ")).collect();
    assert_eq!(
        told,
        [
            "error: could not create container prometheus: could not create the container `monitoring-prometheus`: mkdir /var/lib/docker/overlay2/0: no space left on device",
            "hint: free space where images and volumes are: `docker system df`, or `podman system df`, shows what takes it; then rerun `stackctl up`",
        ]
    );
}

#[test]
fn e01_f07_objects_of_others_with_our_names_are_named_and_left_alone() {
    let daemon = daemon();
    let wire = Wire::new(&daemon).stack(PROMETHEUS_ONLY);
    let container = json!({"Image": image("prometheus"), "Cmd": ["x"]});
    assert_eq!(ask(&daemon, "POST", "/containers/create?name=monitoring-prometheus", &container), 201);
    assert_eq!(ask(&daemon, "POST", "/networks/create", &json!({"Name": "monitoring"})), 201);
    assert_eq!(ask(&daemon, "POST", "/volumes/create", &json!({"Name": "monitoring-prometheus-data"})), 201);
    let id = daemon.container("monitoring-prometheus").id;
    daemon.forget_requests();
    let before = wire.world();
    let ran = failing(&wire, 7);
    same(
        &ran.stderr.replace(&id[..12], "<id>"),
        "\
error: the container `monitoring-prometheus` (<id>) is not stackctl's
caused by: the volume `monitoring-prometheus-data` is not stackctl's
caused by: the network `monitoring` is not stackctl's
changed: nothing
hint: rename or remove it, or set another `name:` in stack.yml (now `monitoring`); remove it, or set another `name:` in stack.yml
",
    );
    assert_eq!(daemon.mutations(), [""; 0]);
    for arguments in [&["down", "--volumes", "--yes"][..], &["status"], &["up", "--remove-orphans"]] {
        wire.command(arguments).output().unwrap();
    }
    assert_eq!(daemon.mutations(), [""; 0]);
    let daemon_part = |world: &str| {
        world.lines().filter(|line| !line.contains("state/")).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(daemon_part(&wire.world()), daemon_part(&before));
}

#[test]
fn a_network_of_others_that_is_not_there_is_told_before_the_first_step() {
    let daemon = daemon();
    let wire = Wire::new(&daemon).stack(&format!("networks: [shop_default]\n{PROMETHEUS_ONLY}"));
    let told = "there is no network `shop_default`, which stack.yml names under `networks`";
    let hint = "`docker network create shop_default`, or start what makes it, or take it out of `networks`";
    let plan = wire.run(["plan"]).ok();
    let warning = format!("warning: `stackctl up` would stop before the first step: {told}\nhint: {hint}\n");
    assert!(plan.stderr.contains(&warning), "{}", plan.stderr);
    assert!(
        plan.stdout
            .ends_with("steps; `stackctl up` makes none of these changes until the warning is resolved\n"),
        "{}",
        plan.stdout
    );
    let ran = failing(&wire, 3);
    let told = [format!("error: {told}"), "changed: nothing".to_owned(), format!("hint: {hint}")];
    assert!(ran.stderr.ends_with(&format!("{}\n", told.join("\n"))), "{}", ran.stderr);
    assert!(daemon.containers().is_empty());
    assert_eq!(daemon.mutations(), [""; 0]);
}

#[test]
fn a_component_without_a_container_is_not_started() {
    let daemon = daemon();
    let wire = Wire::new(&daemon).stack("exporters: {node: {port: 9100}}\ngrafana: {enabled: false}\n");
    wire.run(["up", "node"]).ok();
    for verb in ["start", "restart"] {
        let ran = wire.run([verb, "alertmanager"]);
        assert_eq!(ran.code, Some(3), "{verb}: {}", ran.stderr);
        same(
            &ran.stderr,
            "\
error: there is no container of `alertmanager`
changed: nothing
hint: `stackctl up alertmanager` makes it
",
        );
    }
}

#[test]
fn f01_a_port_that_a_process_of_the_host_holds() {
    let daemon = daemon();
    let wire = Wire::new(&daemon).stack(PROMETHEUS_ONLY);
    daemon.occupy_port(&wire.ip, 9090);
    let ran = failing(&wire, 4);
    let told: Vec<&str> = ran.stderr.lines().filter(|line| line.starts_with("hint: ")).collect();
    assert_eq!(
        told,
        [
            "hint: `stackctl doctor` shows who holds the port; choose another with `port:` in stack.yml; then rerun `stackctl up`"
        ]
    );
    assert!(daemon.containers().is_empty());
    daemon.free_port(9090);
    wire.run(["up"]).ok();
}
