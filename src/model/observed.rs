//! What the daemon has of this stack: containers, volumes, networks, images, seen once.

use std::collections::BTreeMap;

use super::origin::Record;
use crate::kernel::Version;

/// The snapshot.
#[derive(Debug, Clone, Default)]
pub struct Observed {
    /// Containers that stackctl made for the stack.
    pub containers: Vec<SeenContainer>,
    /// Containers that stackctl made for the stack and that have another name now.
    pub renamed: Vec<Renamed>,
    /// Containers of others that have a name the stack needs, or labels copied from one of its containers: name to id.
    pub foreign_names: BTreeMap<String, String>,
    /// The stack's record; none for a stack that does not exist, or that an older stackctl made.
    pub record: Option<Record>,
    /// Another run holds the stack, or was killed while it did.
    pub is_claimed: bool,
    /// Volumes with the stack's label, without the record and the lock.
    pub volumes: Vec<SeenVolume>,
    /// Names of volumes without the label.
    pub foreign_volumes: Vec<String>,
    /// Networks with the stack's label.
    pub networks: Vec<SeenNetwork>,
    /// Names of all other networks.
    pub foreign_networks: Vec<String>,
    /// Images by component, where there is one that can be used.
    pub images: BTreeMap<String, SeenImage>,
    /// Files that differ from the delivered ones, by component; only for those whose revision differs.
    pub changed_files: BTreeMap<String, Vec<String>>,
}

/// A container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenContainer {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Component it is or was for.
    pub component: String,
    /// `component`, `tool` or `courier`.
    pub role: String,
    /// Digest of the specification it was made from.
    pub spec: String,
    /// The specification itself, as JSON.
    pub spec_json: String,
    /// Id of its image.
    pub image_id: String,
    /// State.
    pub state: State,
    /// The configuration it was given: target of the `current` link in its volume.
    pub revision: Option<String>,
    /// Address of the host in the stack's network when it was made.
    pub gateway: Option<String>,
    /// Its own address in the stack's network.
    pub address: Option<String>,
    /// The engine's words: `Up 3 minutes`.
    pub status: String,
}

/// A container of the stack that was given another name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renamed {
    /// Name that it has now.
    pub name: String,
    /// Id.
    pub id: String,
    /// Name that it was given by stackctl.
    pub proper: String,
}

/// State of a container, as the engine names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Made, never started.
    Created,
    /// Running.
    Running,
    /// Running, frozen.
    Paused,
    /// Between two starts.
    Restarting,
    /// Ended.
    Exited,
    /// Being removed.
    Removing,
    /// The engine could not remove it.
    Dead,
}

impl State {
    /// The engine's word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Restarting => "restarting",
            Self::Exited => "exited",
            Self::Removing => "removing",
            Self::Dead => "dead",
        }
    }
}

/// A volume.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenVolume {
    /// Name.
    pub name: String,
    /// Component it belongs to.
    pub component: String,
}

/// A network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenNetwork {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Address of the host in it.
    pub gateway: Option<String>,
}

/// How an image that carries stackctl's labels came to the daemon.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImageRecord {
    /// `built`, `loaded` or `adopted`.
    pub how: String,
    /// The machine that stackctl ran on.
    pub host: String,
    /// The user.
    pub user: String,
}

impl std::fmt::Display for ImageRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} on `{}` by `{}`", self.how, self.host, self.user)
    }
}

/// An image that can be used for a component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenImage {
    /// How to name it in a request.
    pub reference: String,
    /// Id.
    pub id: String,
    /// Version of the software inside, when it is known.
    pub version: Option<Version>,
    /// Where it was built from, when it is not the upstream image: `debian/trixie`.
    pub source: Option<String>,
    /// How stackctl got it, when it is not the upstream image.
    pub record: Option<ImageRecord>,
    /// Processor architecture.
    pub architecture: String,
}

impl SeenContainer {
    /// The name of its component's container, which differs from its own while one is replaced by the other.
    pub fn proper_name(&self) -> String {
        let spec: Option<serde_json::Value> = serde_json::from_str(&self.spec_json).ok();
        let named = spec.as_ref().and_then(|spec| spec["name"].as_str()).map(str::to_owned);
        named.unwrap_or_else(|| self.name.split('.').next().unwrap_or_default().to_owned())
    }
}

impl Observed {
    /// True when the daemon has nothing of the stack.
    pub fn is_empty(&self) -> bool {
        self.record.is_none()
            && self.containers.is_empty()
            && self.volumes.is_empty()
            && self.networks.is_empty()
    }

    /// The container of a component, by its proper name.
    pub fn container(&self, name: &str) -> Option<&SeenContainer> {
        self.containers.iter().find(|container| container.name == name)
    }

    /// The stack's network.
    pub fn network(&self, name: &str) -> Option<&SeenNetwork> {
        self.networks.iter().find(|network| network.name == name)
    }
}
