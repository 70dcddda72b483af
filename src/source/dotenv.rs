//! `.env` beside `stack.yml`: variables for `${NAME}`, in the format that Docker Compose reads.
//!
//! Values are often secrets: no finding repeats one.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{interpolate, parse};
use crate::kernel::text::shown;
use crate::kernel::{Diagnostic, Place};

/// The code of everything that is wrong with the file.
const CODE: &str = "SC550";

/// The environment with the variables of the file added. A variable of the environment wins over one of the file.
pub fn read(
    bytes: &[u8],
    file: &str,
    environment: &BTreeMap<String, String>,
) -> (BTreeMap<String, String>, Vec<Diagnostic>) {
    let file: Arc<str> = file.into();
    let mut all = environment.clone();
    let (text, mut found) = match parse::decode(bytes, &file) {
        Ok(decoded) => decoded,
        // The line may hold a secret.
        Err(problem) => return (all, vec![Diagnostic { place: problem.place.map(hidden), ..*problem }]),
    };
    let mut reader = Reader { rest: &text, line: 1, file: &file };
    while let Some(assignment) = reader.assignment(&all) {
        match assignment {
            Ok((name, value)) if !environment.contains_key(&name) => {
                all.insert(name, value);
            }
            Ok(_) => {}
            Err(problem) => found.push(*problem),
        }
    }
    (all, found)
}

fn hidden(place: Place) -> Place {
    Place { text: "…".into(), column: 1, width: 1, ..place }
}

struct Reader<'a> {
    rest: &'a str,
    line: usize,
    file: &'a Arc<str>,
}

type Assignment = Result<(String, String), Box<Diagnostic>>;

impl<'a> Reader<'a> {
    /// The next assignment; none at the end of the file.
    fn assignment(&mut self, known: &BTreeMap<String, String>) -> Option<Assignment> {
        loop {
            self.skip(char::is_whitespace);
            if self.rest.is_empty() {
                return None;
            }
            if self.rest.starts_with('#') {
                self.rest_of_line();
                continue;
            }
            if let Some(after) =
                self.rest.strip_prefix("export").filter(|after| after.starts_with([' ', '\t']))
            {
                self.rest = after.trim_start_matches([' ', '\t']);
            }
            let line = self.line;
            let name = self.take(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'));
            self.skip(|c| matches!(c, ' ' | '\t'));
            let valid = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
            // A name alone passes on the variable of the environment, which is there anyway.
            if valid && (self.rest.is_empty() || self.rest.starts_with(['\n', '\r', '#'])) {
                self.rest_of_line();
                continue;
            }
            let after = self.rest.strip_prefix(['=', ':']).filter(|_| valid);
            let Some(after) = after else {
                self.rest_of_line();
                let problem = Diagnostic::error(CODE, format!("line {line} is not `NAME=value`"));
                let hint = "write `NAME=value`, with letters, digits and `_` in the name, or begin the line with `#`";
                return Some(Err(Box::new(problem.at(self.place(line, "…")).hint(hint))));
            };
            self.rest = after;
            return Some(self.value(name, known).map(|value| (name.to_owned(), value)));
        }
    }

    fn value(&mut self, name: &str, known: &BTreeMap<String, String>) -> Result<String, Box<Diagnostic>> {
        let line = self.line;
        let spaced = self.rest.starts_with([' ', '\t']);
        self.skip(|c| matches!(c, ' ' | '\t'));
        let written = match self.rest.chars().next() {
            Some('\'') => return self.quoted('\'', (name, line)),
            Some('"') => escaped(&self.quoted('"', (name, line))?),
            Some('#') if spaced => {
                self.rest_of_line();
                String::new()
            }
            _ => without_comment(self.rest_of_line()).to_owned(),
        };
        interpolate::expand(&braced(&written), known).map_err(|problem| {
            let hint = "write the value in single quotes when `$` is a part of it";
            let message = format!("the value of `{}`: {}", shown(name), problem.message);
            Box::new(Diagnostic::error(CODE, message).at(self.place(line, name)).hint(hint))
        })
    }

    /// The text between quotes, which may have several lines.
    fn quoted(&mut self, quote: char, (name, line): (&str, usize)) -> Result<String, Box<Diagnostic>> {
        let place = self.place(line, name);
        let inside = self.rest.get(1..).unwrap_or_default();
        let mut escape = false;
        let end = inside.find(|c: char| {
            let closes = c == quote && !escape;
            escape = c == '\\' && !escape && quote == '"';
            closes
        });
        let Some(end) = end else {
            self.rest = "";
            let message = format!("the value of `{}` has no closing {quote}", shown(name));
            return Err(Box::new(Diagnostic::error(CODE, message).at(place).hint("close the quotes")));
        };
        let (text, after) = inside.split_at(end);
        self.line += text.matches('\n').count();
        self.rest = after.get(1..).unwrap_or_default();
        let tail = self.rest_of_line().trim();
        if tail.is_empty() || tail.starts_with('#') {
            return Ok(text.to_owned());
        }
        let message = format!("the value of `{}` goes on after its closing quote", shown(name));
        let hint = "quote the whole value, or none of it";
        Err(Box::new(Diagnostic::error(CODE, message).at(place).hint(hint)))
    }

    fn take(&mut self, belongs: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|c| !belongs(c)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }

    fn skip(&mut self, belongs: impl Fn(char) -> bool) {
        self.line += self.take(belongs).matches('\n').count();
    }

    fn rest_of_line(&mut self) -> &'a str {
        self.take(|c| c != '\n').trim_end()
    }

