//! `CyberSensei` Central.

use crate::model::pack::{Metric, Missing, Pack, Part};
use crate::model::rules::{Severity, Threshold, Window};

/// `CyberSensei` Central.
pub const CYBERSENSEI: Pack = Pack {
    name: "cybersensei",
    title: "CyberSensei Central",
    summary: "training platform: backend, tenants, licences, database and host",
    parts: &[BACKEND],
    exporters: &["node", "postgres"],
    thresholds: THRESHOLDS,
    windows: &[Window {
        alert: "NoTelemetryReceived",
        default: "1h",
        doc: "how long a tenant that is gone from the metrics is still judged by its last values",
    }],
    severities: SEVERITIES,
    replaces: &[
        "PostgresDown",
        "PostgresTooManyConnections",
        "PostgresDeadTuples",
        "HostHighCpu",
        "HostHighMemory",
        "HostDiskAlmostFull",
        "HostDiskFull",
        "HostHighDiskIO",
    ],
    dashboards: &["cybersensei-health", "cybersensei-tenants", "cybersensei-database"],
    missing: MISSING,
    notes: NOTES,
};

const BACKEND: Part = Part {
    name: "nestjs-backend",
    port: 3000,
    path: "/metrics",
    scrape_interval: "10s",
    // Nine series for each method, path and status; requests for paths that do not exist make new ones.
    sample_limit: Some(50_000),
    drop_labels: &["license_key"],
    metrics: &[
        Metric {
            name: "http_request_duration_seconds",
            kind: "histogram",
            labels: &["method", "route", "status"],
        },
        Metric { name: "http_requests_total", kind: "counter", labels: &["method", "route", "status"] },
        Metric {
            name: "cybersensei_last_telemetry_timestamp_seconds",
            kind: "gauge",
            labels: &["tenant_id", "tenant_name"],
        },
        Metric {
            name: "cybersensei_tenant_health_status",
            kind: "gauge",
            labels: &["tenant_id", "tenant_name", "status"],
        },
        Metric {
            name: "cybersensei_tenant_active_users",
            kind: "gauge",
            labels: &["tenant_id", "tenant_name", "tenant_active"],
        },
        Metric {
            name: "cybersensei_tenant_ai_latency_ms",
            kind: "gauge",
            labels: &["tenant_id", "tenant_name"],
        },
        Metric {
            name: "cybersensei_tenant_exercises_total",
            kind: "counter",
            labels: &["tenant_id", "tenant_name"],
        },
        Metric {
            name: "cybersensei_license_expiry_timestamp_seconds",
            kind: "gauge",
            labels: &["tenant_id", "tenant_name"],
        },
        Metric { name: "process_cpu_seconds_total", kind: "counter", labels: &[] },
        Metric { name: "process_resident_memory_bytes", kind: "gauge", labels: &[] },
        Metric { name: "process_start_time_seconds", kind: "gauge", labels: &[] },
        Metric { name: "nodejs_eventloop_lag_seconds", kind: "gauge", labels: &[] },
        Metric { name: "nodejs_heap_size_total_bytes", kind: "gauge", labels: &[] },
        Metric { name: "nodejs_heap_size_used_bytes", kind: "gauge", labels: &[] },
    ],
};

const THRESHOLDS: &[Threshold] = &[
    Threshold {
        alert: "HighAPILatency",
        default: 1.0,
        unit: "seconds",
        doc: "time within which 95 of 100 requests are answered, over 5 minutes",
    },
    Threshold {
        alert: "HighErrorRate",
        default: 0.05,
        unit: "ratio",
        doc: "share of the requests answered with 5xx over 5 minutes",
    },
    Threshold {
        alert: "HighMemoryUsage",
        default: 2.0,
        unit: "count",
        doc: "GiB of memory that the backend's process holds",
    },
    Threshold {
        alert: "HighCPUUsage",
        default: 0.8,
        unit: "ratio",
        doc: "share of one CPU that the backend's process uses over 5 minutes",
    },
    Threshold {
        alert: "NoTelemetryReceived",
        default: 24.0,
        unit: "hours",
        doc: "age of a tenant's last telemetry",
    },
    Threshold {
        alert: "HighAILatency",
        default: 1.0,
        unit: "seconds",
        doc: "mean time in which the AI answers at a tenant",
    },
    Threshold {
        alert: "LowActiveUsers",
        default: 1.0,
        unit: "count",
        doc: "active users of a tenant; fewer fires",
    },
    Threshold {
        alert: "HighDatabaseConnections",
        default: 0.8,
        unit: "ratio",
        doc: "share of max_connections in use",
    },
    Threshold {
        alert: "SlowQueries",
        default: 0.5,
        unit: "seconds",
        doc: "mean time that a transaction of one database spends on its statements, over 5 minutes",
    },
    Threshold {
        alert: "HighDeadTuples",
        default: 10_000.0,
        unit: "count",
        doc: "dead rows of one table",
    },
    Threshold {
        alert: "HostHighCPU",
        default: 0.8,
        unit: "ratio",
        doc: "share of the CPU time in use over 5 minutes",
    },
    Threshold {
        alert: "HostHighMemory",
        default: 0.85,
        unit: "ratio",
        doc: "share of the memory in use",
    },
    Threshold {
        alert: "HostLowDiskSpace",
        default: 0.1,
        unit: "ratio",
        doc: "share of a file system that is free; lower fires",
    },
    Threshold {
        alert: "HostHighDiskIO",
        default: 0.8,
        unit: "ratio",
        doc: "share of the time a disk was busy over 5 minutes",
    },
    Threshold {
        alert: "LicenseExpiringSoon",
        default: 7.0,
        unit: "days",
        doc: "time left on a tenant's last licence",
    },
];

const SEVERITIES: &[Severity] = &[
    Severity { alert: "BackendDown", default: "critical" },
    Severity { alert: "HighAPILatency", default: "warning" },
    Severity { alert: "HighErrorRate", default: "warning" },
    Severity { alert: "HighMemoryUsage", default: "warning" },
    Severity { alert: "HighCPUUsage", default: "warning" },
    Severity { alert: "NoTelemetryReceived", default: "critical" },
    Severity { alert: "TenantCriticalHealth", default: "critical" },
    Severity { alert: "HighAILatency", default: "warning" },
    Severity { alert: "LowActiveUsers", default: "warning" },
    Severity { alert: "PostgreSQLDown", default: "critical" },
    Severity { alert: "HighDatabaseConnections", default: "warning" },
    Severity { alert: "SlowQueries", default: "warning" },
    Severity { alert: "HighDeadTuples", default: "warning" },
    Severity { alert: "HostHighCPU", default: "warning" },
    Severity { alert: "HostHighMemory", default: "warning" },
    Severity { alert: "HostLowDiskSpace", default: "critical" },
    Severity { alert: "HostHighDiskIO", default: "warning" },
    Severity { alert: "LicenseExpiringSoon", default: "warning" },
    Severity { alert: "LicenseExpired", default: "critical" },
];

const MISSING: &[Missing] = &[];

const NOTES: &[&str] = &[];
