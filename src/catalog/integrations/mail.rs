//! Mail.

use super::{PLAIN, TEXT, TITLE, flag, secret, text};
use crate::model::receiver::{Integration, Markup, Setting};
use crate::model::shape::{Kind, SecretContent};

/// Mail through SMTP.
pub const EMAIL: Integration = Integration {
    key: "email",
    title: "Mail",
    section: "email_configs",
    send_resolved: false,
    settings: &[
        text("to", "to", "address, or several with commas"),
        text("from", "from", "sender, when it is not that of notify.smtp"),
        Setting::new(
            "smarthost",
            "smarthost",
            Kind::Target,
            "mail server, when it is not that of notify.smtp; port 465 means TLS from the start",
        ),
        text("username", "auth_username", "user of the mail server").needs(&["password_file"]),
        secret("password_file", "auth_password_file", "password of the mail server"),
        secret("secret_file", "auth_secret_file", "secret for CRAM-MD5").since("0.31"),
        text("identity", "auth_identity", "identity for PLAIN, when it is not the user"),
        text("hello", "hello", "name given to the mail server"),
        flag("require_tls", "require_tls", "refuse servers without TLS"),
        flag("implicit_tls", "force_implicit_tls", "TLS from the start on another port than 465")
            .since("0.31"),
        secret("ca_file", "tls_config.ca_file", "certificate authority of a private server")
            .content(SecretContent::Text),
        text("subject", "headers.Subject", "subject").or(TITLE),
        text("html", "html", "body as HTML").or("{{ template \"stackctl.html\" . }}").markup(Markup::Html),
        text("text", "text", "body as plain text").or(TEXT),
        Setting::new(
            "thread",
            "threading.thread_by_date",
            Kind::OneOf(&["none", "daily"]),
            "mails of one group in one thread, a new one each day with `daily`",
        )
        .since("0.30")
        .with(&[("threading.enabled", "true")]),
    ],
    shared: &[],
    required: &[&["to"]],
    exclusive: &[&["password_file", "secret_file"]],
    ..PLAIN
};
