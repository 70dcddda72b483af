//! `BlindspotX`.

use crate::model::pack::{Pack, Part};

/// `BlindspotX`.
pub const BLINDSPOTX: Pack = Pack {
    name: "blindspotx",
    title: "BlindspotX",
    summary: "identity: logins, tokens, sessions and configuration drift",
    parts: &[Part {
        name: "blindspotx",
        port: 8000,
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
