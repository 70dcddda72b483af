//! The snapshot: what the daemon has of a stack.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use bollard::models::{ContainerSummary, ContainerSummaryStateEnum, Network, Volume};
use bollard::query_parameters::{
    ContainerArchiveInfoOptionsBuilder, ListContainersOptionsBuilder, ListNetworksOptionsBuilder,
    ListVolumesOptionsBuilder,
};
use futures_util::future::join_all;

use super::objects::recorded;
use super::record::read;
use super::{Engine, EngineError, claims, image_records};
use crate::kernel::labels;
use crate::model::observed::{ImageRecord, Observed, SeenContainer, SeenNetwork, SeenVolume, State};
use crate::model::origin::record_volume;
use crate::model::stack::CONFIG_DIRECTORY;

/// The daemon's lists for a stack, as they came.
#[derive(Debug)]
pub struct Listed {
    stack: String,
    ours: Vec<ContainerSummary>,
    volumes: Vec<Volume>,
    networks: Vec<Network>,
}

impl Listed {
    /// The records of images, by image id.
    pub fn image_records(&self) -> BTreeMap<String, ImageRecord> {
        image_records::records(&self.volumes)
    }

    /// The names of all containers, without the slash before them.
    pub fn container_names(&self) -> BTreeSet<String> {
        let names = self.ours.iter().flat_map(|one| one.names.iter().flatten());
        names.map(|name| name.trim_start_matches('/').to_owned()).collect()
    }
}

impl Engine {
    /// Looks at everything that belongs to a stack, and at volumes and networks with a name the stack needs. Images and
    /// the names of other containers are looked at elsewhere.
    pub async fn observe(&self, stack: &str) -> Result<Observed, EngineError> {
        self.observe_listed(self.list(stack).await?).await
    }

    /// Everything that one call each can list.
    pub async fn list(&self, stack: &str) -> Result<Listed, EngineError> {
        let (ours, volumes, networks) = tokio::try_join!(
            self.containers("label", format!("{}={stack}", labels::STACK)),
            self.volumes(stack),
            self.networks(stack),
        )?;
        Ok(Listed { stack: stack.to_owned(), ours, volumes, networks })
    }

    /// What was listed, with what takes a second look: the revisions of the delivered files.
    pub async fn observe_listed(&self, listed: Listed) -> Result<Observed, EngineError> {
        let Listed { stack, ours, volumes, networks } = listed;
        let stack = stack.as_str();
        let kin = self.sort_out(stack, ours).await?;
        let containers = self.with_revisions(kin.ours, stack).await?;
        let record = volumes.iter().find(|volume| volume.name == record_volume(stack));
        let record = record.and_then(|volume| recorded(volume, stack));
        let is_claimed = volumes.iter().any(|volume| claims::claim_of(volume, stack).is_some());
        let is_record = |volume: &Volume| {
            let holds = volume.labels.get(labels::HOLDS).map(String::as_str);
            matches!(holds, Some(labels::HOLDS_RECORD | labels::HOLDS_LOCK | labels::HOLDS_IMAGE))
        };
        let volumes = volumes.into_iter().filter(|volume| !is_record(volume));
        let (our_volumes, foreign_volumes): (Vec<Volume>, Vec<Volume>) =
            volumes.partition(|volume| volume.labels.get(labels::STACK).is_some_and(|s| s == stack));
        let (our_networks, foreign_networks): (Vec<Network>, Vec<Network>) =
            networks.into_iter().partition(|network| {
                network.labels.as_ref().and_then(|all| all.get(labels::STACK)).is_some_and(|s| s == stack)
            });
        let our_networks = self.used_first(our_networks).await?;
        Ok(Observed {
            containers,
            renamed: kin.renamed,
            foreign_names: kin.strangers.into_iter().collect(),
            record,
            is_claimed,
            volumes: our_volumes.into_iter().map(seen_volume).collect(),
            foreign_volumes: foreign_volumes.into_iter().map(|volume| volume.name).collect(),
            networks: our_networks.into_iter().map(seen_network).collect(),
            foreign_networks: foreign_networks.into_iter().filter_map(|network| network.name).collect(),
            images: BTreeMap::new(),
            changed_files: BTreeMap::new(),
        })
    }

