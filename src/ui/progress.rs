//! Progress on a terminal: one live line per step that runs, folded into a plain line when it ends.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::printer::safe;
use super::style::Style;
use crate::kernel::{Event, Outcome};

/// Something that tells events.
pub trait Talk: Send + Sync {
    /// Takes one event.
    fn take(&self, event: &Event);
    /// Clears what is still moving.
    fn finish(&self);
}

/// Live lines.
pub struct Live {
    all: MultiProgress,
    bars: Mutex<BTreeMap<String, ProgressBar>>,
    style: Style,
}

impl Live {
    /// On stderr.
    pub fn new(style: Style) -> Self {
        Self { all: MultiProgress::new(), bars: Mutex::new(BTreeMap::new()), style }
    }

    fn start(&self, subject: &str, action: &str) {
        let bar = self.all.add(ProgressBar::new_spinner());
        bar.set_style(self.signs(spinner()));
        bar.set_prefix(safe(subject));
        bar.set_message(safe(action));
        bar.enable_steady_tick(Duration::from_millis(100));
        if let Ok(mut bars) = self.bars.lock() {
            bars.insert(subject.to_owned(), bar);
        }
    }

    fn advance(&self, subject: &str, detail: &str, current: u64, total: u64) {
        let Ok(bars) = self.bars.lock() else { return };
        let Some(bar) = bars.get(subject) else { return };
        if total > 0 {
            bar.set_style(self.signs(download()));
            bar.set_length(total);
            bar.set_position(current);
        } else {
            bar.set_message(safe(detail));
        }
    }

    /// The same style in the character set of the terminal.
    fn signs(&self, style: ProgressStyle) -> ProgressStyle {
        if self.style.is_ascii() { style.tick_chars("|/-\\ ").progress_chars("#- ") } else { style }
    }

    /// Above the lines that still move.
    fn tell(&self, line: &str) {
        let _ = self.all.println(self.style.encode(&safe(&self.style.fold(line))));
    }

    fn end(&self, subject: &str, outcome: Outcome, detail: &str) {
        if let Ok(mut bars) = self.bars.lock()
            && let Some(bar) = bars.remove(subject)
        {
            bar.finish_and_clear();
        }
        let mark = match outcome {
            Outcome::Done => self.style.green("✓"),
            Outcome::Failed => self.style.red("✗"),
            Outcome::Skipped => self.style.dim("-"),
            Outcome::Restored => self.style.yellow("↶"),
        };
        self.tell(&format!("{mark} {subject}  {}", self.style.dim(detail)));
    }
}

impl Talk for Live {
    fn take(&self, event: &Event) {
        match event {
            Event::Started { subject, action } => self.start(subject, action),
            Event::Progress { subject, detail, current, total } => {
                self.advance(subject, detail, *current, *total);
            }
            Event::Finished { subject, outcome, detail, .. } => self.end(subject, *outcome, detail),
            Event::Stack { .. } | Event::Daemon { .. } => {}
            Event::Note { message } => {
                self.tell(&format!("{}: {message}", self.style.dim("note")));
            }
            Event::Warning { message } => {
                self.tell(&format!("{}: {message}", self.style.yellow("warning")));
            }
        }
    }

    fn finish(&self) {
        if let Ok(mut bars) = self.bars.lock() {
            bars.values().for_each(ProgressBar::finish_and_clear);
            bars.clear();
        }
    }
}

/// How a step ended, in a word.
pub fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Done => "",
        Outcome::Failed => "failed:",
        Outcome::Skipped => "skipped",
        Outcome::Restored => "failed, and what was there before is back:",
    }
}

fn spinner() -> ProgressStyle {
    let style = ProgressStyle::with_template("{spinner} {prefix}  {wide_msg}");
    style.unwrap_or_else(|_| ProgressStyle::default_spinner())
}

fn download() -> ProgressStyle {
    let style =
        ProgressStyle::with_template("{spinner} {prefix}  {bar:24} {bytes}/{total_bytes} {bytes_per_sec}");
    style.unwrap_or_else(|_| ProgressStyle::default_bar())
}
