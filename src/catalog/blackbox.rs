//! The blackbox exporter.

use crate::model::component::{
    Client, Component, Content, Debian, File, Image, Item, Judge, Kind as Place, Network, OnChange, Publish,
    Ready, Reload, Scrape, SubPath,
};
use crate::model::shape::{Field, Kind};

/// Probes from outside.
pub const BLACKBOX: Component = Component {
    name: "blackbox",
    title: "blackbox exporter",
    summary: "probes HTTP, TCP and ICMP from outside",
    kind: Place::Exporter,
    default_on: false,
    image: Image {
        repository: "prom/blackbox-exporter",
        tag: "v0.28.0",
        debian: Some(Debian {
            package: "prometheus-blackbox-exporter",
            extra: &["ca-certificates"],
            links: &[("/bin/blackbox_exporter", "/usr/bin/prometheus-blackbox-exporter")],
        }),
    },
    program: "/bin/blackbox_exporter",
    args: &[
        // On joined networks anyone could have it connect to an address of theirs.
        Item::new("--web.listen-address={own}"),
        Item::new("--config.file={config}/blackbox.yml"),
    ],
    env: &[],
    files: &[File { path: "blackbox.yml", content: Content::Template, on_change: OnChange::Reload }],
    port: 9115,
    publish: Publish::Inside,
    reached_at: None,
    sub_path: SubPath::Flags { url: "--web.external-url", prefix: "--web.route-prefix" },
    more_ports: &[],
    login: false,
    any_origin: false,
    data: None,
    host_mounts: &[],
    tmpfs: &[],
    network: Network::Joined,
    ready: Ready { path: "/-/healthy", contains: None, within: 30 },
    client: Some(Client::Wget("/-/healthy")),
    reload: Reload::SignalThenMetric("blackbox_exporter_config_last_reload_successful"),
    scrape: Some(Scrape::at("/metrics")),
    needs: &[],
    // The image sets no user and would run as root; ICMP works without, through ping_group_range.
    user: (65534, 65534),
    root_because: None,
    capabilities: &[],
    memory: 64 << 20,
    pids: 64,
    stop_timeout: 15,
    settings: &[
        Field::new("http", Kind::List(&Kind::Request), "URLs that must answer 2xx"),
        Field::new(
            "healthy",
            Kind::List(&Kind::Request),
            "URLs that must answer 2xx and say `\"status\": \"healthy\"` or `\"ok\"`, or are a web page",
        ),
        Field::new(
            "tls",
            Kind::Object(super::scrape::TLS),
            "how certificates of `https://` URLs are verified; `apps.<job>.tls` counts for the `health` of that application",
        ),
        Field::new("tcp", Kind::List(&Kind::Target), "addresses that must accept a connection"),
        Field::new("icmp", Kind::List(&Kind::Host), "hosts that must answer a ping"),
    ],
    judges: &[Judge {
        command: &["/bin/blackbox_exporter", "--config.file={config}/blackbox.yml", "--config.check"],
        since: None,
    }],
    rules: Some("blackbox"),
    dashboards: &["blackbox"],
    purpose: "probes from outside",
    notes: &["never publish it: whoever reaches it can make it request any URL"],
};
