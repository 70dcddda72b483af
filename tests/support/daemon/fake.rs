//! The daemon as a test holds it: where it listens, what it saw, what is in it, what happens to it next.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread::JoinHandle;

use serde_json::Value;
use tempfile::TempDir;

use super::builder::{Builder, insert};
use super::describe;
use super::files::FakeFile;
use super::images::{ImageSpec, familiar};
use super::program::Program;
use super::pull::Registry;
use super::requests::{Seen, is_mutation};
use super::script::{Method, Nth, When};
use super::server::{Listening, Server};
use super::world::{Container, LogLine, LogStream};

/// A fake Docker daemon. It ends when this is dropped.
pub struct FakeDaemon {
    server: Arc<Server>,
    thread: Option<JoinHandle<()>>,
    _directory: TempDir,
}

/// A container as a test sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct SeenContainer {
    pub id: String,
    pub name: String,
    pub image: String,
    /// `created`, `running`, `paused`, `restarting` or `exited`.
    pub state: &'static str,
    pub exit_code: i64,
    pub labels: BTreeMap<String, String>,
    /// Names of the networks it belongs to.
    pub networks: Vec<String>,
    /// The whole of what `inspect` shows.
    pub inspect: Value,
}

/// A network as a test sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenNetwork {
    pub id: String,
    pub name: String,
    pub internal: bool,
    pub labels: BTreeMap<String, String>,
    /// Names of the containers that have an address in it.
    pub members: Vec<String>,
}

/// A volume as a test sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenVolume {
    pub name: String,
    pub labels: BTreeMap<String, String>,
}

impl FakeDaemon {
    pub(super) fn new(directory: TempDir, server: Arc<Server>, thread: JoinHandle<()>) -> Self {
        Self { server, thread: Some(thread), _directory: directory }
    }

    /// A daemon with nothing in it and no registry within reach.
    pub fn start() -> Self {
        Self::builder().start()
    }

    pub fn builder() -> Builder {
        Builder::default()
    }

    /// The value for `DOCKER_HOST`.
    pub fn host(&self) -> String {
        format!("unix://{}", self.server.socket.display())
    }

    // What happens to it.

