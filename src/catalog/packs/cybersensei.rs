//! `CyberSensei` Central.

use crate::model::pack::{Metric, Missing, Pack, Part};
use crate::model::rules::{Severity, Shown, Threshold, Window};

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
    shown: Shown::ByGroup {
        groups: &[
            ("cybersensei-backend", "cybersensei-health"),
            ("cybersensei-telemetry", "cybersensei-tenants"),
            ("cybersensei-database", "cybersensei-database"),
            // The pack's own dashboard has the host in three panels and how busy its disks are in none.
            ("cybersensei-system", "host"),
            ("cybersensei-license", "cybersensei-tenants"),
        ],
        except: &[],
    },
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
            labels: &["tenant_id", "tenant_name", "license_key_hash"],
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
    Threshold { alert: "HighDeadTuples", default: 10_000.0, unit: "count", doc: "dead rows of one table" },
    Threshold {
        alert: "HostHighCPU",
        default: 0.8,
        unit: "ratio",
        doc: "share of the CPU time in use over 5 minutes",
    },
    Threshold { alert: "HostHighMemory", default: 0.85, unit: "ratio", doc: "share of the memory in use" },
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

const MISSING: &[Missing] = &[Missing {
    what: "panel Exercises completed",
    why: "the backend declares the counter cybersensei_tenant_exercises_total and never increments it, so it exposes no series; it must call inc({tenant_id, tenant_name}) when an exercise is completed",
}];

const NOTES: &[&str] = &[
    "the backend needs prom-client, MetricsModule and MetricsMiddleware for every route, as the document says; /metrics must be reachable without a login",
    "license_key is a label of the metric: it is dropped, and license_key_hash, a number below a million, takes its place. Merely dropped, the licences of one tenant would become one series, of which Prometheus keeps the first without a word: a renewed tenant would count as expired",
    "licences are counted per tenant, by the one that ends last; revoked licences count too, because the metric does not tell them apart. LicenseExpiringSoon ends where LicenseExpired begins, in the document both fire",
    "the backend never removes gauges: a tenant that was deleted, renamed or switched off keeps its last values, and its alerts, until the backend restarts and an hour more (NoTelemetryReceived under alerts.windows). For telemetry the newest name of a tenant counts",
    "a tenant that has never sent telemetry has no series, so no alert can tell of it",
    "gauges of tenants are read over an hour: in the document a restart of the backend ends NoTelemetryReceived and TenantCriticalHealth and begins the 2 hours of LowActiveUsers anew",
    "NoTelemetryReceived and TenantCriticalHealth leave out tenants that are switched off (tenant_active=\"false\"): they would stay critical for ever",
    "cybersensei_tenant_health_status is a set of three series per tenant (healthy, warning, critical), of which one is 1; it is not 1 for healthy and 0 for unhealthy, as the document says. It says how old the telemetry is and nothing else",
    "HighAILatency and LowActiveUsers count only with telemetry of the last 60 minutes: the backend keeps the last latency other than 0. LowActiveUsers in the team's rules can never be true: it asks for fewer than 1 user and exactly 1 at once",
    "HighErrorRate is a share of the requests and not errors per second, and HighAPILatency one quantile per backend and not per route; both need 3 requests a minute and leave out /metrics and /health, which the middleware counts too",
    "HighMemoryUsage is in GiB, HighCPUUsage a share of one CPU, because JavaScript runs on one",
    "the largest bucket of http_request_duration_seconds is 5 s: slower requests show as 5 s, and HighAPILatency with a threshold of 5 or more never fires",
    "paths that no route matches become labels as they are; 50000 samples a scrape are the limit, beyond which BackendDown and PrometheusSampleLimitHit fire. Set sample_limit for another",
    "SlowQueries is the mean time that a transaction spends on its statements, from pg_stat_database (PostgreSQL 14 and newer), more than 0.5 s: rows returned by rows fetched, as the team's rules have it, says nothing about time and is never below 1. It needs no extension; pg_stat_statements (stat_statements: true) adds single statements to the dashboard",
    "HighDatabaseConnections adds up all databases: divided as the team's rules do, the labels of the two sides never match",
    "HighDeadTuples has the document's 10000 rows; autovacuum begins at 20 % of a table by default, so raise it where large tables are normal",
    "HostLowDiskSpace and the panel Disk usage both count what programs may still write; the document's query for the panel also counts space that is reserved for root",
    "HostHighDiskIO has no number in the document: more than 80 % of the time",
    "ratios stay between 0 and 1: the team's rules multiply by 100 and print 90 % as 9000 %",
    "PostgresDown, PostgresTooManyConnections, PostgresDeadTuples, HostHighCpu, HostHighMemory, HostDiskAlmostFull, HostDiskFull and HostHighDiskIO give way to the document's alerts of the same faults",
    "the label service is backend, telemetry, database, host or license, so that routes can name a team; the team's own routes by service never see a warning, because the route for warnings comes first and ends the search",
    "critical alerts are repeated every hour and warnings every 12 hours; a mail every 5 minutes for each group, with group_interval 10s, as the team has it, also cuts off a slow mail server, because group_interval is the time a notification may take",
];
