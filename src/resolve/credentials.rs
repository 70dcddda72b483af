//! Credentials of a scrape job, a remote write or a webhook: what Prometheus and Alertmanager refuse, or drop in silence.

use crate::kernel::{Diagnostic, text};
use crate::model::node::At;
use crate::source::Document;

/// Which keys are given.
#[derive(Debug, Clone, Copy)]
pub struct Given<'a> {
    /// `username`
    pub username: Option<&'a str>,
    /// `password_file`
    pub password: bool,
    /// `bearer_token_file`
    pub token: bool,
}

/// Checks the keys below a place together.
pub fn check(given: Given<'_>, document: &Document, here: &At, found: &mut Vec<Diagnostic>) {
    if let Some(name) = given.username {
        username(name, document, &here.key("username"), found);
    }
    let basic = if given.username.is_some() { "username" } else { "password_file" };
    if given.token && (given.username.is_some() || given.password) {
        found.push(
            Diagnostic::error("SC217", format!("`{basic}` and `bearer_token_file` exclude each other"))
                .at(document.place(&here.key("bearer_token_file")))
                .hint("keep one of them: a request has one `Authorization` header"),
        );
    } else if given.password && given.username.is_none() {
        found.push(
            Diagnostic::error("SC107", "`password_file` needs `username`")
                .at(document.place(&here.key("password_file")))
                .hint("add `username:`, or use `bearer_token_file` for a token"),
        );
    }
}

/// Basic authentication separates user and password by a colon.
pub fn username(name: &str, document: &Document, at: &At, found: &mut Vec<Diagnostic>) {
    let problem = if name.is_empty() {
        "the user name is empty"
    } else if name.contains(':') {
        "the user name has a colon, which ends it in basic authentication"
    } else if name.contains(char::is_control) {
        "the user name has a control character"
    } else {
        return;
    };
    found.push(
        Diagnostic::error("SC523", format!("{problem}: `{}`", text::shown(name)))
            .at(document.value_place(at))
            .hint("use a user name without a colon; the password belongs in `password_file`"),
    );
}
