//! One step: from its subject and action to calls.

use std::time::Duration;

use super::reach::{as_made, base};
use super::{Work, deliver, reload, swap};
use crate::engine::Inspected;
use crate::kernel::Exit;
use crate::model::plan::{Action, Step, Subject};
use crate::model::stack::Instance;
use crate::ops::Error;
use crate::probe::{Endpoint, Expect, NotReady, Patience, Readiness, wait_ready};
use crate::reconcile::OLD;

/// A step that did not succeed.
#[derive(Debug, Default)]
pub struct Failed {
    /// Why, in one sentence.
    pub message: String,
    /// What to do next.
    pub hint: Option<String>,
    /// The last lines the component wrote.
    pub log: Vec<String>,
    /// What was there before is there again.
    pub restored: bool,
    /// Why it is not, when restoring failed as well.
    pub restore_error: Option<String>,
    /// It was not a failure but a refusal for safety.
    pub refused: bool,
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        let refused = error.exit() == Exit::Refused;
        Self { message: error.to_string(), hint: error.hint(), refused, ..Self::default() }
    }
}

/// Performs a step; returns one line for a person.
pub async fn perform(work: &Work<'_>, step: &Step) -> Result<String, Failed> {
    match (&step.subject, step.action) {
        (Subject::Network(name), Action::Create) => done(work.engine.create_network(name).await, "created"),
        (Subject::Network(name), Action::Remove) => done(work.engine.remove_network(name).await, "removed"),
        (Subject::Volume(name), Action::Create) => {
            let component = owner_of(work, name);
            done(work.engine.create_volume(&work.stack.name, &component, name).await, "created")
        }
        (Subject::Volume(name), Action::Remove) => done(work.engine.remove_volume(name).await, "removed"),
        (Subject::Files(components), Action::Deliver) => Ok(deliver::deliver(work, components).await?),
        (Subject::Leftover(name), Action::Restore) => {
            let new = name.trim_end_matches(OLD);
            done(work.engine.rename(name, new).await, "restored")
        }
        (Subject::Leftover(name), _) => remove(work, name).await,
        (Subject::Container(component), action) => match work.stack.instance(component) {
            Some(instance) => container(work, instance, action).await,
            None => orphan(work, component, action).await,
        },
        (subject, action) => Err(Failed {
            message: format!("`{} {subject}` is not something a plan can hold", action.verb()),
            hint: Some("this is a bug in stackctl; please report the plan".to_owned()),
            ..Failed::default()
        }),
    }
}

fn done(result: Result<(), crate::engine::EngineError>, word: &str) -> Result<String, Failed> {
    result.map(|()| word.to_owned()).map_err(|error| Error::from(error).into())
}

fn owner_of(work: &Work<'_>, volume: &str) -> String {
    let owns = |instance: &&Instance| instance.spec.volumes.iter().any(|mount| mount.volume == volume);
    work.stack.instances.iter().find(owns).map(|instance| instance.name.clone()).unwrap_or_default()
}

/// Stops it properly and removes it: Alertmanager loses young silences when it is killed.
async fn remove(work: &Work<'_>, name: &str) -> Result<String, Failed> {
    let component =
        work.observed.containers.iter().find(|seen| seen.name == name).map(|seen| seen.component.as_str());
    let grace =
        component.and_then(|c| work.stack.instance(c)).map_or(30, |instance| instance.spec.stop_timeout);
    let stopped = work.engine.stop(name, Duration::from_secs(grace.into())).await;
    stopped.map_err(Error::from)?;
    done(work.engine.remove(name).await, "removed")
}

/// A container of a component that is no longer in the stack can still be started and stopped.
async fn orphan(work: &Work<'_>, component: &str, action: Action) -> Result<String, Failed> {
    let Some(seen) = work.observed.containers.iter().find(|seen| seen.component == component) else {
        return Ok("gone".to_owned());
    };
    let grace = Duration::from_secs(30);
    match action {
        Action::Start => done(work.engine.start(&seen.name).await, "started"),
        Action::Stop => done(work.engine.stop(&seen.name, grace).await, "stopped"),
        Action::Wait => Ok(seen.state.word().to_owned()),
        _ => done(work.engine.restart(&seen.name, grace).await, "restarted"),
    }
}

