//! After a run that was killed: the daemon still carries out its last requests. They are finished here, so that what is
//! planned afterwards is planned for a world that stands still.

use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::{Instant, sleep};

use super::Lease;
use crate::engine::Engine;
use crate::kernel::Ledger;
use crate::model::claim::Owner;
use crate::model::observed::{SeenContainer, State};
use crate::model::stack::Stack;
use crate::ops::{Error, Session};

/// For how long nothing may change.
const QUIET: Duration = Duration::from_millis(500);
/// Pause between two looks.
const LOOK: Duration = Duration::from_millis(100);
/// How long it may take until nothing changes any more.
const LIMIT: Duration = Duration::from_secs(30);
/// How long a container that is no longer in the stack may take to stop.
const GRACE: u32 = 30;

/// Finishes what the runs whose claims were taken over may have left in flight; returns what was changed.
pub async fn settle(
    session: &Session<'_>,
    engine: &Engine,
    stack: &Stack,
    lease: &Lease,
) -> Result<Vec<String>, Error> {
    let Some(claim) = lease.inherited().first() else { return Ok(Vec::new()) };
    let Owner { user, host, pid, command, .. } = &claim.owner;
    session.note(format!(
        "`{command}` ({user}@{host}, process {pid}) was killed; finishing what Docker was doing for it"
    ));
    let ids: Vec<&String> = lease.inherited().iter().flat_map(|claim| &claim.intent.ending).collect();
    let seen = engine.containers_of(&stack.name).await?;
    // A container that is being stopped looks like one that runs. Only the answer to a second stop tells the end.
    let ending = seen.iter().filter(|seen| {
        let runs = matches!(seen.state, State::Running | State::Restarting | State::Paused);
        runs && ids.iter().any(|id| seen.id.starts_with(id.as_str()))
    });
    let stopped = join_all(ending.map(|seen| stop(engine, stack, seen))).await;
    let done = stopped.into_iter().collect::<Result<Vec<String>, Error>>()?;
    quiet(engine, &stack.name).await?;
    Ok(done)
}

async fn stop(engine: &Engine, stack: &Stack, seen: &SeenContainer) -> Result<String, Error> {
    let grace = stack.instance(&seen.component).map_or(GRACE, |instance| instance.spec.stop_timeout);
    // Named by its component in the ledger.
    engine.recording(Ledger::default()).stop(&seen.id, Duration::from_secs(grace.into())).await?;
    engine.ledger().change(format!("container {}", seen.component), "stop");
    Ok(format!("container {}: stop", seen.component))
}

/// Waits until the objects of a stack have not changed for a while, and none is being removed.
async fn quiet(engine: &Engine, stack: &str) -> Result<(), Error> {
    let deadline = Instant::now() + LIMIT;
    let mut before = engine.fingerprint(stack).await?;
    let mut since = Instant::now();
    while Instant::now() < deadline && (since.elapsed() < QUIET || before.contains("removing")) {
        sleep(LOOK).await;
        let now = engine.fingerprint(stack).await?;
        if now != before {
            (before, since) = (now, Instant::now());
        }
    }
    Ok(())
}
