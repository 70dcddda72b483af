//! What `runbook` returns: the alerts of the stack, or one of them with what to do about it.

use serde::Serialize;

use crate::kernel::Diagnostic;

/// `runbook` without a name
#[derive(Debug, Clone, Serialize)]
pub struct AlertsReport {
    /// One row per alert, in the order of the rule files.
    pub alerts: Vec<Alert>,
}

/// `runbook ALERT`
#[derive(Debug, Clone, Serialize)]
pub struct RunbookReport {
    /// The alert's name.
    pub name: String,
    /// The rule as it is rendered; none when this stack does not have it.
    pub alert: Option<Alert>,
    /// Path of the runbook: the user's, or the embedded one.
    pub origin: Option<String>,
    /// The runbook in Markdown; none when nobody has written one.
    pub text: Option<String>,
    /// Why nothing is said of the stack.
    #[serde(skip)]
    pub diagnostics: Vec<Diagnostic>,
}

/// An alert of this stack.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Alert {
    /// `alert`.
    pub name: String,
    /// The rule file.
    pub file: String,
    /// How bad it is.
    pub severity: String,
    /// What kind of trouble it is.
    pub category: String,
    /// How soon somebody must answer.
    pub response: Option<String>,
    /// One line; `<instance>` stands for a label.
    pub summary: String,
    /// `expr`.
    pub expression: String,
    /// `for`.
    pub waits: Option<String>,
    /// The number in it that `stack.yml` may change.
    pub threshold: Option<Limit>,
    /// There is a runbook.
    pub runbook: bool,
}

/// A threshold and its value in this stack.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Limit {
    /// Value in this stack.
    pub value: f64,
    /// Value when `stack.yml` says nothing.
    pub default: f64,
    /// `ratio`, `seconds`, `count` and the like.
    pub unit: String,
    /// What it means.
    pub doc: String,
    /// Key in `stack.yml`.
    pub key: String,
}
