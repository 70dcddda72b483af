//! The nouns of rule files: which alert and recording rules a component or a pack brings, and which numbers in
//! them `stack.yml` may change. Rows of these types are constants of the catalogue; this file holds no rows.

/// One rule file, rendered when its component is part of the stack.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RuleFile {
    /// File stem under `rules/` and `rules/tests/`; the name of the component it belongs to.
    pub name: &'static str,
    /// How the file is called in text, such as `Host`.
    pub title: &'static str,
    /// Every number in the file that `alerts.thresholds` may change, in file order.
    pub thresholds: &'static [Threshold],
}

/// One time window over which a rule looks. The template reads it as `w.<alert>`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Window {
    /// Name of the alert it belongs to; also the key in `alerts.windows`.
    pub alert: &'static str,
    /// Used when `stack.yml` says nothing, as a Prometheus duration.
    pub default: &'static str,
    /// What happens within it, without a full stop.
    pub doc: &'static str,
}

/// One severity that `stack.yml` may change. The template reads it as `s.<alert>`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Severity {
    /// Name of the alert it belongs to; also the key in `alerts.severities`.
    pub alert: &'static str,
    /// Used when `stack.yml` says nothing.
    pub default: &'static str,
}

/// One number that decides when an alert fires. The template reads it as `t.<alert>`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Threshold {
    /// Name of the alert it belongs to; also the key in `alerts.thresholds`.
    pub alert: &'static str,
    /// Used when `stack.yml` says nothing, in `unit`.
    pub default: f64,
    /// `ratio` (0 to 1), `seconds`, `hours`, `days`, `per second` or `count`.
    pub unit: &'static str,
    /// What the number means, without a full stop.
    pub doc: &'static str,
}

/// The unit of a threshold behind its number, as it reads for one and for many: `1 s`. Shares and counts have none.
pub fn symbol(unit: &str) -> &'static str {
    match unit {
        "seconds" => " s",
        "hours" => " h",
        "days" => " d",
        "per second" => " per second",
        _ => "",
    }
}
