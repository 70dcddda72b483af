//! Rust Security Platform.

use crate::model::pack::{Pack, Part};

/// Rust Security Platform.
pub const RUST_SECURITY: Pack = Pack {
    name: "rust-security",
    title: "Rust Security Platform",
    summary: "authentication and policy services with their security, infrastructure and service levels",
    parts: &[
        Part {
            name: "auth-service",
            port: 8080,
            path: "/metrics",
            scrape_interval: "10s",
            sample_limit: None,
            drop_labels: &[],
            metrics: &[],
        },
        Part {
            name: "policy-service",
            port: 8081,
            path: "/metrics",
            scrape_interval: "10s",
            sample_limit: None,
            drop_labels: &[],
            metrics: &[],
        },
        Part {
            name: "dashboard",
            port: 3000,
            path: "/metrics",
            scrape_interval: "15s",
            sample_limit: None,
            drop_labels: &[],
            metrics: &[],
        },
    ],
    exporters: &[],
    thresholds: &[],
    windows: &[],
    severities: &[],
    replaces: &[],
    dashboards: &[],
    missing: &[],
    notes: &[],
};
