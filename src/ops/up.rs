//! `up` and `plan`: make it so, or say what that would take.

use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::apply::{self, Slots, Work};
use super::images::PullPolicy;
use super::load::{Generate, Loaded};
use super::lock::{self, Lease};
use super::outcome::{Proof, failure, report};
use super::prepare::{self, Ask, Lint, Prepared};
use super::prove::Witness;
use super::skipped::{self, Skip};
use super::{Error, Session, load, preflight};
use crate::engine::Engine;
use crate::model::claim::Intent;
use crate::model::observed::Observed;
use crate::model::origin::{Origin, Record};
use crate::model::plan::{Action, Plan, Subject, Unavailable};
use crate::model::report::{ApplyReport, Blocked, PlanReport};
use crate::probe::Client;
use crate::workdir;

/// What `up` was asked for.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "one per flag of the command line")]
pub struct Options {
    /// Only these components and what they need.
    pub components: Vec<String>,
    /// Wait until everything does its work.
    pub wait: bool,
    /// How long each component may take; none: as its row says.
    pub timeout: Option<Duration>,
    /// When the registry is asked.
    pub pull: PullPolicy,
    /// Remove containers of components that are no longer in the stack.
    pub remove_orphans: bool,
    /// Take over a stack of another origin.
    pub adopt: bool,
    /// Components without an image are left out on purpose.
    pub skip_unavailable: bool,
}

/// What `up` would do. With `skip_unavailable`, or where the last `up` was told so, what has no image is left out.
pub async fn plan(
    session: &Session<'_>,
    components: &[String],
    skip_unavailable: bool,
) -> Result<PlanReport, Error> {
    let skip = Skip::reading(skip_unavailable);
    let loaded = load(session)?;
    let engine = session.unasked_engine()?;
    let ask = Ask {
        components: components.to_vec(),
        remove_orphans: false,
        pull: None,
        generate: Generate::Placeholders,
        lint: Lint::Always,
        adopt: false,
        prove: None,
        skip,
    };
    let chosen = Box::pin(unchosen_is_new(session, &engine, &loaded)).await;
    let prepared = prepare::prepare(session, &engine, loaded, &ask).await?;
    let outside = async { chosen.and(preflight::all(&engine, &prepared).await) };
    let blocked = outside.await.err().map(|error| Blocked {
        hint: error.hint(),
        causes: error.causes(),
        message: error.to_string(),
    });
    let state = session.state(&prepared.loaded.stack.name);
    let skips = |missing: &Unavailable| skip.includes(&state, missing);
    let plan = prepare::with_pulls(&prepared, skips);
    let skipped = plan.unavailable.iter().filter(|missing| skips(missing)).cloned().collect();
    let diagnostics = prepared.loaded.diagnostics;
    Ok(PlanReport { up_to_date: plan.is_empty(), plan, skipped, blocked, diagnostics })
}

/// Makes it so. `stop` becomes true when the user wants to stop.
pub async fn up(
    session: &Session<'_>,
    options: &Options,
    stop: watch::Receiver<bool>,
) -> Result<ApplyReport, Error> {
    let loaded = load(session)?;
    let engine = session.unasked_engine()?;
    let name = loaded.stack.name.clone();
    let _gate = lock::gate(session, &name, &stop).await?;
    Box::pin(unchosen_is_new(session, &engine, &loaded)).await?;
    let run = Run { session, engine: &engine, witness: &witness(session, &name)?, options, stop };
    let report = match Box::pin(run.first_look(loaded)).await? {
        Look::UpToDate(report) => *report,
        Look::Change(intent) => {
            let change = async |lease: &Lease| Box::pin(run.change(lease)).await;
            lock::under(session, &engine, (&name, &intent), &run.stop, change).await?
        }
    };
    skipped::remember(&run.witness.state, Skip::changing(options.skip_unavailable), &report.unavailable);
    Ok(report)
}

/// Without a stack file `up` starts the built-in stack, and leaves alone one that exists already: it may be anyone's.
async fn unchosen_is_new(session: &Session<'_>, engine: &Engine, loaded: &Loaded) -> Result<(), Error> {
    let Some(up_to) = loaded.unchosen(session) else { return Ok(()) };
    let name = &loaded.stack.name;
    if engine.observe(name).await?.is_empty() {
        return Ok(());
    }
    Err(Error::Refused {
        message: format!("a stack `{name}` exists at {}, and no stack file says that it is yours", engine.choice.host),
        causes: vec![format!("no stack.yml or stack.yaml here, nor above up to `{}`", up_to.display())],
        hint: "change to the directory of the stack, or pass --file or --project; --default means the built-in stack"
            .to_owned(),
    })
}

/// How often `up` looks at a world in which an interrupted run is still taking effect.
const LOOKS: usize = 4;
/// How soon after the start of an attempt such a run can be the reason for its failure.
const SOON: Duration = Duration::from_secs(15);

/// One run of `up`.
struct Run<'a> {
    session: &'a Session<'a>,
    engine: &'a Engine,
    witness: &'a Witness,
    options: &'a Options,
    stop: watch::Receiver<bool>,
}

/// What the look before the lock is taken ends with.
enum Look {
    /// Nothing is to be done, and all of it is proven.
    UpToDate(Box<ApplyReport>),
    /// Something is to be done, or another run is at work.
    Change(Intent),
}