    /// Containers of others with a name of the stack, and their ids. They matter only to somebody who makes containers.
    pub async fn foreign_names(&self, stack: &str) -> Result<BTreeMap<String, String>, EngineError> {
        let named = self.containers("name", format!("{stack}-")).await?;
        let foreign = named.into_iter().filter(|summary| label(summary, labels::STACK) != stack);
        Ok(foreign.map(|summary| (name(&summary), summary.id.unwrap_or_default())).collect())
    }

    /// The containers of a stack, sorted by name, with one call: their revisions are not looked at.
    pub async fn containers_of(&self, stack: &str) -> Result<Vec<SeenContainer>, EngineError> {
        let ours = self.containers("label", format!("{}={stack}", labels::STACK)).await?;
        let mut containers: Vec<SeenContainer> =
            ours.into_iter().map(|summary| seen(summary, stack)).collect();
        containers.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(containers)
    }

    /// The objects of a stack and the states of its containers as one text, to see whether anything changes.
    pub async fn fingerprint(&self, stack: &str) -> Result<String, EngineError> {
        let Listed { ours, volumes, networks, .. } = self.list(stack).await?;
        let is_content = |volume: &Volume| {
            claims::claim_of(volume, stack).is_none() && !volume.name.starts_with(image_records::NAMES)
        };
        let mut lines: Vec<String> = ours
            .iter()
            .map(|summary| format!("{:?} {:?} {:?}", summary.id, summary.names, summary.state))
            .chain(volumes.iter().filter(|v| is_content(v)).map(|v| v.name.clone()))
            .chain(networks.into_iter().filter_map(|network| network.id))
            .collect();
        lines.sort();
        Ok(lines.join("\n").to_lowercase())
    }

    /// The stack's containers, each with the revision of its files.
    async fn with_revisions(
        &self,
        ours: Vec<ContainerSummary>,
        stack: &str,
    ) -> Result<Vec<SeenContainer>, EngineError> {
        let revisions = join_all(ours.iter().map(|summary| self.revision(summary))).await;
        let mut containers = Vec::new();
        for (summary, revision) in ours.into_iter().zip(revisions) {
            containers.push(SeenContainer { revision: revision?, ..seen(summary, stack) });
        }
        containers.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(containers)
    }

    async fn containers(&self, filter: &str, value: String) -> Result<Vec<ContainerSummary>, EngineError> {
        let filters = HashMap::from([(filter, vec![value.as_str()])]);
        let options = ListContainersOptionsBuilder::new().all(true).filters(&filters).build();
        read(async || {
            let listed = self.docker.list_containers(Some(options.clone())).await;
            listed.map_err(|error| self.error(error, "list containers"))
        })
        .await
    }

    async fn volumes(&self, stack: &str) -> Result<Vec<Volume>, EngineError> {
        let images = image_records::NAMES.to_owned();
        let names = vec![format!("{stack}-"), record_volume(stack), claims::prefix(stack), images];
        let filters = HashMap::from([("name", names)]);
        let options = ListVolumesOptionsBuilder::new().filters(&filters).build();
        let listed = read(async || {
            let listed = self.docker.list_volumes(Some(options.clone())).await;
            listed.map_err(|error| self.error(error, "list volumes"))
        })
        .await?;
        let mut volumes = listed.volumes.unwrap_or_default();
        volumes.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(volumes)
    }

    async fn networks(&self, stack: &str) -> Result<Vec<Network>, EngineError> {
        let filters = HashMap::from([("name", vec![stack])]);
        let options = ListNetworksOptionsBuilder::new().filters(&filters).build();
        read(async || {
            let listed = self.docker.list_networks(Some(options.clone())).await;
            listed.map_err(|error| self.error(error, "list networks"))
        })
        .await
    }

    /// When there are several networks of one name, those that containers are in come first.
    async fn used_first(&self, mut networks: Vec<Network>) -> Result<Vec<Network>, EngineError> {
        if networks.len() < 2 {
            return Ok(networks);
        }
        let mut used = Vec::new();
        for network in &networks {
            let id = network.id.clone().unwrap_or_default();
            let seen = self.docker.inspect_network(&id, None).await;
            let seen = seen.map_err(|error| self.error(error, format!("look at the network `{id}`")))?;
            used.push((id, seen.containers.is_some_and(|containers| !containers.is_empty())));
        }
        let is_used =
            |network: &Network| used.iter().any(|(id, used)| *used && network.id.as_ref() == Some(id));
        networks.sort_by_key(|network| (!is_used(network), network.id.clone()));
        Ok(networks)
    }

