//! `stack.yml` as written: typed, every name checked for form, nothing filled in yet.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The whole file. Every key is optional.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Prefix of containers, volumes and the network.
    pub name: Option<String>,
    /// What a team shares, so that all its machines count as one origin.
    pub origin: Option<String>,
    /// Read links that lead out of the project's directory.
    pub follow_links: bool,
    /// Address of published ports.
    pub bind: Option<String>,
    /// Where images come from.
    pub images: Images,
    /// Existing Docker networks to join.
    pub networks: Vec<String>,
    /// Settings of Prometheus.
    pub prometheus: Map<String, Value>,
    /// Settings of Alertmanager.
    pub alertmanager: Map<String, Value>,
    /// Settings of Grafana.
    pub grafana: Map<String, Value>,
    /// Exporters and their settings; none named means the default ones.
    pub exporters: Option<BTreeMap<String, Value>>,
    /// Components that collect, store and show logs, and their settings.
    pub logs: BTreeMap<String, Value>,
    /// Applications to scrape, by job name.
    pub apps: BTreeMap<String, App>,
    /// Changes to the shipped alerts.
    pub alerts: Alerts,
    /// Service level objectives.
    pub slos: Vec<Slo>,
    /// Who is told, and when.
    pub notify: Notify,
}

/// `images:`
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Images {
    /// A mirror that replaces the registry part of every image.
    pub registry: Option<String>,
    /// The suite of the Debian archive used when no registry answers.
    pub debian_suite: Option<String>,
}

/// `exporters.custom.<name>`. The shape of the file has refused unknown keys.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Custom {
    /// Image with its tag or digest.
    pub image: String,
    /// Port its metrics are on.
    pub port: u16,
    /// The same as `metrics_path`.
    #[serde(default)]
    pub path: Option<String>,
    /// Environment without secrets.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// Files to deliver: name inside the container's configuration directory to path here.
    #[serde(default)]
    pub files: BTreeMap<String, String>,
    /// Files with secrets to deliver, likewise.
    #[serde(default)]
    pub secret_files: BTreeMap<String, String>,
    /// Arguments; `{config}` is the directory of the delivered files.
    #[serde(default)]
    pub args: Vec<String>,
    /// Numeric `uid` or `uid:gid`.
    #[serde(default)]
    pub user: Option<String>,
    /// It may run as root.
    #[serde(default)]
    pub insecure: bool,
    /// Files of `files` may be outside of the directory of `stack.yml`.
    #[serde(default)]
    pub outside_files: bool,
    /// Memory limit.
    #[serde(default)]
    pub memory: Option<String>,
    /// Port on the host; none means not published.
    #[serde(default)]
    pub publish: Option<u16>,
    /// Networks to join, instead of those of the stack.
    pub networks: Option<Vec<String>>,
    /// How it is scraped.
    #[serde(flatten)]
    pub scrape: ScrapeSettings,
}

/// `apps.<job>`. The shape of the file has refused unknown keys.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct App {
    /// Application pack that brings rules, dashboards and defaults.
    pub pack: Option<String>,
    /// Which service of the pack it is, when its name does not say it.
    pub part: Option<String>,
    /// Where it runs, `host:port`.
    pub targets: Vec<String>,
    /// Health endpoint that the blackbox exporter probes.
    pub health: Option<String>,
    /// How it is scraped.
    #[serde(flatten)]
    pub scrape: ScrapeSettings,
}

/// How Prometheus scrapes an application or a custom exporter.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct ScrapeSettings {
    /// Path of the metrics.
    pub metrics_path: Option<String>,
    /// Parameters of the request.
    pub params: BTreeMap<String, Many>,
    /// `http` or `https`.
    pub scheme: Option<String>,
    /// How the certificate of the target is verified.
    pub tls: Tls,
    /// Another scrape interval than the stack's.
    pub scrape_interval: Option<String>,
    /// Another scrape timeout.
    pub scrape_timeout: Option<String>,
    /// Labels taken off every series.
    pub drop_labels: Vec<String>,
    /// Labels on every series.
    pub labels: BTreeMap<String, String>,
    /// Most samples one scrape may bring.
    pub sample_limit: Option<i64>,
    /// Keep labels that the target sets itself.
    pub honor_labels: Option<bool>,
    /// Keep timestamps that the target sets itself.
    pub honor_timestamps: Option<bool>,
    /// The format assumed when the target names none.
    pub fallback_protocol: Option<String>,
    /// User for basic authentication.
    pub username: Option<String>,
    /// File with the password for basic authentication.
    pub password_file: Option<String>,
    /// File with a bearer token.
    pub bearer_token_file: Option<String>,
}

