//! Reads `stack.yml`: text to tree, tree to [`Config`](crate::model::config::Config), every problem with its place.
//!
//! Pure: the text and the environment are handed in.

mod interpolate;
mod parse;
pub mod scalar;
mod validate;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::catalog;
use crate::kernel::{Diagnostic, diagnostic};
use crate::model::config::Config;
use crate::model::node::{At, Node};
use crate::model::shape::Kind;

pub use parse::parse;

/// A file that was read, with the tree that remembers places.
#[derive(Debug, Clone, Default)]
pub struct Document {
    /// The tree; none for the built-in default stack.
    pub root: Option<Node>,
    /// What it says.
    pub config: Config,
}

impl Document {
    /// The place of a key.
    pub fn place(&self, at: &At) -> Option<crate::kernel::Place> {
        at.place(self.root.as_ref())
    }

    /// The place of a value.
    pub fn value_place(&self, at: &At) -> Option<crate::kernel::Place> {
        at.value_place(self.root.as_ref())
    }
}

/// Reads the text of a `stack.yml`. The document is as complete as the text allows even when there are
/// errors, so that later stages can add what they find.
pub fn read(bytes: &[u8], file: &str, environment: &BTreeMap<String, String>) -> (Document, Vec<Diagnostic>) {
    let file: Arc<str> = file.into();
    let (text, mut found) = match parse::decode(bytes, &file) {
        Ok(decoded) => decoded,
        Err(diagnostic) => return (Document::default(), vec![*diagnostic]),
    };
    let (root, problems) = parse::parse(&text, &file);
    found.extend(problems);
    let Some(mut root) = root else { return (Document::default(), found) };
    interpolate::interpolate(&mut root, environment, &mut found);
    let value = validate::value(&root, Kind::Object(catalog::STACK_FILE), &mut found);
    // A variable that is not set is the one problem of its place.
    let unset: Vec<_> =
        found.iter().filter(|d| d.code == interpolate::CODE).map(|d| d.place.clone()).collect();
    found.retain(|d| d.code == interpolate::CODE || d.place.is_none() || !unset.contains(&d.place));
    found.sort_by_key(|d| d.place.as_ref().map(|place| (place.line, place.column)));
    let config = match serde_json::from_value(value.unwrap_or_default()) {
        Ok(config) => config,
        // Only with findings already made: the shape admits nothing that the types do not.
        Err(error) if !diagnostic::any_error(&found) => {
            found.push(
                Diagnostic::error("SC100", format!("cannot read the file: {error}"))
                    .hint("this is a bug in stackctl; please report it with the file"),
            );
            Config::default()
        }
        Err(_) => Config::default(),
    };
    (Document { root: Some(root), config }, found)
}

#[cfg(test)]
mod tests;
