//! What happens to the containers of a stack, told without a gap: events, and a list whenever events may be missing.

use std::collections::VecDeque;
use std::pin::pin;
use std::time::Duration;

use futures_util::stream::{self, Fuse, Stream, StreamExt as _};
use tokio::time::{Instant, sleep, sleep_until};

use super::daemon::{Daemon, Events};
use crate::engine::{ContainerEvent, EngineError};
use crate::model::observed::SeenContainer;

/// One piece of news.
#[derive(Debug)]
pub(super) enum News {
    /// These are there now.
    Listed(Vec<SeenContainer>),
    /// This happened.
    Event(ContainerEvent),
    /// The daemon is silent; it is asked again. Told once until it answers.
    Waiting(Option<EngineError>),
    /// The daemon stayed silent. Nothing follows.
    Lost(EngineError),
}

/// How often and how long the daemon is asked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    /// Lines that arrive within this time of each other are put in order.
    pub window: Duration,
    /// First list after the subscription: when this is over it surely holds.
    pub settle: Duration,
    /// Later lists, for events that the daemon dropped because nobody took them in time.
    pub list: Duration,
    /// First pause before the daemon is asked again; doubled each time up to twenty times this.
    pub pause: Duration,
    /// How often it is asked again.
    pub attempts: u32,
}

impl Default for Pace {
    /// A daemon that is restarted gets about 80 s.
    fn default() -> Self {
        Self {
            window: Duration::from_millis(50),
            settle: Duration::from_secs(1),
            list: Duration::from_secs(10),
            pause: Duration::from_millis(250),
            attempts: 19,
        }
    }
}

struct Watch<'a, D> {
    daemon: &'a D,
    pace: Pace,
    events: Option<Fuse<Events<'static>>>,
    /// Events that arrived during a list.
    early: VecDeque<ContainerEvent>,
    next_list: Instant,
    /// Failures in a row.
    failures: u32,
    /// The daemon has answered before.
    known: bool,
    /// It was said that the daemon is waited for.
    told: bool,
    /// Nothing follows.
    lost: bool,
}

/// The news, the first list first. Events are subscribed to before the list, so that nothing falls between.
pub(super) fn news<D: Daemon>(daemon: &D, pace: Pace) -> impl Stream<Item = News> {
    let watch = Watch {
        daemon,
        pace,
        events: None,
        early: VecDeque::new(),
        next_list: Instant::now(),
        failures: 0,
        known: false,
        told: false,
        lost: false,
    };
    stream::unfold(watch, |mut watch| async { Some((watch.next().await?, watch)) })
}

impl<D: Daemon> Watch<'_, D> {
    async fn next(&mut self) -> Option<News> {
        if self.lost {
            return None;
        }
        loop {
            if let Some(event) = self.early.pop_front() {
                return Some(News::Event(event));
            }
            if let Some(news) = self.step().await {
                return Some(news);
            }
        }
    }

    async fn step(&mut self) -> Option<News> {
        let Some(events) = &mut self.events else { return self.subscribe().await };
        tokio::select! {
            biased;
            event = events.next() => match event {
                Some(Ok(event)) => Some(News::Event(event)),
                Some(Err(error)) => self.failed(Some(error)),
                None => self.failed(None),
            },
            () = sleep_until(self.next_list) => {
                let listed = list(self.daemon, events, &mut self.early).await;
                self.next_list = Instant::now() + self.pace.list;
                if listed.is_ok() {
                    self.failures = 0;
                    self.told = false;
                }
                self.listed(listed)
            }
        }
    }

    async fn subscribe(&mut self) -> Option<News> {
        if self.failures > 0 {
            let factor = 2_u32.saturating_pow(self.failures - 1).min(20);
            sleep(self.pace.pause * factor).await;
        }
        let events = self.events.insert(self.daemon.events().fuse());
        let listed = list(self.daemon, events, &mut self.early).await;
        self.next_list = Instant::now() + self.pace.settle;
        self.listed(listed)
    }

    fn listed(&mut self, listed: Result<Vec<SeenContainer>, EngineError>) -> Option<News> {
        match listed {
            Ok(containers) => {
                self.known = true;
                Some(News::Listed(containers))
            }
            Err(error) => self.failed(Some(error)),
        }
    }

    /// The connection is given up. It ends without an error when the daemon goes in peace.
    fn failed(&mut self, error: Option<EngineError>) -> Option<News> {
        self.events = None;
        self.failures += 1;
        match error {
            Some(error) if !self.known || self.failures > self.pace.attempts => {
                self.lost = true;
                Some(News::Lost(error))
            }
            error if !self.told => {
                self.told = true;
                Some(News::Waiting(error))
            }
            _ => None,
        }
    }
}

/// The containers; events that arrive meanwhile are kept for afterwards. There are few: one call takes a minute at most.
async fn list<D: Daemon>(
    daemon: &D,
    events: &mut Fuse<Events<'static>>,
    early: &mut VecDeque<ContainerEvent>,
) -> Result<Vec<SeenContainer>, EngineError> {
    let mut listing = pin!(daemon.containers());
    loop {
        tokio::select! {
            biased;
            Some(event) = events.next() => early.push_back(event?),
            listed = &mut listing => return listed,
        }
    }
}
