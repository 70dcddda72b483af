//! `down`, `start`, `stop`, `restart`.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::time::Duration;

use tokio::sync::watch;

use super::apply::{self, Applied, Slots, Work};
use super::load::{Loaded, load_chosen};
use super::lock::{self, Lease};
use super::outcome::failure;
use super::prepare::known_components;
use super::{Error, Session, preflight, stops, up};
use crate::engine::{Engine, User};
use crate::model::claim::Intent;
use crate::model::observed::Observed;
use crate::model::plan::Plan;
use crate::model::report::ApplyReport;
use crate::model::stack::Stack;
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
    let stack = &loaded.stack;
    let engine = session.engine().await?;
    let _gate = lock::gate(session, &stack.name, &stop).await?;
    let mut intent = Intent { verb: "down".to_owned(), ending: Vec::new() };
    if let Some(observed) = lock::look(&engine, &stack.name).await? {
        let plan = down_plan(&engine, &loaded, options, &observed).await?;
        if plan.is_empty() {
            return Ok(removed(options, observed, Vec::new()));
        }
        intent.ending = plan.ending(&observed);
    }
    let change = Change::new(session, &engine, &loaded, None, &stop);
    lock::under(session, &engine, (&stack.name, &intent), &stop, async |lease| {
        let mut done = lock::settle(session, &engine, stack, lease).await?;
        loop {
            let observed = engine.observe(&stack.name).await?;
            let plan = down_plan(&engine, &loaded, options, &observed).await?;
            if plan.is_empty() {
                return Ok(removed(options, observed, done));
            }
            let ran = change.run(lease, (&observed, &plan), "down", &mut done).await?;
            // What a killed run had asked for may have appeared in the meantime.
            if ran == Ran::Completely && lease.inherited().is_empty() {
                return Ok(removed(options, observed, done));
            }
        }
    })
    .await
}

async fn down_plan(
    engine: &Engine,
    loaded: &Loaded,
    options: DownOptions,
    observed: &Observed,
) -> Result<Plan, Error> {
    let claim = Claim { origin: loaded.origin.clone(), adopt: options.adopt };
    let plan = reconcile::down(&loaded.stack, observed, &claim, options.volumes)
        .map_err(|refusals| Error::refused(&refusals))?;
    alone(engine, observed).await?;
    confirmed(options, &loaded.stack.name, observed)?;
    Ok(plan)
}

/// Data is deleted only when the user confirmed it.
fn confirmed(options: DownOptions, stack: &str, observed: &Observed) -> Result<(), Error> {
    if !options.volumes || options.yes || observed.volumes.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = observed.volumes.iter().map(|volume| volume.name.clone()).collect();
    Err(Error::Refused {
        message: format!("this deletes the data of the stack `{stack}` for good"),
        causes: vec![format!("volumes: {}", names.join(", "))],
        hint: "add --yes when you mean it; without --volumes the data stays".to_owned(),
    })
}

