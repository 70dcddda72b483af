//! Which images stackctl built or loaded at a daemon. Labels of an image say nothing: whoever makes an image writes them.
//! So each image gets a record, an empty volume with labels of its own; no image can bring one.

use std::collections::{BTreeMap, HashMap};

use bollard::models::{Volume, VolumeCreateRequest};
use bollard::query_parameters::ListVolumesOptionsBuilder;

use super::record::read;
use super::{Engine, EngineError};
use crate::kernel::labels;
use crate::model::observed::ImageRecord;

/// What the names of these volumes begin with. No stack has a name with a dot.
pub(super) const NAMES: &str = "stackctl.image.";

/// The records among volumes, by image id.
pub(super) fn records(volumes: &[Volume]) -> BTreeMap<String, ImageRecord> {
    let record = |volume: &Volume| {
        let label = |key: &str| volume.labels.get(key).cloned();
        let holds = label(labels::HOLDS).as_deref() == Some(labels::HOLDS_IMAGE);
        let record = ImageRecord {
            how: label(labels::IMAGE_HOW).unwrap_or_default(),
            host: label(labels::ORIGIN_HOST).unwrap_or_default(),
            user: label(labels::ORIGIN_USER).unwrap_or_default(),
        };
        Some((label(labels::IMAGE_ID).filter(|_| holds && volume.name.starts_with(NAMES))?, record))
    };
    volumes.iter().filter_map(record).collect()
}

impl Engine {
    /// The records of this daemon, by image id.
    pub async fn image_records(&self) -> Result<BTreeMap<String, ImageRecord>, EngineError> {
        let filters = HashMap::from([("name", vec![NAMES])]);
        let options = ListVolumesOptionsBuilder::new().filters(&filters).build();
        let listed = read(async || {
            let listed = self.docker.list_volumes(Some(options.clone())).await;
            listed.map_err(|error| self.error(error, "list volumes"))
        })
        .await?;
        Ok(records(&listed.volumes.unwrap_or_default()))
    }

    /// Records an image. A record that is there stays as it is.
    pub async fn record_image(&self, reference: &str, record: &ImageRecord) -> Result<(), EngineError> {
        let seen = self.docker.inspect_image(reference).await;
        let seen = seen.map_err(|error| self.error(error, format!("inspect the image `{reference}`")))?;
        let id = seen.id.unwrap_or_default();
        let digits: String = id.trim_start_matches("sha256:").chars().take(24).collect();
        let facts = [
            (labels::HOLDS, labels::HOLDS_IMAGE),
            (labels::IMAGE_ID, id.as_str()),
            (labels::IMAGE_REFERENCE, reference),
            (labels::IMAGE_HOW, record.how.as_str()),
            (labels::ORIGIN_HOST, record.host.as_str()),
            (labels::ORIGIN_USER, record.user.as_str()),
            (labels::VERSION, env!("CARGO_PKG_VERSION")),
        ];
        let request = VolumeCreateRequest {
            name: Some(format!("{NAMES}{digits}")),
            labels: Some(facts.map(|(key, value)| (key.to_owned(), value.to_owned())).into()),
            ..VolumeCreateRequest::default()
        };
        let made = self.docker.create_volume(request).await;
        made.map(|_| ()).map_err(|error| self.error(error, format!("record the image `{reference}`")))
    }
}
