//! Aligned columns without lines, at most as wide as asked for where that is possible.

use super::style::Style;

/// Widest table that is aimed at, in characters.
const WIDTH: usize = 80;

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

/// A table with a heading. The last column may be shortened to fit.
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
            let text = if column + 1 == columns { shorten(&cell.text, last) } else { cell.text.clone() };
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

fn shorten(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    text.chars().take(width.saturating_sub(1)).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::table;
    use crate::ui::Style;

    #[test]
    fn columns_are_aligned_and_the_last_one_is_shortened() {
        let rows = vec![vec!["a".into(), "x".into()], vec!["long".into(), "y".repeat(100).into()]];
        let expected = format!("NAME  WHAT\na     x\nlong  {}…\n", "y".repeat(73));
        assert_eq!(table(&["NAME", "WHAT"], &rows, Style::PLAIN), expected);
    }
}
