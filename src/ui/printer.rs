//! The two streams. A reader that has gone is no error: the work goes on, the words are lost.

use std::io::{self, IsTerminal, Write as _};
use std::os::fd::AsFd;

/// Characters in a line of a terminal that does not say how wide it is.
const USUAL: usize = 80;

/// Writes to stdout and stderr.
#[derive(Debug, Clone, Default)]
pub struct Printer;

impl Printer {
    /// A printer.
    pub fn new() -> Self {
        Self
    }

    /// Characters in a line of stdout; none when it is no terminal.
    pub fn out_width(&self) -> Option<usize> {
        width(&io::stdout())
    }

    /// Characters in a line of stderr; none when it is no terminal.
    pub fn err_width(&self) -> Option<usize> {
        width(&io::stderr())
    }

    /// Writes to stdout.
    pub fn out(&self, text: &str) {
        self.stream(text);
    }

    /// Writes to stdout; false when nobody reads any more.
    pub fn stream(&self, text: &str) -> bool {
        let mut out = io::stdout().lock();
        out.write_all(text.as_bytes()).and_then(|()| out.flush()).is_ok()
    }

    /// Writes to stderr.
    pub fn err(&self, text: &str) {
        let _ = io::stderr().lock().write_all(text.as_bytes());
    }

    /// Asks on the terminal.
    pub fn confirm(&self, question: &str) -> bool {
        if !io::stdin().is_terminal() {
            return false;
        }
        self.err(question);
        let mut answer = String::new();
        io::stdin().read_line(&mut answer).is_ok() && matches!(answer.trim(), "y" | "Y" | "yes")
    }
}

fn width(stream: &(impl IsTerminal + AsFd)) -> Option<usize> {
    let told = || terminal_size::terminal_size_of(stream).map_or(USUAL, |(width, _)| usize::from(width.0));
    stream.is_terminal().then(told)
}
