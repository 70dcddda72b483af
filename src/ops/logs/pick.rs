//! Which lines are shown: time to the nanosecond, level, regular expression.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use regex::Regex;

use super::when::{Window, stamp};
use crate::engine::LogLine;
use crate::model::log::{Level, Line, Stream, parse, without_colour};
use crate::ops::Error;

/// A line without a level belongs to the one before it when it comes this soon after it.
const CONTINUES: Duration = Duration::from_secs(1);

/// The choice, and the last line of every stream, as far as it is needed for the next one.
#[derive(Debug)]
pub(super) struct Pick {
    since: Option<String>,
    until: Option<String>,
    grep: Option<Regex>,
    level: Option<Level>,
    last: HashMap<(Arc<str>, Stream), (Level, Timestamp)>,
}

impl Pick {
    /// The error names the place in the expression.
    pub fn new(window: &Window, grep: Option<&str>, level: Option<Level>) -> Result<Self, Error> {
        let grep = grep.map(|pattern| Regex::new(pattern).map_err(|error| refused(pattern, &error)));
        Ok(Self {
            since: window.since.map(stamp),
            until: window.until.map(stamp),
            grep: grep.transpose()?,
            level,
            last: HashMap::new(),
        })
    }

    /// The line, if it is one of the chosen.
    pub fn pick(&mut self, component: &Arc<str>, line: LogLine) -> Option<Line> {
        let early = self.since.as_ref().is_some_and(|since| line.time < *since);
        let late = self.until.as_ref().is_some_and(|until| line.time > *until);
        if early || late {
            return None;
        }
        let level = parse(&line.text).level;
        if let Some(least) = self.level
            && self.gravity(component, &line, level) < least
        {
            return None;
        }
        let text = without_colour(&line.text);
        if self.grep.as_ref().is_some_and(|pattern| !pattern.is_match(&text)) {
            return None;
        }
        let text = text.into_owned();
        Some(Line { component: Arc::clone(component), time: line.time, stream: line.stream, level, text })
    }

    /// The level of a line, or of the line that it continues.
    fn gravity(&mut self, component: &Arc<str>, line: &LogLine, level: Option<Level>) -> Level {
        let time: Option<Timestamp> = line.time.parse().ok();
        let key = (Arc::clone(component), line.stream);
        let before = self.last.get(&key).copied();
        let continued = before.zip(time).filter(|((_, before), time)| {
            Duration::try_from(time.duration_since(*before)).is_ok_and(|gap| gap <= CONTINUES)
        });
        let inherited = continued.map_or(Level::Info, |((level, _), _)| level.max(Level::Info));
        let gravity = level.unwrap_or(inherited);
        if let Some(time) = time {
            self.last.insert(key, (gravity, time));
        }
        gravity
    }
}

/// What is wrong with an expression, in one sentence. The library draws it over several lines with a caret.
fn refused(pattern: &str, error: &regex::Error) -> Error {
    let drawn = error.to_string();
    let reason = drawn.lines().find_map(|line| line.strip_prefix("error: "));
    let caret = drawn.lines().find(|line| line.contains('^') && line.trim_matches([' ', '^']).is_empty());
    // The library indents by four.
    let column = caret.and_then(|line| line.find('^')).map(|at| at.saturating_sub(3));
    let place = column.map(|column| format!(" at character {column}")).unwrap_or_default();
    let reason = reason.map_or_else(|| drawn.split_whitespace().collect::<Vec<_>>().join(" "), str::to_owned);
    Error::Usage {
        message: format!("`--grep {pattern}` is no regular expression: {reason}{place}"),
        hint: "put a backslash in front of a character that is meant as it is: `\\(`, `\\[`, `\\.`"
            .to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Pick, Window};
    use crate::engine::LogLine;
    use crate::model::log::{Level, Stream};
    use crate::ops::Error;

    fn line(time: &str, text: &str) -> LogLine {
        LogLine { time: format!("2026-01-02T12:00:{time}Z"), stream: Stream::Err, text: text.to_owned() }
    }

    fn picked(mut pick: Pick, lines: &[(&str, &str)]) -> Vec<String> {
        let component = "x".into();
        let texts = lines.iter().filter_map(|(time, text)| pick.pick(&component, line(time, text)));
        texts.map(|line| line.text).collect()
    }

    #[test]
    fn the_window_is_exact_to_the_nanosecond() {
        let at = |time: &str| Some(format!("2026-01-02T12:00:{time}Z").parse().unwrap());
        let window = Window { since: at("01.000000005"), until: at("02.5") };
        let lines = [
            ("01.000000004", "early"),
            ("01.000000005", "first"),
            ("02.500000000", "last"),
            ("02.500000001", "late"),
        ];
        assert_eq!(picked(Pick::new(&window, None, None).unwrap(), &lines), ["first", "last"]);
    }

    #[test]
    fn a_stack_trace_goes_with_its_panic_and_other_lines_without_a_level_are_information() {
        let lines = [
            ("01.000000000", "banner"),
            ("02.000000000", "level=debug msg=x"),
            ("02.100000000", "after debug"),
            ("03.000000000", "panic: oh"),
            ("03.900000000", "goroutine 1 [running]:"),
            ("04.800000000", "main.main()"),
            ("05.900000000", "banner"),
            ("06.000000000", "level=warn msg=y"),
        ];
        let pick = |level| picked(Pick::new(&Window::default(), None, Some(level)).unwrap(), &lines);
        assert_eq!(pick(Level::Error), ["panic: oh", "goroutine 1 [running]:", "main.main()"]);
        assert_eq!(
            pick(Level::Info),
            [
                "banner",
                "after debug",
                "panic: oh",
                "goroutine 1 [running]:",
                "main.main()",
                "banner",
                "level=warn msg=y"
            ]
        );
    }

    #[test]
    fn an_expression_is_matched_against_the_text_without_colours() {
        let lines = [("01.0", "\u{1b}[32mINFO\u{1b}[0m started"), ("02.0", "stopped")];
        assert_eq!(
            picked(Pick::new(&Window::default(), Some("^INFO start"), None).unwrap(), &lines),
            ["INFO started"]
        );
    }

    #[test]
    fn a_wrong_expression_is_refused_with_the_place() {
        for (pattern, expected) in [
            ("ab(c", "`--grep ab(c` is no regular expression: unclosed group at character 3"),
            (
                "*",
                "`--grep *` is no regular expression: repetition operator missing expression at character 1",
            ),
            (
                "a{1000}{1000}{1000}",
                "`--grep a{1000}{1000}{1000}` is no regular expression: Compiled regex exceeds size limit of 10485760 bytes.",
            ),
        ] {
            match Pick::new(&Window::default(), Some(pattern), None) {
                Err(Error::Usage { message, .. }) => assert_eq!(message, expected),
                other => panic!("{other:?}"),
            }
        }
    }
}
