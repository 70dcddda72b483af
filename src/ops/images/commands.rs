//! `images list|pull|build|save|load`.

use std::path::Path;

use futures_util::StreamExt as _;

use super::build::{BuildFault, build, record};
use super::look::{Images, look};
use super::{PullPolicy, acquire};
use crate::archive::{Archive, Suite, Validity};
use crate::kernel::{labels, text};
use crate::model::images::{ImageRow, ImagesReport};
use crate::model::stack::Stack;
use crate::ops::prepare::known_components;
use crate::ops::{Error, Session, load};
use crate::workdir;

/// What the stack needs and what is there.
pub async fn list(session: &Session<'_>) -> Result<ImagesReport, Error> {
    let loaded = load(session)?;
    let engine = session.engine().await?;
    let images = look(&engine, &loaded.stack, &[]).await?;
    Ok(report(&loaded.stack, &images, &[]))
}

/// Asks the registry, also for what is there; builds what no registry gives.
pub async fn pull_all(session: &Session<'_>, components: &[String]) -> Result<ImagesReport, Error> {
    let loaded = load(session)?;
    known_components(&loaded, components)?;
    let engine = session.engine().await?;
    let mut stack = loaded.stack;
    stack.instances.retain(|instance| components.is_empty() || components.contains(&instance.name));
    let there = look(&engine, &stack, &[]).await?;
    let images = acquire(session, &engine, &stack, there, PullPolicy::Always, &[]).await?;
    Ok(report(&stack, &images, &[]))
}

/// What `images build` was asked for.
#[derive(Debug, Clone, Default)]
pub struct BuildOptions {
    /// Only these components; empty: all that a Debian archive has.
    pub components: Vec<String>,
    /// Another suite than the stack's.
    pub suite: Option<String>,
    /// Take an archive whose Release file has expired.
    pub accept_expired: bool,
}

/// Builds images from Debian packages, also when there are some already.
pub async fn build_all(session: &Session<'_>, options: &BuildOptions) -> Result<ImagesReport, Error> {
    let loaded = load(session)?;
    known_components(&loaded, &options.components)?;
    let engine = session.engine().await?;
    let mut stack = loaded.stack;
    if let Some(suite) = &options.suite {
        stack.debian_suite.clone_from(suite);
    }
    let suite = Suite {
        name: stack.debian_suite.clone(),
        validity: if options.accept_expired { Validity::ExpiredAccepted } else { Validity::Checked },
    };
    let archive = Archive::discover(Path::new("/"))?;
    archive.prerequisites()?;
    let named = |name: &str| options.components.iter().any(|component| component == name);
    let all = options.components.is_empty();
    // Named ones are tried even where no archive has them, so that the reason is told.
    stack.instances.retain(|instance| {
        named(&instance.name) || (all && instance.row.is_some_and(|row| row.image.debian.is_some()))
    });
    let mut failed = Vec::new();
    for instance in &stack.instances {
        let Some(row) = instance.row else { continue };
        match build(session, &engine, &archive, row, &suite).await {
            Ok(_) => {}
            Err(BuildFault::Archive(error)) => failed.push((instance.name.clone(), error.to_string())),
            Err(BuildFault::Other(error)) => return Err(error),
        }
    }
    let images = look(&engine, &stack, &[]).await?;
    Ok(report(&stack, &images, &failed))
}

/// Writes the images of the stack to one archive; returns what was written.
pub async fn save(session: &Session<'_>, file: &Path, force: bool) -> Result<Vec<String>, Error> {
    let loaded = load(session)?;
    let engine = session.engine().await?;
    let images = look(&engine, &loaded.stack, &[]).await?;
    if !images.missing.is_empty() {
        let names: Vec<&str> = images.missing.iter().map(|missing| missing.component.as_str()).collect();
        session.warn(format!("without {}: the image is not here", text::list(&names)));
    }
    let mut references: Vec<String> = images.found.values().map(|image| image.reference.clone()).collect();
    references.sort();
    references.dedup();
    let mut writer = workdir::Writer::create(file, force)?;
    let names: Vec<&str> = references.iter().map(String::as_str).collect();
    let mut stream = std::pin::pin!(engine.save(&names));
    while let Some(piece) = stream.next().await {
        writer.write(&piece?)?;
    }
    writer.finish()?;
    Ok(references)
}

/// Loads such an archive; returns the engine's words. Images with stackctl's names are recorded: the user chose the file.
pub async fn load_archive(session: &Session<'_>, file: &Path) -> Result<Vec<String>, Error> {
    let engine = session.engine().await?;
    let lines = engine.load(workdir::stream_file(file)?).await?;
    for line in &lines {
        let name = line.rsplit(' ').next().unwrap_or_default();
        if name.starts_with(labels::IMAGE_PREFIX) {
            record(&engine, name, "loaded").await?;
        }
    }
    Ok(lines)
}

/// Records images with stackctl's names and labels that were brought without it; returns their names.
pub async fn adopt(session: &Session<'_>, components: &[String]) -> Result<Vec<String>, Error> {
    let loaded = load(session)?;
    known_components(&loaded, components)?;
    let engine = session.engine().await?;
    let images = look(&engine, &loaded.stack, &[]).await?;
    let wanted = |component: &String| components.is_empty() || components.contains(component);
    let names: Vec<String> = images
        .unrecorded
        .into_iter()
        .filter(|(component, _)| wanted(component))
        .map(|(_, name)| name)
        .collect();
    for name in &names {
        record(&engine, name, "adopted").await?;
    }
    Ok(names)
}

fn report(stack: &Stack, images: &Images, failed: &[(String, String)]) -> ImagesReport {
    let row = |instance: &crate::model::stack::Instance| {
        let found = images.found.get(&instance.name);
        let missing = images.missing.iter().find(|missing| missing.component == instance.name);
        let failure =
            failed.iter().find(|(component, _)| *component == instance.name).map(|(_, error)| error.clone());
        ImageRow {
            component: instance.name.clone(),
            wanted: instance.image.clone(),
            used: found.map(|image| image.reference.clone()),
            version: found.and_then(|image| image.version.as_ref()).map(ToString::to_string),
            source: found.and_then(|image| image.source.clone()),
            reason: failure.or_else(|| missing.map(|missing| missing.reason.clone())),
            remedy: missing.map(|missing| missing.remedy.clone()),
        }
    };
    ImagesReport { images: stack.instances.iter().map(row).collect() }
}
