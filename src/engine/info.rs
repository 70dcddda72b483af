//! What a daemon says about itself and its machine: the facts behind `doctor`.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use bollard::models::{PortSummaryTypeEnum, SystemInfo};
use bollard::query_parameters::ListContainersOptionsBuilder;

use super::{Engine, EngineError};
use crate::kernel::{labels, text};

/// How long a registry may take to answer the daemon.
const REGISTRY: Duration = Duration::from_secs(10);

/// A daemon and the machine it runs on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DaemonInfo {
    /// Processors.
    pub processors: u64,
    /// Memory in bytes.
    pub memory: u64,
    /// How containers are limited.
    pub cgroups: ControlGroups,
    /// How layers are kept: `overlay2`.
    pub storage_driver: String,
    /// Directory of images, containers and volumes, on the daemon's machine.
    pub root: String,
    /// What keeps containers apart from the machine.
    pub isolation: Isolation,
    /// Containers survive a restart of the daemon.
    pub live_restore: bool,
    /// Part of a swarm, where `live_restore` cannot be.
    pub swarm: bool,
    /// Where containers log to unless they say otherwise.
    pub logging_driver: String,
    /// The daemon's clock, RFC 3339.
    pub time: String,
    /// `Debian GNU/Linux 12 (bookworm)`
    pub operating_system: String,
    /// `linux` or `windows`.
    pub kind: String,
    /// `x86_64`
    pub architecture: String,
    /// `6.1.0-18-amd64`
    pub kernel: String,
    /// What the daemon itself finds worth a warning.
    pub warnings: Vec<String>,
}

/// How containers are limited. On cgroup 1, rootless daemons cannot limit at all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ControlGroups {
    /// `1` or `2`.
    pub version: String,
    /// `systemd` or `cgroupfs`.
    pub driver: String,
    /// Memory can be limited.
    pub memory: bool,
    /// Memory and swap together can be limited.
    pub swap: bool,
    /// Processes and threads can be limited.
    pub pids: bool,
}

/// What keeps containers apart from the machine.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "one per mechanism, as the daemon lists them")]
pub struct Isolation {
    /// The daemon runs without root.
    pub rootless: bool,
    /// Root in a container is another user outside.
    pub user_namespace: bool,
    /// System calls are filtered.
    pub seccomp: bool,
    /// `AppArmor` profiles apply.
    pub apparmor: bool,
    /// `SELinux` labels apply.
    pub selinux: bool,
}

/// A port on the host that a running container holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostPort {
    /// Address on the host; unspecified: all of them.
    pub ip: IpAddr,
    /// Port on the host.
    pub port: u16,
    /// Name of the container.
    pub container: String,
    /// Stack the container belongs to.
    pub stack: Option<String>,
}

impl Engine {
    /// Asks the daemon about itself.
    pub async fn info(&self) -> Result<DaemonInfo, EngineError> {
        let info = self.docker.info().await;
        Ok(facts(info.map_err(|error| self.error(error, "ask the daemon about itself"))?))
    }

    /// The TCP ports of the host that running containers hold, sorted by port.
    pub async fn host_ports(&self) -> Result<Vec<HostPort>, EngineError> {
        let options = ListContainersOptionsBuilder::new().build();
        let listed = self.docker.list_containers(Some(options)).await;
        let listed = listed.map_err(|error| self.error(error, "list containers"))?;
        let mut found = Vec::new();
        for container in listed {
            let name = container.names.as_deref().unwrap_or_default().first().map_or("", String::as_str);
            let stack = container.labels.as_ref().and_then(|all| all.get(labels::STACK));
            for port in container.ports.iter().flatten() {
                let tcp = port.typ == Some(PortSummaryTypeEnum::TCP);
                // Podman leaves the address out when the port is on all of them.
                let ip = match port.ip.as_deref() {
                    None | Some("") => Some(IpAddr::V4(Ipv4Addr::UNSPECIFIED)),
                    Some(ip) => ip.parse().ok(),
                };
                if let (Some(ip), Some(number), true) = (ip, port.public_port, tcp) {
                    let container = name.trim_start_matches('/').to_owned();
                    found.push(HostPort { ip, port: number, container, stack: stack.cloned() });
                }
            }
        }
        found.sort_by(|a, b| (a.port, a.ip, &a.container).cmp(&(b.port, b.ip, &b.container)));
        Ok(found)
    }

    /// Asks the registry of an image for it, through the daemon, without a download. Any answer will do, also
    /// a refusal: it says that the registry is there. The error is the daemon's.
    pub async fn ask_registry(&self, reference: &str) -> Result<(), EngineError> {
        let doing = format!("ask the registry of `{reference}`");
        let credentials = super::images::credentials(reference);
        let asked = self.docker.inspect_registry_image(reference, credentials);
        match tokio::time::timeout(REGISTRY, asked).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => match self.error(error, doing) {
                EngineError::Refused { status: 400..=499, .. } => Ok(()),
                error => Err(error),
            },
            Err(_) => Err(EngineError::Timeout { doing, seconds: REGISTRY.as_secs() }),
        }
    }
}

