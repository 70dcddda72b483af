//! One line that a component wrote.

use std::sync::Arc;

use serde::Serialize;

use super::Level;

/// Which of its two streams a program wrote to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Stream {
    /// Standard output.
    #[serde(rename = "stdout")]
    Out,
    /// Standard error.
    #[serde(rename = "stderr")]
    Err,
}

/// One line. Serialised it is the object that `logs --format json` prints.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// The component that wrote it.
    pub component: Arc<str>,
    /// Time at which the engine took it, RFC 3339 with nanoseconds, UTC: sorts as text.
    pub time: String,
    /// Where it was written to.
    pub stream: Stream,
    /// How grave it says it is; none when it does not say.
    pub level: Option<Level>,
    /// The line without its end and without colours. Not yet safe for a terminal: see [`super::plain`].
    pub text: String,
}
