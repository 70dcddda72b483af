//! Walks a plan: a step runs only after all its predecessors succeeded. Decides nothing.

mod deliver;
mod failed;
mod make;
mod reach;
mod reload;
mod step;
mod swap;
mod wait;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::sync::watch;

use crate::engine::Engine;
use crate::kernel::{Event, Outcome};
use crate::model::artifact::{Artifact, Revision};
use crate::model::observed::Observed;
use crate::model::origin::Record;
use crate::model::plan::{Action, Plan, Step};
use crate::model::stack::Stack;
use crate::ops::Session;
use crate::ops::prove::Witness;

pub use failed::Failed;
pub use reach::{endpoint, endpoint_inside, endpoint_published};
pub use reload::once as reload_again;
pub use wait::{describe, wait};

/// Steps that run at once; on two processors more make nothing faster.
const AT_ONCE: usize = 8;

/// What applying needs to know.
pub struct Work<'a> {
    /// Who listens.
    pub session: &'a Session<'a>,
    /// The daemon.
    pub engine: &'a Engine,
    /// What is meant.
    pub stack: &'a Stack,
    /// What there was.
    pub observed: &'a Observed,
    /// The stack's record as it is to be.
    pub record: &'a Record,
    /// Rendered files.
    pub artifacts: &'a [Artifact],
    /// Their revisions.
    pub revisions: &'a BTreeMap<String, Revision>,
    /// For readiness, and for the proof.
    pub witness: &'a Witness,
    /// How long a component may take to be ready; none: as its row says.
    pub timeout: Option<Duration>,
    /// Whether to wait for readiness at all.
    pub wait: bool,
    /// Becomes true when the user wants to stop.
    pub stop: watch::Receiver<bool>,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Applied {
    /// `container prometheus: replace`
    pub done: Vec<String>,
    /// Steps that failed.
    pub failed: Vec<(Step, Failed)>,
    /// Steps that were not begun.
    pub skipped: Vec<Step>,
    /// The user wanted to stop.
    pub stopped: bool,
}

/// Runs the steps of a plan, in parallel where they do not wait for each other.
pub async fn apply(work: &Work<'_>, plan: &Plan) -> Applied {
    let mut applied = Applied::default();
    let mut open: Vec<&Step> = plan.steps.iter().collect();
    let mut succeeded: BTreeSet<usize> = BTreeSet::new();
    let mut running = FuturesUnordered::new();
    loop {
        applied.stopped = *work.stop.borrow();
        if applied.failed.is_empty() && !applied.stopped {
            let ready = |step: &&Step| step.after.iter().all(|id| succeeded.contains(id));
            while running.len() < AT_ONCE {
                let Some(at) = open.iter().position(ready) else { break };
                running.push(run(work, open.remove(at)));
            }
        }
        let Some((step, result)) = running.next().await else { break };
        match result {
            Ok(_) => {
                succeeded.insert(step.id);
                applied.done.push(format!("{}: {}", step.subject, step.action.verb()));
            }
            Err(failed) => applied.failed.push((step.clone(), failed)),
        }
    }
    applied.skipped = open.into_iter().cloned().collect();
    applied
}

async fn run<'s>(work: &Work<'_>, step: &'s Step) -> (&'s Step, Result<String, Failed>) {
    let begin = Instant::now();
    let subject = step.subject.to_string();
    work.session
        .sink
        .send(Event::Started { subject: subject.clone(), action: step.action.verb().to_owned() });
    let result = step::perform(work, step).await;
    let (outcome, detail) = match &result {
        Ok(detail) => (Outcome::Done, detail.clone()),
        // Where nothing was before there is nothing to be back.
        Err(failed) if failed.restored && step.action != Action::Create => {
            (Outcome::Restored, failed.message.clone())
        }
        Err(failed) => (Outcome::Failed, failed.message.clone()),
    };
    work.session.sink.send(Event::Finished { subject, outcome, detail, elapsed: begin.elapsed() });
    (step, result)
}
