//! `images list|pull|build|save|load`.

use std::path::Path;

use futures_util::StreamExt as _;

use super::build::{BuildFault, build, record};
use super::look::{Images, look};
use super::{PullPolicy, acquire};
use crate::archive::{Archive, Suite, Validity};
use crate::engine::{self, ArchivedImage, LocalImage};
use crate::kernel::{labels, text};
use crate::model::images::{ImageRow, ImagesReport, LoadedImages, MovedImage, SavedImages};
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

/// Writes the images of the stack to one archive.
pub async fn save(session: &Session<'_>, file: &Path, force: bool) -> Result<SavedImages, Error> {
    let loaded = load(session)?;
    let engine = session.engine().await?;
    let images = look(&engine, &loaded.stack, &[]).await?;
    let mut saved: Vec<MovedImage> = images
        .found
        .values()
        .map(|image| MovedImage { name: Some(image.reference.clone()), id: image.id.clone(), replaced: None })
        .collect();
    saved.sort_by(|a, b| a.name.cmp(&b.name));
    saved.dedup();
    let mut writer = workdir::Writer::create(file, force)?;
    let names: Vec<&str> = saved.iter().filter_map(|image| image.name.as_deref()).collect();
    let mut stream = std::pin::pin!(engine.save(&names));
    while let Some(piece) = stream.next().await {
        writer.write(&piece?)?;
    }
    writer.finish()?;
    let missing = images.missing.into_iter().map(|missing| missing.component).collect();
    Ok(SavedImages { file: file.display().to_string(), images: saved, missing })
}

/// Loads such an archive. A name that the daemon has for another image is replaced only when that is wanted. Images with
/// stackctl's names are recorded.
pub async fn load_archive(session: &Session<'_>, file: &Path, replace: bool) -> Result<LoadedImages, Error> {
    let archived = engine::archived(workdir::open_file(file)?)?;
    let engine = session.engine().await?;
    let local = engine.images().await?;
    let brought: Vec<MovedImage> = match &archived {
        Some(images) => images.iter().flat_map(|image| moved(image, &local)).collect(),
        None if replace => Vec::new(),
        None => {
            return Err(Error::Refused {
                message: format!("`{}` is compressed: the images in it cannot be listed", file.display()),
                causes: Vec::new(),
                hint: "decompress it first, or pass --replace to load it without comparing names".to_owned(),
            });
        }
    };
    let replaced = brought.iter().filter(|image| image.replaced.is_some());
    let causes: Vec<String> = replaced.map(replaces).collect();
    if !replace && !causes.is_empty() {
        return Err(Error::Refused {
            message: format!(
                "`{}` would replace {}",
                file.display(),
                text::count(causes.len(), "image that is here")
            ),
            causes,
            hint: "pass --replace if the archive is from a source that you trust".to_owned(),
        });
    }
    let lines = engine.load(workdir::stream_file(file)?).await?;
    let images = if archived.is_some() { brought } else { named(&engine.images().await?, &lines) };
    // The user chose the file.
    for name in images.iter().filter_map(|image| image.name.as_deref()) {
        if name.starts_with(labels::IMAGE_PREFIX) {
            record(&engine, name, "loaded").await?;
        }
    }
    Ok(LoadedImages { file: file.display().to_string(), images })
}

/// The names of an image in an archive, each with the id that it has here, when that is another.
fn moved(image: &ArchivedImage, local: &[LocalImage]) -> Vec<MovedImage> {
    let row = |name: Option<&String>| {
        let here = name.and_then(|name| local.iter().find(|here| here.tags.contains(name)));
        let other = here.filter(|here| !image.ids.contains(&here.id));
        MovedImage { name: name.cloned(), id: image.id.clone(), replaced: other.map(|here| here.id.clone()) }
    };
    if image.names.is_empty() {
        return vec![row(None)];
    }
    image.names.iter().map(|name| row(Some(name))).collect()
}

fn replaces(image: &MovedImage) -> String {
    let name = image.name.as_deref().unwrap_or_default();
    format!("{name} is {} here and {} there", image.replaced.as_deref().unwrap_or_default(), image.id)
}

/// What the daemon reports to have loaded: `Loaded image: NAME`.
fn named(local: &[LocalImage], lines: &[String]) -> Vec<MovedImage> {
    let names = lines.iter().filter_map(|line| line.strip_prefix("Loaded image: "));
    let id = |name: &str| local.iter().find(|image| image.tags.iter().any(|tag| tag == name));
    names
        .map(|name| MovedImage {
            name: Some(name.to_owned()),
            id: id(name).map(|image| image.id.clone()).unwrap_or_default(),
            replaced: None,
        })
        .collect()
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
