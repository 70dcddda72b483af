//! Which files with secrets the components need, and under which paths they find them.

use std::collections::BTreeMap;

use serde_json::Value;

use super::at;
use crate::model::component::{Component, Content, OnChange};
use crate::model::config::Custom;
use crate::model::node::At;
use crate::model::shape::{Kind, SecretContent};
use crate::model::stack::{CONFIG_DIRECTORY, SecretFile, SecretForm, SecretSource, Stack};

/// Adds the secrets that are settings of a component itself.
pub fn of_component(stack: &mut Stack, row: &Component, values: &BTreeMap<String, Value>) {
    for field in row.settings {
        let given = values.get(field.key).and_then(Value::as_str);
        let source = match (field.kind, given) {
            (Kind::SecretFile | Kind::GeneratedSecretFile, Some(path)) => SecretSource::File(path.to_owned()),
            (Kind::GeneratedSecretFile, None) => {
                SecretSource::Generated(format!("{}_{}", row.name, name(field.key)))
            }
            _ => continue,
        };
        let file = row.files.iter().find(|file| match file.content {
            Content::Secret(key) | Content::RedisPasswords(key, _) => key == field.key,
            _ => false,
        });
        let form = match file.map(|file| file.content) {
            Some(Content::RedisPasswords(_, address)) => SecretForm::MapTo {
                address: values.get(address).and_then(Value::as_str).unwrap_or_default().to_owned(),
            },
            _ => SecretForm::Plain,
        };
        stack.secrets.push(SecretFile {
            name: name(field.key).to_owned(),
            component: row.name.to_owned(),
            source,
            form,
            content: content(field.key),
            on_change: file.map_or(OnChange::Nothing, |file| file.on_change),
            may_generate: matches!(field.kind, Kind::GeneratedSecretFile),
            at: at(row).key(field.key),
        });
    }
}

/// Adds the secrets of a custom exporter; it is restarted when one changes, because nothing is known about it.
pub fn of_custom(stack: &mut Stack, component: &str, custom: &Custom, here: &At) {
    for (name, path) in &custom.secret_files {
        stack.secrets.push(SecretFile {
            name: name.clone(),
            component: component.to_owned(),
            source: SecretSource::File(path.clone()),
            form: SecretForm::Plain,
            content: SecretContent::Any,
            on_change: OnChange::Restart,
            may_generate: false,
            at: here.key("secret_files").key(name),
        });
    }
}

/// Adds a secret that a rendered file of a component refers to, and returns its path in the container. Prometheus and
/// Alertmanager read most `*_file` when they use them, so that a change asks for nothing.
pub fn refer(stack: &mut Stack, component: &str, name: &str, file: &str, at: At) -> String {
    stack.secrets.push(SecretFile {
        name: name.to_owned(),
        component: component.to_owned(),
        source: SecretSource::File(file.to_owned()),
        form: SecretForm::Plain,
        content: SecretContent::Line,
        on_change: OnChange::Nothing,
        may_generate: false,
        at,
    });
    in_container(name)
}

/// The same for a file that is read only when the configuration is loaded: a change asks for a reload.
pub fn refer_at_load(stack: &mut Stack, component: &str, name: &str, file: &str, at: At) -> String {
    let path = refer(stack, component, name, file, at);
    if let Some(secret) = stack.secrets.last_mut() {
        secret.on_change = OnChange::Reload;
    }
    path
}

/// What a component's file must hold.
fn content(key: &str) -> SecretContent {
    let line = ["password_file", "token_file"].iter().any(|ending| key.ends_with(ending));
    if line { SecretContent::Line } else { SecretContent::Text }
}

/// The path of a component's secret setting in its container; none when it is not set.
pub fn path(stack: &Stack, component: &str, key: &str) -> Option<String> {
    let secret =
        stack.secrets.iter().find(|secret| secret.component == component && secret.name == name(key))?;
    Some(in_container(&secret.name))
}

fn in_container(name: &str) -> String {
    format!("{CONFIG_DIRECTORY}/secrets/{name}")
}

/// The name of a secret: its key without `_file`.
fn name(key: &str) -> &str {
    key.strip_suffix("_file").unwrap_or(key)
}
