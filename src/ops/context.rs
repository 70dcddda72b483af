//! What every story gets: what was asked globally, who listens, and the way to the daemon.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use super::Error;
use crate::engine::{self, Engine, Wish};
use crate::kernel::{Event, Ledger, Sink};
use crate::model::claim::Owner;
use crate::workdir::{self, State};

/// What was asked for globally, and the world outside as far as it is text.
#[derive(Debug, Clone, Default)]
pub struct Global {
    /// `--file`
    pub file: Option<PathBuf>,
    /// `--project`
    pub project: Option<String>,
    /// `--default`
    pub default: bool,
    /// `--host` and `--context`
    pub wish: Wish,
    /// The environment.
    pub environment: BTreeMap<String, String>,
    /// The command line, for the lock's owner.
    pub command: String,
    /// `--lock-timeout`
    pub lock_timeout: Duration,
    /// What this run has changed.
    pub ledger: Ledger,
}

/// One run of stackctl.
pub struct Session<'a> {
    /// What was asked for globally.
    pub global: &'a Global,
    /// Who listens.
    pub sink: &'a dyn Sink,
}

impl Session<'_> {
    /// Connects to the daemon.
    pub async fn engine(&self) -> Result<Engine, Error> {
        let engine = self.unasked_engine()?;
        engine.daemon().await?;
        Ok(engine)
    }

    /// The same for a story that asks for the version only when something is to be changed.
    pub fn unasked_engine(&self) -> Result<Engine, Error> {
        Ok(Engine::open(self.choice()?)?.recording(self.global.ledger.clone()))
    }

    fn choice(&self) -> Result<engine::Choice, Error> {
        let choice = engine::choose(&self.global.wish, &self.global.environment)?;
        self.sink.send(Event::Daemon { host: choice.host.to_string() });
        Ok(choice)
    }

    /// The state directory of a stack.
    pub fn state(&self, stack: &str) -> State {
        State::of(stack, &self.global.environment)
    }

    /// This run, for the locks it takes.
    pub fn owner(&self) -> Owner {
        workdir::this_process(&self.global.command, &self.global.environment)
    }

    /// Says something worth knowing.
    pub fn note(&self, message: impl Into<String>) {
        self.sink.send(Event::Note { message: message.into() });
    }

    /// Says something that works and should be looked at.
    pub fn warn(&self, message: impl Into<String>) {
        self.sink.send(Event::Warning { message: message.into() });
    }
}
