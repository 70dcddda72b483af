//! How a fake daemon is set up before it starts.

use std::collections::BTreeMap;
use std::os::unix::net::UnixListener;

use jiff::Timestamp;

use super::fake::FakeDaemon;
use super::images::{ImageSpec, familiar};
use super::networks::Network;
use super::program::Program;
use super::pull::Registry;
use super::server::Server;
use super::world::{Engine, World};

/// Settings of a fake daemon; what is not set is as in Docker 20.10.24 on a machine with two processors.
#[must_use = "a builder starts nothing until `start`"]
pub struct Builder {
    engine: Engine,
    images: Vec<ImageSpec>,
    registry: Registry,
    programs: BTreeMap<String, Program>,
    frozen: Option<Timestamp>,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            engine: Engine {
                api_version: "1.41".into(),
                min_api_version: "1.12".into(),
                version: "20.10.24".into(),
                cpus: 2,
                memory: 8 << 30,
                id: "FAKE:DAEM:ON00:0000:0000:0000:0000:0000:0000:0000:0000:0000".into(),
                security_options: vec!["name=seccomp,profile=default".into()],
                podman: None,
            },
            images: Vec::new(),
            registry: Registry::Unreachable,
            programs: BTreeMap::new(),
            frozen: None,
        }
    }
}

impl Builder {
    /// The newest API version it speaks; from 1.44 on it answers as Docker 28.5 does.
    pub fn api_version(mut self, version: &str) -> Self {
        self.engine.api_version = version.into();
        self
    }

    /// The oldest API version it speaks.
    pub fn min_api_version(mut self, version: &str) -> Self {
        self.engine.min_api_version = version.into();
        self
    }

    pub fn engine_version(mut self, version: &str) -> Self {
        self.engine.version = version.into();
        self
    }

    /// The service of Podman: `/version` answers as it does, with the API of Docker that it speaks.
    pub fn podman(mut self, version: &str) -> Self {
        self.engine.podman = Some(version.into());
        self
    }

    pub fn cpus(mut self, count: u32) -> Self {
        self.engine.cpus = count;
        self
    }

    /// Memory of the machine, in bytes.
    pub fn memory(mut self, bytes: u64) -> Self {
        self.engine.memory = bytes;
        self
    }

    /// For rootless engines and user namespaces: `name=rootless`, `name=userns`.
    pub fn security_option(mut self, option: &str) -> Self {
        self.engine.security_options.push(option.into());
        self
    }

    /// An image that is there from the start.
    pub fn image(mut self, image: ImageSpec) -> Self {
        self.images.push(image);
        self
    }

    /// What answers pulls; unreachable unless set.
    pub fn registry(mut self, registry: Registry) -> Self {
        self.registry = registry;
        self
    }

    /// What containers of an image do, or one container by its name.
    pub fn program(mut self, image_or_container: &str, program: Program) -> Self {
        insert(&mut self.programs, image_or_container, program);
        self
    }

    /// A clock that stands at this moment and moves by a millisecond at each reading.
    pub fn clock(mut self, at: Timestamp) -> Self {
        self.frozen = Some(at);
        self
    }

    /// Starts it: once this returns, the socket answers.
    pub fn start(self) -> FakeDaemon {
        let directory = tempfile::tempdir().expect("a directory for the socket");
        let socket = directory.path().join("docker.sock");
        let mut world = World {
            engine: self.engine,
            containers: Vec::new(),
            networks: Vec::new(),
            volumes: BTreeMap::new(),
            images: Vec::new(),
            binds: BTreeMap::new(),
            execs: Vec::new(),
            events: Vec::new(),
            registry: self.registry,
            programs: self.programs,
            occupied: Vec::new(),
            gone: BTreeMap::new(),
            subnets: 0,
            frozen: self.frozen,
            issued: 0,
        };
        let now = world.now();
        for name in ["bridge", "host", "none"] {
            let id = world.new_id();
            world.networks.push(Network::predefined(name, id, now));
        }
        for spec in &self.images {
            let mut image = spec.build();
            image.tags.push(familiar(&spec.reference));
            world.add_image(image);
        }
        let listener = UnixListener::bind(&socket).expect("the socket can be bound");
        let server = Server::new(socket, world);
        let serving = server.clone();
        let thread = std::thread::spawn(move || serving.serve(listener));
        FakeDaemon::new(directory, server, thread)
    }
}

/// Programs are found by the familiar form of an image reference, by what the client wrote, or by a container's name.
pub(super) fn insert(programs: &mut BTreeMap<String, Program>, key: &str, program: Program) {
    programs.insert(familiar(key), program.clone());
    programs.insert(key.to_owned(), program);
}
