//! Log lines as text, safe for a terminal, without colour: who draws adds that.

use std::borrow::Cow;

use serde::Serialize;

use super::Line;
use crate::kernel::text::printable;

/// Longest colour sequence that is taken for one, in bytes.
const LONGEST: usize = 32;

/// The text without the sequences that set colours (`ESC [ … m`). All others stay, to be shown escaped.
pub fn without_colour(text: &str) -> Cow<'_, str> {
    if !text.contains('\u{1b}') {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\u{1b}') {
        let (before, sequence) = rest.split_at(at);
        plain.push_str(before);
        let length = colour(sequence);
        if length == 0 {
            plain.push('\u{1b}');
        }
        rest = sequence.get(length.max(1)..).unwrap_or("");
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}

/// Length of the colour sequence that a text begins with, 0 when it begins with something else.
fn colour(text: &str) -> usize {
    let Some(parameters) = text.strip_prefix("\u{1b}[") else { return 0 };
    let length = parameters
        .bytes()
        .take(LONGEST)
        .take_while(|byte| byte.is_ascii_digit() || matches!(byte, b';' | b':'))
        .count();
    if parameters.as_bytes().get(length) == Some(&b'm') { length + 3 } else { 0 }
}

/// The line for a person: component padded to so many characters, a bar, the time to the millisecond when it is
/// wanted, and the text, safe for a terminal.
pub fn plain(line: &Line, width_of_prefix: usize, show_time: bool) -> String {
    let text = without_colour(&line.text);
    // A line break inside of a line would let a component write in the name of another.
    let text = printable(&text).replace('\n', "\\n");
    let component = printable(&line.component);
    if show_time {
        format!("{component:<width_of_prefix$} | {} {text}", millis(&line.time))
    } else {
        format!("{component:<width_of_prefix$} | {text}")
    }
}

/// A line with the name of the stack, for a program that reads several.
#[derive(Serialize)]
struct Named<'a> {
    stack: &'a str,
    #[serde(flatten)]
    line: &'a Line,
}

/// The line for a program: one JSON object on one line, nothing in it that a terminal obeys.
pub fn json(stack: &str, line: &Line) -> String {
    use std::fmt::Write as _;
    // A line has nothing that cannot be written as JSON.
    let object = serde_json::to_string(&Named { stack, line }).unwrap_or_default();
    object.chars().fold(String::with_capacity(object.len()), |mut safe, c| {
        // JSON escapes the controls below 32 itself; some terminals obey those from 127 on as well.
        if c.is_control() {
            let _ = write!(safe, "\\u{:04x}", u32::from(c));
        } else {
            safe.push(c);
        }
        safe
    })
}

/// `2026-01-02T15:04:05.123456789Z` to the millisecond; other texts as they are, made safe.
fn millis(time: &str) -> Cow<'_, str> {
    match (time.get(..23), time.get(29..)) {
        (Some(head), Some("Z")) if head.is_ascii() => Cow::Owned(format!("{}Z", printable(head))),
        _ => Cow::Owned(printable(time)),
    }
}

/// Which colour a component has: its place among all of them, sorted. The same for every run on the same stack.
pub fn colour_index<S: AsRef<str>>(component: &str, all_sorted: &[S]) -> usize {
    all_sorted.binary_search_by(|name| name.as_ref().cmp(component)).unwrap_or_else(|place| place)
}

#[cfg(test)]
mod tests {
    use super::super::{Level, Line, Stream};
    use super::{colour_index, json, plain, without_colour};

    fn line(text: &str) -> Line {
        Line {
            component: "grafana".into(),
            time: "2026-01-02T15:04:05.123456789Z".to_owned(),
            stream: Stream::Err,
            level: Some(Level::Warn),
            text: text.to_owned(),
        }
    }

    #[test]
    fn a_line_for_a_person_has_a_padded_prefix_and_the_time_when_wanted() {
        assert_eq!(plain(&line("a\tb"), 10, false), "grafana    | a\tb");
        assert_eq!(plain(&line("a"), 3, true), "grafana | 2026-01-02T15:04:05.123Z a");
        let odd = Line { time: "\u{1b}c".to_owned(), ..line("a") };
        assert_eq!(plain(&odd, 0, true), "grafana | \\u{1b}c a");
    }

    #[test]
    fn colours_are_left_out_and_other_escapes_are_shown() {
        let text =
            "\u{1b}[1;32mINFO\u{1b}[0m \u{1b}]52;c;x\u{7} \u{1b}[2J \u{9b}1m\r\nprometheus | x\u{1b}[3";
        assert_eq!(
            plain(&line(text), 0, false),
            "grafana | INFO \\u{1b}]52;c;x\\u{7} \\u{1b}[2J \\u{9b}1m\\r\\nprometheus | x\\u{1b}[3"
        );
        let endless = format!("\u{1b}[{}m", "1;".repeat(100));
        assert_eq!(without_colour(&endless), endless);
    }

    #[test]
    fn a_line_for_a_program_is_json_that_no_terminal_obeys() {
        let expected = r#"{"stack":"shop","component":"grafana","time":"2026-01-02T15:04:05.123456789Z","stream":"stderr","level":"warn","text":"\u001b]\u009b\u007f\"é"}"#;
        assert_eq!(json("shop", &line("\u{1b}]\u{9b}\u{7f}\"é")), expected);
        let read: serde_json::Value = serde_json::from_str(expected).unwrap();
        assert_eq!(read["text"], "\u{1b}]\u{9b}\u{7f}\"é");
        let silent = Line { level: None, stream: Stream::Out, ..line("") };
        assert_eq!(
            json("shop", &silent),
            r#"{"stack":"shop","component":"grafana","time":"2026-01-02T15:04:05.123456789Z","stream":"stdout","level":null,"text":""}"#
        );
    }

    #[test]
    fn the_colour_of_a_component_is_its_place_in_the_alphabet() {
        let all = ["alertmanager", "grafana", "prometheus"];
        assert_eq!(all.map(|name| colour_index(name, &all)), [0, 1, 2]);
        assert_eq!(colour_index("node", &all), 2);
    }
}
