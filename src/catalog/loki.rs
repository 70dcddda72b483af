//! Loki.

use crate::model::component::{
    Client, Component, Content, File, Image, Item, Judge, Kind as Place, Network, OnChange, Publish, Ready,
    Reload, Scrape, SubPath,
};
use crate::model::shape::{Field, Kind};

/// Keeps logs for Grafana.
pub const LOKI: Component = Component {
    name: "loki",
    title: "Loki",
    summary: "keeps logs for Grafana, the lighter choice",
    kind: Place::Logs,
    default_on: false,
    image: Image { repository: "grafana/loki", tag: "3.7.8", debian: None },
    program: "/usr/bin/loki",
    args: &[Item::new("-config.file={config}/loki.yml")],
    env: &[],
    files: &[File { path: "loki.yml", content: Content::Template, on_change: OnChange::Restart }],
    port: 3100,
    publish: Publish::Inside,
    reached_at: None,
    sub_path: SubPath::Never,
    more_ports: &[],
    login: false,
    any_origin: false,
    data: Some("/loki"),
    host_mounts: &[],
    tmpfs: &[("/tmp", 64 << 20)],
    network: Network::Private,
    // It waits 15 s after it has joined its own ring.
    ready: Ready { path: "/ready", contains: None, within: 90 },
    client: Some(Client::Tool { command: &["/usr/bin/loki", "-health"], since: Some("3.6.5") }),
    reload: Reload::Never,
    scrape: Some(Scrape::at("/metrics")),
    needs: &[],
    user: (10001, 10001),
    root_because: None,
    capabilities: &[],
    memory: 1 << 30,
    pids: 256,
    stop_timeout: 60,
    settings: &[Field::new("retention", Kind::Duration, "age at which logs are deleted").or("14d")],
    judges: &[Judge {
        command: &["/usr/bin/loki", "-verify-config", "-config.file={config}/loki.yml"],
        since: None,
    }],
    rules: Some("loki"),
    dashboards: &[],
    purpose: "keeps logs, for Grafana",
    notes: &[
        "runs without authentication: it stays on the stack's own network and joins none of `networks:`",
        "one process with its data on one volume; Grafana gets the data source `Loki` when both are in the stack",
    ],
};
