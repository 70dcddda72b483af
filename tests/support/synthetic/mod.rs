//! A synthetic application: it exposes the metrics of a system as that system's code does, from `tests/support/apps/`,
//! and takes on the faults that its alerts describe.

mod script;
mod server;

pub use script::{Change, Fault, Script};
pub use server::{Application, Sink};
