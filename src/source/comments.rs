//! Values that YAML takes for a comment: `channel: #alerts` is a key without a value.

use crate::kernel::text::shown;
use crate::kernel::{Diagnostic, Place};
use crate::model::node::{Entry, Node, Value};

/// Where the comment in `key: #value` is, and what to write; none when no comment is in the place of the value.
pub fn in_place_of(entry: &Entry) -> Option<(Place, String)> {
    if entry.node.value != Value::Null {
        return None;
    }
    let place = &entry.key_place;
    let after = after(place, place.column - 1 + place.width)?;
    let swallowed = after.trim_start().strip_prefix(':')?.trim_start().strip_prefix('#')?;
    Some((at(place, swallowed), quote(&format!("{}: ", shown(&entry.key)), swallowed)))
}

/// The same for an element of a list, `- #value`.
pub fn in_place_of_item(item: &Node) -> Option<(Place, String)> {
    if item.value != Value::Null {
        return None;
    }
    let line = item.place.text.trim_start();
    let swallowed = line.strip_prefix('-')?.trim_start().strip_prefix('#')?;
    Some((at(&item.place, swallowed), quote("- ", swallowed)))
}

/// A text that ends where a word begins with `#`, as in `title: Alert #1`.
pub fn at_end_of(entry: &Entry) -> Option<Diagnostic> {
    let Value::Scalar { quoted: false, .. } = entry.node.value else { return None };
    let place = &entry.node.place;
    let rest = after(place, place.column - 1 + place.width)?;
    let comment = rest.trim_start().strip_prefix('#')?;
    if !comment.starts_with(char::is_alphanumeric) {
        return None;
    }
    let start = place.column + place.width + rest.chars().take_while(|c| c.is_whitespace()).count();
    let message = format!("the value of `{}` ends here: `#` begins a comment", shown(&entry.key));
    let place = Place { column: start, width: comment.chars().count() + 1, ..place.clone() };
    Some(
        Diagnostic::warning("SC526", message)
            .at(place)
            .hint("quote the value when the `#` belongs to it, or write `# ` before a comment"),
    )
}

/// What to write where a comment took the rest of a mapping or list on one line, and the end of it.
pub fn in_flow(lines: &[&str]) -> Option<String> {
    lines.iter().rev().find_map(|line| {
        let (before, comment) = line.split_once(": #").or_else(|| line.split_once("[ #"))?;
        let open = before.matches(['{', '[']).count() > before.matches(['}', ']']).count();
        let word: String =
            comment.chars().take_while(|c| !c.is_whitespace() && !matches!(c, ',' | '}' | ']')).collect();
        (open && !word.is_empty()).then(|| quote("", &word))
    })
}

/// The first word of a comment that ends the line of a place.
fn at(place: &Place, comment: &str) -> Place {
    let column = place.text.chars().count() - comment.chars().count();
    Place { column, width: word(comment).chars().count() + 1, ..place.clone() }
}

fn word(comment: &str) -> &str {
    comment.split(" #").next().unwrap_or_default().trim_end()
}

fn quote(before: &str, comment: &str) -> String {
    let word = word(comment);
    format!("`#` begins a comment: quote the value, `{before}\"#{}\"`", shown(&word.replace('"', "\\\"")))
}

/// The line from this character on.
fn after(place: &Place, character: usize) -> Option<&str> {
    let (at, _) = place.text.char_indices().nth(character)?;
    place.text.get(at..)
}
