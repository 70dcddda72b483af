//! Merge keys: `<<: *anchor` adds the entries of another mapping.

use crate::kernel::{Diagnostic, Place};
use crate::model::node::{Entry, Node, Value};

/// The key that merges. Quoted, it is an ordinary key.
pub const KEY: &str = "<<";

/// Adds the entries of the merged mappings to those of the mapping itself. Its own entries win over merged ones, and an
/// earlier mapping of a list wins over a later one, as in YAML 1.1.
pub fn merge(own: &mut Vec<Entry>, merged: Node, key: &Place, found: &mut Vec<Diagnostic>) {
    let sources = match merged.value {
        Value::Sequence(items) => items,
        _ => vec![merged],
    };
    for source in sources {
        match source.value {
            Value::Mapping(entries) => {
                let known: std::collections::HashSet<String> =
                    own.iter().map(|entry| entry.key.clone()).collect();
                own.extend(entries.into_iter().filter(|entry| !known.contains(&entry.key)));
            }
            Value::Null => {}
            other => found.push(
                Diagnostic::error("SC103", format!("`<<` merges mappings, found {}", other.describe()))
                    .at(key.clone())
                    .hint("write `<<: *name`, with `&name` before a mapping above"),
            ),
        }
    }
}
