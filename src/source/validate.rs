//! A tree against its shape: unknown keys, missing keys, wrong kinds, all at once.

use serde_json::{Map, Value as Json};

use super::{comments, misplaced, scalar, suggest};
use crate::catalog;
use crate::kernel::{Diagnostic, credentials, text, units};
use crate::model::node::{Entry, Node, Value};
use crate::model::shape::{Field, Kind};

/// The value of a node of this kind, at this key, which is empty at the root and in lists. Parts that are wrong are noted and left out.
pub fn value(node: &Node, key: &str, kind: Kind, found: &mut Vec<Diagnostic>) -> Option<Json> {
    match (&node.value, kind) {
        (Value::Null, Kind::Any) => Some(Json::Null),
        // `exporters: {node: }` means the row with its defaults.
        (Value::Null, _) if catalog::keys_of(kind).is_some() => object(node, &[], kind, found),
        (Value::Null, Kind::Map(_) | Kind::NamedMap(_)) => Some(Json::Object(Map::new())),
        (Value::Null, Kind::List(_)) => Some(Json::Array(Vec::new())),
        (_, Kind::Any) => Some(plain(node)),
        (Value::Sequence(items), Kind::List(of) | Kind::OneOrMany(of)) => {
            Some(Json::Array(items.iter().filter_map(|item| of_item(item, *of, found)).collect()))
        }
        (_, Kind::OneOrMany(of)) => value(node, key, *of, found).map(|one| Json::Array(vec![one])),
        (Value::Mapping(entries), Kind::Map(of)) => Some(user_keys(entries, *of, found)),
        (Value::Mapping(entries), Kind::NamedMap(of)) => {
            entries.iter().for_each(|entry| check_name(entry, found));
            Some(user_keys(entries, *of, found))
        }
        (Value::Mapping(entries), kind) if catalog::keys_of(kind).is_some() => {
            object(node, entries, kind, found)
        }
        (Value::Scalar { text, variable: true, .. }, kind) => scalar::of_variable(text, kind).or_else(|| {
            found.push(unexpected(node, key, kind));
            None
        }),
        (Value::Scalar { text, quoted, .. }, kind) => scalar::value(text, *quoted, kind).or_else(|| {
            found.push(unexpected(node, key, kind));
            None
        }),
        _ => {
            found.push(unexpected(node, key, kind));
            None
        }
    }
}

fn object(node: &Node, entries: &[Entry], kind: Kind, found: &mut Vec<Diagnostic>) -> Option<Json> {
    let fields = catalog::keys_of(kind)?;
    let mut map = Map::new();
    for entry in entries {
        match fields.iter().find(|field| field.key == entry.key) {
            Some(field) => {
                if let Some(value) = of_entry(entry, field.key, field.kind, found) {
                    map.insert(entry.key.clone(), value);
                }
            }
            // A file that is something else altogether has thousands; of those nobody sees a hint.
            None if found.len() >= super::MOST_SHOWN * 2 => found.push(unknown_key(entry)),
            None => found.push(unknown(entry, &fields)),
        }
    }
    let there =
        |key: &str| entries.iter().any(|entry| entry.key == key || meant(entry, &fields) == Some(key));
    for field in fields.iter().filter(|field| field.required) {
        if !there(field.key) {
            found.push(
                Diagnostic::error("SC107", format!("`{}` is missing", field.key))
                    .at(node.place.clone())
                    .hint(format!("add `{}:` with {}: {}", field.key, field.kind.describe(), field.doc)),
            );
        }
    }
    // Without a part that must be there it is left out as a whole: the rest of the file is still checked.
    let complete = fields.iter().all(|field| !field.required || map.contains_key(field.key));
    (complete || !matches!(kind, Kind::Object(_))).then_some(Json::Object(map))
}

/// The value of an element of a list.
fn of_item(item: &Node, of: Kind, found: &mut Vec<Diagnostic>) -> Option<Json> {
    let before = found.len();
    let value = value(item, "", of, found);
    if let (Some(problem), Some((place, hint))) = (found.get_mut(before), comments::in_place_of_item(item)) {
        (problem.place, problem.hint) = (Some(place), Some(hint));
    }
    value
}

/// The value of an entry; a comment that took its place, or the end of it, is named.
fn of_entry(entry: &Entry, key: &str, kind: Kind, found: &mut Vec<Diagnostic>) -> Option<Json> {
    let before = found.len();
    let value = value(&entry.node, key, kind, found);
    if let (Some(problem), Some((place, hint))) = (found.get_mut(before), comments::in_place_of(entry)) {
        (problem.place, problem.hint) = (Some(place), Some(hint));
    }
    if value.is_some() && matches!(kind, Kind::Text) {
        found.extend(comments::at_end_of(entry));
    }
    value
}

