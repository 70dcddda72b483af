//! `endpoints`: where everything is and who may enter.

use super::images::Images;
use super::load::Generate;
use super::{Error, Session, load, prepare};
use crate::model::observed::{Observed, State};
use crate::model::report::{EndpointRow, EndpointsReport, StatusRow};
use crate::model::stack::{Instance, SecretSource, Stack};
use crate::workdir;

/// Whether passwords are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Secrets {
    /// Say where they are.
    Hide,
    /// Show them.
    Show,
}

/// Every address of the stack.
pub async fn endpoints(session: &Session<'_>, secrets: Secrets) -> Result<EndpointsReport, Error> {
    let mut loaded = load(session)?;
    let engine = session.engine().await?;
    prepare::recover(session, &engine, &mut loaded, &Images::default(), Generate::Known).await?;
    let stack = loaded.stack;
    let observed = engine.observe(&stack.name).await?;
    let all = stack.instances.iter();
    Ok(EndpointsReport { endpoints: all.map(|i| row(session, (&stack, &observed), i, secrets)).collect() })
}

/// The rows of what is there, for the end of `up`.
pub fn rows(session: &Session<'_>, stack: &Stack, observed: &Observed, secrets: Secrets) -> Vec<EndpointRow> {
    let present = |instance: &&Instance| observed.container(&instance.spec.name).is_some();
    let there = stack.instances.iter().filter(present);
    there.map(|instance| row(session, (stack, observed), instance, secrets)).collect()
}

fn row(
    session: &Session<'_>,
    (stack, observed): (&Stack, &Observed),
    instance: &Instance,
    secrets: Secrets,
) -> EndpointRow {
    let container = observed.container(&instance.spec.name);
    let state = container.map_or("missing", |seen| match seen.state {
        State::Exited => StatusRow::STOPPED,
        state => state.word(),
    });
    let (credentials, password) = credentials(session, stack, instance, secrets);
    EndpointRow {
        name: instance.name.clone(),
        url: format!("{}{}", instance.address(), page(instance)),
        public_url: public_url(instance),
        purpose: instance.row.map_or("metrics", |row| row.purpose).to_owned(),
        state: state.to_owned(),
        published: instance.published.is_some(),
        credentials,
        password,
    }
}

/// The URL that links lead to, unless it is the address on this machine.
fn public_url(instance: &Instance) -> Option<String> {
    let url = instance.setting(instance.row?.reached_at?)?;
    (url.trim_end_matches('/') != instance.address()).then_some(url)
}

/// Exporters have no page but their metrics.
fn page(instance: &Instance) -> &str {
    match instance.row {
        Some(row) if row.kind == crate::model::component::Kind::Exporter => {
            row.scrape.map_or("", |scrape| scrape.path)
        }
        Some(_) => "",
        None => &instance.ready.path,
    }
}

fn credentials(
    session: &Session<'_>,
    stack: &Stack,
    instance: &Instance,
    secrets: Secrets,
) -> (String, Option<String>) {
    let password = stack
        .secrets
        .iter()
        .find(|secret| secret.component == instance.name && secret.name == "admin_password");
    let (Some(secret), Some(user)) = (password, instance.setting("admin_user")) else {
        return ("none".to_owned(), None);
    };
    let path = match &secret.source {
        SecretSource::File(path) => std::path::PathBuf::from(path),
        SecretSource::Generated(name) => session.state(&stack.name).secret(name),
    };
    let shown = (secrets == Secrets::Show)
        .then(|| workdir::read_secret(&path).ok().map(|s| s.expose_text()))
        .flatten();
    let at = match &secret.source {
        SecretSource::File(written) => workdir::shown_path(&path, written),
        SecretSource::Generated(_) => path.display().to_string(),
    };
    (format!("{user}, password in {at}"), shown)
}
