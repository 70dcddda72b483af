//! Grafana.

use crate::model::component::{
    Client, Component, Content, File, Image, Item, Kind as Place, Network, OnChange, Publish, Ready, Reload,
    Scrape, SubPath,
};
use crate::model::shape::{Field, Kind};

/// Shows dashboards.
pub const GRAFANA: Component = Component {
    name: "grafana",
    title: "Grafana",
    summary: "shows dashboards",
    kind: Place::Core,
    default_on: true,
    image: Image { repository: "grafana/grafana", tag: "13.2.3", debian: None },
    program: "/run.sh",
    args: &[],
    env: &[
        Item::new("GF_PATHS_PROVISIONING={config}/provisioning"),
        Item::new("GF_PATHS_DATA={data}"),
        Item::new("GF_SECURITY_ADMIN_USER={admin_user}"),
        Item::new("GF_SECURITY_ADMIN_PASSWORD__FILE={secret:admin_password_file}"),
        Item::new("GF_SECURITY_SECRET_KEY__FILE={secret:secret_key_file}"),
        Item::new("GF_SECURITY_DISABLE_GRAVATAR=true"),
        Item::new("GF_USERS_ALLOW_SIGN_UP=false"),
        Item::new("GF_AUTH_ANONYMOUS_ENABLED=false"),
        Item::new("GF_ANALYTICS_REPORTING_ENABLED=false"),
        Item::new("GF_ANALYTICS_CHECK_FOR_UPDATES=false"),
        Item::new("GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES=false"),
        Item::new("GF_NEWS_NEWS_FEED_ENABLED=false"),
        Item::new("GF_SNAPSHOTS_EXTERNAL_ENABLED=false"),
        // The background installer needs the network and a writable root.
        Item::new("GF_PLUGINS_PREINSTALL_DISABLED=true"),
        Item::new("GF_LOG_MODE=console"),
        Item::new("GF_SERVER_ROOT_URL={root_url}"),
        Item::new("GF_SERVER_SERVE_FROM_SUB_PATH={serve_from_sub_path}"),
    ],
    files: &[
        File {
            path: "provisioning/datasources/stackctl.yml",
            content: Content::Template,
            on_change: OnChange::Reload,
        },
        File {
            path: "provisioning/dashboards/stackctl.yml",
            content: Content::Template,
            on_change: OnChange::Reload,
        },
        File { path: "dashboards", content: Content::Dashboards, on_change: OnChange::Reload },
        File { path: "folders", content: Content::DashboardFolders, on_change: OnChange::Reload },
        // Both are read at start only, and the password only when the user is first made: rotation goes through the API.
        File {
            path: "secrets",
            content: Content::Secret("admin_password_file"),
            on_change: OnChange::Nothing,
        },
        File { path: "secrets", content: Content::Secret("secret_key_file"), on_change: OnChange::Restart },
    ],
    port: 3000,
    publish: Publish::At(3000),
    reached_at: Some("root_url"),
    sub_path: SubPath::Variables { url: "GF_SERVER_ROOT_URL", serve: "GF_SERVER_SERVE_FROM_SUB_PATH" },
    more_ports: &[],
    login: true,
    any_origin: false,
    data: Some("/var/lib/grafana"),
    host_mounts: &[],
    tmpfs: &[("/tmp", 64 << 20)],
    network: Network::Stack,
    ready: Ready { path: "/api/health", contains: Some("\"ok\""), within: 120 },
    client: Some(Client::Curl),
    reload: Reload::GrafanaProvisioning,
    scrape: Some(Scrape::at("/metrics")),
    needs: &[super::SCRAPER],
    user: (472, 0),
    root_because: None,
    capabilities: &[],
    memory: 512 << 20,
    pids: 256,
    stop_timeout: 30,
    settings: &[
        Field::new("admin_user", Kind::Text, "name of the administrator").or("admin"),
        Field::new(
            "admin_password_file",
            Kind::GeneratedSecretFile,
            "password of the administrator; made on first use unless set",
        ),
        Field::new(
            "secret_key_file",
            Kind::GeneratedSecretFile,
            "key that encrypts secrets in its database; made on first use unless set",
        ),
        Field::new(
            "root_url",
            Kind::PublicUrl,
            "URL under which users reach it, for links and behind a proxy [default: its address on this machine]",
        ),
        Field::new(
            super::SERVE_FROM_SUB_PATH,
            Kind::Bool,
            "serve below the path of `root_url`; false behind a proxy that removes the path [default: true when it has a path]",
        ),
    ],
    judges: &[],
    rules: Some("grafana"),
    dashboards: &[],
    purpose: "dashboards",
    notes: &[
        "no Debian archive has it: where no registry answers, load its image with `stackctl images load`",
        "its password variable only counts when the user is first made: change it with `stackctl secrets rotate`",
    ],
};
