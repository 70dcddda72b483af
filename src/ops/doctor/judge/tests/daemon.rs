//! The daemon: absent, unusable, old, or set up badly.

use super::{Remedy, answering, daemon_of, facts, info, machine, remedies, stack, wrong};
use crate::engine::{DaemonInfo, EngineError, HostError, Isolation, Unreachable};
use crate::ops::doctor::facts::{Docker, Facts, Machine};
use crate::workdir::machine::{DaemonProcess, Release};

fn unusable(error: EngineError, ours_to_start: bool, machine: Machine) -> Facts {
    let docker = Docker::Unusable { because: "default socket".into(), error, ours_to_start, local: true };
    Facts { docker, machine, stack: None }
}

fn unreachable(reason: Unreachable) -> EngineError {
    EngineError::Unreachable { host: "unix:///var/run/docker.sock".into(), reason }
}

fn absent(machine: Machine) -> Facts {
    unusable(unreachable(Unreachable::NoSocket), true, machine)
}

const ABSENT: &str = "error docker: cannot reach the Docker daemon at unix:///var/run/docker.sock: there is no such socket; it was chosen by default socket";

#[test]
fn a_daemon_that_is_not_installed_is_installed_on_debian_by_root_only() {
    let bare = Machine { programs: vec!["apt-get", "mmdebstrap"], ..machine() };
    assert_eq!(
        wrong(&absent(bare.clone())),
        [format!(
            "{ABSENT} -> `apt-get update` and `apt-get install -y --no-install-recommends docker.io iptables ca-certificates` *"
        )]
    );
    assert_eq!(remedies(&absent(bare.clone())), [Remedy::InstallDocker]);
    let user = Machine { uid: 1000, ..bare.clone() };
    assert_eq!(
        wrong(&absent(user)),
        [format!(
            "{ABSENT} -> `sudo apt-get update` and `sudo apt-get install -y --no-install-recommends docker.io iptables ca-certificates`"
        )]
    );
    let release = Release { id: "fedora".into(), name: "Fedora Linux 41".into(), ..Release::default() };
    assert_eq!(
        wrong(&absent(Machine { release, ..bare.clone() })),
        [format!("{ABSENT} -> install Docker 20.10 or newer with the package manager of Fedora Linux 41")]
    );
    let derived = Release { id: "linuxmint".into(), like: vec!["ubuntu".into()], ..Release::default() };
    assert_eq!(remedies(&absent(Machine { release: derived, ..bare })), [Remedy::InstallDocker]);
}

#[test]
fn an_installed_daemon_is_started_the_way_the_machine_starts_things() {
    assert_eq!(wrong(&absent(machine())), [format!("{ABSENT} -> `systemctl enable --now docker` *")]);
    assert_eq!(remedies(&absent(machine())), [Remedy::StartDocker]);
    let by_hand = Machine { systemd: false, uid: 1000, ..machine() };
    assert_eq!(
        wrong(&absent(by_hand)),
        [format!("{ABSENT} -> keep `sudo dockerd` running; there is no systemd here to do it")]
    );
    let dead_socket = unusable(unreachable(Unreachable::NotListening), true, machine());
    assert_eq!(remedies(&dead_socket), [Remedy::StartDocker]);
    let stale = Machine { daemon_process: DaemonProcess::Stale, ..machine() };
    assert_eq!(remedies(&absent(stale)), [Remedy::StartDocker]);
}

#[test]
fn a_daemon_that_runs_is_never_touched() {
    let running = Machine { daemon_process: DaemonProcess::Running(812), ..machine() };
    assert_eq!(
        wrong(&absent(running)),
        [format!(
            "{ABSENT} -> dockerd runs (process 812) and does not listen there: it may still be starting, or `hosts` in /etc/docker/daemon.json says otherwise; look at its log"
        )]
    );
    for reason in [Unreachable::Silent, Unreachable::Permission, Unreachable::Tls, Unreachable::Failed] {
        assert_eq!(remedies(&unusable(unreachable(reason), true, machine())), []);
    }
    assert_eq!(remedies(&unusable(unreachable(Unreachable::NoSocket), false, machine())), []);
}

