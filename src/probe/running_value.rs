//! When two YAML values mean the same to Prometheus, and how a value may be shown.

use serde_yaml::Value;

use crate::kernel::text::count;
use crate::kernel::units::{parse_bytes, parse_duration};

/// What Prometheus prints instead of a secret.
const MASK: &str = "<secret>";

/// How the values under a key are to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A mapping with keys of the user's own; values are compared as text.
    Labels,
    /// `60s` and `1m` are the same.
    Duration,
    /// `50MB` and `50MiB` are the same.
    Size,
    /// Relative to the directory of the configuration file.
    Path,
    /// Masked by Prometheus.
    Secret,
    /// A URL, in which Prometheus masks the password.
    Url,
    /// Anything else.
    Plain,
}

impl Kind {
    /// The kind that the name of the key tells.
    pub fn of(key: &str) -> Self {
        let ends = |endings: &[&str]| endings.iter().any(|ending| key.ends_with(ending));
        match key {
            "labels" | "external_labels" | "params" | "headers" => Self::Labels,
            "rule_files" | "scrape_config_files" | "files" => Self::Path,
            "password" | "credentials" | "client_secret" | "bearer_token" | "secret_key" | "secrets"
            | "token" => Self::Secret,
            _ if ends(&["_file", "_files"]) => Self::Path,
            _ if ends(&["url", "server"]) => Self::Url,
            _ if ends(&["_limit", "size"]) => Self::Size,
            _ if ends(&DURATIONS) => Self::Duration,
            _ => Self::Plain,
        }
    }
}

const DURATIONS: [&str; 10] =
    ["interval", "timeout", "deadline", "backoff", "window", "age", "delay", "offset", "time", "duration"];

/// True when the running value is the rendered one, as far as can be seen.
pub(super) fn same(key: &str, rendered: &Value, running: &Value) -> bool {
    if !(is_scalar(rendered) && is_scalar(running)) {
        return false;
    }
    let kind = Kind::of(key);
    let (own, other) = (display(rendered), display(running));
    if own == other || (other == MASK && kind != Kind::Labels) {
        return true;
    }
    let equal = |own: Option<u128>, other: Option<u128>| own.is_some() && own == other;
    let millis = |text: &str| parse_duration(text).map(|duration| duration.as_millis());
    let bytes = |text: &str| parse_bytes(text).map(u128::from);
    match kind {
        Kind::Duration => equal(millis(&own), millis(&other)),
        Kind::Size => equal(bytes(&own), bytes(&other)) || numbers(rendered, running),
        Kind::Path => is_below(&own, &other),
        Kind::Url => without_password(&own) == without_password(&other),
        // Prometheus 3 expands `${NAME}` and `$$` in external labels from its own environment.
        Kind::Labels => key == "external_labels" && own.contains('$'),
        Kind::Secret => false,
        Kind::Plain => numbers(rendered, running),
    }
}

/// `1e5` and `100000`: the same number, printed differently. Texts are no numbers.
fn numbers(rendered: &Value, running: &Value) -> bool {
    match (rendered, running) {
        (Value::Number(own), Value::Number(other)) => own.as_f64() == other.as_f64(),
        _ => false,
    }
}

/// True when `absolute` is the relative path `relative` below some directory.
fn is_below(relative: &str, absolute: &str) -> bool {
    if relative.starts_with('/') {
        return false;
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    !parts.is_empty() && absolute.ends_with(&format!("/{}", parts.join("/")))
}

/// The URL with the password of its user part taken out.
fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(end);
    match authority.rsplit_once('@') {
        Some((user, host)) => {
            let name = user.split_once(':').map_or(user, |(name, _)| name);
            format!("{scheme}://{name}@{host}{tail}")
        }
        None => url.to_owned(),
    }
}

fn is_scalar(value: &Value) -> bool {
    !matches!(value, Value::Sequence(_) | Value::Mapping(_))
}

/// A scalar as text, a list of scalars in brackets, and mappings as what they are.
pub(super) fn display(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        Value::Sequence(items) if items.iter().all(is_scalar) => {
            format!("[{}]", items.iter().map(display).collect::<Vec<_>>().join(", "))
        }
        Value::Sequence(items) => format!("a list of {}", count(items.len(), "item")),
        Value::Mapping(entries) => format!("a section of {}", count(entries.len(), "key")),
        Value::Tagged(tagged) => display(&tagged.value),
    }
}

/// A value fit for a report: no secrets, not even where Prometheus shows them.
pub(super) fn shown(key: &str, path: &str, value: &Value) -> String {
    let hidden = Kind::of(key) == Kind::Secret || path.contains("headers.");
    match value {
        Value::Mapping(_) => display(value),
        _ if hidden => MASK.to_owned(),
        Value::Sequence(_) => display(value),
        _ => without_password(&display(value)),
    }
}

#[cfg(test)]
mod tests {
    use super::{is_below, without_password};

    #[test]
    fn a_relative_path_is_found_below_any_directory() {
        assert!(is_below("rules/*.yml", "/etc/prometheus/current/rules/*.yml"));
        assert!(is_below("./rules/../rules/a.yml", "/etc/prometheus/rules/a.yml"));
        assert!(is_below("../shared/a.yml", "/etc/shared/a.yml"));
        assert!(!is_below("rules/a.yml", "/etc/prometheus/rules/b.yml"));
        assert!(!is_below("a.yml", "/etc/prometheus/ba.yml"));
        assert!(!is_below("/rules/a.yml", "/etc/rules/a.yml"));
    }

    #[test]
    fn the_password_of_a_url_is_taken_out() {
        assert_eq!(without_password("http://u:p@h:1/x?y=a@b"), "http://u@h:1/x?y=a@b");
        assert_eq!(without_password("http://h:1/a:b@c"), "http://h:1/a:b@c");
    }
}