    fn place(&self, line: usize, name: &str) -> Place {
        let width = name.chars().count().max(1);
        let text = if name == "…" { name.to_owned() } else { format!("{name}=…") };
        Place { file: self.file.clone(), line, column: 1, width, text: text.into() }
    }
}

/// The value before ` #`.
fn without_comment(text: &str) -> &str {
    let end = text
        .char_indices()
        .find(|(at, c)| *c == '#' && text.get(..*at).is_some_and(|before| before.ends_with([' ', '\t'])));
    end.map_or(text, |(at, _)| text.get(..at).unwrap_or(text)).trim_end()
}

/// The escapes of double quotes.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (c, if c == '\\' { chars.next() } else { None }) {
            ('\\', Some('n')) => out.push('\n'),
            ('\\', Some('r')) => out.push('\r'),
            ('\\', Some('t')) => out.push('\t'),
            ('\\', Some('$')) => out.push_str("$$"),
            ('\\', Some(c @ ('\\' | '"'))) => out.push(c),
            ('\\', Some(other)) => out.extend(['\\', other]),
            (c, _) => out.push(c),
        }
    }
    out
}

/// `$NAME` as `${NAME}`: here, unlike in `stack.yml`, Compose reads both.
fn braced(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        out.push('$');
        if let Some(after) = after.strip_prefix('$') {
            out.push('$');
            rest = after;
            continue;
        }
        let end = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(after.len());
        let (name, tail) = after.split_at(end);
        if name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
            out.push_str(&format!("{{{name}}}"));
            rest = tail;
        } else {
            rest = after;
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::read;

    fn variables(text: &str) -> BTreeMap<String, String> {
        let environment = BTreeMap::from([("HOME".to_owned(), "/root".to_owned())]);
        let (mut all, found) = read(text.as_bytes(), ".env", &environment);
        assert_eq!(found, [], "{text}");
        assert_eq!(all.remove("HOME").as_deref(), Some("/root"), "the environment wins");
        all
    }

    #[test]
    fn values_are_read_as_compose_reads_them() {
        let text = "\
# a comment
A=plain text # a comment
export B=x#y
  C = spaced\t
D='$A # \"literal\"'
E=\"line\\nbreak \\\"q\\\" ${A} $B \\$A\" # a comment
F=
G: colon
H= # nothing
I='two
lines'\r
J=${Z:-default}
HOME=/other
K
";
        let expected = [
            ("A", "plain text"),
            ("B", "x#y"),
            ("C", "spaced"),
            ("D", "$A # \"literal\""),
            ("E", "line\nbreak \"q\" plain text x#y $A"),
            ("F", ""),
            ("G", "colon"),
            ("H", ""),
            ("I", "two\nlines"),
            ("J", "default"),
        ];
        let expected = expected.map(|(key, value)| (key.to_owned(), value.to_owned()));
        assert_eq!(variables(text), BTreeMap::from(expected));
    }

    #[test]
    fn mistakes_have_a_line_and_never_show_a_value() {
        for (text, line, message) in [
            ("A=1\nhunter2\nB C\n", 3, "line 3 is not `NAME=value`"),
            ("=hunter2\n", 1, "line 1 is not `NAME=value`"),
            ("\nP=hunter2$ecret\n", 2, "the value of `P`: the environment variable `ecret` is not set"),
            ("P=\"hunter2\nA=1\n", 1, "the value of `P` has no closing \""),
            ("P='hunter2'x\n", 1, "the value of `P` goes on after its closing quote"),
        ] {
            let (_, found) = read(text.as_bytes(), ".env", &BTreeMap::new());
            assert_eq!(found.len(), 1, "{text}: {found:?}");
            assert_eq!(found[0].message, message);
            let place = found[0].place.as_ref().unwrap();
            assert_eq!((place.file.as_ref(), place.line), (".env", line), "{text}");
            assert!(!place.text.contains("hunter2"), "{text}");
        }
        let (_, found) = read(b"P=hunter2\xe9\n", ".env", &BTreeMap::new());
        assert!(found[0].place.as_ref().is_some_and(|place| place.text.as_ref() == "…"));
    }
}