impl Run<'_> {
    /// Looks without the lock, and changes nothing: on most days that is all, and other runs see nothing of it.
    async fn first_look(&self, loaded: Loaded) -> Result<Look, Error> {
        let nothing_known = Look::Change(Intent { verb: "up".to_owned(), ending: Vec::new() });
        let name = loaded.stack.name.clone();
        let ask = Ask { pull: None, generate: Generate::Known, ..self.ask() };
        let prepared = match prepare::prepare(self.session, self.engine, loaded, &ask).await {
            Ok(prepared) => prepared,
            Err(error) => {
                return lock::unclaimed(self.engine, &name, error).await.map(|()| nothing_known);
            }
        };
        if prepared.observed.is_claimed {
            return Ok(nothing_known);
        }
        preflight::all(self.engine, &prepared).await?;
        let fetches = match self.options.pull {
            PullPolicy::Always => true,
            PullPolicy::Missing => !prepared.images.missing.is_empty(),
            PullPolicy::Never => false,
        };
        if fetches || !prepared.plan.is_empty() {
            return Ok(Look::Change(intent(&prepared)));
        }
        let record = record(&prepared.observed, &prepared.loaded.origin)?;
        let work = self.work((&prepared, &record), None);
        let (report, proof) = report(&work, &prepared, Vec::new()).await?;
        Ok(if proof == Proof::NeedsReload { nothing_known } else { Look::UpToDate(Box::new(report)) })
    }

    /// Looks again, now that no other run can change anything, and makes the changes.
    async fn change(&self, lease: &Lease) -> Result<ApplyReport, Error> {
        let is_repair = !lease.inherited().is_empty();
        let mut done = lock::settle(self.session, self.engine, &load(self.session)?.stack, lease).await?;
        let mut look = 0;
        loop {
            look += 1;
            let begin = Instant::now();
            let prepared = match self.prepared().await {
                // The name of a helper container may be taken by one that was still being created.
                Err(Error::Engine(error)) if look < LOOKS && (is_repair || error.is_outage()) => continue,
                other => other?,
            };
            lease.intend(intent(&prepared)).await?;
            let record = record(&prepared.observed, &prepared.loaded.origin)?;
            let work = self.work((&prepared, &record), Some(lease));
            let mut applied = apply::apply(&work, &prepared.plan).await;
            done.append(&mut applied.done);
            if applied.is_complete() && (!is_repair || prepared.plan.is_empty() || look >= LOOKS) {
                return report(&work, &prepared, done).await.map(|(report, _)| report);
            }
            if applied.is_complete() {
                continue;
            }
            let outage = applied.failed.iter().any(|(_, failed)| failed.outage);
            let in_flight = outage || repairs(&prepared.plan) || (is_repair && begin.elapsed() < SOON);
            if look >= LOOKS || applied.stopped || applied.lost || !in_flight {
                applied.done = done;
                return Err(failure(applied, "up", &self.session.global.command));
            }
            self.session.note(if outage {
                "Docker did not answer; retrying"
            } else {
                "an earlier run was killed, and Docker was still carrying out its last requests; retrying"
            });
        }
    }

    fn ask(&self) -> Ask {
        Ask {
            components: self.options.components.clone(),
            remove_orphans: self.options.remove_orphans,
            pull: Some(self.options.pull),
            generate: Generate::Missing,
            lint: Lint::WhenNew,
            adopt: self.options.adopt,
            prove: self.options.wait.then(|| self.witness.clone()),
            skip: Skip::changing(self.options.skip_unavailable),
        }
    }

    async fn prepared(&self) -> Result<Prepared, Error> {
        let loaded = load(self.session)?;
        let prepared = prepare::prepare(self.session, self.engine, loaded, &self.ask()).await?;
        preflight::all(self.engine, &prepared).await?;
        prepare::judged(self.session, self.engine, &prepared).await?;
        Ok(prepared)
    }

    fn work<'a>(
        &'a self,
        (prepared, record): (&'a Prepared, &'a Record),
        lease: Option<&'a Lease>,
    ) -> Work<'a> {
        Work {
            session: self.session,
            engine: self.engine,
            stack: &prepared.loaded.stack,
            observed: &prepared.observed,
            record,
            artifacts: &prepared.artifacts,
            revisions: &prepared.revisions,
            witness: self.witness,
            timeout: self.options.timeout,
            wait: self.options.wait,
            stop: self.stop.clone(),
            lease,
            slots: Slots::default(),
        }
    }
}

/// What a run that carries out this plan may leave in flight.
fn intent(prepared: &Prepared) -> Intent {
    Intent { verb: "up".to_owned(), ending: prepared.plan.ending(&prepared.observed) }
}

/// True for the plan of a world that an interrupted run left behind. The daemon may still be carrying out that run's
/// last request: a container that was being stopped looks like a running one until it ends.
fn repairs(plan: &Plan) -> bool {
    plan.steps.iter().any(|step| {
        matches!(step.subject, Subject::Leftover(_)) || matches!(step.action, Action::Wait | Action::Restore)
    })
}

/// A client for the components.
pub fn client() -> Result<Client, Error> {
    Client::new().map_err(|error| Error::Environment {
        message: error.to_string(),
        causes: Vec::new(),
        hint: "this is a bug in stackctl; please report it".to_owned(),
    })
}

/// The record as it is to be: this origin, and the key that the stack has or gets.
pub fn record(observed: &Observed, origin: &Origin) -> Result<Record, Error> {
    let key = observed.record.as_ref().map(|record| record.key.clone()).filter(|key| !key.is_empty());
    Ok(Record { origin: origin.clone(), key: key.map_or_else(workdir::new_key, Ok)? })
}

/// A client for the components, with the memory of what was compared before.
pub fn witness(session: &Session<'_>, stack: &str) -> Result<Witness, Error> {
    Ok(Witness { client: client()?, state: session.state(stack) })
}
