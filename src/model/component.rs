//! The shape of a component's row: everything stackctl must know to run, watch and check it.

use serde::Serialize;

pub use super::exposition::{FallbackLabel, Scrape};
pub use super::health_check::Client;
use super::shape::Field;
use super::sub_path;
pub use super::sub_path::SubPath;

/// Part of the stack that always has a place in it, or something listed in a section of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A top-level key of `stack.yml`: `prometheus`, `alertmanager`, `grafana`.
    Core,
    /// A key under `exporters:`.
    Exporter,
    /// A key under `logs:`: it collects, stores or shows logs, and none of it runs unless it is named. What it needs must
    /// be in the stack: without its store a collector is idle.
    Logs,
}

impl Kind {
    /// The section of `stack.yml` that holds the row; none for a key of the top level.
    pub const fn section(self) -> Option<&'static str> {
        match self {
            Self::Core => None,
            Self::Exporter => Some("exporters"),
            Self::Logs => Some("logs"),
        }
    }

    /// Where the settings of a row stand in `stack.yml`, with dots.
    pub fn place_of(self, name: &str) -> String {
        self.section().map_or_else(|| name.to_owned(), |section| format!("{section}.{name}"))
    }
}

/// One component.
#[derive(Debug)]
pub struct Component {
    /// The name: key in `stack.yml`, DNS alias, scrape job, value of the component label.
    pub name: &'static str,
    /// The name as its makers write it.
    pub title: &'static str,
    /// What it is for, in one line.
    pub summary: &'static str,
    /// Where it stands in `stack.yml`.
    pub kind: Kind,
    /// Part of the stack when `stack.yml` says nothing.
    pub default_on: bool,
    /// Where the software comes from.
    pub image: Image,
    /// Path of the program inside the image.
    pub program: &'static str,
    /// Arguments. Items that name an unset setting are left out.
    pub args: &'static [Item],
    /// Environment, `NAME=value`. Items that name an unset setting are left out.
    pub env: &'static [Item],
    /// Files rendered for it.
    pub files: &'static [File],
    /// TCP port it listens on inside its network namespace.
    pub port: u16,
    /// Published on the host unless `port:` says otherwise.
    pub publish: Publish,
    /// The setting that says under which address people reach its pages, for links in what it sends; unless it is given,
    /// it is the published address.
    pub reached_at: Option<&'static str>,
    /// How it is told to serve below a path, behind a proxy that it shares with other pages.
    pub sub_path: SubPath,
    /// Ports besides that one, published on the host.
    pub more_ports: &'static [MorePort],
    /// Asks for credentials itself.
    pub login: bool,
    /// Carries out requests that a web page of any origin makes a browser send, and has no flag against it.
    pub any_origin: bool,
    /// Directory that keeps its data, on a named volume.
    pub data: Option<&'static str>,
    /// Directories of the host it must see.
    pub host_mounts: &'static [HostMount],
    /// Directories in memory: path and size in bytes.
    pub tmpfs: &'static [(&'static str, u64)],
    /// The network it lives in.
    pub network: Network,
    /// How to see from outside that it can do its work.
    pub ready: Ready,
    /// The program in its image that can ask it whether it is ready; none: there is none, or the image brings a health check.
    pub client: Option<Client>,
    /// How it takes a changed configuration.
    pub reload: Reload,
    /// How Prometheus scrapes it; none: it has no metrics in a format that Prometheus reads, and a note says so.
    pub scrape: Option<Scrape>,
    /// Components that must be ready before it is started.
    pub needs: &'static [&'static str],
    /// Numeric user and group.
    pub user: (u32, u32),
    /// Why it runs as root, when it does.
    pub root_because: Option<&'static str>,
    /// Capabilities it cannot do without. All others are dropped.
    pub capabilities: &'static [&'static str],
    /// Memory limit in bytes unless `memory:` says otherwise.
    pub memory: u64,
    /// Limit on processes and threads.
    pub pids: i64,
    /// Seconds between SIGTERM and SIGKILL when it is stopped.
    pub stop_timeout: u32,
    /// What `stack.yml` may set, besides the settings every component has.
    pub settings: &'static [Field],
    /// Programs in its image that judge its rendered files.
    pub judges: &'static [Judge],
    /// Its rule file under `rules/`, when it has one.
    pub rules: Option<&'static str>,
    /// Its dashboards under `dashboards/`.
    pub dashboards: &'static [&'static str],
    /// What its page is for, in `stackctl endpoints`.
    pub purpose: &'static str,
    /// What people trip over, for `stackctl catalog`.
    pub notes: &'static [&'static str],
}

