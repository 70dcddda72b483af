//! The lines of one container for as long as it exists, over all its starts.

use futures_util::stream::{self, Stream, StreamExt as _};
use tokio::sync::watch;

use super::daemon::{Daemon, Lines};
use super::seen::Seen;
use crate::engine::{EngineError, LogLine, LogQuery};

/// The container and where its log was left.
struct Follower<'a, D> {
    daemon: &'a D,
    container: String,
    query: LogQuery,
    /// Tells that it was started, or runs when it may not.
    starts: watch::Receiver<()>,
    seen: Seen,
    lines: Option<Lines<'static>>,
    /// It was said that the log cannot be read.
    refused: bool,
}

/// Follows a container. A log that ends is taken up again at the next signal of `starts`; the stream ends when the
/// container is gone or the sender is. An error is given once, when the daemon will not hand out the log; lost
/// connections are not errors here, for the signal comes again when the daemon is back.
pub(super) fn follower<'a, D: Daemon>(
    daemon: &'a D,
    container: &str,
    query: LogQuery,
    seen: Seen,
    starts: watch::Receiver<()>,
) -> impl Stream<Item = Result<LogLine, EngineError>> + 'a {
    let container = container.to_owned();
    let follower = Follower { daemon, container, query, starts, seen, lines: None, refused: false };
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
                    none.insert(self.daemon.lines(&self.container, &self.query))
                }
            };
            match lines.next().await {
                Some(Ok(line)) => {
                    if self.seen.take(&line) {
                        return Some(Ok(line));
                    }
                }
                Some(Err(error)) if error.is_not_found() => return None,
                Some(Err(error @ EngineError::Refused { .. })) if !self.refused && !error.is_conflict() => {
                    self.refused = true;
                    return Some(Err(error));
                }
                Some(Err(_)) | None => self.wait().await?,
            }
        }
    }

    /// Until there may be more lines.
    async fn wait(&mut self) -> Option<()> {
        self.lines = None;
        self.starts.changed().await.ok()?;
        self.query.tail = None;
        self.query.since = self.seen.resume().or(self.query.since);
        Some(())
    }
}
