//! One step: from its subject and action to calls.

use std::time::Duration;

use super::failed::Failed;
use super::swap::Swap;
use super::wait::{wait, wait_back};
use super::{Work, deliver, reload, swap};
use crate::engine::{EngineError, User};
use crate::model::observed::SeenContainer;
use crate::model::origin::record_volume;
use crate::model::plan::{Action, Step, Subject};
use crate::model::stack::Instance;
use crate::ops::Error;
use crate::reconcile::OLD;

/// Performs a step; returns one line for a person.
pub async fn perform(work: &Work<'_>, step: &Step) -> Result<String, Failed> {
    match (&step.subject, step.action) {
        (Subject::Record(stack), action) => record(work, stack, action).await,
        (Subject::Network(name), Action::Create) => done(work.engine.create_network(name).await, "created"),
        (Subject::Network(name), Action::Remove) => remove_network(work, name).await,
        (Subject::Volume(name), Action::Create) => {
            let component = owner_of(work, name);
            done(work.engine.create_volume(&work.stack.name, &component, name).await, "created")
        }
        (Subject::Volume(name), Action::Remove) => remove_volume(work, name).await,
        (Subject::Files(components), Action::Deliver) => Ok(deliver::deliver(work, components).await?),
        (Subject::Container(component), Action::Create) => match work.stack.instance(component) {
            Some(instance) => swap::create(work, instance).await,
            None => Err(unknown(step)),
        },
        (Subject::Leftover(_) | Subject::Container(_), action) => match seen(work, step) {
            Some(seen) => existing(work, step, seen, action).await,
            None => Err(unknown(step)),
        },
        _ => Err(unknown(step)),
    }
}

/// Removes a network by the id that was seen; names who is still in it.
async fn remove_network(work: &Work<'_>, name: &str) -> Result<String, Failed> {
    let seen = work.observed.networks.iter().find(|seen| seen.id == name || seen.name == name);
    let id = seen.map_or(name, |seen| seen.id.as_str());
    match work.engine.remove_network(id).await {
        Ok(()) => Ok("removed".to_owned()),
        Err(error) => {
            let users = work.engine.users_of_network(id).await.unwrap_or_default();
            Err(in_use(&format!("the network `{name}`"), &users, error, |user| {
                format!("docker network disconnect {name} {}", user.name)
            }))
        }
    }
}

/// Removes a volume of the stack; names who still mounts it.
async fn remove_volume(work: &Work<'_>, name: &str) -> Result<String, Failed> {
    match work.engine.remove_volume(&work.stack.name, name).await {
        Ok(()) => Ok("removed".to_owned()),
        Err(error) => {
            let users = work.engine.users_of_volume(name).await.unwrap_or_default();
            Err(in_use(&format!("the volume `{name}`"), &users, error, |user| {
                format!("docker rm -f {}", user.name)
            }))
        }
    }
}

fn in_use(what: &str, users: &[User], error: EngineError, remedy: impl Fn(&User) -> String) -> Failed {
    let Some(first) = users.first() else { return Error::from(error).into() };
    let names: Vec<String> = users.iter().map(ToString::to_string).collect();
    Failed {
        message: format!("{what} is still used by {}", names.join(", ")),
        hint: Some(format!("`{}`", remedy(first))),
        ..Failed::default()
    }
}

/// The container of a step, as it was seen: by id, because names change hands.
fn seen<'a>(work: &Work<'a>, step: &Step) -> Option<&'a SeenContainer> {
    let id = step.container.as_ref()?;
    work.observed.containers.iter().find(|seen| seen.id == *id)
}

fn unknown(step: &Step) -> Failed {
    Failed {
        message: format!("`{} {}` is not something a plan can hold", step.action.verb(), step.subject),
        hint: Some("this is a bug in stackctl; please report the plan".to_owned()),
        ..Failed::default()
    }
}

/// A container that is there.
async fn existing(
    work: &Work<'_>,
    step: &Step,
    seen: &SeenContainer,
    action: Action,
) -> Result<String, Failed> {
    match (action, &step.subject, work.stack.instance(&seen.component)) {
        (Action::Restore, ..) => done(work.engine.rename(&seen.id, &seen.proper_name()).await, "restored"),
        (Action::Remove, ..) | (_, Subject::Leftover(_), _) => remove(work, seen).await,
        (_, _, Some(instance)) => container(work, instance, action, seen).await,
        (_, _, None) => orphan(work, seen, action).await,
    }
}