    /// Scripts what happens to a request: `daemon.on(Method::Post, "/containers/*/start", 1).drop_after()`.
    ///
    /// The pattern is compared with the path without its API version; `*` stands for any characters. Requests are counted
    /// from now on.
    pub fn on(&self, method: Method, pattern: &str, nth: impl Into<Nth>) -> When<'_> {
        When { server: &self.server, method, pattern: pattern.to_owned(), nth: nth.into() }
    }

    /// Forgets every scripted failure.
    pub fn forget_script(&self) {
        self.server.script.lock().unwrap().clear();
    }

    /// Stops listening and cuts every connection; the socket file stays, so that clients are refused.
    pub fn go_away(&self) {
        self.server.set_listening(Listening::No);
    }

    /// Listens again, with the same world.
    pub fn come_back(&self) {
        self.server.set_listening(Listening::Yes);
    }

    /// Decides what containers of an image (or one container, by name) do from their next start.
    pub fn program(&self, image_or_container: &str, program: Program) {
        insert(&mut self.server.world().programs, image_or_container, program);
    }

    pub fn set_registry(&self, registry: Registry) {
        self.server.world().registry = registry;
    }

    pub fn add_image(&self, spec: &ImageSpec) {
        let mut world = self.server.world();
        let mut image = spec.build();
        image.tags.push(familiar(&spec.reference));
        world.add_image(image);
    }

    /// A process of the host, not a container, holds this port: starts that need it fail.
    pub fn occupy_port(&self, ip: &str, port: u16) {
        self.server.world().occupied.push((ip.to_owned(), port));
    }

    pub fn free_port(&self, port: u16) {
        self.server.world().occupied.retain(|(_, held)| *held != port);
    }

    /// The process of a running container ends by itself; its restart policy is followed.
    pub fn exit(&self, container: &str, code: i64) {
        let mut world = self.server.world();
        let program = running(world.container(container).expect("the container exists"));
        world.end_by_itself(container, code, &program);
        drop(world);
        self.server.ring();
    }

    /// The kernel kills a running container for its memory.
    pub fn kill_for_memory(&self, container: &str) {
        let mut world = self.server.world();
        let program = running(world.container(container).expect("the container exists"));
        world.end_by_memory(container, &program);
        drop(world);
        self.server.ring();
    }

    /// The health check of a running container comes to `healthy` or `unhealthy`.
    pub fn health(&self, container: &str, health: &str) {
        let mut world = self.server.world();
        let found = world.container_mut(container).expect("the container exists");
        found.state.health = Some(health.to_owned());
        let id = found.id.clone();
        world.note(&id, &format!("health_status: {health}"), &[]);
        drop(world);
        self.server.ring();
    }

    /// Appends a line to a container's log, now.
    pub fn log(&self, container: &str, stream: LogStream, line: &str) {
        self.server.world().log(container, stream, line);
        self.server.ring();
    }

    /// Appends a line with a time of its own.
    pub fn log_at(&self, container: &str, stream: LogStream, at: jiff::Timestamp, line: &str) {
        let mut world = self.server.world();
        let found = world.container_mut(container).expect("the container exists");
        found.logs.extend(LogLine::cut(stream, at, line));
        drop(world);
        self.server.ring();
    }

    /// Puts a file into a volume, as something other than the archive API would.
    pub fn write(&self, volume: &str, path: &str, file: FakeFile) {
        let mut world = self.server.world();
        let now = world.now();
        let found = world.volumes.get_mut(volume).expect("the volume exists");
        found.tree.put(path.trim_matches('/'), file, now);
    }

    // What is in it.

    /// All containers by name.
    pub fn containers(&self) -> BTreeMap<String, SeenContainer> {
        let world = self.server.world();
        world.containers.iter().map(|container| (container.name.clone(), seen(container))).collect()
    }

    /// One container.
    pub fn container(&self, name: &str) -> SeenContainer {
        let world = self.server.world();
        seen(world.container(name).unwrap_or_else(|_| panic!("there is no container `{name}`")))
    }

    /// Networks that were created, in that order; names may repeat.
    pub fn networks(&self) -> Vec<SeenNetwork> {
        let world = self.server.world();
        let made = world.networks.iter().skip(3);
        made.map(|network| SeenNetwork {
            id: network.id.clone(),
            name: network.name.clone(),
            internal: network.internal,
            labels: network.labels.clone(),
            members: world.members(&network.id).iter().map(|container| container.name.clone()).collect(),
        })
        .collect()
    }

    pub fn volumes(&self) -> Vec<SeenVolume> {
        let world = self.server.world();
        let volumes = world.volumes.iter();
        volumes
            .map(|(name, volume)| SeenVolume {
                name: name.clone(),
                labels: volume.labels.clone().unwrap_or_default(),
            })
            .collect()
    }

    /// The files of a volume by their path in it.
    pub fn files(&self, volume: &str) -> BTreeMap<String, FakeFile> {
        let world = self.server.world();
        let found = world.volumes.get(volume).unwrap_or_else(|| panic!("there is no volume `{volume}`"));
        found.tree.files()
    }

    /// The directory of a volume itself: its owner and mode.
    pub fn volume_root(&self, volume: &str) -> FakeFile {
        let world = self.server.world();
        let found = world.volumes.get(volume).unwrap_or_else(|| panic!("there is no volume `{volume}`"));
        found.tree.nodes[""].file.clone()
    }

    /// The tags of all images, sorted.
    pub fn images(&self) -> Vec<String> {
        let world = self.server.world();
        let mut tags: Vec<_> = world.images.iter().flat_map(|image| image.tags.clone()).collect();
        tags.sort();
        tags
    }

    /// Every event so far as `type action name`.
    pub fn events(&self) -> Vec<String> {
        let world = self.server.world();
        let events = world.events.iter();
        events
            .map(|event| {
                let name = event.attributes.get("name").unwrap_or(&event.id);
                format!("{} {} {name}", event.kind, event.action)
            })
            .collect()
    }

    // What it saw.

    /// Every request so far, in order of arrival.
    pub fn requests(&self) -> Vec<Seen> {
        self.server.requests.lock().unwrap().clone()
    }

    /// The requests that may have changed something, one line each (see [`Seen::line`]).
    pub fn mutations(&self) -> Vec<String> {
        let all = self.requests();
        all.iter().filter(|seen| is_mutation(&seen.method, &seen.path)).map(Seen::line).collect()
    }

    /// Forgets the requests so far.
    pub fn forget_requests(&self) {
        self.server.requests.lock().unwrap().clear();
    }
}

impl Drop for FakeDaemon {
    fn drop(&mut self) {
        self.server.set_listening(Listening::Ended);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        // Services end with their containers; taken out first, so that no lock is held while they end.
        let containers = std::mem::take(&mut self.server.world().containers);
        drop(containers);
    }
}

fn running(container: &Container) -> Program {
    assert!(container.state.status.is_running(), "the container is not running");
    container.program.clone().unwrap_or_else(Program::runs)
}

fn seen(container: &Container) -> SeenContainer {
    SeenContainer {
        id: container.id.clone(),
        name: container.name.clone(),
        image: container.image.clone(),
        state: container.state.status.name(),
        exit_code: container.state.exit_code,
        labels: container.labels(),
        networks: container.endpoints.iter().map(|endpoint| endpoint.network.clone()).collect(),
        inspect: describe::inspect(container),
    }
}
