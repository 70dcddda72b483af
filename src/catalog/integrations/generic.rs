//! Other programs.

use super::{HTTP, PLAIN, TEXT, TITLE, duration, flag, secret, text, texts, url};
use crate::model::receiver::{Integration, Setting};
use crate::model::shape::{Kind, SecretContent};

/// Any program that takes JSON.
pub const WEBHOOK: Integration = Integration {
    key: "webhook",
    title: "Webhook",
    section: "webhook_configs",
    settings: &[
        url("url", "url", "address that takes Alertmanager's JSON"),
        secret("url_file", "url_file", "file with the address, when it is a secret")
            .content(SecretContent::Url),
        secret("bearer_token_file", "http_config.authorization.credentials_file", "file with a bearer token"),
        text("username", "http_config.basic_auth.username", "user for basic authentication")
            .needs(&["password_file"]),
        secret("password_file", "http_config.basic_auth.password_file", "password for basic authentication")
            .needs(&["username"]),
        Setting::new(
            "max_alerts",
            "max_alerts",
            Kind::Integer { min: 0, max: i64::MAX },
            "most alerts in one request; 0 is all",
        ),
        duration("timeout", "timeout", "longest time a request may take").since("0.28"),
        Setting::new("payload", "payload", Kind::Any, "another body than Alertmanager's JSON").since("0.32"),
    ],
    shared: HTTP,
    required: &[&["url", "url_file"]],
    exclusive: &[
        &["url", "url_file"],
        &["bearer_token_file", "username"],
        &["bearer_token_file", "password_file"],
    ],
    notes: &["it is given every label: drop labels with secrets when scraping"],
    ..PLAIN
};

/// Amazon SNS.
pub const SNS: Integration = Integration {
    key: "sns",
    title: "Amazon SNS",
    section: "sns_configs",
    settings: &[
        text("topic_arn", "topic_arn", "topic"),
        text("target_arn", "target_arn", "endpoint of a phone's app"),
        text("phone_number", "phone_number", "number for a text message, such as +4930123456"),
        text("region", "sigv4.region", "region, such as eu-central-1"),
        text("profile", "sigv4.profile", "profile in `alertmanager.aws_credentials_file`"),
        text("role_arn", "sigv4.role_arn", "role to take on"),
        text("external_id", "sigv4.external_id", "external id of the role")
            .since("0.34")
            .needs(&["role_arn"]),
        text("subject", "subject", "subject of mails").or(TITLE),
        text("text", "message", "text").or(TEXT),
        texts("attributes", "attributes", "attributes of the message by name"),
        url("api_url", "api_url", "another address of the API"),
        flag("use_aws_http_client", "use_aws_http_client", "obey AWS_CA_BUNDLE").since("0.33"),
    ],
    required: &[&["topic_arn", "target_arn", "phone_number"], &["region"]],
    exclusive: &[&["topic_arn", "target_arn", "phone_number"]],
    notes: &[
        "Alertmanager has no file for its keys: they come from `alertmanager.aws_credentials_file` or from the role of the machine",
    ],
    ..PLAIN
};
