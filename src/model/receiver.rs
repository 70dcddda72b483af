//! The shape of a notification integration's row: how `stack.yml` and Alertmanager name its parts.

use super::shape::Kind;

/// One integration of Alertmanager.
#[derive(Debug)]
pub struct Integration {
    /// Key under a receiver in `stack.yml`.
    pub key: &'static str,
    /// Key under a receiver in `alertmanager.yml`.
    pub section: &'static str,
    /// First version of Alertmanager that knows it.
    pub since: Option<&'static str>,
    /// What Alertmanager says about `send_resolved` when nothing is set.
    pub send_resolved: bool,
    /// Its settings.
    pub settings: &'static [Setting],
    /// At least one of each group must be there.
    pub required: &'static [&'static [&'static str]],
}

/// One setting of an integration.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// Key in `stack.yml`.
    pub key: &'static str,
    /// Path in the integration's section; dots descend.
    pub target: &'static str,
    /// What the value may be. A [`Kind::SecretFile`] becomes the path of the delivered file.
    pub kind: Kind,
    /// First version of Alertmanager that knows it.
    pub since: Option<&'static str>,
    /// Written when `stack.yml` says nothing.
    pub default: Option<&'static str>,
    /// What it is for.
    pub doc: &'static str,
}
