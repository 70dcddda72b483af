//! What `health` and `status` report: components, and the targets that Prometheus scrapes.

use std::collections::BTreeMap;

use serde::Serialize;

/// `health`
#[derive(Debug, Clone, Serialize)]
pub struct HealthReport {
    /// Name of the stack, for the title.
    #[serde(skip)]
    pub stack: String,
    /// `healthy` or `unhealthy`.
    pub status: String,
    /// By component.
    pub components: BTreeMap<String, Health>,
    /// Time of the report, RFC 3339.
    pub timestamp: String,
    /// What Prometheus scrapes; none: it was not asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub targets: Option<Targets>,
    /// What is wrong with the stack as a whole, with the next step.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<String>,
    /// Components without an image are left out on purpose.
    #[serde(skip)]
    pub skip_unavailable: bool,
}

impl HealthReport {
    /// True when nothing is wrong with a component.
    pub fn is_well(&self, health: &Health) -> bool {
        match health.state {
            Condition::Healthy | Condition::Stopped => true,
            Condition::Unavailable => self.skip_unavailable,
            Condition::Unhealthy => false,
        }
    }

    /// True when nothing is wrong. What was stopped or left out on purpose is not wrong.
    pub fn is_healthy(&self) -> bool {
        self.problems.is_empty()
            && self.components.values().all(|health| self.is_well(health))
            && self.targets.as_ref().is_none_or(|targets| targets.down.is_empty())
    }
}

/// Health of one component.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Health {
    /// It is ready and nothing is wrong with it.
    pub healthy: bool,
    /// One sentence.
    pub detail: String,
    /// Time of the answer in milliseconds.
    pub latency_ms: Option<f64>,
    /// Whether it is as it should be; written only when it was stopped on purpose or is unavailable.
    #[serde(skip_serializing_if = "Condition::is_plain")]
    pub state: Condition,
}

/// Whether a component is as it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Condition {
    /// It is.
    Healthy,
    /// It is not.
    Unhealthy,
    /// It was stopped on purpose.
    Stopped,
    /// It does not exist, and its image is not here.
    Unavailable,
}

impl Condition {
    /// True when `healthy` says it all.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
    fn is_plain(&self) -> bool {
        matches!(self, Self::Healthy | Self::Unhealthy)
    }
}

impl Health {
    /// A component in this condition.
    pub fn new(state: Condition, detail: impl Into<String>) -> Self {
        Self { state, healthy: state == Condition::Healthy, detail: detail.into(), latency_ms: None }
    }

    /// A component with which nothing is wrong.
    pub fn well(detail: impl Into<String>) -> Self {
        Self::new(Condition::Healthy, detail)
    }

    /// A component with which something is wrong.
    pub fn bad(detail: impl Into<String>) -> Self {
        Self::new(Condition::Unhealthy, detail)
    }
}

/// What Prometheus scrapes, probes included. Targets of components that were stopped on purpose are not counted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Targets {
    /// All of them.
    pub total: usize,
    /// Those whose last scrape succeeded.
    pub up: usize,
    /// Those whose last scrape failed.
    pub down: Vec<TargetRow>,
    /// Those that were not scraped yet, or not since their component started.
    pub unknown: Vec<TargetRow>,
}

/// One target that is not up.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct TargetRow {
    /// Scrape job.
    pub job: String,
    /// What is scraped or probed.
    pub address: String,
    /// Why it is not up.
    pub reason: String,
}

impl Targets {
    /// `targets 12/14 up, 1 not scraped yet`
    pub fn summary(&self) -> String {
        let waiting = match self.unknown.len() {
            0 => String::new(),
            count => format!(", {count} not scraped yet"),
        };
        format!("targets {}/{} up{waiting}", self.up, self.total)
    }
}
