//! Walks a plan: a step runs only after all its predecessors succeeded. Decides nothing.

mod deliver;
mod failed;
mod make;
mod reach;
mod reload;
mod slots;
mod step;
mod swap;
mod wait;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::sync::watch;

use crate::engine::Engine;
use crate::kernel::{Event, Ledger, Outcome};
use crate::model::artifact::{Artifact, Revision};
use crate::model::observed::Observed;
use crate::model::origin::Record;
use crate::model::plan::{Action, Plan, Step};
use crate::model::stack::Stack;
use crate::ops::Session;
use crate::ops::lock::Lease;
use crate::ops::prove::Witness;

pub use failed::Failed;
pub use reach::{endpoint, endpoint_made, endpoint_published};
pub use reload::once as reload_again;
pub use slots::Slots;
pub use wait::{SHOWS_LOGS, describe, wait};

/// What applying needs to know.
#[derive(Clone)]
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
    /// The lock that this run holds; none: nothing may be changed.
    pub lease: Option<&'a Lease>,
    /// How much is done at once.
    pub slots: Slots,
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
    /// Another run took the lock over.
    pub lost: bool,
}

impl Applied {
    /// Every step was done.
    pub fn is_complete(&self) -> bool {
        self.failed.is_empty() && !self.stopped && !self.lost
    }
}

/// How a step ended.
enum End {
    Done,
    Failed(Failed),
    /// It was not begun.
    Skipped,
}

/// Runs the steps of a plan, in parallel where they do not wait for each other.
pub async fn apply(work: &Work<'_>, plan: &Plan) -> Applied {
    let mut applied = Applied::default();
    let mut open: Vec<&Step> = plan.steps.iter().collect();
    let mut skipped: Vec<&Step> = Vec::new();
    let mut succeeded: BTreeSet<usize> = BTreeSet::new();
    let mut running = FuturesUnordered::new();
    loop {
        if !work.slots.is_closed() {
            let ready = |step: &&Step| step.after.iter().all(|id| succeeded.contains(id));
            while let Some(at) = open.iter().position(ready) {
                running.push(run(work, open.remove(at)));
            }
        }
        let Some((step, end)) = running.next().await else { break };
        match end {
            End::Done => {
                succeeded.insert(step.id);
                applied.done.push(format!("{}: {}", step.subject, step.action.verb()));
            }
            End::Failed(failed) => applied.failed.push((step.clone(), failed)),
            End::Skipped => skipped.push(step),
        }
    }
    skipped.append(&mut open);
    skipped.sort_by_key(|step| step.id);
    applied.stopped = *work.stop.borrow();
    applied.lost = !skipped.is_empty() && !is_held(work).await;
    applied.skipped = skipped.into_iter().cloned().collect();
    applied
}

async fn is_held(work: &Work<'_>) -> bool {
    match work.lease {
        Some(lease) => lease.is_held().await,
        None => false,
    }
}

async fn run<'s>(work: &Work<'_>, step: &'s Step) -> (&'s Step, End) {
    work.slots.take().await;
    let end = if work.slots.is_closed() || *work.stop.borrow() || !is_held(work).await {
        End::Skipped
    } else {
        begun(work, step).await
    };
    if !matches!(end, End::Done) {
        work.slots.close();
    }
    work.slots.give_back();
    (step, end)
}

async fn begun(work: &Work<'_>, step: &Step) -> End {
    let begin = Instant::now();
    let subject = step.subject.to_string();
    work.session
        .sink
        .send(Event::Started { subject: subject.clone(), action: step.action.verb().to_owned() });
    let engine = work.engine.recording(Ledger::default());
    for seen in &work.observed.containers {
        engine.ledger().name(format!("container {}", seen.id), format!("container {}", seen.name));
    }
    let result = step::perform(&Work { engine: &engine, ..work.clone() }, step).await;
    let ledger = &work.session.global.ledger;
    match &result {
        Ok(_) => ledger.change(step.subject.to_string(), step.action.verb()),
        Err(failed) if failed.restored => {}
        Err(_) => ledger.append(engine.ledger()),
    }
    let (outcome, detail) = match &result {
        Ok(detail) => (Outcome::Done, detail.clone()),
        // Where nothing was before there is nothing to be back.
        Err(failed) if failed.restored && step.action != Action::Create => {
            (Outcome::Restored, failed.message.clone())
        }
        Err(failed) => (Outcome::Failed, failed.message.clone()),
    };
    work.session.sink.send(Event::Finished { subject, outcome, detail, elapsed: begin.elapsed() });
    result.map_or_else(End::Failed, |_| End::Done)
}
