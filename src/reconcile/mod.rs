//! What is meant × what there is → what to do. Pure: no I/O, no clock, no Docker.
//!
//! Everything the executor will do is decided here and can be read as text.

mod change;
mod claim;
mod heal;
mod lifecycle;
mod up;

use crate::model::plan::Unavailable;

pub use change::spec_json;
pub use claim::Claim;
pub use lifecycle::{Verb, down, lifecycle};
pub use up::{up, with_needs};

/// What was asked for.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Only these components and what they need; empty: all.
    pub components: Vec<String>,
    /// Remove containers of components that are no longer in the stack.
    pub remove_orphans: bool,
    /// Where this run comes from.
    pub claim: Claim,
    /// Components whose image cannot be had.
    pub unavailable: Vec<Unavailable>,
}

/// Something in the way that stackctl does not own and will not touch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What it is.
    pub message: String,
    /// What to do about it.
    pub hint: String,
}

/// Ending of the name of a container that waits to replace another.
pub const NEW: &str = ".new";
/// Ending of the name of a container that is being replaced.
pub const OLD: &str = ".old";

#[cfg(test)]
mod tests;
