//! The node exporter.

use crate::model::component::{
    Client, Component, Debian, HostMount, Image, Item, Kind as Place, Network, Publish, Ready, Reload,
    Scrape, SubPath,
};

/// CPU, memory, disks and network of the host.
pub const NODE: Component = Component {
    name: "node",
    title: "node exporter",
    summary: "metrics of the host: CPU, memory, disks, network",
    kind: Place::Exporter,
    default_on: true,
    image: Image {
        repository: "prom/node-exporter",
        tag: "v1.12.1",
        debian: Some(Debian {
            package: "prometheus-node-exporter",
            extra: &[],
            links: &[("/bin/node_exporter", "/usr/bin/prometheus-node-exporter")],
        }),
    },
    program: "/bin/node_exporter",
    args: &[
        Item::new("--path.procfs=/host/proc"),
        Item::new("--path.sysfs=/host/sys"),
        Item::new("--path.rootfs=/host/root"),
        Item::new("--path.udev.data=/host/root/run/udev/data"),
        // On the host's network: only where Prometheus reaches it, never on every interface.
        Item::new("--web.listen-address={gateway}:{port}"),
        Item::new("--web.listen-address={published}"),
        Item::new(
            "--collector.filesystem.mount-points-exclude=^/(dev|proc|run|sys|var/lib/(docker|containers|kubelet)/.+)($|/)",
        ),
        Item::new("--collector.netclass.ignored-devices=^(veth.*|br-.*|docker.*)$"),
        Item::new("--collector.netdev.device-exclude=^(veth.*|br-.*|docker.*)$"),
        // Debian's build has it on, and there is no message bus to ask.
        Item::new("--no-collector.systemd"),
        Item::new("--no-collector.wifi"),
        Item::new("--no-collector.hwmon"),
        Item::new("--no-collector.btrfs"),
    ],
    env: &[],
    files: &[],
    port: 9100,
    publish: Publish::Inside,
    reached_at: None,
    sub_path: SubPath::Never,
    more_ports: &[],
    login: false,
    any_origin: false,
    data: None,
    host_mounts: &[
        HostMount {
            source: "/proc",
            target: "/host/proc",
            follows_host: false,
            when: None,
            why: "processes, memory and network counters",
        },
        HostMount {
            source: "/sys",
            target: "/host/sys",
            follows_host: false,
            when: None,
            why: "devices and control groups",
        },
        HostMount {
            source: "/",
            target: "/host/root",
            follows_host: true,
            when: None,
            why: "free space of every mounted file system",
        },
    ],
    // Every user may write to the host's, which a read-only mount of the root does not prevent before Docker 25.
    tmpfs: &[("/host/root/dev/shm", 64 << 10)],
    network: Network::Host,
    // One cheap collector: the full set takes many times longer, and hangs while a mount of the host hangs.
    ready: Ready {
        path: "/metrics?collect%5B%5D=time",
        contains: Some("node_exporter_build_info"),
        within: 30,
    },
    client: Some(Client::Wget("/")),
    reload: Reload::Never,
    scrape: Some(Scrape::at("/metrics")),
    needs: &[],
    user: (65534, 65534),
    root_because: None,
    capabilities: &[],
    memory: 128 << 20,
    pids: 64,
    stop_timeout: 15,
    settings: &[],
    judges: &[],
    rules: Some("node"),
    dashboards: &["host"],
    purpose: "metrics of the host",
    notes: &[
        "runs on the host's network, or its network counters would be those of a container; listens only on the stack's gateway address",
        "sees the host's root read-only; on engines before 25 that is not recursive, so a mount below it that every user may write to, such as `/run/lock`, stays writable; `/dev/shm` is hidden",
    ],
};
