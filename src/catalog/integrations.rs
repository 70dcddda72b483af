//! The notification integrations, as Alertmanager 0.34 documents them.

use crate::model::receiver::{Integration, Setting};
use crate::model::shape::Kind;

const fn setting(key: &'static str, target: &'static str, kind: Kind, doc: &'static str) -> Setting {
    Setting { key, target, kind, since: None, default: None, doc }
}

const fn defaulted(base: Setting, default: &'static str) -> Setting {
    Setting { default: Some(default), ..base }
}

/// Every integration, in the order of the README.
pub const INTEGRATIONS: &[Integration] = &[EMAIL, SLACK, PAGERDUTY, WEBHOOK, MSTEAMS_V2];

const EMAIL: Integration = Integration {
    key: "email",
    section: "email_configs",
    since: None,
    send_resolved: false,
    settings: &[
        setting("to", "to", Kind::Text, "address, or several with commas"),
        setting("from", "from", Kind::Text, "sender, when it is not that of notify.smtp"),
        setting("smarthost", "smarthost", Kind::Target, "mail server, when it is not that of notify.smtp"),
        defaulted(
            setting("subject", "headers.Subject", Kind::Text, "subject"),
            "{{ template \"stackctl.title\" . }}",
        ),
        defaulted(setting("html", "html", Kind::Text, "body as HTML"), "{{ template \"stackctl.html\" . }}"),
        defaulted(
            setting("text", "text", Kind::Text, "body as plain text"),
            "{{ template \"stackctl.text\" . }}",
        ),
    ],
    required: &[&["to"]],
};

const SLACK: Integration = Integration {
    key: "slack",
    section: "slack_configs",
    since: None,
    send_resolved: false,
    settings: &[
        setting(
            "webhook_file",
            "api_url_file",
            Kind::SecretFile,
            "file with the URL of the incoming webhook",
        ),
        setting("channel", "channel", Kind::Text, "channel, such as #alerts"),
        defaulted(setting("title", "title", Kind::Text, "title"), "{{ template \"stackctl.title\" . }}"),
        // Alertmanager's own default is no text at all.
        defaulted(setting("text", "text", Kind::Text, "text"), "{{ template \"stackctl.text\" . }}"),
        defaulted(
            setting("color", "color", Kind::Text, "colour of the bar"),
            "{{ template \"stackctl.color\" . }}",
        ),
    ],
    required: &[&["webhook_file"]],
};

const PAGERDUTY: Integration = Integration {
    key: "pagerduty",
    section: "pagerduty_configs",
    since: None,
    send_resolved: true,
    settings: &[
        setting(
            "routing_key_file",
            "routing_key_file",
            Kind::SecretFile,
            "file with the key of the Events API v2 integration",
        ),
        setting(
            "service_key_file",
            "service_key_file",
            Kind::SecretFile,
            "file with the key of a Prometheus (Events API v1) integration",
        ),
        setting("url", "url", Kind::Url, "another address of the Events API"),
        defaulted(
            setting(
                "severity",
                "severity",
                Kind::Text,
                "severity; PagerDuty knows critical, error, warning and info",
            ),
            "{{ template \"stackctl.pagerduty.severity\" . }}",
        ),
        defaulted(
            setting("description", "description", Kind::Text, "title of the incident"),
            "{{ template \"stackctl.title\" . }}",
        ),
    ],
    required: &[&["routing_key_file", "service_key_file"]],
};

const WEBHOOK: Integration = Integration {
    key: "webhook",
    section: "webhook_configs",
    since: None,
    send_resolved: true,
    settings: &[
        setting("url", "url", Kind::Url, "address that takes Alertmanager's JSON"),
        setting("url_file", "url_file", Kind::SecretFile, "file with the address, when it is a secret"),
        setting(
            "bearer_token_file",
            "http_config.authorization.credentials_file",
            Kind::SecretFile,
            "file with a bearer token",
        ),
        setting("username", "http_config.basic_auth.username", Kind::Text, "user for basic authentication"),
        setting(
            "password_file",
            "http_config.basic_auth.password_file",
            Kind::SecretFile,
            "password for basic authentication",
        ),
        setting(
            "max_alerts",
            "max_alerts",
            Kind::Integer { min: 0, max: i64::MAX },
            "most alerts in one request; 0 is all",
        ),
    ],
    required: &[&["url", "url_file"]],
};

const MSTEAMS_V2: Integration = Integration {
    key: "msteamsv2",
    section: "msteamsv2_configs",
    since: Some("0.28"),
    send_resolved: true,
    settings: &[
        setting("webhook_file", "webhook_url_file", Kind::SecretFile, "file with the URL of the workflow"),
        defaulted(setting("title", "title", Kind::Text, "title"), "{{ template \"stackctl.title\" . }}"),
        defaulted(setting("text", "text", Kind::Text, "text"), "{{ template \"stackctl.text\" . }}"),
    ],
    required: &[&["webhook_file"]],
};
