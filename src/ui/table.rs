//! Aligned columns without lines. The last one is wrapped at spaces so that a table fits 80 characters;
//! nothing is ever cut off, because people copy from tables.

use super::style::Style;

/// Widest table that is aimed at, in characters.
pub(super) const WIDTH: usize = 80;

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
    let columns = heading.len();
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.text.chars().count());
        cells.chain(heading.get(column).map(|text| text.chars().count())).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let used: usize = widths.iter().take(columns.saturating_sub(1)).map(|width| width + 2).sum();
    let last = WIDTH.saturating_sub(used).max(20);
    let mut out = String::new();
    let head: Vec<Cell> = heading.iter().map(|text| Cell::new(*text, Style::bold)).collect();
    for row in std::iter::once(&head).chain(rows) {
        let mut line = String::new();
        for (column, cell) in row.iter().enumerate() {
            let text = if column + 1 == columns { wrap(&cell.text, last, used) } else { cell.text.clone() };
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

/// Words on lines of at most `width`, further lines indented; a longer word stands alone and whole.
pub(super) fn wrap(text: &str, width: usize, indent: usize) -> String {
    let mut out = String::new();
    let mut length = 0;
    for word in text.split(' ') {
        let word_length = word.chars().count();
        if length > 0 && length + 1 + word_length > width {
            out.push('\n');
            out.push_str(&" ".repeat(indent));
            length = 0;
        } else if length > 0 {
            out.push(' ');
            length += 1;
        }
        out.push_str(word);
        length += word_length;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::table;
    use crate::ui::Style;

    #[test]
    fn columns_are_aligned_and_the_last_one_is_wrapped_at_spaces() {
        let long = format!("{} {}", "y".repeat(40), "z".repeat(40));
        let rows = vec![vec!["a".into(), "x".into()], vec!["long".into(), long.into()]];
        let expected = format!("NAME  WHAT\na     x\nlong  {}\n      {}\n", "y".repeat(40), "z".repeat(40));
        assert_eq!(table(&["NAME", "WHAT"], &rows, Style::PLAIN), expected);
    }
}
