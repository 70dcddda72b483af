//! Why a step did not succeed, and what is left of it.

use crate::kernel::Exit;
use crate::ops::Error;

/// A step that did not succeed.
#[derive(Debug, Default)]
pub struct Failed {
    /// Why, in one sentence.
    pub message: String,
    /// What to do next.
    pub hint: Option<String>,
    /// The last lines the component wrote.
    pub log: Vec<String>,
    /// What was there before is there again.
    pub restored: bool,
    /// Why it is not, when restoring failed as well.
    pub restore_error: Option<String>,
    /// The daemon went away in the middle.
    pub outage: bool,
    /// It was not a failure but a refusal for safety.
    pub refused: bool,
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        let refused = error.exit() == Exit::Refused;
        let outage = matches!(&error, Error::Engine(error) if error.is_outage());
        Self { message: error.to_string(), hint: error.hint(), refused, outage, ..Self::default() }
    }
}
