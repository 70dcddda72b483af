//! Passwords, tokens and keys that `stack.yml` holds itself. They would end up in labels, in `docker inspect` and in
//! rendered files, which others can read: each belongs into a file.

use crate::catalog;
use crate::kernel::{Diagnostic, Place, credentials, text};
use crate::model::node::{Node, Value};
use crate::model::shape::{Field, Kind};
use crate::source::{Document, scalar};

/// Settings that hold a secret in a file, in the order in which they are advised.
const FILES: &[&str] = &["password_file", "bearer_token_file", "url_file", "webhook_file", "token_file"];

/// Settings whose text names a registry.
const REGISTRIES: &[&str] = &["registry", "image"];

/// Adds a finding for every credential.
pub fn check(document: &Document, found: &mut Vec<Diagnostic>) {
    if let Some(root) = &document.root {
        let here = Here { key: "", siblings: &[], custom: false };
        walk(root, Kind::Object(catalog::STACK_FILE), here, found);
    }
}

/// Where a value is.
#[derive(Debug, Clone, Copy)]
struct Here<'a> {
    /// Its key, or that of its list or mapping.
    key: &'a str,
    /// The settings beside it.
    siblings: &'a [Field],
    /// In a custom exporter.
    custom: bool,
}

fn walk(node: &Node, kind: Kind, here: Here<'_>, found: &mut Vec<Diagnostic>) {
    match (&node.value, kind) {
        (Value::Mapping(entries), kind) => {
            let fields = catalog::keys_of(kind);
            for entry in entries {
                let known = fields.as_ref().and_then(|fields| fields.iter().find(|f| f.key == entry.key));
                match (&fields, known, kind) {
                    (Some(fields), Some(field), _) => {
                        let custom = here.custom || field.key == "custom";
                        walk(
                            &entry.node,
                            field.kind,
                            Here { key: field.key, siblings: fields, custom },
                            found,
                        );
                    }
                    (None, _, Kind::Map(_)) if here.key == "params" && names_parameter(&entry.key) => {
                        let message = format!("the parameter `{}` is a secret", text::shown(&entry.key));
                        let hint = "use `bearer_token_file`, or `username` and `password_file`: Prometheus reads no parameter from a file";
                        found.push(Diagnostic::error("SC540", message).at(place(&entry.node)).hint(hint));
                    }
                    (None, _, Kind::Map(of) | Kind::NamedMap(of)) => {
                        if matches!(of, Kind::Text) {
                            pair(&entry.key, &entry.node, here, found);
                        } else {
                            walk(&entry.node, *of, here, found);
                        }
                    }
                    // An unknown key has been reported.
                    _ => {}
                }
            }
        }
        (Value::Sequence(items), Kind::List(of) | Kind::OneOrMany(of)) => {
            if here.key == "args" {
                arguments(items, here, found);
            } else {
                items.iter().for_each(|item| walk(item, *of, here, found));
            }
        }
        (Value::Scalar { .. }, Kind::OneOrMany(of)) => walk(node, *of, here, found),
        // What is not of this kind has been reported.
        (Value::Scalar { text, quoted, .. }, kind) if scalar::value(text, *quoted, kind).is_some() => {
            address(text, kind, node, here, found);
        }
        _ => {}
    }
}

/// A query parameter that is a secret.
fn names_parameter(name: &str) -> bool {
    credentials::names_secret(name) || ["key", "sig", "signature", "auth"].contains(&name)
}

/// One value of a mapping with keys of the user: a variable, a header, a label.
fn pair(key: &str, node: &Node, here: Here<'_>, found: &mut Vec<Diagnostic>) {
    let Value::Scalar { text, .. } = &node.value else { return };
    match here.key {
        "env" => variable(key, text, node, here, found),
        "headers" if credentials::names_secret(key) && !credentials::is_harmless(text) => {
            let message = format!("the header `{}` holds a secret", text::shown(key));
            found.push(Diagnostic::error("SC542", message).at(place(node)).hint(header_hint(key, here)));
        }
        _ => address(text, Kind::Text, node, here, found),
    }
}

fn header_hint(key: &str, here: Here<'_>) -> String {
    let has = |key: &str| here.siblings.iter().any(|field| field.key == key);
    if key.eq_ignore_ascii_case("authorization") && has("bearer_token_file") {
        "write a bearer token into a file, mode 0600, and name it in `bearer_token_file`; a user and a password go to `username` and `password_file`".to_owned()
    } else if has("bearer_token_file") {
        "let the server take a bearer token (`bearer_token_file`) or a user and a password (`username`, `password_file`)".to_owned()
    } else {
        hint(here)
    }
}

