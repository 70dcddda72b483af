//! Notification templates: a name that nothing defines is found out when the notification is sent.

use std::collections::BTreeSet;

use super::files;
use super::templates::{self, Action, Word};
use super::text_place::Lines;
use super::tree;
use crate::kernel::{Diagnostic, Place, text};
use crate::model::artifact::Artifact;
use crate::model::component::Content;
use crate::model::node::Node;
use crate::model::stack::Stack;

/// Checks the template names that receivers and templates use.
pub fn check(stack: &Stack, artifacts: &[Artifact], root: &Node, found: &mut Vec<Diagnostic>) {
    let mut defined = BTreeSet::new();
    let mut used: Vec<(String, Place)> = Vec::new();
    for artifact in files::of(stack, artifacts, Content::NotificationTemplates) {
        let Some(text) = artifact.text() else { continue };
        let lines = Lines::new(&artifact.origin, text);
        match templates::actions(text) {
            Ok(actions) => {
                defined.extend(names(&actions, &["define", "block"]));
                used.extend(names(&actions, &["template"]).into_iter().map(|name| {
                    let place = place(&lines, text, &name);
                    (name, place)
                }));
            }
            Err(_) => found.push(unclosed(lines.place(1, 1, 1))),
        }
    }
    for receiver in tree::items_of(root, "receivers") {
        for scalar in tree::scalars(receiver) {
            match templates::actions(tree::text(scalar).unwrap_or_default()) {
                Ok(actions) => {
                    let names = names(&actions, &["template"]);
                    used.extend(names.into_iter().map(|name| (name, scalar.place.clone())));
                }
                Err(_) => found.push(unclosed(scalar.place.clone())),
            }
        }
    }
    for (name, place) in used {
        if !defined.contains(&name) && !is_built_in(&name) {
            let hint = match text::nearest(&name, defined.iter().map(String::as_str)) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!(
                    "add `{{{{ define \"{name}\" }}}}…{{{{ end }}}}` to a file in the notifications directory"
                ),
            };
            let message = format!("no notification template defines `{}`", text::printable(&name));
            found.push(Diagnostic::error("SC468", message).at(place).hint(hint));
        }
    }
}

fn unclosed(place: Place) -> Diagnostic {
    Diagnostic::error("SC468", "the notification template is not closed")
        .at(place)
        .hint("close every `{{` with `}}` and every quote within")
}

/// The texts that follow one of these keywords.
fn names(actions: &[Action<'_>], keywords: &[&str]) -> Vec<String> {
    let pairs = actions.iter().flat_map(|action| action.words.windows(2));
    let name = |pair: &[Word<'_>]| match pair {
        [Word::Function(keyword), Word::Text(name)] if keywords.contains(keyword) => Some((*name).to_owned()),
        _ => None,
    };
    pairs.filter_map(name).collect()
}

/// Templates that Alertmanager brings itself.
fn is_built_in(name: &str) -> bool {
    name.starts_with("__") || name.contains(".default.")
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
