//! Syntax errors of YAML with the next step.

use crate::kernel::{Diagnostic, Place};

/// The finding for what the parser reports at a place. `comment` is the next step when a comment may have swallowed the
/// end of a value.
pub fn error(info: &str, place: Place, deepest: usize, comment: Option<String>) -> Diagnostic {
    if let Some((at, variable)) = bare_variable(&place.text, place.column) {
        let message = "a variable inside `{…}` or `[…]` needs quotes";
        let width = variable.chars().count();
        let place = Place { column: at + 1, width, ..place };
        return Diagnostic::error("SC103", message).at(place).hint(format!("write `\"{variable}\"`"));
    }
    let tab = place.text.starts_with('\t') || place.text.trim_start_matches(' ').starts_with('\t');
    let (message, hint) = if tab {
        ("a tab is used for indentation".to_owned(), "use spaces")
    } else if info.contains("recursion limit") {
        (format!("nested deeper than {deepest} levels"), "is it the right file?")
    } else if info.contains("unknown anchor") {
        (
            "there is no anchor of this name above".to_owned(),
            "write `&name` before the value that `*name` stands for",
        )
    } else {
        (format!("not YAML: {info}"), "check the indentation and quotes of this line and the one before")
    };
    Diagnostic::error("SC103", message).at(place).hint(comment.unwrap_or_else(|| hint.to_owned()))
}

/// The last variable on the line that begins at or before this column and is not in quotes, and where it begins: inside
/// braces and brackets its own brace ends the text.
fn bare_variable(line: &str, column: usize) -> Option<(usize, String)> {
    let chars: Vec<char> = line.chars().collect();
    let mut quote = None;
    let mut last = None;
    for (at, c) in chars.iter().enumerate().take(column + 1) {
        match (quote, c) {
            (Some(open), c) if open == *c => quote = None,
            (None, '"' | '\'') if at == 0 || chars.get(at - 1).is_some_and(|c| !c.is_alphanumeric()) => {
                quote = Some(*c);
            }
            (None, '$') if chars.get(at + 1) == Some(&'{') => last = Some(at),
            _ => {}
        }
    }
    let at = last?;
    // The text around it belongs to the same value.
    let ends = |c: &char| matches!(c, ' ' | ',' | '[' | '\t');
    let start = chars.iter().take(at).rposition(ends).map_or(0, |before| before + 1);
    let close = chars.iter().skip(at).position(|c| *c == '}').map_or(chars.len(), |offset| at + offset + 1);
    let after = chars.iter().skip(close).take_while(|c| !matches!(c, ' ' | ',' | ']' | '}')).count();
    let variable = chars.get(start..close + after)?.iter().collect();
    Some((start, variable))
}
