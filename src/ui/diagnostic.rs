//! A finding with its line, a caret and the next step.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::style::Style;
use crate::kernel::{Diagnostic, Severity};

/// The text of a finding.
pub fn render(found: &Diagnostic, style: Style) -> String {
    let level = match found.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level.primary_title(&found.message).id(found.code);
    let text = match &found.place {
        Some(place) => {
            let start =
                place.text.char_indices().nth(place.column - 1).map_or(place.text.len(), |(at, _)| at);
            let end = place
                .text
                .char_indices()
                .nth(place.column - 1 + place.width)
                .map_or(place.text.len(), |(at, _)| at);
            let snippet = Snippet::source(place.text.as_ref())
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
}
