//! Lines of YAML without the values of keys that name a secret.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::find::{is_dsn, is_harmless, is_login, merged, names_dsn, names_login};
use super::inline;
use super::mask::hide;
use super::names::{is_path, names_secret, names_secret_file};

/// A flag whose value is the next argument.
static FLAG: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"(?:^|[\s"',\[])-{1,2}(?P<k>[A-Za-z][A-Za-z0-9_.\-]*)["']?(?:\s*,\s*|\s+|$)"#).ok()
});

/// One line without its secrets, as long as before. What a line before it says is not known.
pub fn masked_line(line: &str) -> Cow<'_, str> {
    let (ranges, _) = secrets(line, &[]);
    hide(line, &ranges)
}

/// The lines of a YAML file without their secrets, each as long as before. Values may be on lines of their own. Where one
/// of the further keys has a text instead of a mapping, that may be a secret.
pub fn masked_lines<'a>(text: &'a str, also: &[&str]) -> Vec<Cow<'a, str>> {
    let mut rest = Rest::Nothing;
    let line = |line| {
        let content = indent(line)..line.len();
        let (hidden, next) = match rest {
            Rest::Below(column) if line.trim().is_empty() => (false, Rest::Below(column)),
            Rest::Below(column) if belongs(line, column) => (true, Rest::Below(column)),
            Rest::NextItem if line.trim_start().starts_with("- ") => (true, Rest::Nothing),
            _ => (false, Rest::Nothing),
        };
        if hidden {
            rest = next;
            return hide(line, std::slice::from_ref(&content));
        }
        let (ranges, after) = secrets(line, also);
        rest = if matches!(next, Rest::Below(_)) { next } else { after };
        hide(line, &ranges)
    };
    text.lines().map(line).collect()
}

/// What is still to be hidden below a line.
#[derive(Debug, Clone, Copy)]
enum Rest {
    Nothing,
    /// Lines that belong to the key in this column.
    Below(usize),
    /// The next element of a list: the value of a flag.
    NextItem,
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// A list may begin in the column of its key.
fn belongs(line: &str, column: usize) -> bool {
    let here = indent(line);
    here > column || (here == column && line.trim_start().starts_with("- "))
}

/// The secrets of a line, and what it leaves to those below.
fn secrets(line: &str, also: &[&str]) -> (Vec<Range<usize>>, Rest) {
    let mut ranges = inline(line);
    let mut rest = Rest::Nothing;
    for (name, column, start) in keys(line).filter(|(name, ..)| may_matter(name) || also.contains(name)) {
        let by_file = names_secret_file(name);
        let secret = by_file || names_secret(name);
        let further = !secret && also.contains(&name);
        if !secret && !further && !names_login(name) && !names_dsn(name) {
            continue;
        }
        let value = value(line, start);
        let text = line.get(value.clone()).unwrap_or_default();
        let bare = text.trim_matches(['"', '\'']);
        if elsewhere(text) {
            if secret {
                rest = Rest::Below(column);
            }
        } else if !is_shown(text, by_file)
            && (secret || further || is_login(name, bare) || is_dsn(name, bare))
        {
            ranges.push(value);
        }
    }
    let flags = FLAG.as_ref().filter(|_| line.contains('-')).map(|flags| flags.captures_iter(line));
    for captures in flags.into_iter().flatten() {
        let (Some(all), Some(name)) = (captures.get(0), captures.name("k")) else { continue };
        let value = value(line, all.end());
        let text = line.get(value.clone()).unwrap_or_default();
        let bare = text.trim_matches(['"', '\'']);
        let secret = names_secret(name.as_str());
        if secret && elsewhere(text) {
            rest = Rest::NextItem;
        } else if !bare.starts_with('-') && ((secret && !is_harmless(bare)) || is_login(name.as_str(), bare))
        {
            ranges.push(value);
        }
    }
    (merged(ranges), rest)
}

/// False for most names, which are not looked at any further.
fn may_matter(name: &str) -> bool {
    /// Parts of every name that means something here, but for `key`, which has words before it.
    const PARTS: [&[u8]; 14] = [
        b"pass", b"pw", b"secret", b"token", b"cred", b"auth", b"cookie", b"bearer", b"dsn", b"conn",
        b"data", b"user", b"login", b"_file",
    ];
    let lower = name.to_ascii_lowercase();
    let has = |from: usize, part: &[u8]| lower.as_bytes().windows(part.len()).skip(from).any(|w| w == part);
    lower == "u" || has(1, b"key") || PARTS.into_iter().any(|part| has(0, part))
}

/// The keys of a line: name, where it begins, and where its value does.
fn keys(line: &str) -> impl Iterator<Item = (&str, usize, usize)> {
    let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    line.match_indices(':').filter_map(move |(colon, _)| {
        let (before, after) = (line.get(..colon)?.trim_end(), line.get(colon + 1..)?);
        let bare = before.strip_suffix(['"', '\'']).unwrap_or(before);
        let ends = after.is_empty() || after.starts_with(char::is_whitespace);
        if !ends && bare.len() == before.len() {
            return None;
        }
        let start = bare.rfind(|c: char| !part(c)).map_or(0, |at| at + 1);
        // After a character of another alphabet it is a part of a longer word.
        let name = bare.get(start..)?.trim_start_matches('-');
        let blank = after.len() - after.trim_start().len();
        (!name.is_empty()).then_some((name, bare.len() - name.len(), colon + 1 + blank))
    })
}

/// A value on the lines below: a block scalar, or nothing on this line.
fn elsewhere(value: &str) -> bool {
    let bare =
        value.trim_start_matches(['|', '>', '+', '-']).trim_start_matches(|c: char| c.is_ascii_digit());
    bare.is_empty() || bare.trim_start().starts_with('#')
}

fn is_shown(value: &str, by_file: bool) -> bool {
    let bare = value.trim_matches(['"', '\'']);
    // The keys of a mapping are looked at one by one.
    value.starts_with('{') || is_harmless(bare) || (by_file && is_path(bare))
}

/// The value that begins here: to its closing quote, to the end of its element in a mapping or list on one line, or to
/// the end of the line.
fn value(line: &str, start: usize) -> Range<usize> {
    let (before, text) = line.split_at_checked(start).unwrap_or((line, ""));
    let trimmed = text.trim_end();
    let quoted = |quote: char| {
        let mut escaped = false;
        let closing = trimmed.char_indices().skip(1).find(|(_, c)| {
            let closes = *c == quote && !escaped;
            escaped = *c == '\\' && quote == '"' && !escaped;
            closes
        });
        closing.map_or(trimmed.len(), |(at, _)| at + 1)
    };
    let length = match trimmed.chars().next() {
        Some(quote @ ('"' | '\'')) => quoted(quote),
        Some('[') => trimmed.find(']').map_or(trimmed.len(), |at| at + 1),
        _ if in_flow(before) => trimmed.find([',', '}', ']']).unwrap_or(trimmed.len()),
        _ => trimmed.len(),
    };
    start..start + length
}

/// Inside of a mapping or list on one line. Only its end is looked at: a line may have thousands of keys.
fn in_flow(before: &str) -> bool {
    /// Bytes before a value within which its mapping begins.
    const REACH: usize = 4096;
    let from = (before.len().saturating_sub(REACH)..before.len()).find(|at| before.is_char_boundary(*at));
    let near = before.get(from.unwrap_or(0)..).unwrap_or_default();
    let opened = |c: char| near.matches(c).count();
    opened('{') > opened('}') || opened('[') > opened(']') || from.is_some_and(|from| from > 0)
}

#[cfg(test)]
mod tests {
    use super::{masked_line, masked_lines};

