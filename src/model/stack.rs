//! What the user means: every default filled, every reference followed, every port decided.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

use super::component::{Component, Protocol};
use super::config::{ScrapeSettings, Smtp};
use super::health_check::HealthCheck;
pub use super::job::{Job, JobSource, PartJobs, ProbeModule};
pub use super::secret_file::{SecretFile, SecretForm, SecretSource};
use super::slo::Slo;
use crate::kernel::Version;

/// The stack.
#[derive(Debug, Clone)]
pub struct Stack {
    /// Prefix of containers and volumes, and the name of the network.
    pub name: String,
    /// Address of published ports.
    pub bind: IpAddr,
    /// Existing networks that every component on the stack's network joins.
    pub networks: Vec<String>,
    /// The suite of the Debian archive used when no registry answers.
    pub debian_suite: String,
    /// What runs, in display order.
    pub instances: Vec<Instance>,
    /// What Prometheus scrapes, in the order of `prometheus.yml`.
    pub jobs: Vec<Job>,
    /// Modules of the blackbox exporter that make HTTP requests.
    pub probe_modules: Vec<ProbeModule>,
    /// Numbers for the rule templates, by alert.
    pub thresholds: BTreeMap<String, f64>,
    /// Time windows for the rule templates, by alert.
    pub windows: BTreeMap<String, String>,
    /// Severities for the rule templates, by alert.
    pub severities: BTreeMap<String, String>,
    /// For every service of the packs in the stack, with `_` for `-`: the jobs that scrape it and the jobs that probe it.
    pub parts: BTreeMap<String, PartJobs>,
    /// Alerts left out of the rule files.
    pub disabled_alerts: Vec<String>,
    /// Alerts left out of the components' rule files, because a pack has its own for the same fault.
    pub replaced_alerts: Vec<String>,
    /// Where runbooks are, without the alert's name and a slash.
    pub runbooks: String,
    /// They are pages that Prometheus shows.
    pub runbook_pages: bool,
    /// Service level objectives, in the order of `stack.yml`.
    pub slos: Vec<Slo>,
    /// Rule files, by name below `rules/`.
    pub rules: Vec<String>,
    /// Dashboards, by name below `dashboards/`.
    pub dashboards: Vec<String>,
    /// Who is told, and when.
    pub notify: Notify,
    /// Files with secrets, in the order of their names.
    pub secrets: Vec<SecretFile>,
}

/// One component of this stack.
#[derive(Debug, Clone)]
pub struct Instance {
    /// Its name inside the stack.
    pub name: String,
    /// Its name for people.
    pub title: String,
    /// Its row; none for a custom exporter.
    pub row: Option<&'static Component>,
    /// Image as it is asked for, with registry and tag.
    pub image: String,
    /// The tag of that image: what `stack.yml` or the row asks for.
    pub wanted_version: String,
    /// The version that will run: the wanted one, until an image is found.
    pub version: Option<Version>,
    /// Settings by key, nested ones with dots.
    pub settings: BTreeMap<String, Value>,
    /// The container to be.
    pub spec: ContainerSpec,
    /// Address on the host, when it is published.
    pub published: Option<Published>,
    /// Request whose answer means "can do its work".
    pub ready: ReadyCheck,
    /// Components that must be ready first, those that are in the stack.
    pub needs: Vec<String>,
    /// Files of the user to deliver as they are: name to path.
    pub files: BTreeMap<String, String>,
    /// How it is scraped, where `stack.yml` decides that.
    pub scrape: ScrapeSettings,
    /// They may be outside of the directory of `stack.yml`.
    pub outside_files: bool,
}

/// See [`super::component::Ready`].
#[derive(Debug, Clone)]
pub struct ReadyCheck {
    /// Path of the request.
    pub path: String,
    /// Text the body must contain.
    pub contains: Option<String>,
    /// An accepted connection is enough: only the scraper has the credentials or the certificates for a request.
    pub connection_only: bool,
    /// Longest time from start to ready.
    pub within: Duration,
}

/// What is known about the image that will run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownImage {
    /// How to name it in a request.
    pub reference: String,
    /// Version of the software inside.
    pub version: Option<Version>,
}

/// A port on the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Published {
    /// Address on the host.
    pub ip: IpAddr,
    /// Port on the host.
    pub port: u16,
}

