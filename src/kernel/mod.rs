//! The words every module may speak: names, secrets, digests, labels, diagnostics, events, exit codes.
//!
//! Nothing here touches the world: no I/O, no clock, no environment.

pub mod address;
pub mod credentials;
pub mod diagnostic;
pub mod digest;
pub mod event;
pub mod exit;
pub mod labels;
pub mod ledger;
pub mod secret;
pub mod text;
pub mod units;
pub mod version;

pub use diagnostic::{Diagnostic, Place, Severity};
pub use event::{Event, Outcome, Prompt, Sink};
pub use exit::Exit;
pub use ledger::Ledger;
pub use secret::Secret;
pub use version::Version;
