//! Where a component shows its metrics.

use serde::Serialize;

/// How Prometheus scrapes a component.
#[derive(Debug, Clone, Copy)]
pub struct Scrape {
    /// Path of the metrics.
    pub path: &'static str,
    /// The metric that says whether the watched service is up, when the exporter's own `up` does not.
    pub service_up: Option<&'static str>,
    /// A label that Prometheus sets on series without it.
    pub fallback: Option<FallbackLabel>,
}

impl Scrape {
    /// Metrics at a path.
    pub const fn at(path: &'static str) -> Self {
        Self { path, service_up: None, fallback: None }
    }

    /// The same, with the metric that tells whether the watched service is up.
    #[must_use]
    pub const fn of_service(mut self, up: &'static str) -> Self {
        self.service_up = Some(up);
        self
    }

    /// The same, with a label for series without it.
    #[must_use]
    pub const fn or_label(mut self, label: FallbackLabel) -> Self {
        self.fallback = Some(label);
        self
    }
}

/// A label derived from another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct FallbackLabel {
    /// The label that is set.
    pub label: &'static str,
    /// The label it is derived from.
    pub source: &'static str,
    /// What the source must match as a whole; its first group is the value.
    pub regex: &'static str,
}
