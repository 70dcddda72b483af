//! CISO Assistant.

use crate::model::pack::{Pack, Part};

/// CISO Assistant.
pub const CISO_ASSISTANT: Pack = Pack {
    name: "ciso-assistant",
    title: "CISO Assistant",
    summary: "governance, risk and compliance: users, licence, inventory and assessments",
    parts: &[Part {
        name: "ciso-assistant",
        port: 8001,
        path: "/metrics",
        scrape_interval: "60s",
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