/// `tls:` of an application or a custom exporter.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Tls {
    /// File with the certificates of the authority.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<String>,
    /// File with the certificate that Prometheus presents.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cert_file: Option<String>,
    /// File with the key of that certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_file: Option<String>,
    /// Name in the certificate of the target.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server_name: Option<String>,
    /// Accept any certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub insecure_skip_verify: Option<bool>,
}

/// `alerts:`
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Alerts {
    /// Shipped alerts that are left out.
    pub disable: Vec<String>,
    /// Other numbers than the shipped ones.
    pub thresholds: BTreeMap<String, f64>,
    /// Other time windows than the shipped ones.
    pub windows: BTreeMap<String, String>,
    /// Other severities than the shipped ones.
    pub severities: BTreeMap<String, String>,
    /// Where runbooks are, without the alert's name.
    pub runbook_url: Option<String>,
}

/// One row of `slos`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Slo {
    /// Its name.
    pub name: String,
    /// Share of good events, in percent.
    pub objective: f64,
    /// Time over which it is promised; 30 days unless set.
    #[serde(default)]
    pub window: Option<String>,
    /// Selector of the good events.
    #[serde(default)]
    pub good: Option<String>,
    /// Selector of the bad events.
    #[serde(default)]
    pub bad: Option<String>,
    /// Selector of all events.
    #[serde(default)]
    pub total: Option<String>,
    /// A bucket of a histogram instead.
    #[serde(default)]
    pub latency: Option<Latency>,
    /// Label for routing; its name unless set.
    #[serde(default)]
    pub service: Option<String>,
    /// What it is about.
    #[serde(default)]
    pub description: Option<String>,
}

/// `slos[].latency`
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Latency {
    /// Selector of the histogram, without `_bucket`.
    pub histogram: String,
    /// A bound of its buckets.
    pub under: String,
}

/// `notify:`
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Notify {
    /// The mail server.
    pub smtp: Option<Smtp>,
    /// Receivers: name to integrations.
    pub receivers: BTreeMap<String, Map<String, Value>>,
    /// Receiver of everything no route names.
    pub default: Option<String>,
    /// First match wins.
    pub routes: Vec<Route>,
    /// Times of the week, by name.
    pub hours: BTreeMap<String, Vec<Hours>>,
    /// Labels that make one notification out of many alerts.
    pub group_by: Option<Vec<String>>,
    /// Receiver of the dead man's switch.
    pub watchdog: Option<String>,
}

/// `notify.smtp`
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Smtp {
    /// `host:port`.
    pub smarthost: String,
    /// Sender.
    pub from: String,
    /// User name.
    #[serde(default)]
    pub username: Option<String>,
    /// File with the password.
    #[serde(default)]
    pub password_file: Option<String>,
    /// Refuse servers without TLS; true unless set.
    #[serde(default)]
    pub require_tls: Option<bool>,
}

/// One row of `notify.routes`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Route {
    /// Severities it is for.
    pub severity: Many,
    /// Categories it is for.
    pub category: Many,
    /// Services it is for.
    pub service: Many,
    /// Further labels and their values.
    #[serde(rename = "match")]
    pub matches: BTreeMap<String, String>,
    /// Receivers.
    pub to: Many,
    /// `immediately`, or within a duration.
    pub respond: Option<String>,
    /// Times of the week outside which it waits.
    pub hours: Many,
    /// Time between repetitions.
    pub repeat: Option<String>,
    /// The routes below are tried as well.
    #[serde(rename = "continue")]
    pub continues: bool,
}

/// One value or a list of them, read as a list.
pub type Many = Vec<String>;

/// `notify.hours.<name>`
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hours {
    /// Days, such as `monday:friday`.
    pub days: Many,
    /// First minute, `HH:MM`.
    pub from: String,
    /// Minute after the last, `HH:MM`; on the next day when it is before `from`.
    pub to: String,
    /// Time zone, such as `Europe/Berlin`; UTC unless set.
    #[serde(default)]
    pub timezone: Option<String>,
}
