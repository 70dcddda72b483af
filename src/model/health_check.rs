//! The health check of a container: what the engine runs in it, so that `docker ps` tells the truth.

use serde::Serialize;

/// A program in the image of a component that can ask it whether it is ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Client {
    /// A tool that every image of the component has, from this version on. `{url}` in its arguments stands for the
    /// address that the component answers at, without a slash at the end.
    Tool {
        /// Program and arguments.
        command: &'static [&'static str],
        /// First version whose tool can do it.
        since: Option<&'static str>,
    },
    /// `wget` of `BusyBox` with this path, in the pinned image of the component: an image from a Debian package has the
    /// component alone.
    Wget(&'static str),
    /// `curl` with the path that tells whether the component is ready, in its pinned image.
    Curl,
}

/// What the engine runs in the container: status 0 means healthy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HealthCheck {
    /// Program and arguments, without a shell.
    pub command: Vec<String>,
    /// Seconds after the start during which a failure counts for nothing.
    pub start_period: u32,
}
