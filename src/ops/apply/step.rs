//! One step: from its subject and action to calls.

use std::time::Duration;

use super::failed::Failed;
use super::wait::{wait, wait_back};
use super::{Work, deliver, reload, swap};
use crate::model::plan::{Action, Step, Subject};
use crate::model::stack::Instance;
use crate::ops::Error;
use crate::reconcile::OLD;

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
