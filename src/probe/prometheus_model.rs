//! What Prometheus's HTTP API says about itself: builds, reloads, rules, targets.
//!
//! Shapes hold for Prometheus 2.53 to 3.x; what only some versions send has a default.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::kernel::units::parse_duration;

/// `/api/v1/status/buildinfo`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct BuildInfo {
    /// `3.5.3`, `2.53.3+ds1`.
    pub version: String,
    /// Commit or package revision.
    #[serde(default)]
    pub revision: String,
}

/// `/api/v1/status/runtimeinfo`. Times are RFC 3339.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RuntimeInfo {
    /// When the process started.
    pub start_time: String,
    /// Whether the last reload worked.
    pub reload_config_success: bool,
    /// When the running configuration was loaded, to the second.
    pub last_config_time: String,
    /// Retention as flags and file make it: `15d`, `15d or 50GiB`.
    #[serde(default)]
    pub storage_retention: String,
    /// WAL corruptions found since the start.
    #[serde(default)]
    pub corruption_count: u64,
}

/// How the last reload ended, from Prometheus's own metrics; finer than [`RuntimeInfo`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReloadState {
    /// `prometheus_config_last_reload_successful`.
    pub successful: bool,
    /// `prometheus_config_last_reload_success_timestamp_seconds`, Unix time.
    pub succeeded_at: f64,
}

/// One group of `/api/v1/rules`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct RuleGroup {
    /// Name, unique within its file.
    pub name: String,
    /// Absolute path inside the container.
    pub file: String,
    /// Evaluation interval in seconds.
    pub interval: f64,
    /// The rules in the order of the file.
    pub rules: Vec<Rule>,
}

/// Alerting or recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RuleKind {
    /// Makes alerts.
    Alerting,
    /// Makes series.
    Recording,
}

/// One rule of `/api/v1/rules`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rule {
    /// Name of the alert or of the recorded series.
    pub name: String,
    /// Alerting or recording.
    #[serde(rename = "type")]
    pub kind: RuleKind,
    /// The expression as Prometheus formats it.
    pub query: String,
    /// `ok`, `err`, or `unknown` before the first evaluation.
    pub health: String,
    /// Why the last evaluation failed.
    #[serde(default)]
    pub last_error: String,
    /// Labels, those of the group included; templates are not expanded.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// `for` in seconds; 0 for recording rules.
    #[serde(default)]
    pub duration: f64,
    /// `keep_firing_for` in seconds.
    #[serde(default)]
    pub keep_firing_for: f64,
}

/// One target of `/api/v1/targets?state=active`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Target {
    /// Labels after relabelling; `job` and `instance` among them.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// The scrape job, whatever relabelling made of the `job` label.
    #[serde(default)]
    pub scrape_pool: String,
    /// What is scraped, as seen from Prometheus.
    pub scrape_url: String,
    /// `up`, `down`, or `unknown` before the first scrape.
    pub health: String,
    /// Why the last scrape failed.
    #[serde(default)]
    pub last_error: String,
    /// Labels before relabelling; `__address__` among them.
    #[serde(default)]
    pub discovered_labels: BTreeMap<String, String>,
    /// When the last scrape began, RFC 3339; the year 1 before the first.
    #[serde(default)]
    pub last_scrape: String,
    /// Time between two scrapes, as Prometheus writes it.
    #[serde(default)]
    pub scrape_interval: String,
    /// Time that a scrape may take.
    #[serde(default)]
    pub scrape_timeout: String,
}

impl Target {
    /// The `job` label.
    pub fn job(&self) -> &str {
        self.labels.get("job").map_or("", String::as_str)
    }

    /// The `instance` label.
    pub fn instance(&self) -> &str {
        self.labels.get("instance").map_or("", String::as_str)
    }

    /// The address as the configuration names it.
    pub fn address(&self) -> &str {
        self.discovered_labels.get("__address__").map_or_else(|| self.instance(), String::as_str)
    }

    /// Unix time of the last scrape; none before the first.
    pub fn scraped_at(&self) -> Option<f64> {
        let time: jiff::Timestamp = self.last_scrape.parse().ok()?;
        Some(time.as_duration().as_secs_f64()).filter(|seconds| *seconds > 0.0)
    }

    /// Seconds between two scrapes, and those that one may take.
    pub fn pace(&self) -> (f64, f64) {
        let seconds = |text: &str, otherwise: f64| {
            parse_duration(text).map_or(otherwise, |duration| duration.as_secs_f64())
        };
        (seconds(&self.scrape_interval, 60.0), seconds(&self.scrape_timeout, 10.0))
    }
}

/// `/api/v1/alertmanagers`: URLs as seen from Prometheus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alertmanagers {
    /// Alerts are sent here.
    pub active: Vec<String>,
    /// Discovered and dropped by relabelling.
    pub dropped: Vec<String>,
}

/// Which series to list.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SeriesQuery<'a> {
    /// Selectors such as `up{job="app"}`; at least one.
    pub selectors: &'a [&'a str],
    /// Unix time to look back to; none means everything that is stored.
    pub since: Option<f64>,
    /// Stop after so many series (Prometheus >= 2.53); none means no limit.
    pub limit: Option<u32>,
}