#[test]
fn whatever_is_in_the_way_has_its_own_next_step() {
    let fix = |error: EngineError| {
        let line = wrong(&unusable(error, false, machine())).remove(0);
        line.split_once(" -> ").unwrap().1.to_owned()
    };
    assert_eq!(
        fix(unreachable(Unreachable::NotListening)),
        "start the daemon at that address, or choose another (default socket chose this one)"
    );
    assert_eq!(
        fix(unreachable(Unreachable::Permission)),
        "add yourself to the `docker` group and log in again (its members are as powerful as root)"
    );
    assert_eq!(
        fix(unreachable(Unreachable::Silent)),
        "the daemon is busy or stuck: look at its log (`journalctl -u docker`); stackctl never restarts a running daemon"
    );
    assert_eq!(
        fix(unreachable(Unreachable::Tls)),
        "look at DOCKER_CERT_PATH: it must hold ca.pem, cert.pem and key.pem"
    );
    assert_eq!(
        fix(unreachable(Unreachable::Failed)),
        "look at the address and the network between (default socket chose this one)"
    );
    let old = EngineError::TooOld { host: "unix:///a".into(), api: "1.38".into() };
    assert_eq!(fix(old), "upgrade Docker to 20.10, or Podman to 4.0, or newer");
    let other = EngineError::Broken { doing: "ask".into(), message: "html".into() };
    assert_eq!(
        fix(other),
        "something else than Docker or Podman may answer there: check DOCKER_HOST and the Docker context"
    );
    let docker = Docker::NotChosen(HostError::NoContext { name: "build".into() });
    assert_eq!(
        wrong(&Facts { docker, machine: machine(), stack: None }),
        [
            "error docker: there is no Docker context `build`; `docker context ls` lists them -> choose another with --context or `docker context use`"
        ]
    );
}

#[test]
fn an_old_daemon_is_told_what_it_lacks() {
    let mut old = answering();
    old.daemon = daemon_of("20.10.24", "1.41");
    let mut seen = facts(old, machine(), stack());
    let lacks = "API 1.41: before 1.44 (Docker 25) a container joins further networks only after it is made, and read-only mounts of the host are not recursive";
    assert_eq!(
        wrong(&seen),
        [
            format!(
                "warning docker api: {lacks}; what is mounted below the host directories of `node` stays writable there -> upgrade to Docker 25 or newer"
            ),
            "warning loopback ports: Docker 20.10.24 lets hosts on the same LAN segment reach ports published on 127.0.0.1 -> upgrade to Docker 28 or newer; until then keep the daemon's machine off networks you do not trust".to_owned(),
        ]
    );
    let components = &mut seen.stack.as_mut().unwrap().components;
    components.retain(|component| component.name != "node");
    components[0].port = Some((Some([192, 0, 2, 1].into()), 9090));
    components[0].login = true;
    assert_eq!(wrong(&seen), [format!("note docker api: {lacks}")]);
}

fn with_info(change: impl FnOnce(&mut DaemonInfo)) -> Vec<String> {
    let mut changed = info();
    change(&mut changed);
    let mut answering = answering();
    answering.info = Ok(changed);
    wrong(&facts(answering, machine(), stack()))
}

#[test]
fn user_namespaces_and_the_hosts_network_do_not_go_together() {
    assert_eq!(
        with_info(|info| info.isolation = Isolation { user_namespace: true, seccomp: true, ..info.isolation }),
        [
            "error user namespaces: the daemon remaps users, and then refuses containers on the host's network: `node` -> leave them out of the stack, or use a daemon without `userns-remap`"
        ]
    );
    assert_eq!(
        with_info(|info| info.isolation.rootless = true),
        [
            "warning user namespaces: the daemon is rootless: `node` on the host's network see the network of its namespace, not the machine's -> use the machine's own daemon for them, or read their network counters with that in mind"
        ]
    );
}

