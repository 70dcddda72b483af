//! Logstash.

use crate::model::component::{
    Component, Content, File, Image, Item, Kind as Place, MorePort, Network, OnChange, Protocol, Publish,
    Ready, Reload, SubPath,
};
use crate::model::shape::{Field, Kind};

/// Takes logs as GELF and as lines, and puts them into Elasticsearch.
pub const LOGSTASH: Component = Component {
    name: "logstash",
    title: "Logstash",
    summary: "takes logs as GELF and as JSON lines, and puts them into Elasticsearch",
    kind: Place::Logs,
    default_on: false,
    image: Image { repository: "logstash", tag: super::ELASTIC, debian: None },
    program: "/usr/share/logstash/bin/logstash",
    args: &[
        Item::new("--path.settings"),
        Item::new("{config}"),
        Item::new("--path.config"),
        Item::new("{config}/pipeline.conf"),
        Item::new("--path.data"),
        Item::new("{data}"),
    ],
    env: &[
        Item::new("LS_JVM_OPTS={config}/jvm.options"),
        // JRuby unpacks a library there and maps it, which a directory in memory forbids.
        Item::new("LS_JAVA_OPTS=-Djava.io.tmpdir={data}"),
    ],
    files: &[
        File { path: "logstash.yml", content: Content::Template, on_change: OnChange::Restart },
        File { path: "pipeline.conf", content: Content::Template, on_change: OnChange::Restart },
        File { path: "index-template.json", content: Content::Template, on_change: OnChange::Restart },
        File { path: "jvm.options", content: Content::Template, on_change: OnChange::Restart },
        File { path: "log4j2.properties", content: Content::Template, on_change: OnChange::Restart },
    ],
    port: 9600,
    publish: Publish::Inside,
    reached_at: None,
    sub_path: SubPath::Never,
    more_ports: &[
        MorePort { setting: "gelf_port", inside: 12201, protocol: Protocol::Udp },
        MorePort { setting: "tcp_port", inside: 5000, protocol: Protocol::Tcp },
    ],
    login: false,
    any_origin: false,
    data: Some("/usr/share/logstash/data"),
    host_mounts: &[],
    tmpfs: &[("/tmp", 64 << 20)],
    network: Network::Joined,
    // Answers before its pipeline runs, and is green only when it does.
    ready: Ready { path: "/", contains: Some("\"status\":\"green\""), within: 180 },
    client: None,
    reload: Reload::Never,
    scrape: None,
    needs: &["elasticsearch"],
    user: (1000, 0),
    root_because: None,
    capabilities: &[],
    memory: 1 << 30,
    pids: 512,
    stop_timeout: 60,
    settings: &[
        Field::new("gelf_port", Kind::Port, "port on the host that takes GELF (UDP)").or("12201"),
        Field::new("tcp_port", Kind::Port, "port on the host that takes one JSON object per line (TCP)")
            .or("5000"),
        Field::new("index", Kind::Name, "name of the indices, before the day").or("logstash"),
    ],
    // `--config.test_and_exit` needs a gigabyte, a writable directory and up to a minute, which judges do not have. What it
    // would find ends the start, and `up` puts the files before it back.
    judges: &[],
    rules: None,
    dashboards: &[],
    purpose: "takes logs",
    notes: &[
        "Logstash has no input that reads Docker: start a container with `--log-driver gelf --log-opt gelf-address=udp://127.0.0.1:12201`, or send JSON lines to the TCP port",
        "a line that is JSON is searchable below `app`, its level and logger also as `level` and `logger`",
        "anybody who reaches its two ports can add logs: they are published on `bind` only",
        "no metrics for Prometheus: its own are JSON",
        "what it cannot deliver while Elasticsearch is away it holds in memory, and UDP that arrives then is lost",
    ],
};
