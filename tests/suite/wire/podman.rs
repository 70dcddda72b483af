//! Podman's service behind the API of Docker.

use super::fixture::{PROMETHEUS_ONLY, Wire, image, machine};
use crate::support::daemon::FakeDaemon;
use crate::support::programs::Grafana;

fn podman() -> FakeDaemon {
    machine(&["prometheus"], &Grafana::new()).podman("5.4.2").start()
}

#[test]
fn podman_is_recognised_and_gets_no_advice_for_docker() {
    let daemon = podman();
    let wire = Wire::new(&daemon).stack(PROMETHEUS_ONLY);
    let report = wire.run(["--format", "json", "doctor"]).json();
    let findings = report["findings"].as_array().unwrap_or_else(|| panic!("{report:#}"));
    let of = |name: &str| {
        findings.iter().find(|f| f["name"] == name).unwrap_or_else(|| panic!("{name}: {report:#}"))
    };
    let detail = of("docker")["detail"].as_str().unwrap().to_owned();
    assert!(detail.starts_with("Podman 5.4.2, API 1.41, linux/amd64"), "{detail}");
    // Podman 5 is not Docker 5, which would lack what came with Docker 28.
    assert_eq!(of("loopback ports")["severity"], "ok", "{report:#}");
    assert_eq!(of("podman api")["severity"], "note");
    assert!(of("restart")["fix"].as_str().unwrap().contains("podman-restart.service"));
    for finding in findings {
        let fix = finding["fix"].as_str().unwrap_or_default();
        for word in ["upgrade to Docker", "daemon.json", "`docker ", "journalctl -u docker"] {
            assert!(!fix.contains(word), "{word}: {finding:#}");
        }
    }
}

#[test]
fn a_stack_comes_up_on_podman() {
    let daemon = podman();
    let wire = Wire::new(&daemon).stack(PROMETHEUS_ONLY);
    wire.run(["up"]).ok();
    assert_eq!(daemon.container("monitoring-prometheus").image, image("prometheus"));
    // What runs holds its ports rightly.
    let report = wire.run(["--format", "json", "doctor"]).json();
    let port = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .find(|f| f["name"].as_str().unwrap().starts_with("port "));
    assert_eq!(port.unwrap()["severity"], "ok", "{report:#}");
}

#[test]
fn the_missing_socket_of_podman_is_started_with_podman() {
    let daemon = podman();
    let wire = Wire::new(&daemon).stack(PROMETHEUS_ONLY);
    let host = "unix:///nowhere/podman/podman.sock";
    let ran = wire.run(["--host", host, "up"]);
    assert_eq!(ran.code, Some(3));
    assert!(
        ran.stderr.contains(&format!("error: cannot reach Podman at {host}: there is no such socket")),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("systemctl --user enable --now podman.socket"), "{}", ran.stderr);
    assert!(!ran.stderr.to_lowercase().contains("docker"), "{}", ran.stderr);
}
