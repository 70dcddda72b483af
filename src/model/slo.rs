//! Service level objectives: what `slos:` in `stack.yml` means.

use serde::Serialize;

/// One objective.
#[derive(Debug, Clone, PartialEq)]
pub struct Slo {
    /// Its name: the label `slo` of its series and alerts.
    pub name: String,
    /// The label `service` of its series and alerts.
    pub service: String,
    /// What it is about, in the user's words.
    pub description: Option<String>,
    /// Share of good events that is promised, in percent, between 0 and 100.
    pub objective: f64,
    /// Time over which it is promised, in days.
    pub days: u32,
    /// What is measured.
    pub sli: Sli,
    /// When it is spent too fast, the quickest pair of windows first; only those that can fire.
    pub burn_rates: Vec<BurnRate>,
    /// Series its selectors match, for the unit tests; none when no such series could be made up.
    pub samples: Option<Samples>,
}

/// The service level indicator: selectors of counters, without a function or a range.
#[derive(Debug, Clone, PartialEq)]
pub enum Sli {
    /// Events that were good, of all.
    Good { good: String, total: String },
    /// Events that were bad, of all.
    Bad { bad: String, total: String },
    /// Events in a bucket of a histogram, of all it counted.
    Latency { bucket: String, count: String },
}

/// A pair of windows: an alert when the budget burns `factor` times as fast as it may, in both.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BurnRate {
    /// How soon somebody must look.
    pub urgency: Urgency,
    /// The window that says it matters.
    pub long: &'static str,
    /// The window that says it is still going on.
    pub short: &'static str,
    /// 1 spends the budget exactly within the objective's window.
    pub factor: f64,
}

/// How soon somebody must look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Urgency {
    /// Now: somebody is woken up.
    Page,
    /// Within days: somebody gets a ticket.
    Ticket,
}

/// A row of the alerting windows: which pair there is, and how fast the budget burns when it fires.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Windows {
    /// How soon somebody must look.
    pub urgency: Urgency,
    /// The long window, in hours.
    pub long_hours: u32,
    /// The long window, as Prometheus writes it.
    pub long: &'static str,
    /// The short window, as Prometheus writes it.
    pub short: &'static str,
    /// Percent of the budget that is gone when it fires, for objectives over 7 days.
    pub week_percent: f64,
    /// The same for objectives over 28 days and longer.
    pub month_percent: f64,
}

/// Series for the unit tests of an objective's indicator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Samples {
    /// A series of the good events (of the bad ones where those are named).
    pub part: String,
    /// A series of the other events, or of all of them.
    pub rest: String,
    /// `part` counts among all events; otherwise `rest` alone does.
    pub within: bool,
}

impl Slo {
    /// Share of bad events that is allowed, between 0 and 1.
    pub fn budget(&self) -> f64 {
        ratio(100.0 - self.objective)
    }

    /// Share of good events that is promised, between 0 and 1.
    pub fn promised(&self) -> f64 {
        ratio(self.objective)
    }
}

/// Percent as a ratio, without the noise of binary fractions: 99.9 leaves exactly 0.001.
fn ratio(percent: f64) -> f64 {
    (percent * 1e10).round() / 1e12
}

#[cfg(test)]
mod tests {
    use super::ratio;

    #[test]
    fn budgets_are_written_as_people_write_them() {
        for (objective, budget) in [(99.9, "0.001"), (99.95, "0.0005"), (99.0, "0.01"), (99.999, "0.00001")] {
            assert_eq!(format!("{}", ratio(100.0 - objective)), budget);
        }
    }
}
