//! Waiting for a component to do its work, or for the reason why it will not.

use std::time::Duration;

use super::Work;
use super::failed::Failed;
use super::reach::{base, endpoint_made};
use crate::engine::Inspected;
use crate::model::stack::{Holds, Instance};
use crate::ops::Error;
use crate::probe::{Endpoint, NotReady, Patience, Readiness, wait_ready};

/// How the hint begins that leads to the log of a container, as long as it is there.
pub const SHOWS_LOGS: &str = "`stackctl logs";

/// The exit code of a process that SIGKILL ended.
const KILLED: i64 = 137;

/// Waits until a component does its work, or says why it will not.
pub async fn wait(work: &Work<'_>, instance: &Instance, container: &str) -> Result<String, Failed> {
    if !work.wait {
        return Ok("started".to_owned());
    }
    match base(work.engine, work.stack, instance, container).await? {
        Some(base) => answers(work, instance, container, &Endpoint::new(base)).await,
        None => survives(work, instance, container).await,
    }
}

/// Waits until a container that was brought back works again. It publishes the port it always had.
pub async fn wait_back(work: &Work<'_>, instance: &Instance, container: &str) -> Result<(), Failed> {
    // Somebody who wants to stop does not wait for what is only starting.
    if !work.wait || *work.stop.borrow() {
        return Ok(());
    }
    let seen = work.engine.inspect(container, &work.stack.name).await.map_err(Error::from)?;
    match seen.and_then(|seen| endpoint_made(work.engine, instance, &seen)) {
        Some(endpoint) => answers(work, instance, container, &endpoint).await.map(drop),
        None => Ok(()),
    }
}

async fn answers(
    work: &Work<'_>,
    instance: &Instance,
    container: &str,
    endpoint: &Endpoint,
) -> Result<String, Failed> {
    let peer = work.witness.client.peer(endpoint, Duration::from_secs(2));
    let patience = Patience {
        interval: Duration::from_millis(25),
        deadline: work.timeout.unwrap_or(instance.ready.within),
    };
    let ended = ended(work, container);
    match wait_ready(&peer, &Readiness::from(&instance.ready), patience, ended).await {
        Ok(took) => Ok(format!("ready after {:.1}s", took.as_secs_f64())),
        Err(NotReady::Deadline { last, waited }) => {
            let message = format!("{} was not ready within {}s: {last}", instance.name, waited.as_secs());
            Err(with_log(work, instance, container, message).await)
        }
        Err(NotReady::Ended { state, .. }) => {
            Err(with_log(work, instance, container, format!("{} {state}", instance.name)).await)
        }
    }
}

/// For a component that cannot be asked from here: it has to live for a while without a restart.
async fn survives(work: &Work<'_>, instance: &Instance, container: &str) -> Result<String, Failed> {
    const LONG_ENOUGH: Duration = Duration::from_secs(3);
    match tokio::time::timeout(LONG_ENOUGH, ended(work, container)).await {
        Err(_) => Ok("running; it cannot be asked from here".to_owned()),
        Ok(state) => Err(with_log(work, instance, container, format!("{} {state}", instance.name)).await),
    }
}

/// Resolves when a container has ended, keeps restarting, or the user wants to stop; says which.
async fn ended(work: &Work<'_>, container: &str) -> String {
    const LOOK: Duration = Duration::from_millis(200);
    let mut stop = work.stop.clone();
    let watching = async {
        let mut first = None;
        loop {
            if let Ok(Some(seen)) = work.engine.inspect(container, &work.stack.name).await {
                let restarts = *first.get_or_insert(seen.restarts);
                if !seen.running || seen.restarting {
                    return describe(&reason(work, container, seen).await);
                }
                if seen.restarts > restarts {
                    return describe(&next_end(work, container, seen).await);
                }
            }
            tokio::time::sleep(LOOK).await;
        }
    };
    tokio::select! {
        state = watching => state,
        _ = stop.wait_for(|stop| *stop) => "was interrupted".to_owned(),
    }
}

/// A daemon may record that memory was the reason only after it has recorded the end, or at the next end.
async fn reason(work: &Work<'_>, container: &str, seen: Inspected) -> Inspected {
    const SOON: Duration = Duration::from_secs(2);
    if seen.ended.code != KILLED || seen.ended.out_of_memory {
        return seen;
    }
    seen_soon(work, container, SOON, |seen| seen.ended.out_of_memory).await.unwrap_or(seen)
}

/// A container that runs again has forgotten how it ended; the next time it ends it says. When it does not end soon,
/// what was seen stands.
async fn next_end(work: &Work<'_>, container: &str, seen: Inspected) -> Inspected {
    const SOON: Duration = Duration::from_secs(5);
    seen_soon(work, container, SOON, |seen| !seen.running || seen.restarting).await.unwrap_or(seen)
}

/// Looks often until the container is as wanted; none when it is not in time.
async fn seen_soon(
    work: &Work<'_>,
    container: &str,
    soon: Duration,
    wanted: impl Fn(&Inspected) -> bool,
) -> Option<Inspected> {
    const LOOK: Duration = Duration::from_millis(20);
    let look = async {
        loop {
            if let Ok(Some(seen)) = work.engine.inspect(container, &work.stack.name).await
                && wanted(&seen)
            {
                return seen;
            }
            tokio::time::sleep(LOOK).await;
        }
    };
    tokio::time::timeout(soon, look).await.ok()
}

/// How a container ended, in words.
pub fn describe(seen: &Inspected) -> String {
    let ended = &seen.ended;
    if ended.out_of_memory {
        "was killed for memory; raise its `memory` in stack.yml".to_owned()
    } else if !ended.error.is_empty() {
        format!("could not be started: {}", crate::kernel::text::printable(&ended.error))
    } else if ended.code == KILLED {
        "was killed (SIGKILL); the daemon does not say that it was for memory".to_owned()
    } else if seen.restarts > 0 && seen.running {
        "ended by itself and was started again by the daemon".to_owned()
    } else if seen.restarts > 0 {
        format!("ended with exit code {} and keeps restarting", ended.code)
    } else {
        format!("ended with exit code {}", ended.code)
    }
}

async fn with_log(work: &Work<'_>, instance: &Instance, container: &str, message: String) -> Failed {
    // Whoever stops us does not wonder what the component wrote.
    if *work.stop.borrow() {
        return Failed { message, ..Failed::default() };
    }
    let log = work.engine.last_lines(container, 12).await;
    let hint = not_its_own(instance, &log);
    Failed {
        message,
        hint: hint.or_else(|| Some(format!("{SHOWS_LOGS} {}` shows more", instance.name))),
        log,
        ..Failed::default()
    }
}

/// The next step when a component may not write to its data: someone gave the volume to another user.
fn not_its_own(instance: &Instance, log: &[String]) -> Option<String> {
    let data = instance.spec.volumes.iter().find(|mount| mount.holds == Holds::Data)?;
    let denied =
        |line: &String| line.to_lowercase().contains("permission denied") && line.contains(&data.target);
    log.iter().any(denied).then(|| {
        let (volume, (uid, gid)) = (&data.volume, instance.user());
        format!(
            "the volume `{volume}` must belong to {uid}:{gid}; to give it back: `docker run --rm -v {volume}:/data busybox \
             chown -R {uid}:{gid} /data`"
        )
    })
}
