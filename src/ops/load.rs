//! From the files of the user to a stack and its rendered files: everything before the daemon is touched.

mod files;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::variables::variables;
use super::{Error, Session, users_files};
use crate::check::{self, secret_files};
use crate::kernel::{Diagnostic, Event, Ledger, Secret, diagnostic, text};
use crate::model::artifact::Artifact;
use crate::model::origin::Origin;
use crate::model::stack::{SecretFile, SecretSource, Stack};
use crate::render::{Assets, Inputs, Rendered};
use crate::resolve::{KnownImages, consequences, resolve};
use crate::source::{self, Document};
use crate::workdir::{self, Discovery, SecretProblem, State};

/// Where a stack is defined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// In this file.
    File(PathBuf),
    /// In stackctl itself.
    BuiltIn {
        /// The last directory that was searched for a stack file; none when the user asked for the built-in stack.
        searched: Option<PathBuf>,
    },
}

/// What the user's files mean.
#[derive(Debug)]
pub struct Loaded {
    /// `stack.yml` as read; empty for the built-in default stack.
    pub document: Document,
    /// What it means.
    pub stack: Stack,
    /// Templates, rules and dashboards.
    pub assets: Assets,
    /// Where it is defined.
    pub source: Source,
    /// Where this run comes from.
    pub origin: Origin,
    /// Directory that paths in `stack.yml` are relative to.
    pub directory: PathBuf,
    /// Findings that do not stop.
    pub diagnostics: Vec<Diagnostic>,
    /// Generated secrets as they were delivered, which count more than those in the state directory; by name.
    pub recovered: BTreeMap<String, Secret>,
    /// Files of the user that cannot be used. They stop what needs the rendered files, and nothing else.
    pub broken: Vec<Diagnostic>,
    /// `--project`
    project: Option<String>,
}

/// What is done about secrets that are not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Generate {
    /// Those that stackctl generates are made and kept, unless another user of the daemon has made them; a missing file of
    /// the user is an error.
    Missing,
    /// Those that another user of the daemon has made are kept; a placeholder takes the place of the others.
    Known,
    /// Nothing is made: a placeholder takes the place of those that stackctl generates; a missing file of the user is an
    /// error.
    Nothing,
    /// Nothing is made: a placeholder takes the place of every secret, and a missing file of the user is a warning.
    Placeholders,
}

/// What stands for a secret that is not there.
const PLACEHOLDER: &str = "not there yet";

/// Reads and resolves. All errors of the user's files come at once.
pub fn load(session: &Session<'_>) -> Result<Loaded, Error> {
    let (document, source, mut diagnostics) = read(session)?;
    let directory = source.directory();
    let project = session.global.project.clone();
    if let Some(name) = &project {
        check_name(name)?;
    }
    let (stack, mut found) = resolve(&document, project.as_deref(), &KnownImages::new());
    if diagnostic::any_error(&diagnostics) {
        // What is missing may be in the part that could not be read.
        found.retain(Diagnostic::is_error);
        consequences::remove(&document, &diagnostics, &mut found);
    }
    diagnostics.extend(found);
    if diagnostic::any_error(&diagnostics) {
        diagnostics.extend(unusable_secrets(&document, &stack, &directory));
        return Err(Error::Invalid(diagnostics));
    }
    let origin = workdir::origin(
        source.file(),
        document.config.origin.as_deref().filter(|team| !team.trim().is_empty()),
    )?;
    let users_files::Read { assets, broken, notes } =
        users_files::read(&directory, document.config.follow_links);
    diagnostics.extend(notes);
    diagnostics.extend(crate::render::replacements(&stack, &assets));
    diagnostics.extend(crate::render::unused(&stack, &assets));
    session.sink.send(source.event(&stack.name, project.is_none()));
    let recovered = BTreeMap::new();
    Ok(Loaded { document, stack, assets, source, origin, directory, diagnostics, recovered, broken, project })
}

