//! `${NAME}`, `${NAME:-default}`, `${NAME:?message}` and `$$` in values, taken from the environment.

use std::collections::BTreeMap;

use crate::kernel::Diagnostic;
use crate::kernel::text::shown;
use crate::model::node::{Node, Value};

/// The code of everything that is wrong with a variable.
pub const CODE: &str = "SC108";

/// Replaces variables in every scalar below this node; keys are left alone.
pub fn interpolate(node: &mut Node, environment: &BTreeMap<String, String>, found: &mut Vec<Diagnostic>) {
    match &mut node.value {
        Value::Null => {}
        Value::Scalar { text, .. } if !text.contains('$') => {}
        Value::Scalar { text, quoted, variable } => match expand(text, environment) {
            Ok(expanded) => {
                *variable = text.contains("${");
                *quoted |= expanded.is_empty();
                *text = expanded;
            }
            Err(problem) => found.push(problem.at(node.place.clone())),
        },
        Value::Sequence(items) => items.iter_mut().for_each(|item| interpolate(item, environment, found)),
        Value::Mapping(entries) => {
            entries.iter_mut().for_each(|entry| interpolate(&mut entry.node, environment, found));
        }
    }
}

pub fn expand(text: &str, environment: &BTreeMap<String, String>) -> Result<String, Diagnostic> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        let (before, tail) = rest.split_at(at);
        out.push_str(before);
        if let Some(after) = tail.strip_prefix("$$") {
            out.push('$');
            rest = after;
        } else if let Some(after) = tail.strip_prefix("${") {
            let Some(end) = after.find('}') else {
                return Err(
                    Diagnostic::error(CODE, "`${` has no closing `}`").hint("write `$$` for a dollar sign")
                );
            };
            let (inside, after) = after.split_at(end);
            out.push_str(&variable(inside, environment)?);
            rest = after.strip_prefix('}').unwrap_or(after);
        } else {
            // A lone dollar is text: `$labels`, a price, the end of a regular expression.
            out.push('$');
            rest = tail.strip_prefix('$').unwrap_or(tail);
        }
    }
    out.push_str(rest);
    Ok(out)
}

fn variable(inside: &str, environment: &BTreeMap<String, String>) -> Result<String, Diagnostic> {
    let end = inside.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(inside.len());
    let (name, modifier) = inside.split_at(end);
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
        return Err(Diagnostic::error(CODE, format!("`${{{}}}` names no variable", shown(inside)))
            .hint("write `${NAME}` or `${NAME:-default}`, and `$$` for a dollar sign"));
    }
    let value = environment.get(name).filter(|value| !value.is_empty() || !modifier.starts_with(':'));
    match (value, modifier) {
        (Some(value), _) => Ok(value.clone()),
        (None, "") => {
            Err(Diagnostic::error(CODE, format!("the environment variable `{}` is not set", shown(name)))
                .hint(format!(
                    "set it in the environment or in `.env` beside the file, or write `${{{}:-default}}`",
                    shown(name)
                )))
        }
        (None, modifier) => {
            let modifier = modifier.strip_prefix(':').unwrap_or(modifier);
            match (modifier.strip_prefix('-'), modifier.strip_prefix('?')) {
                (Some(default), _) => Ok(default.to_owned()),
                (_, Some(message)) => {
                    Err(Diagnostic::error(CODE, format!("`{}` is not set: {}", shown(name), shown(message)))
                        .hint(format!(
                            "set `{}` in the environment or in `.env` beside the file",
                            shown(name)
                        )))
                }
                _ => Err(Diagnostic::error(CODE, format!("`${{{}}}` is not understood", shown(inside)))
                    .hint("write `${NAME}`, `${NAME:-default}` or `${NAME:?message}`")),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::expand;

    #[test]
    fn variables_defaults_and_dollars() {
        let environment = BTreeMap::from([("A".to_owned(), "x".to_owned()), ("E".to_owned(), String::new())]);
        for (text, expected) in [
            ("${A}/${A}", "x/x"),
            ("${B:-y}", "y"),
            ("${E-z}", ""),
            ("${E:-z}", "z"),
            ("$$5 $labels a$", "$5 $labels a$"),
        ] {
            assert_eq!(expand(text, &environment).unwrap(), expected, "{text}");
        }
        for (text, message) in [
            ("${B}", "the environment variable `B` is not set"),
            ("${B:?where is it}", "`B` is not set: where is it"),
            ("${A", "`${` has no closing `}`"),
            ("${}", "`${}` names no variable"),
        ] {
            assert_eq!(expand(text, &environment).unwrap_err().message, message, "{text}");
        }
    }
}