async fn container(work: &Work<'_>, instance: &Instance, action: Action) -> Result<String, Failed> {
    let name = &instance.spec.name;
    let grace = Duration::from_secs(instance.spec.stop_timeout.into());
    match action {
        Action::Create => {
            let ready = match swap::make_and_start(work, instance, name).await {
                Ok(()) => wait(work, instance, name).await,
                Err(failed) => Err(failed),
            };
            match ready {
                Ok(detail) => Ok(detail),
                Err(failed) => Err(swap::discard(work, name, failed).await),
            }
        }
        Action::Replace => swap::replace(work, instance).await,
        Action::Reload => reload::reload(work, instance).await,
        Action::Restart => match restart(work, instance).await {
            Ok(detail) => Ok(detail),
            Err(failed) => Err(restart_with_old_files(work, instance, failed).await),
        },
        Action::Start => {
            work.engine.start(name).await.map_err(Error::from)?;
            wait(work, instance, name).await
        }
        Action::Wait => match wait(work, instance, name).await {
            Ok(detail) => Ok(detail),
            Err(failed) => Err(swap::bring_back(work, instance, true, failed).await),
        },
        Action::Stop => done(work.engine.stop(name, grace).await, "stopped"),
        Action::Remove => remove(work, name).await,
        _ => Ok(String::new()),
    }
}

async fn restart(work: &Work<'_>, instance: &Instance) -> Result<String, Failed> {
    let grace = Duration::from_secs(instance.spec.stop_timeout.into());
    work.engine.restart(&instance.spec.name, grace).await.map_err(Error::from)?;
    wait(work, instance, &instance.spec.name).await
}

/// When a restart with new files failed, the old ones are put back and it is restarted once more.
async fn restart_with_old_files(work: &Work<'_>, instance: &Instance, mut failed: Failed) -> Failed {
    let before = work.observed.container(&instance.spec.name).and_then(|seen| seen.revision.as_deref());
    let delivered = work.revisions.get(&instance.name).map(|revision| revision.id.as_str());
    if before.is_none() || delivered.is_none() || before == delivered {
        return failed;
    }
    let grace = Duration::from_secs(instance.spec.stop_timeout.into());
    let back: Result<(), Failed> = async {
        deliver::point_back(work, instance).await?;
        work.engine.restart(&instance.spec.name, grace).await.map_err(Error::from)?;
        wait_back(work, instance).await
    }
    .await;
    match back {
        Ok(()) => failed.restored = true,
        Err(back) => failed.restore_error = Some(back.message),
    }
    failed
}

/// Waits until a component does its work, or says why it will not.
pub(super) async fn wait(work: &Work<'_>, instance: &Instance, container: &str) -> Result<String, Failed> {
    if !work.wait {
        return Ok("started".to_owned());
    }
    match base(work.engine, work.stack, instance, container).await? {
        Some(base) => answers(work, instance, container, base).await,
        None => survives(work, instance, container).await,
    }
}

/// Waits until a container that was brought back works again. It publishes the port it always had.
pub(super) async fn wait_back(work: &Work<'_>, instance: &Instance) -> Result<(), Failed> {
    // Somebody who wants to stop does not wait for what is only starting.
    if !work.wait || *work.stop.borrow() {
        return Ok(());
    }
    let name = &instance.spec.name;
    match as_made(work.engine, work.stack, instance, name).await? {
        Some(base) => answers(work, instance, name, base).await.map(drop),
        None => Ok(()),
    }
}