    /// The target of the `current` link in the container's configuration volume. Only containers that have
    /// one are asked: for an answer the engine mounts everything the container mounts, and with the host's
    /// root among it every such request mounts all other containers again, until the kernel's limit.
    async fn revision(&self, container: &ContainerSummary) -> Result<Option<String>, EngineError> {
        if label(container, labels::CONFIG).is_empty() {
            return Ok(None);
        }
        let id = container.id.as_deref().unwrap_or_default();
        self.link_target(id, CONFIG_DIRECTORY).await
    }

    /// Last part of what a link in a container points at; none when there is no such link.
    pub(super) async fn link_target(
        &self,
        container: &str,
        path: &str,
    ) -> Result<Option<String>, EngineError> {
        let options = ContainerArchiveInfoOptionsBuilder::new().path(path).build();
        match self.docker.get_container_archive_info(container, Some(options)).await {
            Ok(stat) => {
                Ok(stat.link_target.rsplit('/').next().filter(|target| !target.is_empty()).map(str::to_owned))
            }
            Err(error) => match self.error(error, format!("look into the container `{container}`")) {
                error if error.is_not_found() => Ok(None),
                error => Err(error),
            },
        }
    }
}

fn seen(summary: ContainerSummary, stack: &str) -> SeenContainer {
    let text = |key: &str| label(&summary, key).to_owned();
    let networks = summary.network_settings.as_ref().and_then(|settings| settings.networks.as_ref());
    let address =
        networks.and_then(|networks| networks.get(stack)).and_then(|endpoint| endpoint.ip_address.clone());
    SeenContainer {
        name: name(&summary),
        component: text(labels::COMPONENT),
        role: text(labels::ROLE),
        spec: text(labels::SPEC),
        spec_json: text(labels::SPEC_JSON),
        gateway: Some(text(labels::GATEWAY)).filter(|gateway| !gateway.is_empty()),
        address: address.filter(|address| !address.is_empty()),
        id: summary.id.clone().unwrap_or_default(),
        image_id: summary.image_id.clone().unwrap_or_default(),
        state: state(summary.state),
        revision: None,
        status: summary.status.unwrap_or_default(),
    }
}

pub(super) fn label<'a>(summary: &'a ContainerSummary, key: &str) -> &'a str {
    summary.labels.as_ref().and_then(|all| all.get(key)).map_or("", String::as_str)
}

pub(super) fn name(summary: &ContainerSummary) -> String {
    let names = summary.names.as_deref().unwrap_or_default();
    names.first().map_or("", String::as_str).trim_start_matches('/').to_owned()
}

fn state(state: Option<ContainerSummaryStateEnum>) -> State {
    match state {
        Some(ContainerSummaryStateEnum::RUNNING | ContainerSummaryStateEnum::STOPPING) => State::Running,
        Some(ContainerSummaryStateEnum::PAUSED) => State::Paused,
        Some(ContainerSummaryStateEnum::RESTARTING) => State::Restarting,
        Some(ContainerSummaryStateEnum::EXITED) => State::Exited,
        Some(ContainerSummaryStateEnum::REMOVING) => State::Removing,
        Some(ContainerSummaryStateEnum::DEAD) => State::Dead,
        Some(ContainerSummaryStateEnum::CREATED | ContainerSummaryStateEnum::EMPTY) | None => State::Created,
    }
}

fn seen_volume(volume: Volume) -> SeenVolume {
    let component = volume.labels.get(labels::COMPONENT).cloned().unwrap_or_default();
    SeenVolume { name: volume.name, component }
}

fn seen_network(network: Network) -> SeenNetwork {
    let configs = network.ipam.and_then(|ipam| ipam.config).unwrap_or_default();
    SeenNetwork {
        id: network.id.unwrap_or_default(),
        name: network.name.unwrap_or_default(),
        gateway: configs.into_iter().find_map(|config| config.gateway),
    }
}