/// A variable of a custom exporter.
fn variable(key: &str, value: &str, node: &Node, here: Here<'_>, found: &mut Vec<Diagnostic>) {
    let name = text::shown(key);
    let path = value.contains('/') || value.starts_with("{config}") || credentials::is_harmless(value);
    let secret = credentials::names_secret(key) || key.eq_ignore_ascii_case("key");
    let (code, message) = if secret && !credentials::is_harmless(value) {
        ("SC204", format!("`{name}` looks like a secret; `docker inspect` shows the environment to everyone"))
    } else if credentials::names_secret_file(key) && !path {
        ("SC543", format!("`{name}` must be the path of a file in the container"))
    } else if credentials::masked_line(value) != value
        || credentials::is_login(key, value)
        || credentials::is_dsn(key, value)
    {
        (
            "SC540",
            format!("`{name}` holds a password or token; `docker inspect` shows the environment to everyone"),
        )
    } else {
        return;
    };
    found.push(Diagnostic::error(code, message).at(place(node)).hint(hint(here)));
}

/// The arguments of a component: `--flag=secret`, `--flag secret`, and everything that holds credentials.
fn arguments(items: &[Node], here: Here<'_>, found: &mut Vec<Diagnostic>) {
    let mut flag: Option<&str> = None;
    for item in items {
        let Value::Scalar { text, .. } = &item.value else { continue };
        let before = flag.take();
        let written = text.strip_prefix("--").or_else(|| text.strip_prefix('-'));
        let (name, value) = match written.map(|flag| flag.split_once('=').unwrap_or((flag, ""))) {
            Some((name, value)) => (name, value),
            None => (before.unwrap_or_default(), text.as_str()),
        };
        if written.is_some() && value.is_empty() {
            flag = Some(name);
        }
        let named = credentials::names_secret(name) && !credentials::is_harmless(value);
        if named || credentials::is_login(name, value) || credentials::masked_line(text) != text.as_str() {
            let message = if name.is_empty() {
                "an argument holds a password or token; `docker inspect` and `ps` show arguments".to_owned()
            } else {
                let dashes = if name.chars().count() == 1 { "-" } else { "--" };
                format!(
                    "`{dashes}{}` holds a password or token; `docker inspect` and `ps` show arguments",
                    text::shown(name)
                )
            };
            found.push(Diagnostic::error("SC541", message).at(place(item)).hint(hint(here)));
        }
    }
}

/// An address, or text with one in it.
fn address(value: &str, kind: Kind, node: &Node, here: Here<'_>, found: &mut Vec<Diagnostic>) {
    let is_address = matches!(
        kind,
        Kind::Url | Kind::PublicUrl | Kind::Request | Kind::Server(_) | Kind::Target | Kind::ScrapeTarget
    );
    let secrets = if is_address || REGISTRIES.contains(&here.key) {
        credentials::inline(value)
    } else {
        credentials::in_address(value)
    };
    if secrets.is_empty() {
        return;
    }
    let message = format!("`{}` holds a password or token", here.key);
    found.push(Diagnostic::error("SC540", message).at(place(node)).hint(hint(here)));
}

fn place(node: &Node) -> Place {
    node.place.clone().hidden()
}

/// How the secret is given instead.
fn hint(here: Here<'_>) -> String {
    let setting = FILES.iter().find(|key| here.siblings.iter().any(|field| field.key == **key));
    if REGISTRIES.contains(&here.key) {
        return "remove it; `docker login` keeps the credentials of a registry".to_owned();
    }
    if here.custom {
        return "write it into a file, mode 0600, name that under `secret_files`, and give the exporter the path `{config}/secrets/NAME` in a `…_FILE` variable, in a flag that takes a file, or as `@{config}/secrets/NAME` with one flag per line".to_owned();
    }
    match (here.key, setting) {
        ("health" | "http" | "healthy", _) => "name an endpoint that answers without credentials".to_owned(),
        (_, Some(setting)) => {
            format!(
                "remove it from `{}`, write it into a file, mode 0600, and name that in `{setting}`",
                here.key
            )
        }
        ("args", None) => "remove it; name the secret by a flag that takes a file".to_owned(),
        _ => "remove it from the address".to_owned(),
    }
}

#[cfg(test)]
mod tests;