async fn answers(
    work: &Work<'_>,
    instance: &Instance,
    container: &str,
    base: String,
) -> Result<String, Failed> {
    let endpoint = Endpoint::new(base);
    let peer = work.witness.client.peer(&endpoint, Duration::from_secs(2));
    let expect = instance.ready.contains.as_deref().map_or(Expect::Status2xx, Expect::BodyContains);
    let readiness = Readiness::Http { path: &instance.ready.path, expect };
    let patience = Patience {
        interval: Duration::from_millis(25),
        deadline: work.timeout.unwrap_or(instance.ready.within),
    };
    let ended = ended(work, container);
    match wait_ready(&peer, &readiness, patience, ended).await {
        Ok(took) => Ok(format!("ready after {:.1}s", took.as_secs_f64())),
        Err(NotReady::Deadline { last, waited }) => {
            let message = format!("{} was not ready within {}s: {last}", instance.name, waited.as_secs());
            Err(with_log(work, instance, container, message).await)
        }
        Err(NotReady::Ended { state, .. }) => {
            Err(with_log(work, instance, container, format!("{} {state}", instance.name)).await)
        }
    }
}

/// For a component that cannot be asked from here: it has to live for a while without a restart.
async fn survives(work: &Work<'_>, instance: &Instance, container: &str) -> Result<String, Failed> {
    const LONG_ENOUGH: Duration = Duration::from_secs(3);
    match tokio::time::timeout(LONG_ENOUGH, ended(work, container)).await {
        Err(_) => Ok("running; it cannot be asked from here".to_owned()),
        Ok(state) => Err(with_log(work, instance, container, format!("{} {state}", instance.name)).await),
    }
}

/// Resolves when a container has ended, keeps restarting, or the user wants to stop; says which.
async fn ended(work: &Work<'_>, container: &str) -> String {
    const LOOK: Duration = Duration::from_millis(200);
    let mut stop = work.stop.clone();
    let watching = async {
        let mut first = None;
        loop {
            if let Ok(Some(seen)) = work.engine.inspect(container, &work.stack.name).await {
                let restarts = *first.get_or_insert(seen.restarts);
                if !seen.running || seen.restarting {
                    return describe(&seen);
                }
                if seen.restarts > restarts {
                    return describe(&next_end(work, container, seen).await);
                }
            }
            tokio::time::sleep(LOOK).await;
        }
    };
    tokio::select! {
        state = watching => state,
        _ = stop.wait_for(|stop| *stop) => "was interrupted".to_owned(),
    }
}

/// A container that runs again has forgotten how it ended; the next time it ends it says. When it does not end soon,
/// what was seen stands.
async fn next_end(work: &Work<'_>, container: &str, seen: Inspected) -> Inspected {
    const SOON: Duration = Duration::from_secs(5);
    const LOOK: Duration = Duration::from_millis(20);
    let end = async {
        loop {
            if let Ok(Some(seen)) = work.engine.inspect(container, &work.stack.name).await
                && (!seen.running || seen.restarting)
            {
                return seen;
            }
            tokio::time::sleep(LOOK).await;
        }
    };
    tokio::time::timeout(SOON, end).await.unwrap_or(seen)
}

/// How a container ended, in words.
pub fn describe(seen: &Inspected) -> String {
    let ended = &seen.ended;
    if ended.out_of_memory {
        "was killed for memory; raise its `memory` in stack.yml".to_owned()
    } else if !ended.error.is_empty() {
        format!("could not be started: {}", crate::kernel::text::printable(&ended.error))
    } else if ended.code == 137 {
        "was killed (SIGKILL), not by its memory limit".to_owned()
    } else if seen.restarts > 0 && seen.running {
        "ended by itself and was started again by the daemon".to_owned()
    } else if seen.restarts > 0 {
        format!("ended with exit code {} and keeps restarting", ended.code)
    } else {
        format!("ended with exit code {}", ended.code)
    }
}

async fn with_log(work: &Work<'_>, instance: &Instance, container: &str, message: String) -> Failed {
    Failed {
        message,
        log: work.engine.last_lines(container, 12).await,
        hint: Some(format!("`stackctl logs {}` shows more", instance.name)),
        ..Failed::default()
    }
}
