//! Aligned columns without lines. On a terminal the last one is wrapped at spaces so that the table fits; in a pipe each row
//! is one line, for grep. Nothing is ever cut off, because people copy from tables.

use super::style::Style;
use super::wrap::hang;

/// A cell and how it is painted.
#[derive(Debug, Clone)]
pub struct Cell {
    text: String,
    paint: fn(Style, &str) -> String,
}

impl Cell {
    /// Painted.
    pub fn new(text: impl Into<String>, paint: fn(Style, &str) -> String) -> Self {
        Self { text: text.into(), paint }
    }
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self { text: text.into(), paint: |_, text| text.to_owned() }
    }
}

/// A table with a heading.
pub fn table(heading: &[&str], rows: &[Vec<Cell>], style: Style) -> String {
    let encoded = |cell: &Cell| Cell { text: style.encode(&cell.text).into_owned(), ..*cell };
    let rows: Vec<Vec<Cell>> = rows.iter().map(|row| row.iter().map(encoded).collect()).collect();
    let columns = heading.len();
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.text.chars().count());
        cells.chain(heading.get(column).map(|text| text.chars().count())).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let used: usize = widths.iter().take(columns.saturating_sub(1)).map(|width| width + 2).sum();
    let mut out = String::new();
    let head: Vec<Cell> = heading.iter().map(|text| Cell::new(*text, Style::bold)).collect();
    for row in std::iter::once(&head).chain(&rows) {
        let mut line = String::new();
        for (column, cell) in row.iter().enumerate() {
            let text = if column + 1 == columns {
                hang(&cell.text, used, used, style.width())
            } else {
                cell.text.clone()
            };
            let padding = widths.get(column).map_or(0, |width| width.saturating_sub(text.chars().count()));
            line.push_str(&(cell.paint)(style, &text));
            if column + 1 < columns {
                line.push_str(&" ".repeat(padding + 2));
            }
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::table;
    use crate::ui::{Color, Style};

    fn drawn(style: Style) -> String {
        let long = format!("{} {}", "y".repeat(40), "z".repeat(40));
        table(&["NAME", "WHAT"], &[vec!["a".into(), "x".into()], vec!["long".into(), long.into()]], style)
    }

    #[test]
    fn on_a_terminal_columns_are_aligned_and_the_last_one_is_wrapped_at_spaces() {
        let expected = format!("NAME  WHAT\na     x\nlong  {}\n      {}\n", "y".repeat(40), "z".repeat(40));
        assert_eq!(drawn(Style::choose(Color::Never, Some(80))), expected);
        let wide = format!("NAME  WHAT\na     x\nlong  {} {}\n", "y".repeat(40), "z".repeat(40));
        assert_eq!(drawn(Style::choose(Color::Never, Some(87))), wide);
    }

    #[test]
    fn in_a_pipe_each_row_is_one_line() {
        assert_eq!(drawn(Style::PLAIN).lines().count(), 3);
    }
}
