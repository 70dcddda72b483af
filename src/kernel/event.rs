//! What just happened, as data. Operations send events to a [`Sink`]; only `ui` turns them into words.

use std::time::Duration;

use serde::Serialize;

use super::Secret;

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// As planned.
    Done,
    /// Not as planned; the cause follows in the report.
    Failed,
    /// Not begun, because something it needs failed.
    Skipped,
    /// Undone: what was there before is back.
    Restored,
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// Work on a subject began: `("container prometheus", "create")`.
    Started {
        /// The step's subject: `container prometheus`, `image grafana`.
        subject: String,
        /// What is being done, as a verb: `create`, `reload`, `pull`.
        action: String,
    },
    /// Progress within a subject: bytes of a layer, seconds of a wait.
    Progress {
        /// The same subject as in [`Event::Started`].
        subject: String,
        /// What is going on now: `layer 3f4e…`, `waiting for /-/ready`.
        detail: String,
        /// How far, in units of `total`.
        current: u64,
        /// The whole, or 0 when it is not known.
        total: u64,
    },
    /// Work on a subject ended.
    Finished {
        /// The same subject as in [`Event::Started`].
        subject: String,
        /// How it ended.
        outcome: Outcome,
        /// One line for a person: `ready after 0.4s`, or the cause of the failure.
        detail: String,
        /// How long it took.
        #[serde(rename = "elapsed_ms", serialize_with = "millis")]
        elapsed: Duration,
    },
    /// The stack that the command acts on or reports about.
    Stack {
        /// Its name.
        name: String,
        /// The stack file; none for the built-in stack.
        file: Option<String>,
        /// The last directory that was searched in vain for a stack file; none when the user chose the stack.
        searched: Option<String>,
    },
    /// The daemon that is asked.
    Daemon {
        /// Its address.
        host: String,
    },
    /// Something worth knowing that needs no action now.
    Note {
        /// One sentence.
        message: String,
    },
    /// Something that works and should be looked at.
    Warning {
        /// One sentence.
        message: String,
    },
}

fn millis<S: serde::Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
}

/// Who listens to events.
pub trait Sink: Send + Sync {
    /// Takes one event. Must not block for long and must not fail.
    fn send(&self, event: Event);
}

/// Who is asked for what only the user knows.
pub trait Prompt: Send + Sync {
    /// True when a person can answer.
    fn is_interactive(&self) -> bool;

    /// The answer to a question, which is not shown while it is typed; none when there is none.
    fn secret(&self, question: &str) -> Option<Secret>;
}
