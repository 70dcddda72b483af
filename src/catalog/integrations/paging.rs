//! Services that wake people.

use super::{PLAIN, TEXT, TITLE, duration, flag, secret, text, texts, url};
use crate::model::receiver::{Integration, Setting};
use crate::model::shape::{Field, Kind};

/// `PagerDuty`.
pub const PAGERDUTY: Integration = Integration {
    key: "pagerduty",
    title: "PagerDuty",
    section: "pagerduty_configs",
    settings: &[
        secret("routing_key_file", "routing_key_file", "file with the key of the Events API v2 integration"),
        secret(
            "service_key_file",
            "service_key_file",
            "file with the key of a Prometheus (Events API v1) integration",
        ),
        url("url", "url", "another address of the Events API"),
        text("severity", "severity", "severity; PagerDuty knows critical, error, warning and info")
            .or("{{ template \"stackctl.pagerduty.severity\" . }}"),
        text("description", "description", "title of the incident").or(TITLE),
        text("client", "client", "name of the sender"),
        text("client_url", "client_url", "link to the sender"),
        text("source", "source", "what is affected"),
        text("component", "component", "part that is broken").or("{{ .CommonLabels.service }}"),
        text("group", "group", "group of parts").or("{{ .CommonLabels.category }}"),
        text("class", "class", "kind of event").or("{{ .CommonLabels.alertname }}"),
        texts("details", "details", "further details by name"),
        duration("timeout", "timeout", "longest time a request may take").since("0.30"),
    ],
    required: &[&["routing_key_file", "service_key_file"]],
    exclusive: &[&["routing_key_file", "service_key_file"]],
    // Alertmanager's own details show every label.
    always: &[
        ("details.firing", "{{ template \"stackctl.alerts\" .Alerts.Firing }}"),
        ("details.resolved", "{{ template \"stackctl.alerts\" .Alerts.Resolved }}"),
    ],
    ..PLAIN
};

const RESPONDER: &[Field] = &[
    Field::new("id", Kind::Text, "id"),
    Field::new("name", Kind::Text, "name"),
    Field::new("username", Kind::Text, "address of the user"),
    Field::new("type", Kind::OneOf(&["team", "teams", "user", "escalation", "schedule"]), "what it is")
        .required(),
];

/// Opsgenie.
pub const OPSGENIE: Integration = Integration {
    key: "opsgenie",
    title: "Opsgenie",
    section: "opsgenie_configs",
    settings: &[
        secret("api_key_file", "api_key_file", "file with the key of the API integration"),
        url("api_url", "api_url", "another address of the API, such as https://api.eu.opsgenie.com"),
        text("priority", "priority", "P1 to P5").or("{{ template \"stackctl.opsgenie.priority\" . }}"),
        text("message", "message", "title; at most 130 characters").or(TITLE),
        text("description", "description", "text").or(TEXT),
        Setting::new("responders", "responders", Kind::List(&Kind::Object(RESPONDER)), "who is told"),
        text("tags", "tags", "tags, with commas between them")
            .or("{{ .CommonLabels.category }},{{ .CommonLabels.service }}"),
        text("entity", "entity", "what is affected"),
        text("note", "note", "further note"),
        text("actions", "actions", "actions that are offered, with commas between them"),
        texts("details", "details", "further details by name"),
        flag("update_alerts", "update_alerts", "change title and text of an alert that is there already")
            .or("true"),
    ],
    required: &[&["api_key_file"]],
    notes: &[
        "Atlassian takes Opsgenie out of service in 2027",
        "Alertmanager adds every common label to the details",
    ],
    ..PLAIN
};

/// `VictorOps`, now Splunk On-Call.
pub const VICTOROPS: Integration = Integration {
    key: "victorops",
    title: "VictorOps (Splunk On-Call)",
    section: "victorops_configs",
    settings: &[
        secret("api_key_file", "api_key_file", "file with the key of the REST integration"),
        text("routing_key", "routing_key", "name that leads to a team; it is no secret"),
        url("api_url", "api_url", "another address of the API"),
        text("message_type", "message_type", "CRITICAL, WARNING or INFO")
            .or("{{ template \"stackctl.victorops.type\" . }}"),
        text("title", "entity_display_name", "title").or(TITLE),
        text("text", "state_message", "text").or(TEXT),
        text("monitoring_tool", "monitoring_tool", "name of the sender"),
        texts("custom_fields", "custom_fields", "further fields by name"),
    ],
    required: &[&["api_key_file"], &["routing_key"]],
    ..PLAIN
};
