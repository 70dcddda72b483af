//! Keys that begin with `x-`: the user's own, such as mappings that are only there to be referred to.

use crate::catalog;
use crate::model::node::{Node, Value};
use crate::model::shape::Kind;

/// Whether a key is the user's own.
fn is_extension(key: &str) -> bool {
    key.starts_with("x-")
}

/// Removes such keys wherever the keys of a mapping are fixed. Where the user chooses the keys, as in `labels`, they stay.
pub fn strip(node: &mut Node, kind: Kind) {
    match (&mut node.value, kind) {
        (Value::Sequence(items), Kind::List(of) | Kind::OneOrMany(of)) => {
            items.iter_mut().for_each(|item| strip(item, *of));
        }
        (_, Kind::OneOrMany(of)) => strip(node, *of),
        (Value::Mapping(entries), Kind::Map(of) | Kind::NamedMap(of)) => {
            entries.iter_mut().for_each(|entry| strip(&mut entry.node, *of));
        }
        (Value::Mapping(entries), kind) => {
            let Some(fields) = catalog::keys_of(kind) else { return };
            entries.retain(|entry| !is_extension(&entry.key));
            for entry in entries {
                if let Some(field) = fields.iter().find(|field| field.key == entry.key) {
                    strip(&mut entry.node, field.kind);
                }
            }
        }
        _ => {}
    }
}
