//! Reports for people. One file per report; the same struct is what `--format json` prints.

mod apply;
mod catalog;
mod doctor;
mod endpoints;
mod files;
mod health;
mod plan;
mod rule_tests;
mod runbooks;
mod status;

use super::style::Style;
use crate::kernel::Diagnostic;

/// A report that can be shown.
pub trait View {
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

    /// Findings to show before it.
    fn diagnostics(&self) -> &[Diagnostic] {
        &[]
    }
}
