//! Images: what is there, pull, import, save, load.

use bollard::auth::DockerCredentials;
use bollard::models::CreateImageInfo;
use bollard::query_parameters::{
    CreateImageOptionsBuilder, ImportImageOptionsBuilder, ListImagesOptionsBuilder, RemoveImageOptions,
};
use futures_util::{Stream, StreamExt as _};

use super::record::{Effect, read};
use super::{Engine, EngineError};
use crate::kernel::text;

/// An image the daemon has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalImage {
    /// Id.
    pub id: String,
    /// `repository:tag`
    pub tags: Vec<String>,
    /// `repository@digest`
    pub digests: Vec<String>,
    /// Labels.
    pub labels: Vec<(String, String)>,
    /// Size in bytes.
    pub size: u64,
}

impl LocalImage {
    /// The value of a label.
    pub fn label(&self, key: &str) -> Option<&str> {
        self.labels.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }
}

/// Progress of one layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullProgress {
    /// Layer, or the tag for messages about the whole.
    pub layer: String,
    /// The engine's words: `Downloading`, `Pull complete`.
    pub status: String,
    /// Bytes done.
    pub current: u64,
    /// Bytes in all; 0 when not known.
    pub total: u64,
}

impl Engine {
    /// Every image the daemon has.
    pub async fn images(&self) -> Result<Vec<LocalImage>, EngineError> {
        let options = ListImagesOptionsBuilder::new().build();
        let listed = read(async || {
            let listed = self.docker.list_images(Some(options.clone())).await;
            listed.map_err(|error| self.error(error, "list images"))
        })
        .await?;
        let local = |image: bollard::models::ImageSummary| {
            let mut labels: Vec<(String, String)> = image.labels.into_iter().collect();
            labels.sort();
            LocalImage {
                id: image.id,
                tags: named(image.repo_tags),
                digests: named(image.repo_digests),
                labels,
                size: u64::try_from(image.size).unwrap_or(0),
            }
        };
        Ok(listed.into_iter().map(local).collect())
    }

    /// Architecture of an image, in the daemon's words.
    pub async fn image_architecture(&self, reference: &str) -> Result<String, EngineError> {
        let seen = self.docker.inspect_image(reference).await;
        let seen = seen.map_err(|error| self.error(error, format!("look at the image `{reference}`")))?;
        Ok(seen.architecture.unwrap_or_default())
    }

    /// Pulls an image. The stream is read to its end: errors also come after a status of 200.
    pub async fn pull(
        &self,
        reference: &str,
        mut progress: impl FnMut(PullProgress),
    ) -> Result<(), EngineError> {
        let options = CreateImageOptionsBuilder::new().from_image(reference).build();
        let credentials = credentials(reference);
        let mut stream = std::pin::pin!(self.docker.create_image(Some(options), None, credentials));
        while let Some(message) = stream.next().await {
            let message =
                message.map_err(|error| self.error(error, format!("pull the image `{reference}`")))?;
            progress(of_message(message));
        }
        self.record(Ok(()), Effect::Change(format!("image {reference}"), "pull"))
    }

    /// Makes an image out of the archive of a root file system. `changes` are Dockerfile instructions.
    pub async fn import(
        &self,
        archive: impl Stream<Item = bytes::Bytes> + Send + 'static,
        reference: &str,
        changes: &[String],
    ) -> Result<(), EngineError> {
        let (repository, tag) = reference.rsplit_once(':').unwrap_or((reference, "latest"));
        let options = CreateImageOptionsBuilder::new()
            .from_src("-")
            .repo(repository)
            .tag(tag)
            .changes(changes.to_vec())
            .build();
        let body = bollard::body_stream(archive);
        let patient = self.patient(super::CALL * 10);
        let mut stream = std::pin::pin!(patient.create_image(Some(options), Some(body), None));
        while let Some(message) = stream.next().await {
            message.map_err(|error| self.error(error, format!("import the image `{reference}`")))?;
        }
        self.record(Ok(()), Effect::Change(format!("image {reference}"), "build"))
    }

