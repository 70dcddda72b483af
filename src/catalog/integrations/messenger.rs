//! Messages to people's phones.

use super::{PLAIN, SHORT, TITLE, duration, flag, secret, text, url};
use crate::model::receiver::{Integration, Markup, Setting};
use crate::model::shape::Kind;

/// Telegram.
pub const TELEGRAM: Integration = Integration {
    key: "telegram",
    title: "Telegram",
    section: "telegram_configs",
    settings: &[
        secret("bot_token_file", "bot_token_file", "file with the token of the bot"),
        Setting::new(
            "chat_id",
            "chat_id",
            Kind::Integer { min: i64::MIN, max: i64::MAX },
            "number of the chat; negative for groups",
        ),
        secret("chat_id_file", "chat_id_file", "file with the number of the chat").since("0.31"),
        Setting::new(
            "thread_id",
            "message_thread_id",
            Kind::Integer { min: 1, max: i64::MAX },
            "number of the topic in a group",
        )
        .since("0.28"),
        text("text", "message", "text")
            .or("{{ template \"stackctl.telegram\" . }}")
            .markup(Markup::HtmlWhen("parse_mode", "HTML")),
        Setting::new(
            "parse_mode",
            "parse_mode",
            Kind::OneOf(&["HTML", "Markdown", "MarkdownV2"]),
            "how Telegram reads `text`; plain text when it is not set",
        )
        // Of the shipped text, which is plain, Telegram refuses a single `_` or `<`.
        .needs(&["text"]),
        flag("silent", "disable_notifications", "no sound"),
        url("api_url", "api_url", "another address of the API"),
    ],
    required: &[&["bot_token_file"], &["chat_id", "chat_id_file"]],
    exclusive: &[&["chat_id", "chat_id_file"]],
    // Telegram refuses marked-up text with a stray character, and Alertmanager sends HTML of more than
    // 4096 characters not at all; plain text is cut.
    always: &[("parse_mode", "")],
    ..PLAIN
};

/// `WeChat` Work.
pub const WECHAT: Integration = Integration {
    key: "wechat",
    title: "WeChat Work",
    section: "wechat_configs",
    send_resolved: false,
    settings: &[
        text("corp_id", "corp_id", "id of the company"),
        secret("secret_file", "api_secret_file", "file with the secret of the application").since("0.31"),
        text("agent_id", "agent_id", "number of the application"),
        text("to_user", "to_user", "users, with `|` between them; @all is everybody"),
        text("to_party", "to_party", "departments, with `|` between them"),
        text("to_tag", "to_tag", "tags, with `|` between them"),
        text("text", "message", "text").or(SHORT),
        Setting::new(
            "message_type",
            "message_type",
            Kind::OneOf(&["text", "markdown"]),
            "how WeChat reads `text`",
        )
        // In the shipped text, which is plain, the value of a label could be a link.
        .needs_when("markdown", &["text"]),
        url("api_url", "api_url", "another address of the API"),
    ],
    required: &[&["corp_id"], &["secret_file"], &["agent_id"], &["to_user", "to_party", "to_tag"]],
    notes: &[
        "before Alertmanager 0.31 its secret could only stand in the configuration, which stackctl refuses",
    ],
    ..PLAIN
};

/// Pushover.
pub const PUSHOVER: Integration = Integration {
    key: "pushover",
    title: "Pushover",
    section: "pushover_configs",
    settings: &[
        secret("user_key_file", "user_key_file", "file with the key of the user or group"),
        secret("token_file", "token_file", "file with the token of the application"),
        text("title", "title", "title; at most 250 characters").or(TITLE),
        text("text", "message", "text; at most 1024 characters")
            .or(SHORT)
            .markup(Markup::HtmlWhen("html", "true")),
        text("priority", "priority", "-2 to 2; 2 repeats until somebody confirms")
            .or("{{ template \"stackctl.pushover.priority\" . }}"),
        duration("retry", "retry", "time between repetitions at priority 2, at least 30s").or("1m"),
        duration("expire", "expire", "how long it is repeated at priority 2, at most 3h").or("1h"),
        duration("ttl", "ttl", "how long the message stays on the device"),
        text("device", "device", "one device of the user"),
        text("sound", "sound", "sound"),
        text("url", "url", "link; at most 512 characters").or("{{ template \"stackctl.pushover.url\" . }}"),
        text("url_title", "url_title", "text of the link").or("Alertmanager"),
        flag("html", "html", "`text` is HTML").needs_when("true", &["text"]),
        flag("monospace", "monospace", "letters of one width").since("0.29"),
    ],
    required: &[&["user_key_file"], &["token_file"]],
    exclusive: &[&["html", "monospace"]],
    ..PLAIN
};