    #[test]
    fn values_of_keys_that_name_a_secret_are_hidden() {
        for (line, expected) in [
            ("  password: hunter2", "  password: *******"),
            ("  password: hun #ter2", "  password: *********"),
            ("redis: {password: hunter2, user: me}", "redis: {password: *******, user: me}"),
            ("{token: 'a, b', port: 1}", "{token: ******, port: 1}"),
            ("\"api_key\": \"a\\\"b\" # x", "\"api_key\": ****** # x"),
            ("  password_file: hunter2", "  password_file: *******"),
            ("  password_file: secrets/pg", "  password_file: secrets/pg"),
            ("  password_file: ${PW_FILE}", "  password_file: ${PW_FILE}"),
            ("args: [--password, hunter2, --x]", "args: [--password, *******, --x]"),
            ("args: [\"--password=hunter2\"]", "args: [\"--password=*******\"]"),
            ("headers: {Authorization: Bearer x}", "headers: {Authorization: ********}"),
            ("  port: 9090", "  port: 9090"),
            ("secret_files: {a: b}", "secret_files: {a: b}"),
            ("  tokens: [a, b]", "  tokens: ******"),
        ] {
            assert_eq!(masked_line(line), expected);
        }
    }

    #[test]
    fn values_on_lines_of_their_own_are_hidden() {
        let text = "\
a:
  password: |
    hunter2

    more
  port: 1
  token:
  - one
  - two
args:
- --password
- hunter2
- --x
chat: hunter2
chat:
  port: 1
";
        let expected = "\
a:
  password: |
    *******

    ****
  port: 1
  token:
  *****
  *****
args:
- --password
*********
- --x
chat: *******
chat:
  port: 1
";
        assert_eq!(masked_lines(text, &["chat"]).join("\n") + "\n", expected);
    }
}
