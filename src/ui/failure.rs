//! Why a command stopped: what, why, what has changed, what to do next.

use super::style::Style;
use crate::model::report::Failure;

/// The text of a failure.
pub fn render(failure: &Failure, style: Style) -> String {
    let mut text = format!("{}: {}\n", style.red("error"), failure.message);
    for cause in &failure.causes {
        match cause.strip_prefix("log: ") {
            Some(line) => text.push_str(&format!("  {} {}\n", style.dim("|"), line)),
            None => text.push_str(&format!("caused by: {cause}\n")),
        }
    }
    match failure.changed.as_slice() {
        [] => text.push_str(&format!("{}: nothing\n", style.dim("changed"))),
        changed => {
            changed.iter().for_each(|line| text.push_str(&format!("{}: {line}\n", style.dim("changed"))));
        }
    }
    if let Some(hint) = &failure.hint {
        text.push_str(&format!("{}: {hint}\n", style.cyan("hint")));
    }
    text
}