/// The same for a command that changes or removes what is there: the user must have chosen the stack.
pub fn load_chosen(session: &Session<'_>) -> Result<Loaded, Error> {
    let loaded = load(session)?;
    match loaded.unchosen(session) {
        None => Ok(loaded),
        Some(up_to) => Err(Error::Refused {
            message: format!("there is no stack file here, nor above up to `{}`", up_to.display()),
            causes: Vec::new(),
            hint: format!(
                "change to the directory of the stack, or pass --file or --project; --default means the built-in \
                 stack `{}`",
                loaded.stack.name
            ),
        }),
    }
}

/// Refuses what cannot be the name of a stack.
pub fn check_name(name: &str) -> Result<(), Error> {
    if source::scalar::is_name(name) {
        return Ok(());
    }
    Err(Error::Usage {
        message: format!("`{}` cannot be the name of a stack", text::shown(name)),
        hint: "use lower-case letters, digits and hyphens, at most 42 characters".to_owned(),
    })
}

impl Loaded {
    /// The last directory that was searched in vain, when nothing says that the user means this stack.
    pub fn unchosen(&self, session: &Session<'_>) -> Option<&Path> {
        match &self.source {
            Source::BuiltIn { searched: Some(up_to) } if session.global.project.is_none() => Some(up_to),
            _ => None,
        }
    }

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

impl Source {
    fn find(session: &Session<'_>) -> Result<Self, Error> {
        let global = session.global;
        if let Some(path) = &global.file {
            return Ok(Self::File(path.clone()));
        }
        if global.default {
            return Ok(Self::BuiltIn { searched: None });
        }
        let home = global.environment.get("HOME").map(String::as_str);
        Ok(match workdir::find_stack_file(home)? {
            Discovery::File(path) => Self::File(path),
            Discovery::Nothing { up_to } => Self::BuiltIn { searched: Some(up_to) },
        })
    }

    fn file(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            Self::BuiltIn { .. } => None,
        }
    }

    fn directory(&self) -> PathBuf {
        let parent = self.file().and_then(Path::parent).filter(|parent| !parent.as_os_str().is_empty());
        parent.unwrap_or(Path::new(".")).to_owned()
    }

    fn event(&self, stack: &str, unchosen: bool) -> Event {
        let (file, searched) = match self {
            Self::File(path) => (Some(path), None),
            Self::BuiltIn { searched } => (None, searched.as_ref().filter(|_| unchosen)),
        };
        let text = |path: &PathBuf| path.display().to_string();
        Event::Stack { name: stack.to_owned(), file: file.map(text), searched: searched.map(text) }
    }
}

fn read(session: &Session<'_>) -> Result<(Document, Source, Vec<Diagnostic>), Error> {
    let source = Source::find(session)?;
    let Source::File(path) = &source else { return Ok((Document::default(), source, Vec::new())) };
    let bytes = workdir::read_stack_file(path)?;
    let name = path.display().to_string();
    let (variables, mut found) = variables(session, &source.directory())?;
    let (document, more) = source::read(&bytes, &name, &variables);
    found.extend(more);
    found.extend(files::writable_by_others(path, &name)?);
    Ok((document, source, found))
}

/// Renders everything, with secrets, and reads it back.
pub fn render(
    session: &Session<'_>,
    loaded: &mut Loaded,
    generate: Generate,
) -> Result<Vec<Artifact>, Error> {
    let mut rendered = render_all(session, loaded, generate)?;
    rendered.read_back();
    if rendered.found.is_empty() { Ok(rendered.artifacts) } else { Err(Error::Invalid(rendered.found)) }
}

/// Everything that can be rendered, with secrets, not read back yet, and what keeps the rest from it.
pub fn render_all(session: &Session<'_>, loaded: &mut Loaded, generate: Generate) -> Result<Rendered, Error> {
    let state = session.state(&loaded.stack.name);
    let mut found = loaded.broken.clone();
    let mut secrets = BTreeMap::new();
    for file in &loaded.stack.secrets {
        match secret(loaded, &state, file, generate, &session.global.ledger) {
            Ok(secret) => {
                secrets.insert((file.component.clone(), file.name.clone()), secret);
                found.extend(files::changed_by_group(loaded, file));
            }
            Err(Fault::Found(problem)) => {
                if !problem.is_error() {
                    let placeholder = Secret::new(PLACEHOLDER);
                    secrets.insert((file.component.clone(), file.name.clone()), placeholder);
                }
                found.push(*problem);
            }
            Err(Fault::Stopped(error)) => return Err(*error),
        }
    }
    let files = files::users_files(loaded, &mut found);
    let (found, mut warnings): (Vec<_>, Vec<_>) = found.into_iter().partition(Diagnostic::is_error);
    warnings.retain(|missing| !loaded.diagnostics.contains(missing));
    loaded.diagnostics.extend(warnings);
    let inputs = Inputs { stack: &loaded.stack, assets: &loaded.assets, secrets: &secrets, files: &files };
    let mut rendered = crate::render::render_all(&inputs);
    rendered.found.splice(0..0, found);
    Ok(rendered)
}

