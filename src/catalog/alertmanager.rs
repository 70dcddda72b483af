//! Alertmanager.

use crate::model::component::{
    Client, Component, Content, Debian, File, Image, Item, Judge, Kind as Place, Network, OnChange, Publish,
    Ready, Reload, Scrape, SubPath,
};
use crate::model::shape::{Field, Kind};

/// The program in its image that executes a text with sample alerts; its flags follow.
pub const RENDER_TEXT: &[&str] = &["/bin/amtool", "template", "render"];

/// Groups, routes, mutes and sends notifications.
pub const ALERTMANAGER: Component = Component {
    name: "alertmanager",
    title: "Alertmanager",
    summary: "groups alerts and tells people",
    kind: Place::Core,
    default_on: true,
    image: Image {
        repository: "prom/alertmanager",
        tag: "v0.34.0",
        debian: Some(Debian {
            package: "prometheus-alertmanager",
            extra: &["ca-certificates", "tzdata"],
            links: &[
                ("/bin/alertmanager", "/usr/bin/prometheus-alertmanager"),
                ("/bin/amtool", "/usr/bin/amtool"),
            ],
        }),
    },
    program: "/bin/alertmanager",
    args: &[
        Item::new("--config.file={config}/alertmanager.yml"),
        Item::new("--storage.path={data}"),
        Item::new("--data.retention={retention}"),
        // Silences are written every 15 minutes otherwise, and a kill loses what is younger.
        Item::new("--data.maintenance-interval=1m"),
        // A single instance: no gossip port, and no look-up of a private address to announce.
        Item::new("--cluster.listen-address="),
        Item::new("--web.external-url={external_url}"),
        Item::new("--web.route-prefix={route_prefix}"),
    ],
    env: &[Item::new("AWS_SHARED_CREDENTIALS_FILE={secret:aws_credentials_file}")],
    files: &[
        File { path: "alertmanager.yml", content: Content::Template, on_change: OnChange::Reload },
        File { path: "notifications", content: Content::NotificationTemplates, on_change: OnChange::Reload },
        File { path: "secrets", content: Content::NamedSecrets, on_change: OnChange::Nothing },
    ],
    port: 9093,
    publish: Publish::At(9093),
    reached_at: Some("external_url"),
    sub_path: SubPath::Flags { url: "--web.external-url", prefix: "--web.route-prefix" },
    more_ports: &[],
    login: false,
    any_origin: true,
    data: Some("/alertmanager"),
    host_mounts: &[],
    tmpfs: &[],
    network: Network::Stack,
    ready: Ready { path: "/-/ready", contains: None, within: 60 },
    client: Some(Client::Tool {
        command: &["/bin/amtool", "cluster", "show", "--alertmanager.url={url}"],
        since: None,
    }),
    reload: Reload::AlertmanagerHttp,
    scrape: Some(Scrape::at("/metrics")),
    needs: &[],
    user: (65534, 65534),
    root_because: None,
    capabilities: &[],
    memory: 128 << 20,
    pids: 128,
    stop_timeout: 120,
    settings: &[
        Field::new("retention", Kind::Duration, "how long silences and the log of notifications are kept")
            .or("120h"),
        Field::new(
            "external_url",
            Kind::PublicUrl,
            "URL under which users reach it, for links in notifications [default: its address on this machine]",
        ),
        Field::new(super::ROUTE_PREFIX, Kind::Prefix, super::ROUTE_PREFIX_DOC),
        Field::new(
            "aws_credentials_file",
            Kind::SecretFile,
            "file with AWS profiles and their keys, for sns receivers",
        ),
    ],
    judges: &[Judge { command: &["/bin/amtool", "check-config", "{config}/alertmanager.yml"], since: None }],
    rules: Some("alertmanager"),
    dashboards: &[],
    purpose: "see and silence alerts",
    notes: &["its API has no password of its own: keep it on a private address"],
};
