//! The templates in labels and annotations of alerts: `{{ $value | humanize }}`.
//!
//! Knows the words of Prometheus's templates, not their meaning.

/// Functions of Prometheus's templates with the version that brought the newer ones. The rest are words of
/// Go's template language.
const FUNCTIONS: &[(&str, Option<&str>)] = &[
    ("query", None),
    ("first", None),
    ("label", None),
    ("value", None),
    ("sortByLabel", None),
    ("strvalue", None),
    ("args", None),
    ("reReplaceAll", None),
    ("safeHtml", None),
    ("match", None),
    ("title", None),
    ("toUpper", None),
    ("toLower", None),
    ("graphLink", None),
    ("tableLink", None),
    ("stripPort", None),
    ("stripDomain", None),
    ("humanize", None),
    ("humanize1024", None),
    ("humanizeDuration", None),
    ("humanizePercentage", None),
    ("humanizeTimestamp", None),
    ("toTime", None),
    ("pathPrefix", None),
    ("externalURL", None),
    ("parseDuration", None),
    ("toDuration", Some("3.6")),
    ("now", Some("3.6")),
    ("urlQueryEscape", Some("3.8")),
    ("and", None),
    ("or", None),
    ("not", None),
    ("eq", None),
    ("ne", None),
    ("lt", None),
    ("le", None),
    ("gt", None),
    ("ge", None),
    ("len", None),
    ("index", None),
    ("slice", None),
    ("print", None),
    ("printf", None),
    ("println", None),
    ("html", None),
    ("js", None),
    ("urlquery", None),
    ("call", None),
    ("if", None),
    ("else", None),
    ("end", None),
    ("range", None),
    ("with", None),
    ("define", None),
    ("template", None),
    ("block", None),
    ("break", None),
    ("continue", None),
    ("nil", None),
    ("true", None),
    ("false", None),
];

/// What lies between `{{` and `}}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action<'a> {
    /// The words, in order.
    pub words: Vec<Word<'a>>,
}

/// A word of an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word<'a> {
    /// A function or a keyword.
    Function(&'a str),
    /// `$labels.job`, `$value`, `.Value`, with everything that belongs to it.
    Field(&'a str),
    /// A quoted text, without its quotes.
    Text(&'a str),
    /// Anything else: numbers, pipes, brackets.
    Other(&'a str),
}

/// The actions of a text; an error when an action is not closed.
pub fn actions(text: &str) -> Result<Vec<Action<'_>>, Unclosed> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((_, inside)) = rest.split_once("{{") {
        let mut action = Action { words: Vec::new() };
        let mut tail = inside;
        loop {
            tail = tail.trim_start();
            if let Some(after) = tail.strip_prefix("}}") {
                rest = after;
                break;
            }
            let length = length(tail).ok_or(Unclosed)?;
            let (word, after) = tail.split_at(length);
            action.words.push(classify(word));
            tail = after;
        }
        found.push(action);
    }
    Ok(found)
}

/// An action without its `}}`, or a text in it without its quote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unclosed;

fn length(rest: &str) -> Option<usize> {
    let first = rest.chars().next()?;
    if let Some(comment) = rest.strip_prefix("/*") {
        return comment.find("*/").map(|end| end + 4);
    }
    match first {
        '"' | '`' | '\'' => {
            let mut escaped = false;
            rest.char_indices().skip(1).find_map(|(at, c)| {
                let end = c == first && !escaped;
                escaped = c == '\\' && !escaped && first != '`';
                end.then(|| at + c.len_utf8())
            })
        }
        c if is_word(c) => Some(rest.find(|c| !is_word(c)).unwrap_or(rest.len())),
        c => Some(c.len_utf8()),
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '$' | '.')
}

fn classify(word: &str) -> Word<'_> {
    let mut chars = word.chars();
    match chars.next() {
        Some('$' | '.') => Word::Field(word),
        Some('"' | '`' | '\'') => Word::Text(word.get(1..word.len().saturating_sub(1)).unwrap_or_default()),
        Some(c) if c.is_alphabetic() || c == '_' => Word::Function(word),
        _ => Word::Other(word),
    }
}

impl<'a> Action<'a> {
    /// The functions called.
    pub fn functions(&self) -> impl Iterator<Item = &'a str> {
        self.words.iter().filter_map(|word| match word {
            Word::Function(name) => Some(*name),
            _ => None,
        })
    }

    /// The fields used.
    pub fn fields(&self) -> impl Iterator<Item = &'a str> {
        self.words.iter().filter_map(|word| match word {
            Word::Field(name) => Some(*name),
            _ => None,
        })
    }

    /// True when it shows the value of the alert.
    pub fn uses_value(&self) -> bool {
        self.fields().any(|field| field == "$value" || field == ".Value")
    }

    /// The function in it that depends on the time of evaluation.
    pub fn time(&self) -> Option<&'a str> {
        self.functions().find(|name| matches!(*name, "now" | "humanizeTimestamp" | "toTime"))
    }
}

/// The version that brought a function, when it is not in every version; an error when there is no such function.
pub fn since(function: &str) -> Result<Option<&'static str>, NoSuchFunction> {
    FUNCTIONS.iter().find(|(name, _)| *name == function).map(|(_, since)| *since).ok_or(NoSuchFunction)
}

/// Prometheus refuses a template that calls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoSuchFunction;

/// The function that was probably meant.
pub fn meant(function: &str) -> Option<&'static str> {
    if function.eq_ignore_ascii_case("humanizebytes") {
        return Some("humanize1024");
    }
    crate::kernel::text::nearest(function, FUNCTIONS.iter().map(|(name, _)| *name))
}
