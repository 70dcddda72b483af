//! From the files of the user to a stack and its rendered files: everything before the daemon is touched.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{Error, Session};
use crate::kernel::{Diagnostic, Secret, diagnostic};
use crate::model::artifact::Artifact;
use crate::model::stack::{SecretFile, SecretSource, Stack};
use crate::render::{Asset, Assets, Inputs};
use crate::resolve::{KnownImages, resolve};
use crate::source::{self, Document};
use crate::workdir::{self, SecretProblem, State};

/// The name of the file that is looked for.
pub const STACK_FILE: &str = "stack.yml";

/// What the user's files mean.
#[derive(Debug)]
pub struct Loaded {
    /// `stack.yml` as read; empty for the built-in default stack.
    pub document: Document,
    /// What it means.
    pub stack: Stack,
    /// Templates, rules and dashboards.
    pub assets: Assets,
    /// Directory that paths in `stack.yml` are relative to.
    pub directory: PathBuf,
    /// Findings that do not stop.
    pub diagnostics: Vec<Diagnostic>,
    /// `--project`
    project: Option<String>,
}

/// Whether generated secrets that are not there yet are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Generate {
    /// Make and keep them.
    Missing,
    /// Change nothing; a stand-in takes their place.
    Nothing,
}

/// Reads and resolves. All errors of the user's files come at once.
pub fn load(session: &Session<'_>) -> Result<Loaded, Error> {
    let (document, directory, mut diagnostics) = read(session)?;
    let project = session.global.project.clone();
    if let Some(name) = &project
        && !source::scalar::is_name(name)
    {
        return Err(Error::Usage {
            message: format!("`{name}` cannot be the name of a stack"),
            hint: "use lower-case letters, digits and hyphens, at most 42 characters".to_owned(),
        });
    }
    let (stack, mut found) = resolve(&document, project.as_deref(), &KnownImages::new());
    if diagnostic::any_error(&diagnostics) {
        // What is missing may be in the part that could not be read.
        found.retain(Diagnostic::is_error);
    }
    diagnostics.extend(found);
    if diagnostic::any_error(&diagnostics) {
        return Err(Error::Invalid(diagnostics));
    }
    let assets = assets(&directory)?;
    Ok(Loaded { document, stack, assets, directory, diagnostics, project })
}

impl Loaded {
    /// The same files, for images that turned out to hold these versions.
    pub fn with_images(&mut self, known: &KnownImages) -> Result<(), Error> {
        let (stack, found) = resolve(&self.document, self.project.as_deref(), known);
        if diagnostic::any_error(&found) {
            return Err(Error::Invalid(found));
        }
        self.stack = stack;
        Ok(())
    }
}

fn read(session: &Session<'_>) -> Result<(Document, PathBuf, Vec<Diagnostic>), Error> {
    let default = Path::new(STACK_FILE);
    let path = match &session.global.file {
        Some(path) => path.as_path(),
        None if default.exists() => default,
        None => return Ok((Document::default(), PathBuf::from("."), Vec::new())),
    };
    let bytes = workdir::read_stack_file(path)?;
    let name = path.display().to_string();
    let (document, found) = source::read(&bytes, &name, &session.global.environment);
    let directory = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Ok((document, directory.to_owned(), found))
}

fn assets(directory: &Path) -> Result<Assets, Error> {
    let overrides = workdir::overrides(directory)?;
    let with_origin = |(path, bytes): (String, Vec<u8>)| {
        let origin =
            directory.join(&path).strip_prefix("./").map_or_else(|_| directory.join(&path), Path::to_owned);
        (path, Asset { bytes, origin: origin.display().to_string() })
    };
    Ok(Assets::with_overrides(overrides.into_iter().map(with_origin).collect()))
}

/// Renders everything, with secrets, and reads it back.
pub fn render(session: &Session<'_>, loaded: &Loaded, generate: Generate) -> Result<Vec<Artifact>, Error> {
    let artifacts = render_unread(session, loaded, generate)?;
    let found = crate::render::read_back(&artifacts);
    if found.is_empty() { Ok(artifacts) } else { Err(Error::Invalid(found)) }
}

/// The same for a story that reads it back later or uses it for nothing but a comparison.
pub fn render_unread(
    session: &Session<'_>,
    loaded: &Loaded,
    generate: Generate,
) -> Result<Vec<Artifact>, Error> {
    let state = session.state(&loaded.stack.name);
    let mut found = Vec::new();
    let mut secrets = BTreeMap::new();
    for file in &loaded.stack.secrets {
        match secret(loaded, &state, file, generate) {
            Ok(secret) => {
                secrets.insert((file.component.clone(), file.name.clone()), secret);
            }
            Err(Fault::Found(problem)) => found.push(*problem),
            Err(Fault::Stopped(error)) => return Err(*error),
        }
    }
    let files = users_files(loaded, &mut found);
    if !found.is_empty() {
        return Err(Error::Invalid(found));
    }
    let inputs = Inputs { stack: &loaded.stack, assets: &loaded.assets, secrets: &secrets, files: &files };
    crate::render::render(&inputs).map_err(Error::Invalid)
}

enum Fault {
    Found(Box<Diagnostic>),
    Stopped(Box<Error>),
}

fn secret(loaded: &Loaded, state: &State, file: &SecretFile, generate: Generate) -> Result<Secret, Fault> {
    match &file.source {
        SecretSource::File(path) => workdir::read_secret(&loaded.directory.join(path))
            .map_err(|problem| Fault::Found(Box::new(secret_diagnostic(loaded, file, path, &problem)))),
        SecretSource::Generated(name) => {
            let path = state.secret(name);
            let stop = |error: workdir::WorkdirError| Fault::Stopped(Box::new(error.into()));
            if path.exists() {
                return workdir::read_secret(&path).map_err(|problem| {
                    Fault::Found(Box::new(secret_diagnostic(
                        loaded,
                        file,
                        &path.display().to_string(),
                        &problem,
                    )))
                });
            }
            if generate == Generate::Nothing {
                return Ok(Secret::new("not generated yet"));
            }
            let secret = workdir::generate().map_err(stop)?;
            state.prepare().and_then(|()| workdir::write_secret(&path, &secret)).map_err(stop)?;
            Ok(secret)
        }
    }
}

fn secret_diagnostic(loaded: &Loaded, file: &SecretFile, path: &str, problem: &SecretProblem) -> Diagnostic {
    let (code, hint) = match problem {
        SecretProblem::Unreadable(_) => {
            ("SC304", format!("put the secret into `{path}`, mode 0600, or correct the path"))
        }
        SecretProblem::Empty => ("SC304", format!("put the secret into `{path}`")),
        SecretProblem::TooLarge => ("SC304", "is it the right file?".to_owned()),
        SecretProblem::Open { .. } => ("SC305", format!("chmod 600 {path}")),
    };
    let message = match problem {
        SecretProblem::Unreadable(error) => error.to_string(),
        other => format!("`{path}`: {other}"),
    };
    Diagnostic::error(code, message).at(loaded.document.value_place(&file.at)).hint(hint)
}

/// Files of custom exporters.
fn users_files(loaded: &Loaded, found: &mut Vec<Diagnostic>) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for path in loaded.stack.instances.iter().flat_map(|instance| instance.files.values()) {
        match workdir::read_file(&loaded.directory.join(path)) {
            Ok(bytes) => {
                files.insert(path.clone(), bytes);
            }
            Err(error) => found
                .push(Diagnostic::error("SC304", error.to_string()).hint("correct the path in stack.yml")),
        }
    }
    files
}
