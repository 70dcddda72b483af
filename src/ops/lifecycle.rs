//! `down`, `start`, `stop`, `restart`.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::sync::watch;

use super::apply::{self, Applied, Work};
use super::load::{Loaded, load_chosen};
use super::prepare::known_components;
use super::{Error, Session, up};
use crate::engine::{Engine, User};
use crate::model::observed::Observed;
use crate::model::plan::Plan;
use crate::model::report::ApplyReport;
use crate::reconcile::{self, Claim, Verb};

/// What `down` was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DownOptions {
    /// Remove the data as well.
    pub volumes: bool,
    /// The user confirmed that.
    pub yes: bool,
    /// Take over a stack of another origin.
    pub adopt: bool,
}

/// What `start`, `stop` and `restart` were asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LifecycleOptions {
    /// How long each component may take to be ready; none: as the component needs.
    pub timeout: Option<Duration>,
    /// Take over a stack of another origin.
    pub adopt: bool,
}

/// Removes containers and network, and the data when asked and confirmed.
pub async fn down(
    session: &Session<'_>,
    options: DownOptions,
    stop: watch::Receiver<bool>,
) -> Result<ApplyReport, Error> {
    let loaded = load_chosen(session)?;
    let engine = session.engine().await?;
    let _lock = session.lock(&loaded.stack.name)?;
    let observed = engine.observe(&loaded.stack.name).await?;
    let claim = Claim { origin: loaded.origin.clone(), adopt: options.adopt };
    let plan = reconcile::down(&loaded.stack, &observed, &claim, options.volumes)
        .map_err(|refusals| Error::refused(&refusals))?;
    alone(&engine, &observed).await?;
    if options.volumes && !options.yes && !observed.volumes.is_empty() {
        let names: Vec<String> = observed.volumes.iter().map(|volume| volume.name.clone()).collect();
        return Err(Error::Refused {
            message: format!("this deletes the data of the stack `{}` for good", loaded.stack.name),
            causes: vec![format!("volumes: {}", names.join(", "))],
            hint: "add --yes when you mean it; without --volumes the data stays".to_owned(),
        });
    }
    let mut report = run(session, &engine, (&loaded, &observed), &plan, ("down", None), stop).await?;
    if !options.volumes {
        report.kept_volumes = observed.volumes.into_iter().map(|volume| volume.name).collect();
    }
    Ok(report)
}

/// Refuses to take a network away from containers of others that are in it.
async fn alone(engine: &Engine, observed: &Observed) -> Result<(), Error> {
    for network in &observed.networks {
        let users = engine.users_of_network(&network.id).await?;
        let ours = |user: &User| observed.containers.iter().any(|seen| seen.id == user.id);
        let strangers: Vec<&User> = users.iter().filter(|user| !ours(user)).collect();
        if let Some(first) = strangers.first() {
            let names: Vec<String> = strangers.iter().map(ToString::to_string).collect();
            return Err(Error::Refused {
                message: format!(
                    "containers that are not of this stack are in the network `{}`: {}",
                    network.name,
                    names.join(", ")
                ),
                causes: Vec::new(),
                hint: format!(
                    "`docker network disconnect {} {}`, then run this again",
                    network.name, first.name
                ),
            });
        }
    }
    Ok(())
}

/// Starts, stops or restarts components.
pub async fn lifecycle(
    session: &Session<'_>,
    verb: Verb,
    components: &[String],
    options: LifecycleOptions,
    stop: watch::Receiver<bool>,
) -> Result<ApplyReport, Error> {
    let loaded = load_chosen(session)?;
    known_components(&loaded, components)?;
    let engine = session.engine().await?;
    let _lock = session.lock(&loaded.stack.name)?;
    let observed = engine.observe(&loaded.stack.name).await?;
    let claim = Claim { origin: loaded.origin.clone(), adopt: options.adopt };
    let plan = reconcile::lifecycle(&loaded.stack, &observed, &claim, verb, components)
        .map_err(|refusals| Error::refused(&refusals))?;
    if observed.containers.is_empty() {
        return Err(Error::Environment {
            message: format!("nothing of the stack `{}` is there", loaded.stack.name),
            causes: Vec::new(),
            hint: "`stackctl up` makes it".to_owned(),
        });
    }
    let absent = |name: &&String| !observed.containers.iter().any(|seen| seen.component == **name);
    if verb != Verb::Stop
        && let Some(absent) = components.iter().find(absent)
    {
        return Err(Error::Environment {
            message: format!("there is no container of `{absent}`"),
            causes: Vec::new(),
            hint: format!("`stackctl up {absent}` makes it"),
        });
    }
    run(session, &engine, (&loaded, &observed), &plan, (verb.word(), options.timeout), stop).await
}

async fn run(
    session: &Session<'_>,
    engine: &Engine,
    (loaded, observed): (&Loaded, &Observed),
    plan: &Plan,
    (command, timeout): (&str, Option<Duration>),
    stop: watch::Receiver<bool>,
) -> Result<ApplyReport, Error> {
    let stack = &loaded.stack;
    let witness = up::witness(session, &stack.name)?;
    let record = up::record(observed, &loaded.origin)?;
    let work = Work {
        session,
        engine,
        stack,
        observed,
        record: &record,
        artifacts: &[],
        revisions: &BTreeMap::new(),
        witness: &witness,
        timeout,
        wait: true,
        stop,
    };
    let applied: Applied = apply::apply(&work, plan).await;
    if !applied.failed.is_empty() || applied.stopped {
        return Err(up::failure(applied, command));
    }
    Ok(ApplyReport { done: applied.done, up_to_date: plan.is_empty(), ..ApplyReport::default() })
}
