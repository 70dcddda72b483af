//! Command lines that cannot be understood.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue};

use crate::kernel::{Exit, text};
use crate::model::report::Failure;
use crate::ui::{Color, Format, Ui, Verbosity};

/// Prints the answer of clap. Help and version are answers, everything else is a wrong request: with `--format json`
/// that is a failure like all others.
pub fn refused(error: &clap::Error, arguments: &[OsString]) -> Exit {
    if !error.use_stderr() {
        let _ = error.print();
        return Exit::Ok;
    }
    if wants_json(arguments) {
        Ui::new(Format::Json, Color::Never, Verbosity::Normal).failure(&failure(error));
    } else {
        crate::ui::usage_error(&error.render().to_string());
    }
    Exit::Usage
}

/// Whether the command line asks for JSON, as far as it can be read.
fn wants_json(arguments: &[OsString]) -> bool {
    let words: Vec<&str> =
        arguments.iter().filter_map(|word| word.to_str()).take_while(|word| *word != "--").collect();
    let last = words.iter().enumerate().rev().find_map(|(at, word)| match word.strip_prefix("--format") {
        Some("") => words.get(at + 1).copied(),
        Some(value) => value.strip_prefix('='),
        None => None,
    });
    last == Some("json")
}

/// What clap reports, in the shape of every other failure.
fn failure(error: &clap::Error) -> Failure {
    let text = text::brief(error.to_string());
    let mut hints = Vec::new();
    let mut paragraphs =
        text.split("\n\n").map(|paragraph| paragraph.split_whitespace().collect::<Vec<_>>().join(" "));
    let first = paragraphs.next().unwrap_or_default();
    let message = first.strip_prefix("error: ").unwrap_or(&first).to_owned();
    for joined in paragraphs {
        let hint = joined.strip_prefix("tip: ").or_else(|| joined.strip_prefix("hint: "));
        hints.extend(hint.map(|hint| hint.replace(" tip: ", "; ")));
    }
    if hints.is_empty() {
        let usage = error.context().find_map(|(kind, value)| match (kind, value) {
            (ContextKind::Usage, ContextValue::StyledStr(usage)) => Some(usage.to_string()),
            _ => None,
        });
        let usage = usage.map(|usage| usage.split_whitespace().collect::<Vec<_>>().join(" "));
        hints.push(usage.unwrap_or_else(|| "`stackctl --help` lists the commands and options".to_owned()));
    }
    Failure { message, hint: Some(hints.join("; ")), exit: Exit::Usage.code(), ..Failure::default() }
}

#[cfg(test)]
mod tests {
    use super::{failure, wants_json};
    use crate::cli::definition;

    fn words(line: &str) -> Vec<std::ffi::OsString> {
        line.split(' ').map(Into::into).collect()
    }

    #[test]
    fn the_wish_for_json_is_found_in_a_line_that_cannot_be_read() {
        for line in ["stackctl --format json up --wat", "stackctl up --wat --format=json"] {
            assert!(wants_json(&words(line)), "{line}");
        }
        for line in [
            "stackctl up --wat",
            "stackctl --format human x",
            "stackctl x -- --format json",
            "stackctl --format",
        ] {
            assert!(!wants_json(&words(line)), "{line}");
        }
    }

    #[test]
    fn a_wrong_command_line_is_a_failure_with_a_next_step() {
        for (line, message, hint) in [
            ("stackctl up --timout 3s", "unexpected argument '--timout' found", "--timeout"),
            ("stackctl", "", "stackctl"),
            ("stackctl statsu", "unrecognized subcommand 'statsu'", "status"),
        ] {
            let error = definition().try_get_matches_from(words(line)).unwrap_err();
            let failure = failure(&error);
            assert!(failure.message.contains(message), "{line}: {failure:?}");
            assert!(failure.hint.as_ref().is_some_and(|text| text.contains(hint)), "{line}: {failure:?}");
            assert_eq!(failure.exit, 2);
        }
    }
}
