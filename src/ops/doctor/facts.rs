//! Everything `doctor` looks at, seen once. Plain data, so that judging it needs neither Docker nor a machine.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::PathBuf;

use crate::engine::{Daemon, DaemonInfo, EngineError, HostError, HostPort};
use crate::workdir::Modes;
use crate::workdir::machine::{DaemonProcess, Listener, Release, Space};

/// All of it.
#[derive(Debug)]
pub struct Facts {
    /// The daemon.
    pub docker: Docker,
    /// This machine.
    pub machine: Machine,
    /// The stack, when its files could be read.
    pub stack: Option<StackFacts>,
}

/// What is known of the daemon.
#[derive(Debug)]
pub enum Docker {
    /// None could be chosen.
    NotChosen(HostError),
    /// It does not answer, or cannot be used.
    Unusable {
        /// Why it was chosen.
        because: String,
        /// What is wrong.
        error: EngineError,
        /// It is the daemon that `--fix` may install and start: this machine's own.
        ours_to_start: bool,
        /// It would be on this machine.
        local: bool,
    },
    /// It answers.
    Answers(Box<Answering>),
}

/// A daemon that answers.
#[derive(Debug)]
pub struct Answering {
    /// Where it is.
    pub host: String,
    /// Why it was chosen.
    pub because: String,
    /// On this machine.
    pub local: bool,
    /// Its versions.
    pub daemon: Daemon,
    /// What it says about itself; the error in words.
    pub info: Result<DaemonInfo, String>,
    /// Its clock minus this machine's, in seconds.
    pub clock: Option<i64>,
    /// Room in its directory, when that is on this machine.
    pub space: Option<Space>,
    /// Ports of the host that containers hold.
    pub ports: Vec<HostPort>,
    /// What it has of the stack.
    pub stack: Option<Seen>,
    /// Questions that it did not answer, in its words; what depends on them is not judged.
    pub unanswered: Vec<String>,
}

/// What the daemon has of the stack.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// Components whose container runs.
    pub running: Vec<String>,
    /// Containers that an interrupted run has left.
    pub leftovers: Vec<String>,
    /// Components whose image is there.
    pub images: Vec<String>,
    /// Registries that were asked, by name: none, or what the daemon said instead of an answer.
    pub registries: BTreeMap<String, Option<String>>,
}

/// This machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    /// Which system it is.
    pub release: Release,
    /// systemd runs it.
    pub systemd: bool,
    /// The effective user of this process.
    pub uid: u32,
    /// Capabilities this process can have, as a mask.
    pub capabilities: Option<u64>,
    /// `SELinux` refuses.
    pub selinux_enforcing: bool,
    /// New mounts of the host reach containers that follow them.
    pub root_is_shared: Option<bool>,
    /// Programs that were looked for and are there.
    pub programs: Vec<&'static str>,
    /// What the pid file of the daemon says.
    pub daemon_process: DaemonProcess,
    /// Where the images can be built from when no registry answers.
    pub archive: DebianArchive,
    /// Room for stackctl's own files.
    pub state_space: Option<Space>,
    /// Owners and modes of stackctl's own files; the error in words.
    pub state: Result<Vec<Modes>, String>,
    /// Another run that works on the stack now.
    pub other_run: Option<u32>,
}

/// The Debian archive in this machine's apt configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DebianArchive {
    /// It can be used.
    Ready {
        /// The file that names it.
        found_in: PathBuf,
    },
    /// It is named, but its keys are not installed.
    NoKeyring {
        /// The file with the keys.
        keyring: PathBuf,
    },
    /// There is none; the reason in words.
    None(String),
}

/// What of the stack needs looking at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StackFacts {
    /// Its name.
    pub name: String,
    /// Its components.
    pub components: Vec<ComponentFacts>,
    /// Addresses to publish on that this machine does not have.
    pub missing_addresses: Vec<IpAddr>,
    /// Sockets that listen on one of its ports.
    pub listeners: Vec<Listener>,
    /// Files of the user with secrets.
    pub secrets: Vec<SecretFacts>,
}

/// A component as far as the machine matters to it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "one per trait that a finding is about")]
pub struct ComponentFacts {
    /// Its name.
    pub name: String,
    /// The image it is asked to run.
    pub image: String,
    /// The package of a Debian archive that can stand in for the image.
    pub package: Option<&'static str>,
    /// The port it takes on the host; no address: the host's address in the stack's network.
    pub port: Option<(Option<IpAddr>, u16)>,
    /// Asks for credentials itself.
    pub login: bool,
    /// It changes what it is told by a web page of another origin, and has no setting against that.
    pub any_origin: bool,
    /// On the host's network.
    pub host_network: bool,
    /// It sees directories of the host.
    pub host_mounts: bool,
    /// It wants to see new mounts of the host.
    pub follows_host: bool,
}

/// A file of the user with a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretFacts {
    /// The setting that names it.
    pub setting: String,
    /// Where it is.
    pub path: PathBuf,
    /// What is written there is evidently a path, and not the secret itself.
    pub is_path: bool,
    /// Owner and mode; none: there is no such file; the error in words.
    pub seen: Result<Option<Modes>, String>,
}
