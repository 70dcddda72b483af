//! Reports for people. One file per report; the same struct is what `--format json` prints.

mod apply;
mod catalog;
mod doctor;
mod endpoints;
mod files;
mod health;
mod init;
mod plan;
mod rule_tests;
mod runbooks;
mod secrets;
mod status;
mod targets;

use super::style::Style;
use crate::kernel::Diagnostic;

/// A report that can be shown.
pub trait View {
    /// The line above it when it is printed again and again.
    fn title(&self) -> Option<String> {
        None
    }

    /// The text for stdout.
    fn view(&self, style: Style) -> String;

    /// True for a report whose text is not a file or a list that other programs take; its last line names the stack.
    fn names_stack(&self) -> bool {
        true
    }

    /// Lines for stderr, each beginning with `warning:`, `note:` or `hint:`.
    fn aside(&self) -> Vec<String> {
        Vec::new()
    }

    /// For a report that only says whether things are as they should be: the lines that are left of it with `--quiet`. None:
    /// the report is what was asked for.
    fn errors(&self) -> Option<Vec<String>> {
        None
    }

    /// Files as they are, in which no character may be replaced.
    fn is_verbatim(&self) -> bool {
        false
    }

    /// Findings to show before it.
    fn diagnostics(&self) -> &[Diagnostic] {
        &[]
    }
}
