//! Stories: one file per use case. Options in, events out, a report back. Nothing here prints.

mod context;
pub mod doctor;
mod error;
mod load;

pub use context::{Global, Session};
pub use error::Error;
pub use load::{Generate, Loaded, load, render};
