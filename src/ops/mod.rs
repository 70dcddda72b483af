//! Stories: one file per use case. Options in, events out, a report back. Nothing here prints.

mod context;
mod error;
mod load;
mod logs;

pub use context::{Global, Session};
pub use error::Error;
pub use load::{Generate, Loaded, load, render};
pub use logs::{LogsOptions, logs};
