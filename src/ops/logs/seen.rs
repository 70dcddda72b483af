//! What was already shown of a container, so that its log can be taken up again without gap and without doubles.
//!
//! The daemon takes the time to start from in whole seconds, and the pieces of a long line have the same time, so
//! neither "from then on" nor "later than" is exact; counting the lines of the last instant is.

use jiff::Timestamp;

use crate::engine::LogLine;
use crate::model::log::Stream;

/// The last instant of both streams. Each stream is in order; the two may overtake each other by a little.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Seen {
    out: Mark,
    err: Mark,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Mark {
    /// The last instant.
    time: String,
    /// Lines seen with that time.
    count: u64,
    /// Of those, how many will come again; none when the log was not taken up again since.
    again: Option<u64>,
}

impl Seen {
    /// As if everything before this instant had been seen.
    pub fn until(stamp: &str) -> Self {
        let mark = Mark { time: stamp.to_owned(), ..Mark::default() };
        Self { out: mark.clone(), err: mark }
    }

    /// Takes note of a line; false when it was there before.
    pub fn take(&mut self, line: &LogLine) -> bool {
        let mark = match line.stream {
            Stream::Out => &mut self.out,
            Stream::Err => &mut self.err,
        };
        if let Some(again) = &mut mark.again {
            if line.time < mark.time {
                return false;
            }
            if line.time == mark.time && *again > 0 {
                *again -= 1;
                return false;
            }
            mark.again = None;
        }
        if line.time == mark.time {
            mark.count += 1;
        } else {
            mark.time.clone_from(&line.time);
            mark.count = 1;
        }
        true
    }

    /// The log is taken up again: from which second on, none when nothing was seen yet. One second more than
    /// needed, because one stream may have been overtaken by the other.
    pub fn resume(&mut self) -> Option<i64> {
        for mark in [&mut self.out, &mut self.err] {
            mark.again = Some(mark.count);
        }
        let last: Timestamp = self.out.time.as_str().max(&self.err.time).parse().ok()?;
        Some(last.as_second().saturating_sub(1))
    }
}

#[cfg(test)]
mod tests {
    use super::Seen;
    use crate::engine::LogLine;
    use crate::model::log::Stream::{self, Err, Out};

    fn line(stream: Stream, time: &str) -> LogLine {
        LogLine { time: format!("2026-01-02T12:00:{time}Z"), stream, text: String::new() }
    }

    fn take(seen: &mut Seen, lines: &[(Stream, &str)]) -> Vec<bool> {
        lines.iter().map(|(stream, time)| seen.take(&line(*stream, time))).collect()
    }

    #[test]
    fn a_log_taken_up_again_has_neither_gap_nor_doubles() {
        let mut seen = Seen::default();
        let first = [(Out, "01.1"), (Err, "01.2"), (Out, "01.5"), (Out, "01.5")];
        assert_eq!(take(&mut seen, &first), [true; 4]);
        assert_eq!(seen.resume(), Some(1_767_355_200));
        // The third piece of a long line has the same time; the line of the other stream had been overtaken.
        let again =
            [(Out, "01.1"), (Err, "01.2"), (Err, "01.4"), (Out, "01.5"), (Out, "01.5"), (Out, "01.5")];
        assert_eq!(take(&mut seen, &again), [false, false, true, false, false, true]);
        seen.resume();
        assert_eq!(
            take(&mut seen, &[(Out, "01.5"), (Out, "01.5"), (Out, "01.5"), (Out, "01.6")]),
            [false, false, false, true]
        );
    }

    #[test]
    fn nothing_is_dropped_before_it_is_taken_up_again() {
        let mut seen = Seen::default();
        // The clock was set back.
        assert_eq!(take(&mut seen, &[(Out, "05.0"), (Out, "01.0")]), [true; 2]);
    }

    #[test]
    fn with_nothing_seen_all_is_new() {
        let mut seen = Seen::default();
        assert_eq!(seen.resume(), None);
        assert_eq!(take(&mut seen, &[(Out, "01.0")]), [true]);
    }

    #[test]
    fn what_was_before_the_beginning_is_not_shown_after_a_restart() {
        let mut seen = Seen::until("2026-01-02T12:00:03.500000000Z");
        assert_eq!(seen.resume(), Some(1_767_355_202));
        assert_eq!(take(&mut seen, &[(Out, "03.4"), (Out, "03.6")]), [false, true]);
    }
}
