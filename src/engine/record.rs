//! Calls that change something are written down; calls that read are repeated when their answer was cut off.

use super::containers::object;
use super::{Engine, EngineError};
use crate::kernel::Ledger;

/// The effect of a call that succeeded.
pub(super) enum Effect {
    /// An object that was not there.
    Create(String),
    /// Another state of an object that was there.
    Change(String, &'static str),
    /// An object that was there.
    Remove(String),
}

impl Engine {
    /// The same connection, with a ledger of its own.
    #[must_use]
    pub fn recording(&self, ledger: Ledger) -> Self {
        Self { ledger, ..self.clone() }
    }

    /// What this connection has changed.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Writes down that a container was created; returns its id.
    pub(super) fn record_container(
        &self,
        made: Result<String, EngineError>,
        name: &str,
    ) -> Result<String, EngineError> {
        let key = made.as_ref().map_or_else(|_| object(name), |id| object(id));
        self.ledger.name(key.clone(), object(name));
        self.record(made, Effect::Create(key))
    }

    /// Writes down the effect of a call. Without an answer it may have had its effect or not.
    pub(super) fn record<T>(&self, answer: Result<T, EngineError>, effect: Effect) -> Result<T, EngineError> {
        let ledger = &self.ledger;
        let is_unknown = answer.as_ref().is_err_and(EngineError::is_unanswered);
        match effect {
            Effect::Create(object) if answer.is_ok() => ledger.create(object, "create"),
            Effect::Change(object, change) if answer.is_ok() => ledger.change(object, change),
            Effect::Remove(object) if answer.is_ok() => ledger.remove(object),
            Effect::Create(object) if is_unknown => ledger.create(object, "create (Docker did not answer)"),
            Effect::Change(object, change) if is_unknown => {
                ledger.change(object, format!("{change} (Docker did not answer)"));
            }
            Effect::Remove(object) if is_unknown => ledger.change(object, "remove (Docker did not answer)"),
            _ => {}
        }
        answer
    }
}

/// Repeats a read once whose answer was cut off in the middle.
pub(super) async fn read<T, F>(call: impl Fn() -> F) -> Result<T, EngineError>
where
    F: Future<Output = Result<T, EngineError>>,
{
    match call().await {
        Err(EngineError::Broken { .. }) => call().await,
        other => other,
    }
}
