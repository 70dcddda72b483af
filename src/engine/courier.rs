//! How files reach volumes: through a container that is made, never started, and removed.
//!
//! It mounts the volumes writable, takes one archive, and goes. The components themselves see their
//! configuration read-only. Works alike on local and remote daemons.

use std::collections::HashMap;
use std::io::Write as _;

use bollard::models::{ContainerCreateBody, HostConfig, Mount, MountType, MountVolumeOptions};
use bollard::query_parameters::{DownloadFromContainerOptionsBuilder, UploadToContainerOptionsBuilder};
use futures_util::StreamExt as _;
use futures_util::future::try_join_all;

use super::record::{Effect, read};
use super::revisions::Placement;
use super::{Engine, EngineError};
use crate::kernel::{labels, text};

/// What is brought to one volume.
#[derive(Debug, Clone, Default)]
pub struct Parcel {
    /// The volume.
    pub volume: String,
    /// Owner of the volume's own directory, when it is new and belongs to a component's data.
    pub owner: Option<(u32, u32)>,
    /// The revision to put there and to point `current` at.
    pub delivery: Option<Delivery>,
    /// The volume was made by this run: it holds no revision yet.
    pub is_new: bool,
}

/// One revision of a component's files.
#[derive(Debug, Clone, Default)]
pub struct Delivery {
    /// Name of the revision's directory.
    pub revision: String,
    /// Path, content, and the owner when the file is a secret. None at all: only point `current` there.
    pub files: Vec<DeliveredFile>,
}

/// Path, content, and the owner when the file is a secret.
pub type DeliveredFile = (String, Vec<u8>, Option<(u32, u32)>);

/// Directory of the courier under which volumes are mounted.
const AT: &str = "v";

impl Engine {
    /// Brings everything in one archive. `image` is any image that is there; nothing of it runs.
    pub async fn deliver(&self, stack: &str, image: &str, parcels: &[Parcel]) -> Result<(), EngineError> {
        let body = courier(stack, image, parcels);
        let id = self.create_helper(&format!("{stack}.courier"), body, "deliver files").await?;
        let sent = self.send(&id, parcels).await;
        let removed = self.remove(&id).await;
        sent.and(removed)
    }

    /// Uploads everything into the courier.
    async fn send(&self, courier: &str, parcels: &[Parcel]) -> Result<(), EngineError> {
        let places = parcels.iter().map(async |parcel| match &parcel.delivery {
            Some(delivery) => {
                let root = format!("/{AT}/{}", parcel.volume);
                self.place(courier, &root, delivery, parcel.is_new).await
            }
            None => Ok(Placement::default()),
        });
        let places = try_join_all(places).await?;
        let bytes = archive(parcels, &places).map_err(|error| EngineError::Broken {
            doing: "pack the files".to_owned(),
            message: error.to_string(),
        })?;
        let options = UploadToContainerOptionsBuilder::new().path("/").build();
        let body = bollard::body_full(bytes.into());
        let sent = self.docker.upload_to_container(courier, Some(options), body).await;
        let sent = sent.map_err(|error| self.error(error, "deliver the files"));
        let volumes: Vec<String> = parcels.iter().map(|parcel| parcel.volume.clone()).collect();
        self.record(sent, Effect::Change(format!("files in {}", text::list(&volumes)), "deliver"))
    }

    /// The files of the revision that a configuration volume points at; none when nothing was delivered to it. For a
    /// volume that no container has: `image` is any image that is there.
    pub async fn read_volume(
        &self,
        stack: &str,
        image: &str,
        volume: &str,
    ) -> Result<Vec<(String, Vec<u8>)>, EngineError> {
        let parcel = Parcel { volume: volume.to_owned(), ..Parcel::default() };
        let body = courier(stack, image, &[parcel]);
        let purpose = format!("read the volume `{volume}`");
        let id = self.create_helper(&format!("{stack}.courier"), body, &purpose).await?;
        let files = self.current_files(&id, &format!("/{AT}/{volume}")).await;
        let removed = self.remove(&id).await;
        files.and_then(|files| removed.map(|()| files))
    }

    async fn current_files(
        &self,
        container: &str,
        root: &str,
    ) -> Result<Vec<(String, Vec<u8>)>, EngineError> {
        match self.link_target(container, &format!("{root}/current")).await? {
            // With the slash, the link is followed.
            Some(_) => self.read_files(container, &format!("{root}/current/")).await,
            None => Ok(Vec::new()),
        }
    }

    /// The files below a directory of a container: path without that directory, and content.
    pub async fn read_files(
        &self,
        container: &str,
        directory: &str,
    ) -> Result<Vec<(String, Vec<u8>)>, EngineError> {
        read(|| self.archived_files(container, directory)).await
    }

    async fn archived_files(
        &self,
        container: &str,
        directory: &str,
    ) -> Result<Vec<(String, Vec<u8>)>, EngineError> {
        let options = DownloadFromContainerOptionsBuilder::new().path(directory).build();
        let mut stream = std::pin::pin!(self.docker.download_from_container(container, Some(options)));
        let mut bytes = Vec::new();
        while let Some(chunk) = stream.next().await {
            let chunk = chunk
                .map_err(|error| self.error(error, format!("read files of the container `{container}`")))?;
            bytes.extend_from_slice(&chunk);
        }
        unpack(&bytes).map_err(|error| EngineError::Broken {
            doing: format!("read files of the container `{container}`"),
            message: error.to_string(),
        })
    }
}

