//! The in-memory world of the fake daemon: its objects, its clock and its identifiers.
//!
//! Only data and small accessors; what endpoints do to it lives in the file of each endpoint.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use super::events::Event;
use super::exec::Exec;
use super::files::{Tree, View};
use super::images::Image;
use super::networks::Network;
use super::program::Program;
use super::pull::Registry;
use super::service::Service;
use super::volumes::Volume;

/// A refusal, as the daemon words it.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) message: String,
}

impl Refusal {
    pub(super) fn new(status: u16, message: impl Into<String>) -> Self {
        Self { status, message: message.into() }
    }
}

/// What an endpoint or a helper of one gives back.
pub(super) type Answered<T> = Result<T, Refusal>;

/// The stream that a log line came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogStream {
    Stdout,
    Stderr,
}

/// One line of a container's log, without its newline.
#[derive(Debug, Clone)]
pub(super) struct LogLine {
    pub(super) stream: LogStream,
    pub(super) at: Timestamp,
    pub(super) line: String,
    /// The line ends here; a long one comes in several pieces.
    pub(super) ends: bool,
}

impl LogLine {
    /// A line in pieces of 16 KiB, all with the same time.
    pub(super) fn cut(stream: LogStream, at: Timestamp, line: &str) -> Vec<Self> {
        let chars: Vec<char> = line.chars().collect();
        let mut pieces: Vec<Self> = chars
            .chunks(16 << 10)
            .map(|piece| Self { stream, at, line: piece.iter().collect(), ends: false })
            .collect();
        if pieces.is_empty() {
            pieces.push(Self { stream, at, line: String::new(), ends: false });
        }
        pieces.last_mut().unwrap().ends = true;
        pieces
    }
}

/// Facts about the machine and the engine.
#[derive(Debug, Clone)]
pub(super) struct Engine {
    pub(super) api_version: String,
    pub(super) min_api_version: String,
    pub(super) version: String,
    pub(super) cpus: u32,
    pub(super) memory: u64,
    pub(super) id: String,
    pub(super) security_options: Vec<String>,
    /// Version of Podman, when its service answers.
    pub(super) podman: Option<String>,
}

impl Engine {
    /// What this engine does or says: the first as Docker 20.10, the second as Docker 28.5 (from API 1.44 on).
    pub(super) fn either<T>(&self, docker20: T, docker28: T) -> T {
        let minor = self.api_version.split_once('.').and_then(|(_, minor)| minor.parse().ok());
        if minor.unwrap_or(0_u32) < 44 { docker20 } else { docker28 }
    }
}

/// The states of a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Created,
    Running,
    Paused,
    Restarting,
    Exited,
}

impl Status {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Restarting => "restarting",
            Self::Exited => "exited",
        }
    }

    /// Whether the daemon counts it as running (a restarting container is).
    pub(super) fn is_running(self) -> bool {
        matches!(self, Self::Running | Self::Paused | Self::Restarting)
    }
}

/// The state of one container.
#[derive(Debug, Clone)]
pub(super) struct State {
    pub(super) status: Status,
    pub(super) exit_code: i64,
    pub(super) error: String,
    pub(super) oom_killed: bool,
    pub(super) started: Option<Timestamp>,
    pub(super) finished: Option<Timestamp>,
    /// `starting`, `healthy` or `unhealthy`, once a health check runs.
    pub(super) health: Option<String>,
    pub(super) restarts: u32,
    /// How often it stopped running; `wait` counts on it.
    pub(super) exits: u64,
}

/// Something mounted into a container.
#[derive(Debug, Clone)]
pub(super) struct Mount {
    /// `volume`, `bind` or `tmpfs`.
    pub(super) kind: String,
    /// The volume's name or the host path.
    pub(super) source: String,
    pub(super) target: String,
    pub(super) writable: bool,
    pub(super) mode: String,
    /// Made by the engine without a name; removed with the container when asked.
    pub(super) anonymous: bool,
}

/// A container's place in a network.
#[derive(Debug, Clone)]
pub(super) struct Endpoint {
    pub(super) network: String,
    /// What the client asked for (`Aliases`, `IPAMConfig`).
    pub(super) settings: Value,
    pub(super) network_id: String,
    /// Its own identifier; empty while it has no address.
    pub(super) joined_as: String,
    pub(super) address: String,
    pub(super) gateway: String,
}

/// A published port of a running container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Published {
    /// `9090/tcp`.
    pub(super) port: String,
    pub(super) host_ip: String,
    pub(super) host_port: u16,
}

