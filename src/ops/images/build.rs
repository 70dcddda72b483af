//! An image from the package of a Debian archive, with the upstream image's user, paths and entry point.

use std::path::Path;
use std::time::Instant;

use crate::archive::{Archive, ArchiveError, Directory, Recipe, Suite};
use crate::engine::Engine;
use crate::kernel::{Event, Outcome, labels};
use crate::model::component::{Component, Debian};
use crate::model::observed::ImageRecord;
use crate::ops::{Error, Session};
use crate::workdir;

/// The name of such an image: nobody takes it for the upstream one.
pub fn stand_in_reference(component: &str, version: &str, suite: &str) -> String {
    format!("{}{component}:{version}-{suite}", labels::IMAGE_PREFIX)
}

/// Why an image could not be built.
#[derive(Debug)]
pub enum BuildFault {
    /// The archive.
    Archive(ArchiveError),
    /// The daemon or a file.
    Other(Error),
}

/// Builds and imports the image of a component; returns its reference.
pub async fn build(
    session: &Session<'_>,
    engine: &Engine,
    archive: &Archive,
    row: &Component,
    suite: &Suite,
) -> Result<String, BuildFault> {
    let Some(debian) = row.image.debian else {
        return Err(BuildFault::Other(Error::Environment {
            message: format!("no Debian archive has {}", row.title),
            causes: Vec::new(),
            hint: "load its image with `stackctl images load FILE`".to_owned(),
        }));
    };
    let begin = Instant::now();
    let subject = format!("image {}", row.name);
    let action = format!("build from the Debian package {} ({})", debian.package, suite.name);
    session.sink.send(Event::Started { subject: subject.clone(), action });
    let result = make(session, engine, archive, (row, &debian), suite).await;
    let (outcome, detail) = match &result {
        Ok(reference) => (Outcome::Done, format!("built {reference}")),
        Err(BuildFault::Archive(error)) => (Outcome::Failed, error.to_string()),
        Err(BuildFault::Other(error)) => (Outcome::Failed, error.to_string()),
    };
    session.sink.send(Event::Finished { subject, outcome, detail, elapsed: begin.elapsed() });
    result
}

async fn make(
    session: &Session<'_>,
    engine: &Engine,
    archive: &Archive,
    (row, debian): (&Component, &Debian),
    suite: &Suite,
) -> Result<String, BuildFault> {
    let directories: Vec<Directory<'_>> = row
        .data
        .map(|path| Directory { path, uid: row.user.0, gid: row.user.1, mode: 0o755 })
        .into_iter()
        .collect();
    let recipe = Recipe {
        package: debian.package,
        extra: debian.extra,
        links: debian.links,
        directories: &directories,
    };
    let directory = workdir::temporary_directory().map_err(|error| BuildFault::Other(error.into()))?;
    let out = directory.path().join("root.tar");
    let subject = format!("image {}", row.name);
    let progress = |line: &str| {
        session.sink.send(Event::Progress {
            subject: subject.clone(),
            detail: line.to_owned(),
            current: 0,
            total: 0,
        });
    };
    let built = archive.build(&recipe, suite, &out, progress).await.map_err(BuildFault::Archive)?;
    let reference = stand_in_reference(row.name, &built.upstream, &suite.name);
    import(engine, &out, &reference, &changes(row, &built.upstream, &suite.name))
        .await
        .map_err(BuildFault::Other)?;
    record(engine, &reference, "built").await.map_err(BuildFault::Other)?;
    Ok(reference)
}

/// Records that stackctl brought an image, so that it is used.
pub async fn record(engine: &Engine, reference: &str, how: &str) -> Result<(), Error> {
    let here = workdir::origin(None, None)?;
    let record = ImageRecord { how: how.to_owned(), host: here.host, user: here.user };
    Ok(engine.record_image(reference, &record).await?)
}

async fn import(engine: &Engine, tar: &Path, reference: &str, changes: &[String]) -> Result<(), Error> {
    let stream = workdir::stream_file(tar)?;
    Ok(engine.import(stream, reference, changes).await?)
}

/// Dockerfile instructions that give the image the upstream one's contract.
fn changes(row: &Component, version: &str, suite: &str) -> Vec<String> {
    vec![
        format!("USER {}:{}", row.user.0, row.user.1),
        format!("ENTRYPOINT [\"{}\"]", row.program),
        format!("EXPOSE {}", row.port),
        format!("LABEL {}={}", labels::IMAGE_COMPONENT, row.name),
        format!("LABEL {}={version}", labels::IMAGE_VERSION),
        format!("LABEL {}=debian/{suite}", labels::IMAGE_SOURCE),
    ]
}