fn courier(stack: &str, image: &str, parcels: &[Parcel]) -> ContainerCreateBody {
    let mounts = parcels.iter().map(|parcel| Mount {
        typ: Some(MountType::VOLUME),
        source: Some(parcel.volume.clone()),
        target: Some(format!("/{AT}/{}", parcel.volume)),
        volume_options: Some(MountVolumeOptions { no_copy: Some(true), ..MountVolumeOptions::default() }),
        ..Mount::default()
    });
    ContainerCreateBody {
        image: Some(image.to_owned()),
        entrypoint: Some(vec!["/never-started".to_owned()]),
        labels: Some(HashMap::from([
            (labels::STACK.to_owned(), stack.to_owned()),
            (labels::ROLE.to_owned(), labels::ROLE_COURIER.to_owned()),
        ])),
        host_config: Some(HostConfig {
            mounts: Some(mounts.collect()),
            network_mode: Some("none".to_owned()),
            ..HostConfig::default()
        }),
        ..ContainerCreateBody::default()
    }
}

fn archive(parcels: &[Parcel], places: &[Placement]) -> std::io::Result<Vec<u8>> {
    let mut tar = tar::Builder::new(Vec::new());
    for (parcel, place) in parcels.iter().zip(places) {
        let root = format!("{AT}/{}", parcel.volume);
        if let Some(owner) = parcel.owner {
            directory(&mut tar, &root, owner, 0o750)?;
        }
        if let Some(delivery) = &parcel.delivery {
            revision(&mut tar, &root, delivery, place)?;
        }
    }
    let mut bytes = tar.into_inner()?;
    bytes.flush()?;
    Ok(bytes)
}

/// The link comes after the files that it leads to, and what it led to before goes last.
fn revision(
    tar: &mut tar::Builder<Vec<u8>>,
    root: &str,
    delivery: &Delivery,
    place: &Placement,
) -> std::io::Result<()> {
    for (path, header, content) in &place.moved {
        tar.append_data(&mut header.clone(), format!("{root}/{path}"), content.as_slice())?;
    }
    if let Some(turn) = place.emptied {
        empty_file(tar, &format!("{root}/{turn}"))?;
        directory(tar, &format!("{root}/{turn}"), (0, 0), 0o755)?;
    }
    if !delivery.files.is_empty() {
        files(tar, &format!("{root}/{}", place.directory), delivery)?;
    }
    let mut header = header(tar::EntryType::Symlink, (0, 0), 0o777);
    header.set_size(0);
    tar.append_link(&mut header, format!("{root}/current"), &place.directory)?;
    place.dropped.iter().try_for_each(|revision| empty_file(tar, &format!("{root}/{revision}")))
}

fn files(tar: &mut tar::Builder<Vec<u8>>, here: &str, delivery: &Delivery) -> std::io::Result<()> {
    let mut directories: Vec<String> = delivery
        .files
        .iter()
        .flat_map(|(path, _, _)| {
            path.match_indices('/').map(|(at, _)| path.get(..at).unwrap_or_default().to_owned())
        })
        .collect();
    directories.sort();
    directories.dedup();
    directory(tar, here, (0, 0), 0o755)?;
    for path in directories {
        directory(tar, &format!("{here}/{path}"), (0, 0), 0o755)?;
    }
    for (path, bytes, owner) in &delivery.files {
        let mut header = header(
            tar::EntryType::Regular,
            owner.unwrap_or((0, 0)),
            if owner.is_some() { 0o400 } else { 0o444 },
        );
        header.set_size(bytes.len() as u64);
        tar.append_data(&mut header, format!("{here}/{path}"), bytes.as_slice())?;
    }
    Ok(())
}

/// In the place of a directory, it takes everything below with it.
fn empty_file(tar: &mut tar::Builder<Vec<u8>>, path: &str) -> std::io::Result<()> {
    let mut header = header(tar::EntryType::Regular, (0, 0), 0o400);
    header.set_size(0);
    tar.append_data(&mut header, path, std::io::empty())
}

fn directory(
    tar: &mut tar::Builder<Vec<u8>>,
    path: &str,
    owner: (u32, u32),
    mode: u32,
) -> std::io::Result<()> {
    let mut header = header(tar::EntryType::Directory, owner, mode);
    header.set_size(0);
    tar.append_data(&mut header, format!("{path}/"), std::io::empty())
}

fn header(kind: tar::EntryType, (uid, gid): (u32, u32), mode: u32) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(kind);
    header.set_uid(uid.into());
    header.set_gid(gid.into());
    header.set_mode(mode);
    header.set_mtime(0);
    header
}

fn unpack(bytes: &[u8]) -> std::io::Result<Vec<(String, Vec<u8>)>> {
    let mut files = Vec::new();
    for entry in tar::Archive::new(bytes).entries()? {
        let mut entry = entry?;
        if entry.header().entry_type() == tar::EntryType::Regular {
            // The first part is the name of the directory itself.
            let path = entry.path()?.to_string_lossy().split_once('/').map(|(_, rest)| rest.to_owned());
            let mut content = Vec::new();
            std::io::Read::read_to_end(&mut entry, &mut content)?;
            files.extend(path.map(|path| (path, content)));
        }
    }
    Ok(files)
}
