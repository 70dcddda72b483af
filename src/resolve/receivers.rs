//! One integration of a receiver: what `stack.yml` says, checked against its row and written as Alertmanager reads it.

use serde_json::{Map, Value, json};

use super::{consequences, credentials, links, secrets};
use crate::catalog;
use crate::kernel::{Diagnostic, Version};
use crate::model::node::At;
use crate::model::receiver::{Integration, Setting};
use crate::model::shape::Kind;
use crate::model::stack::Stack;
use crate::source::{Document, scalar};

/// What was written for an integration, and where.
#[derive(Clone, Copy)]
struct Said<'a> {
    row: &'static Integration,
    given: &'a Map<String, Value>,
    document: &'a Document,
    at: &'a At,
}

/// One integration of one receiver: Alertmanager's section and what goes there.
pub fn integration(
    stack: &mut Stack,
    document: &Document,
    (receiver, key): (&str, &str),
    value: &Value,
    at: &At,
    found: &mut Vec<Diagnostic>,
) -> Option<(String, Value)> {
    let said = Said { row: catalog::integration(key)?, given: value.as_object()?, document, at };
    let version = stack.instance(catalog::NOTIFIER).and_then(|instance| instance.version.clone());
    said.missing(found);
    said.contradictory(found);
    said.without_server(found);
    said.too_new(version.as_ref(), found);
    said.unusable(found);
    Some((said.row.section.to_owned(), section(stack, said, receiver, version.as_ref())))
}

/// The integration's mapping in `alertmanager.yml`.
fn section(stack: &mut Stack, said: Said<'_>, receiver: &str, version: Option<&Version>) -> Value {
    let mut section = Map::new();
    for setting in said.row.all() {
        let known = setting.since.is_none_or(|since| version.is_none_or(|version| version.since(since)));
        let default =
            || setting.default.filter(|_| known).and_then(|text| scalar::value(text, false, setting.kind));
        let given = said.given.get(setting.key);
        let Some(mut value) = given.cloned().or_else(default) else { continue };
        if let (Kind::SecretFile, Some(path)) = (setting.kind, value.as_str()) {
            let name = format!("{receiver}.{}.{}", said.row.key, setting.key.trim_end_matches("_file"));
            value = json!(refer(stack, setting, &name, path, said.at));
        }
        put(&mut section, setting.target, value);
        if given.is_some() {
            complete(&mut section, setting.with);
        }
    }
    complete(&mut section, said.row.always);
    let resolved = said.given.get("send_resolved").cloned().unwrap_or_else(|| json!(true));
    section.insert("send_resolved".to_owned(), resolved);
    Value::Object(section)
}

fn refer(stack: &mut Stack, setting: &Setting, name: &str, path: &str, at: &At) -> String {
    let refer = if setting.at_load { secrets::refer_at_load } else { secrets::refer };
    let inside = refer(stack, catalog::NOTIFIER, name, path, at.key(setting.key));
    if let Some(secret) = stack.secrets.last_mut() {
        secret.content = setting.content;
    }
    inside
}

/// Adds the values whose places are still free.
fn complete(section: &mut Map<String, Value>, values: &[(&str, &str)]) {
    for (path, text) in values {
        let mut parts = path.split('.');
        let first = parts.next().and_then(|first| section.get(first));
        if parts.try_fold(first, |value, part| value.map(|value| value.get(part))).flatten().is_none() {
            put(section, path, scalar::value(text, false, Kind::Bool).unwrap_or_else(|| json!(text)));
        }
    }
}

/// Puts a value at a path with dots.
fn put(section: &mut Map<String, Value>, path: &str, value: Value) {
    match path.split_once('.') {
        None => {
            section.insert(path.to_owned(), value);
        }
        Some((first, rest)) => {
            let inner = section.entry(first.to_owned()).or_insert_with(|| json!({}));
            if let Value::Object(inner) = inner {
                put(inner, rest, value);
            }
        }
    }
}

