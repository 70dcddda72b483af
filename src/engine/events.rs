//! The engine's own news about the containers of a stack.

use std::collections::HashMap;

use bollard::query_parameters::EventsOptionsBuilder;
use futures_util::{Stream, StreamExt as _};

use super::{Engine, EngineError};
use crate::kernel::labels;

/// Something that happened to a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContainerEvent {
    /// The engine's word: `start`, `die`, `oom`, `destroy`.
    pub action: String,
    /// Id of the container.
    pub id: String,
    /// Component.
    pub component: String,
}

impl Engine {
    /// Starts, ends and removals of the components of a stack, from now on. Health probes are filtered
    /// out at the daemon: they flood its ring of 256 events.
    pub fn events(
        &self,
        stack: &str,
    ) -> impl Stream<Item = Result<ContainerEvent, EngineError>> + Send + 'static {
        let filters = HashMap::from([
            ("type".to_owned(), vec!["container".to_owned()]),
            ("label".to_owned(), vec![format!("{}={stack}", labels::STACK)]),
            ("event".to_owned(), ["start", "die", "oom", "destroy"].map(str::to_owned).to_vec()),
        ]);
        let options = EventsOptionsBuilder::new().filters(&filters).build();
        let host = self.choice.host.to_string();
        let stream = self.docker.events(Some(options));
        stream.map(move |message| {
            let message = message.map_err(|error| EngineError::from(error, "watch events", &host))?;
            let actor = message.actor.unwrap_or_default();
            let component = actor.attributes.and_then(|mut all| all.remove(labels::COMPONENT));
            Ok(ContainerEvent {
                action: message.action.unwrap_or_default(),
                id: actor.id.unwrap_or_default(),
                component: component.unwrap_or_default(),
            })
        })
    }
}
