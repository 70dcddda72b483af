//! The two streams. A reader that has gone is no error: the work goes on, the words are lost.

use std::io::{self, IsTerminal as _, Write as _};

/// Writes to stdout and stderr.
#[derive(Debug, Clone, Default)]
pub struct Printer;

impl Printer {
    /// A printer.
    pub fn new() -> Self {
        Self
    }

    /// True when stdout is a terminal.
    pub fn out_is_terminal(&self) -> bool {
        io::stdout().is_terminal()
    }

    /// True when stderr is a terminal.
    pub fn err_is_terminal(&self) -> bool {
        io::stderr().is_terminal()
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
