//! Prometheus.

use crate::model::component::{
    Client, Component, Content, Debian, File, Image, Item, Judge, Kind as Place, Network, OnChange, Publish,
    Ready, Reload, Scrape, SubPath,
};
use crate::model::shape::{Field, Kind};

/// The program in its image that runs unit tests of rules; the test files follow.
pub const TEST_RULES: &[&str] = &["/bin/promtool", "test", "rules"];

/// The flag that shows a directory below `/user`.
pub const PAGES_FLAG: &str = "--web.user-assets";

/// Where the runbooks are below the address of its pages.
pub const RUNBOOK_PAGES: &str = "user/runbooks";

/// Scrapes, stores, evaluates rules, sends alerts.
pub const PROMETHEUS: Component = Component {
    name: "prometheus",
    title: "Prometheus",
    summary: "collects metrics and evaluates alert rules",
    kind: Place::Core,
    default_on: true,
    image: Image {
        repository: "prom/prometheus",
        tag: "v3.14.0",
        debian: Some(Debian {
            package: "prometheus",
            extra: &["ca-certificates", "tzdata"],
            links: &[("/bin/prometheus", "/usr/bin/prometheus"), ("/bin/promtool", "/usr/bin/promtool")],
        }),
    },
    program: "/bin/prometheus",
    args: &[
        Item::new("--config.file={config}/prometheus.yml"),
        Item::new("--storage.tsdb.path={data}"),
        // In prometheus.yml from 3.11 on; the block is there since 3.8 but multiplies by a million until 3.11.
        Item::new("--storage.tsdb.retention.time={retention.time}").before("3.11"),
        Item::new("--storage.tsdb.retention.size={retention.size}").before("3.11"),
        // Debian turned the lock off up to 2.x; two processes on one database destroy it.
        Item::new("--storage.tsdb.use-lockfile").before("3.0").debian(),
        Item::new("--web.external-url={external_url}"),
        // The default is every origin: any page in a user's browser could read the metrics.
        Item::new("--web.cors.origin={origin}").yields(),
        Item::new("--web.route-prefix={route_prefix}"),
        Item::new("--web.user-assets={config}/user").yields(),
        // On by default from 3.0.
        Item::new("--enable-feature=auto-gomemlimit").before("3.0"),
    ],
    env: &[],
    files: &[
        File { path: "prometheus.yml", content: Content::Template, on_change: OnChange::Reload },
        File { path: "rules", content: Content::Rules, on_change: OnChange::Reload },
        File { path: RUNBOOK_PAGES, content: Content::Runbooks, on_change: OnChange::Nothing },
        File { path: "secrets", content: Content::NamedSecrets, on_change: OnChange::Nothing },
    ],
    port: 9090,
    publish: Publish::At(9090),
    reached_at: Some("external_url"),
    sub_path: SubPath::Flags { url: "--web.external-url", prefix: "--web.route-prefix" },
    more_ports: &[],
    login: false,
    any_origin: false,
    data: Some("/prometheus"),
    host_mounts: &[],
    tmpfs: &[],
    network: Network::Joined,
    // A long write-ahead log is replayed before it is ready; the operator allows 15 minutes.
    ready: Ready { path: "/-/ready", contains: None, within: 900 },
    client: Some(Client::Tool { command: &["/bin/promtool", "check", "ready", "--url={url}"], since: None }),
    reload: Reload::PrometheusSignal,
    scrape: Some(Scrape::at("/metrics")),
    needs: &[],
    user: (65534, 65534),
    root_because: None,
    capabilities: &[],
    memory: 1 << 30,
    pids: 128,
    stop_timeout: 300,
    settings: &[
        Field::new("scrape_interval", Kind::Duration, "time between scrapes of a target").or("15s"),
        Field::new(
            "scrape_timeout",
            Kind::Duration,
            "time a scrape may take [default: 10s, or the interval when that is shorter]",
        ),
        Field::new("evaluation_interval", Kind::Duration, "time between evaluations of the rules").or("15s"),
        Field::new(
            "retention",
            Kind::Object(&[
                Field::new("time", Kind::Duration, "age at which samples are deleted").or("15d"),
                Field::new("size", Kind::Size, "disk space at which the oldest samples are deleted"),
            ]),
            "how long samples are kept",
        ),
        Field::new(
            "external_labels",
            Kind::Map(&Kind::Text),
            "labels on everything that leaves this Prometheus",
        ),
        Field::new(
            "external_url",
            Kind::PublicUrl,
            "URL under which users reach it, for links in alerts [default: its address on this machine]",
        ),
        Field::new(super::ROUTE_PREFIX, Kind::Prefix, super::ROUTE_PREFIX_DOC),
        Field::new(
            "remote_write",
            Kind::List(&Kind::Object(&[
                Field::new("url", Kind::Url, "address that takes the samples").required(),
                Field::new("name", Kind::Text, "name in metrics and logs"),
                Field::new("username", Kind::Text, "user for basic authentication"),
                Field::new("password_file", Kind::SecretFile, "password for basic authentication"),
                Field::new("bearer_token_file", Kind::SecretFile, "bearer token"),
                Field::new("headers", Kind::Map(&Kind::Text), "further headers, such as a tenant"),
            ])),
            "where samples are sent as well",
        ),
    ],
    judges: &[Judge {
        command: &["/bin/promtool", "check", "config", "{config}/prometheus.yml"],
        since: None,
    }],
    rules: Some("prometheus"),
    dashboards: &["stack"],
    purpose: "query metrics, see targets and rules",
    notes: &[
        "reloads by signal; the unauthenticated /-/reload and /-/quit stay closed",
        "retention is set by flags below 3.11 and in prometheus.yml from there on",
    ],
};
