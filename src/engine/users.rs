//! Who uses a network or a volume.

use std::collections::HashMap;

use bollard::query_parameters::ListContainersOptionsBuilder;

use futures_util::future::join_all;

use super::observe::name;
use super::{Engine, EngineError};
use crate::kernel::labels;

/// A container that uses something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Its name.
    pub name: String,
    /// Its id.
    pub id: String,
    /// It runs.
    pub running: bool,
    /// It may write; true for networks.
    pub writes: bool,
}

/// A container in a network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Which container.
    pub container: User,
    /// The stack of stackctl that it says it belongs to.
    pub stack: Option<String>,
    /// Its names in the network, sorted.
    pub names: Vec<String>,
}

impl std::fmt::Display for User {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let short: String = self.id.chars().take(12).collect();
        write!(f, "`{}` ({short})", self.name)
    }
}

impl Engine {
    /// The running containers in a network, sorted by name.
    pub async fn users_of_network(&self, network: &str) -> Result<Vec<User>, EngineError> {
        Ok(self.in_network(network).await?.unwrap_or_default())
    }

    /// The same; none: there is no such network.
    async fn in_network(&self, network: &str) -> Result<Option<Vec<User>>, EngineError> {
        let seen = self.docker.inspect_network(network, None).await;
        let seen = match seen.map_err(|error| self.error(error, format!("inspect the network `{network}`"))) {
            Err(error) if error.is_not_found() => return Ok(None),
            other => other?,
        };
        let user = |(id, endpoint): (String, bollard::models::EndpointResource)| User {
            name: endpoint.name.unwrap_or_default(),
            id,
            running: true,
            writes: true,
        };
        let mut users: Vec<User> = seen.containers.unwrap_or_default().into_iter().map(user).collect();
        users.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(Some(users))
    }

    /// The running containers in a network with the names under which it knows them; none: there is no such network.
    pub async fn names_in_network(&self, network: &str) -> Result<Option<Vec<Named>>, EngineError> {
        let Some(users) = self.in_network(network).await? else { return Ok(None) };
        let named = users.into_iter().map(async |user| {
            let seen = self.docker.inspect_container(&user.id, None).await;
            let seen = match seen.map_err(|error| self.error(error, format!("inspect the container {user}")))
            {
                // It has gone meanwhile.
                Err(error) if error.is_not_found() => return Ok(None),
                other => other?,
            };
            let labels = seen.config.and_then(|config| config.labels).unwrap_or_default();
            let networks = seen.network_settings.and_then(|settings| settings.networks).unwrap_or_default();
            let aliases = networks.get(network).and_then(|endpoint| endpoint.aliases.clone());
            let mut names: Vec<String> = aliases.into_iter().flatten().chain([user.name.clone()]).collect();
            names.sort();
            names.dedup();
            Ok(Some(Named { stack: labels.get(labels::STACK).cloned(), container: user, names }))
        });
        let named: Result<Vec<Option<Named>>, EngineError> = join_all(named).await.into_iter().collect();
        Ok(Some(named?.into_iter().flatten().collect()))
    }

    /// The containers that mount a volume, in whatever state, sorted by name.
    pub async fn users_of_volume(&self, volume: &str) -> Result<Vec<User>, EngineError> {
        let filters = HashMap::from([("volume", vec![volume])]);
        let options = ListContainersOptionsBuilder::new().all(true).filters(&filters).build();
        let listed = self.docker.list_containers(Some(options)).await;
        let listed = listed.map_err(|error| self.error(error, "list containers"))?;
        let user = |summary: bollard::models::ContainerSummary| {
            let mounts = summary.mounts.as_deref().unwrap_or_default();
            let mount = mounts.iter().find(|mount| mount.name.as_deref() == Some(volume));
            User {
                name: name(&summary),
                id: summary.id.clone().unwrap_or_default(),
                running: summary.state == Some(bollard::models::ContainerSummaryStateEnum::RUNNING),
                writes: mount.is_none_or(|mount| mount.rw != Some(false)),
            }
        };
        let mut users: Vec<User> = listed.into_iter().map(user).collect();
        users.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(users)
    }
}
