//! Files with secrets that components need: where they come from and how they are written.

use super::component::OnChange;
use super::node::At;
use super::shape::SecretContent;

/// A file with a secret that a component needs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SecretFile {
    /// Its name below the component's `secrets/` directory.
    pub name: String,
    /// The component that reads it.
    pub component: String,
    /// Where it lies here.
    pub source: SecretSource,
    /// How it is written for the component.
    pub form: SecretForm,
    /// What may be in it.
    pub content: SecretContent,
    /// What a change of it asks for.
    pub on_change: OnChange,
    /// Nothing outside of the stack has to know it: any value will do.
    pub may_generate: bool,
    /// Where `stack.yml` names it.
    pub at: At,
}

/// How a secret is written for the component that reads it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum SecretForm {
    /// As it is, without the line end of its file.
    Plain,
    /// As the JSON map `{"<address>": "<secret>"}`.
    MapTo { address: String },
}

/// Where a secret comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum SecretSource {
    /// A file the user names, as written in `stack.yml`.
    File(String),
    /// Made by stackctl on first use and kept in its state directory under this name.
    Generated(String),
}