impl Published {
    /// Every address to publish on. `::` means all of them, and an engine takes it for those of IPv6 only.
    pub fn every_address(self) -> impl Iterator<Item = Self> {
        let every = self.ip == IpAddr::V6(Ipv6Addr::UNSPECIFIED);
        let v4 = every.then_some(Self { ip: IpAddr::V4(Ipv4Addr::UNSPECIFIED), ..self });
        std::iter::once(self).chain(v4)
    }

    /// Where a person on this machine finds it, without a slash at the end.
    pub fn address(self) -> String {
        // The rest of 127.0.0.0/8 is this machine too, but `localhost` does not lead there.
        let usual = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)].contains(&self.ip);
        if usual || self.ip.is_unspecified() {
            format!("http://localhost:{}", self.port)
        } else {
            format!("http://{}", SocketAddr::new(self.ip, self.port))
        }
    }
}

/// A further port of a container on the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct FurtherPort {
    /// Port inside.
    pub inside: u16,
    /// What is spoken on it.
    pub protocol: Protocol,
    /// Where it is on the host.
    #[serde(flatten)]
    pub published: Published,
}

/// Everything that decides what container is made. Its digest is the identity of the container: when
/// it differs the container is replaced. Fields added later must be left out of the serialised form
/// at their default, so that a new stackctl recreates nothing.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ContainerSpec {
    /// Name of the container.
    pub name: String,
    /// Image reference; its content is compared by id.
    pub image: String,
    /// Program and arguments; empty: the image's own.
    pub entrypoint: Vec<String>,
    /// Arguments.
    pub args: Vec<String>,
    /// `NAME=value`, sorted. Never a secret.
    pub env: Vec<String>,
    /// `uid:gid`.
    pub user: String,
    /// Port inside.
    pub port: u16,
    /// Port on the host.
    pub published: Option<Published>,
    /// Further ports on the host.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub more_ports: Vec<FurtherPort>,
    /// Named volumes: volume, directory, read-only.
    pub volumes: Vec<VolumeMount>,
    /// Directories of the host, read-only: source, directory, follows the host's mounts.
    pub host_mounts: Vec<(String, String, bool)>,
    /// Directories in memory: path and size.
    pub tmpfs: BTreeMap<String, u64>,
    /// On the host's network.
    pub host_network: bool,
    /// What the engine runs to know whether it is healthy; none: what its image says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub health: Option<HealthCheck>,
    /// Names besides its own under which it is found on the stack's network.
    pub aliases: Vec<String>,
    /// Names that stand for the host's address in the stack's network.
    pub host_names: Vec<String>,
    /// Existing networks to join.
    pub networks: Vec<String>,
    /// Capabilities kept.
    pub capabilities: Vec<String>,
    /// Memory limit in bytes, swap included.
    pub memory: u64,
    /// Limit on processes and threads.
    pub pids: i64,
    /// Seconds between SIGTERM and SIGKILL.
    pub stop_timeout: u32,
}

/// A named volume in a container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VolumeMount {
    /// Name of the volume.
    pub volume: String,
    /// Directory in the container.
    pub target: String,
    /// What it holds.
    pub holds: Holds,
}

/// What a volume holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Holds {
    /// Rendered files; read-only for the component.
    Config,
    /// What the component keeps.
    Data,
}

/// Who is told, and when.
#[derive(Debug, Clone, Default)]
pub struct Notify {
    /// The mail server.
    pub smtp: Option<Smtp>,
    /// Receivers as Alertmanager will have them.
    pub receivers: Vec<Receiver>,
    /// Receiver of everything no route names.
    pub default: String,
    /// Routes, first match wins.
    pub routes: Vec<Route>,
    /// Times of the week, by name.
    pub hours: BTreeMap<String, Vec<TimeRange>>,
    /// Labels that make one notification out of many alerts.
    pub group_by: Vec<String>,
    /// Receiver of the dead man's switch.
    pub watchdog: Option<String>,
    /// The probes of the health endpoints of applications.
    pub probes: Vec<HealthProbe>,
}

/// A range of times on some days, as Alertmanager takes it: within one day, and days in the order of its week.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TimeRange {
    /// Days or ranges of them: `monday:friday`.
    pub days: Vec<String>,
    /// First minute, `HH:MM`.
    pub from: String,
    /// Minute after the last, `HH:MM`, at most `24:00`.
    pub to: String,
    /// Time zone.
    pub timezone: String,
}

