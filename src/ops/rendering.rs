//! `render`: every file, for the versions that run or will run.

use std::path::Path;

use super::load::{self, Generate, Loaded};
use super::{Error, Session, images};
use crate::catalog;
use crate::kernel::{Version, text};
use crate::model::artifact::Artifact;
use crate::model::report::{RenderReport, RenderedFile};
use crate::model::stack::{Instance, KnownImage};
use crate::render::Assets;
use crate::resolve::KnownImages;
use crate::workdir;

/// The versions that files are rendered for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Versions {
    /// Those of the images that `up` would use; where no daemon answers or an image is missing, the declared ones.
    Images,
    /// Those that stack.yml and stackctl declare.
    Declared,
    /// These, by component, instead of the declared ones.
    Given(Vec<(String, String)>),
}

/// Renders every file, to a directory or into the report.
pub async fn render(
    session: &Session<'_>,
    versions: &Versions,
    out: Option<&Path>,
) -> Result<RenderReport, Error> {
    let mut loaded = load::load(session)?;
    let known = match versions {
        Versions::Images => of_images(session, &loaded).await?,
        Versions::Declared => KnownImages::new(),
        Versions::Given(given) => of_user(given, &loaded)?,
    };
    loaded.with_images(&known)?;
    let artifacts = load::render(session, &mut loaded, Generate::Placeholders)?;
    if let Some(directory) = out {
        let plain = artifacts.iter().filter(|artifact| !artifact.secret);
        let files: Vec<(String, Vec<u8>)> =
            plain.map(|a| (format!("{}/{}", a.component, a.path), a.bytes.clone())).collect();
        workdir::write_tree(directory, &files)?;
    }
    let file = |artifact: &Artifact| RenderedFile {
        path: format!("{}/{}", artifact.component, artifact.path),
        // The length of a secret says something about it.
        bytes: if artifact.secret { 0 } else { artifact.bytes.len() },
        secret: artifact.secret,
        text: (!artifact.secret && !is_page(artifact) && out.is_none())
            .then(|| artifact.text().unwrap_or_default().to_owned()),
    };
    Ok(RenderReport {
        files: artifacts.iter().map(file).collect(),
        versions: loaded.stack.instances.iter().filter_map(version).collect(),
        directory: out.map(|directory| directory.display().to_string()),
        diagnostics: loaded.diagnostics,
    })
}

/// Whether a file is for browsers, and in nobody's way between the others.
fn is_page(artifact: &Artifact) -> bool {
    artifact.path.starts_with(catalog::RUNBOOK_PAGES)
}

fn version(instance: &Instance) -> Option<(String, String)> {
    Some((instance.name.clone(), instance.version.as_ref()?.to_string()))
}

/// The versions in the images that `up` would use. Those that differ from the declared ones are named, because options
/// come and go with versions.
async fn of_images(session: &Session<'_>, loaded: &Loaded) -> Result<KnownImages, Error> {
    let engine = match session.engine().await {
        Ok(engine) => engine,
        Err(error @ Error::Usage { .. }) => return Err(error),
        Err(error) => {
            session.note(format!(
                "rendered for the versions that are declared, not for those of the images: {error}"
            ));
            return Ok(KnownImages::new());
        }
    };
    let known = images::known(&images::look(&engine, &loaded.stack, &[]).await?);
    let differs = |instance: &&Instance| {
        known.get(&instance.name).is_some_and(|image| image.version != instance.version)
    };
    let others: Vec<String> = loaded
        .stack
        .instances
        .iter()
        .filter(differs)
        .filter_map(|instance| {
            Some(format!("{} {}", instance.name, known.get(&instance.name)?.version.as_ref()?))
        })
        .collect();
    if !others.is_empty() {
        session.note(format!(
            "rendered for {}, as in the images here; `--offline` renders for the declared versions",
            text::list(&others)
        ));
    }
    Ok(known)
}

/// The versions that the user gave, in images as declared.
fn of_user(given: &[(String, String)], loaded: &Loaded) -> Result<KnownImages, Error> {
    let mut known = KnownImages::new();
    for (component, version) in given {
        let Some(instance) = loaded.stack.instance(component) else {
            let names: Vec<&str> = loaded.stack.instances.iter().map(|i| i.name.as_str()).collect();
            return Err(Error::Usage {
                message: format!("there is no component `{}` in this stack", text::shown(component)),
                hint: match text::nearest(component, names.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("there are {}", text::list(&names)),
                },
            });
        };
        let Some(parsed) = Version::parse(version) else {
            return Err(Error::Usage {
                message: format!("`{}` is no version", text::shown(version)),
                hint: "write a version such as 2.53.3, or COMPONENT=VERSION such as alertmanager=0.28.1"
                    .to_owned(),
            });
        };
        let image = KnownImage { reference: instance.image.clone(), version: Some(parsed) };
        known.insert(component.clone(), image);
    }
    Ok(known)
}

impl Versions {
    /// Reads `VERSION`, which is one of Prometheus, and `COMPONENT=VERSION`.
    pub fn given(texts: &[String]) -> Self {
        let pair = |text: &String| match text.split_once('=') {
            Some((component, version)) => (component.to_owned(), version.to_owned()),
            None => (catalog::SCRAPER.to_owned(), text.clone()),
        };
        Self::Given(texts.iter().map(pair).collect())
    }
}

/// Writes the shipped templates, rules and dashboards out, to be changed beside `stack.yml`.
pub fn eject(directory: &std::path::Path) -> Result<RenderReport, Error> {
    let files = Assets::embedded_files();
    // All or nothing: the files that are there may be the user's.
    if let Some((path, _)) = files.iter().find(|(path, _)| directory.join(path).exists()) {
        return Err(Error::Usage {
            message: format!("`{}` exists already", directory.join(path).display()),
            hint: "choose a directory without these files, or move them away".to_owned(),
        });
    }
    for (path, bytes) in &files {
        workdir::write_new(&directory.join(path), bytes, false)?;
    }
    let file = |(path, bytes): &(String, Vec<u8>)| RenderedFile {
        path: path.clone(),
        bytes: bytes.len(),
        secret: false,
        text: None,
    };
    Ok(RenderReport {
        files: files.iter().map(file).collect(),
        versions: std::collections::BTreeMap::new(),
        directory: Some(directory.display().to_string()),
        diagnostics: Vec::new(),
    })
}
