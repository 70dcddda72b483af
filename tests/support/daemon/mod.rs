//! A fake Docker daemon on the wire: HTTP/1.1 over a Unix socket, an in-memory world behind it.
//!
//! Use it through `DOCKER_HOST`, in process or by spawning the binary. It answers as Docker 20.10 does (API 1.41), or
//! as Docker 28.5 when it is given an API version from 1.44 on, with the same status codes and texts;
//! `tests/suite/fake_daemon.rs` runs the same cases against real engines of both families to keep it so.
//! It must not know anything about stackctl.

mod archive;
mod builder;
mod containers;
mod create;
mod describe;
mod ending;
mod events;
mod exec;
mod fake;
mod files;
mod filters;
mod http;
mod image_files;
mod images;
mod lifecycle;
mod logs;
mod networks;
mod ports;
mod program;
mod pull;
mod requests;
mod router;
mod script;
mod server;
mod service;
mod system;
mod volumes;
mod world;

pub use builder::Builder;
pub use fake::{FakeDaemon, SeenContainer, SeenNetwork, SeenVolume};
pub use files::{Content, FakeFile, Tree, View};
pub use http::Request;
pub use images::ImageSpec;
pub use program::{Answer, ExecResult, Invocation, Program, Route};
pub use pull::Registry;
pub use requests::Seen;
pub use script::{Method, Nth, Reply};
pub use world::LogStream;