/// The probe of an application's health endpoint, and where the application's own alerts come from that say the same.
/// Matchers in Alertmanager's syntax.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HealthProbe {
    /// Job of the probe.
    pub job: String,
    /// Jobs of the application and of its probe.
    pub own_job: String,
    /// No instance, which is all of them, or the one behind the health endpoint.
    pub own_instance: String,
}

/// A receiver: its integrations by Alertmanager's section name, secrets as references.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Receiver {
    /// `name`.
    pub name: String,
    /// `(section, configuration)`, in the order of `alertmanager.yml`.
    pub integrations: Vec<(String, Value)>,
}

/// A route.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Route {
    /// Matchers in Alertmanager's syntax.
    pub matchers: Vec<String>,
    /// What the matchers say: each label has one of its values.
    pub labels: Vec<(String, Vec<String>)>,
    /// `immediately`, or within a duration.
    pub respond: Option<String>,
    /// Receiver.
    pub receiver: String,
    /// Time the first notification waits for others of its group.
    pub group_wait: Option<String>,
    /// Time until an alert that joins a group is notified; none for that of the root route.
    pub group_interval: Option<String>,
    /// Time between repetitions.
    pub repeat_interval: Option<String>,
    /// Times of the week outside which it waits.
    pub active_time_intervals: Vec<String>,
    /// The routes below are tried as well.
    #[serde(rename = "continue")]
    pub continues: bool,
}

/// The directory in every container where its rendered files are.
pub const CONFIG_DIRECTORY: &str = "/etc/stackctl/current";
/// Where the volume with the rendered files is mounted.
pub const CONFIG_MOUNT: &str = "/etc/stackctl";

impl Stack {
    /// The component with this name.
    pub fn instance(&self, name: &str) -> Option<&Instance> {
        self.instances.iter().find(|instance| instance.name == name)
    }
}

impl Instance {
    /// The name under which the other components of its stack find it, and nothing else.
    pub fn host(&self) -> &str {
        self.spec.aliases.first().unwrap_or(&self.spec.name)
    }

    /// The same with its port.
    pub fn server(&self) -> String {
        format!("{}:{}", self.host(), self.spec.port)
    }

    /// The label `instance` of its series, which is the same in every stack.
    pub fn label(&self) -> String {
        format!("{}:{}", self.name, self.spec.port)
    }

    /// Asks for credentials: it does itself, or Prometheus has some for it.
    pub fn has_login(&self) -> bool {
        let scrape = &self.scrape;
        self.row.is_some_and(|row| row.login)
            || scrape.username.is_some()
            || scrape.bearer_token_file.is_some()
            || scrape.tls.cert_file.is_some()
    }

    /// Name of the volume with its rendered files.
    pub fn config_volume(&self) -> Option<&str> {
        self.volume(Holds::Config)
    }

    /// Name of the volume with its data.
    pub fn data_volume(&self) -> Option<&str> {
        self.volume(Holds::Data)
    }

    /// Where a person finds it, without a slash at the end: on this machine when it is published, else in the stack's
    /// network.
    pub fn address(&self) -> String {
        let server = self.published.map_or_else(|| format!("http://{}", self.server()), Published::address);
        format!("{server}{}", self.prefix())
    }

    /// The path below which it serves, without a slash at its end: `/prometheus`; empty at the root.
    pub fn prefix(&self) -> String {
        self.row.map_or_else(String::new, |row| row.sub_path.of_container(&self.spec.args, &self.spec.env))
    }

    /// The address under which people reach its pages, without a slash at its end.
    pub fn page(&self) -> String {
        let given = self.row.and_then(|row| self.setting(row.reached_at?));
        given.unwrap_or_else(|| self.address()).trim_end_matches('/').to_owned()
    }

    /// The text of a setting: strings as they are, other values as YAML writes them.
    pub fn setting(&self, key: &str) -> Option<String> {
        self.settings.get(key).map(|value| match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        })
    }

    /// Numeric user and group of its process.
    pub fn user(&self) -> (u32, u32) {
        let (user, group) = self.spec.user.split_once(':').unwrap_or((&self.spec.user, &self.spec.user));
        (user.parse().unwrap_or(0), group.parse().unwrap_or(0))
    }

    fn volume(&self, holds: Holds) -> Option<&str> {
        self.spec.volumes.iter().find(|mount| mount.holds == holds).map(|mount| mount.volume.as_str())
    }
}