fn facts(info: SystemInfo) -> DaemonInfo {
    let number = |n: Option<i64>| n.and_then(|n| u64::try_from(n).ok()).unwrap_or(0);
    let words = |text: Option<String>| text::printable(&text.unwrap_or_default());
    let active = |swarm: bollard::models::SwarmInfo| {
        swarm.local_node_state.is_some_and(|state| !matches!(state.to_string().as_str(), "" | "inactive"))
    };
    DaemonInfo {
        processors: number(info.ncpu),
        memory: number(info.mem_total),
        cgroups: ControlGroups {
            version: info.cgroup_version.map(|version| version.to_string()).unwrap_or_default(),
            driver: info.cgroup_driver.map(|driver| driver.to_string()).unwrap_or_default(),
            memory: info.memory_limit.unwrap_or(false),
            swap: info.swap_limit.unwrap_or(false),
            pids: info.pids_limit.unwrap_or(false),
        },
        storage_driver: words(info.driver),
        root: info.docker_root_dir.unwrap_or_default(),
        isolation: isolation(&info.security_options.unwrap_or_default()),
        live_restore: info.live_restore_enabled.unwrap_or(false),
        swarm: info.swarm.is_some_and(active),
        logging_driver: words(info.logging_driver),
        time: info.system_time.unwrap_or_default(),
        operating_system: words(info.operating_system),
        kind: words(info.os_type),
        architecture: words(info.architecture),
        kernel: words(info.kernel_version),
        warnings: info.warnings.unwrap_or_default().iter().map(|line| text::printable(line)).collect(),
    }
}

/// `name=seccomp,profile=default` means that seccomp is there.
fn isolation(options: &[String]) -> Isolation {
    let has = |name: &str| {
        options.iter().any(|option| option.split(',').any(|part| part.strip_prefix("name=") == Some(name)))
    };
    Isolation {
        rootless: has("rootless"),
        user_namespace: has("userns"),
        seccomp: has("seccomp"),
        apparmor: has("apparmor"),
        selinux: has("selinux"),
    }
}

#[cfg(test)]
mod tests {
    use super::{ControlGroups, DaemonInfo, Isolation, facts};

    #[test]
    fn the_answer_of_a_daemon_becomes_facts() {
        let recorded = r#"{
            "NCPU": 2, "MemTotal": 25274056704, "CgroupVersion": "1", "CgroupDriver": "cgroupfs",
            "MemoryLimit": true, "SwapLimit": true, "PidsLimit": true, "Driver": "overlay2",
            "DockerRootDir": "/var/lib/docker", "LiveRestoreEnabled": false, "LoggingDriver": "json-file",
            "SecurityOptions": ["name=seccomp,profile=default"], "Swarm": {"LocalNodeState": "inactive"},
            "SystemTime": "2026-11-21T00:56:59.51654984Z", "OSType": "linux", "Architecture": "x86_64",
            "OperatingSystem": "Debian GNU/Linux 12 (bookworm)", "KernelVersion": "6.18.44",
            "Warnings": null
        }"#;
        let expected = DaemonInfo {
            processors: 2,
            memory: 25_274_056_704,
            cgroups: ControlGroups {
                version: "1".into(),
                driver: "cgroupfs".into(),
                memory: true,
                swap: true,
                pids: true,
            },
            storage_driver: "overlay2".into(),
            root: "/var/lib/docker".into(),
            isolation: Isolation { seccomp: true, ..Isolation::default() },
            live_restore: false,
            swarm: false,
            logging_driver: "json-file".into(),
            time: "2026-11-21T00:56:59.51654984Z".into(),
            operating_system: "Debian GNU/Linux 12 (bookworm)".into(),
            kind: "linux".into(),
            architecture: "x86_64".into(),
            kernel: "6.18.44".into(),
            warnings: Vec::new(),
        };
        assert_eq!(facts(serde_json::from_str(recorded).unwrap()), expected);
    }

    #[test]
    fn a_daemon_that_says_nothing_has_nothing() {
        assert_eq!(facts(serde_json::from_str("{}").unwrap()), DaemonInfo::default());
    }

    #[test]
    fn a_rootless_daemon_in_a_swarm_is_recognised() {
        let recorded = r#"{"SecurityOptions": ["name=seccomp,profile=builtin", "name=rootless", "name=cgroupns"],
                           "Swarm": {"LocalNodeState": "active"}}"#;
        let seen = facts(serde_json::from_str(recorded).unwrap());
        let expected = Isolation { rootless: true, seccomp: true, ..Isolation::default() };
        assert_eq!((seen.isolation, seen.swarm), (expected, true));
    }
}
