//! `status`: one row per component: what runs, since when, and how it differs from what is meant.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::pin;

use futures_util::future::{Either, join_all, select};

use super::apply::{self, describe};
use super::health::{Facts, Owner, PATIENCE, glance, no_network, now, owner, sort};
use super::images::Images;
use super::load::Generate;
use super::prepare::{self, Ask, Lint, Prepared, tag};
use super::skipped::Skip;
use super::{Error, Session, load, stops, up};
use crate::catalog;
use crate::engine::{Engine, EngineError, Inspected};
use crate::kernel::digest;
use crate::model::health::Targets;
use crate::model::observed::{Observed, SeenContainer, State};
use crate::model::plan::Subject;
use crate::model::report::{StatusReport, StatusRow};
use crate::model::stack::{Instance, Stack};
use crate::probe::{Client, Endpoint, Readiness, Target, ready};

/// Looks at every component.
pub async fn status(session: &Session<'_>, skip_unavailable: bool) -> Result<StatusReport, Error> {
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
        skip: Skip::reading(skip_unavailable),
    };
    let client = up::client()?;
    let stack = loaded.stack.clone();
    let memory = session.state(&stack.name);
    let looks = join_all(stack.instances.iter().map(async |instance| {
        let look = look(&engine, &client, &stack, instance).await;
        let container = look.container.map(|seen| seen.map(|seen| stops::judged(&memory, seen)));
        Look { container, ..look }
    }));
    let (prepared, looks) =
        tokio::try_join!(Box::pin(prepare::prepare(session, &engine, loaded, &ask)), async {
            Ok(looks.await)
        },)?;
    let looks: BTreeMap<&str, Look> = stack.instances.iter().map(|i| i.name.as_str()).zip(looks).collect();
    let targets = targets(&prepared.loaded.stack, &looks);
    let origin = prepared.observed.record.as_ref().map(|record| record.origin.clone());
    let rows = prepared.loaded.stack.instances.iter();
    Ok(StatusReport {
        origin_is_here: origin.as_ref().map(|origin| origin.is_same(&prepared.loaded.origin)),
        origin,
        components: rows.filter_map(|i| Some(row(&prepared, i, looks.get(i.name.as_str())?))).collect(),
        targets,
        problems: problems(&prepared),
        orphans: prepared.plan.orphans.clone(),
        skip_unavailable,
    })
}

/// What can be asked by name, and needs no list of what there is.
struct Look {
    container: Result<Option<Inspected>, EngineError>,
    /// Whether it answers as a ready one does; none when it cannot be asked from here.
    ready: Option<bool>,
    scraped: Option<Scraped>,
}

/// The targets of Prometheus, and the probes that fail.
type Scraped = (Vec<Target>, BTreeSet<(String, String)>);

async fn look(engine: &Engine, client: &Client, stack: &Stack, instance: &Instance) -> Look {
    let ask = async |endpoint: Endpoint| {
        let scrapes = async {
            if instance.name == catalog::SCRAPER { glance(client, &endpoint, stack).await } else { None }
        };
        tokio::join!(answers(client, &endpoint, instance), scrapes)
    };
    let inspected = pin!(engine.inspect(&instance.spec.name, &stack.name));
    let meant = apply::endpoint_published(engine, instance);
    let (container, mut answer) = if let Some(endpoint) = meant.clone() {
        match select(inspected, pin!(ask(endpoint))).await {
            // Nothing that runs is behind the port: whatever is there is not waited for.
            Either::Left((container, _)) if !runs(&container) => (container, None),
            Either::Left((container, answer)) => (container, Some(answer.await)),
            Either::Right((answer, inspected)) => (inspected.await, Some(answer)),
        }
    } else {
        (inspected.await, None)
    };
    let seen = container.as_ref().ok().and_then(Option::as_ref).filter(|seen| seen.running);
    let made = seen.and_then(|seen| apply::endpoint_made(engine, instance, seen));
    // A container that publishes no port, or was made before `stack.yml` was changed.
    if let Some(made) = made.filter(|made| meant.as_ref() != Some(made)) {
        answer = Some(ask(made).await);
    }
    let answer = answer.filter(|_| runs(&container));
    Look {
        container,
        ready: answer.as_ref().map(|answer| answer.0),
        scraped: answer.and_then(|answer| answer.1),
    }
}

