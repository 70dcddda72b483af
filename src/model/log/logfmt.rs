//! logfmt: `key=value` and `key="value with \"escapes\""`, separated by blanks, among words that are neither.

/// The pairs of a line, in order. One pass over the text; a quote that is never closed ends with the text.
pub(super) fn pairs(line: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = line;
    std::iter::from_fn(move || {
        loop {
            rest = rest.trim_start();
            if rest.is_empty() {
                return None;
            }
            let end = rest.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(rest.len());
            let (key, tail) = rest.split_at(end);
            let Some(tail) = tail.strip_prefix('=') else {
                rest = tail;
                continue;
            };
            let end = if tail.starts_with('"') {
                quoted(tail)
            } else {
                tail.find(char::is_whitespace).unwrap_or(tail.len())
            };
            let (value, tail) = tail.split_at(end);
            rest = tail;
            return Some((key, value));
        }
    })
}

/// Length of the quoted value that a text begins with, quotes included.
fn quoted(text: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// A value without its quotes and with Go's escapes undone; escapes that are none stay as they are.
pub(super) fn unquote(value: &str) -> String {
    let Some(inner) = value.strip_prefix('"') else { return value.to_owned() };
    let mut text = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => break,
            '\\' => match chars.next() {
                Some('n') => text.push('\n'),
                Some('t') => text.push('\t'),
                Some('r') => text.push('\r'),
                Some(c @ ('"' | '\\')) => text.push(c),
                Some(c) => text.extend(['\\', c]),
                None => text.push('\\'),
            },
            c => text.push(c),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{pairs, unquote};

    #[test]
    fn pairs_are_found_between_words_and_quotes_hide_what_is_in_them() {
        let line = r#"INFO [x] hello  a=1 b="level=error \" c=2" c= d="open e=3"#;
        let expected = [("a", "1"), ("b", r#""level=error \" c=2""#), ("c", ""), ("d", r#""open e=3"#)];
        assert_eq!(pairs(line).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn go_s_escapes_are_undone() {
        assert_eq!(unquote(r#""a \"b\"\n\tc \\ \x41""#), "a \"b\"\n\tc \\ \\x41");
        assert_eq!(unquote("plain"), "plain");
        assert_eq!(unquote("\"cut\\"), "cut\\");
    }
}
