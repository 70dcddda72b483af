//! What the daemon has of this stack: containers, volumes, networks, images, seen once.

use std::collections::BTreeMap;

use crate::kernel::Version;

/// The snapshot.
#[derive(Debug, Clone, Default)]
pub struct Observed {
    /// Containers with the stack's label.
    pub containers: Vec<SeenContainer>,
    /// Containers without the label that have a name the stack needs: name to id.
    pub foreign_names: BTreeMap<String, String>,
    /// Volumes with the stack's label.
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
    /// Processor architecture.
    pub architecture: String,
}

impl Observed {
    /// True when the daemon has nothing of the stack.
    pub fn is_empty(&self) -> bool {
        self.containers.is_empty() && self.volumes.is_empty() && self.networks.is_empty()
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
