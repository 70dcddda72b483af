//! `status`: one row per component: what runs, since when, and how it differs from what is meant.

use futures_util::future::try_join_all;

use super::apply::{self, describe};
use super::images::Images;
use super::load::Generate;
use super::prepare::{self, Ask, Lint, Prepared};
use super::{Error, Session, health, load, up};
use crate::engine::{Engine, Inspected};
use crate::kernel::digest;
use crate::model::observed::{Observed, SeenContainer, State};
use crate::model::plan::Subject;
use crate::model::report::{StatusReport, StatusRow};
use crate::model::stack::Instance;
use crate::probe::{Client, Endpoint, Readiness, ready};

/// Looks at every component.
pub async fn status(session: &Session<'_>) -> Result<StatusReport, Error> {
    let loaded = load(session)?;
    let engine = session.unasked_engine()?;
    let ask = Ask {
        components: Vec::new(),
        remove_orphans: false,
        pull: None,
        generate: Generate::Nothing,
        lint: Lint::Never,
        // What another origin runs is shown like the rest.
        adopt: true,
        prove: None,
    };
    let client = up::client()?;
    let name = loaded.stack.name.clone();
    let instances = loaded.stack.instances.clone();
    let looks = instances.iter().map(|instance| look(&engine, &client, &name, instance));
    let (prepared, looks) =
        tokio::try_join!(Box::pin(prepare::prepare(session, &engine, loaded, &ask)), try_join_all(looks))?;
    let origin = prepared.observed.record.as_ref().map(|record| record.origin.clone());
    let rows = prepared.loaded.stack.instances.iter().zip(looks);
    Ok(StatusReport {
        origin_is_here: origin.as_ref().map(|origin| origin.is_same(&prepared.loaded.origin)),
        origin,
        components: rows.map(|(instance, look)| row(&prepared, instance, look)).collect(),
        orphans: prepared.plan.orphans.clone(),
    })
}

/// What can be asked by name, and needs no list of what there is.
struct Look {
    container: Option<Inspected>,
    /// Whether it answers as a ready one does; none when it cannot be asked from here.
    ready: Option<bool>,
}

async fn look(engine: &Engine, client: &Client, stack: &str, instance: &Instance) -> Result<Look, Error> {
    let inspected = engine.inspect(&instance.spec.name, stack);
    if let Some(endpoint) = apply::endpoint_published(engine, instance) {
        let (container, ready) = tokio::join!(inspected, answers(client, &endpoint, instance));
        return Ok(Look { container: container?, ready: Some(ready) });
    }
    let container = inspected.await?;
    let endpoint = container.as_ref().and_then(|seen| apply::endpoint_inside(engine, instance, seen));
    let ready = match endpoint {
        Some(endpoint) => Some(answers(client, &endpoint, instance).await),
        None => None,
    };
    Ok(Look { container, ready })
}

fn row(prepared: &Prepared, instance: &Instance, look: Look) -> StatusRow {
    let base = blank(instance, &prepared.images);
    let Some(seen) = prepared.observed.container(&instance.spec.name) else { return base };
    let Some(inspected) = look.container else { return base };
    let ready = look.ready.filter(|_| seen.state == State::Running && inspected.running);
    let problem = match (inspected.running, ready) {
        (false, _) => Some(describe(&inspected)),
        (true, Some(false)) => Some("runs and is not ready".to_owned()),
        _ if inspected.ended.out_of_memory => Some("a process in it was killed for memory".to_owned()),
        _ => None,
    };
    StatusRow {
        state: seen.state.word().to_owned(),
        ready,
        uptime_seconds: inspected.uptime(),
        restarts: inspected.restarts,
        revision: seen.revision.as_ref().and_then(|revision| shown(&prepared.observed, revision)),
        drift: drift(prepared, instance, seen),
        problem,
        ..base
    }
}

/// A revision as it is shown. Its name is a digest of the files, from which a short secret in them could be guessed; with the
/// key of the stack it tells nothing.
fn shown(observed: &Observed, revision: &str) -> Option<String> {
    let key = &observed.record.as_ref()?.key;
    (!key.is_empty()).then(|| digest::short([key.as_bytes(), revision.as_bytes()]))
}

fn blank(instance: &Instance, images: &Images) -> StatusRow {
    let image = images.found.get(&instance.name);
    let version =
        instance.version.as_ref().map_or_else(|| instance.wanted_version.clone(), ToString::to_string);
    let wanted = instance.wanted_version.trim_start_matches('v').to_owned();
    StatusRow {
        component: instance.name.clone(),
        state: if image.is_some() { "missing" } else { "unavailable" }.to_owned(),
        ready: None,
        wanted: (wanted != version).then_some(wanted),
        version: if image.is_some() { version } else { "-".to_owned() },
        image: image.map(|image| image.reference.clone()),
        image_record: image.and_then(|image| image.record.as_ref()).map(ToString::to_string),
        source: image.and_then(|image| image.source.clone()),
        uptime_seconds: None,
        restarts: 0,
        revision: None,
        drift: None,
        problem: image
            .is_none()
            .then(|| "its image is not here; `stackctl up` says how to supply it".to_owned()),
    }
}

async fn answers(client: &Client, endpoint: &Endpoint, instance: &Instance) -> bool {
    ready(&client.peer(endpoint, health::PATIENCE), &Readiness::from(&instance.ready)).await.is_ok()
}

/// What `up` would do to a container that runs.
fn drift(prepared: &Prepared, instance: &Instance, seen: &SeenContainer) -> Option<String> {
    let subject = Subject::Container(instance.name.clone());
    let step = prepared.plan.steps.iter().find(|step| step.subject == subject)?;
    let running = seen.state == State::Running;
    running.then(|| format!("{}: {}", step.action.verb(), step.cause))
}
