//! What the file of a secret holds: a mark of an editor, a second line or a missing scheme is found before it is sent to a
//! server that answers 401. The content itself is never shown.

use crate::model::shape::SecretContent;

/// Begins a file that an editor saved with a byte order mark, in UTF-8 and in UTF-16.
const MARKS: [&[u8]; 3] = [b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"];

/// Why a secret is of no use to who reads it, and what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unusable {
    /// After the name of the file: `has two lines`.
    pub problem: &'static str,
    /// What to do.
    pub hint: &'static str,
}

/// Checks the content of a file. Prometheus and Alertmanager take blanks and line ends off both ends, nothing else.
pub fn unusable(content: SecretContent, bytes: &[u8]) -> Option<Unusable> {
    if content == SecretContent::Any {
        return None;
    }
    if MARKS.iter().any(|mark| bytes.starts_with(mark)) {
        return Some(Unusable {
            problem: "begins with a byte order mark, which becomes part of the secret",
            hint: "save the file as UTF-8 without a byte order mark",
        });
    }
    if content == SecretContent::Text {
        return None;
    }
    let trimmed = bytes.trim_ascii();
    if trimmed.is_empty() {
        return Some(Unusable { problem: "holds nothing but blanks", hint: "put the secret into the file" });
    }
    if trimmed.iter().any(|byte| matches!(byte, b'\n' | b'\r')) {
        return Some(Unusable {
            problem: "has more than one line",
            hint: "keep the line with the secret and delete the others",
        });
    }
    if trimmed.iter().any(u8::is_ascii_control) {
        return Some(Unusable {
            problem: "has a control character",
            hint: "put the secret into the file again, as plain text",
        });
    }
    if content == SecretContent::Url && !is_url(trimmed) {
        return Some(Unusable {
            problem: "is not an http:// or https:// URL",
            hint: "put the whole URL into the file, from `https://` to its end",
        });
    }
    None
}

fn is_url(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| {
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        !host.is_empty() && !host.starts_with(':') && !rest.contains(char::is_whitespace)
    })
}

#[cfg(test)]
mod tests {
    use super::unusable;
    use crate::model::shape::SecretContent::{Any, Line, Text, Url};

    #[test]
    fn each_mistake_in_a_secret_file_is_named() {
        for (content, bytes, expected) in [
            (Line, b"s3cret".as_slice(), None),
            (Line, b"  two words \r\n\n", None),
            (
                Line,
                b"\xef\xbb\xbfs3cret",
                Some("begins with a byte order mark, which becomes part of the secret"),
            ),
            (Text, b"\xff\xfes\0", Some("begins with a byte order mark, which becomes part of the secret")),
            (Line, b"one\ntwo", Some("has more than one line")),
            (Line, b"a\0b", Some("has a control character")),
            (Line, b" \n ", Some("holds nothing but blanks")),
            (Url, b"https://hooks.example.org/x?y=z", None),
            (Url, b"hooks.example.org/x", Some("is not an http:// or https:// URL")),
            (Url, b"https:///x", Some("is not an http:// or https:// URL")),
            (Url, b"https://a.example.org/\nhttps://b.example.org/", Some("has more than one line")),
            (Text, b"-----BEGIN\nEND", None),
            (Any, b"\xef\xbb\xbfx\ny", None),
        ] {
            assert_eq!(unusable(content, bytes).map(|u| u.problem), expected, "{content:?} {bytes:?}");
        }
    }
}
