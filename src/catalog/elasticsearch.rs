//! Elasticsearch.

use crate::model::component::{
    Client, Component, Content, File, Image, Item, Kind as Place, Network, OnChange, Publish, Ready, Reload,
    Stored, SubPath, Write,
};
use crate::model::shape::{Field, Kind};

/// Keeps logs and searches them.
pub const ELASTICSEARCH: Component = Component {
    name: "elasticsearch",
    title: "Elasticsearch",
    summary: "keeps logs and searches them",
    kind: Place::Logs,
    default_on: false,
    image: Image { repository: "elasticsearch", tag: super::ELASTIC, debian: None },
    program: "/bin/bash",
    // It writes its keystore beside its configuration and maps libraries from its temporary directory, which neither the
    // read-only volume nor a directory in memory allows.
    args: &[
        Item::new("-c"),
        Item::new(
            "rm -rf \"$ES_PATH_CONF\" && mkdir -p \"$ES_PATH_CONF\" \"$ES_TMPDIR\" && cp -R /usr/share/elasticsearch/config/. \"$ES_PATH_CONF\" && cp {config}/elasticsearch.yml \"$ES_PATH_CONF\" && cp {config}/gc.options \"$ES_PATH_CONF/jvm.options.d\" && exec /usr/share/elasticsearch/bin/elasticsearch \"$@\"",
        ),
        Item::new("elasticsearch"),
    ],
    env: &[Item::new("ES_PATH_CONF={data}/config"), Item::new("ES_TMPDIR={data}/tmp")],
    files: &[
        File { path: "elasticsearch.yml", content: Content::Template, on_change: OnChange::Restart },
        File { path: "gc.options", content: Content::Template, on_change: OnChange::Restart },
        File { path: "lifecycle.json", content: Content::Template, on_change: OnChange::Reload },
    ],
    port: 9200,
    publish: Publish::Inside,
    reached_at: None,
    sub_path: SubPath::Never,
    more_ports: &[],
    login: false,
    any_origin: false,
    data: Some("/usr/share/elasticsearch/data"),
    host_mounts: &[],
    tmpfs: &[("/tmp", 64 << 20), ("/usr/share/elasticsearch/logs", 16 << 20)],
    network: Network::Private,
    // Answers 408 while the cluster is red. One node is yellow as soon as an index wants a replica.
    ready: Ready { path: "/_cluster/health?wait_for_status=yellow&timeout=1s", contains: None, within: 180 },
    client: Some(Client::Curl),
    reload: Reload::Stored(Stored {
        what: "the lifecycle policy `stackctl-logs`",
        file: "lifecycle.json",
        write: Write::Put,
        path: "/_ilm/policy/stackctl-logs",
        read: "/_ilm/policy/stackctl-logs",
        rendered: "/policy",
        answered: "/stackctl-logs/policy",
    }),
    scrape: None,
    needs: &[],
    // The files of the image belong to group 0.
    user: (1000, 0),
    root_because: None,
    capabilities: &[],
    memory: 2 << 30,
    pids: 2048,
    stop_timeout: 60,
    settings: &[
        Field::new("retention", Kind::Duration, "age at which the index of a day is deleted").or("30d")
    ],
    judges: &[],
    rules: None,
    dashboards: &[],
    purpose: "keeps logs",
    notes: &[
        "runs without authentication: it stays on the stack's own network and joins none of `networks:`; every component there, and everybody on this machine, can read and delete logs",
        "no metrics for Prometheus: its own are JSON, and the exporter for them is not in the catalogue",
        "takes up to half of its memory limit as heap; does not map files into memory, so vm.max_map_count of the host may stay as it is",
        "deletes whole days: `retention` counts from the creation of an index; `up` writes the policy, and says so when it cannot ask Elasticsearch from here",
        "stops taking logs at 95 % of the disk",
    ],
};
