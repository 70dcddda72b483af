//! What `init` did.

use serde::Serialize;

/// `init`
#[derive(Debug, Clone, Serialize)]
pub struct InitReport {
    /// The file that was written.
    pub path: String,
    /// The preset it was made from.
    pub preset: Option<String>,
    /// The name of the stack.
    pub name: String,
    /// Files with secrets that it wants and that are not there.
    pub missing_secrets: Vec<String>,
    /// Commands to run next, in order.
    pub next: Vec<String>,
}

/// `init --preset list`
#[derive(Debug, Clone, Serialize)]
pub struct PresetsReport {
    /// The presets.
    pub presets: Vec<PresetRow>,
}

/// One preset.
#[derive(Debug, Clone, Serialize)]
pub struct PresetRow {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub title: String,
}
