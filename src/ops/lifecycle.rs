//! `down`, `start`, `stop`, `restart`.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::sync::watch;

use super::apply::{self, Applied, Work};
use super::prepare::known_components;
use super::load::load_chosen;
use super::{Error, Session, up};
use crate::model::observed::Observed;
use crate::model::plan::Plan;
use crate::model::report::ApplyReport;
use crate::reconcile::{self, Verb};

/// What `down` was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DownOptions {
    /// Remove the data as well.
    pub volumes: bool,
    /// The user confirmed that.
    pub yes: bool,
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
    if options.volumes && !options.yes && !observed.volumes.is_empty() {
        let names: Vec<String> = observed.volumes.iter().map(|volume| volume.name.clone()).collect();
        return Err(Error::Refused {
            message: format!("this deletes the data of the stack `{}` for good", loaded.stack.name),
            causes: vec![format!("volumes: {}", names.join(", "))],
            hint: "add --yes when you mean it; without --volumes the data stays".to_owned(),
        });
    }
    let plan = reconcile::down(&loaded.stack, &observed, options.volumes);
    let mut report = run(session, &engine, &loaded.stack, &observed, &plan, None, stop).await?;
    if !options.volumes {
        report.kept_volumes = observed.volumes.into_iter().map(|volume| volume.name).collect();
    }
    Ok(report)
}

/// Starts, stops or restarts components.
pub async fn lifecycle(
    session: &Session<'_>,
    verb: Verb,
    components: &[String],
    timeout: Option<Duration>,
    stop: watch::Receiver<bool>,
) -> Result<ApplyReport, Error> {
    let loaded = load_chosen(session)?;
    known_components(&loaded, components)?;
    let engine = session.engine().await?;
    let _lock = session.lock(&loaded.stack.name)?;
    let observed = engine.observe(&loaded.stack.name).await?;
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
    let plan = reconcile::lifecycle(&loaded.stack, &observed, verb, components);
    run(session, &engine, &loaded.stack, &observed, &plan, timeout, stop).await
}

async fn run(
    session: &Session<'_>,
    engine: &crate::engine::Engine,
    stack: &crate::model::stack::Stack,
    observed: &Observed,
    plan: &Plan,
    timeout: Option<Duration>,
    stop: watch::Receiver<bool>,
) -> Result<ApplyReport, Error> {
    let witness = up::witness(session, &stack.name)?;
    let work = Work {
        session,
        engine,
        stack,
        observed,
        artifacts: &[],
        revisions: &BTreeMap::new(),
        witness: &witness,
        timeout,
        wait: true,
        stop,
    };
    let applied: Applied = apply::apply(&work, plan).await;
    if !applied.failed.is_empty() || applied.stopped {
        return Err(up::failure(applied));
    }
    Ok(ApplyReport { done: applied.done, up_to_date: plan.is_empty(), ..ApplyReport::default() })
}