/// Where the software comes from.
#[derive(Debug, Clone, Copy)]
pub struct Image {
    /// Repository, with the registry when it is not the daemon's default one.
    pub repository: &'static str,
    /// Pinned tag.
    pub tag: &'static str,
    /// The package of a Debian archive that holds the same program.
    pub debian: Option<Debian>,
}

/// A Debian package that can stand in for an image.
#[derive(Debug, Clone, Copy)]
pub struct Debian {
    /// Name of the package.
    pub package: &'static str,
    /// Further packages it needs at run time.
    pub extra: &'static [&'static str],
    /// `(path in the upstream image, path in the package)`.
    pub links: &'static [(&'static str, &'static str)],
}

/// An argument or environment variable. `{name}` stands for the value of a setting; the item is left
/// out when the setting has none. Besides settings there are `{config}`, the directory of the
/// rendered files, `{data}`, the data directory, `{port}`, `{published}`, the address and port on the
/// host, `{origin}`, a regular expression of the origin of its pages, `{own}`, its address in the stack's own network when it is in others as well, and `{gateway}`, the address of the host in the stack's network, filled in when the network is
/// there; `{secret:name}` is the path of a secret setting's file.
#[derive(Debug, Clone, Copy)]
pub struct Item {
    /// The text with its placeholders.
    pub text: &'static str,
    /// Left out for versions before this one.
    pub since: Option<&'static str>,
    /// Left out from this version on.
    pub before: Option<&'static str>,
    /// Only when this boolean setting is true.
    pub when: Option<&'static str>,
    /// Only when this boolean setting is not true.
    pub unless: Option<&'static str>,
    /// Only for images built from a Debian package, whose flags differ from those of upstream.
    pub debian: bool,
    /// Left out when `args` sets the same flag.
    pub yields: bool,
}

impl Item {
    /// An item for every version.
    pub const fn new(text: &'static str) -> Self {
        Self { text, since: None, before: None, when: None, unless: None, debian: false, yields: false }
    }

    /// The same item, from this version on.
    #[must_use]
    pub const fn since(mut self, version: &'static str) -> Self {
        self.since = Some(version);
        self
    }

    /// The same item, up to but without this version.
    #[must_use]
    pub const fn before(mut self, version: &'static str) -> Self {
        self.before = Some(version);
        self
    }

    /// The same item, only for images built from a Debian package.
    #[must_use]
    pub const fn debian(mut self) -> Self {
        self.debian = true;
        self
    }

    /// The same item, left out when `args` sets the same flag: the component takes it once.
    #[must_use]
    pub const fn yields(mut self) -> Self {
        self.yields = true;
        self
    }

    /// True when one of these arguments sets the flag of this item.
    pub fn is_set_by(&self, args: &[String]) -> bool {
        let name = self.text.split('=').next().unwrap_or_default();
        args.iter().any(|arg| sub_path::is_flag(arg, name))
    }

    /// The same item, only when the setting is true.
    #[must_use]
    pub const fn when(mut self, setting: &'static str) -> Self {
        self.when = Some(setting);
        self
    }

    /// The same item, only when the setting is not true.
    #[must_use]
    pub const fn unless(mut self, setting: &'static str) -> Self {
        self.unless = Some(setting);
        self
    }
}

/// A file rendered for a component.
#[derive(Debug, Clone, Copy)]
pub struct File {
    /// Path below the component's configuration directory.
    pub path: &'static str,
    /// What fills it.
    pub content: Content,
    /// What a change of it asks for.
    pub on_change: OnChange,
}

