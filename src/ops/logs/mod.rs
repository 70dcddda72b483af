//! `logs`: the lines of all components as one stream in the order of time, followed across restarts and recreation.
//!
//! Memory does not grow with the logs: one line per container is held, the rest waits in the daemon until the
//! reader has taken what is there.

mod daemon;
mod follow;
mod follower;
mod merge;
mod news;
mod pick;
mod seen;
#[cfg(test)]
mod tests;
mod when;

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use jiff::Timestamp;

use self::daemon::{Daemon, OfStack};
use self::follow::{Follow, Pace};
use self::merge::{Live, Merge};
use self::pick::Pick;
use self::when::{Window, stamp};
use super::{Error, Session, load};
use crate::engine::{Engine, EngineError, LogQuery};
use crate::kernel::{labels, text};
use crate::model::log::{Level, Line};
use crate::model::observed::SeenContainer;

/// Which lines.
#[derive(Debug, Clone, Default)]
pub struct LogsOptions {
    /// Components; none means all.
    pub components: Vec<String>,
    /// `--follow`: wait for new lines, also of containers that are started, restarted or made later.
    pub follow: bool,
    /// `--since`: `10m` before now, or RFC 3339.
    pub since: Option<String>,
    /// `--until`: the same. Following ends then.
    pub until: Option<String>,
    /// `--tail`: the last so many lines of each container. The other options choose among these, as with `docker logs`.
    pub tail: Option<u64>,
    /// `--grep`: regular expression that the text, without its colours, must match somewhere.
    pub grep: Option<String>,
    /// `--level`: this grave at least. A line that does not name a level goes with the line before it when it came
    /// within a second of it (a stack trace with its panic), and counts as `info` at least.
    pub level: Option<Level>,
}

/// Hands the chosen lines to `out`, until there are no more or `out` breaks off; both are success.
///
/// Without `follow` all containers are read to their ends even when one cannot be read; that one's error comes last.
pub async fn logs(
    session: &Session<'_>,
    engine: &Engine,
    options: LogsOptions,
    out: impl FnMut(Line) -> ControlFlow<()>,
) -> Result<(), Error> {
    let stack = load(session)?.stack;
    let now = Timestamp::now();
    let window = Window::parse(options.since.as_deref(), options.until.as_deref(), now)?;
    let pick = Pick::new(&window, options.grep.as_deref(), options.level)?;
    let request = Request {
        query: LogQuery {
            follow: options.follow && window.is_open(now),
            tail: options.tail,
            ..window.query()
        },
        expected: stack.instances.iter().map(|instance| instance.name.clone()).collect(),
        wanted: options.components.into_iter().collect(),
        now,
        remaining: window.remaining(now),
    };
    let daemon = OfStack { engine, stack: &stack.name };
    mention_lost(session, &daemon, &request, window.since).await;
    let deliver = deliver(pick, out);
    if request.query.follow {
        Follow::new(&daemon, &request, Pace::default()).run(|warning| session.warn(warning), deliver).await
    } else {
        read(&daemon, &request, deliver).await
    }
}

/// Tells whose older lines were wanted and are no longer there.
async fn mention_lost(
    session: &Session<'_>,
    daemon: &OfStack<'_>,
    request: &Request,
    since: Option<Timestamp>,
) {
    if request.query.tail.is_some() {
        return;
    }
    let Ok(containers) = daemon.containers().await else { return };
    let wanted = containers
        .iter()
        .filter(|seen| seen.role == labels::ROLE_COMPONENT && request.wants(&seen.component));
    let begins =
        join_all(wanted.map(async |seen| (seen, daemon.engine.log_begins_late(&seen.id).await))).await;
    for (seen, begin) in begins {
        let Some(begin) = begin.filter(|begin| since.is_none_or(|since| stamp(since) < *begin)) else {
            continue;
        };
        let begin = begin.get(..19).unwrap_or(&begin);
        session.note(format!(
            "the log of {} begins at {begin}Z: Docker keeps its newest 30 MB and has deleted older lines",
            seen.component
        ));
    }
}

/// What is asked of the daemon, with every text understood.
#[derive(Debug)]
struct Request {
    /// For the containers that are there at the beginning.
    query: LogQuery,
    /// Components that the stack should have.
    expected: BTreeSet<String>,
    /// Components whose lines are wanted; none means all.
    wanted: BTreeSet<String>,
    /// The beginning.
    now: Timestamp,
    /// How long to follow; none means for ever.
    remaining: Option<Duration>,
}

impl Request {
    /// True when the lines of a component are wanted. Tools and couriers have none.
    fn wants(&self, component: &str) -> bool {
        !component.is_empty() && (self.wanted.is_empty() || self.wanted.contains(component))
    }

    /// The wanted ones of these containers. It is an error to want what can never be, or to find nothing at all.
    fn select(&self, containers: Vec<SeenContainer>) -> Result<Vec<SeenContainer>, Error> {
        let ours: Vec<SeenContainer> =
            containers.into_iter().filter(|seen| seen.role == labels::ROLE_COMPONENT).collect();
        let mut known = self.expected.clone();
        known.extend(ours.iter().map(|seen| seen.component.clone()));
        if let Some(name) = self.wanted.iter().find(|name| !known.contains(*name)) {
            return Err(unknown(name, &known));
        }
        if ours.is_empty() {
            return Err(Error::Environment {
                message: "nothing of the stack runs, so there are no logs".to_owned(),
                causes: Vec::new(),
                hint: "`stackctl up` starts it".to_owned(),
            });
        }
        let wanted: Vec<SeenContainer> =
            ours.into_iter().filter(|seen| self.wants(&seen.component)).collect();
        if wanted.is_empty() && !self.query.follow {
            let names: Vec<String> = self.wanted.iter().map(|name| format!("`{name}`")).collect();
            return Err(Error::Environment {
                message: format!("there is no container of {}", text::list(&names)),
                causes: Vec::new(),
                hint: "`stackctl status` shows what runs, `stackctl up` starts the rest".to_owned(),
            });
        }
        Ok(wanted)
    }
}

fn unknown(name: &str, known: &BTreeSet<String>) -> Error {
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    let hint = match text::nearest(name, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("the components are {}", text::list(&known)),
    };
    Error::Usage { message: format!("the stack has no component `{name}`"), hint }
}

/// From a line of a container to the reader, if it is one of the chosen.
fn deliver(
    mut pick: Pick,
    mut out: impl FnMut(Line) -> ControlFlow<()>,
) -> impl FnMut(&Arc<str>, crate::engine::LogLine) -> ControlFlow<()> {
    move |component, line| pick.pick(component, line).map_or(ControlFlow::Continue(()), &mut out)
}

/// Everything up to now.
async fn read<D: Daemon>(
    daemon: &D,
    request: &Request,
    mut deliver: impl FnMut(&Arc<str>, crate::engine::LogLine) -> ControlFlow<()>,
) -> Result<(), Error> {
    let containers = request.select(daemon.containers().await?)?;
    let mut merge = Merge::within(Duration::ZERO);
    for seen in containers {
        merge.push(seen.component.into(), daemon.lines(&seen.id, &request.query), Live::default());
    }
    let mut failed: Option<EngineError> = None;
    while let Some((component, line)) = merge.next().await {
        match line {
            Ok(line) => {
                if deliver(&component, line).is_break() {
                    return Ok(());
                }
            }
            // Removed since it was listed.
            Err(error) if error.is_not_found() => {}
            Err(error) => {
                failed.get_or_insert(error);
            }
        }
    }
    failed.map_or(Ok(()), |error| Err(error.into()))
}
