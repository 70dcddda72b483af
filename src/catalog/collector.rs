//! Fluent Bit as the collector of container logs.

use crate::model::component::{
    Component, Content, File, HostMount, Image, Item, Judge, Kind as Place, Network, OnChange, Publish,
    Ready, Reload, Scrape, SubPath,
};

/// Sends the logs of every container to Loki.
///
/// Fluent Bit, because it learns the names of containers from the files of the engine: Alloy and Vector ask the
/// engine's socket for them, and Promtail is no longer kept.
pub const COLLECTOR: Component = Component {
    name: "collector",
    title: "Fluent Bit",
    summary: "sends the logs of every container to Loki",
    kind: Place::Logs,
    default_on: false,
    image: Image { repository: "fluent/fluent-bit", tag: "5.1.2", debian: None },
    program: "/fluent-bit/bin/fluent-bit",
    args: &[Item::new("-c"), Item::new("{config}/fluent-bit.yaml")],
    env: &[],
    files: &[
        File { path: "fluent-bit.yaml", content: Content::Template, on_change: OnChange::Restart },
        File { path: "labels.lua", content: Content::Template, on_change: OnChange::Restart },
    ],
    port: 2020,
    publish: Publish::Inside,
    reached_at: None,
    sub_path: SubPath::Never,
    more_ports: &[],
    login: false,
    any_origin: false,
    data: Some("/var/lib/fluent-bit"),
    host_mounts: &[HostMount {
        source: "/var/lib/docker/containers",
        target: "/var/lib/docker/containers",
        follows_host: false,
        when: None,
        why: "logs of containers and, beside them, their names; the same files hold the environment of every container",
    }],
    tmpfs: &[],
    network: Network::Private,
    ready: Ready { path: "/api/v1/health", contains: Some("ok"), within: 30 },
    // The image has no shell and no client.
    client: None,
    reload: Reload::Never,
    scrape: Some(Scrape::at("/api/v2/metrics/prometheus")),
    needs: &["loki"],
    user: (0, 0),
    root_because: Some("the engine's log files belong to root"),
    capabilities: &[],
    memory: 128 << 20,
    pids: 64,
    stop_timeout: 15,
    settings: &[],
    judges: &[Judge {
        command: &["/fluent-bit/bin/fluent-bit", "--dry-run", "-c", "{config}/fluent-bit.yaml"],
        since: None,
    }],
    rules: Some("collector"),
    dashboards: &[],
    purpose: "collects logs of containers",
    notes: &[
        "reads the files of the `json-file` log driver below /var/lib/docker/containers, without the engine's socket; containers with another driver, and engines with another data directory, are not collected",
        "labels: container, stream, level, and logger where a line is JSON; the line itself is kept as it was",
        "leaves out its own lines, which would otherwise feed themselves while Loki is away",
    ],
};