/// A container.
pub(super) struct Container {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) created: Timestamp,
    pub(super) image: String,
    pub(super) image_id: String,
    pub(super) config: Value,
    pub(super) host: Value,
    pub(super) mounts: Vec<Mount>,
    pub(super) endpoints: Vec<Endpoint>,
    pub(super) root: Tree,
    pub(super) state: State,
    pub(super) logs: Vec<LogLine>,
    pub(super) published: Vec<Published>,
    /// Its files as they were at the last start or reload.
    pub(super) loaded: Option<View>,
    pub(super) program: Option<Program>,
    pub(super) services: Vec<Service>,
}

impl Container {
    pub(super) fn labels(&self) -> BTreeMap<String, String> {
        strings(&self.config["Labels"])
    }

    pub(super) fn argv(&self) -> Vec<String> {
        let mut argv = list(&self.config["Entrypoint"]);
        argv.extend(list(&self.config["Cmd"]));
        argv
    }
}

/// The strings of a JSON object.
pub(super) fn strings(value: &Value) -> BTreeMap<String, String> {
    let entries = value.as_object().into_iter().flatten();
    entries.map(|(key, value)| (key.clone(), value.as_str().unwrap_or_default().to_owned())).collect()
}

/// The strings of a JSON array.
pub(super) fn list(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// A moment as Docker prints it; nothing is the year one.
pub(super) fn moment(at: Option<Timestamp>) -> String {
    at.map_or_else(|| "0001-01-01T00:00:00Z".to_owned(), |at| format!("{at:.9}"))
}

/// Everything the daemon knows.
pub(super) struct World {
    pub(super) engine: Engine,
    pub(super) containers: Vec<Container>,
    pub(super) networks: Vec<Network>,
    pub(super) volumes: BTreeMap<String, Volume>,
    pub(super) images: Vec<Image>,
    /// Bind-mounted host paths, as far as something was put into them.
    pub(super) binds: BTreeMap<String, Tree>,
    pub(super) execs: Vec<Exec>,
    pub(super) events: Vec<Event>,
    pub(super) registry: Registry,
    /// By container name or image reference.
    pub(super) programs: BTreeMap<String, Program>,
    /// Host ports held by processes that are not containers.
    pub(super) occupied: Vec<(String, u16)>,
    /// Exit codes of removed containers, for those who still wait.
    pub(super) gone: BTreeMap<String, i64>,
    /// Subnets given out so far.
    pub(super) subnets: u8,
    pub(super) frozen: Option<Timestamp>,
    pub(super) issued: u64,
}

impl World {
    /// The present; with a frozen clock each reading is one millisecond later than the one before.
    pub(super) fn now(&mut self) -> Timestamp {
        match &mut self.frozen {
            None => Timestamp::now(),
            Some(at) => {
                *at = at.saturating_add(Duration::from_millis(1)).unwrap_or(*at);
                *at
            }
        }
    }

    /// A new identifier of 64 hexadecimal digits; the same sequence in every run.
    pub(super) fn new_id(&mut self) -> String {
        self.issued += 1;
        let mut state = self.issued;
        let mut word = || {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            mixed ^ (mixed >> 31)
        };
        [word(), word(), word(), word()].map(|word| format!("{word:016x}")).concat()
    }

    /// The place of a container by id, name or beginning of an id.
    pub(super) fn container_index(&self, reference: &str) -> Answered<usize> {
        let name = reference.trim_start_matches('/');
        let place = |test: &dyn Fn(&Container) -> bool| self.containers.iter().position(test);
        place(&|container| container.id == name)
            .or_else(|| place(&|container| container.name == name))
            .or_else(|| place(&|container| !name.is_empty() && container.id.starts_with(name)))
            .ok_or_else(|| Refusal::new(404, format!("No such container: {reference}")))
    }

    pub(super) fn container(&self, reference: &str) -> Answered<&Container> {
        self.container_index(reference).map(|index| &self.containers[index])
    }

    pub(super) fn container_mut(&mut self, reference: &str) -> Answered<&mut Container> {
        self.container_index(reference).map(|index| &mut self.containers[index])
    }

    /// The program of a container: by its name, else by its image, else one that just runs.
    pub(super) fn program_for(&self, container: &Container) -> Program {
        let by_image = || {
            let tags = self.images.iter().find(|image| image.id == container.image_id);
            let mut tags = tags.into_iter().flat_map(|image| image.tags.iter());
            tags.find_map(|tag| self.programs.get(tag))
        };
        let named = self.programs.get(&container.name).or_else(|| self.programs.get(&container.image));
        named.or_else(by_image).cloned().unwrap_or_else(Program::runs)
    }

    pub(super) fn log(&mut self, id: &str, stream: LogStream, line: &str) {
        let at = self.now();
        if let Ok(container) = self.container_mut(id) {
            container.logs.extend(LogLine::cut(stream, at, line));
        }
    }
}
