//! `CyberSensei` Central.

use crate::model::pack::{Pack, Part};

/// `CyberSensei` Central.
pub const CYBERSENSEI: Pack = Pack {
    name: "cybersensei",
    title: "CyberSensei Central",
    summary: "training platform: backend, tenants, licences, database and host",
    parts: &[Part {
        name: "nestjs-backend",
        port: 3000,
        path: "/metrics",
        scrape_interval: "10s",
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