/// True unless it is known that it does not.
fn runs(container: &Result<Option<Inspected>, EngineError>) -> bool {
    match container {
        Ok(Some(seen)) => seen.running,
        Ok(None) => false,
        Err(_) => true,
    }
}

/// The targets; none when Prometheus could not be asked.
fn targets(stack: &Stack, looks: &BTreeMap<&str, Look>) -> Option<Targets> {
    let (found, failed_probes) = looks.get(catalog::SCRAPER)?.scraped.as_ref()?;
    let state = |component: &str| {
        let look = looks.get(component)?;
        let seen = look.container.as_ref().ok()?.as_ref()?;
        Some(match look.ready {
            _ if seen.stopped => Owner::Stopped,
            Some(true) => Owner::Well(seen.uptime().unwrap_or(u64::MAX)),
            _ => Owner::Unwell,
        })
    };
    let owners = stack.jobs.iter().filter_map(|job| Some((job.name.as_str(), state(owner(job)?)?)));
    let now = now();
    let facts = Facts {
        jobs: &stack.jobs,
        owners: owners.collect(),
        failed_probes: failed_probes.clone(),
        began: now,
        now,
        since: None,
    };
    Some(sort(found, &facts).targets)
}

fn problems(prepared: &Prepared) -> Vec<String> {
    let name = &prepared.loaded.stack.name;
    let gone = prepared.observed.network(name).is_none() && !prepared.observed.containers.is_empty();
    gone.then(|| no_network(name)).into_iter().collect()
}

fn row(prepared: &Prepared, instance: &Instance, look: &Look) -> StatusRow {
    let base = blank(instance, &prepared.images);
    let Some(seen) = prepared.observed.container(&instance.spec.name) else { return base };
    let base = outdated(prepared, instance, base);
    let found = StatusRow {
        state: seen.state.word().to_owned(),
        revision: seen.revision.as_ref().and_then(|revision| shown(&prepared.observed, revision)),
        drift: drift(prepared, instance, seen),
        ..base
    };
    let inspected = match &look.container {
        Ok(Some(inspected)) => inspected,
        Ok(None) => return found,
        Err(error) => return StatusRow { problem: Some(error.to_string()), ..found },
    };
    let ready = look.ready.filter(|_| seen.state == State::Running && inspected.running);
    let problem = match (inspected.running, ready) {
        _ if inspected.stopped => None,
        _ if inspected.paused => Some(format!("paused; `stackctl restart {}` restarts it", instance.name)),
        (false, _) => Some(describe(inspected)),
        (true, Some(false)) => Some("running, but not ready".to_owned()),
        _ if inspected.ended.out_of_memory => Some("a process in it was killed for memory".to_owned()),
        _ => None,
    };
    StatusRow {
        state: if inspected.stopped { StatusRow::STOPPED.to_owned() } else { found.state },
        ready,
        uptime_seconds: inspected.uptime(),
        restarts: inspected.restarts,
        problem: problem.or(found.problem),
        ..found
    }
}

/// The row of a container whose wanted image is not here: what runs is another one.
fn outdated(prepared: &Prepared, instance: &Instance, blank: StatusRow) -> StatusRow {
    let missing = prepared.images.missing.iter().find(|missing| missing.component == instance.name);
    let Some(missing) = missing else { return blank };
    let problem = missing.running.as_ref().map(|running| {
        format!(
            "keeps running {running} untouched: {} is wanted, and its image is not here",
            tag(&missing.image)
        )
    });
    StatusRow {
        version: missing.running.clone().unwrap_or_else(|| "-".to_owned()),
        wanted: Some(tag(&missing.image).to_owned()),
        problem,
        ..blank
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
        unavailable: image.is_none(),
    }
}

async fn answers(client: &Client, endpoint: &Endpoint, instance: &Instance) -> bool {
    ready(&client.peer(endpoint, PATIENCE), &Readiness::from(&instance.ready)).await.is_ok()
}

/// What `up` would do to a container that runs.
fn drift(prepared: &Prepared, instance: &Instance, seen: &SeenContainer) -> Option<String> {
    let subject = Subject::Container(instance.name.clone());
    let step = prepared.plan.steps.iter().find(|step| step.subject == subject)?;
    let running = seen.state == State::Running;
    running.then(|| format!("{}: {}", step.action.verb(), step.cause))
}