fn removed(options: DownOptions, observed: Observed, done: Vec<String>) -> ApplyReport {
    let kept = observed.volumes.into_iter().map(|volume| volume.name);
    ApplyReport {
        up_to_date: done.is_empty(),
        done,
        kept_volumes: kept.filter(|_| !options.volumes).collect(),
        ..ApplyReport::default()
    }
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
    let stack = &loaded.stack;
    let engine = session.engine().await?;
    let _gate = lock::gate(session, &stack.name, &stop).await?;
    let claim = Claim { origin: loaded.origin.clone(), adopt: options.adopt };
    let planned = |observed: &Observed| {
        let plan = reconcile::lifecycle(stack, observed, &claim, verb, components)
            .map_err(|refusals| Error::refused(&refusals))?;
        there(stack, observed, verb, components).map(|()| plan)
    };
    let mut intent = Intent { verb: verb.word().to_owned(), ending: Vec::new() };
    if let Some(observed) = lock::look(&engine, &stack.name).await? {
        let plan = planned(&observed)?;
        if plan.is_empty() {
            if verb == Verb::Stop {
                stops::remember(session, &engine, stack, components).await;
            }
            return Ok(ApplyReport { up_to_date: true, ..ApplyReport::default() });
        }
        preflight::started(&engine, stack, &observed, &plan).await?;
        intent.ending = plan.ending(&observed);
    }
    let change = Change::new(session, &engine, &loaded, options.timeout, &stop);
    lock::under(session, &engine, (&stack.name, &intent), &stop, async |lease| {
        let mut done = lock::settle(session, &engine, stack, lease).await?;
        loop {
            let observed = engine.observe(&stack.name).await?;
            let plan = planned(&observed)?;
            preflight::started(&engine, stack, &observed, &plan).await?;
            let ran = change.run(lease, (&observed, &plan), verb.word(), &mut done).await?;
            if ran == Ran::Completely {
                if verb == Verb::Stop {
                    stops::remember(session, &engine, stack, components).await;
                }
                return Ok(ApplyReport { up_to_date: done.is_empty(), done, ..ApplyReport::default() });
            }
        }
    })
    .await
}

/// There must be containers of the components that are named.
fn there(stack: &Stack, observed: &Observed, verb: Verb, components: &[String]) -> Result<(), Error> {
    if observed.containers.is_empty() {
        return Err(Error::Environment {
            message: format!("nothing of the stack `{}` is there", stack.name),
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
    Ok(())
}

/// What every change needs.
struct Change<'a> {
    session: &'a Session<'a>,
    engine: &'a Engine,
    loaded: &'a Loaded,
    timeout: Option<Duration>,
    stop: &'a watch::Receiver<bool>,
    /// How often a plan may still be made anew.
    retries: Cell<u32>,
}

/// How often a plan is made anew because the daemon went away while the one before was carried out.
const RETRIES: u32 = 3;

/// How far a plan was carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ran {
    /// Every step was done.
    Completely,
    /// The daemon went away; what is left is to be planned anew.
    InPart,
}

impl<'a> Change<'a> {
    fn new(
        session: &'a Session<'a>,
        engine: &'a Engine,
        loaded: &'a Loaded,
        timeout: Option<Duration>,
        stop: &'a watch::Receiver<bool>,
    ) -> Self {
        Self { session, engine, loaded, timeout, stop, retries: Cell::new(RETRIES) }
    }

    /// Carries out a plan and adds what was done.
    async fn run(
        &self,
        lease: &Lease,
        (observed, plan): (&Observed, &Plan),
        verb: &str,
        done: &mut Vec<String>,
    ) -> Result<Ran, Error> {
        let ending = plan.ending(observed);
        lease.intend(Intent { verb: verb.to_owned(), ending }).await?;
        let stack = &self.loaded.stack;
        let witness = up::witness(self.session, &stack.name)?;
        let record = up::record(observed, &self.loaded.origin)?;
        let work = Work {
            session: self.session,
            engine: self.engine,
            stack,
            observed,
            record: &record,
            artifacts: &[],
            revisions: &BTreeMap::new(),
            witness: &witness,
            timeout: self.timeout,
            wait: true,
            stop: self.stop.clone(),
            lease: Some(lease),
            slots: Slots::default(),
        };
        let mut applied: Applied = apply::apply(&work, plan).await;
        done.append(&mut applied.done);
        if applied.is_complete() {
            return Ok(Ran::Completely);
        }
        let outage = applied.failed.iter().any(|(_, failed)| failed.outage);
        if outage && !applied.stopped && !applied.lost && self.retries.get() > 0 {
            self.retries.set(self.retries.get() - 1);
            self.session.note("Docker did not answer; retrying");
            return Ok(Ran::InPart);
        }
        applied.done.clone_from(done);
        Err(failure(applied, verb, &self.session.global.command))
    }
}