fn unknown(entry: &Entry, fields: &[Field]) -> Diagnostic {
    let keys: Vec<&str> = fields.iter().map(|field| field.key).collect();
    let by_file = keys.iter().find(|key| key.strip_suffix("_file") == Some(&entry.key));
    let hint = match (by_file, meant(entry, fields)) {
        (Some(key), _) => format!("write it into a file, mode 0600, and name that file in `{key}`"),
        (None, Some(near)) => format!("did you mean `{near}`?"),
        (None, None) => format!("known here: {}", keys.join(", ")),
    };
    unknown_key(entry).hint(hint)
}

fn unknown_key(entry: &Entry) -> Diagnostic {
    Diagnostic::error("SC105", format!("unknown key `{}`", text::shown(&entry.key)))
        .at(entry.key_place.clone())
}

/// The key that an unknown one is a slip for.
fn meant(entry: &Entry, fields: &[Field]) -> Option<&'static str> {
    if fields.iter().any(|field| field.key == entry.key) {
        return None;
    }
    text::nearest(&entry.key, fields.iter().map(|field| field.key))
}

fn user_keys(entries: &[Entry], of: Kind, found: &mut Vec<Diagnostic>) -> Json {
    let values =
        entries.iter().filter_map(|entry| Some((entry.key.clone(), of_entry(entry, &entry.key, of, found)?)));
    Json::Object(values.collect())
}

fn check_name(entry: &Entry, found: &mut Vec<Diagnostic>) {
    if !scalar::is_name(&entry.key) {
        let message = format!("`{}` cannot be a name", text::shown(&entry.key));
        found.push(
            Diagnostic::error("SC109", message)
                .at(entry.key_place.clone())
                .hint(format!("use {}", Kind::Name.describe())),
        );
    }
}

fn unexpected(node: &Node, key: &str, kind: Kind) -> Diagnostic {
    let Value::Scalar { text: written, quoted, variable } = &node.value else {
        let message = format!("expected {}, found {}", kind.describe(), node.value.describe());
        return Diagnostic::error("SC106", message).at(node.place.clone());
    };
    let zero = units::parse_duration(written).is_some_and(|duration| duration.is_zero());
    let (expected, hint) = match kind {
        Kind::Duration if zero => ("a duration longer than 0".to_owned(), None),
        Kind::OneOf(words) => {
            let near = text::nearest(written, words.iter().copied());
            (kind.describe(), near.map(|near| format!("did you mean `{near}`?")))
        }
        Kind::Target | Kind::ScrapeTarget if written.contains('@') => {
            (kind.describe(), Some(NO_USER.to_owned()))
        }
        _ => {
            let mapping = || misplaced::hint(key, (written, *quoted), kind);
            (kind.describe(), suggest::hint(key, written, kind).or_else(mapping))
        }
    };
    let secret = credentials::names_secret(key) || matches!(kind, Kind::Integration(_));
    let (origin, hint) = match variable {
        true if written.is_empty() => ("an empty variable".to_owned(), Some(default_of_variable(key))),
        // The hint would repeat the value.
        _ if secret => ("text".to_owned(), keys_hint(kind)),
        true => (format!("`{}` from a variable", text::shown(written)), hint),
        false => (format!("`{}`", text::shown(written)), hint),
    };
    let place = if secret { node.place.clone().hidden() } else { node.place.clone() };
    let found = Diagnostic::error("SC106", format!("expected {expected}, found {origin}")).at(place);
    match hint {
        Some(hint) => found.hint(hint),
        None => found,
    }
}

/// Addresses of targets have no user.
const NO_USER: &str =
    "the user goes to `username`, the password into a file, mode 0600, that `password_file` names";

fn keys_hint(kind: Kind) -> Option<String> {
    let keys: Vec<&str> = catalog::keys_of(kind)?.iter().map(|field| field.key).collect();
    Some(format!("keys that can stand here: {}", keys.join(", ")))
}

fn default_of_variable(key: &str) -> String {
    let key = if key.is_empty() { String::new() } else { format!("{}: ", text::shown(key)) };
    format!(
        "set it, or write `{key}${{NAME:-default}}` for a value that also takes the place of an empty one"
    )
}

/// A tree as plain values, read as YAML 1.2 reads plain scalars.
fn plain(node: &Node) -> Json {
    match &node.value {
        Value::Null => Json::Null,
        Value::Scalar { text, quoted: true, .. } => Json::String(text.clone()),
        Value::Scalar { text, quoted, .. } => {
            [Kind::Bool, Kind::Integer { min: i64::MIN, max: i64::MAX }, Kind::Number]
                .into_iter()
                .find_map(|kind| scalar::value(text, *quoted, kind))
                .unwrap_or_else(|| Json::String(text.clone()))
        }
        Value::Sequence(items) => Json::Array(items.iter().map(plain).collect()),
        Value::Mapping(entries) => {
            Json::Object(entries.iter().map(|entry| (entry.key.clone(), plain(&entry.node))).collect())
        }
    }
}
