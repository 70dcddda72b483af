//! Rust Security Platform.

use crate::model::pack::{Metric, Missing, Pack, Part};
use crate::model::rules::{Severity, Shown, Threshold};

const fn metric(name: &'static str, kind: &'static str, labels: &'static [&'static str]) -> Metric {
    Metric { name, kind, labels }
}

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
            sample_limit: Some(50_000),
            drop_labels: &[],
            metrics: &[
                metric("auth_requests_total", "counter", &[]),
                metric("auth_request_duration_seconds", "histogram", &[]),
                metric("auth_active_sessions", "gauge", &[]),
                metric("auth_failed_logins_total", "counter", &[]),
                metric("auth_jwt_tokens_issued_total", "counter", &[]),
                metric("auth_database_connections", "gauge", &[]),
                metric(
                    "auth_http_requests_total",
                    "counter",
                    &["method", "endpoint", "status_code", "client_id"],
                ),
                metric("auth_http_request_duration_seconds", "histogram", &["method", "endpoint"]),
                metric(
                    "auth_token_validation_total",
                    "counter",
                    &["token_type", "validation_type", "result", "client_id"],
                ),
                metric(
                    "auth_token_issuance_total",
                    "counter",
                    &["token_type", "grant_type", "client_id", "result"],
                ),
                metric(
                    "auth_anomaly_detection_total",
                    "counter",
                    &["anomaly_type", "confidence", "client_id", "action_taken"],
                ),
                metric("auth_failures_total", "counter", &["client_id", "reason", "ip_address"]),
                metric("suspicious_activity_total", "counter", &["activity_type", "severity", "ip_address"]),
                metric("active_sessions", "gauge", &[]),
            ],
        },
        Part {
            name: "policy-service",
            port: 8081,
            path: "/metrics",
            scrape_interval: "10s",
            sample_limit: Some(50_000),
            drop_labels: &[],
            metrics: &[
                metric("policy_evaluations_total", "counter", &[]),
                metric("policy_evaluation_duration_seconds", "histogram", &[]),
                metric("policy_cache_hits_total", "counter", &[]),
                metric("policy_errors_total", "counter", &[]),
                metric(
                    "policy_authorization_requests_total",
                    "counter",
                    &["decision", "principal_type", "action_type", "resource_type", "client_id"],
                ),
                metric(
                    "policy_authorization_duration_seconds",
                    "histogram",
                    &["decision", "policy_complexity"],
                ),
                metric(
                    "policy_evaluation_errors_total",
                    "counter",
                    &["error_type", "error_cause", "policy_id"],
                ),
                metric(
                    "policy_entity_cache_operations_total",
                    "counter",
                    &["operation", "result", "entity_type"],
                ),
                metric(
                    "authorization_requests_total",
                    "counter",
                    &["decision", "principal_type", "action_type", "resource_type", "client_id", "auth_type"],
                ),
                metric("http_requests_total", "counter", &["method", "path", "status"]),
            ],
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
    exporters: &["node", "redis", "postgres"],
    thresholds: &[
        Threshold {
            alert: "RustSecurityFailedLogins",
            default: 50.0,
            unit: "count",
            doc: "failed logins in 5 minutes",
        },
        Threshold {
            alert: "RustSecuritySuspiciousLogins",
            default: 0.3,
            unit: "ratio",
            doc: "share of the authentication requests of 5 minutes that are failed logins",
        },
        Threshold {
            alert: "RustSecurityAnomalies",
            default: 5.0,
            unit: "count",
            doc: "suspicious activities that the service itself counted in 5 minutes",
        },
        Threshold {
            alert: "RustSecurityTokenValidationFailures",
            default: 0.2,
            unit: "ratio",
            doc: "share of the checked tokens that are not valid",
        },
        Threshold {
            alert: "RustSecurityTokenIssuanceSpike",
            default: 5.0,
            unit: "count",
            doc: "times the average rate of the past day",
        },
        Threshold {
            alert: "RustSecurityDatabaseConnectionsUnusual",
            default: 3.0,
            unit: "count",
            doc: "times the average number of the past day",
        },
        Threshold {
            alert: "RustSecurityMostTargetsUnreachable",
            default: 0.5,
            unit: "ratio",
            doc: "share of the targets that still answer",
        },
        Threshold {
            alert: "RustSecurityTcpRetransmissions",
            default: 0.05,
            unit: "ratio",
            doc: "share of the TCP segments that are sent again",
        },
        Threshold {
            alert: "RustSecuritySessionsDropped",
            default: 0.5,
            unit: "ratio",
            doc: "share of the sessions of 15 minutes ago that are left",
        },
        Threshold {
            alert: "RustSecurityAuthSlow",
            default: 0.5,
            unit: "seconds",
            doc: "time within which 95 of 100 requests are answered, over 5 minutes",
        },
        Threshold {
            alert: "RustSecurityPolicySlow",
            default: 0.1,
            unit: "seconds",
            doc: "time within which 95 of 100 decisions are made, over 5 minutes; the largest bucket of the code is 0.5",
        },
        Threshold {
            alert: "RustSecurityRequestRateSpike",
            default: 5.0,
            unit: "count",
            doc: "times the average rate of the past day",
        },
        Threshold {
            alert: "RustSecurityRequestRateDrop",
            default: 0.2,
            unit: "ratio",
            doc: "share of the average rate of the past day",
        },
        Threshold {
            alert: "RustSecurityDatabaseSlow",
            default: 0.25,
            unit: "seconds",
            doc: "time per transaction that the database is busy, on average over 5 minutes",
        },
        Threshold {
            alert: "RustSecurityPolicyCacheMisses",
            default: 0.5,
            unit: "ratio",
            doc: "share of the policy evaluations that the cache does not answer",
        },
        Threshold {
            alert: "RustSecurityAuthBudgetBurnsFast",
            default: 0.001,
            unit: "ratio",
            doc: "share of the requests that may fail, 1 minus the objective; RustSecurityAuthBudgetBurnsSlowly uses it too",
        },
        Threshold {
            alert: "RustSecurityPolicyBudgetBurnsFast",
            default: 0.0005,
            unit: "ratio",
            doc: "share of the evaluations that may fail, 1 minus the objective; RustSecurityPolicyBudgetBurnsSlowly uses it too",
        },
        Threshold {
            alert: "RustSecurityAuthLatencyObjective",
            default: 0.2,
            unit: "seconds",
            doc: "time within which 95 of 100 requests are answered, over 1 hour",
        },
        Threshold {
            alert: "RustSecurityPolicyLatencyObjective",
            default: 0.05,
            unit: "seconds",
            doc: "time within which 95 of 100 decisions are made, over 1 hour",
        },
    ],
    windows: &[],
    severities: &[
        Severity { alert: "RustSecurityFailedLogins", default: "critical" },
        Severity { alert: "RustSecuritySuspiciousLogins", default: "critical" },
        Severity { alert: "RustSecurityAnomalies", default: "high" },
        Severity { alert: "RustSecurityTokenValidationFailures", default: "critical" },
        Severity { alert: "RustSecurityDatabaseConnectionsUnusual", default: "critical" },
        Severity { alert: "RustSecurityRequestRateSpike", default: "warning" },
        Severity { alert: "RustSecurityRequestRateDrop", default: "high" },
        Severity { alert: "RustSecurityPolicyCacheMisses", default: "warning" },
    ],
    replaces: &[],
    dashboards: &["rust-security-overview", "rust-security-infrastructure", "rust-security-performance"],
    shown: Shown::ByGroup {
        groups: &[
            ("rust-security-security", "rust-security-overview"),
            ("rust-security-infrastructure", "rust-security-infrastructure"),
            ("rust-security-performance", "rust-security-performance"),
            ("rust-security-sla", "rust-security-performance"),
        ],
        except: &[("RustSecuritySessionsDropped", "rust-security-overview")],
    },
    missing: &[
        Missing {
            what: "Geographic login distribution",
            why: "no counter of logins has a country: the service would have to count them by country, not by address; monitoring_geographic_anomalies_total of the code counts anomalies of service identities only",
        },
        Missing {
            what: "Threat intelligence metrics",
            why: "the rules of the repository compare a label remote_addr that no metric has: it would need a counter of matches by feed and severity",
        },
        Missing {
            what: "Service dependencies",
            why: "no metric says which service calls which: it would need counters of outgoing calls by target, or traces",
        },
        Missing {
            what: "JWT token validation failures",
            why: "the guide names no metric for them; the alert reads auth_token_validation_total, which the code registers, and is silent on a build without it",
        },
        Missing {
            what: "Suspicious authentication patterns",
            why: "beside the share of failed logins, the alert RustSecurityAnomalies reads suspicious_activity_total or auth_anomaly_detection_total of the code, and is silent on a build without them",
        },
        Missing {
            what: "Database connections",
            why: "the public code does not export auth_database_connections: until it does, RustSecurityDatabaseConnectionsLost and RustSecurityDatabaseConnectionsUnusual are silent and the panel says so; PostgresDown and PostgresTooManyConnections watch from the side of the database",
        },
        Missing {
            what: "Cache hits of the newer policy service",
            why: "it exports neither policy_cache_hits_total nor policy_entity_cache_operations_total: RustSecurityPolicyCacheMisses is silent on it and the panels say so",
        },
        Missing {
            what: "Response times of the newer policy service",
            why: "it exports authorization_duration_seconds as a sum and a count without buckets: RustSecurityPolicySlow and RustSecurityPolicyLatencyObjective need the histogram and are silent on it",
        },
    ],
    notes: &[
        "Metrics are read under the names of the guide (auth_requests_total, policy_evaluations_total …) and, where a service does not have them, under those of its public code (auth_http_requests_total, policy_authorization_requests_total …): recording rules give both one name.",
        "The guide leaves names, numbers and durations of the alerts open: all numbers are defaults and can be changed under alerts.thresholds.",
        "The three rule files of the guide are the groups security, infrastructure, performance and sla of one file; Prometheus loads every rendered file, while the prometheus.yml of the repository loads none of the three.",
        "An error rate is failures divided by requests, each summed first: the rule of the repository divides every series by itself, so that a single failure reads as 100%.",
        "RedisDown and PostgresDown of the exporters stand for the databases: up of an exporter stays 1 when the database behind it is gone, and redis:6379 or postgres:5432 are no HTTP targets.",
        "CPU, memory, disks, file descriptors and network errors are watched by the rules of the node exporter, Redis by those of its exporter; this pack adds only what they do not say.",
        "There is no counter of cache misses: the hit ratio is hits divided by policy evaluations.",
        "The guide asks for slow database queries and names no metric: the PostgreSQL exporter gives the time per transaction (PostgreSQL 14 or newer), so it is part of the preset.",
        "auth_failures_total and suspicious_activity_total of the code carry ip_address, which is personal data and one series per attacker: better count without it. Beyond 50000 series a scrape is refused and PrometheusSampleLimitHit tells, so that an attack cannot fill the memory.",
        "The guide names no labels: a failed request has status 5xx or error (status_code in the code). Without such a label there is no error rate, and the alerts about the error budget of auth-service are silent.",
        "The dashboard of the public code is a static web page without /metrics: leave its targets out and keep health, and it is watched from outside only.",
        "Service levels are budgets over the rates of requests: 99.9% of the requests to auth-service and 99.95% of the policy evaluations, as in the rules of the repository.",
        "Alertmanager: /api/v1/status of the guide answers 410 since 0.27; stackctl uses /api/v2. The receiver \"default\" of the guide was never defined, and that of the repository posts to Alertmanager itself; the preset has a real one.",
        "The group_wait of 10s of the guide holds for all alerts; here the response time of each route decides (0s, 10s, 30s or 1m).",
        "Dashboards of the repository are wrapped in {\"dashboard\": …}, which Grafana ignores when it reads files; these are not.",
    ],
};
