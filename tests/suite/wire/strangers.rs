//! Containers, volumes and networks of others: with our names, with our labels, in our networks. They are never touched.

use serde_json::{Value, json};

use super::fixture::{PROMETHEUS_ONLY, Wire, ask, daemon, image, machine, mutations};
use crate::support::daemon::{FakeDaemon, ImageSpec, Method, Program};
use crate::support::programs::Grafana;

const CHANGED: &str = "prometheus: {memory: 2GiB}\n";

/// A running container of someone else; returns its id.
fn stranger(daemon: &FakeDaemon, name: &str, body: &Value) -> String {
    daemon.program(name, Program::runs());
    assert_eq!(ask(daemon, "POST", &format!("/containers/create?name={name}"), body), 201, "{name}");
    assert_eq!(ask(daemon, "POST", &format!("/containers/{name}/start"), &json!({})), 204, "{name}");
    daemon.container(name).id
}

fn plain() -> Value {
    json!({"Image": image("prometheus"), "Cmd": ["x"]})
}

fn runs(daemon: &FakeDaemon, name: &str, id: &str) {
    let seen = daemon.container(name);
    assert_eq!((seen.id.as_str(), seen.state), (id, "running"), "{name}");
}

#[test]
fn strangers_with_the_names_of_helpers_are_left_alone_and_nothing_fails() {
    let daemon = daemon();
    let wire = Wire::new(&daemon).stack(PROMETHEUS_ONLY);
    let names = [
        "monitoring.courier",
        "monitoring.tool-prometheus",
        "monitoring-prometheus.new",
        "monitoring-prometheus.old",
    ];
    let ids: Vec<String> = names.iter().map(|name| stranger(&daemon, name, &plain())).collect();
    wire.run(["check"]).ok();
    wire.run(["up"]).ok();
    let first = daemon.container("monitoring-prometheus").id;
    wire.change(&format!("{PROMETHEUS_ONLY}{CHANGED}"));
    wire.run(["up"]).ok();
    assert_ne!(daemon.container("monitoring-prometheus").id, first, "it was replaced");
    wire.run(["down", "--volumes", "--yes"]).ok();
    for (name, id) in names.iter().zip(&ids) {
        runs(&daemon, name, id);
    }
    assert_eq!(daemon.containers().len(), names.len());
}

#[test]
fn a_failed_replacement_beside_strangers_brings_our_container_back_and_not_theirs() {
    let old = crate::support::programs::Prometheus::new().program();
    let program = Program::computed(move |run| {
        let spec = run.labels.get("io.stackctl.spec.json").map_or("", String::as_str);
        if spec.contains("2147483648") { Program::exits_with(1) } else { old.clone() }
    });
    let daemon = machine(&["prometheus"], &Grafana::new()).program(&image("prometheus"), program).start();
    let wire = Wire::new(&daemon).stack(PROMETHEUS_ONLY);
    wire.run(["up"]).ok();
    let ours = daemon.container("monitoring-prometheus").id;
    let names = ["monitoring-prometheus.new", "monitoring-prometheus.old"];
    let ids: Vec<String> = names.iter().map(|name| stranger(&daemon, name, &plain())).collect();
    wire.change(&format!("{PROMETHEUS_ONLY}{CHANGED}"));
    let ran = wire.run(["up", "--timeout", "1s"]);
    assert_eq!(ran.code, Some(4), "{ran:?}");
    runs(&daemon, "monitoring-prometheus", &ours);
    for (name, id) in names.iter().zip(&ids) {
        runs(&daemon, name, id);
    }
    assert_eq!(daemon.containers().len(), 3);
}

#[test]
fn a_name_that_is_taken_between_the_look_and_the_creation_stays_with_whom_took_it() {
    let daemon = std::sync::Arc::new(daemon());
    let wire = Wire::new(&daemon).stack(PROMETHEUS_ONLY);
    let host = std::sync::Arc::downgrade(&daemon);
    // The first two creations are those of the tool and of the courier.
    daemon.on(Method::Post, "/containers/create", 3).before(move || {
        if let Some(daemon) = host.upgrade() {
            let path = "/containers/create?name=monitoring-prometheus";
            assert_eq!(ask(&daemon, "POST", path, &plain()), 201);
        }
    });
    let ran = wire.run(["up"]);
    assert_eq!(ran.code, Some(7), "{ran:?}");
    let health = wire.run(["health"]);
    assert!(health.stdout.contains("the container `monitoring-prometheus` is not stackctl's"), "{health:?}");
    let id = daemon.container("monitoring-prometheus").id;
    assert!(ran.stderr.contains(&format!("`monitoring-prometheus` ({})", &id[..12])), "{ran:?}");
    assert!(ran.stderr.contains("is not stackctl's"), "{ran:?}");
    assert!(!ran.stderr.contains("removed again"), "{ran:?}");
}

