//! Words: counts, lists, "did you mean".

/// `1 file`, `2 files`; the plural is the singular with an s.
pub fn count(n: usize, singular: &str) -> String {
    if n == 1 { format!("1 {singular}") } else { format!("{n} {singular}s") }
}

/// `a`, `a and b`, `a, b and c`.
pub fn list<S: AsRef<str>>(items: &[S]) -> String {
    match items {
        [] => String::new(),
        [one] => one.as_ref().to_owned(),
        [first @ .., last] => {
            let first: Vec<&str> = first.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", first.join(", "), last.as_ref())
        }
    }
}

/// The candidate nearest to what was written, when it is near enough to be a slip of the finger.
pub fn nearest<'a>(written: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = written.chars().count();
    let room = |candidate: &str| 1 + candidate.chars().count() / 4;
    candidates
        .into_iter()
        // So many letters more or fewer are so many slips at least; a long text is not compared at all.
        .filter(|candidate| length.abs_diff(candidate.chars().count()) <= room(candidate))
        .map(|candidate| (strsim::damerau_levenshtein(written, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= room(candidate))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Percent-encoded for any place of an address: only letters, digits and `-_.~` stay (RFC 3986, unreserved).
pub fn percent_encoded(text: &str) -> String {
    let kept = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~');
    text.bytes()
        .map(|byte| if kept(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

/// The candidate that differs by one or two letters from what was written: a misspelling, and hardly another name.
pub fn slip<'a>(written: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let near = nearest(written, candidates)?;
    let distance = strsim::damerau_levenshtein(written, near);
    ((1..=2).contains(&distance) && distance * 3 <= near.chars().count()).then_some(near)
}

/// True for characters that a terminal obeys or that make text read differently from what it is: control characters, and
/// the bidirectional and line controls of Unicode.
pub fn is_invisible(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Text from outside made safe for a terminal: invisible characters except newline and tab are shown escaped, so that a
/// log line or a daemon's message cannot move the cursor or set the clipboard.
pub fn printable(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut safe, c| {
        if is_invisible(c) && c != '\n' && c != '\t' {
            safe.extend(c.escape_default());
        } else {
            safe.push(c);
        }
        safe
    })
}

/// The server of what stands behind a scheme: `host:port` of `user@host:port/path`.
pub fn server(rest: &str) -> &str {
    let server = rest.split(['/', '?', '#']).next().unwrap_or_default();
    server.rsplit('@').next().unwrap_or_default()
}

/// The scheme of a link, in lower case: `https` of `https://example.org`. Browsers skip blanks and control characters in it.
pub fn scheme(link: &str) -> Option<String> {
    let plain: String = link.chars().filter(|c| !c.is_whitespace() && !c.is_control()).take(40).collect();
    let (scheme, _) = plain.split_once(':')?;
    let letters = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic()) && scheme.chars().all(letters);
    is_scheme.then(|| scheme.to_ascii_lowercase())
}

/// Most characters of a value that a message repeats.
const SHOWN: usize = 60;

/// What somebody wrote, as a message repeats it: on one line, and cut when it is long.
pub fn shown(text: &str) -> String {
    let escaped = |c: char| if is_invisible(c) { c.escape_default().to_string() } else { c.to_string() };
    let mut shown: String = text.chars().take(SHOWN).map(escaped).collect();
    if text.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    shown
}

/// Longest text between backticks in a message, in characters; a longer one is cut to what [`shown`] shows.
const QUOTED: usize = 200;
/// Longest line of a message, in characters.
const LINE: usize = 2000;

/// A message with long values cut: what is between backticks, and each line as a whole.
pub fn brief(message: String) -> String {
    if message.len() <= QUOTED {
        return message;
    }
    message.split('\n').map(brief_line).collect::<Vec<_>>().join("\n")
}

fn brief_line(line: &str) -> String {
    let mut out = String::new();
    for (index, part) in line.split('`').enumerate() {
        if index > 0 {
            out.push('`');
        }
        if index % 2 == 1 && part.chars().nth(QUOTED).is_some() {
            out.push_str(&shown(part));
        } else {
            out.push_str(part);
        }
    }
    if let Some((end, _)) = out.char_indices().nth(LINE) {
        out.truncate(end);
        out.push('…');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{brief, count, list, nearest, printable, shown};

    #[test]
    fn a_value_is_shown_on_one_line_and_cut() {
        assert_eq!(shown("a\nb\x1b"), "a\\nb\\u{1b}");
        assert_eq!(shown(&"ä".repeat(60)), "ä".repeat(60));
        assert_eq!(shown(&"ä".repeat(61)), format!("{}…", "ä".repeat(60)));
    }

    #[test]
    fn long_values_in_a_message_are_cut_and_the_rest_stays() {
        let value = "v".repeat(200_000);
        let cut = format!("{}…", "v".repeat(60));
        assert_eq!(brief(format!("`a` is `{value}`, not `b`")), format!("`a` is `{cut}`, not `b`"));
        assert_eq!(brief(format!("first\n{value}\nlast")).chars().count(), 6 + 2001 + 5);
        let list = vec!["`component`"; 100].join(", ");
        assert_eq!(brief(list.clone()), list);
    }

    #[test]
    fn counts_and_lists_read_as_sentences() {
        assert_eq!(count(1, "file"), "1 file");
        assert_eq!(count(0, "file"), "0 files");
        assert_eq!(list(&["a", "b", "c"]), "a, b and c");
    }

    #[test]
    fn a_slip_is_recognised_and_nonsense_is_not() {
        assert_eq!(nearest("promethues", ["prometheus", "grafana"]), Some("prometheus"));
        assert_eq!(nearest("zebra", ["prometheus", "grafana"]), None);
    }

    #[test]
    fn escape_sequences_are_shown_not_obeyed() {
        assert_eq!(printable("a\x1b]52;c;x\x07\tb\n"), "a\\u{1b}]52;c;x\\u{7}\tb\n");
        assert_eq!(printable("a\u{9b}31m\u{202e}b\u{2066}\u{7f}"), "a\\u{9b}31m\\u{202e}b\\u{2066}\\u{7f}");
    }
}
