//! Markdown for a terminal: headings bold, code in its colour or indented. Without colours it stays as it is, so that a
//! pipe gets Markdown.

use super::style::Style;

/// The text, styled.
pub fn styled(text: &str, style: Style) -> String {
    if !style.is_on() {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut fenced = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
            continue;
        }
        if fenced {
            out.push_str(&format!("    {}\n", style.cyan(line)));
        } else if line.starts_with('#') {
            out.push_str(&format!("{}\n", style.bold(line.trim_start_matches('#').trim())));
        } else {
            out.push_str(&format!("{}\n", code(line, style)));
        }
    }
    out
}

/// What stands between backticks, without them and in its colour; an odd one stays.
fn code(line: &str, style: Style) -> String {
    let parts: Vec<&str> = line.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return line.to_owned();
    }
    let paint = |(at, part): (usize, &&str)| if at % 2 == 1 { style.cyan(part) } else { (*part).to_owned() };
    parts.iter().enumerate().map(paint).collect()
}

#[cfg(test)]
mod tests {
    use super::styled;
    use crate::ui::{Color, Style};

    const TEXT: &str = "# Title\nRun `ls -l` now.\n```\nls\n```\n";

    #[test]
    fn markdown_is_styled_on_a_terminal_and_stays_as_it_is_in_a_pipe() {
        assert_eq!(styled(TEXT, Style::PLAIN), TEXT);
        let on = Style::choose(Color::Always, None);
        let bold = "\u{1b}[1mTitle\u{1b}[0m\nRun \u{1b}[36mls -l\u{1b}[0m now.\n    \u{1b}[36mls\u{1b}[0m\n";
        assert_eq!(styled(TEXT, on), bold);
    }
}