/// `docker commit` copies the labels of a container into the image, and every container of that image has them.
#[test]
fn copies_made_with_docker_commit_are_not_ours() {
    let daemon = daemon();
    let wire = Wire::new(&daemon).stack(PROMETHEUS_ONLY);
    wire.run(["up"]).ok();
    let labels = daemon.container("monitoring-prometheus").labels;
    let committed =
        labels.iter().fold(ImageSpec::new("backup:1"), |image, (key, value)| image.label(key, value));
    daemon.add_image(&committed);
    let copy = json!({"Image": "backup:1", "Labels": labels});
    let names = ["keep-me", "monitoring-prometheus.old", "monitoring-copy"];
    let ids: Vec<String> = names.iter().map(|name| stranger(&daemon, name, &copy)).collect();
    daemon.forget_requests();
    wire.run(["up", "--remove-orphans"]).ok();
    wire.run(["stop"]).ok();
    wire.run(["start"]).ok();
    assert!(!wire.run(["status"]).stdout.contains("keep-me"));
    wire.run(["down", "--volumes", "--yes"]).ok();
    for (name, id) in names.iter().zip(&ids) {
        runs(&daemon, name, id);
    }
    // With the very name of ours it is in the way, and stays.
    let id = stranger(&daemon, "monitoring-prometheus", &copy);
    for arguments in [["up"], ["plan"]] {
        let ran = wire.run(arguments);
        assert_eq!(ran.code, Some(7), "{ran:?}");
        assert!(ran.stderr.contains("is not stackctl's"), "{ran:?}");
    }
    wire.run(["down"]).ok();
    runs(&daemon, "monitoring-prometheus", &id);
}

#[test]
fn a_container_of_the_stack_that_was_renamed_is_named_with_the_way_back() {
    let daemon = daemon();
    let wire = Wire::new(&daemon).stack(PROMETHEUS_ONLY);
    wire.run(["up"]).ok();
    let rename = |from: &str, to: &str| {
        assert_eq!(ask(&daemon, "POST", &format!("/containers/{from}/rename?name={to}"), &json!({})), 204);
    };
    rename("monitoring-prometheus", "keep-me");
    daemon.forget_requests();
    for arguments in [&["up"] as &[&str], &["down"], &["stop"], &["up", "--remove-orphans"]] {
        let ran = wire.ran(&wire.command(arguments).output().unwrap());
        assert_eq!(ran.code, Some(7), "{ran:?}");
        assert!(
            ran.stderr.contains("the container `keep-me` is `monitoring-prometheus` of this stack"),
            "{ran:?}"
        );
        assert!(ran.stderr.contains("docker rename keep-me monitoring-prometheus"), "{ran:?}");
    }
    assert_eq!(mutations(&daemon), [""; 0]);
    rename("keep-me", "monitoring-prometheus");
    wire.run(["up"]).ok();
}

#[test]
fn down_names_strangers_in_the_network_before_anything_is_removed() {
    let daemon = daemon();
    let wire = Wire::new(&daemon).stack(PROMETHEUS_ONLY);
    wire.run(["up"]).ok();
    let body = json!({"Image": image("prometheus"), "HostConfig": {"NetworkMode": "monitoring"}});
    let id = stranger(&daemon, "shop", &body);
    daemon.forget_requests();
    let ran = wire.run(["down"]);
    assert_eq!(ran.code, Some(7), "{ran:?}");
    assert!(ran.stderr.contains(&format!("`shop` ({})", &id[..12])), "{ran:?}");
    assert!(ran.stderr.contains("docker network disconnect monitoring shop"), "{ran:?}");
    assert_eq!(mutations(&daemon), [""; 0]);
}

