//! What every story gets: what was asked globally, who listens, and the way to the daemon.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use super::Error;
use crate::engine::{self, Engine, Wish};
use crate::kernel::{Event, Ledger, Sink, text, units};
use crate::model::claim::Owner;
use crate::workdir::{self, State};

/// Names the longest time that one run of promtool or amtool may take.
const TOOL_TIMEOUT: &str = "STACKCTL_TOOL_TIMEOUT";

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
        let mut engine = Engine::open(self.choice()?)?.recording(self.global.ledger.clone());
        if let Some(limit) = self.tool_limit()? {
            engine.tool_limit = limit;
        }
        Ok(engine)
    }

    /// The longest time that one run of promtool or amtool may take, when the environment sets it.
    fn tool_limit(&self) -> Result<Option<Duration>, Error> {
        let Some(text) = self.global.environment.get(TOOL_TIMEOUT).filter(|text| !text.is_empty()) else {
            return Ok(None);
        };
        match units::parse_duration(text).filter(|limit| limit.as_secs() > 0) {
            Some(limit) => Ok(Some(limit)),
            None => Err(Error::Usage {
                message: format!("{TOOL_TIMEOUT} is `{}`, which is not a duration", text::shown(text)),
                hint: format!("set it to a duration of at least 1s, for example {TOOL_TIMEOUT}=15m"),
            }),
        }
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
