//! `secrets list`: what there is and where, never the value.

use serde::Serialize;

/// Every secret of a stack.
#[derive(Debug, Clone, Serialize)]
pub struct SecretsReport {
    /// Rows.
    pub secrets: Vec<SecretRow>,
}

/// One secret.
#[derive(Debug, Clone, Serialize)]
pub struct SecretRow {
    /// Component that reads it.
    pub component: String,
    /// Name.
    pub name: String,
    /// Made by stackctl.
    pub generated: bool,
    /// File.
    pub path: String,
    /// Why it cannot be used.
    pub problem: Option<String>,
}
