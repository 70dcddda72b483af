//! Why a command stopped: what, why, what has changed, what to do next.

use super::style::Style;
use crate::model::report::Failure;

/// The text of a bug.
pub fn bug(reason: &str, place: &str, style: Style) -> String {
    style.fold(&format!(
        "{}: stackctl has a bug and cannot go on: {reason}\ncaused by: {place}, version {}\n{}: {}\n",
        style.red("error"),
        env!("CARGO_PKG_VERSION"),
        style.cyan("hint"),
        "what was done so far stays; `stackctl plan` shows what is left to do. Please report these lines with the command"
    ))
}

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
    style.fold(&text)
}

#[cfg(test)]
mod tests {
    use super::bug;
    use crate::ui::Style;

    #[test]
    fn a_bug_is_told_with_its_place_and_what_to_do() {
        let text = bug("index out of bounds", "src/a.rs:1:2", Style::PLAIN);
        assert!(
            text.starts_with("error: stackctl has a bug and cannot go on: index out of bounds\n"),
            "{text}"
        );
        assert!(text.contains("caused by: src/a.rs:1:2, version "), "{text}");
        assert!(text.contains("\nhint: "), "{text}");
    }
}
