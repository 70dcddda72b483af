//! How text is set on a stream: the palette and when to use it, and the length of a line.

use std::borrow::Cow;

use super::{ascii, wrap};

/// Begins a sequence that switches colours. The printer turns it into an escape character and shows real ones escaped, so
/// that no text from outside can switch anything.
pub const ESCAPE: char = '\u{10fffe}';

/// `--color`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set or it is dumb.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Colours on, or not, and how long a line may be. Meaning is never in the colour alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    on: bool,
    width: Option<usize>,
    ascii: bool,
    dumb: bool,
}

impl Style {
    /// Without colours, lines of any length.
    pub const PLAIN: Self = Self { on: false, width: None, ascii: false, dumb: false };

    /// For a stream; `width` is that of its terminal in characters, none when it is a pipe or a file.
    pub fn choose(color: Color, width: Option<usize>) -> Self {
        let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let on = match color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => width.is_some() && !dumb && !set("NO_COLOR"),
        };
        Self { on, width, ascii: ascii::is_wanted(), dumb }
    }

    /// True when colours are used.
    pub fn is_on(self) -> bool {
        self.on
    }

    /// Characters in a line of the terminal; none when lines may have any length, so that each row is one line for grep.
    pub fn width(self) -> Option<usize> {
        self.width
    }

    /// The text as it will be written, so that columns can be measured.
    pub fn encode(self, text: &str) -> Cow<'_, str> {
        if self.ascii { ascii::text(text) } else { Cow::Borrowed(text) }
    }

    /// True when nothing but ASCII may be written.
    pub fn is_ascii(self) -> bool {
        self.ascii
    }

    /// True when the cursor may be moved: not on a terminal that calls itself dumb.
    pub fn moves(self) -> bool {
        !self.dumb
    }

    /// The text with its long lines broken between words, further lines hanging by two spaces.
    pub fn fold(self, text: &str) -> String {
        wrap::fold(text, self.width)
    }

    /// What went wrong.
    pub fn red(self, text: &str) -> String {
        self.paint("31;1", text)
    }

    /// What works and should be looked at.
    pub fn yellow(self, text: &str) -> String {
        self.paint("33", text)
    }

    /// What is done.
    pub fn green(self, text: &str) -> String {
        self.paint("32", text)
    }

    /// Names and hints.
    pub fn cyan(self, text: &str) -> String {
        self.paint("36", text)
    }

    /// Headings.
    pub fn bold(self, text: &str) -> String {
        self.paint("1", text)
    }

    /// What matters less.
    pub fn dim(self, text: &str) -> String {
        self.paint("2", text)
    }

    /// One of six colours that stay with a component.
    pub fn of_index(self, index: usize, text: &str) -> String {
        let codes = ["36", "33", "32", "35", "34", "96"];
        self.paint(codes.get(index % codes.len()).copied().unwrap_or("36"), text)
    }

    /// A line that begins with `warning:`, `note:` or `hint:`, with that word in its colour; folded.
    pub fn paint_line(self, line: &str) -> String {
        let painted = match line.split_once(':') {
            Some(("error", rest)) => format!("{}:{rest}", self.red("error")),
            Some(("warning", rest)) => format!("{}:{rest}", self.yellow("warning")),
            Some(("hint", rest)) => format!("{}:{rest}", self.cyan("hint")),
            Some(("note", rest)) => format!("{}:{rest}", self.dim("note")),
            _ => line.to_owned(),
        };
        format!("{}\n", self.fold(&painted))
    }

    fn paint(self, code: &str, text: &str) -> String {
        if self.on && !text.is_empty() {
            format!("{ESCAPE}[{code}m{text}{ESCAPE}[0m")
        } else {
            text.to_owned()
        }
    }
}
