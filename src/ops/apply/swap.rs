//! A new container in the place of an old one, with the old one kept until the new one is ready.

use std::time::Duration;

use super::failed::Failed;
use super::wait::{SHOWS_LOGS, wait, wait_back};
use super::{Work, deliver};
use crate::model::observed::State;
use crate::model::stack::Instance;
use crate::ops::Error;
use crate::reconcile::{NEW, OLD};

/// Makes the container of an instance under a name and starts it.
pub async fn make_and_start(work: &Work<'_>, instance: &Instance, name: &str) -> Result<(), Failed> {
    let gateway = work.engine.gateway(&work.stack.name).await.map_err(Error::from)?;
    let made = work.engine.create(instance, name, &work.stack.name, gateway.as_deref()).await;
    made.map_err(Error::from)?;
    start(work, instance, name, gateway.as_deref()).await
}

async fn start(
    work: &Work<'_>,
    instance: &Instance,
    name: &str,
    gateway: Option<&str>,
) -> Result<(), Failed> {
    match work.engine.start(name).await {
        Err(error) if error.is_not_shared() => {
            work.session.note(format!(
                "the host's root is mounted private: {} sees new mounts of the host only after a restart",
                instance.name
            ));
            let again = work.engine.create_unshared(instance, name, &work.stack.name, gateway).await;
            again.map_err(Error::from)?;
            work.engine.start(name).await.map_err(|error| Error::from(error).into())
        }
        other => other.map_err(|error| Error::from(error).into()),
    }
}

/// Removes a container that did not come up; there was none before.
pub async fn discard(work: &Work<'_>, name: &str, mut failed: Failed) -> Failed {
    match work.engine.remove(name).await {
        Ok(()) => {
            failed.restored = true;
            // Its log went with it; the last lines are in the failure.
            failed.hint = failed.hint.filter(|hint| !hint.starts_with(SHOWS_LOGS));
        }
        Err(error) => failed.restore_error = Some(error.to_string()),
    }
    failed
}

/// Make new, stop old, swap names, start new, wait; then remove old, or bring it back.
pub async fn replace(work: &Work<'_>, instance: &Instance) -> Result<String, Failed> {
    let name = &instance.spec.name;
    let (new, old) = (format!("{name}{NEW}"), format!("{name}{OLD}"));
    let grace = Duration::from_secs(instance.spec.stop_timeout.into());
    let was_running = work.observed.container(name).is_some_and(|seen| seen.state == State::Running);
    let gateway = work.engine.gateway(&work.stack.name).await.map_err(Error::from)?;
    let prepared = async {
        work.engine.remove(&new).await?;
        work.engine.create(instance, &new, &work.stack.name, gateway.as_deref()).await
    };
    if let Err(error) = prepared.await {
        // The old container has not been touched.
        return Err(Failed { restored: true, ..Error::from(error).into() });
    }
    let swapped = async {
        work.engine.stop(name, grace).await?;
        work.engine.rename(name, &old).await?;
        work.engine.rename(&new, name).await
    };
    let result = match swapped.await {
        Ok(()) => match start(work, instance, name, gateway.as_deref()).await {
            Ok(()) => wait(work, instance, name).await,
            Err(failed) => Err(failed),
        },
        Err(error) => Err(Error::from(error).into()),
    };
    match result {
        Ok(detail) => {
            // The new one does its work; the next run removes what is left of the old one.
            if let Err(error) = work.engine.remove(&old).await {
                work.session.warn(format!("`{old}` is left over: {error}; `stackctl up` removes it"));
            }
            Ok(detail)
        }
        Err(failed) => Err(bring_back(work, instance, was_running, failed).await),
    }
}

/// Puts the container that was there before in its place again, when there still is one.
pub(super) async fn bring_back(
    work: &Work<'_>,
    instance: &Instance,
    was_running: bool,
    mut failed: Failed,
) -> Failed {
    let name = &instance.spec.name;
    let (new, old) = (format!("{name}{NEW}"), format!("{name}{OLD}"));
    let result: Result<(), Error> = async {
        work.engine.remove(&new).await?;
        if work.engine.inspect(&old, &work.stack.name).await?.is_some() {
            work.engine.remove(name).await?;
            work.engine.rename(&old, name).await?;
        }
        deliver::point_back(work, instance).await?;
        if was_running {
            work.engine.start(name).await?;
        }
        Ok(())
    }
    .await;
    let result = match result {
        Ok(()) if was_running => wait_back(work, instance).await.map_err(|back| back.message),
        other => other.map_err(|error| error.to_string()),
    };
    match result {
        Ok(()) => failed.restored = true,
        Err(error) => failed.restore_error = Some(error),
    }
    failed
}
