//! Alertmanager's matchers in the UTF-8 syntax of 0.27 and newer: `severity=~"high|critical"`.
//!
//! Alertmanager falls back to an older syntax with a line in its log; what only the older one reads is refused here.

use super::promql;

/// One matcher.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matcher {
    /// Label.
    pub label: String,
    /// `=`, `!=`, `=~` or `!~`.
    pub operator: &'static str,
    /// Value or regular expression.
    pub value: String,
}

/// Why a text is no matcher.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// What is wrong.
    pub message: String,
    /// What to type instead.
    pub hint: &'static str,
}

const OPERATORS: [&str; 4] = ["=~", "!~", "!=", "="];

/// The matchers of one text: one, or several with commas, with or without braces.
pub fn parse(text: &str) -> Result<Vec<Matcher>, Wrong> {
    let trimmed = text.trim();
    let inside = match (trimmed.strip_prefix('{'), trimmed.ends_with('}')) {
        (Some(rest), true) => rest.strip_suffix('}').unwrap_or(rest),
        (None, false) => trimmed,
        _ => return Err(wrong("`{` and `}` do not pair", "leave them out")),
    };
    let mut found = Vec::new();
    let mut rest = inside.trim_start();
    while !rest.is_empty() {
        let (matcher, tail) = one(rest)?;
        found.push(matcher);
        rest = match tail.trim_start() {
            "" => "",
            tail => tail
                .strip_prefix(',')
                .ok_or_else(|| wrong(format!("`{}` follows the matcher", tail.trim()), QUOTE))?
                .trim_start(),
        };
    }
    Ok(found)
}

const QUOTE: &str =
    "put the value between double quotes and the whole matcher between single ones: 'severity=\"critical\"'";

fn wrong(message: impl Into<String>, hint: &'static str) -> Wrong {
    Wrong { message: message.into(), hint }
}

fn one(text: &str) -> Result<(Matcher, &str), Wrong> {
    let (label, rest) = word(text)?;
    let rest = rest.trim_start();
    if label.is_empty() {
        return Err(wrong("there is no label before the operator", "write `label=\"value\"`"));
    }
    let Some((operator, rest)) = OPERATORS.iter().find_map(|op| Some((*op, rest.strip_prefix(op)?))) else {
        return Err(wrong(format!("there is no operator after `{label}`"), "use `=`, `!=`, `=~` or `!~`"));
    };
    let rest = rest.trim_start();
    if rest.starts_with('=') {
        return Err(wrong(format!("`{operator}=` is not an operator"), "use `=`, `!=`, `=~` or `!~`"));
    }
    let quoted = rest.starts_with('"');
    let (value, rest) = word(rest)?;
    if value.is_empty() && !quoted {
        return Err(wrong(
            format!("there is no value after `{label}{operator}`"),
            "write \"\" for an empty value",
        ));
    }
    if operator.ends_with('~') && !promql::is_regular_expression(&value) {
        return Err(wrong(
            format!("`{value}` is not a regular expression"),
            "see the RE2 syntax; it matches the whole value",
        ));
    }
    Ok((Matcher { label, operator, value }, rest))
}

/// A quoted or bare word and what follows.
fn word(text: &str) -> Result<(String, &str), Wrong> {
    let Some(inside) = text.strip_prefix('"') else {
        let reserved = |c: char| c.is_whitespace() || "{}!=~,\\\"'`".contains(c);
        let (word, rest) = text.split_at(text.find(reserved).unwrap_or(text.len()));
        return Ok((word.to_owned(), rest));
    };
    let mut value = String::new();
    let mut chars = inside.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Ok((value, inside.get(at + 1..).unwrap_or_default())),
            '\\' => match chars.next() {
                Some((_, 'n')) => value.push('\n'),
                Some((_, 't')) => value.push('\t'),
                Some((_, escaped @ ('"' | '\\'))) => value.push(escaped),
                Some((_, other)) => {
                    return Err(wrong(
                        format!("`\\{other}` is not an escape"),
                        "write `\\\\` for a backslash",
                    ));
                }
                None => break,
            },
            c => value.push(c),
        }
    }
    Err(wrong("the quoted text is not closed", "add the missing `\"`"))
}
