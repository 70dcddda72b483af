//! Reports of `secrets`: where the secrets of a stack are. Only `secrets show` has a value.

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

/// `secrets show`: the value of one secret.
#[derive(Clone, Serialize)]
pub struct SecretValue {
    /// Component that reads it.
    pub component: String,
    /// Name.
    pub name: String,
    /// File.
    pub path: String,
    /// The value itself.
    pub value: String,
}

impl std::fmt::Debug for SecretValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{} in {}", self.component, self.name, self.path)
    }
}

/// `secrets rotate`: where the new value is.
#[derive(Debug, Clone, Serialize)]
pub struct RotatedSecret {
    /// Component that reads it.
    pub component: String,
    /// Name.
    pub name: String,
    /// File.
    pub path: String,
}

/// `secrets init`: what became of the secrets that stack.yml names by file.
#[derive(Debug, Clone, Default, Serialize)]
pub struct SecretsInit {
    /// Files that were written.
    pub written: Vec<InitRow>,
    /// Files that were there and stayed as they were.
    pub kept: Vec<InitRow>,
    /// Files that are still missing.
    pub missing: Vec<InitRow>,
}

/// One file with a secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InitRow {
    /// Setting of stack.yml that names it.
    pub setting: String,
    /// File.
    pub path: String,
    /// The value was generated; otherwise it was typed, or is missing.
    pub generated: bool,
}
