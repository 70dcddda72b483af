//! Several streams of lines as one in the order of time, holding one line of each.
//!
//! A stream that reads what is there has a next line or ends, so it is waited for. One that waits for what will be
//! written would hold up the others, so it gets only a moment.

use std::cell::Cell;
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

use super::daemon::Lines;
use crate::engine::{EngineError, LogLine};

/// A line or an error, and the component it is from.
pub(super) type Merged = (Arc<str>, Result<LogLine, EngineError>);

/// Whether a stream may be silent: shared by the stream, which knows, and the merge, which waits for it.
#[derive(Debug, Clone, Default)]
pub(super) struct Live(Rc<Cell<bool>>);

impl Live {
    /// From now on the stream waits for what will be written.
    pub fn begin(&self) {
        self.0.set(true);
    }

    fn has_begun(&self) -> bool {
        self.0.get()
    }
}

/// The streams. Each keeps its own order.
pub(super) struct Merge<'a> {
    lanes: Vec<Lane<'a>>,
    /// How long a live stream without a line is waited for.
    window: Duration,
    timer: Option<Pin<Box<Sleep>>>,
    /// When the last line was handed out.
    handed_out: Option<Instant>,
}

struct Lane<'a> {
    component: Arc<str>,
    lines: Lines<'a>,
    live: Live,
    head: Option<LogLine>,
    /// Since when it has had nothing to say.
    silent_since: Option<Instant>,
}

impl<'a> Merge<'a> {
    /// In exact order for what is there already, and for the rest as far as it arrives within this time of each other.
    pub fn within(window: Duration) -> Self {
        Self { lanes: Vec::new(), window, timer: None, handed_out: None }
    }

    /// Adds a stream.
    pub fn push(&mut self, component: Arc<str>, lines: Lines<'a>, live: Live) {
        self.lanes.push(Lane { component, lines, live, head: None, silent_since: None });
    }

    /// The next line, or none when all streams have ended. Nothing is lost when the future is dropped.
    pub async fn next(&mut self) -> Option<Merged> {
        poll_fn(|context| self.poll_next(context)).await
    }

    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Merged>> {
        self.forgive_own_delay();
        if let Some(failed) = self.fill(context) {
            return Poll::Ready(Some(failed));
        }
        if self.lanes.is_empty() {
            return Poll::Ready(None);
        }
        let first =
            self.lanes.iter().enumerate().filter_map(|(at, lane)| Some((&lane.head.as_ref()?.time, at)));
        let Some((_, first)) = first.min() else { return Poll::Pending };
        if self.waits(context) {
            return Poll::Pending;
        }
        self.handed_out = Some(Instant::now());
        let taken = self.lanes.get_mut(first).and_then(|lane| {
            lane.silent_since = None;
            Some((Arc::clone(&lane.component), Ok(lane.head.take()?)))
        });
        Poll::Ready(taken)
    }

    /// While the reader was busy nothing could arrive, so that time does not count as silence.
    fn forgive_own_delay(&mut self) {
        let busy = self.handed_out.take().map_or(Duration::ZERO, |at| at.elapsed());
        if busy > self.window / 2 {
            self.lanes.iter_mut().for_each(|lane| lane.silent_since = None);
        }
    }

    /// Takes a line from every stream that has one and is not represented yet; removes those that ended.
    fn fill(&mut self, context: &mut Context<'_>) -> Option<Merged> {
        let mut at = 0;
        while let Some(lane) = self.lanes.get_mut(at) {
            if lane.head.is_none() {
                match lane.lines.as_mut().poll_next(context) {
                    Poll::Ready(Some(Ok(line))) => lane.head = Some(line),
                    Poll::Ready(Some(Err(error))) => return Some((Arc::clone(&lane.component), Err(error))),
                    Poll::Ready(None) => {
                        self.lanes.swap_remove(at);
                        continue;
                    }
                    Poll::Pending => {
                        lane.silent_since.get_or_insert_with(Instant::now);
                    }
                }
            }
            at += 1;
        }
        None
    }

    /// True when a stream without a line may still have an earlier one; the task is woken when that is over.
    fn waits(&mut self, context: &mut Context<'_>) -> bool {
        let mut end = None;
        for lane in self.lanes.iter().filter(|lane| lane.head.is_none()) {
            if !lane.live.has_begun() {
                return true;
            }
            // The wait is over when the last of them has been silent for long enough.
            end = end.max(lane.silent_since.map(|since| since + self.window));
        }
        let Some(end) = end else { return false };
        if end <= Instant::now() {
            return false;
        }
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(end)));
        timer.as_mut().reset(end);
        timer.as_mut().poll(context).is_pending()
    }
}