/// Everything, not read back yet.
pub fn render_unread(
    session: &Session<'_>,
    loaded: &mut Loaded,
    generate: Generate,
) -> Result<Vec<Artifact>, Error> {
    let rendered = render_all(session, loaded, generate)?;
    if rendered.found.is_empty() { Ok(rendered.artifacts) } else { Err(Error::Invalid(rendered.found)) }
}

/// Everything that is wrong: what keeps files from being rendered, and what the checks find in the others.
pub fn invalid(loaded: &Loaded, rendered: Rendered) -> Error {
    let Rendered { artifacts, mut found } = rendered;
    found.extend(check::check_rest(&loaded.document, &loaded.stack, &artifacts));
    Error::Invalid(found)
}

/// Stands for a generated secret that is not there yet, or that nothing will read.
pub const NOT_GENERATED: &str = "not generated yet";

enum Fault {
    Found(Box<Diagnostic>),
    Stopped(Box<Error>),
}

fn secret(
    loaded: &Loaded,
    state: &State,
    file: &SecretFile,
    generate: Generate,
    ledger: &Ledger,
) -> Result<Secret, Fault> {
    let found = |path: &str, problem: &SecretProblem| {
        Fault::Found(Box::new(files::secret_diagnostic(loaded, file, path, problem, generate)))
    };
    match &file.source {
        SecretSource::File(path) => {
            let full = loaded.directory.join(path);
            let secret = workdir::read_secret(&full).map_err(|problem| found(path, &problem))?;
            match unusable(&loaded.document, file, path, &secret) {
                Some(problem) => Err(Fault::Found(Box::new(problem))),
                None => Ok(secret),
            }
        }
        SecretSource::Generated(name) => {
            if let Some(secret) = loaded.recovered.get(name) {
                return Ok(secret.clone());
            }
            let stop = |error: workdir::WorkdirError| Fault::Stopped(Box::new(error.into()));
            if let Some(path) = state.generated(name).map_err(stop)? {
                return workdir::read_secret(&path)
                    .map_err(|problem| found(&path.display().to_string(), &problem));
            }
            if generate != Generate::Missing {
                return Ok(Secret::new(NOT_GENERATED));
            }
            let secret = workdir::generate().map_err(stop)?;
            state
                .prepare()
                .and_then(|()| workdir::write_secret(&state.secret(name), &secret))
                .map_err(stop)?;
            ledger.create(format!("secret {}/{}", file.component, file.name), "generate");
            Ok(secret)
        }
    }
}

/// The findings about secret files that are there, for a stack that goes no further.
fn unusable_secrets(document: &Document, stack: &Stack, directory: &Path) -> Vec<Diagnostic> {
    let found = |file: &SecretFile| {
        let SecretSource::File(path) = &file.source else { return None };
        let secret = workdir::read_secret(&directory.join(path)).ok()?;
        unusable(document, file, path, &secret)
    };
    stack.secrets.iter().filter_map(found).collect()
}

/// The finding about a secret that its reader could not use; it names the file and never shows what is in it.
fn unusable(document: &Document, file: &SecretFile, path: &str, secret: &Secret) -> Option<Diagnostic> {
    let wrong = secret_files::unusable(file.content, secret.expose())?;
    let message = format!("the secret file `{path}` {}", wrong.problem);
    Some(Diagnostic::error("SC523", message).at(document.value_place(&file.at)).hint(wrong.hint))
}
