//! The daemon as the logs see it, so that following can be tried without one.

use futures_util::stream::{LocalBoxStream, StreamExt as _};

use crate::engine::{ContainerEvent, Engine, EngineError, LogLine, LogQuery};
use crate::model::observed::SeenContainer;

/// Lines of one container, or why they could not be had.
pub(super) type Lines<'a> = LocalBoxStream<'a, Result<LogLine, EngineError>>;
/// News of containers.
pub(super) type Events<'a> = LocalBoxStream<'a, Result<ContainerEvent, EngineError>>;

/// What is needed of a daemon.
pub(super) trait Daemon {
    /// The lines of a container, taken from the daemon only as they are asked for.
    fn lines(&self, container: &str, query: &LogQuery) -> Lines<'static>;
    /// Starts, ends and removals from now on.
    fn events(&self) -> Events<'static>;
    /// The containers of the stack.
    fn containers(&self) -> impl Future<Output = Result<Vec<SeenContainer>, EngineError>>;
}

/// A real daemon and one stack on it.
#[derive(Debug)]
pub(super) struct OfStack<'a> {
    pub engine: &'a Engine,
    pub stack: &'a str,
}

impl Daemon for OfStack<'_> {
    fn lines(&self, container: &str, query: &LogQuery) -> Lines<'static> {
        self.engine.logs(container, query).boxed_local()
    }

    fn events(&self) -> Events<'static> {
        self.engine.events(self.stack).boxed_local()
    }

    async fn containers(&self) -> Result<Vec<SeenContainer>, EngineError> {
        self.engine.containers_of(self.stack).await
    }
}
