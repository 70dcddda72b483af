//! cAdvisor.

use crate::model::component::{
    Component, FallbackLabel, HostMount, Image, Item, Kind as Place, Network, Publish, Ready, Reload, Scrape,
    SubPath,
};
use crate::model::shape::{Field, Kind};

/// CPU, memory and I/O of every container.
pub const CADVISOR: Component = Component {
    name: "cadvisor",
    title: "cAdvisor",
    summary: "metrics of every container",
    kind: Place::Exporter,
    default_on: false,
    // The image moved with 0.53; before 0.54 it loses all containers on Docker 29.
    image: Image { repository: "ghcr.io/google/cadvisor", tag: "0.60.5", debian: None },
    program: "/usr/bin/cadvisor",
    args: &[
        Item::new("--logtostderr"),
        Item::new("--port={port}"),
        Item::new("--docker_only=true"),
        // Without the socket a container is only a control group: of the driver `systemd` or `cgroupfs`.
        Item::new("--raw_cgroup_prefix_whitelist=/system.slice/docker-,/docker/").unless("docker_socket"),
        // Its default turns labels and environment of every container, secrets included, into series.
        Item::new("--store_container_labels=false"),
        Item::new("--housekeeping_interval={housekeeping_interval}"),
        Item::new(
            "--disable_metrics=advtcp,cpu_topology,cpuset,hugetlb,memory_numa,percpu,process,referenced_memory,resctrl,sched,tcp,udp",
        ),
    ],
    env: &[],
    files: &[],
    port: 8080,
    publish: Publish::Inside,
    reached_at: None,
    sub_path: SubPath::Never,
    more_ports: &[],
    login: false,
    any_origin: false,
    data: None,
    host_mounts: &[
        HostMount { source: "/", target: "/rootfs", follows_host: false, when: None, why: "file systems of containers" },
        HostMount {
            source: "/var/run",
            target: "/var/run",
            follows_host: false,
            when: Some("docker_socket"),
            why: "names of containers, from the engine's socket: whoever takes over cAdvisor takes over the engine",
        },
        HostMount { source: "/sys", target: "/sys", follows_host: false, when: None, why: "control groups" },
        HostMount {
            source: "/var/lib/docker",
            target: "/var/lib/docker",
            follows_host: false, when: None,
            why: "layers and logs of containers",
        },
    ],
    // The host's root brings its sockets with it.
    tmpfs: &[("/rootfs/run", 64 << 10)],
    network: Network::Stack,
    ready: Ready { path: "/healthz", contains: None, within: 60 },
    // The image brings a health check.
    client: None,
    reload: Reload::Never,
    scrape: Some(Scrape::at("/metrics").or_label(FallbackLabel {
        label: "name",
        source: "id",
        // The short id, as `docker ps` shows it.
        regex: r"/(?:.+/)?(?:docker-)?([0-9a-f]{12})[0-9a-f]{52}(?:\.scope)?",
    })),
    needs: &[],
    user: (0, 0),
    root_because: Some("control groups and layers of other containers belong to root"),
    capabilities: &[],
    memory: 512 << 20,
    pids: 128,
    stop_timeout: 15,
    settings: &[
        Field::new("housekeeping_interval", Kind::Duration, "time between readings of a container").or("15s"),
        Field::new(
            "docker_socket",
            Kind::Bool,
            "read names, images and network of containers from Docker's socket, which is control over the host",
        )
        .or("false"),
    ],
    judges: &[],
    rules: Some("cadvisor"),
    dashboards: &["containers"],
    purpose: "metrics of containers",
    notes: &[
        "opt-in: it runs as root and reads the host's root and Docker's data directory",
        "without `docker_socket: true` containers have their short id as name, and no image and no network metrics",
        "collides with other services on 8080 when published there",
    ],
};
