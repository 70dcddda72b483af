//! Which containers were stopped with `stackctl stop`, and so on purpose. Docker does not tell a stop from a kill, nor by
//! whom either was made. What was stopped from another machine or by another user counts as stopped by a stranger.

use futures_util::future::join_all;

use super::Session;
use crate::engine::{Engine, Inspected};
use crate::kernel::digest;
use crate::model::stack::Stack;
use crate::workdir::State;

/// Remembers the components that do not run, after they were stopped. Empty means all.
pub async fn remember(session: &Session<'_>, engine: &Engine, stack: &Stack, components: &[String]) {
    let state = session.state(&stack.name);
    let chosen = stack
        .instances
        .iter()
        .filter(|instance| components.is_empty() || components.contains(&instance.name))
        .map(|instance| engine.inspect(&instance.spec.name, &stack.name));
    for seen in join_all(chosen).await.into_iter().flatten().flatten().filter(|seen| seen.stopped) {
        state.accepted(&key(&seen));
    }
}

/// A container as it is seen, stopped only when that was asked for.
pub fn judged(state: &State, seen: Inspected) -> Inspected {
    let stopped = seen.stopped && state.was_accepted(&key(&seen));
    Inspected { stopped, ..seen }
}

/// One run of one container: the next one has another start.
fn key(seen: &Inspected) -> String {
    digest::short(["stopped", &seen.id, &seen.started_at].map(str::as_bytes))
}
