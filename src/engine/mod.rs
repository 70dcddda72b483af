//! The only door to Docker. Knows how to ask and how to act on one object; decides nothing.

mod claims;
mod connect;
mod containers;
mod courier;
mod error;
mod events;
mod helper;
mod host;
mod image_archive;
mod image_records;
mod images;
mod info;
mod kinship;
mod logs;
mod objects;
mod observe;
mod record;
mod request;
mod revisions;
mod tool;
mod transport;
mod users;

use std::sync::Arc;
use std::time::Duration;

use bollard::Docker;
use tokio::sync::OnceCell;

use crate::kernel::{Ledger, Version};

pub use containers::{Ended, Inspected};
pub use courier::{Delivery, Parcel};
pub use error::{EngineError, Unreachable};
pub use events::ContainerEvent;
pub use host::{Choice, Host, HostError, Wish, choose, contexts};
pub use image_archive::{ArchivedImage, archived};
pub use images::{LocalImage, PullProgress};
pub use info::{ControlGroups, DaemonInfo, HostPort, Isolation};
pub use logs::{LogLine, LogQuery};
pub use observe::Listed;
pub use tool::{ToolFile, ToolRun};
pub use users::{Named, User};

/// Oldest API version that is supported: Docker 20.10.
pub const OLDEST_API: &str = "1.41";

/// A connection to one Docker daemon.
#[derive(Debug, Clone)]
pub struct Engine {
    docker: Docker,
    /// How the daemon was chosen and where it is.
    pub choice: Choice,
    /// Longest time that one run of a tool may take.
    pub tool_limit: Duration,
    /// What it says about itself, once it was asked.
    daemon: Arc<OnceCell<Daemon>>,
    /// What was changed through this connection.
    ledger: Ledger,
}

/// The software behind the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Product {
    /// Docker, or Moby under another name.
    Docker,
    /// Podman, whose API service speaks Docker's API.
    Podman,
}

impl Product {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Docker => "Docker",
            Self::Podman => "Podman",
        }
    }

    /// Its command, for advice.
    pub fn command(self) -> &'static str {
        match self {
            Self::Docker => "docker",
            Self::Podman => "podman",
        }
    }
}

/// What a daemon says about itself.
#[derive(Debug, Clone)]
pub struct Daemon {
    /// Which software it is.
    pub product: Product,
    /// Version of the engine: `20.10.24`; that of Podman when it is Podman.
    pub version: String,
    /// Version of its API: `1.41`.
    pub api: Version,
    /// Operating system and architecture: `linux/amd64`.
    pub platform: String,
}

impl Daemon {
    /// True when its API has what came with this version.
    pub fn has(&self, api: &str) -> bool {
        self.api.since(api)
    }
}

/// How long an ordinary call may take.
const CALL: Duration = Duration::from_secs(60);

impl Engine {
    /// A connection that has not been used: whether a daemon answers shows with the first call.
    pub fn open(choice: Choice) -> Result<Self, EngineError> {
        connect::open(choice)
    }

    /// Connects and asks the daemon for its version.
    pub async fn connect(choice: Choice) -> Result<Self, EngineError> {
        let engine = Self::open(choice)?;
        engine.daemon().await?;
        Ok(engine)
    }

    /// Whether a daemon answers at all, and soon. Costs a daemon next to nothing; its version costs it two processes.
    pub async fn answers(&self) -> Result<(), EngineError> {
        connect::ping(&self.docker, &self.choice.host).await
    }

    /// What the daemon says about itself, asked once. An error when it is too old, or does not answer in time.
    pub async fn daemon(&self) -> Result<&Daemon, EngineError> {
        self.daemon.get_or_try_init(|| connect::ask(&self.docker, &self.choice.host)).await
    }

    /// The same connection for calls that may take this long.
    fn patient(&self, extra: Duration) -> Docker {
        self.docker.clone().with_timeout(CALL + extra)
    }
}
