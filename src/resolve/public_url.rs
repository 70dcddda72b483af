//! The URL under which users reach the pages of a component, and the path below which the component serves them.

use std::collections::BTreeMap;

use serde_json::Value;

use super::instance::place_of;
use crate::catalog;
use crate::kernel::{Diagnostic, credentials, text};
use crate::model::component::Component;
use crate::model::stack::{Instance, Published, Stack};
use crate::model::sub_path::{self, is_flag, normalised, path_of_url};
use crate::source::Document;
use crate::source::scalar::{PREFIX, is_prefix};

/// Fills in what `stack.yml` leaves out. Links lead to the published address: the software would take the name of its
/// container, which leads nowhere. A component whose own default is the root serves below the path of its public URL.
pub fn fit(row: &Component, published: Option<Published>, values: &mut BTreeMap<String, Value>) {
    let Some(key) = row.reached_at else { return };
    if let Some(published) = published {
        let prefix = values.get(catalog::ROUTE_PREFIX).and_then(Value::as_str).map(normalised);
        let address = || Value::String(format!("{}{}", published.address(), prefix.unwrap_or_default()));
        values.entry(key.to_owned()).or_insert_with(address);
    }
    let has_path = values.get(key).and_then(Value::as_str).is_some_and(|url| !path_of_url(url).is_empty());
    if has_path && row.settings.iter().any(|field| field.key == catalog::SERVE_FROM_SUB_PATH) {
        values.entry(catalog::SERVE_FROM_SUB_PATH.to_owned()).or_insert(Value::Bool(true));
    }
}

/// The origin of the pages of a component, as a regular expression that matches nothing else; without a public URL it
/// matches no origin.
pub fn origin(row: &Component, values: &BTreeMap<String, Value>) -> String {
    let url = row.reached_at.and_then(|key| values.get(key)).and_then(Value::as_str);
    let origin = url.and_then(|url| {
        let (scheme, rest) = url.split_once("://")?;
        let server = rest.split(['/', '?', '#']).next()?.rsplit('@').next()?;
        // A browser writes both in lower case, and leaves out the usual port.
        let (scheme, server) = (scheme.to_lowercase(), server.to_lowercase());
        let usual = if scheme == "https" { ":443" } else { ":80" };
        Some(format!("{scheme}://{}", server.strip_suffix(usual).unwrap_or(&server)))
    });
    origin.map_or_else(|| "^$".to_owned(), |origin| regex::escape(&origin))
}

/// Reports public URLs that no link can be made of, and flags that are given twice.
pub fn check(stack: &Stack, document: &Document, found: &mut Vec<Diagnostic>) {
    for instance in &stack.instances {
        repeated(instance, document, found);
        let Some(key) = instance.row.and_then(|row| row.reached_at) else { continue };
        let Some((what, hint)) = instance.setting(key).and_then(|url| problem(&url)) else { continue };
        found.push(
            Diagnostic::error("SC228", format!("`{key}` {what}"))
                .at(document.value_place(&place_of(instance).key(key)))
                .hint(hint),
        );
    }
}

/// An argument of the user's for what a setting has set.
fn repeated(instance: &Instance, document: &Document, found: &mut Vec<Diagnostic>) {
    let Some(row) = instance.row else { return };
    let own = instance.settings.get("args").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    for flag in sub_path::repeated(row.sub_path, &instance.spec.args) {
        let written = own.iter().position(|arg| arg.as_str().is_some_and(|arg| is_flag(arg, flag)));
        let setting = row.args.iter().find(|item| is_flag(item.text, flag));
        let setting = setting.and_then(|item| item.text.split_once('{')?.1.strip_suffix('}'));
        let hint = match setting {
            Some(setting) => format!("remove it from `args`, and write the value as `{setting}`"),
            None => "keep one of them".to_owned(),
        };
        let args = place_of(instance).key("args");
        found.push(
            Diagnostic::error(
                "SC229",
                format!("`{flag}` is set twice, and {} then does not start", row.title),
            )
            .at(document.value_place(&args.index(written.unwrap_or_default())))
            .hint(hint),
        );
    }
}

/// What is wrong with a public URL, and the next step.
fn problem(url: &str) -> Option<(&'static str, String)> {
    let (page, _) = url.split_once(['?', '#']).unwrap_or((url, ""));
    let write = || format!("links add their own query; write `{}`", text::shown(page));
    let (scheme, rest) = page.split_once("://")?;
    if url.split('#').next().is_some_and(|before| before.contains('?')) {
        return Some(("has a query", write()));
    }
    if url.contains('#') {
        return Some(("has a fragment", write()));
    }
    let (server, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
    if let Some((_, server)) = server.rsplit_once('@') {
        let hint = format!("links are sent to users as they are; write `{scheme}://{server}{path}`");
        // A password has its own finding.
        return credentials::inline(url).is_empty().then_some(("names a user", hint));
    }
    (!path.is_empty() && !is_prefix(path)).then(|| ("has a path that needs encoding", PREFIX.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::problem;

    #[test]
    fn a_public_url_has_a_scheme_a_host_and_a_plain_path() {
        for good in [
            "http://localhost:9090",
            "https://ops.example.org/",
            "https://ops.example.org/prometheus/",
            "https://[fd00::1]:8443/a/b",
        ] {
            assert_eq!(problem(good), None, "{good}");
        }
        let query = "links add their own query; write `https://ops.example.org/prometheus`";
        for (url, what, hint) in [
            ("https://ops.example.org/prometheus?orgId=1#x", "has a query", query),
            ("https://ops.example.org/prometheus?", "has a query", query),
            ("https://ops.example.org/prometheus#/x?y", "has a fragment", query),
            (
                "https://me@ops.example.org/p",
                "names a user",
                "links are sent to users as they are; write `https://ops.example.org/p`",
            ),
            ("https://ops.example.org/a%20b", "has a path that needs encoding", super::PREFIX),
            ("https://ops.example.org/a//b", "has a path that needs encoding", super::PREFIX),
            ("https://ops.example.org/../b", "has a path that needs encoding", super::PREFIX),
        ] {
            assert_eq!(problem(url), Some((what, hint.to_owned())), "{url}");
        }
    }
}
