//! Markdown for a terminal: headings bold, code in its colour or indented, paragraphs and list items filled to the width of the
//! terminal. In a pipe it stays as it is, so that a pipe gets Markdown.

use super::style::Style;
use super::wrap::{JOINT, hang};

/// The text, styled and filled.
pub fn styled(text: &str, style: Style) -> String {
    let mut out = String::new();
    let mut fenced = false;
    let mut open: Option<Block> = None;
    for line in text.lines() {
        let fence = line.trim_start().starts_with("```");
        if !fenced && !fence && style.width().is_some() {
            if let Some(block) = open.as_mut().filter(|block| block.goes_on(line)) {
                block.take(line);
                continue;
            }
            close(open.take(), style, &mut out);
            open = Block::begin(line);
            if open.is_some() {
                continue;
            }
        }
        close(open.take(), style, &mut out);
        fenced ^= fence;
        out.push_str(&alone(line, fenced, fence, style));
    }
    close(open, style, &mut out);
    out
}

/// A line that is not filled.
fn alone(line: &str, fenced: bool, fence: bool, style: Style) -> String {
    if !style.is_on() {
        format!("{line}\n")
    } else if fence {
        String::new()
    } else if fenced {
        format!("    {}\n", style.cyan(line))
    } else if line.starts_with('#') {
        format!("{}\n", style.bold(line.trim_start_matches('#').trim()))
    } else {
        format!("{}\n", code(line, style))
    }
}

/// A paragraph, or an item of a list.
struct Block {
    /// Spaces in front, and the sign of an item.
    lead: String,
    words: String,
    /// The last line asks for a break behind it.
    broken: bool,
}

impl Block {
    /// None for what keeps its lines: headings, tables, quotes, code, blank lines.
    fn begin(line: &str) -> Option<Self> {
        let text = line.trim_start_matches(' ');
        let begin = line.len() - text.len();
        let sign = sign(text);
        let kept = text.is_empty() || text.starts_with(['#', '|', '>', '\t']) || (begin >= 4 && sign == 0);
        if kept {
            return None;
        }
        let mut block = Self { lead: line[..begin + sign].to_owned(), words: String::new(), broken: false };
        block.take(&text[sign..]);
        Some(block)
    }

    /// True when the line belongs to it.
    fn goes_on(&self, line: &str) -> bool {
        let text = line.trim_start();
        !self.broken && !text.is_empty() && !text.starts_with(['#', '|', '>']) && sign(text) == 0
    }

    fn take(&mut self, line: &str) {
        self.broken = line.ends_with("  ") || line.ends_with('\\');
        if !self.words.is_empty() {
            self.words.push(' ');
        }
        self.words.push_str(line.trim());
    }
}

/// Length of `- `, `* `, `+ ` or `1. ` at the begin of a text; 0 when there is none.
fn sign(text: &str) -> usize {
    let digits = text.len() - text.trim_start_matches(|letter: char| letter.is_ascii_digit()).len();
    let rest = &text[digits..];
    let sign = match digits {
        0 => rest.starts_with(['-', '*', '+']),
        1..=3 => rest.starts_with(['.', ')']),
        _ => false,
    };
    if sign && rest[1..].starts_with(' ') { digits + 2 } else { 0 }
}

fn close(block: Option<Block>, style: Style, out: &mut String) {
    let Some(Block { lead, words, .. }) = block else { return };
    let room = style.width().unwrap_or_default().saturating_sub(lead.len());
    let text = code(&whole(&words, room), style);
    out.push_str(&format!("{lead}{}\n", hang(&text, lead.len(), lead.len(), style.width())));
}

/// Code that fits on a line of its own stays on one, because people copy it.
fn whole(words: &str, room: usize) -> String {
    let parts: Vec<&str> = words.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return words.to_owned();
    }
    let join = |(at, part): (usize, &&str)| {
        let short = at % 2 == 1 && part.chars().count() + 3 <= room;
        if short { part.replace(' ', &JOINT.to_string()) } else { (*part).to_owned() }
    };
    parts.iter().enumerate().map(join).collect::<Vec<_>>().join("`")
}

/// What stands between backticks, without them and in its colour; an odd one stays.
fn code(line: &str, style: Style) -> String {
    let parts: Vec<&str> = line.split('`').collect();
    if !style.is_on() || parts.len().is_multiple_of(2) {
        return line.to_owned();
    }
    let paint = |(at, part): (usize, &&str)| if at % 2 == 1 { style.cyan(part) } else { (*part).to_owned() };
    parts.iter().enumerate().map(paint).collect()
}

#[cfg(test)]
mod tests {
    use super::styled;
    use crate::ui::style::ESCAPE;
    use crate::ui::{Color, Style};

    const TEXT: &str = "# Title\nRun `ls -l` now.\n```\nls\n```\n";

    #[test]
    fn markdown_is_styled_on_a_terminal_and_stays_as_it_is_in_a_pipe() {
        assert_eq!(styled(TEXT, Style::PLAIN), TEXT);
        let bold =
            "^[1mTitle^[0m\nRun ^[36mls -l^[0m now.\n    ^[36mls^[0m\n".replace('^', &ESCAPE.to_string());
        for width in [None, Some(80)] {
            assert_eq!(styled(TEXT, Style::choose(Color::Always, width)), bold);
        }
    }

    #[test]
    fn paragraphs_and_items_are_filled_and_code_keeps_its_lines() {
        let text = "\
One two three four
five six seven eight
nine.

- ten eleven twelve
  thirteen fourteen, `ls -l`
  then
- fifteen
10. sixteen

```
one two three four five six seven
```
    eight nine ten eleven twelve
| a | table of some width that stays |
";
        let filled = "\
One two three four five
six seven eight nine.

- ten eleven twelve
  thirteen fourteen,
  `ls -l` then
- fifteen
10. sixteen

```
one two three four five six seven
```
    eight nine ten eleven twelve
| a | table of some width that stays |
";
        assert_eq!(styled(text, Style::choose(Color::Never, Some(25))), filled);
        assert_eq!(styled(text, Style::PLAIN), text);
    }
}
