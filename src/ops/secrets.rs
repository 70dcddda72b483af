//! `secrets`: list, show, rotate.

use tokio::sync::watch;

use super::images::Images;
use super::load;
use super::{Error, Session, apply, lock, prepare, up};
use crate::engine::Engine;
use crate::kernel::{Secret, text};
use crate::model::claim::Intent;
use crate::model::secrets::{RotatedSecret, SecretRow, SecretValue, SecretsReport};
use crate::model::stack::{SecretFile, SecretSource};
use crate::probe::{Endpoint, Grafana, GrafanaError};
use crate::reconcile::Claim;
use crate::workdir;

/// Every secret of the stack, without its value.
pub fn list(session: &Session<'_>) -> Result<SecretsReport, Error> {
    let loaded = load::load(session)?;
    let row = |secret: &SecretFile| {
        let path = path(session, &loaded, secret);
        SecretRow {
            component: secret.component.clone(),
            name: secret.name.clone(),
            generated: matches!(secret.source, SecretSource::Generated(_)),
            problem: workdir::read_secret(&path).err().map(|problem| {
                if problem.is_missing() { "there is no such file".to_owned() } else { problem.to_string() }
            }),
            path: shown(secret, &path),
        }
    };
    Ok(SecretsReport { secrets: loaded.stack.secrets.iter().map(row).collect() })
}

/// The value of one secret, `component/name` or just the component when it has one.
pub async fn show(session: &Session<'_>, wanted: &str) -> Result<SecretValue, Error> {
    let loaded = load::load(session)?;
    let secret = find(&loaded, wanted)?;
    checked(session, &loaded, secret)?;
    let path = path(session, &loaded, secret);
    fetch(session, secret, &path).await?;
    let value = workdir::read_secret(&path).map_err(|problem| {
        let generated = matches!(secret.source, SecretSource::Generated(_));
        let (message, hint) = match (problem.is_missing(), generated) {
            (true, true) => ("has not been generated yet".to_owned(), "`stackctl up` generates it"),
            (true, false) => (
                format!("is read from {}", shown(secret, &path)),
                "`stackctl secrets init` asks for the missing secrets and writes their files",
            ),
            (false, _) => (problem.to_string(), "correct the file, then rerun the command"),
        };
        Error::Environment {
            message: format!("`{wanted}`: {message}"),
            causes: Vec::new(),
            hint: hint.to_owned(),
        }
    })?;
    Ok(SecretValue {
        component: secret.component.clone(),
        name: secret.name.clone(),
        path: path.display().to_string(),
        value: value.expose_text(),
    })
}

/// Replaces a generated secret. The administrator's password is first changed in Grafana itself, because
/// its variable only counts when the user is made.
pub async fn rotate(session: &Session<'_>, wanted: &str) -> Result<RotatedSecret, Error> {
    let loaded = load::load_chosen(session)?;
    let secret = find(&loaded, wanted)?.clone();
    let SecretSource::Generated(_) = secret.source else {
        return Err(Error::Usage {
            message: format!("`{wanted}` is your own file"),
            hint: "change the file, then run `stackctl up`".to_owned(),
        });
    };
    if secret.name != "admin_password" {
        return Err(Error::Refused {
            message: format!(
                "`{wanted}` encrypts data that is there already; a new one would make it unreadable"
            ),
            causes: Vec::new(),
            hint: "rotate admin_password instead".to_owned(),
        });
    }
    checked(session, &loaded, &secret)?;
    let path = path(session, &loaded, &secret);
    fetch(session, &secret, &path).await?;
    let old = workdir::read_secret(&path).map_err(|problem| Error::Environment {
        message: format!("`{wanted}`: {problem}"),
        causes: Vec::new(),
        hint: "`stackctl up` makes it".to_owned(),
    })?;
    let name = loaded.stack.name.clone();
    let engine = session.engine().await?;
    // The whole of it takes no longer than a moment: it is not stopped in the middle.
    let (_stop, stopped) = watch::channel(false);
    let _gate = lock::gate(session, &name, &stopped).await?;
    let intent = Intent { verb: "secrets rotate".to_owned(), ending: Vec::new() };
    lock::under(session, &engine, (&name, &intent), &stopped, async |_| {
        let new = workdir::generate()?;
        change_in_grafana(&engine, (&loaded, &secret, &path), &old, &new).await?;
        workdir::write_secret(&path, &new)?;
        let path = path.display().to_string();
        Ok(RotatedSecret { component: secret.component.clone(), name: secret.name.clone(), path })
    })
    .await
}

