//! Rooms of chat systems.

use super::{
    COLOR, MARKDOWN, MARKDOWN_TITLE, PLAIN, SLACK_TITLE, TITLE, duration, flag, picture, secret, text, url,
};
use crate::model::receiver::{Integration, Setting};
use crate::model::shape::{Kind, SecretContent};

/// Slack.
pub const SLACK: Integration = Integration {
    key: "slack",
    title: "Slack",
    section: "slack_configs",
    send_resolved: false,
    settings: &[
        secret("webhook_file", "api_url_file", "file with the URL of the incoming webhook")
            .content(SecretContent::Url),
        secret("app_token_file", "app_token_file", "file with the token of a Slack app")
            .since("0.30")
            .needs(&["channel"]),
        secret(
            "bot_token_file",
            "http_config.authorization.credentials_file",
            "file with the token of a bot",
        )
        .with(&[("api_url", "https://slack.com/api/chat.postMessage")])
        .needs(&["channel"]),
        text("channel", "channel", "channel, such as #alerts"),
        text("title", "title", "title").or(SLACK_TITLE),
        // Alertmanager's own default is no text at all.
        text("text", "text", "text").or("{{ template \"stackctl.slack\" . }}"),
        // Alertmanager's own default shows every label.
        text("fallback", "fallback", "text of the notice on a phone").or(SLACK_TITLE),
        text("color", "color", "colour of the bar").or(COLOR),
        text("message_text", "message_text", "text above the coloured part").since("0.31"),
        text("username", "username", "name of the sender"),
        text("icon_emoji", "icon_emoji", "picture of the sender, such as :fire:"),
        picture("icon_url", "icon_url", "picture of the sender"),
        flag("link_names", "link_names", "notify people named in the text"),
        flag("update_message", "update_message", "change the first message instead of writing another")
            .since("0.32")
            .needs(&["bot_token_file"]),
        duration("timeout", "timeout", "longest time a request may take").since("0.30"),
    ],
    required: &[&["webhook_file", "app_token_file", "bot_token_file"]],
    exclusive: &[&["webhook_file", "app_token_file", "bot_token_file"]],
    ..PLAIN
};

/// Microsoft Teams through a workflow.
pub const MSTEAMS_V2: Integration = Integration {
    key: "msteamsv2",
    title: "Microsoft Teams (workflow)",
    section: "msteamsv2_configs",
    since: Some("0.28"),
    settings: &[
        secret("webhook_file", "webhook_url_file", "file with the URL of the workflow")
            .content(SecretContent::Url),
        text("title", "title", "title").or(MARKDOWN_TITLE),
        text("text", "text", "text, as Markdown").or(MARKDOWN),
    ],
    required: &[&["webhook_file"]],
    ..PLAIN
};

/// Microsoft Teams through a connector.
pub const MSTEAMS: Integration = Integration {
    key: "msteams",
    title: "Microsoft Teams (connector)",
    section: "msteams_configs",
    settings: &[
        secret("webhook_file", "webhook_url_file", "file with the URL of the connector")
            .content(SecretContent::Url),
        text("title", "title", "title").or(MARKDOWN_TITLE),
        text("summary", "summary", "text of the notice").or(TITLE),
        text("text", "text", "text, as Markdown").or(MARKDOWN),
    ],
    required: &[&["webhook_file"]],
    notes: &["Microsoft takes these connectors out of service: use msteamsv2 with a workflow"],
    ..PLAIN
};

/// Mattermost.
pub const MATTERMOST: Integration = Integration {
    key: "mattermost",
    title: "Mattermost",
    section: "mattermost_configs",
    since: Some("0.30"),
    settings: &[
        secret("webhook_file", "webhook_url_file", "file with the URL of the incoming webhook")
            .content(SecretContent::Url),
        text("channel", "channel", "channel, when it is not that of the webhook"),
        text("username", "username", "name of the sender"),
        text("title", "title", "title").since("0.32").or(MARKDOWN_TITLE),
        text("text", "text", "text, as Markdown").or(MARKDOWN),
        text("fallback", "fallback", "text where the message cannot be drawn").since("0.32").or(TITLE),
        text("color", "color", "colour of the bar").since("0.32").or(COLOR),
        picture("icon_url", "icon_url", "picture of the sender"),
        text("icon_emoji", "icon_emoji", "picture of the sender, such as :fire:"),
        text("priority", "priority.priority", "`important` or `urgent`"),
    ],
    required: &[&["webhook_file"]],
    ..PLAIN
};

/// Rocket.Chat.
pub const ROCKETCHAT: Integration = Integration {
    key: "rocketchat",
    title: "Rocket.Chat",
    section: "rocketchat_configs",
    since: Some("0.28"),
    send_resolved: false,
    settings: &[
        url("api_url", "api_url", "address of the server"),
        secret("token_file", "token_file", "file with the token of the sender").at_load(),
        secret("token_id_file", "token_id_file", "file with the user id of the sender").at_load(),
        text("channel", "channel", "channel or user, such as #alerts or @anna"),
        text("title", "title", "title").or(MARKDOWN_TITLE),
        text("text", "text", "text, as Markdown").or(MARKDOWN),
        text("color", "color", "colour of the bar").or(COLOR),
        text("emoji", "emoji", "picture of the sender, such as :fire:"),
        picture("icon_url", "icon_url", "picture of the sender"),
    ],
    required: &[&["api_url"], &["token_file"], &["token_id_file"], &["channel"]],
    ..PLAIN
};

/// Discord.
pub const DISCORD: Integration = Integration {
    key: "discord",
    title: "Discord",
    section: "discord_configs",
    settings: &[
        secret("webhook_file", "webhook_url_file", "file with the URL of the webhook")
            .content(SecretContent::Url),
        text("title", "title", "title").or(MARKDOWN_TITLE),
        text("text", "message", "text, as Markdown").or(MARKDOWN),
        text("content", "content", "text above the coloured part, for mentions; at most 2000 characters")
            .since("0.28"),
        text("username", "username", "name of the sender").since("0.28"),
        picture("avatar_url", "avatar_url", "picture of the sender").since("0.28"),
    ],
    required: &[&["webhook_file"]],
    notes: &["Alertmanager chooses the colour itself: red while it fires, green when it is over"],
    ..PLAIN
};

/// Webex.
pub const WEBEX: Integration = Integration {
    key: "webex",
    title: "Webex",
    section: "webex_configs",
    settings: &[
        Setting::new("room_id", "room_id", Kind::Text, "id of the room"),
        secret("token_file", "http_config.authorization.credentials_file", "file with the token of the bot"),
        text("text", "message", "text, as Markdown; at most 7439 bytes")
            .or("{{ template \"stackctl.webex\" . }}"),
        url("api_url", "api_url", "another address of the API"),
    ],
    required: &[&["room_id"], &["token_file"]],
    notes: &["Webex has no colours: the severity is in the text"],
    ..PLAIN
};
