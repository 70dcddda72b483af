//! Links that users give: only http and https lead to a page.

use crate::kernel::{Diagnostic, text};
use crate::model::node::At;
use crate::source::Document;

/// Schemes of links that are allowed; `stackctl:runbook/…` is shown as a command.
const ALLOWED: [&str; 3] = ["http", "https", "stackctl"];

/// Refuses a link with any other scheme, such as `javascript:`. A template or a path has none.
pub fn check(link: &str, document: &Document, at: &At, found: &mut Vec<Diagnostic>) {
    let scheme = text::scheme(link).filter(|scheme| !ALLOWED.contains(&scheme.as_str()));
    if let Some(scheme) = scheme {
        found.push(
            Diagnostic::error("SC525", format!("a link begins with `{scheme}:`"))
                .at(document.value_place(at))
                .hint("begin links with `https://` or `http://`"),
        );
    }
}