/// What fills a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// `templates/<component>/<path>`.
    Template,
    /// Every rule file of the stack, below this directory.
    Rules,
    /// The runbooks of the alerts of its rule files as pages, below this directory.
    Runbooks,
    /// Every dashboard of the stack, below this directory.
    Dashboards,
    /// The user's dashboards in directories, each directory a folder, below this directory.
    DashboardFolders,
    /// Every notification template, below this directory.
    NotificationTemplates,
    /// The value of a secret setting, as it is.
    Secret(&'static str),
    /// A secret setting as the JSON map `{"<address>": "<password>"}` of the redis exporter:
    /// `(password setting, address setting)`.
    RedisPasswords(&'static str, &'static str),
    /// Every secret that the notification receivers, scrape jobs and remote writes name, below this directory.
    NamedSecrets,
}

/// What a changed file asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum OnChange {
    /// The program reads it again by itself whenever it uses it.
    Nothing,
    /// The component reloads, see [`Reload`].
    Reload,
    /// Read at start only.
    Restart,
}

/// Whether a port appears on the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Publish {
    /// On the `bind` address at this port.
    At(u16),
    /// Only inside the stack's network, unless `port:` is set.
    Inside,
}

/// A port that takes data from outside the stack's network.
#[derive(Debug, Clone, Copy)]
pub struct MorePort {
    /// The setting that holds its number on the host.
    pub setting: &'static str,
    /// Its number inside.
    pub inside: u16,
    /// What is spoken on it.
    pub protocol: Protocol,
}

/// What a port speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// Connections.
    Tcp,
    /// Datagrams.
    Udp,
}

impl Protocol {
    /// As Docker writes it: `12201/udp`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
        }
    }
}

/// A directory of the host inside the container, read-only.
#[derive(Debug, Clone, Copy)]
pub struct HostMount {
    /// Directory on the host.
    pub source: &'static str,
    /// Directory in the container.
    pub target: &'static str,
    /// New mounts of the host appear inside (`rslave`), where the host allows it.
    pub follows_host: bool,
    /// Only when this boolean setting is true.
    pub when: Option<&'static str>,
    /// Why, in words.
    pub why: &'static str,
}

/// The network a component lives in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Network {
    /// The stack's own bridge, and the networks that `networks:` names: it connects to what is watched, or is connected to
    /// by it.
    Joined,
    /// The stack's own bridge, and others only when its own `networks:` names them.
    Stack,
    /// The stack's own bridge alone: it asks nobody for a password.
    Private,
    /// The host's, because what it measures is the host's network.
    Host,
}

/// A request whose answer means "can do its work".
#[derive(Debug, Clone, Copy)]
pub struct Ready {
    /// Path of the request.
    pub path: &'static str,
    /// Text the body must contain, for endpoints that answer 200 whatever happens.
    pub contains: Option<&'static str>,
    /// Seconds it may take after the start before that is a failure.
    pub within: u32,
}

/// How a component takes a changed configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reload {
    /// SIGHUP, judged by `/api/v1/status/config` and the reload metrics of Prometheus.
    PrometheusSignal,
    /// `POST /-/reload`, which Alertmanager always serves, judged by `alertmanager_config_hash`.
    AlertmanagerHttp,
    /// SIGHUP, judged by the named metric being 1 afterwards.
    SignalThenMetric(&'static str),
    /// Grafana's provisioning endpoints.
    GrafanaProvisioning,
    /// A request that writes a rendered object into the component's own store; also made once after the first start.
    Stored(Stored),
    /// Cannot: node, postgres and redis exporters exit on SIGHUP.
    Never,
}

/// An object that a component keeps in its own store. Writing it again changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stored {
    /// What it is, in words: `the lifecycle policy`.
    pub what: &'static str,
    /// The rendered file that is the body of the request.
    pub file: &'static str,
    /// How it is written.
    pub write: Write,
    /// Path of the request that writes it.
    pub path: &'static str,
    /// Path of the request that reads it.
    pub read: &'static str,
    /// JSON pointer to the object in the file.
    pub rendered: &'static str,
    /// JSON pointer to the object in the answer that reads it.
    pub answered: &'static str,
}

/// The method of a request that writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Write {
    /// `PUT`
    Put,
    /// `POST`
    Post,
}

/// A program that judges rendered files, run in the component's own image without a network.
#[derive(Debug, Clone, Copy)]
pub struct Judge {
    /// Program and arguments; `{config}` is the directory of the rendered files.
    pub command: &'static [&'static str],
    /// Left out for versions before this one.
    pub since: Option<&'static str>,
}
