//! One mistake, one finding: what could not be read is left out, and must not be reported as missing as well.

use std::collections::HashSet;

use crate::kernel::{Diagnostic, Place};
use crate::model::node::{At, Entry, Node, Value};
use crate::source::Document;

/// Findings about something that is not there.
const ABSENT: [&str; 3] = ["SC107", "SC212", "SC215"];

type Spot = (usize, usize);

/// Takes out the findings of resolving that follow from errors of reading.
pub fn remove(document: &Document, read: &[Diagnostic], resolved: &mut Vec<Diagnostic>) {
    let wrong: HashSet<Spot> =
        read.iter().filter(|d| d.is_error()).filter_map(|d| d.place.as_ref().map(spot)).collect();
    if wrong.is_empty() {
        return;
    }
    let Some(root) = &document.root else { return };
    resolved.retain(|found| {
        let Some(place) = &found.place else { return true };
        if wrong.contains(&spot(place)) {
            return false;
        }
        !(ABSENT.contains(&found.code) && explains(root, found, spot(place), &wrong))
    });
}

/// True when the file has something at a place that could not be read: it is there, and its mistake is reported.
pub fn is_unread(document: &Document, at: &At) -> bool {
    document.root.as_ref().is_some_and(|root| at.is_in(root))
}

fn spot(place: &Place) -> Spot {
    (place.line, place.column)
}

/// True when what is missing in the entry at a spot may be one of the parts in it that could not be read.
fn explains(node: &Node, found: &Diagnostic, at: Spot, wrong: &HashSet<Spot>) -> bool {
    let entries = match &node.value {
        Value::Mapping(entries) => entries,
        Value::Sequence(items) => return items.iter().any(|item| explains(item, found, at, wrong)),
        Value::Null | Value::Scalar { .. } => return false,
    };
    if let Some(entry) = entries.iter().find(|entry| spot(&entry.key_place) == at) {
        let parts = match &entry.node.value {
            // `a` needs `b`, which is beside it.
            _ if found.message.contains("` needs `") => entries.as_slice(),
            Value::Mapping(parts) => parts.as_slice(),
            _ => &[],
        };
        return parts.iter().any(|part| is_wrong(part, wrong));
    }
    entries.iter().any(|entry| explains(&entry.node, found, at, wrong))
}

/// True when the key of an entry, its value or an element of its list is wrong.
fn is_wrong(entry: &Entry, wrong: &HashSet<Spot>) -> bool {
    let item = |items: &[Node]| items.iter().any(|item| wrong.contains(&spot(&item.place)));
    wrong.contains(&spot(&entry.key_place))
        || wrong.contains(&spot(&entry.node.place))
        || matches!(&entry.node.value, Value::Sequence(items) if item(items))
}
