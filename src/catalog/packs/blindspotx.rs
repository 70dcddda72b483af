//! `BlindspotX`.

use crate::model::pack::{Metric, Missing, Pack, Part};
use crate::model::rules::{Severity, Shown, Threshold, Window};

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
        metrics: METRICS,
    }],
    exporters: &["blackbox", "node", "postgres", "redis"],
    thresholds: THRESHOLDS,
    windows: WINDOWS,
    severities: SEVERITIES,
    replaces: &[],
    dashboards: &["blindspotx-authentication", "blindspotx-performance", "blindspotx-security"],
    shown: Shown::ByGroup {
        groups: &[
            ("blindspotx-security", "blindspotx-security"),
            ("blindspotx-performance", "blindspotx-performance"),
            ("blindspotx-system", "blindspotx-performance"),
        ],
        except: &[
            ("BlindspotxSlowAuthentication", "blindspotx-authentication"),
            ("BlindspotxTokenFailures", "blindspotx-authentication"),
        ],
    },
    missing: MISSING,
    notes: NOTES,
};

const METRICS: &[Metric] = &[
    Metric { name: "auth_requests_total", kind: "counter", labels: &["method", "endpoint", "status"] },
    Metric {
        name: "token_operations_total",
        kind: "counter",
        labels: &["operation", "token_type", "status"],
    },
    Metric { name: "auth_request_duration_seconds", kind: "histogram", labels: &["endpoint"] },
    Metric { name: "active_sessions", kind: "gauge", labels: &[] },
    Metric { name: "user_operations_total", kind: "counter", labels: &["operation", "status"] },
    Metric {
        name: "api_request_duration_seconds",
        kind: "histogram",
        labels: &["endpoint", "method", "status_code"],
    },
    Metric { name: "drift_detections_total", kind: "counter", labels: &["severity", "status"] },
];

const fn threshold(alert: &'static str, default: f64, unit: &'static str, doc: &'static str) -> Threshold {
    Threshold { alert, default, unit, doc }
}

const THRESHOLDS: &[Threshold] = &[
    threshold("BlindspotxAuthFailures", 5.0, "count", "failed authentication requests within the window"),
    threshold("BlindspotxPermissionViolations", 20.0, "count", "forbidden requests within the window"),
    threshold("BlindspotxTokenRevocations", 20.0, "count", "revoked tokens within the window"),
    threshold(
        "BlindspotxAccessChanges",
        10.0,
        "count",
        "operations on roles, permissions and settings within the window",
    ),
    threshold("BlindspotxDriftDetected", 1.0, "count", "drifts of one severity within the window"),
    threshold("BlindspotxApiErrors", 10.0, "count", "requests that end with 5xx within the window"),
    threshold("BlindspotxHighErrorRatio", 0.05, "ratio", "share of requests that end with 5xx"),
    threshold("BlindspotxSlowApi", 1.0, "seconds", "time that 95 of 100 API requests stay below"),
    threshold(
        "BlindspotxSlowAuthentication",
        1.0,
        "seconds",
        "time that 95 of 100 authentication requests stay below",
    ),
    threshold("BlindspotxTokenFailures", 0.1, "ratio", "share of token operations that fail"),
    threshold("BlindspotxHighCpu", 0.9, "ratio", "share of one core that the process uses"),
    threshold(
        "BlindspotxFileDescriptorsAlmostExhausted",
        0.8,
        "ratio",
        "share of its file descriptors that the process uses",
    ),
];

const WINDOWS: &[Window] = &[
    Window {
        alert: "BlindspotxAuthFailures",
        default: "5m",
        doc: "time in which failed authentication requests are counted",
    },
    Window {
        alert: "BlindspotxPermissionViolations",
        default: "5m",
        doc: "time in which forbidden requests are counted",
    },
    Window {
        alert: "BlindspotxTokenRevocations",
        default: "10m",
        doc: "time in which revoked tokens are counted",
    },
    Window {
        alert: "BlindspotxAccessChanges",
        default: "1h",
        doc: "time in which operations on roles, permissions and settings are counted",
    },
    Window { alert: "BlindspotxDriftDetected", default: "1h", doc: "time in which drifts are counted" },
    Window {
        alert: "BlindspotxApiErrors",
        default: "1m",
        doc: "time in which requests that end with 5xx are counted",
    },
];

const SEVERITIES: &[Severity] = &[
    Severity { alert: "BlindspotxAuthFailures", default: "high" },
    Severity { alert: "BlindspotxPermissionViolations", default: "high" },
    Severity { alert: "BlindspotxTokenRevocations", default: "medium" },
    Severity { alert: "BlindspotxAccessChanges", default: "low" },
    Severity { alert: "BlindspotxDriftDetected", default: "high" },
    Severity { alert: "BlindspotxApiErrors", default: "medium" },
];

const MISSING: &[Missing] = &[
    Missing {
        what: "connection pool of the application",
        why: "no metric of SQLAlchemy's pool; the dashboard shows the server's connections, and PostgresTooManyConnections watches them; needed is a gauge of the connections that are checked out",
    },
    Missing {
        what: "which component is unhealthy",
        why: "the probe of /api/health reads one answer for all components; needed is a gauge with a label `component`",
    },
    Missing {
        what: "who did it: user, address, role",
        why: "they are in the logs `security` and `audit`, and as labels they would make a series for each person; needed is a log store",
    },
];

const NOTES: &[&str] = &[
    "the document's ALERT_CONFIG is data here: auth_failures, api_errors and drift_detected are thresholds, windows and severities of BlindspotxAuthFailures, BlindspotxApiErrors and BlindspotxDriftDetected",
    "a threshold is reached by its own number, so the fifth failure counts: `drift_detected: 1` can only be meant so, and the three are read alike",
    "events are counted exactly: increase() alone misses the first events of a new series and makes 13 of 10 in a window of a minute",
    "the code calls its metrics blindspotx_…: auth_requests_total, api_request_duration_seconds, drift_changes_total, token_refreshes_total, active_users; rules and dashboards read these as well. It has no user_operations_total and no auth_request_duration_seconds",
    "the code's /metrics answers 404 until initialize_metrics(app) is called, which the published main.py does not do; BlindspotxDown says so",
    "localhost:8000 of the document is, inside a container, the container of Prometheus itself; write host.docker.internal:8000 or join the application's network",
    "/api/health answers 200 also when it is unhealthy, so a plain HTTP probe never fails; `health:` makes the probe read the body. The published handler always says `ok`, whatever its components do",
    "redirects (3xx) of the OAuth2 flow are no failures; a status that is neither success, ok, 1xx, 2xx nor 3xx is",
    "other systems use the names auth_requests_total and api_request_duration_seconds as well, so that every expression names the job",
    "certificates of a health endpoint with https are watched by the alerts BlackboxCertificate…, the database and Redis by those of their exporters, CPU, memory and disk of the host by those of the node exporter",
    "put the discovery document of the OAuth provider under `exporters.blackbox.http`: BlackboxProbeFailed tells when the provider is gone",
];
