//! What a run ended with: the proof that everything runs what was rendered, or the reason why not.

use futures_util::future::join_all;

use super::apply::{self, Applied, Work};
use super::prepare::{self, Prepared};
use super::{Error, endpoints, prove};
use crate::kernel::{Exit, text};
use crate::model::component::Reload;
use crate::model::observed::{Observed, State};
use crate::model::plan::{Action, Subject};
use crate::model::report::ApplyReport;
use crate::model::stack::Instance;

/// What a run that succeeded has to say.
pub async fn report(
    work: &Work<'_>,
    prepared: &Prepared,
    done: Vec<String>,
) -> Result<(ApplyReport, Proof), Error> {
    let mut proof = Proof::Complete;
    let mut report = ApplyReport {
        up_to_date: done.is_empty() && prepared.plan.is_empty(),
        done,
        unavailable: prepared.images.missing.clone(),
        orphans: prepared.plan.orphans.clone(),
        diagnostics: prepared.loaded.diagnostics.clone(),
        ..ApplyReport::default()
    };
    let stack = &prepared.loaded.stack;
    let changed = if report.up_to_date { None } else { Some(work.engine.observe(&stack.name).await?) };
    let observed = changed.as_ref().unwrap_or(&prepared.observed);
    if work.wait {
        proof = prove_all(work, (prepared, observed), &mut report).await?;
    }
    let runs = |instance: &Instance| observed.container(&instance.spec.name).is_some();
    prepare::agree(work.session, &prepared.loaded, runs);
    report.endpoints = endpoints::rows(work.session, stack, observed, endpoints::Secrets::Hide);
    Ok((report, proof))
}

/// How far the proof came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// As far as it goes.
    Complete,
    /// A component has to be reloaded, which takes the lock.
    NeedsReload,
}

/// Every running component runs what was rendered, also when nothing had to be done.
async fn prove_all(
    work: &Work<'_>,
    (prepared, observed): (&Prepared, &Observed),
    report: &mut ApplyReport,
) -> Result<Proof, Error> {
    // An answer from before the work says nothing about the time after it.
    let proven = |name: &String| prepared.plan.is_empty() && prepared.proven.contains(name);
    let here = |instance: &&Instance| {
        let runs = observed.container(&instance.spec.name).is_some_and(|seen| seen.state == State::Running);
        runs && instance.row.is_some_and(|row| row.reload != Reload::Never)
    };
    let asked = work.stack.instances.iter().filter(here).map(|instance| async move {
        if proven(&instance.name) {
            return Ok(Some((instance, Vec::new())));
        }
        let endpoint = apply::endpoint(work.engine, work.stack, instance).await?;
        let Some(endpoint) = endpoint else {
            if let Some(Reload::Stored(stored)) = instance.row.map(|row| row.reload) {
                let (name, what) = (&instance.name, stored.what);
                work.session.warn(format!(
                    "{name} cannot be asked from here; `stackctl up` on the daemon's machine writes {what}"
                ));
            }
            return Ok(None);
        };
        // It may just have been started again by the daemon, and not be ready yet.
        if let Err(failed) = apply::wait(work, instance, &instance.spec.name).await {
            return Ok(Some((instance, vec![failed.message])));
        }
        let found = prove::running(work.witness, &endpoint, instance, work.artifacts).await;
        Ok::<_, Error>(Some((instance, found)))
    });
    for answer in join_all(asked).await {
        let Some((instance, mut found)) = answer? else { continue };
        let subject = Subject::Container(instance.name.clone());
        let touched = prepared.plan.steps.iter().any(|step| step.subject == subject);
        // A store is empty after the first start. Otherwise an earlier run was stopped after it had delivered files and
        // before they were taken.
        let first = instance.row.is_some_and(|row| matches!(row.reload, Reload::Stored(_)));
        let may_reload = !found.is_empty() && (first || !touched);
        if may_reload && work.lease.is_none() {
            return Ok(Proof::NeedsReload);
        }
        let container = observed.container(&instance.spec.name).map_or("", |seen| &seen.id);
        if may_reload && apply::reload_again(work, instance, container).await.is_ok() {
            report.done.push(format!("{subject}: {}", Action::Reload.verb()));
            report.up_to_date = false;
            found.clear();
        }
        if found.is_empty() {
            report.proven.push(format!("{} runs what was rendered", instance.title));
        }
        report.unproven.extend(found.into_iter().map(|text| format!("{}: {text}", instance.title)));
    }
    Ok(Proof::Complete)
}

/// A failed or stopped run as one error that says what changed and what did not. `command` is the whole command line.
pub fn failure(applied: Applied, verb: &str, command: &str) -> Error {
    let command = text::printable(command);
    let skipped: Vec<String> =
        applied.skipped.iter().map(|step| format!("{}: {}", step.subject, step.action.verb())).collect();
    if applied.lost {
        return Error::Locked {
            message: "another run took the lock over, because this one did not renew it in time".to_owned(),
            changed: applied.done,
            hint: "`stackctl plan` shows what is left to do".to_owned(),
        };
    }
    if applied.failed.is_empty() {
        return Error::Interrupted {
            exit: Exit::Interrupted,
            changed: applied.done,
            hint: if skipped.is_empty() {
                format!("`{command}` continues from here")
            } else {
                format!("not started: {}; `{command}` continues from here", skipped.join(", "))
            },
        };
    }
    // Only `up` rolls back; what another command has done stays done.
    let halfway = verb != "up" && !applied.done.is_empty();
    let incomplete = halfway
        || applied.failed.iter().any(|(_, failed)| !failed.restored && failed.restore_error.is_some());
    let refused = applied.failed.iter().any(|(_, failed)| failed.refused);
    let mut causes = Vec::new();
    let mut hint = None;
    let mut changed = applied.done;
    let mut message = String::new();
    for (step, failed) in applied.failed {
        if message.is_empty() {
            message = format!("could not {} {}: {}", step.action.verb(), step.subject, failed.message);
        } else {
            causes.push(format!("{}: {}", step.subject, failed.message));
        }
        causes.extend(failed.log.iter().map(|line| format!("log: {line}")));
        if failed.restored {
            let now =
                if step.action == Action::Create { "removed again" } else { "what was there before is back" };
            changed.push(format!("{}: {now}", step.subject));
        }
        if let Some(error) = failed.restore_error {
            causes.push(format!("the previous state could not be restored: {error}"));
        }
        // What is gone has no logs any more: its last lines are among the causes.
        let is_gone = failed.restored && matches!(step.action, Action::Create | Action::Replace);
        hint = hint.or(failed.hint.filter(|hint| !is_gone || !hint.starts_with(apply::SHOWS_LOGS)));
    }
    if !skipped.is_empty() {
        causes.push(format!("not started: {}", skipped.join(", ")));
    }
    // The same command would fail the same way: first the cause, then the command.
    let next = format!("rerun `{command}`");
    Error::Apply {
        message,
        causes,
        changed,
        hint: hint
            .map_or_else(|| format!("fix the cause, then {next}"), |hint| format!("{hint}; then {next}")),
        exit: if incomplete {
            Exit::Incomplete
        } else if applied.stopped {
            Exit::Interrupted
        } else if refused {
            Exit::Refused
        } else {
            Exit::Restored
        },
    }
}
