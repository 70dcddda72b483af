//! `SentraScan` Platform.

use crate::model::pack::{Metric, Missing, Pack, Part};
use crate::model::rules::{Severity, Shown, Threshold, Window};

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
        // The document's middleware takes the path of a request as a label, identifiers included.
        sample_limit: Some(20_000),
        drop_labels: &[],
        metrics: METRICS,
    }],
    exporters: &["postgres", "node", "cadvisor", "blackbox"],
    thresholds: THRESHOLDS,
    windows: WINDOWS,
    severities: &[
        Severity { alert: "SentraScanNoScansFinished", default: "low" },
        Severity { alert: "SentraScanCriticalFindings", default: "warning" },
    ],
    replaces: &["PostgresDown"],
    dashboards: &["sentrascan-platform", "sentrascan-system"],
    shown: Shown::ByGroup {
        groups: &[
            ("sentrascan-scans", "sentrascan-platform"),
            ("sentrascan-api", "sentrascan-system"),
            ("sentrascan-database", "sentrascan-system"),
        ],
        except: &[],
    },
    missing: MISSING,
    notes: NOTES,
};

const METRICS: &[Metric] = &[
    Metric { name: "sentrascan_scans_total", kind: "counter", labels: &["type", "status"] },
    Metric { name: "sentrascan_scan_duration_seconds", kind: "histogram", labels: &["type"] },
    Metric { name: "sentrascan_active_scans", kind: "gauge", labels: &[] },
    Metric { name: "sentrascan_findings_total", kind: "counter", labels: &["severity"] },
    Metric { name: "api_requests_total", kind: "counter", labels: &["method", "endpoint", "status"] },
    Metric { name: "api_request_duration_seconds", kind: "histogram", labels: &["endpoint"] },
    Metric { name: "process_cpu_seconds_total", kind: "counter", labels: &[] },
    Metric { name: "process_resident_memory_bytes", kind: "gauge", labels: &[] },
    Metric { name: "process_start_time_seconds", kind: "gauge", labels: &[] },
];

const THRESHOLDS: &[Threshold] = &[
    Threshold {
        alert: "SentraScanHighErrorRate",
        default: 0.1,
        unit: "ratio",
        doc: "share of the finished scans that failed",
    },
    Threshold {
        alert: "SlowScans",
        default: 60.0,
        unit: "seconds",
        doc: "95th percentile of the duration of scans",
    },
    Threshold {
        alert: "SentraScanCriticalFindings",
        default: 0.0,
        unit: "count",
        doc: "critical findings that are tolerated in the window",
    },
    Threshold {
        alert: "SentraScanApiErrors",
        default: 0.05,
        unit: "ratio",
        doc: "share of the requests that ended with a 5xx status over 5 minutes",
    },
    Threshold {
        alert: "SentraScanApiSlow",
        default: 1.0,
        unit: "seconds",
        doc: "95th percentile of the response time over 5 minutes, without the two endpoints that wait for a scan",
    },
];

const WINDOWS: &[Window] = &[
    Window { alert: "SentraScanHighErrorRate", default: "30m", doc: "time in which scans are counted" },
    Window { alert: "SlowScans", default: "30m", doc: "time over which durations are looked at" },
    Window {
        alert: "SentraScanStuckScans",
        default: "1h",
        doc: "longest time without a finished scan while some are active",
    },
    Window { alert: "SentraScanNoScansFinished", default: "1d", doc: "longest time without a finished scan" },
    Window { alert: "SentraScanCriticalFindings", default: "1h", doc: "time in which findings are counted" },
];

const MISSING: &[Missing] = &[
    Missing {
        what: "scans blocked by policy",
        why: "the document defines no metric; add a counter such as sentrascan_policy_blocks_total{policy}",
    },
    Missing {
        what: "baseline drift incidents",
        why: "the document defines no metric; add a counter such as sentrascan_baseline_drift_total{type}",
    },
    Missing {
        what: "API key usage",
        why: "the document defines no metric; add a counter such as sentrascan_api_key_requests_total{key_name}, with the name of the key and never the key itself",
    },
    Missing {
        what: "duration of single database statements",
        why: "PostgreSQL needs the extension pg_stat_statements, and the exporter `stat_statements: true`; the dashboard shows the time that the database works per transaction instead",
    },
    Missing {
        what: "`sentrascan doctor` as a health check",
        why: "it is a command without an endpoint; the probe of /api/v1/health, pg_up and SentraScanStuckScans stand for it",
    },
];

const NOTES: &[&str] = &[
    "The published server has no /metrics: add the endpoint of the document. Until then leave `targets` out and keep `health:`; the health probe alone then decides APIDown.",
    "/api/v1/health answers {\"status\": \"ok\"} without asking the database: whether the database answers is told by DatabaseDown.",
    "Declare the buckets of the scan duration, for example buckets=(1, 5, 10, 30, 60, 120, 300, 600, 1800). The client's default buckets end at 10 s, so that the document's 95th percentile never exceeds 10 and `> 60` never fires.",
    "As long as the largest bucket is below the limit, SlowScans fires when more than 5% of the scans are beyond it and took longer than the limit on average, reckoned from the sum of all durations so that it never says too much. The dashboard shows the largest bucket.",
    "The document's `histogram_quantile` over raw buckets looks back to the start of the process and hardly moves; here the buckets are rated over a window.",
    "The document's HighErrorRate is a number of failures per second; here it is the share of the finished scans that failed, over 30 minutes and only with 5 scans or more, and is called SentraScanHighErrorRate so that its name is unique. Scans are rare: 5 minutes would hold none or one.",
    "The document's DatabaseDown looks at `up`, which stays 1 when the database dies; here it is pg_up, and TargetDown tells that the exporter is down. DatabaseDown stands in for PostgresDown.",
    "APIDown fires when the health probe fails, or when a scrape fails and no probe of the same address succeeds: a metrics page that is broken or beyond its sample limit is TargetDown, not an API that is down.",
    "Scans per hour is increase(…[1h]), since rate() is per second; failed scans and findings are shown as increases, since a counter restarts at 0 with the process.",
    "Labelled counters have no series before their first event, and increase() would miss that event; the pack records them with 0 from the first scrape on.",
    "The middleware labels requests with request.url.path, identifiers included, so that series grow without bound: use the route's template (request.scope[\"route\"].path). The job has a `sample_limit` of 20000; a scrape beyond it fails as a whole, and PrometheusSampleLimitHit says so.",
    "The middleware lacks `import time` and `Request`, and counts nothing when a handler raises: put call_next into try/finally and count such a request as status 500, or the errors that matter most are missing from SentraScanApiErrors.",
    "POST /api/v1/models/scans and /api/v1/mcp/scans answer when the scan is done; they are left out of the response times, as scrapes and health probes are left out of the traffic.",
    "Every worker process of the server has counters of its own: run one worker, or set PROMETHEUS_MULTIPROC_DIR and collect with the client's multiprocess collector.",
    "CPU, memory, disk and network are in no metric of the document: they come from the node exporter, cAdvisor and the client's process metrics.",
    "PagerDuty's `service_key` belongs to the older Events API v1; the preset takes an Events API v2 key from a file (`routing_key_file`). The document's receiver `default` is not defined and Alertmanager refuses that; the preset names one.",
    "The document puts the application's own database password into DATA_SOURCE_NAME, where `docker inspect` shows it; here it is a file, for a role that has only pg_monitor. Write sslmode=require where the server speaks TLS.",
];
