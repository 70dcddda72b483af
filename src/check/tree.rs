//! Reading a tree that remembers places: one line per question.
//!
//! YAML comes from `source`, JSON from [`super::json`]; both are the same tree.

use crate::model::node::{Entry, Node, Value};

/// The value of a key.
pub fn get<'a>(node: &'a Node, key: &str) -> Option<&'a Node> {
    node.entry(key).map(|entry| &entry.node)
}

/// The text of a scalar.
pub fn text(node: &Node) -> Option<&str> {
    match &node.value {
        Value::Scalar { text, .. } => Some(text),
        _ => None,
    }
}

/// The text of a key's scalar.
pub fn text_of<'a>(node: &'a Node, key: &str) -> Option<&'a str> {
    get(node, key).and_then(text)
}

/// The elements of a list; none for anything else.
pub fn items(node: &Node) -> &[Node] {
    match &node.value {
        Value::Sequence(items) => items,
        _ => &[],
    }
}

/// The elements of a key's list.
pub fn items_of<'a>(node: &'a Node, key: &str) -> &'a [Node] {
    get(node, key).map(items).unwrap_or_default()
}

/// The entries of a mapping; none for anything else.
pub fn entries(node: &Node) -> &[Entry] {
    match &node.value {
        Value::Mapping(entries) => entries,
        _ => &[],
    }
}

/// The entries of a key's mapping.
pub fn entries_of<'a>(node: &'a Node, key: &str) -> &'a [Entry] {
    get(node, key).map(entries).unwrap_or_default()
}

/// A list, or one value that stands for a list of itself.
pub fn one_or_many<'a>(node: &'a Node, key: &str) -> Vec<&'a Node> {
    match get(node, key) {
        None => Vec::new(),
        Some(value) => match &value.value {
            Value::Sequence(items) => items.iter().collect(),
            Value::Null => Vec::new(),
            _ => vec![value],
        },
    }
}

/// True for a key that is there and is not `null`.
pub fn has(node: &Node, key: &str) -> bool {
    get(node, key).is_some_and(|value| value.value != Value::Null)
}

/// Every scalar below a node, in the order of the file.
pub fn scalars(node: &Node) -> Vec<&Node> {
    match &node.value {
        Value::Null => Vec::new(),
        Value::Scalar { .. } => vec![node],
        Value::Sequence(items) => items.iter().flat_map(scalars).collect(),
        Value::Mapping(entries) => entries.iter().flat_map(|entry| scalars(&entry.node)).collect(),
    }
}