    /// The archive of images, for a machine that reaches no registry.
    pub fn save(&self, references: &[&str]) -> impl Stream<Item = Result<bytes::Bytes, EngineError>> + '_ {
        let names = references.join(", ");
        let stream = self.docker.export_images(references);
        stream.map(move |chunk| chunk.map_err(|error| self.error(error, format!("save {names}"))))
    }

    /// Loads such an archive; returns the engine's words, one line per image.
    pub async fn load(
        &self,
        archive: impl Stream<Item = bytes::Bytes> + Send + 'static,
    ) -> Result<Vec<String>, EngineError> {
        let options = ImportImageOptionsBuilder::new().build();
        let patient = self.patient(super::CALL * 10);
        let mut stream = std::pin::pin!(patient.import_image(options, bollard::body_stream(archive), None));
        let mut lines = Vec::new();
        while let Some(message) = stream.next().await {
            let message = message.map_err(|error| self.error(error, "load images"))?;
            lines.extend(
                message.stream.map(|line| text::printable(line.trim())).filter(|line| !line.is_empty()),
            );
        }
        self.record(Ok(lines), Effect::Change("images".to_owned(), "load"))
    }

    /// Removes the tag of an image; one that is not there is fine.
    pub async fn remove_image(&self, reference: &str) -> Result<(), EngineError> {
        let removed = self.docker.remove_image(reference, None::<RemoveImageOptions>, None).await.map(|_| ());
        let removed = removed.map_err(|error| self.error(error, format!("remove the image `{reference}`")));
        super::objects::gone(self.record(removed, Effect::Remove(format!("image {reference}"))))
    }
}

fn of_message(message: CreateImageInfo) -> PullProgress {
    let detail = message.progress_detail.unwrap_or_default();
    let bytes = |n: Option<i64>| n.and_then(|n| u64::try_from(n).ok()).unwrap_or(0);
    PullProgress {
        layer: text::printable(&message.id.unwrap_or_default()),
        status: text::printable(&message.status.unwrap_or_default()),
        current: bytes(detail.current),
        total: bytes(detail.total),
    }
}

/// What `docker login` stored for the registry of an image; none is fine.
pub(super) fn credentials(reference: &str) -> Option<DockerCredentials> {
    let first = reference.split('/').next().unwrap_or_default();
    let named = reference.contains('/') && (first.contains(['.', ':']) || first == "localhost");
    let server = if named { first } else { "https://index.docker.io/v1/" };
    let config = super::host::docker_config()?;
    match docker_credential::get_credential_from_reader(config.as_slice(), server).ok()? {
        docker_credential::DockerCredential::UsernamePassword(username, password) => {
            Some(DockerCredentials {
                username: Some(username),
                password: Some(password),
                serveraddress: Some(server.to_owned()),
                ..DockerCredentials::default()
            })
        }
        docker_credential::DockerCredential::IdentityToken(token) => Some(DockerCredentials {
            identitytoken: Some(token),
            serveraddress: Some(server.to_owned()),
            ..DockerCredentials::default()
        }),
    }
}

/// The names of an image. Engines before 25 call one without a name `<none>:<none>`, newer ones list nothing.
fn named(names: Vec<String>) -> Vec<String> {
    names.into_iter().filter(|name| !name.starts_with("<none>")).collect()
}

#[cfg(test)]
mod tests {
    use super::named;

    #[test]
    fn an_image_that_lost_its_tag_has_no_name() {
        assert_eq!(named(vec!["<none>:<none>".to_owned()]), Vec::<String>::new());
        assert_eq!(named(vec!["<none>@<none>".to_owned()]), Vec::<String>::new());
        assert_eq!(named(vec!["a/b:1".to_owned()]), ["a/b:1"]);
    }
}
