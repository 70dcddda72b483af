//! Finds the token at which an expression stops being `PromQL`.
//!
//! A beginning is good when some end makes it an expression; the first token that leaves no such end is
//! the wrong one. The parser is asked for every candidate, so this knows tokens but no grammar.

use promql_parser::parser;

/// What the parser says about any syntax error.
const SYNTAX_ERROR: &str = "invalid promql query";

/// A piece of an expression and where it begins, in characters from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token<'a> {
    /// As written.
    pub text: &'a str,
    /// Character it begins at.
    pub at: usize,
    /// Byte after its end.
    pub end: usize,
}

/// Splits an expression. Comments are left out; an unclosed string reaches to the end.
pub fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    let (mut rest, mut byte, mut at) = (text, 0, 0);
    while let Some(first) = rest.chars().next() {
        let length = length(rest, first);
        let (word, tail) = rest.split_at(length);
        if !first.is_whitespace() && first != '#' {
            found.push(Token { text: word, at, end: byte + length });
        }
        at += word.chars().count();
        byte += length;
        rest = tail;
    }
    found
}

fn length(rest: &str, first: char) -> usize {
    let while_inside = |inside: fn(char) -> bool| rest.find(|c| !inside(c)).unwrap_or(rest.len());
    match first {
        '#' => rest.find('\n').unwrap_or(rest.len()),
        '"' | '\'' | '`' => string_length(rest, first),
        c if is_word(c) => while_inside(is_word),
        c if c.is_whitespace() => while_inside(char::is_whitespace),
        _ => match rest.get(..2) {
            Some(two) if ["==", "!=", "=~", "!~", ">=", "<=", "&&", "||"].contains(&two) => 2,
            _ => first.len_utf8(),
        },
    }
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | ':')
}

fn string_length(rest: &str, quote: char) -> usize {
    let mut chars = rest.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        if c == '\\' && quote != '`' {
            chars.next();
        } else if c == quote {
            return at + quote.len_utf8();
        }
    }
    rest.len()
}

/// True for what the parser says about the grammar and about characters, not about types and names. The quotes in such a
/// message hold a character, not a name.
pub fn is_of_syntax(message: &str) -> bool {
    const BEGINNINGS: [&str; 6] =
        ["unexpected ", "unterminated", "unclosed", "unknown escape", "bad number", "no expression"];
    message == SYNTAX_ERROR || BEGINNINGS.iter().any(|start| message.starts_with(start))
}

/// True for operators between or before operands.
pub fn is_operator(token: &str) -> bool {
    let symbols = ["+", "-", "*", "/", "%", "^", "==", "!=", ">", "<", ">=", "<="];
    symbols.contains(&token) || ["and", "or", "unless", "atan2"].contains(&token)
}

/// The bracket that the expression still waits for.
pub fn missing(tokens: &[Token<'_>]) -> Option<char> {
    open(tokens).pop()
}

/// Closing brackets that are still to come, the next one last.
fn open(tokens: &[Token<'_>]) -> Vec<char> {
    let mut open = Vec::new();
    for token in tokens {
        match token.text {
            "(" => open.push(')'),
            "[" => open.push(']'),
            "{" => open.push('}'),
            ")" | "]" | "}" => {
                open.pop();
            }
            _ => {}
        }
    }
    open
}

/// The first token that cannot stand where it stands; none when only the end is missing.
pub fn first_wrong<'a>(tokens: &[Token<'a>], text: &str) -> Option<Token<'a>> {
    let good = |count: &usize| is_beginning(tokens.get(..*count).unwrap_or_default(), text);
    // Every beginning of a good beginning is good.
    let (mut low, mut high) = (0, tokens.len() + 1);
    while low + 1 < high {
        let middle = usize::midpoint(low, high);
        if good(&middle) { low = middle } else { high = middle }
    }
    tokens.get(low).copied()
}

/// What may come next, inside the innermost bracket. Each begins with a space: it must not grow the last word.
const NEXT: [&str; 12] =
    ["", " x", " 1", " 5m", " =\"y\"", " \"y\"", " x=\"y\"", " (x)", " (1)", " ()", " (x) (y)", " (y) x"];
/// What may come after the last closed bracket.
const LAST: [&str; 4] = ["", " x", "(x)", "(1) x"];

fn is_beginning(tokens: &[Token<'_>], text: &str) -> bool {
    let Some(last) = tokens.last() else { return true };
    let beginning = text.get(..last.end).unwrap_or_default();
    let closers: String = open(tokens).into_iter().rev().collect();
    NEXT.iter().any(|next| {
        LAST.iter().any(|last| {
            let whole = format!("{beginning}{next}{closers}{last}");
            parser::parse(&whole).map_or_else(|m| !is_of_syntax(&m), |_| true)
        })
    })
}
