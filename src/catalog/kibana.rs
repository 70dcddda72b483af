//! Kibana.

use crate::model::component::{
    Component, Content, File, Image, Item, Kind as Place, Network, OnChange, Publish, Ready, Reload, Stored,
    Write,
};

/// Shows the logs in Elasticsearch.
pub const KIBANA: Component = Component {
    name: "kibana",
    title: "Kibana",
    summary: "shows the logs in Elasticsearch",
    kind: Place::Logs,
    default_on: false,
    image: Image { repository: "kibana", tag: super::ELASTIC, debian: None },
    program: "/usr/share/kibana/bin/kibana",
    args: &[Item::new("--config"), Item::new("{config}/kibana.yml")],
    env: &[],
    files: &[
        File { path: "kibana.yml", content: Content::Template, on_change: OnChange::Restart },
        File { path: "data-view.json", content: Content::Template, on_change: OnChange::Reload },
    ],
    port: 5601,
    publish: Publish::At(5601),
    reached_at: None,
    more_ports: &[],
    data: Some("/usr/share/kibana/data"),
    host_mounts: &[],
    tmpfs: &[("/tmp", 64 << 20)],
    network: Network::Private,
    ready: Ready { path: "/api/status", contains: Some("\"overall\":{\"level\":\"available\""), within: 300 },
    reload: Reload::Stored(Stored {
        what: "the data view `stackctl-logs`",
        file: "data-view.json",
        write: Write::Post,
        path: "/api/data_views/data_view",
        read: "/api/data_views/data_view/stackctl-logs",
        rendered: "/data_view",
        answered: "/data_view",
    }),
    scrape: None,
    needs: &["elasticsearch"],
    user: (1000, 0),
    root_because: None,
    capabilities: &[],
    memory: 1 << 30,
    pids: 256,
    stop_timeout: 30,
    settings: &[],
    judges: &[],
    rules: None,
    dashboards: &[],
    purpose: "search logs",
    notes: &[
        "runs without authentication, like the Elasticsearch behind it: whoever reaches its port reads and deletes logs; keep `bind` on 127.0.0.1",
        "`up` writes its data view and reads it back",
        "no metrics for Prometheus: its own are JSON",
    ],
};
