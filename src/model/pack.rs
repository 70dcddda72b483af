//! The shape of an application pack's row: what is known about one kind of application.

use super::rules::{Severity, Shown, Threshold, Window};

/// One application pack.
#[derive(Debug)]
pub struct Pack {
    /// The name: value of `pack:` in `stack.yml`, and the rule file under `rules/`.
    pub name: &'static str,
    /// The name as its makers write it.
    pub title: &'static str,
    /// What it watches, in one line.
    pub summary: &'static str,
    /// The services it is made of. Each becomes a scrape job when `stack.yml` names it.
    pub parts: &'static [Part],
    /// Exporters its rules and dashboards need.
    pub exporters: &'static [&'static str],
    /// The numbers in its rules that a user may change.
    pub thresholds: &'static [Threshold],
    /// The time windows in its rules that a user may change.
    pub windows: &'static [Window],
    /// The severities in its rules that a user may change.
    pub severities: &'static [Severity],
    /// Alerts of the components' own rule files that are left out, because this pack has its own for the same fault.
    pub replaces: &'static [&'static str],
    /// Its dashboards under `dashboards/`.
    pub dashboards: &'static [&'static str],
    /// Which dashboard shows what an alert of its rule file tells of.
    pub shown: Shown,
    /// What its document asks for and no metric tells.
    pub missing: &'static [Missing],
    /// What the application must expose, and where its own documentation is mistaken.
    pub notes: &'static [&'static str],
}

/// One service of an application that is scraped.
#[derive(Debug)]
pub struct Part {
    /// The job name that its makers use. Rules and dashboards name it as `job.<name>`, with `_` for `-`.
    pub name: &'static str,
    /// Port its metrics are on.
    pub port: u16,
    /// Path of the metrics unless `stack.yml` says otherwise.
    pub path: &'static str,
    /// How often it is scraped unless `stack.yml` says otherwise.
    pub scrape_interval: &'static str,
    /// Most samples one scrape may bring unless `stack.yml` says otherwise.
    pub sample_limit: Option<i64>,
    /// Labels that are taken off every series, because they hold secrets. A number below a million in `<label>_hash`
    /// takes their place: series that only the secret told apart stay apart, and Prometheus drops none of them unsaid.
    pub drop_labels: &'static [&'static str],
    /// Metrics it exposes.
    pub metrics: &'static [Metric],
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

/// Something a document asks for that cannot be shown.
#[derive(Debug)]
pub struct Missing {
    /// The panel or alert, as the document calls it.
    pub what: &'static str,
    /// Why there is nothing to show, and what would be needed.
    pub why: &'static str,
}