#[test]
fn a_down_that_ends_halfway_says_what_is_done_and_that_it_is_incomplete() {
    let daemon = daemon();
    let wire = Wire::new(&daemon).stack(PROMETHEUS_ONLY);
    wire.run(["up"]).ok();
    let used = "error while removing network: network monitoring has active endpoints";
    daemon.on(Method::Delete, "/networks/*", 1).refuse(403, used);
    let ran = wire.run(["down"]);
    assert_eq!(ran.code, Some(5), "{ran:?}");
    assert!(ran.stderr.contains("changed: container prometheus: remove"), "{ran:?}");
    assert!(ran.stderr.contains("rerun `stackctl down"), "{ran:?}");
    assert!(!ran.stderr.contains("`stackctl up`"), "{ran:?}");
    wire.run(["down"]).ok();
}

#[test]
fn a_stranger_on_a_data_volume_is_named_before_two_write_to_it() {
    let daemon = daemon();
    let wire = Wire::new(&daemon).stack(PROMETHEUS_ONLY);
    wire.run(["up"]).ok();
    let mount = |read_only: bool| {
        let mount = json!({
            "Type": "volume", "Source": "monitoring-prometheus-data", "Target": "/x", "ReadOnly": read_only,
        });
        json!({"Image": image("prometheus"), "HostConfig": {"Mounts": [mount]}})
    };
    stranger(&daemon, "reader", &mount(true));
    wire.change(&format!("{PROMETHEUS_ONLY}{CHANGED}"));
    wire.run(["up"]).ok();
    stranger(&daemon, "writer", &mount(false));
    wire.change(PROMETHEUS_ONLY);
    let ran = wire.run(["up"]);
    assert_eq!(ran.code, Some(7), "{ran:?}");
    assert!(ran.stderr.contains("`writer`") && !ran.stderr.contains("`reader`"), "{ran:?}");
    assert!(ran.stderr.contains("`monitoring-prometheus-data`"), "{ran:?}");
    let ran = wire.run(["down", "--volumes", "--yes"]);
    assert_eq!(ran.code, Some(5), "{ran:?}");
    assert!(ran.stderr.contains("is still used by `reader`"), "{ran:?}");
}

#[test]
fn an_address_that_this_machine_does_not_have_is_named() {
    let daemon = daemon();
    let wire = Wire::new(&daemon).file("stack.yml", format!("bind: 192.0.2.7\n{PROMETHEUS_ONLY}"));
    let ran = wire.run(["up"]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert!(ran.stderr.contains("this machine has no address 192.0.2.7"), "{ran:?}");
    assert!(ran.stderr.contains("set `bind:` in stack.yml"), "{ran:?}");
}

#[test]
fn a_data_volume_of_another_user_is_named_with_the_command_that_gives_it_back() {
    let denied = "opening storage failed: open /prometheus/queries.active: permission denied";
    let program =
        Program::computed(move |run| match run.labels.get("io.stackctl.role").map(String::as_str) {
            Some("component") => {
                Program::exits_with(1).says(crate::support::daemon::LogStream::Stderr, denied)
            }
            _ => Program::exits_with(0),
        });
    let daemon = machine(&["prometheus"], &Grafana::new()).program(&image("prometheus"), program).start();
    let wire = Wire::new(&daemon).stack(PROMETHEUS_ONLY);
    let ran = wire.run(["up"]);
    assert_eq!(ran.code, Some(4), "{ran:?}");
    assert!(
        ran.stderr.contains("the volume `monitoring-prometheus-data` must belong to 65534:65534"),
        "{ran:?}"
    );
    assert!(ran.stderr.contains("chown -R 65534:65534 /data"), "{ran:?}");
}

#[test]
fn a_pipe_in_the_place_of_dockers_configuration_is_not_waited_for() {
    let daemon = daemon();
    let wire = Wire::new(&daemon).stack(PROMETHEUS_ONLY);
    std::fs::create_dir_all(wire.path("../.docker")).unwrap();
    let made =
        std::process::Command::new("mkfifo").arg(wire.path("../.docker/config.json")).status().unwrap();
    assert!(made.success());
    // Once without DOCKER_HOST, for the context, and once with a pull, for credentials.
    let mut command = wire.command(&["status"]);
    command.env_remove("DOCKER_HOST");
    for mut command in [command, wire.command(&["up", "--pull", "always"])] {
        let mut child = command.spawn().unwrap();
        super::fixture::until("the run has ended", || child.try_wait().unwrap().is_some());
    }
}
