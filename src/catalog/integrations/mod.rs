//! The notification integrations, as Alertmanager 0.34 documents them. A secret is always a file; where Alertmanager
//! has no field for one, the row says which way round it goes.

mod chat;
mod generic;
mod mail;
mod messenger;
mod paging;
mod ticketing;

use crate::model::receiver::{Integration, Setting};
use crate::model::shape::{Kind, SecretContent};

/// Every integration, in the order of the README: the first choices, then by kind.
pub const INTEGRATIONS: &[Integration] = &[
    mail::EMAIL,
    chat::SLACK,
    paging::PAGERDUTY,
    generic::WEBHOOK,
    chat::MSTEAMS_V2,
    chat::MSTEAMS,
    chat::MATTERMOST,
    chat::ROCKETCHAT,
    chat::DISCORD,
    chat::WEBEX,
    messenger::TELEGRAM,
    messenger::WECHAT,
    messenger::PUSHOVER,
    paging::OPSGENIE,
    paging::VICTOROPS,
    ticketing::INCIDENTIO,
    ticketing::JIRA,
    generic::SNS,
];

/// A row with nothing in it, for the parts that a row does not have.
const PLAIN: Integration = Integration {
    key: "",
    title: "",
    section: "",
    since: None,
    send_resolved: true,
    settings: &[],
    shared: HTTP,
    required: &[],
    exclusive: &[],
    always: &[],
    notes: &[],
};

/// What every integration that speaks HTTP takes.
const HTTP: &[Setting] = &[
    Setting::new("proxy_url", "http_config.proxy_url", Kind::Url, "proxy on the way there"),
    Setting::new(
        "ca_file",
        "http_config.tls_config.ca_file",
        Kind::SecretFile,
        "certificate authority of a private server",
    )
    .content(SecretContent::Text),
];

const TITLE: &str = "{{ template \"stackctl.title\" . }}";
const SLACK_TITLE: &str = "{{ template \"stackctl.slack.title\" . }}";
const MARKDOWN_TITLE: &str = "{{ template \"stackctl.markdown.title\" . }}";
const TEXT: &str = "{{ template \"stackctl.text\" . }}";
const SHORT: &str = "{{ template \"stackctl.short\" . }}";
const MARKDOWN: &str = "{{ template \"stackctl.markdown\" . }}";
const COLOR: &str = "{{ template \"stackctl.color\" . }}";

const fn text(key: &'static str, target: &'static str, doc: &'static str) -> Setting {
    Setting::new(key, target, Kind::Text, doc)
}

const fn url(key: &'static str, target: &'static str, doc: &'static str) -> Setting {
    Setting::new(key, target, Kind::Url, doc)
}

/// A picture that whoever reads a message loads.
const fn picture(key: &'static str, target: &'static str, doc: &'static str) -> Setting {
    Setting::new(key, target, Kind::PublicUrl, doc)
}

const fn flag(key: &'static str, target: &'static str, doc: &'static str) -> Setting {
    Setting::new(key, target, Kind::Bool, doc)
}

const fn duration(key: &'static str, target: &'static str, doc: &'static str) -> Setting {
    Setting::new(key, target, Kind::Duration, doc)
}

const fn secret(key: &'static str, target: &'static str, doc: &'static str) -> Setting {
    Setting::new(key, target, Kind::SecretFile, doc)
}

const fn texts(key: &'static str, target: &'static str, doc: &'static str) -> Setting {
    Setting::new(key, target, Kind::Map(&Kind::Text), doc)
}
