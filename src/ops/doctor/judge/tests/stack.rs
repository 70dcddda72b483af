//! Ports and images.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::{Remedy, answering, facts, findings, line, machine, remedies, stack, wrong};
use crate::engine::HostPort;
use crate::ops::doctor::facts::{Answering, DebianArchive, Facts, Machine, Seen, StackFacts};
use crate::ops::doctor::judge::registry;
use crate::workdir::machine::{Listener, Process};

fn listener(ip: &str, port: u16, process: Option<(u32, &str)>) -> Listener {
    let process = process.map(|(pid, name)| Process { pid, name: name.into() });
    Listener { ip: ip.parse().unwrap(), port, uid: 33, process }
}

fn listening(listeners: Vec<Listener>) -> Facts {
    facts(answering(), machine(), StackFacts { listeners, ..stack() })
}

fn held(ip: &str, port: u16, container: &str, stack: Option<&str>) -> HostPort {
    let ip: IpAddr = ip.parse().unwrap();
    HostPort { ip, port, container: container.into(), stack: stack.map(str::to_owned) }
}

fn publishing(ports: Vec<HostPort>) -> Facts {
    // docker-proxy listens for the container.
    let listeners = ports.iter().map(|p| listener(&p.ip.to_string(), p.port, Some((9, "docker-proxy"))));
    let stack = StackFacts { listeners: listeners.collect(), ..stack() };
    facts(Answering { ports, ..answering() }, machine(), stack)
}

#[test]
fn whoever_listens_on_a_port_is_named() {
    let seen = listening(vec![listener("0.0.0.0", 9090, Some((812, "nginx")))]);
    assert_eq!(
        wrong(&seen),
        [
            "error port 127.0.0.1:9090: `prometheus` needs it, and `nginx` (process 812) listens on 0.0.0.0:9090 -> stop `nginx`, or choose another with `port:` in stack.yml"
        ]
    );
    let seen = listening(vec![listener("::", 9100, None)]);
    assert_eq!(
        wrong(&seen),
        [
            "error port 9100: `node` needs it, and a process of uid 33 listens on [::]:9100 -> run `stackctl doctor` as root to see which process it is, or choose another with `port:` in stack.yml"
        ]
    );
}

#[test]
fn another_address_is_no_conflict() {
    for other in
        [listener("127.0.0.2", 9090, None), listener("::1", 9090, None), listener("127.0.0.1", 9100, None)]
    {
        assert_eq!(wrong(&listening(vec![other.clone()])), Vec::<String>::new(), "{other:?}");
    }
}

#[test]
fn a_port_of_a_container_is_ours_or_somebody_elses() {
    let ours = publishing(vec![held("127.0.0.1", 9090, "monitoring-prometheus", Some("monitoring"))]);
    let lines: Vec<String> = findings(&ours).iter().map(line).collect();
    let port = lines.iter().find(|line| line.starts_with("ok port 127")).unwrap();
    assert_eq!(port, "ok port 127.0.0.1:9090: held by this stack's `monitoring-prometheus`");
    assert_eq!(
        wrong(&publishing(vec![held("0.0.0.0", 9090, "web", None)])),
        [
            "error port 127.0.0.1:9090: `prometheus` needs it, and the container `web` holds it -> `docker stop web`, or choose another with `port:` in stack.yml"
        ]
    );
    assert_eq!(
        wrong(&publishing(vec![held("127.0.0.1", 9090, "demo-prometheus", Some("demo"))])),
        [
            "error port 127.0.0.1:9090: `prometheus` needs it, and the container `demo-prometheus` of the stack `demo` holds it -> `docker stop demo-prometheus`, or choose another with `port:` in stack.yml"
        ]
    );
}

#[test]
fn a_component_on_the_hosts_network_listens_itself() {
    let mut seen = listening(vec![listener("0.0.0.0", 9100, Some((9, "node_exporter")))]);
    assert_eq!(wrong(&seen).len(), 1);
    if let crate::ops::doctor::facts::Docker::Answers(answering) = &mut seen.docker {
        answering.stack.as_mut().unwrap().running.push("node".into());
    }
    assert_eq!(wrong(&seen), Vec::<String>::new());
}

#[test]
fn an_address_that_the_machine_does_not_have_is_an_error_here_and_unknown_elsewhere() {
    let stack = || StackFacts {
        missing_addresses: vec![[127, 0, 0, 1].into()],
        listeners: vec![listener("0.0.0.0", 9090, None)],
        ..stack()
    };
    assert_eq!(
        wrong(&facts(answering(), machine(), stack())),
        [
            "error port 127.0.0.1:9090: `prometheus` is to listen on 127.0.0.1, and this machine has no such address -> correct `bind:` in stack.yml"
        ]
    );
    let remote = Answering { local: false, ..answering() };
    assert_eq!(wrong(&facts(remote, machine(), stack())), Vec::<String>::new());
}

