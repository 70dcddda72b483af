//! Networks and volumes.

use std::collections::HashMap;

use bollard::models::{NetworkCreateRequest, Volume, VolumeCreateRequest};
use bollard::query_parameters::{ListNetworksOptionsBuilder, RemoveVolumeOptionsBuilder};

use super::record::{Effect, read};
use super::{Engine, EngineError};
use crate::kernel::labels;
use crate::model::origin::{Origin, Record, record_volume};

impl Engine {
    /// Makes the network of a stack.
    pub async fn create_network(&self, stack: &str) -> Result<(), EngineError> {
        let request = NetworkCreateRequest {
            name: stack.to_owned(),
            driver: Some("bridge".to_owned()),
            labels: Some(stack_labels(stack)),
            ..NetworkCreateRequest::default()
        };
        let doing = format!("create the network `{stack}`");
        let made = self.docker.create_network(request).await.map_err(|error| self.error(error, doing));
        let made = match self.record(made, Effect::Create(format!("network {stack}"))) {
            Ok(made) => made,
            Err(error) => match error {
                // A request that was cut off has made it after all; engines from 25 on refuse a second one.
                error if error.is_conflict() && self.count_networks(stack).await? > 0 => return Ok(()),
                error => return Err(error),
            },
        };
        // Older engines make a second one of the same name, which nothing can then be attached to by name.
        if self.count_networks(stack).await? > 1 {
            return self.remove_network(&made.id).await;
        }
        Ok(())
    }

    /// How many networks of a stack there are; one, unless a request was cut off.
    async fn count_networks(&self, stack: &str) -> Result<usize, EngineError> {
        let filters = HashMap::from([("label", vec![format!("{}={stack}", labels::STACK)])]);
        let options = ListNetworksOptionsBuilder::new().filters(&filters).build();
        let listed = read(async || {
            let listed = self.docker.list_networks(Some(options.clone())).await;
            listed.map_err(|error| self.error(error, "list networks"))
        });
        Ok(listed.await?.len())
    }

    /// Removes a network; one that is not there is fine.
    pub async fn remove_network(&self, name: &str) -> Result<(), EngineError> {
        let removed = self.docker.remove_network(name).await;
        let removed = removed.map_err(|error| self.error(error, format!("remove the network `{name}`")));
        gone(self.record(removed, Effect::Remove(format!("network {name}"))))
    }

    /// Whether there is a network of this name or id.
    pub async fn has_network(&self, network: &str) -> Result<bool, EngineError> {
        match self.docker.inspect_network(network, None).await {
            Ok(_) => Ok(true),
            Err(error) => match self.error(error, format!("look at the network `{network}`")) {
                error if error.is_not_found() => Ok(false),
                error => Err(error),
            },
        }
    }

    /// Address of the host in a network.
    pub async fn gateway(&self, network: &str) -> Result<Option<String>, EngineError> {
        let seen = read(async || {
            let seen = self.docker.inspect_network(network, None).await;
            seen.map_err(|error| self.error(error, format!("look at the network `{network}`")))
        })
        .await?;
        Ok(seen
            .ipam
            .and_then(|ipam| ipam.config)
            .and_then(|configs| configs.into_iter().find_map(|c| c.gateway)))
    }

