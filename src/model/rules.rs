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
    /// Where a person sees what its alerts tell of.
    pub shown: Shown,
}

/// The dashboard, by its name under `dashboards/`, on which a person sees what an alert tells of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Shown {
    /// No dashboard has its metrics.
    Nowhere,
    /// One dashboard has all of the file.
    On(&'static str),
    /// Several share it.
    ByGroup {
        /// Name and dashboard of every group that has alerts.
        groups: &'static [(&'static str, &'static str)],
        /// Alerts that another dashboard than their group's shows.
        except: &'static [(&'static str, &'static str)],
    },
}

impl Shown {
    /// The dashboard for an alert of a group; none as well for a group that is not the shipped file's.
    pub fn dashboard(self, group: &str, alert: &str) -> Option<&'static str> {
        let of = |rows: &'static [(&'static str, &'static str)], wanted: &str| {
            rows.iter().find(|(name, _)| *name == wanted).map(|(_, dashboard)| *dashboard)
        };
        match self {
            Self::Nowhere => None,
            Self::On(dashboard) => Some(dashboard),
            Self::ByGroup { groups, except } => of(except, alert).or_else(|| of(groups, group)),
        }
    }
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
