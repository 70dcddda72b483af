//! `SentraScan` Platform.

use crate::model::pack::{Pack, Part};

/// `SentraScan` Platform.
pub const SENTRASCAN: Pack = Pack {
    name: "sentrascan",
    title: "SentraScan Platform",
    summary: "security scans: outcome, duration, findings, and its API",
    parts: &[Part {
        name: "sentrascan",
        port: 8200,
        path: "/metrics",
        scrape_interval: "15s",
        sample_limit: None,
        drop_labels: &[],
        metrics: &[],
    }],
    exporters: &[],
    thresholds: &[],
    windows: &[],
    severities: &[],
    replaces: &[],
    dashboards: &[],
    missing: &[],
    notes: &[],
};
