//! A new container in the place of an old one, with the old one kept until the new one is ready.
//!
//! Containers are addressed by id: a name can change hands between two requests, and may be a stranger's.

use std::time::Duration;

use super::failed::Failed;
use super::make::{Made, discard, make, rename_aside, start};
use super::wait::{wait, wait_back};
use super::{Work, deliver};
use crate::model::observed::State;
use crate::model::stack::Instance;
use crate::ops::Error;
use crate::reconcile::{NEW, OLD};

/// The two containers of a replacement.
#[derive(Debug, Clone, Copy)]
pub struct Swap<'a> {
    /// Id of the one that is to take the place.
    pub new: &'a str,
    /// Id of the one that had it.
    pub old: &'a str,
}

/// Makes the container of an instance, starts it and waits. There was none before, so what fails is removed again.
pub async fn create(work: &Work<'_>, instance: &Instance) -> Result<String, Failed> {
    let gateway = work.engine.gateway(&work.stack.name).await.map_err(Error::from)?;
    let made = make(work, instance, "", gateway.as_deref()).await?;
    let result = match start(work, instance, &made, gateway.as_deref()).await {
        Ok(made) => wait(work, instance, &made.id).await.map_err(|failed| (made, failed)),
        Err(failed) => Err((made, failed)),
    };
    match result {
        Ok(detail) => Ok(detail),
        Err((made, failed)) => Err(discard(work, &made.id, failed).await),
    }
}

/// Make new, stop old, swap names, start new, wait; then remove old, or bring it back.
pub async fn replace(work: &Work<'_>, instance: &Instance, old: &str) -> Result<String, Failed> {
    let name = &instance.spec.name;
    let grace = Duration::from_secs(instance.spec.stop_timeout.into());
    let seen = work.observed.containers.iter().find(|seen| seen.id == old);
    let was_running = seen.is_some_and(|seen| seen.state == State::Running);
    let gateway = work.engine.gateway(&work.stack.name).await.map_err(Error::from)?;
    // Until the new one is there, the old one has not been touched.
    let untouched = |failed: Failed| Failed { restored: true, ..failed };
    let made = make(work, instance, NEW, gateway.as_deref()).await.map_err(untouched)?;
    let swapped = async {
        work.slots.aside(work.engine.stop(old, grace)).await?;
        rename_aside(work, old, name, OLD).await?;
        work.engine.rename(&made.id, name).await
    };
    let named = Made { id: made.id.clone(), name: name.clone() };
    let (made, result) = match swapped.await {
        Ok(()) => match start(work, instance, &named, gateway.as_deref()).await {
            Ok(made) => {
                let ready = wait(work, instance, &made.id).await;
                (made, ready)
            }
            Err(failed) => (named, Err(failed)),
        },
        Err(error) => (named, Err(Error::from(error).into())),
    };
    match result {
        Ok(detail) => {
            // The new one is ready; the next run removes what is left of the old one.
            if let Err(error) = work.engine.remove(old).await {
                work.session
                    .warn(format!("the old container is left over: {error}; `stackctl up` removes it"));
            }
            Ok(detail)
        }
        Err(failed) => {
            Err(bring_back(work, instance, Swap { new: &made.id, old }, was_running, failed).await)
        }
    }
}

/// Puts the container that was there before in its place again.
pub(super) async fn bring_back(
    work: &Work<'_>,
    instance: &Instance,
    swap: Swap<'_>,
    was_running: bool,
    mut failed: Failed,
) -> Failed {
    let result: Result<(), Error> = async {
        let name = &instance.spec.name;
        let Some(before) = work.engine.inspect(swap.old, &work.stack.name).await? else {
            return Err(Error::Environment {
                message: format!("the container that was `{name}` before does not exist any more"),
                causes: Vec::new(),
                hint: String::new(),
            });
        };
        work.engine.remove(swap.new).await?;
        if before.name != *name {
            work.engine.rename(swap.old, name).await?;
        }
        deliver::point_back(work, instance).await?;
        if was_running {
            work.engine.start(swap.old).await?;
        }
        Ok(())
    }
    .await;
    let result = match result {
        Ok(()) if was_running => wait_back(work, instance, swap.old).await.map_err(|back| back.message),
        other => other.map_err(|error| error.to_string()),
    };
    match result {
        Ok(()) => failed.restored = true,
        Err(error) => failed.restore_error = Some(error),
    }
    failed
}