    /// Makes the record of a stack. Returns the one that the daemon has afterwards: the first to make it wins.
    pub async fn create_record(&self, stack: &str, record: &Record) -> Result<Option<Record>, EngineError> {
        let name = record_volume(stack);
        let origin = &record.origin;
        let mut all = stack_labels(stack);
        let facts = [
            (labels::HOLDS, Some(labels::HOLDS_RECORD)),
            (labels::ORIGIN_HOST, Some(origin.host.as_str())),
            (labels::ORIGIN_USER, Some(origin.user.as_str())),
            (labels::ORIGIN_PATH, origin.path.as_deref()),
            (labels::ORIGIN_TEAM, origin.team.as_deref()),
            (labels::KEY, Some(record.key.as_str())),
        ];
        all.extend(facts.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?.to_owned()))));
        let request = VolumeCreateRequest {
            name: Some(name.clone()),
            labels: Some(all),
            ..VolumeCreateRequest::default()
        };
        let made = self.docker.create_volume(request).await;
        let made = made.map_err(|error| self.error(error, format!("create the volume `{name}`")));
        let made = made.map(|made| recorded(&made, stack));
        // The daemon returns the record that another run made first.
        if made.as_ref().is_ok_and(|made| made.as_ref().is_none_or(|made| made.key != record.key)) {
            return made;
        }
        self.record(made, Effect::Create(format!("volume {name}")))
    }

    /// Makes a volume of a component.
    pub async fn create_volume(&self, stack: &str, component: &str, name: &str) -> Result<(), EngineError> {
        let mut all = stack_labels(stack);
        all.insert(labels::COMPONENT.to_owned(), component.to_owned());
        let holds = if name.ends_with("-config") { "config" } else { "data" };
        all.insert(labels::HOLDS.to_owned(), holds.to_owned());
        let request = VolumeCreateRequest {
            name: Some(name.to_owned()),
            labels: Some(all),
            ..VolumeCreateRequest::default()
        };
        let made = self.docker.create_volume(request).await;
        let made = made.map_err(|error| self.error(error, format!("create the volume `{name}`")));
        // The daemon returns the volume that has the name, whoever made it.
        if made.as_ref().is_ok_and(|made| made.labels.get(labels::STACK).is_none_or(|label| label != stack)) {
            return Err(EngineError::Foreign { object: format!("volume `{name}`") });
        }
        self.record(made.map(|_| ()), Effect::Create(format!("volume {name}")))
    }

    /// Removes a volume of a stack with everything in it; one that is not there is fine. A volume has no id, so its label is
    /// read again: another one may have taken the name.
    pub async fn remove_volume(&self, stack: &str, name: &str) -> Result<(), EngineError> {
        let seen = self.docker.inspect_volume(name).await;
        match seen.map_err(|error| self.error(error, format!("inspect the volume `{name}`"))) {
            Err(error) if error.is_not_found() => return Ok(()),
            Err(error) => return Err(error),
            Ok(seen) if seen.labels.get(labels::STACK).is_some_and(|label| label == stack) => {}
            Ok(_) => return Err(EngineError::Foreign { object: format!("volume `{name}`") }),
        }
        let removed = self.delete_volume(name).await;
        gone(self.record(removed, Effect::Remove(format!("volume {name}"))))
    }

    /// Asks for the removal of a volume without a note of it.
    pub(super) async fn delete_volume(&self, name: &str) -> Result<(), EngineError> {
        let removed = self.docker.remove_volume(name, Some(RemoveVolumeOptionsBuilder::new().build())).await;
        removed.map_err(|error| self.error(error, format!("remove the volume `{name}`")))
    }

    /// The error with what was being done and where.
    pub(super) fn error(&self, error: bollard::errors::Error, doing: impl Into<String>) -> EngineError {
        EngineError::from(error, doing, &self.choice.host.to_string())
    }
}

/// The record in the labels of a volume; none when the volume is not the record of this stack.
pub(super) fn recorded(volume: &Volume, stack: &str) -> Option<Record> {
    let label = |key: &str| volume.labels.get(key).cloned();
    let ours = label(labels::STACK).as_deref() == Some(stack);
    let holds = label(labels::HOLDS).as_deref() == Some(labels::HOLDS_RECORD);
    (ours && holds).then(|| Record {
        origin: Origin {
            team: label(labels::ORIGIN_TEAM),
            host: label(labels::ORIGIN_HOST).unwrap_or_default(),
            path: label(labels::ORIGIN_PATH),
            user: label(labels::ORIGIN_USER).unwrap_or_default(),
        },
        key: label(labels::KEY).unwrap_or_default(),
    })
}

/// Removing what is not there has succeeded.
pub(super) fn gone(removed: Result<(), EngineError>) -> Result<(), EngineError> {
    match removed {
        Err(error) if error.is_not_found() => Ok(()),
        other => other,
    }
}

fn stack_labels(stack: &str) -> HashMap<String, String> {
    HashMap::from([
        (labels::STACK.to_owned(), stack.to_owned()),
        (labels::VERSION.to_owned(), env!("CARGO_PKG_VERSION").to_owned()),
    ])
}
