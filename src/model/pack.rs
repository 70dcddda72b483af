//! The shape of an application pack's row: what is known about one kind of application.

use super::rules::Threshold;

/// One application pack.
#[derive(Debug)]
pub struct Pack {
    /// The name: value of `pack:` in `stack.yml`, and the rule file under `rules/`.
    pub name: &'static str,
    /// The name as its makers write it.
    pub title: &'static str,
    /// Port its metrics are on, unless the target says otherwise.
    pub port: u16,
    /// Path of the metrics.
    pub path: &'static str,
    /// How often it is scraped unless `stack.yml` says otherwise.
    pub scrape_interval: &'static str,
    /// Metrics it exposes.
    pub metrics: &'static [Metric],
    /// Exporters its rules and dashboards need.
    pub exporters: &'static [&'static str],
    /// The numbers in its rules that a user may change.
    pub thresholds: &'static [Threshold],
    /// Its dashboards under `dashboards/`.
    pub dashboards: &'static [&'static str],
    /// What the application must expose, and where its own documentation is mistaken.
    pub notes: &'static [&'static str],
}

/// One metric an application exposes.
#[derive(Debug)]
pub struct Metric {
    /// Its name.
    pub name: &'static str,
    /// `counter`, `gauge`, `histogram`, `summary` or `info`.
    pub kind: &'static str,
    /// Its labels besides those of the scrape.
    pub labels: &'static [&'static str],
}
