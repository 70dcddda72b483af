//! Notification templates: a name that nothing defines is found out when the notification is sent.

use std::collections::BTreeSet;

use super::files;
use super::text_place::Lines;
use super::{templates, texts, tree};
use crate::kernel::{Diagnostic, Place};
use crate::model::artifact::Artifact;
use crate::model::component::Content;
use crate::model::node::Node;
use crate::model::stack::Stack;
use crate::source::Document;

/// Checks the template names that receivers and templates use.
pub fn check(
    document: &Document,
    stack: &Stack,
    artifacts: &[Artifact],
    root: &Node,
    found: &mut Vec<Diagnostic>,
) {
    let mut defined = BTreeSet::new();
    let mut used: Vec<(String, Place)> = Vec::new();
    for artifact in files::of(stack, artifacts, Content::NotificationTemplates) {
        let Some(text) = artifact.text() else { continue };
        let lines = Lines::new(&artifact.origin, text);
        match templates::actions(text) {
            Ok(actions) => {
                defined.extend(texts::names(&actions, &["define", "block"]));
                used.extend(texts::names(&actions, &["template"]).into_iter().map(|name| {
                    let place = place(&lines, text, &name);
                    (name, place)
                }));
            }
            Err(_) => found.push(texts::unclosed().at(lines.place(1, 1, 1))),
        }
    }
    let written = texts::of(document);
    found
        .extend(written.iter().filter(|text| text.users).filter_map(|text| text.refused(&defined, document)));
    for scalar in tree::items_of(root, "receivers").iter().flat_map(tree::scalars) {
        let text = tree::text(scalar).unwrap_or_default();
        if !written.iter().any(|written| written.users && written.text == text) {
            match templates::actions(text) {
                Ok(actions) => {
                    let names = texts::names(&actions, &["template"]);
                    used.extend(names.into_iter().map(|name| (name, scalar.place.clone())));
                }
                Err(_) => found.push(texts::unclosed().at(scalar.place.clone())),
            }
        }
    }
    for (name, place) in used {
        if !defined.contains(&name) && !texts::is_built_in(&name) {
            found.push(texts::undefined(&name, &defined).at(place));
        }
    }
}

fn place(lines: &Lines, text: &str, name: &str) -> Place {
    let wanted = format!("template \"{name}\"");
    let found = text.lines().enumerate().find_map(|(number, line)| Some((number, line, line.find(&wanted)?)));
    match found {
        Some((number, line, at)) => {
            let column = line.get(..at).unwrap_or_default().chars().count();
            lines.place(number + 1, column + 1, wanted.chars().count())
        }
        None => lines.place(1, 1, 1),
    }
}