/// The record of the stack: an empty volume whose labels say whose stack it is. Labels cannot be changed, only made.
async fn record(work: &Work<'_>, stack: &str, action: Action) -> Result<String, Failed> {
    if action != Action::Create {
        work.engine.remove_volume(stack, &record_volume(stack)).await.map_err(Error::from)?;
    }
    if action == Action::Remove {
        return Ok("removed".to_owned());
    }
    let made = work.engine.create_record(stack, work.record).await.map_err(Error::from)?;
    match made {
        Some(made) if made.origin.is_same(&work.record.origin) => Ok("written".to_owned()),
        other => Err(Failed {
            message: match other {
                Some(made) => format!("the stack `{stack}` was claimed meanwhile by {}", made.origin),
                None => format!("the volume `{}` is not stackctl's", record_volume(stack)),
            },
            hint: Some("set another `name:` in stack.yml".to_owned()),
            refused: true,
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
async fn remove(work: &Work<'_>, seen: &SeenContainer) -> Result<String, Failed> {
    let grace = work.stack.instance(&seen.component).map_or(30, |instance| instance.spec.stop_timeout);
    let stopped = work.slots.aside(work.engine.stop(&seen.id, Duration::from_secs(grace.into()))).await;
    stopped.map_err(Error::from)?;
    done(work.engine.remove(&seen.id).await, "removed")
}

/// A container of a component that is no longer in the stack can still be started and stopped.
async fn orphan(work: &Work<'_>, seen: &SeenContainer, action: Action) -> Result<String, Failed> {
    let grace = Duration::from_secs(30);
    match action {
        Action::Start => done(work.engine.start(&seen.id).await, "started"),
        Action::Stop => done(work.slots.aside(work.engine.stop(&seen.id, grace)).await, "stopped"),
        Action::Wait => Ok(seen.state.word().to_owned()),
        _ => done(work.slots.aside(work.engine.restart(&seen.id, grace)).await, "restarted"),
    }
}

async fn container(
    work: &Work<'_>,
    instance: &Instance,
    action: Action,
    seen: &SeenContainer,
) -> Result<String, Failed> {
    let grace = Duration::from_secs(instance.spec.stop_timeout.into());
    match action {
        Action::Replace => swap::replace(work, instance, &seen.id).await,
        Action::Reload => reload::reload(work, instance, &seen.id).await,
        Action::Restart => match restart(work, instance, &seen.id).await {
            Ok(detail) => Ok(detail),
            Err(failed) => Err(restart_with_old_files(work, instance, seen, failed).await),
        },
        Action::Start => {
            work.engine.start(&seen.id).await.map_err(Error::from)?;
            wait(work, instance, &seen.id).await
        }
        Action::Wait => match wait(work, instance, &seen.id).await {
            Ok(detail) => Ok(detail),
            Err(failed) => Err(successor_failed(work, instance, seen, failed).await),
        },
        Action::Stop => done(work.slots.aside(work.engine.stop(&seen.id, grace)).await, "stopped"),
        _ => Ok(String::new()),
    }
}

/// The successor of an interrupted replacement is not ready: the container that it replaced returns.
async fn successor_failed(
    work: &Work<'_>,
    instance: &Instance,
    successor: &SeenContainer,
    failed: Failed,
) -> Failed {
    let replaced = |seen: &&SeenContainer| seen.component == successor.component && seen.name.ends_with(OLD);
    match work.observed.containers.iter().find(replaced) {
        Some(old) => {
            let swap = Swap { new: &successor.id, old: &old.id };
            swap::bring_back(work, instance, swap, true, failed).await
        }
        None => failed,
    }
}

async fn restart(work: &Work<'_>, instance: &Instance, container: &str) -> Result<String, Failed> {
    let grace = Duration::from_secs(instance.spec.stop_timeout.into());
    work.slots.aside(work.engine.restart(container, grace)).await.map_err(Error::from)?;
    wait(work, instance, container).await
}

/// When a restart with new files failed, the old ones are put back and it is restarted once more.
async fn restart_with_old_files(
    work: &Work<'_>,
    instance: &Instance,
    seen: &SeenContainer,
    mut failed: Failed,
) -> Failed {
    let delivered = work.revisions.get(&instance.name).map(|revision| revision.id.as_str());
    if seen.revision.is_none() || delivered.is_none() || seen.revision.as_deref() == delivered {
        return failed;
    }
    let grace = Duration::from_secs(instance.spec.stop_timeout.into());
    let back: Result<(), Failed> = async {
        deliver::point_back(work, instance).await?;
        work.slots.aside(work.engine.restart(&seen.id, grace)).await.map_err(Error::from)?;
        wait_back(work, instance, &seen.id).await
    }
    .await;
    match back {
        Ok(()) => failed.restored = true,
        Err(back) => failed.restore_error = Some(back.message),
    }
    failed
}