impl Said<'_> {
    fn has(&self, key: &str) -> bool {
        self.given.contains_key(key)
    }

    /// True when a setting is there with a value that asks for others.
    fn asks(&self, setting: &Setting) -> bool {
        let value = self.given.get(setting.key);
        value.is_some_and(|value| {
            setting
                .needs_when
                .is_none_or(|when| value.as_str().map_or_else(|| value.to_string(), str::to_owned) == when)
        })
    }

    fn missing(&self, found: &mut Vec<Diagnostic>) {
        for group in self.row.required {
            if !group.iter().any(|key| self.has(key)) {
                found.push(
                    Diagnostic::error("SC107", format!("{} is missing", quoted(group, " or ")))
                        .at(self.document.place(self.at))
                        .hint(format!("`{}` does not work without", self.row.key)),
                );
            }
        }
        for setting in self.row.all().filter(|setting| self.asks(setting)) {
            for key in setting.needs.iter().filter(|key| !self.has(key)) {
                found.push(
                    Diagnostic::error("SC107", format!("`{}` needs `{key}`", setting.key))
                        .at(self.document.place(&self.at.key(setting.key)))
                        .hint(format!("add `{key}` to this `{}`", self.row.key)),
                );
            }
        }
    }

    /// Alertmanager refuses its whole configuration when two ways of saying one thing are used.
    fn contradictory(&self, found: &mut Vec<Diagnostic>) {
        for group in self.row.exclusive {
            let both: Vec<&str> = group.iter().copied().filter(|key| self.has(key)).collect();
            if let [.., last] = both.as_slice()
                && both.len() > 1
            {
                found.push(
                    Diagnostic::error("SC217", format!("{} exclude each other", quoted(&both, " and ")))
                        .at(self.document.place(&self.at.key(*last)))
                        .hint("keep one of them"),
                );
            }
        }
    }

    /// Links that lead to no page, and user names that basic authentication cannot carry.
    fn unusable(&self, found: &mut Vec<Diagnostic>) {
        for setting in self.row.all() {
            let Some(text) = self.given.get(setting.key).and_then(Value::as_str) else { continue };
            let at = self.at.key(setting.key);
            if setting.key == "url" || setting.key.ends_with("_url") {
                links::check(text, self.document, &at, found);
            }
            if setting.target.ends_with("basic_auth.username") {
                credentials::username(text, self.document, &at, found);
            }
        }
    }

    fn without_server(&self, found: &mut Vec<Diagnostic>) {
        if self.row.key == "email"
            && !consequences::is_unread(self.document, &At::root().key("notify").key("smtp"))
            && !(self.has("from") && self.has("smarthost"))
        {
            found.push(
                Diagnostic::error("SC213", "mail needs a server and a sender")
                    .at(self.document.place(self.at))
                    .hint(
                        "add `smtp: {smarthost: \"mail.example.org:587\", from: alerts@example.org}` under `notify`",
                    ),
            );
        }
    }

    fn too_new(&self, version: Option<&Version>, found: &mut Vec<Diagnostic>) {
        let Some(version) = version else { return };
        let mut report = |what: &str, since: &str, at: &At| {
            if !version.since(since) {
                found.push(
                    Diagnostic::error(
                        "SC214",
                        format!("`{what}` needs Alertmanager {since}; this stack runs {version}"),
                    )
                    .at(self.document.place(at))
                    .hint(format!("remove it, or run Alertmanager {since} or newer")),
                );
            }
        };
        if let Some(since) = self.row.since {
            report(self.row.key, since, self.at);
        }
        for setting in self.row.all().filter(|setting| self.has(setting.key)) {
            if let Some(since) = setting.since {
                report(setting.key, since, &self.at.key(setting.key));
            }
        }
    }
}

fn quoted(keys: &[&str], between: &str) -> String {
    keys.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(between)
}
