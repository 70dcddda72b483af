//! One container: make it under a name that is free, start it, remove it again.

use super::Work;
use super::failed::Failed;
use super::wait::SHOWS_LOGS;
use crate::engine::EngineError;
use crate::kernel::digest;
use crate::model::stack::Instance;
use crate::ops::Error;
use crate::reconcile::spec_json;

/// A container that this run made.
#[derive(Debug, Clone)]
pub struct Made {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// How many names are tried for a container that waits to take a place, or has left it.
const NAMES: u32 = 9;

/// `demo-prometheus.new`, then `demo-prometheus.2.new`: a stranger may have the first.
fn aside(base: &str, attempt: u32, ending: &str) -> String {
    if attempt == 1 { format!("{base}{ending}") } else { format!("{base}.{attempt}{ending}") }
}

/// Makes the container of an instance, under its own name or under the first free one with an ending.
pub async fn make(
    work: &Work<'_>,
    instance: &Instance,
    ending: &str,
    gateway: Option<&str>,
) -> Result<Made, Failed> {
    let base = &instance.spec.name;
    let mut attempt = 1;
    loop {
        let name = aside(base, attempt, ending);
        match work.engine.create(instance, &name, &work.stack.name, gateway).await {
            Ok(id) => return Ok(Made { id, name }),
            Err(error) if error.is_conflict() && !ending.is_empty() && attempt < NAMES => attempt += 1,
            Err(error) if error.is_conflict() => return Err(taken(work, &name, error).await),
            Err(error) => {
                withdraw(work, instance, &name, &error).await;
                return Err(Error::from(error).into());
            }
        }
    }
}

/// The name was free when it was looked up, and is a stranger's now.
async fn taken(work: &Work<'_>, name: &str, error: EngineError) -> Failed {
    let holder = work.engine.inspect(name, &work.stack.name).await.ok().flatten();
    let holder = holder.filter(|seen| seen.stack.as_deref() != Some(&work.stack.name));
    let Some(holder) = holder else { return Error::from(error).into() };
    let short: String = holder.id.chars().take(12).collect();
    Failed {
        message: format!("the container `{name}` ({short}) was made meanwhile and is not stackctl's"),
        hint: Some("rename or remove it, or set another `name:` in stack.yml".to_owned()),
        refused: true,
        ..Failed::default()
    }
}

/// A request without an answer may have been carried out. What it made has our label and specification, was never started
/// and was not there before: it is removed.
async fn withdraw(work: &Work<'_>, instance: &Instance, name: &str, error: &EngineError) {
    if !matches!(error, EngineError::Broken { .. } | EngineError::Timeout { .. }) {
        return;
    }
    let Ok(Some(seen)) = work.engine.inspect(name, &work.stack.name).await else { return };
    let meant = digest::spec(&spec_json(instance));
    let is_ours = seen.stack.as_deref() == Some(&work.stack.name) && seen.spec == Some(meant);
    let was_there = work.observed.containers.iter().any(|before| before.id == seen.id);
    if is_ours && seen.never_started && !was_there {
        // When this fails too, the next run starts or removes it.
        let _ = work.engine.remove(&seen.id).await;
    }
}

/// Gives a container the first free name with an ending.
pub async fn rename_aside(
    work: &Work<'_>,
    container: &str,
    base: &str,
    ending: &str,
) -> Result<(), EngineError> {
    let mut attempt = 1;
    loop {
        match work.engine.rename(container, &aside(base, attempt, ending)).await {
            Err(error) if error.is_conflict() && attempt < NAMES => attempt += 1,
            other => return other,
        }
    }
}

/// Starts a container that this run made. Where the host's mounts cannot be followed it is made again; returns the one
/// that was started.
pub async fn start(
    work: &Work<'_>,
    instance: &Instance,
    made: &Made,
    gateway: Option<&str>,
) -> Result<Made, Failed> {
    match work.engine.start(&made.id).await {
        Ok(()) => Ok(made.clone()),
        Err(error) if error.is_not_shared() => {
            work.session.note(format!(
                "the host's root is mounted private: {} sees new mounts of the host only after a restart",
                instance.name
            ));
            work.engine.remove(&made.id).await.map_err(Error::from)?;
            let stack = &work.stack.name;
            let id = work.engine.create_unshared(instance, &made.name, stack, gateway).await;
            let made = Made { id: id.map_err(Error::from)?, ..made.clone() };
            match work.engine.start(&made.id).await {
                Ok(()) => Ok(made),
                Err(error) => Err(discard(work, &made.id, Error::from(error).into()).await),
            }
        }
        Err(error) => Err(Error::from(error).into()),
    }
}

/// Removes a container that did not come up; there was none before.
pub async fn discard(work: &Work<'_>, container: &str, mut failed: Failed) -> Failed {
    match work.engine.remove(container).await {
        Ok(()) => {
            failed.restored = true;
            // Its log went with it; the last lines are in the failure.
            failed.hint = failed.hint.filter(|hint| !hint.starts_with(SHOWS_LOGS));
        }
        Err(error) => failed.restore_error = Some(error.to_string()),
    }
    failed
}

#[cfg(test)]
mod tests {
    use super::aside;

    #[test]
    fn further_names_keep_their_ending() {
        assert_eq!(aside("demo-node", 1, ".new"), "demo-node.new");
        assert_eq!(aside("demo-node", 2, ".new"), "demo-node.2.new");
        assert_eq!(aside("demo-node", 1, ""), "demo-node");
    }
}
