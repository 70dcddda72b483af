//! Where a volume keeps the revisions of a component's files: `current` points into one of two directories that take
//! turns, so that there are the current and the previous revision and no older ones with the secrets of their time.
//!
//! The archive API deletes nothing, but an upload replaces a directory by a file of the same name, with all that was in
//! it, and the file by an empty directory.

use std::collections::BTreeSet;
use std::io::Read as _;

use bollard::query_parameters::{ContainerArchiveInfoOptionsBuilder, DownloadFromContainerOptionsBuilder};
use futures_util::StreamExt as _;

use super::courier::Delivery;
use super::{Engine, EngineError};

/// The directories that take turns.
const TURNS: [&str; 2] = ["a", "b"];

/// A file that goes to another place: its new path relative to the volume, header and content.
pub(super) type Moved = (String, tar::Header, Vec<u8>);

/// Where a revision goes.
#[derive(Debug, Clone, Default)]
pub(super) struct Placement {
    /// Directory of the revision, relative to the volume.
    pub directory: String,
    /// The directory that is emptied for it.
    pub emptied: Option<&'static str>,
    /// Files of the previous revision that move with it.
    pub moved: Vec<Moved>,
    /// Directories that are replaced by an empty file, once `current` points elsewhere.
    pub dropped: Vec<String>,
}

impl Engine {
    /// Where a revision goes in the volume that a container has mounted at `root`. A new volume is not looked at.
    pub(super) async fn place(
        &self,
        container: &str,
        root: &str,
        delivery: &Delivery,
        is_new: bool,
    ) -> Result<Placement, EngineError> {
        if delivery.files.is_empty() {
            return self.find(container, root, &delivery.revision).await;
        }
        let [first, second] = TURNS;
        let target = if is_new { None } else { self.target(container, &format!("{root}/current")).await? };
        let place = |turn: &'static str, emptied| Placement {
            directory: format!("{turn}/{}", delivery.revision),
            emptied,
            ..Placement::default()
        };
        let relative = target.as_deref().and_then(|target| target.strip_prefix(root)?.strip_prefix('/'));
        Ok(match relative.map(|target| target.split_once('/').unwrap_or(("", target))) {
            None => place(first, Some(first)),
            // Written again: the other turn keeps the revision before.
            Some((turn, revision)) if revision == delivery.revision && TURNS.contains(&turn) => {
                place(if turn == first { first } else { second }, None)
            }
            Some((turn, _)) if turn == first => place(second, Some(second)),
            Some((turn, _)) if turn == second => place(first, Some(first)),
            Some((_, revision)) => {
                let (moved, dropped) = self.earlier(container, root, revision).await?;
                Placement { moved, dropped, ..place(first, Some(first)) }
            }
        })
    }

    /// The directory of a revision that is there.
    async fn find(&self, container: &str, root: &str, revision: &str) -> Result<Placement, EngineError> {
        let places = TURNS.iter().map(|turn| format!("{turn}/{revision}")).chain([revision.to_owned()]);
        for directory in places {
            if self.target(container, &format!("{root}/{directory}")).await?.is_some() {
                return Ok(Placement { directory, ..Placement::default() });
            }
        }
        Err(EngineError::Broken {
            doing: "restore the previous configuration".to_owned(),
            message: format!("the volume does not hold revision {revision}"),
        })
    }

    /// The target of a link in a container, empty for anything else; none when there is nothing of this name.
    async fn target(&self, container: &str, path: &str) -> Result<Option<String>, EngineError> {
        let options = ContainerArchiveInfoOptionsBuilder::new().path(path).build();
        match self.docker.get_container_archive_info(container, Some(options)).await {
            Ok(stat) => Ok(Some(stat.link_target)),
            Err(error) => match self.error(error, "read the revision of the delivered files") {
                error if error.is_not_found() => Ok(None),
                error => Err(error),
            },
        }
    }

    /// Volumes of earlier versions of stackctl have every revision at their top: the files of the current one, which
    /// becomes the previous one, and the names of all.
    async fn earlier(
        &self,
        container: &str,
        root: &str,
        current: &str,
    ) -> Result<(Vec<Moved>, Vec<String>), EngineError> {
        let doing = "read the revisions of the delivered files";
        let options = DownloadFromContainerOptionsBuilder::new().path(root).build();
        let mut stream = std::pin::pin!(self.docker.download_from_container(container, Some(options)));
        let mut bytes = Vec::new();
        while let Some(chunk) = stream.next().await {
            bytes.extend_from_slice(&chunk.map_err(|error| self.error(error, doing))?);
        }
        let [_, previous] = TURNS;
        moved(&bytes, current, previous)
            .map_err(|error| EngineError::Broken { doing: doing.to_owned(), message: error.to_string() })
    }
}

/// The files of one revision in the archive of a volume, with their new paths, and the names of all revisions.
fn moved(bytes: &[u8], current: &str, to: &str) -> std::io::Result<(Vec<Moved>, Vec<String>)> {
    let mut moved = Vec::new();
    let mut revisions = BTreeSet::new();
    for entry in tar::Archive::new(bytes).entries()? {
        let mut entry = entry?;
        let path = entry.path()?.to_string_lossy().into_owned();
        // The first part is the name of the volume's own directory.
        let Some((_, inside)) = path.split_once('/') else { continue };
        let inside = inside.trim_end_matches('/');
        let revision = inside.split('/').next().unwrap_or_default();
        let kind = entry.header().entry_type();
        if kind.is_dir() && !revision.is_empty() && !TURNS.contains(&revision) {
            revisions.insert(revision.to_owned());
        }
        if revision == current && (kind.is_dir() || kind.is_file()) {
            let header = entry.header().clone();
            let mut content = Vec::new();
            entry.read_to_end(&mut content)?;
            moved.push((format!("{to}/{inside}{}", if kind.is_dir() { "/" } else { "" }), header, content));
        }
    }
    Ok((moved, revisions.into_iter().collect()))
}
