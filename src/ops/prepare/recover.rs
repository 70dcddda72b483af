//! Generated secrets belong to the stack, not to whoever ran `up` first: every run delivers them with the configuration,
//! and a user who does not have them takes them from there.
//!
//! The state directory of a user may lag behind, when another user has rotated a secret, or be ahead, when this user has.
//! The digest of the value that this user and the daemon last agreed on tells which.

use std::collections::BTreeMap;

use crate::engine::Engine;
use crate::kernel::{Secret, digest};
use crate::model::observed::Observed;
use crate::model::stack::{CONFIG_DIRECTORY, Holds, Instance, SecretFile, SecretForm, SecretSource};
use crate::ops::images::Images;
use crate::ops::load::{Generate, Loaded, NOT_GENERATED};
use crate::ops::{Error, Session};
use crate::workdir;

/// Files below the directory of a revision, by path.
pub type Files = BTreeMap<String, Vec<u8>>;

/// Reads back what is missing in the state directory. Nothing is changed at the daemon unless secrets are to be generated.
pub async fn recover(
    session: &Session<'_>,
    engine: &Engine,
    loaded: &mut Loaded,
    images: &Images,
    generate: Generate,
) -> Result<(), Error> {
    let state = session.state(&loaded.stack.name);
    let missing = |file: &(SecretFile, String)| {
        !state.secret(&file.1).exists() && !loaded.recovered.contains_key(&file.1)
    };
    let files: Vec<(SecretFile, String)> = generated(loaded).into_iter().filter(missing).collect();
    if files.is_empty() {
        return Ok(());
    }
    let observed = engine.observe(&loaded.stack.name).await?;
    for (file, name) in files {
        let Some(instance) = loaded.stack.instance(&file.component).cloned() else { continue };
        let place =
            Place { session, engine, stack: &loaded.stack.name, instance: &instance, observed: &observed };
        let secret = match place.delivered(generate, images.found.contains_key(&instance.name)).await {
            Ok(Some(files)) => {
                files.get(&format!("secrets/{}", file.name)).map(|bytes| Secret::new(bytes.clone()))
            }
            // Nothing will start with it, and none may be made up.
            Ok(None) => Some(Secret::new(NOT_GENERATED)),
            Err(error) => return Err(unreadable(session, loaded, (&file, &name), &error)),
        };
        if let Some(secret) = secret {
            keep(session, loaded, &name, &secret, generate)?;
        }
    }
    Ok(())
}

/// Takes secrets that another user has rotated since; true when there are some.
pub fn newer(
    session: &Session<'_>,
    loaded: &mut Loaded,
    delivered: &BTreeMap<String, Files>,
    generate: Generate,
) -> Result<bool, Error> {
    let state = session.state(&loaded.stack.name);
    let mut found = false;
    for (file, name) in generated(loaded) {
        let there =
            delivered.get(&file.component).and_then(|files| files.get(&format!("secrets/{}", file.name)));
        let (Some(there), Ok(here)) = (there, workdir::read_secret(&state.secret(&name))) else { continue };
        let agreed = state.agreed(&name).is_some_and(|agreed| agreed == short(&here));
        if agreed && there.as_slice() != here.expose() && !loaded.recovered.contains_key(&name) {
            keep(session, loaded, &name, &Secret::new(there.clone()), generate)?;
            found = true;
        }
    }
    Ok(found)
}

/// Remembers that the daemon has the secrets of these components as they are in the state directory.
pub fn agree(session: &Session<'_>, loaded: &Loaded, is_there: impl Fn(&Instance) -> bool) {
    let state = session.state(&loaded.stack.name);
    for (file, name) in generated(loaded) {
        let there = loaded.stack.instance(&file.component).is_some_and(&is_there);
        if let (true, Ok(secret)) = (there, workdir::read_secret(&state.secret(&name))) {
            state.agree(&name, &short(&secret));
        }
    }
}

/// Every generated secret, with the name under which it is kept.
fn generated(loaded: &Loaded) -> Vec<(SecretFile, String)> {
    let named = |file: &SecretFile| match (&file.source, &file.form) {
        (SecretSource::Generated(name), SecretForm::Plain) => Some((file.clone(), name.clone())),
        _ => None,
    };
    loaded.stack.secrets.iter().filter_map(named).collect()
}

fn keep(
    session: &Session<'_>,
    loaded: &mut Loaded,
    name: &str,
    secret: &Secret,
    generate: Generate,
) -> Result<(), Error> {
    let is_real = secret.expose() != NOT_GENERATED.as_bytes();
    if matches!(generate, Generate::Missing | Generate::Known) && is_real {
        let state = session.state(&loaded.stack.name);
        state.prepare()?;
        workdir::write_secret(&state.secret(name), secret)?;
        state.agree(name, &short(secret));
    }
    loaded.recovered.insert(name.to_owned(), secret.clone());
    Ok(())
}

fn short(secret: &Secret) -> String {
    digest::short([secret.expose()])
}

/// A component whose files are at the daemon.
struct Place<'a> {
    session: &'a Session<'a>,
    engine: &'a Engine,
    stack: &'a str,
    instance: &'a Instance,
    observed: &'a Observed,
}

impl Place<'_> {
    /// The files that were delivered last, perhaps none at all. `None`: they were delivered, and are not read now.
    async fn delivered(&self, generate: Generate, has_image: bool) -> Result<Option<Files>, Error> {
        let seen = self.observed.container(&self.instance.spec.name);
        if let Some(seen) = seen.filter(|seen| seen.revision.is_some()) {
            let directory = format!("{CONFIG_DIRECTORY}/");
            return Ok(Some(self.engine.read_files(&seen.id, &directory).await?.into_iter().collect()));
        }
        let is_there = |name: &str| self.observed.volumes.iter().any(|volume| volume.name == name);
        let config = self.instance.config_volume().filter(|volume| is_there(volume));
        let data = self.instance.spec.volumes.iter().find(|m| m.holds == Holds::Data && is_there(&m.volume));
        match (config, data) {
            (None, None) => Ok(Some(Files::new())),
            _ if generate != Generate::Missing || !has_image => Ok(None),
            (Some(volume), _) => {
                self.session.note(format!("reading the secrets of {} from `{volume}`", self.instance.name));
                let files = self.engine.read_volume(self.stack, &self.instance.spec.image, volume).await?;
                Ok(Some(files.into_iter().collect()))
            }
            (None, Some(data)) => Err(Error::Environment {
                message: format!(
                    "`{}` holds data that was made with it, and no volume holds it",
                    data.volume
                ),
                causes: Vec::new(),
                hint: String::new(),
            }),
        }
    }
}

fn unreadable(
    session: &Session<'_>,
    loaded: &Loaded,
    (file, name): (&SecretFile, &str),
    error: &Error,
) -> Error {
    let path = session.state(&loaded.stack.name).secret(name);
    Error::Environment {
        message: format!(
            "the secret {}/{} cannot be read from the daemon: {error}",
            file.component, file.name
        ),
        causes: Vec::new(),
        hint: format!(
            "write it into `{}` (mode 0600), then rerun; `stackctl down --volumes --yes` deletes the data and allows a new one",
            path.display()
        ),
    }
}
