//! Progress where there is no terminal: one line per change of state, nothing is ever redrawn.

use super::printer::Printer;
use super::progress::{Talk, word};
use super::style::Style;
use crate::kernel::Event;

/// Plain lines.
pub struct Plain {
    printer: Printer,
    style: Style,
}

impl Plain {
    /// To stderr.
    pub fn new(printer: Printer, style: Style) -> Self {
        Self { printer, style }
    }
}

impl Talk for Plain {
    fn take(&self, event: &Event) {
        let line = match event {
            // Quick steps are told once, when they are done; slow ones also when they begin.
            Event::Started { subject, action } if action.contains(' ') => format!("{subject}: {action}\n"),
            Event::Started { .. } | Event::Progress { .. } | Event::Stack { .. } | Event::Daemon { .. } => {
                return;
            }
            Event::Finished { subject, outcome, detail, .. } => {
                let words =
                    [word(*outcome), detail].map(str::trim).into_iter().filter(|word| !word.is_empty());
                format!("{subject}: {}\n", words.collect::<Vec<_>>().join(" "))
            }
            Event::Note { message } => self.style.paint_line(&format!("note: {message}")),
            Event::Warning { message } => self.style.paint_line(&format!("warning: {message}")),
        };
        self.printer.err(&line);
    }

    fn finish(&self) {}
}
