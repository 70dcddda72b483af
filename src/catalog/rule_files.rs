//! The rule files and the numbers in them that a user may change.

use crate::model::rules::RuleFile;

/// Every rule file.
pub const ALL: &[RuleFile] = &[];
