//! Incidents and issues.

use super::{PLAIN, TEXT, TITLE, duration, secret, text, url};
use crate::model::receiver::{Integration, Setting};
use crate::model::shape::{Kind, SecretContent};

/// incident.io.
pub const INCIDENTIO: Integration = Integration {
    key: "incidentio",
    title: "incident.io",
    section: "incidentio_configs",
    since: Some("0.29"),
    settings: &[
        url("url", "url", "address of the alert source"),
        secret("url_file", "url_file", "file with the address of the alert source")
            .content(SecretContent::Url),
        secret("token_file", "alert_source_token_file", "file with the token of the alert source").at_load(),
        Setting::new(
            "max_alerts",
            "max_alerts",
            Kind::Integer { min: 0, max: i64::MAX },
            "most alerts in one request; 0 is all",
        ),
        duration("timeout", "timeout", "longest time a request may take"),
    ],
    required: &[&["url", "url_file"], &["token_file"]],
    exclusive: &[&["url", "url_file"]],
    notes: &["incident.io reads severity and title from the alert itself; it is given every label"],
    ..PLAIN
};

/// Jira.
pub const JIRA: Integration = Integration {
    key: "jira",
    title: "Jira",
    section: "jira_configs",
    since: Some("0.29"),
    settings: &[
        url("api_url", "api_url", "address of the API, with /rest/api/2 at its end"),
        text("project", "project", "key of the project"),
        text("issue_type", "issue_type", "type of the issue, such as Bug"),
        text("username", "http_config.basic_auth.username", "address of the user, for Jira Cloud")
            .needs(&["password_file"]),
        secret(
            "password_file",
            "http_config.basic_auth.password_file",
            "file with the API token of the user, for Jira Cloud",
        )
        .needs(&["username"]),
        secret(
            "token_file",
            "http_config.authorization.credentials_file",
            "file with a personal access token, for Jira Data Center",
        ),
        Setting::new(
            "api_type",
            "api_type",
            Kind::OneOf(&["auto", "cloud", "datacenter"]),
            "which Jira it is; found out from the address unless set",
        ),
        text("summary", "summary", "title of the issue; at most 255 characters").or(TITLE),
        text("description", "description", "text of the issue").or(TEXT),
        text("priority", "priority", "name of the priority; \"\" leaves it out")
            .or("{{ template \"stackctl.jira.priority\" . }}"),
        Setting::new("labels", "labels", Kind::List(&Kind::Text), "labels of the issue"),
        text("resolve_transition", "resolve_transition", "transition when the alert is over"),
        text("reopen_transition", "reopen_transition", "transition when the alert comes back"),
        duration("reopen_duration", "reopen_duration", "how old an issue may be to be opened again")
            .needs(&["reopen_transition"]),
        text("wont_fix_resolution", "wont_fix_resolution", "resolution that keeps an issue closed"),
        Setting::new("fields", "fields", Kind::Map(&Kind::Any), "further fields of the issue by name"),
    ],
    required: &[&["api_url"], &["project"], &["issue_type"], &["token_file", "username", "password_file"]],
    exclusive: &[&["token_file", "username"], &["token_file", "password_file"]],
    notes: &[
        "Alertmanager 0.28 knows it too, but Debian's build of 0.28 does not",
        "the shipped text is for /rest/api/2; /rest/api/3 wants a `description` in Atlassian's document format",
    ],
    ..PLAIN
};
