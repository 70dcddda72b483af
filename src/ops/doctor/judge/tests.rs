//! Every decision, from facts made up here to exact words.

mod daemon;
mod files;
mod machine;
mod stack;

use std::path::{Path, PathBuf};

use super::super::facts::{
    Answering, ComponentFacts, DebianArchive, Docker, Facts, Machine, SecretFacts, Seen, StackFacts,
};
use super::{Judged, Remedy, findings};
use crate::engine::{ControlGroups, Daemon, DaemonInfo, Isolation};
use crate::kernel::Version;
use crate::model::doctor::Severity;
use crate::workdir::Modes;
use crate::workdir::machine::{DaemonProcess, Release, Space};

/// A machine on which everything is as it should be.
fn machine() -> Machine {
    Machine {
        release: Release {
            id: "debian".into(),
            like: Vec::new(),
            version: "12".into(),
            name: "Debian GNU/Linux 12 (bookworm)".into(),
        },
        systemd: true,
        uid: 0,
        capabilities: Some(u64::MAX),
        selinux_enforcing: false,
        root_is_shared: Some(true),
        programs: vec!["dockerd", "apt-get", "mmdebstrap"],
        daemon_process: DaemonProcess::None,
        archive: DebianArchive::Ready { found_in: "/etc/apt/sources.list".into() },
        state_space: Some(space("/root/.local/state", 20 << 30)),
        state: Ok(Vec::new()),
        other_run: None,
    }
}

fn space(directory: &str, free: u64) -> Space {
    Space { directory: directory.into(), free, size: 50 << 30, free_inodes: Some(3_000_000) }
}

fn info() -> DaemonInfo {
    DaemonInfo {
        processors: 4,
        memory: 16 << 30,
        cgroups: ControlGroups {
            version: "2".into(),
            driver: "systemd".into(),
            memory: true,
            swap: true,
            pids: true,
        },
        storage_driver: "overlay2".into(),
        root: "/var/lib/docker".into(),
        isolation: Isolation { seccomp: true, apparmor: true, ..Isolation::default() },
        live_restore: true,
        logging_driver: "journald".into(),
        kind: "linux".into(),
        ..DaemonInfo::default()
    }
}

/// A daemon with which everything is as it should be.
fn answering() -> Answering {
    Answering {
        host: "unix:///var/run/docker.sock".into(),
        because: "default socket".into(),
        local: true,
        daemon: daemon_of("28.5.2", "1.51"),
        info: Ok(info()),
        clock: Some(0),
        space: Some(space("/var/lib/docker", 20 << 30)),
        ports: Vec::new(),
        stack: Some(Seen { images: vec!["prometheus".into(), "node".into()], ..Seen::default() }),
        unanswered: Vec::new(),
    }
}

fn daemon_of(version: &str, api: &str) -> Daemon {
    let product = crate::engine::Product::Docker;
    Daemon {
        product,
        version: version.into(),
        api: Version::parse(api).unwrap(),
        platform: "linux/amd64".into(),
    }
}

fn stack() -> StackFacts {
    let prometheus = ComponentFacts {
        name: "prometheus".into(),
        image: "prom/prometheus:v3.14.0".into(),
        package: Some("prometheus"),
        port: Some((Some([127, 0, 0, 1].into()), 9090)),
        login: false,
        any_origin: false,
        host_network: false,
        host_mounts: false,
        follows_host: false,
    };
    let node = ComponentFacts {
        name: "node".into(),
        image: "quay.io/prometheus/node-exporter:v1.11.1".into(),
        package: Some("prometheus-node-exporter"),
        port: Some((None, 9100)),
        login: false,
        any_origin: false,
        host_network: true,
        host_mounts: true,
        follows_host: true,
    };
    StackFacts { name: "monitoring".into(), components: vec![prometheus, node], ..StackFacts::default() }
}

fn facts(answering: Answering, machine: Machine, stack: StackFacts) -> Facts {
    Facts { docker: Docker::Answers(Box::new(answering)), machine, stack: Some(stack) }
}

/// `severity name: detail -> fix`, and an asterisk when `--fix` can do it.
fn line(judged: &Judged) -> String {
    let finding = &judged.finding;
    let severity = serde_json::to_value(finding.severity).unwrap();
    let fix = finding.fix.as_ref().map_or(String::new(), |fix| format!(" -> {fix}"));
    let star = if finding.fixable { " *" } else { "" };
    assert_eq!(finding.fixable, judged.remedy.is_some());
    format!("{} {}: {}{fix}{star}", severity.as_str().unwrap(), finding.name, finding.detail)
}

/// The lines of everything that is not fine.
fn wrong(facts: &Facts) -> Vec<String> {
    let judged = findings(facts);
    judged.iter().filter(|judged| judged.finding.severity != Severity::Ok).map(line).collect()
}

fn remedies(facts: &Facts) -> Vec<Remedy> {
    findings(facts).into_iter().filter_map(|judged| judged.remedy).collect()
}

fn modes(path: &str, uid: u32, mode: u32) -> Modes {
    Modes { path: path.into(), is_directory: Path::new(path).extension().is_none(), is_odd: false, uid, mode }
}

fn secret(path: &str, seen: Result<Option<Modes>, String>) -> SecretFacts {
    let is_path = crate::kernel::credentials::is_path(path);
    SecretFacts { setting: "a.password_file".into(), path: PathBuf::from(path), is_path, seen }
}

#[test]
fn on_a_good_machine_everything_is_fine_and_says_what_was_looked_at() {
    let good = facts(answering(), machine(), stack());
    let lines: Vec<String> = findings(&good).iter().map(line).collect();
    assert_eq!(
        lines,
        [
            "ok docker: Docker 28.5.2, API 1.51, linux/amd64, 4 processors, 16.0 GiB memory, at unix:///var/run/docker.sock, chosen by default socket",
            "ok docker api: API 1.51 has all that stackctl uses",
            "ok loopback ports: Docker 28.5.2 keeps ports published on 127.0.0.1 on this machine",
            "ok user namespaces: the daemon runs as root, and users in containers are those outside",
            "ok limits: memory, swap and processes can be limited (cgroup 2, systemd)",
            "ok sandbox: containers run under seccomp and AppArmor",
            "ok storage driver: `overlay2`",
            "ok log driver: containers of a stack log to `json-file`, at most 30 MB each; all others to `journald`",
            "ok live restore: containers go on while the daemon restarts",
            "ok clock: the daemon's clock agrees with this machine's",
            "ok disk of docker: 20.0 GiB of 50.0 GiB and 3000000 inodes free in `/var/lib/docker`",
            "ok system: Debian GNU/Linux 12 (bookworm) with systemd, uid 0",
            "ok selinux: SELinux is not enforcing",
            "ok mounts: the host's root is mounted shared",
            "ok disk of stackctl: 20.0 GiB of 50.0 GiB and 3000000 inodes free in `/root/.local/state`",
            "ok state directory: nothing is kept yet",
            "ok port 127.0.0.1:9090: free for `prometheus`",
            "ok port 9100: free for `node`",
            "ok leftovers: no run was interrupted",
            "ok images: every image is there",
            "ok image builder: `mmdebstrap` and the Debian archive in `/etc/apt/sources.list` can stand in for a registry",
        ]
    );
}
