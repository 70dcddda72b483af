//! Containers that live for one call: the courier and the tools.

use bollard::models::ContainerCreateBody;
use bollard::query_parameters::CreateContainerOptionsBuilder;

use super::{Engine, EngineError};

/// How many names are tried.
const NAMES: u32 = 4;

impl Engine {
    /// Makes a short-lived container; returns its id. A name that is taken belongs to a run on another machine, to one that
    /// was killed, or to a stranger: another name is used, and the container that has it is left alone.
    pub(super) async fn create_helper(
        &self,
        name: &str,
        body: ContainerCreateBody,
        purpose: &str,
    ) -> Result<String, EngineError> {
        let doing = || format!("create a container to {purpose}");
        let mut attempt = 0;
        loop {
            let name = if attempt == 0 { name.to_owned() } else { further_name(name, attempt) };
            let options = CreateContainerOptionsBuilder::new().name(&name).build();
            let made = self.docker.create_container(Some(options), body.clone()).await;
            let made = made.map(|made| made.id).map_err(|error| self.error(error, doing()));
            match self.record_container(made, &name) {
                Err(error) if error.is_conflict() && attempt < NAMES => attempt += 1,
                other => return other,
            }
        }
    }
}

/// A name that no other run of this machine takes.
fn further_name(name: &str, attempt: u32) -> String {
    format!("{name}-{}-{attempt}", std::process::id())
}
