//! Text for a terminal or a program whose character set has ASCII only: `LANG=C`.

use std::borrow::Cow;

/// True when the environment asks for another character set than UTF-8. Nothing set asks for none.
pub fn is_wanted() -> bool {
    wanted(|name| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned()))
}

fn wanted(variable: impl Fn(&str) -> Option<String>) -> bool {
    let set = |name: &&str| variable(name).filter(|value| !value.is_empty());
    let Some(locale) = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(set) else { return false };
    let locale = locale.to_ascii_lowercase();
    !(locale.contains("utf-8") || locale.contains("utf8"))
}

/// The text with every other character written in ASCII: signs by what they look like, letters as `\u{e4}`.
pub fn text(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().fold(String::with_capacity(text.len()), |mut out, c| {
        match sign(c) {
            _ if c.is_ascii() => out.push(c),
            Some(sign) => out.push_str(sign),
            None => out.extend(c.escape_unicode()),
        }
        out
    }))
}

fn sign(c: char) -> Option<&'static str> {
    Some(match c {
        '✓' => "+",
        '✗' | '×' => "x",
        '↶' | '←' => "<-",
        '→' => "->",
        '↑' => "^",
        '↓' => "v",
        '…' => "...",
        '–' | '—' | '−' | '‐' | '‑' | '─' => "-",
        '·' | '•' | '●' => "*",
        '│' | '┃' => "|",
        '█' | '▉' | '▊' | '▋' | '▌' | '▍' | '▎' | '▏' | '░' | '▒' | '▓' => "#",
        '≤' => "<=",
        '≥' => ">=",
        '≠' => "!=",
        '‘' | '’' | '‚' => "'",
        '“' | '”' | '„' | '«' | '»' => "\"",
        '\u{a0}' | '\u{202f}' | '\u{2009}' => " ",
        '°' => " deg",
        'µ' | 'μ' => "u",
        _ => return None,
    })
}

/// JSON with other characters as escapes, which mean the same.
pub fn json(document: &str) -> Cow<'_, str> {
    if document.is_ascii() {
        return Cow::Borrowed(document);
    }
    Cow::Owned(document.chars().fold(String::with_capacity(document.len()), |mut out, c| {
        if c.is_ascii() {
            out.push(c);
        } else {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        }
        out
    }))
}

#[cfg(test)]
mod tests {
    use super::{json, text, wanted};

    #[test]
    fn signs_are_written_as_they_look_and_letters_as_their_number() {
        assert_eq!(text("✓ 1 GiB → 2 GiB … “x” – Störung"), "+ 1 GiB -> 2 GiB ... \"x\" - St\\u{f6}rung");
        assert_eq!(text("plain"), "plain");
    }

    #[test]
    fn json_keeps_its_meaning() {
        let document = "{\"a\":\"→ 😀\"}";
        assert_eq!(json(document), r#"{"a":"\u2192 \ud83d\ude00"}"#);
        let read: serde_json::Value = serde_json::from_str(&json(document)).unwrap();
        assert_eq!(read["a"], "→ 😀");
    }

    #[test]
    fn the_first_variable_that_is_set_decides() {
        let locale = |pairs: &[(&str, &str)]| {
            wanted(|name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
        };
        assert!(!locale(&[]));
        assert!(
            locale(&[("LANG", "C")])
                && locale(&[("LANG", "POSIX")])
                && locale(&[("LC_ALL", "de_DE.ISO-8859-1")])
        );
        assert!(!locale(&[("LANG", "C.UTF-8")]) && !locale(&[("LC_ALL", "en_US.utf8"), ("LANG", "C")]));
        assert!(locale(&[("LC_ALL", ""), ("LC_CTYPE", "C"), ("LANG", "en_US.UTF-8")]));
    }
}
