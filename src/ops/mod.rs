//! Stories: one file per use case. Options in, events out, a report back. Nothing here prints.

mod context;
mod error;
mod images;
mod load;

pub use context::{Global, Session};
pub use error::Error;
pub use load::{Generate, Loaded, load, render};
