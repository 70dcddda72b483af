//! The lines of one container for as long as it exists, over all its starts.

use futures_util::stream::{self, Stream, StreamExt as _};
use tokio::sync::watch;

use super::daemon::{Daemon, Lines};
use super::merge::Live;
use super::seen::Seen;
use crate::engine::{EngineError, LogLine, LogQuery};

/// The container and where its log was left.
struct Follower<'a, D> {
    daemon: &'a D,
    begin: Begin,
    /// Tells that it was started, or runs when it may not.
    starts: watch::Receiver<()>,
    lines: Option<Lines<'static>>,
    /// It was said that the log cannot be read.
    refused: bool,
}

/// Which container, and where to begin.
#[derive(Debug)]
pub(super) struct Begin {
    pub container: String,
    pub query: LogQuery,
    /// What was seen already.
    pub seen: Seen,
    /// Set when all that was there has been read: only then may the stream be silent.
    pub live: Live,
}

/// Follows a container. A query that does not follow is read to its end first. A log that ends is taken up again at
/// the next signal of `starts`; the stream ends when the container is gone or the sender is. An error is given once,
/// when the daemon will not hand out the log; lost connections are not errors here, for the signal comes again when
/// the daemon is back.
pub(super) fn follower<D: Daemon>(
    daemon: &D,
    begin: Begin,
    starts: watch::Receiver<()>,
) -> impl Stream<Item = Result<LogLine, EngineError>> {
    let follower = Follower { daemon, begin, starts, lines: None, refused: false };
    stream::unfold(follower, |mut follower| async { Some((follower.next().await?, follower)) })
}

impl<D: Daemon> Follower<'_, D> {
    async fn next(&mut self) -> Option<Result<LogLine, EngineError>> {
        loop {
            let lines = match &mut self.lines {
                Some(lines) => lines,
                none => {
                    // Starts up to now are covered by the call that follows.
                    self.starts.mark_unchanged();
                    none.insert(self.daemon.lines(&self.begin.container, &self.begin.query))
                }
            };
            match lines.next().await {
                Some(Ok(line)) => {
                    if self.begin.seen.take(&line) {
                        return Some(Ok(line));
                    }
                }
                Some(Err(error)) if error.is_not_found() => return None,
                Some(Err(error @ EngineError::Refused { .. })) if !self.refused && !error.is_conflict() => {
                    self.refused = true;
                    return Some(Err(error));
                }
                None if !self.begin.query.follow => self.resume(),
                Some(Err(_)) | None => self.wait().await?,
            }
        }
    }

    /// Until there may be more lines.
    async fn wait(&mut self) -> Option<()> {
        self.begin.live.begin();
        self.lines = None;
        self.starts.changed().await.ok()?;
        self.resume();
        Some(())
    }

    /// Takes the log up again where it was left, at the next call.
    fn resume(&mut self) {
        let Begin { query, seen, live, .. } = &mut self.begin;
        live.begin();
        self.lines = None;
        let since = seen.resume().or(query.since);
        *query = LogQuery { follow: true, tail: None, since, until: query.until };
    }
}
