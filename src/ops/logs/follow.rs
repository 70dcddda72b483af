//! Following a stack: a follower per container, more of them as containers appear, until the reader has had enough.

use std::collections::{HashMap, HashSet};
use std::future::pending;
use std::ops::ControlFlow;
use std::pin::pin;
use std::sync::Arc;

use futures_util::StreamExt as _;
use tokio::sync::watch;
use tokio::time::sleep;

use super::Request;
use super::daemon::Daemon;
use super::follower::{Begin, follower};
use super::merge::{Live, Merge};
use super::news::{News, news};
use super::seen::Seen;
use super::when::stamp;
use crate::engine::{ContainerEvent, EngineError, LogLine};
use crate::model::observed::{SeenContainer, State};
use crate::ops::Error;

pub(super) use super::news::Pace;

/// The containers that are followed.
pub(super) struct Follow<'a, D> {
    daemon: &'a D,
    request: &'a Request,
    pace: Pace,
    merge: Merge<'a>,
    /// By container: the way to tell its follower that it was started.
    starts: HashMap<String, watch::Sender<()>>,
    /// The first list was seen: what is new from now on is shown from its first line.
    begun: bool,
}

impl<'a, D: Daemon> Follow<'a, D> {
    /// Nothing is asked of the daemon yet.
    pub fn new(daemon: &'a D, request: &'a Request, pace: Pace) -> Self {
        let merge = Merge::within(pace.window);
        Self { daemon, request, pace, merge, starts: HashMap::new(), begun: false }
    }

    /// Until `deliver` breaks off, the time is over, or the daemon is lost.
    pub async fn run(
        mut self,
        mut warn: impl FnMut(String),
        mut deliver: impl FnMut(&Arc<str>, LogLine) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        let mut news = pin!(news(self.daemon, self.pace));
        let window = self.pace.window;
        let remaining = self.request.remaining;
        let mut end = pin!(async {
            match remaining {
                Some(remaining) => sleep(remaining + window).await,
                None => pending().await,
            }
        });
        loop {
            tokio::select! {
                biased;
                Some(news) = news.next() => self.hear(news, &mut warn)?,
                // Pending, not over, while there is no container.
                Some((component, line)) = self.merge.next() => match line {
                    Ok(line) => if deliver(&component, line).is_break() { return Ok(()) },
                    Err(error) => warn(error.to_string()),
                },
                () = &mut end => return Ok(()),
            }
        }
    }

    fn hear(&mut self, news: News, warn: &mut impl FnMut(String)) -> Result<(), Error> {
        match news {
            News::Listed(containers) => self.listed(containers)?,
            News::Event(event) => self.happened(&event),
            News::Waiting(error) => warn(waiting(error.as_ref())),
            News::Lost(error) => return Err(error.into()),
        }
        Ok(())
    }

    fn listed(&mut self, containers: Vec<SeenContainer>) -> Result<(), Error> {
        let containers = if self.begun {
            containers.into_iter().filter(|seen| self.request.wants(&seen.component)).collect()
        } else {
            self.request.select(containers)?
        };
        let there: HashSet<&str> = containers.iter().map(|seen| seen.id.as_str()).collect();
        self.starts.retain(|id, _| there.contains(id.as_str()));
        for seen in &containers {
            match self.starts.get(&seen.id) {
                // A follower that still reads will look once more when its log ends; that is harmless.
                Some(starts) if seen.state == State::Running => {
                    starts.send_replace(());
                }
                Some(_) => {}
                None => self.attach(&seen.id, &seen.component),
            }
        }
        self.begun = true;
        Ok(())
    }

    fn happened(&mut self, event: &ContainerEvent) {
        match event.action.as_str() {
            "start" if self.request.wants(&event.component) => match self.starts.get(&event.id) {
                Some(starts) => {
                    starts.send_replace(());
                }
                None => self.attach(&event.id, &event.component),
            },
            "destroy" => {
                self.starts.remove(&event.id);
            }
            _ => {}
        }
    }

    fn attach(&mut self, id: &str, component: &str) {
        let (starts, receiver) = watch::channel(());
        let begin = self.begin(id);
        let live = begin.live.clone();
        let lines = follower(self.daemon, begin, receiver).boxed_local();
        self.merge.push(component.into(), lines, live);
        self.starts.insert(id.to_owned(), starts);
    }

    fn begin(&self, id: &str) -> Begin {
        let mut query = self.request.query.clone();
        let mut seen = Seen::default();
        let live = Live::default();
        if self.begun {
            query.tail = None;
            live.begin();
        } else if query.tail == Some(0) {
            // Nothing old is wanted, not even after a restart before the first line.
            seen = Seen::until(&stamp(self.request.now));
            live.begin();
        } else {
            // What is there is read to its end first, so that the histories are merged in exact order.
            query.follow = false;
        }
        Begin { container: id.to_owned(), query, seen, live }
    }
}

fn waiting(error: Option<&EngineError>) -> String {
    match error {
        Some(error) => format!("lost the Docker daemon and wait for it: {error}"),
        None => "the Docker daemon closed the connection; waiting for it".to_owned(),
    }
}
