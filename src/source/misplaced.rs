//! A scalar where a mapping belongs: the mapping that was probably meant.

use crate::catalog;
use crate::kernel::text::shown;
use crate::model::shape::{Field, Kind};

use super::scalar;

/// What YAML 1.1 reads as true and false.
const ON: [&str; 4] = ["true", "yes", "on", "True"];
const OFF: [&str; 4] = ["false", "no", "off", "False"];

/// What to write for `key: text`; `key` is empty for an element of a list.
pub fn hint(key: &str, (text, quoted): (&str, bool), kind: Kind) -> Option<String> {
    let fields = catalog::keys_of(kind)?;
    let prefix = if key.is_empty() { String::new() } else { format!("{}: ", shown(key)) };
    if let Some(switch) = fields.iter().find(|field| field.key == "enabled") {
        let value = ON.contains(&text).then_some(true).or_else(|| OFF.contains(&text).then_some(false));
        if let Some(value) = value {
            return Some(format!("write `{prefix}{{{}: {value}}}`", switch.key));
        }
    }
    if let Some(field) = meant(&fields, (text, quoted)) {
        let value = if needs_quotes(text) { format!("\"{}\"", shown(text)) } else { shown(text) };
        return Some(format!("write `{prefix}{{{}: {value}}}`", field.key));
    }
    let keys: Vec<&str> = fields.iter().map(|field| field.key).collect();
    Some(format!("keys that can stand here: {}", keys.join(", ")))
}

/// The first key that must be there and takes the value, else the first that takes not just any text.
fn meant(fields: &[Field], (text, quoted): (&str, bool)) -> Option<Field> {
    let takes = |field: &&Field| scalar::value(text, quoted, field.kind).is_some();
    let free = |kind| {
        matches!(kind, Kind::Text | Kind::Any | Kind::File | Kind::SecretFile | Kind::GeneratedSecretFile)
    };
    let required = fields.iter().filter(|field| field.required).find(takes);
    required.or_else(|| fields.iter().filter(|field| !free(field.kind)).find(takes)).copied()
}

/// In a mapping on one line these end a value or begin another.
fn needs_quotes(text: &str) -> bool {
    text.contains([',', '{', '}', '[', ']', '#', '"', '\n']) || text.contains(": ")
}
