//! A finding with its line, a caret and the next step.

use std::sync::Arc;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet, Title};

use super::style::{ESCAPE, Style};
use crate::kernel::{Diagnostic, Place, Severity, credentials, text};

/// More characters than are ever shown before and behind the mark.
const WINDOW: usize = 200;
/// Longest mark, in characters.
const MARK: usize = 120;

/// The texts of findings, one after the other.
pub fn render(found: &[Diagnostic], style: Style) -> impl Iterator<Item = String> {
    let mut last = Line::default();
    found.iter().map(move |finding| one(finding, &mut last, style))
}

fn one(found: &Diagnostic, last: &mut Line, style: Style) -> String {
    let level = match found.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let message = text::printable(&found.message);
    let title = level.primary_title(&message).id(found.code);
    let text = match &found.place {
        Some(place) => {
            if !Arc::ptr_eq(&last.written, &place.text) {
                *last = Line::new(&place.text);
            }
            source(title, place, last, style)
        }
        None => style.fold(&drawn(&[Group::with_title(title)], style)),
    };
    let hint = found.hint.as_ref().map(|hint| style.paint_line(&format!("hint: {hint}"))).unwrap_or_default();
    format!("{text}\n{hint}\n")
}

/// The title with the part of its line around the mark: of a long line no more is shown, and all of it would be measured
/// for each finding.
fn source(title: Title<'_>, place: &Place, line: &Line, style: Style) -> String {
    let column = place.column.saturating_sub(1);
    let first = column.saturating_sub(WINDOW);
    let width = place.width.min(MARK);
    let shown = line.characters(first, column + width + WINDOW);
    let byte = |column: usize| shown.char_indices().nth(column).map_or(shown.len(), |(at, _)| at);
    let (start, end) = (byte(column - first), byte(column - first + width));
    let file = text::printable(&place.file);
    let snippet = Snippet::source(shown)
        .path(&*file)
        .line_start(place.line)
        .annotation(AnnotationKind::Primary.span(start..end.max(start)));
    let text = drawn(&[Group::with_title(title).element(snippet)], style);
    let at = |column: usize| format!("{file}:{}:{column}", place.line);
    let text = if first > 0 { text.replacen(&at(column - first + 1), &at(place.column), 1) } else { text };
    match text.split_once('\n') {
        // The source keeps its lines: the caret stands below a column of it.
        Some((title, source)) => format!("{}\n{source}", style.fold(title)),
        None => text,
    }
}

/// A line in which characters are found without counting from its begin each time: a dashboard may be one line with a
/// thousand findings.
#[derive(Default)]
struct Line {
    written: Arc<str>,
    /// Without its secrets.
    text: String,
    /// The byte at which every [`STRIDE`]th character begins.
    strides: Vec<usize>,
}

/// Characters between two that are remembered.
const STRIDE: usize = 512;

impl Line {
    fn new(written: &Arc<str>) -> Self {
        let text = credentials::masked_line(written).into_owned();
        let strides = text.char_indices().step_by(STRIDE).map(|(at, _)| at).collect();
        Self { written: written.clone(), text, strides }
    }

    /// The byte at which a character begins; the end of the line for those behind it.
    fn byte(&self, character: usize) -> usize {
        let Some(begin) = self.strides.get(character / STRIDE) else { return self.text.len() };
        let rest = self.text.get(*begin..).unwrap_or_default();
        rest.char_indices().nth(character % STRIDE).map_or(self.text.len(), |(at, _)| begin + at)
    }

    /// Characters from one position to another.
    fn characters(&self, from: usize, to: usize) -> &str {
        self.text.get(self.byte(from)..self.byte(to)).unwrap_or_default()
    }
}

