//! Log lines of components: what one is, how grave it is, and how it looks without colour.
//!
//! Pure, and of bounded work per line: whatever a component writes, only the beginning of a line is looked at.

mod json;
mod level;
mod line;
mod logfmt;
mod parse;
mod text;

pub use level::{Level, UnknownLevel};
pub use line::{Line, Stream};
pub use parse::{Parsed, parse};
pub use text::{colour_index, json, plain, without_colour};
