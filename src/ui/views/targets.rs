//! The targets of Prometheus: the counts, and those that are not up.

use crate::model::health::Targets;
use crate::ui::style::Style;
use crate::ui::table::{Cell, table};

/// Counts in one line, then a row for each target that is not up, `most` of them.
pub fn text(targets: &Targets, most: usize, style: Style) -> String {
    let summary = targets.summary();
    let painted = match (targets.down.is_empty(), targets.unknown.is_empty()) {
        (false, _) => style.red(&summary),
        (true, false) => style.yellow(&summary),
        (true, true) => style.green(&summary),
    };
    let mut out = format!("{painted}\n");
    let down = targets.down.iter().map(|row| (row, "down", Style::red as fn(Style, &str) -> String));
    let unknown = targets.unknown.iter().map(|row| (row, "unknown", Style::yellow as _));
    let rows: Vec<Vec<Cell>> = down
        .chain(unknown)
        .take(most)
        .map(|(row, word, paint)| {
            vec![
                row.job.clone().into(),
                row.address.clone().into(),
                Cell::new(word, paint),
                row.reason.clone().into(),
            ]
        })
        .collect();
    if !rows.is_empty() {
        out.push_str(&table(&["JOB", "TARGET", "STATE", "REASON"], &rows, style));
    }
    let more = (targets.down.len() + targets.unknown.len()).saturating_sub(most);
    if more > 0 {
        out.push_str(&format!("and {more} more; `stackctl health` lists them\n"));
    }
    out
}

/// A line for each target that is down.
pub fn errors(targets: Option<&Targets>) -> Vec<String> {
    let down = targets.map(|targets| targets.down.as_slice()).unwrap_or_default();
    down.iter()
        .map(|row| format!("error: target {} of {} is down: {}", row.address, row.job, row.reason))
        .collect()
}