#[test]
fn limits_that_the_daemon_cannot_set_stop_the_stack() {
    assert_eq!(
        with_info(|info| (info.cgroups.memory, info.cgroups.pids) = (false, false)),
        [
            "error limits: the daemon cannot limit memory and processes (cgroup 2, systemd), and stackctl makes no container without limits -> enable the memory and pids controllers of the kernel, on some boards with `cgroup_enable=memory` at boot"
        ]
    );
    assert_eq!(
        with_info(|info| info.cgroups.swap = false),
        [
            "warning limits: the daemon cannot limit swap (cgroup 2, systemd): beyond its memory limit a container swaps -> boot with `swapaccount=1`, or without swap"
        ]
    );
}

#[test]
fn the_daemons_own_settings_are_looked_at() {
    assert_eq!(
        with_info(|info| {
            info.isolation.seccomp = false;
            info.storage_driver = "vfs".into();
            info.live_restore = false;
            info.kind = "windows".into();
            info.warnings = vec![
                "WARNING: No swap limit support".into(),
                "WARNING: bridge-nf-call-iptables is disabled".into(),
            ];
        }),
        [
            "error platform: the daemon runs windows containers -> use a daemon for Linux containers",
            "warning sandbox: the daemon does not filter system calls (seccomp) -> use a kernel and a daemon with seccomp, and no `seccomp-profile: unconfined` in /etc/docker/daemon.json",
            "warning storage driver: the daemon keeps a whole copy of every layer (`vfs`): images take many times their size -> put Docker's directory on a file system that `overlay2` can use: ext4, or xfs with ftype=1",
            "note live restore: monitoring stops while the daemon restarts -> set `\"live-restore\": true` in /etc/docker/daemon.json and reload the daemon",
            "warning docker warning: bridge-nf-call-iptables is disabled",
        ]
    );
    assert_eq!(with_info(|info| (info.live_restore, info.swarm) = (false, true)), Vec::<String>::new());
}

#[test]
fn a_daemon_that_does_not_tell_about_itself_is_an_error_and_the_rest_is_looked_at() {
    let mut answering = answering();
    answering.info = Err("could not ask the daemon about itself: forbidden".into());
    answering.space = None;
    assert_eq!(
        wrong(&facts(answering, machine(), stack())),
        [
            "error docker info: could not ask the daemon about itself: forbidden -> look at the daemon's log; a proxy in front of the daemon must let `/info` through",
            "note disk of docker: `` cannot be seen from here (a virtual machine, or another mount namespace), so its room is not known",
        ]
    );
}

#[test]
fn clocks_may_differ_by_half_a_minute() {
    let at = |difference| {
        let mut answering = answering();
        answering.clock = Some(difference);
        wrong(&facts(answering, machine(), stack()))
    };
    assert_eq!(at(30), Vec::<String>::new());
    assert_eq!(
        at(31),
        [
            "warning clock: the daemon's clock is 31 s ahead of this machine's -> set both clocks by NTP, or times in graphs and logs mislead"
        ]
    );
    assert_eq!(
        at(-3600),
        [
            "warning clock: the daemon's clock is 3600 s behind this machine's -> set both clocks by NTP, or times in graphs and logs mislead"
        ]
    );
}

#[test]
fn a_question_that_the_daemon_does_not_answer_is_an_error() {
    let mut answering = answering();
    answering.stack = None;
    answering.unanswered = vec!["could not list containers: forbidden".into()];
    assert_eq!(
        wrong(&facts(answering, machine(), stack())),
        [
            "error docker answers: could not list containers: forbidden -> look at the daemon's log; a proxy in front of the daemon must let lists through"
        ]
    );
}
