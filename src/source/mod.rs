//! Reads `stack.yml`: text to tree, tree to [`Config`](crate::model::config::Config), every problem with its place.
//!
//! Pure: the text and the environment are handed in.

mod comments;
mod depth;
pub mod dotenv;
mod extensions;
mod file;
mod interpolate;
mod merge;
mod misplaced;
mod origin;
mod parse;
pub mod scalar;
mod suggest;
mod syntax;
mod validate;

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use crate::catalog;
use crate::kernel::{Diagnostic, Place, Severity, diagnostic, text};
use crate::model::config::Config;
use crate::model::node::{At, Node, Value};
use crate::model::shape::Kind;

pub use depth::{json as json_too_deep, yaml as yaml_too_deep};
pub use file::{json as json_problem, yaml};
pub use origin::LineMap;
pub use parse::{MAX_DEPTH, parse, utf8};

/// Most findings of one file that are shown.
const MOST_SHOWN: usize = 50;

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
    let (written, mut found) = match parse::decode(bytes, &file) {
        Ok(decoded) => decoded,
        Err(diagnostic) => return (Document::default(), vec![*diagnostic]),
    };
    let (root, problems) = parse::parse(&written, &file);
    found.extend(problems);
    let mut root = match root {
        Some(root) => root,
        None if diagnostic::any_error(&found) => return (Document::default(), found),
        // Everything is optional: a file without a word is the default stack.
        None => empty(&file),
    };
    extensions::strip(&mut root, Kind::Object(catalog::STACK_FILE));
    interpolate::interpolate(&mut root, environment, &mut found);
    let value = validate::value(&root, "", Kind::Object(catalog::STACK_FILE), &mut found);
    // A variable that is not set is the one problem of its place.
    let spot = |d: &Diagnostic| d.place.as_ref().map(|place| (place.line, place.column));
    let unset: HashSet<_> = found.iter().filter(|d| d.code == interpolate::CODE).filter_map(spot).collect();
    found.retain(|d| d.code == interpolate::CODE || spot(d).is_none_or(|spot| !unset.contains(&spot)));
    // What is written once and used in several places, through an anchor, is one finding.
    found.sort_by_key(spot);
    found.dedup();
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
    (Document { root: Some(root), config }, few(found))
}

fn empty(file: &Arc<str>) -> Node {
    let place = Place { file: file.clone(), line: 1, column: 1, width: 1, text: "".into() };
    Node { value: Value::Null, place }
}

/// The first of many findings, and how many more there are: a file that is something else altogether has thousands.
fn few(mut found: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let more = found.split_off(MOST_SHOWN.min(found.len()));
    if let Some(first) = more.first() {
        let findings = text::count(more.len(), "more finding");
        let message = format!("{findings} in this file, the first on line {}", line_of(first));
        let severity = if diagnostic::any_error(&more) { Severity::Error } else { Severity::Warning };
        found.push(
            Diagnostic { severity, ..Diagnostic::error("SC111", message) }
                .hint("mend those above and look again; is it the right file?"),
        );
    }
    found
}

fn line_of(found: &Diagnostic) -> usize {
    found.place.as_ref().map_or(1, |place| place.line)
}

#[cfg(test)]
mod tests;
