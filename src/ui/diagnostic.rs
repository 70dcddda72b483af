//! A finding with its line, a caret and the next step.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::style::Style;
use crate::kernel::{Diagnostic, Severity};

/// More characters than are ever shown behind the mark.
const WINDOW: usize = 200;

/// The text of a finding.
pub fn render(found: &Diagnostic, style: Style) -> String {
    let level = match found.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level.primary_title(&found.message).id(found.code);
    let text = match &found.place {
        Some(place) => {
            let byte =
                |column: usize| place.text.char_indices().nth(column).map_or(place.text.len(), |(at, _)| at);
            let (start, end) = (byte(place.column - 1), byte(place.column - 1 + place.width));
            // The window shows no more of a long line; all of it would be measured for each finding.
            let line = place.text.get(..byte(place.column - 1 + place.width + WINDOW)).unwrap_or_default();
            let snippet = Snippet::source(line)
                .path(place.file.as_ref())
                .line_start(place.line)
                .annotation(AnnotationKind::Primary.span(start..end.max(start)));
            let text = renderer(style).render(&[Group::with_title(title).element(snippet)]);
            match text.split_once('\n') {
                // The source keeps its lines: the caret stands below a column of it.
                Some((title, source)) => format!("{}\n{source}", style.fold(title)),
                None => text,
            }
        }
        None => style.fold(&renderer(style).render(&[Group::with_title(title)])),
    };
    let hint = found.hint.as_ref().map(|hint| style.paint_line(&format!("hint: {hint}"))).unwrap_or_default();
    format!("{text}\n{hint}\n")
}

fn renderer(style: Style) -> Renderer {
    if style.is_on() { Renderer::styled() } else { Renderer::plain() }
}

#[cfg(test)]
mod tests {
    use super::render;
    use crate::kernel::{Diagnostic, Place};
    use crate::ui::Style;

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
        assert!(shown.contains("here x") && shown.contains("^^^^") && shown.len() < 2000, "{shown}");
    }
}
