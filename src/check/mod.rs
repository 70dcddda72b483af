//! Stack × rendered files → diagnostics. Pure; never stops at the first.

use crate::kernel::Diagnostic;
use crate::model::artifact::Artifact;
use crate::model::stack::Stack;
use crate::source::Document;

/// Everything that is wrong with the rendered files.
pub fn check(_document: &Document, _stack: &Stack, _artifacts: &[Artifact]) -> Vec<Diagnostic> {
    Vec::new()
}
