//! The two streams. A reader that has gone is no error: the work goes on, the words are lost.

use std::borrow::Cow;
use std::io::{self, IsTerminal, Write as _};
use std::os::fd::AsFd;

use super::style::ESCAPE;
use super::{ascii, prompt};
use crate::kernel::Secret;
use crate::kernel::text::is_invisible;

/// Characters in a line of a terminal that does not say how wide it is.
const USUAL: usize = 80;

/// Writes to stdout and stderr.
#[derive(Debug, Clone, Copy, Default)]
pub struct Printer {
    ascii: bool,
}

impl Printer {
    /// A printer.
    pub fn new() -> Self {
        Self { ascii: ascii::is_wanted() }
    }

    /// Characters in a line of stdout; none when it is no terminal.
    pub fn out_width(self) -> Option<usize> {
        width(&io::stdout())
    }

    /// Characters in a line of stderr; none when it is no terminal.
    pub fn err_width(self) -> Option<usize> {
        width(&io::stderr())
    }

    /// Writes to stdout.
    pub fn out(self, text: &str) {
        self.stream(text);
    }

    /// Writes to stdout; false when nobody reads any more.
    pub fn stream(self, text: &str) -> bool {
        write(&encoded(self.ascii, &safe(text)))
    }

    /// Writes JSON to stdout; false when nobody reads any more.
    pub fn json(self, document: &str) -> bool {
        let document = if self.ascii { ascii::json(document) } else { Cow::Borrowed(document) };
        write(&safe_json(&document))
    }

    /// Writes to stdout what no character set may change: the content of files.
    pub fn verbatim(self, text: &str) -> bool {
        write(&safe(text))
    }

    /// Clears the screen and goes to its first line.
    pub fn clear(self) {
        write("\u{1b}[H\u{1b}[2J");
    }

    /// Writes to stderr.
    pub fn err(self, text: &str) {
        let _ = io::stderr().lock().write_all(encoded(self.ascii, &safe(text)).as_bytes());
    }

    /// True when a person can be asked.
    pub fn is_interactive(self) -> bool {
        io::stdin().is_terminal() && io::stderr().is_terminal()
    }

    /// Asks on the terminal; what is typed is not shown. None at the end of the input and for ^C.
    pub fn secret(self, question: &str) -> Option<Secret> {
        self.err(question);
        let answer = prompt::unseen_line();
        self.err("\n");
        answer.map(Secret::new)
    }

    /// Asks on the terminal.
    pub fn confirm(self, question: &str) -> bool {
        if !io::stdin().is_terminal() {
            return false;
        }
        self.err(question);
        let mut answer = String::new();
        io::stdin().read_line(&mut answer).is_ok() && matches!(answer.trim(), "y" | "Y" | "yes")
    }
}

fn write(text: &str) -> bool {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).is_ok()
}

/// What a terminal may get: our own colours, and of everything else only characters that it shows. The others are written
/// as `\u{…}`.
pub fn safe(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let after = rest.get(c.len_utf8()..).unwrap_or_default();
        match c {
            ESCAPE if is_colour(after) => out.push('\u{1b}'),
            ESCAPE => {}
            '\n' | '\t' => out.push(c),
            '\r' if after.starts_with('\n') => out.push(c),
            c if is_invisible(c) => out.extend(c.escape_default()),
            c => out.push(c),
        }
        rest = after;
    }
    out
}

/// `[`, numbers, `m`.
fn is_colour(text: &str) -> bool {
    let numbers =
        text.strip_prefix('[').map(|rest| rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';'));
    numbers.is_some_and(|rest| rest.starts_with('m'))
}

/// JSON in which no character is invisible; it means the same.
pub fn safe_json(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if is_invisible(c) && !matches!(c, '\n' | '\t') {
            out.push_str(&format!("\\u{:04x}", c as u32));
        } else {
            out.push(c);
        }
    }
    out
}

/// A text in the character set of the streams.
fn encoded(only_ascii: bool, text: &str) -> Cow<'_, str> {
    if only_ascii { ascii::text(text) } else { Cow::Borrowed(text) }
}

fn width(stream: &(impl IsTerminal + AsFd)) -> Option<usize> {
    let told = || terminal_size::terminal_size_of(stream).map_or(USUAL, |(width, _)| usize::from(width.0));
    stream.is_terminal().then(told)
}

#[cfg(test)]
mod tests {
    use super::{safe, safe_json};
    use crate::ui::{Color, Style};

    #[test]
    fn our_colours_pass_and_nothing_else_that_a_terminal_obeys() {
        let style = Style::choose(Color::Always, None);
        let hostile = "a\x1b[31mb\x1b]52;c;x\x07\u{9b}2J\u{202e}c\u{2066}\x7f\x08d\re";
        assert_eq!(
            safe(&format!("{}: {hostile}\r\n\tend", style.red("error"))),
            "\x1b[31;1merror\x1b[0m: a\\u{1b}[31mb\\u{1b}]52;c;x\\u{7}\\u{9b}2J\\u{202e}c\\u{2066}\\u{7f}\\u{8}d\\re\r\n\tend"
        );
        assert_eq!(safe(&style.green(hostile)).matches('\x1b').count(), 2);
        assert_eq!(safe("ä\u{10fffe}[2J\u{10fffe}"), "ä[2J");
    }

    #[test]
    fn json_without_invisible_characters_means_the_same() {
        let value = serde_json::json!({"a": "\u{9b}\u{202e}\u{7f}\x1b\n\u{2028}é"});
        let text = safe_json(&serde_json::to_string_pretty(&value).unwrap());
        assert!(text.contains("\\u009b\\u202e\\u007f\\u001b\\n\\u2028é"), "{text}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
    }
}
