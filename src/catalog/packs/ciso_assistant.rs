//! CISO Assistant.

use crate::model::pack::{Metric, Missing, Pack, Part};
use crate::model::rules::{Shown, Threshold, Window};

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
        metrics: METRICS,
    }],
    exporters: &[],
    thresholds: THRESHOLDS,
    windows: &[Window {
        alert: "CisoAssistantInventoryDropped",
        default: "1d",
        doc: "how far back the number of objects is compared with",
    }],
    severities: &[],
    replaces: &[],
    dashboards: &["ciso-assistant-overview"],
    shown: Shown::On("ciso-assistant-overview"),
    missing: &[Missing {
        what: "age of the figures",
        why: "the metrics server exposes no time of its last update; with --no-update or after a failed update the figures stand still while the target is up",
    }],
    notes: NOTES,
};

const fn gauge(name: &'static str) -> Metric {
    Metric { name, kind: "gauge", labels: &[] }
}

const METRICS: &[Metric] = &[
    gauge("ciso_assistant_nb_users"),
    gauge("ciso_assistant_nb_first_login"),
    gauge("ciso_assistant_nb_libraries"),
    gauge("ciso_assistant_nb_domains"),
    gauge("ciso_assistant_nb_perimeters"),
    gauge("ciso_assistant_nb_assets"),
    gauge("ciso_assistant_nb_threats"),
    gauge("ciso_assistant_nb_functions"),
    gauge("ciso_assistant_nb_measures"),
    gauge("ciso_assistant_nb_evidences"),
    gauge("ciso_assistant_nb_compliance_assessments"),
    gauge("ciso_assistant_nb_risk_assessments"),
    gauge("ciso_assistant_nb_risk_scenarios"),
    gauge("ciso_assistant_nb_risk_acceptances"),
    gauge("ciso_assistant_nb_seats"),
    gauge("ciso_assistant_nb_editors"),
    gauge("ciso_assistant_license_expiration"),
    gauge("ciso_assistant_created_at"),
    gauge("ciso_assistant_last_login"),
    Metric {
        name: "ciso_assistant_build_info_info",
        kind: "info",
        labels: &["version", "build", "schema_version", "debug"],
    },
];

const THRESHOLDS: &[Threshold] = &[
    Threshold {
        alert: "CisoAssistantLicenseExpiringSoon",
        default: 30.0,
        unit: "days",
        doc: "time until the licence expires, first warning",
    },
    Threshold {
        alert: "CisoAssistantLicenseExpiringVerySoon",
        default: 7.0,
        unit: "days",
        doc: "time until the licence expires, last warning",
    },
    Threshold {
        alert: "CisoAssistantSeatsNearLimit",
        default: 0.9,
        unit: "ratio",
        doc: "share of the seats that editors take",
    },
    Threshold {
        alert: "CisoAssistantNoRecentLogin",
        default: 30.0,
        unit: "days",
        doc: "time since anybody logged in",
    },
    Threshold {
        alert: "CisoAssistantInventoryDropped",
        default: 0.5,
        unit: "ratio",
        doc: "share of the earlier number of objects that is left",
    },
];

const NOTES: &[&str] = &[
    "start `python manage.py metrics_server` beside the application; newer versions can also answer on the port of the application itself (EXPOSE_METRICS=True, port 8000, path /metrics/ with the last slash)",
    "ciso_assistant_build_info is exposed as ciso_assistant_build_info_info, because the Python client appends _info; rules and dashboard read both names",
    "ciso_assistant_license_expiration is -1 on the community edition and 0 after an update that broke off; neither counts as an expiry, and ciso_assistant_nb_seats is 0 without a licence",
    "where the licence's date is set as text (2027-01-31), every update breaks off at it: licence, creation and last login stay 0 and no licence alert can fire; CisoAssistantMetricsIncomplete says so",
    "ciso_assistant_nb_first_login counts the users whose first-login mark is set, which we have not seen the code clear; it follows ciso_assistant_nb_users",
    "with --host 127.0.0.1 a Prometheus in a container cannot reach the metrics; bind them to the host's bridge address or put both into one network, and keep the port behind the firewall, because nobody is asked for a password",
    "--port 9090 is Prometheus's own port and 8080 that of cAdvisor: choose another one on the host of the stack",
    "the figures are as old as --update-interval; a scrape more often than that brings nothing new, and the scrape interval must stay below 5 minutes, or the series are gone in between",
];
