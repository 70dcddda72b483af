//! The Redis exporter.

use crate::model::component::{
    Component, Content, Debian, File, Image, Item, Kind as Place, Network, OnChange, Publish, Ready, Reload,
    Scrape, SubPath,
};
use crate::model::shape::{Field, Kind};

/// Metrics of a Redis or Valkey server.
pub const REDIS: Component = Component {
    name: "redis",
    title: "Redis exporter",
    summary: "metrics of a Redis or Valkey server",
    kind: Place::Exporter,
    default_on: false,
    image: Image {
        repository: "oliver006/redis_exporter",
        tag: "v1.88.0",
        debian: Some(Debian {
            package: "prometheus-redis-exporter",
            extra: &["ca-certificates"],
            links: &[("/redis_exporter", "/usr/bin/prometheus-redis-exporter")],
        }),
    },
    program: "/redis_exporter",
    args: &[
        // On joined networks anyone could have it connect to an address of theirs.
        Item::new("--web.listen-address={own}"),
        Item::new("--include-system-metrics"),
    ],
    env: &[
        Item::new("REDIS_ADDR={address}"),
        Item::new("REDIS_USER={user}"),
        Item::new("REDIS_PASSWORD_FILE={secret:password_file}"),
    ],
    files: &[File {
        path: "secrets",
        content: Content::RedisPasswords("password_file", "address"),
        on_change: OnChange::Restart,
    }],
    port: 9121,
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
    ready: Ready { path: "/metrics", contains: Some("redis_exporter_build_info"), within: 30 },
    // The image is made from scratch.
    client: None,
    reload: Reload::Never,
    scrape: Some(Scrape::at("/metrics").of_service("redis_up")),
    needs: &[],
    user: (59000, 59000),
    root_because: None,
    capabilities: &[],
    memory: 64 << 20,
    pids: 64,
    stop_timeout: 15,
    settings: &[
        Field::new(
            "address",
            Kind::Server(&["redis://", "rediss://", "valkey://", "valkeys://"]),
            "`redis://host:port`; also `rediss://`, `valkey://` and `valkeys://`",
        )
        .required(),
        Field::new("user", Kind::Text, "user of the access control list"),
        Field::new(
            "password_file",
            Kind::SecretFile,
            "password, as plain text; stackctl writes the JSON map the exporter wants",
        ),
    ],
    judges: &[],
    rules: Some("redis"),
    dashboards: &["redis"],
    purpose: "metrics of Redis",
    notes: &["its own `up` stays 1 when Redis is down: redis_up says whether Redis answers"],
};
