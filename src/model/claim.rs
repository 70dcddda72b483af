//! A claim: the object at the daemon with which one run of stackctl holds a stack.

use serde::{Deserialize, Serialize};

/// One object. A run that holds a stack for long renews its claim: the same token, a higher number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The run: random, never used again.
    pub token: String,
    /// How often it was renewed.
    pub renewal: u64,
    /// When the daemon created it, RFC 3339 by the daemon's clock; empty when the daemon does not report it.
    pub created: String,
    /// Which process it is.
    pub owner: Owner,
    /// What the process is about to do.
    pub intent: Intent,
}

/// A process that changes a stack.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Owner {
    /// Name of the user.
    pub user: String,
    /// Name of the machine.
    pub host: String,
    /// The running kernel and the namespaces in which the process id and the start time count.
    pub machine: String,
    /// Process id.
    pub pid: u32,
    /// Start of the process in clock ticks since boot; a process id alone may be used again.
    pub started: u64,
    /// Command line.
    pub command: String,
    /// Since when, RFC 3339, by the clock of the process.
    pub since: String,
}

impl Owner {
    /// ``ops@ci-runner, process 4711, `stackctl up`, since 2026-11-28T10:00:00Z``
    pub fn describe(&self) -> String {
        format!("{}@{}, process {}, `{}`, since {}", self.user, self.host, self.pid, self.command, self.since)
    }
}

/// What a run may have in flight when it is killed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Intent {
    /// `up`, `down`, …
    pub verb: String,
    /// Names of the containers that the run stops, restarts or removes.
    pub ending: Vec<String>,
}

impl Intent {
    /// The same with what another run may have left in flight.
    #[must_use]
    pub fn with(mut self, other: &Self) -> Self {
        self.ending.extend(other.ending.iter().cloned());
        self.ending.sort();
        self.ending.dedup();
        self
    }
}