#[test]
fn without_a_daemon_the_ports_are_looked_at_all_the_same() {
    let mut seen = listening(vec![listener("127.0.0.1", 9090, Some((812, "nginx")))]);
    let error = crate::engine::EngineError::TooOld { host: "unix:///a".into(), api: "1.38".into() };
    let because = "default socket".into();
    seen.docker =
        crate::ops::doctor::facts::Docker::Unusable { because, error, ours_to_start: true, local: true };
    assert_eq!(
        wrong(&seen),
        [
            "error docker: the Docker daemon at unix:///a speaks API 1.38; stackctl needs 1.41 (Docker 20.10) or newer; it was chosen by default socket -> upgrade Docker to 20.10, or Podman to 4.0, or newer",
            "error port 127.0.0.1:9090: `prometheus` needs it, and `nginx` (process 812) listens on 127.0.0.1:9090 -> stop `nginx`, or choose another with `port:` in stack.yml"
        ]
    );
}

/// No image is there; these registries answer or say why not.
fn without_images(registries: &[(&str, Option<&str>)], machine: Machine) -> Facts {
    let said = registries.iter().map(|(name, error)| ((*name).to_owned(), error.map(str::to_owned)));
    let seen = Seen { registries: said.collect::<BTreeMap<_, _>>(), ..Seen::default() };
    facts(Answering { stack: Some(seen), ..answering() }, machine, stack())
}

const SILENT: [(&str, Option<&str>); 2] = [("docker.io", Some("no such host")), ("quay.io", None)];

#[test]
fn each_image_has_a_source() {
    let up = "`stackctl up` brings them, `stackctl images pull` before that";
    let mirror = "name a mirror with `images.registry` in stack.yml, or give the daemon a proxy";
    assert_eq!(
        wrong(&without_images(&SILENT, machine())),
        [
            format!("note registries: not answering: docker.io (no such host) -> {mirror}"),
            format!(
                "note images: 0 of 2 are there; a registry has `node`; the Debian archive has `prometheus` -> {up}"
            ),
        ]
    );
    assert_eq!(
        wrong(&without_images(&[("docker.io", None), ("quay.io", None)], machine())),
        [format!("note images: 0 of 2 are there; a registry has `prometheus` and `node` -> {up}")]
    );
}

#[test]
fn an_image_without_a_source_is_a_warning_and_so_is_the_lack_of_an_archive() {
    let reason = "no Debian archive is configured below `/etc/apt`";
    let none = Machine { archive: DebianArchive::None(reason.into()), ..machine() };
    let advice = "add a `.sources` file with the main archive of a Debian release below /etc/apt/sources.list.d, or use a registry";
    let lines = wrong(&without_images(&SILENT, none.clone()));
    assert_eq!(
        lines[1..],
        [
            "warning images: 0 of 2 are there; a registry has `node`; nothing here has `prometheus` -> `stackctl images save` where they are and `stackctl images load` here, or a mirror with `images.registry` in stack.yml".to_owned(),
            format!("warning image builder: {reason} -> {advice}"),
        ]
    );
    assert_eq!(
        wrong(&facts(answering(), none, stack())),
        [format!("note image builder: {reason} -> {advice}")]
    );
}

#[test]
fn the_image_builder_is_installed_only_when_it_is_needed() {
    let archive = DebianArchive::NoKeyring { keyring: "/k.gpg".into() };
    let bare = Machine { archive, programs: vec!["dockerd", "apt-get"], ..machine() };
    let builder = "image builder: images cannot be built from the Debian archive without the program `mmdebstrap` and the keys `/k.gpg` -> `apt-get update` and `apt-get install -y --no-install-recommends mmdebstrap debian-archive-keyring`";
    assert_eq!(wrong(&facts(answering(), bare.clone(), stack())), [format!("note {builder}")]);
    let needed = without_images(&SILENT, bare);
    assert_eq!(wrong(&needed).last().unwrap(), &format!("warning {builder} *"));
    assert_eq!(remedies(&needed), [Remedy::Install(vec!["mmdebstrap", "debian-archive-keyring"])]);
}

#[test]
fn the_registry_is_the_first_part_of_an_image_when_it_looks_like_a_host() {
    let names = ["prom/prometheus:v3", "grafana:1", "quay.io/a/b:1", "localhost/a:1", "127.0.0.1:5000/a"];
    assert_eq!(names.map(registry), ["docker.io", "docker.io", "quay.io", "localhost", "127.0.0.1:5000"]);
}

#[test]
fn components_that_strangers_reach_are_warned_about() {
    let seen = |ip: &str, login: bool, any_origin: bool| {
        let mut stack = stack();
        stack.components[0].port = Some((Some(ip.parse().unwrap()), 9090));
        (stack.components[0].login, stack.components[0].any_origin) = (login, any_origin);
        wrong(&facts(answering(), machine(), stack))
    };
    let open = "warning logins: published beyond this machine without a login: `prometheus` -> set `bind: 127.0.0.1` in stack.yml and reach them through SSH or a proxy that has a login";
    let browser = "warning browsers: `prometheus` carries out requests of any web page that a browser with access to its port opens, such as new silences -> reach it with a browser through a proxy that has a login, or with a profile that opens nothing else";
    assert_eq!(seen("0.0.0.0", false, false), [open]);
    assert_eq!(seen("::", false, true), [open, browser]);
    assert_eq!(seen("127.0.0.1", false, true), [browser]);
    assert_eq!(seen("0.0.0.0", true, true), Vec::<String>::new());
    assert_eq!(seen("127.0.0.1", false, false), Vec::<String>::new());
}