async fn change_in_grafana(
    engine: &Engine,
    (loaded, secret, path): (&load::Loaded, &SecretFile, &std::path::Path),
    old: &Secret,
    new: &Secret,
) -> Result<(), Error> {
    let stack = &loaded.stack;
    let Some(instance) = stack.instance(&secret.component) else { return Ok(()) };
    let claim = Claim { origin: loaded.origin.clone(), adopt: false };
    let observed = engine.observe(&stack.name).await?;
    claim.check(&stack.name, &observed).map_err(|refusal| Error::refused(&[refusal]))?;
    if engine.inspect(&instance.spec.name, &stack.name).await?.is_none() {
        return Ok(());
    }
    let not_reached = |why: String| Error::Environment {
        message: format!("the password was not changed: {why}"),
        causes: Vec::new(),
        hint: format!("{} must run for this: `stackctl up {}`", instance.title, instance.name),
    };
    let Some(endpoint) = apply::endpoint(engine, stack, instance).await? else {
        return Err(not_reached(format!("{} cannot be asked from here", instance.title)));
    };
    let user = instance.setting("admin_user").unwrap_or_default();
    let with =
        |endpoint: &Endpoint, password: &Secret| endpoint.clone().with_credentials(&user, password.clone());
    let client = up::client()?;
    let patience = std::time::Duration::from_secs(10);
    let (before, after) = (with(&endpoint, old), with(&endpoint, new));
    let changed = Grafana::new(client.peer(&before, patience)).change_password(old, new).await;
    changed.map_err(|error| match error {
        GrafanaError::Password { .. } => Error::Environment {
            message: format!("the password was not changed: {error}"),
            causes: Vec::new(),
            hint: format!("write the password that works into `{}`, then run this again", path.display()),
        },
        other => not_reached(other.to_string()),
    })?;
    engine
        .ledger()
        .change(format!("secret {}/{} in {}", secret.component, secret.name, instance.title), "change");
    let proof = Grafana::new(client.peer(&after, patience)).user().await;
    proof.map(|_| ()).map_err(|error| not_reached(format!("the new one does not work: {error}")))
}

/// Gets a generated secret that another user of the daemon has made.
async fn fetch(session: &Session<'_>, secret: &SecretFile, path: &std::path::Path) -> Result<(), Error> {
    if !matches!(secret.source, SecretSource::Generated(_)) || path.exists() {
        return Ok(());
    }
    let mut loaded = load::load(session)?;
    let engine = session.engine().await?;
    let images = Images::default();
    prepare::recover(session, &engine, &mut loaded, &images, load::Generate::Known).await
}

fn find<'a>(loaded: &'a load::Loaded, wanted: &str) -> Result<&'a SecretFile, Error> {
    let name = |secret: &SecretFile| format!("{}/{}", secret.component, secret.name);
    let found = loaded.stack.secrets.iter().find(|secret| name(secret) == wanted || secret.name == wanted);
    found.ok_or_else(|| {
        let names: Vec<String> = loaded.stack.secrets.iter().map(name).collect();
        Error::Usage {
            message: format!("there is no secret `{wanted}`"),
            hint: format!("there are {}", text::list(&names)),
        }
    })
}

/// Refuses a generated secret that others could have written.
fn checked(session: &Session<'_>, loaded: &load::Loaded, secret: &SecretFile) -> Result<(), Error> {
    if let SecretSource::Generated(name) = &secret.source {
        session.state(&loaded.stack.name).generated(name)?;
    }
    Ok(())
}

/// The path of a secret's file as it may be shown.
fn shown(secret: &SecretFile, path: &std::path::Path) -> String {
    match &secret.source {
        SecretSource::File(written) => workdir::shown_path(path, written),
        SecretSource::Generated(_) => path.display().to_string(),
    }
}

fn path(session: &Session<'_>, loaded: &load::Loaded, secret: &SecretFile) -> std::path::PathBuf {
    match &secret.source {
        SecretSource::File(path) => loaded.directory.join(path),
        SecretSource::Generated(name) => session.state(&loaded.stack.name).secret(name),
    }
}
