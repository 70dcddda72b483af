//! The PostgreSQL exporter.

use crate::model::component::{
    Client, Component, Content, Debian, File, Image, Item, Kind as Place, Network, OnChange, Publish, Ready,
    Reload, Scrape, SubPath,
};
use crate::model::shape::{Field, Kind};

/// Metrics of a PostgreSQL server.
pub const POSTGRES: Component = Component {
    name: "postgres",
    title: "PostgreSQL exporter",
    summary: "metrics of a PostgreSQL server",
    kind: Place::Exporter,
    default_on: false,
    image: Image {
        repository: "prometheuscommunity/postgres-exporter",
        tag: "v0.20.1",
        debian: Some(Debian {
            package: "prometheus-postgres-exporter",
            extra: &["ca-certificates"],
            links: &[("/bin/postgres_exporter", "/usr/bin/prometheus-postgres-exporter")],
        }),
    },
    program: "/bin/postgres_exporter",
    args: &[
        // On joined networks anyone could have it connect to an address of theirs.
        Item::new("--web.listen-address={own}"),
        Item::new("--collector.long_running_transactions"),
        Item::new("--collector.statio_user_indexes"),
        Item::new("--collector.stat_statements").when("stat_statements"),
    ],
    env: &[
        Item::new("DATA_SOURCE_URI={uri}"),
        Item::new("DATA_SOURCE_USER={user}"),
        Item::new("DATA_SOURCE_PASS_FILE={secret:password_file}"),
    ],
    files: &[File {
        path: "secrets",
        content: Content::Secret("password_file"),
        on_change: OnChange::Restart,
    }],
    port: 9187,
    publish: Publish::Inside,
    reached_at: None,
    sub_path: SubPath::Never,
    more_ports: &[],
    login: false,
    any_origin: false,
    data: None,
    host_mounts: &[],
    tmpfs: &[],
    network: Network::Joined,
    ready: Ready { path: "/metrics", contains: Some("postgres_exporter_build_info"), within: 60 },
    // Its metrics ask the database each time.
    client: Some(Client::Wget("/")),
    reload: Reload::Never,
    scrape: Some(Scrape::at("/metrics").of_service("pg_up")),
    needs: &[],
    user: (65534, 65534),
    root_because: None,
    capabilities: &[],
    memory: 64 << 20,
    pids: 64,
    stop_timeout: 15,
    settings: &[
        Field::new("uri", Kind::Server(&[]), "`host:port/database?sslmode=…`, without user and password")
            .required(),
        Field::new("user", Kind::Text, "role that has pg_monitor").required(),
        Field::new("password_file", Kind::SecretFile, "password of the role"),
        Field::new(
            "stat_statements",
            Kind::Bool,
            "statement times; needs the extension in the database and in shared_preload_libraries",
        )
        .or("false"),
    ],
    judges: &[],
    rules: Some("postgres"),
    dashboards: &["postgres"],
    purpose: "metrics of PostgreSQL",
    notes: &[
        "its own `up` stays 1 when the database is down: pg_up says whether the database answers",
        "CREATE USER monitor PASSWORD '…'; GRANT pg_monitor TO monitor;",
    ],
};
