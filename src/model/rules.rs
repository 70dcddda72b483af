//! The shape of a rule file's row: what a user may change in it.

/// One file of alert and recording rules under `rules/`.
#[derive(Debug)]
pub struct RuleFile {
    /// File name without `.yml`.
    pub name: &'static str,
    /// What it watches, for people.
    pub title: &'static str,
    /// The numbers in it that a user may change.
    pub thresholds: &'static [Threshold],
}

/// A number at which an alert fires.
#[derive(Debug)]
pub struct Threshold {
    /// The alert.
    pub alert: &'static str,
    /// The value unless `alerts.thresholds` says otherwise.
    pub default: f64,
    /// What it counts: `ratio`, `seconds`, `bytes`, `count`.
    pub unit: &'static str,
    /// What is compared with it.
    pub doc: &'static str,
}
