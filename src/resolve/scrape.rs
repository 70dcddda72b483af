//! The scrape settings that applications and custom exporters share: mistakes in them, and files that become paths in
//! the container of the scraper.

use super::credentials::{self, Given};
use super::{secrets, tls};
use crate::catalog;
use crate::kernel::{Diagnostic, text, units};
use crate::model::config::{Custom, ScrapeSettings};
use crate::model::node::At;
use crate::model::stack::Stack;
use crate::source::Document;

/// Replaces the paths of the user's files by those that the scraper finds them at. `owner` begins the names of the
/// files there: `app.shop`.
pub fn refer(stack: &mut Stack, settings: &mut ScrapeSettings, owner: &str, here: &At) {
    for (key, file, at) in [
        ("password", &mut settings.password_file, here.key("password_file")),
        ("bearer_token", &mut settings.bearer_token_file, here.key("bearer_token_file")),
    ] {
        if let Some(path) = file.take() {
            *file = Some(secrets::refer(stack, catalog::SCRAPER, &format!("{owner}.{key}"), &path, at));
        }
    }
    tls::refer(stack, catalog::SCRAPER, &mut settings.tls, owner, &here.key("tls"));
}

/// Reports settings that contradict each other. `health` is probed with the same settings of TLS.
pub fn check(
    settings: &ScrapeSettings,
    health: Option<&str>,
    document: &Document,
    here: &At,
    found: &mut Vec<Diagnostic>,
) {
    let duration = |text: &Option<String>| text.as_deref().and_then(units::parse_duration);
    if let (Some(timeout), Some(interval)) =
        (duration(&settings.scrape_timeout), duration(&settings.scrape_interval))
        && timeout > interval
    {
        found.push(
            Diagnostic::error("SC205", "the scrape timeout is longer than the scrape interval")
                .at(document.value_place(&here.key("scrape_timeout")))
                .hint("Prometheus refuses that; make it shorter"),
        );
    }
    let plain = settings.scheme.as_deref() != Some("https") && !health.is_some_and(tls::is_https);
    let unused =
        plain.then_some(("the target is scraped without TLS", "add `scheme: https`, or remove `tls`"));
    tls::check(&settings.tls, unused, document, &here.key("tls"), found);
    let given = Given {
        username: settings.username.as_deref(),
        password: settings.password_file.is_some(),
        token: settings.bearer_token_file.is_some(),
    };
    credentials::check(given, document, here, found);
}

/// The path of a custom exporter, which has two names for it.
pub fn take_path(custom: &mut Custom, document: &Document, here: &At, found: &mut Vec<Diagnostic>) {
    let Some(path) = custom.path.take() else { return };
    if let Some(other) = &custom.scrape.metrics_path
        && *other != path
    {
        let message =
            format!("`path` is `{}` and `metrics_path` is `{}`", text::shown(&path), text::shown(other));
        found.push(
            Diagnostic::error("SC554", message)
                .at(document.place(&here.key("path")))
                .hint("they are the same setting; keep `metrics_path`"),
        );
    }
    custom.scrape.metrics_path.get_or_insert(path);
}

/// The path and query with which the exporter itself is asked whether it is ready.
pub fn request(settings: &ScrapeSettings) -> String {
    let path = settings.metrics_path.as_deref().unwrap_or("/metrics");
    let pairs =
        settings.params.iter().flat_map(|(name, values)| values.iter().map(move |value| (name, value)));
    let query: Vec<String> = pairs
        .map(|(name, value)| format!("{}={}", text::percent_encoded(name), text::percent_encoded(value)))
        .collect();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{}", query.join("&")) }
}

/// Whether only the scraper can make a request: it has the credentials and knows the certificates.
pub fn is_guarded(settings: &ScrapeSettings) -> bool {
    let credentials = settings.username.is_some() || settings.bearer_token_file.is_some();
    credentials || settings.scheme.as_deref() == Some("https")
}