/// The renderer's colours become ours, so that the printer lets them through.
fn drawn(groups: &[Group<'_>], style: Style) -> String {
    renderer(style).render(groups).replace('\u{1b}', &ESCAPE.to_string())
}

fn renderer(style: Style) -> Renderer {
    if style.is_on() { Renderer::styled() } else { Renderer::plain() }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Instant;

    use super::Line;
    use crate::kernel::{Diagnostic, Place};
    use crate::ui::printer::safe;
    use crate::ui::{Color, Style};

    fn render(found: &Diagnostic, style: Style) -> String {
        super::render(std::slice::from_ref(found), style).collect()
    }

    #[test]
    fn characters_of_a_long_line_are_found_from_the_nearest_stride() {
        let text = format!("{}here{}", "ä ".repeat(1000), "ö".repeat(1000));
        let line = Line::new(&text.into());
        assert_eq!(line.characters(2000, 2005), "hereö");
        assert_eq!(line.characters(3003, 9000), "ö");
        assert_eq!(line.characters(9000, 9001), "");
        assert_eq!(Line::new(&"ab".into()).characters(0, 1), "a");
    }

    #[test]
    fn time_grows_with_the_number_of_findings_on_one_long_line_and_not_with_its_square() {
        let took = |findings: usize| {
            let text: Arc<str> = "\"x\": 1, ".repeat(findings * 20).into();
            let at = |n: usize| Place {
                file: "x".into(),
                line: 1,
                column: n * 160 + 1,
                width: 3,
                text: text.clone(),
            };
            let found: Vec<Diagnostic> =
                (0..findings).map(|n| Diagnostic::warning("SC446", "no unit").at(at(n))).collect();
            let begin = Instant::now();
            assert!(super::render(&found, Style::PLAIN).map(|text| text.len()).sum::<usize>() > findings);
            begin.elapsed().as_secs_f64()
        };
        let (few, many) = (took(200).min(took(200)), took(1600));
        assert!(many < few * 8.0 * 3.0, "{few} {many}");
    }

    #[test]
    fn a_finding_shows_the_line_a_caret_and_the_next_step() {
        let place =
            Place { file: "stack.yml".into(), line: 12, column: 1, width: 10, text: "promethues: {}".into() };
        let found = Diagnostic::error("SC105", "unknown key `promethues`")
            .at(place)
            .hint("did you mean `prometheus`?");
        assert_eq!(
            render(&found, Style::PLAIN),
            "\
error[SC105]: unknown key `promethues`
  --> stack.yml:12:1
   |
12 | promethues: {}
   | ^^^^^^^^^^
hint: did you mean `prometheus`?

"
        );
    }

    #[test]
    fn a_long_line_is_shown_around_the_mark() {
        let text = format!("{}here{}", "ä ".repeat(1000), " x".repeat(500_000));
        let place = Place { file: "stack.yml".into(), line: 1, column: 2001, width: 4, text: text.into() };
        let shown = render(&Diagnostic::error("SC105", "unknown key `here`").at(place), Style::PLAIN);
        assert!(shown.contains("stack.yml:1:2001"), "{shown}");
        assert!(!shown.contains("stack.yml:1:201\n"), "{shown}");
        assert!(shown.contains("here x") && shown.contains("^^^^") && shown.len() < 2000, "{shown}");
    }

    #[test]
    fn a_long_value_is_marked_in_part() {
        let text = format!("name: {}", "x".repeat(200_000));
        let place = Place { file: "stack.yml".into(), line: 1, column: 7, width: 200_000, text: text.into() };
        let shown = render(&Diagnostic::error("SC106", "expected a name").at(place), Style::PLAIN);
        assert!(shown.contains("stack.yml:1:7") && shown.len() < 2000, "{}", shown.len());
    }

    #[test]
    fn nothing_from_the_file_reaches_the_terminal_as_a_command() {
        let place = Place {
            file: "a\x1b[2J.yml".into(),
            line: 1,
            column: 1,
            width: 1,
            text: "\x1b]0;x\x07\u{202e}".into(),
        };
        let found = Diagnostic::error("SC101", "b\x1b[2J").at(place).hint("c\x1b[2J");
        let style = Style::choose(Color::Always, None);
        let shown = safe(&render(&found, style));
        assert!(
            !shown.contains("\x1b[2J") && !shown.contains("\x1b]") && !shown.contains('\u{202e}'),
            "{shown}"
        );
        assert!(shown.contains("\x1b["), "{shown}");
    }
}
