//! A daemon that hands out what the test wrote down, and writes down what it is asked.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::time::Duration;

use futures_util::stream::{self, StreamExt as _};
use tokio::sync::mpsc;

use super::super::daemon::{Daemon, Events, Lines};
use super::super::{Pace, Request};
use crate::engine::{ContainerEvent, EngineError, LogLine, LogQuery};
use crate::model::log::Stream;
use crate::model::observed::{SeenContainer, State};

/// 2026-01-02T12:00:00Z
const NOON: i64 = 1_767_355_200;

/// Nothing in a test takes longer.
pub(super) const LIMIT: Duration = Duration::from_secs(20);

/// No pauses to speak of, and no lists but those that are caused.
pub(super) const PACE: Pace = Pace {
    window: Duration::from_millis(1),
    settle: LIMIT,
    list: LIMIT,
    pause: Duration::from_micros(1),
    attempts: 3,
};

/// The test's end of a subscription to events.
pub(super) type Subscription = mpsc::UnboundedSender<Result<ContainerEvent, EngineError>>;

/// What one call for a log gets.
type Log = (Vec<LogLine>, Then);

/// How a log goes on after its lines.
pub(super) enum Then {
    /// The container has stopped.
    Ends,
    /// It runs and is silent.
    Hangs,
    /// The daemon refuses.
    Fails(EngineError),
}

#[derive(Default)]
pub(super) struct Script {
    logs: RefCell<HashMap<String, VecDeque<Log>>>,
    events: RefCell<VecDeque<mpsc::UnboundedReceiver<Result<ContainerEvent, EngineError>>>>,
    lists: RefCell<VecDeque<Result<Vec<SeenContainer>, EngineError>>>,
    /// What was asked, in order: `follow 1 since 4 tail 2`, with the seconds after noon.
    pub asked: RefCell<Vec<String>>,
}

impl Script {
    /// The next time the container's log is asked for.
    pub fn log(&self, container: &str, lines: &[(&str, &str)], then: Then) {
        let lines = lines.iter().map(|(time, text)| line(time, text)).collect();
        self.logs.borrow_mut().entry(container.to_owned()).or_default().push_back((lines, then));
    }

    /// The next time events are subscribed to. The subscription lasts as long as the sender.
    pub fn subscription(&self) -> Subscription {
        let (sender, receiver) = mpsc::unbounded_channel();
        self.events.borrow_mut().push_back(receiver);
        sender
    }

    /// The next list.
    pub fn list(&self, containers: &[(&str, &str)]) {
        let list = containers.iter().map(|(id, component)| container(id, component)).collect();
        self.lists.borrow_mut().push_back(Ok(list));
    }

    /// The next list fails.
    pub fn no_list(&self, error: EngineError) {
        self.lists.borrow_mut().push_back(Err(error));
    }
}

impl Daemon for Script {
    fn lines(&self, container: &str, query: &LogQuery) -> Lines<'static> {
        let how = if query.follow { "follow" } else { "read" };
        let since = query.since.map_or_else(String::new, |since| format!(" since {}", since - NOON));
        let tail = query.tail.map_or_else(String::new, |tail| format!(" tail {tail}"));
        self.asked.borrow_mut().push(format!("{how} {container}{since}{tail}"));
        let next = self.logs.borrow_mut().get_mut(container).and_then(VecDeque::pop_front);
        let (lines, then) = next.unwrap_or((Vec::new(), Then::Ends));
        let lines = stream::iter(lines.into_iter().map(Ok));
        match then {
            Then::Ends => lines.boxed_local(),
            Then::Hangs => lines.chain(stream::pending()).boxed_local(),
            Then::Fails(error) => lines.chain(stream::iter([Err(error)])).boxed_local(),
        }
    }

    fn events(&self) -> Events<'static> {
        let Some(receiver) = self.events.borrow_mut().pop_front() else {
            return stream::iter([Err(silent())]).boxed_local();
        };
        let next =
            |mut receiver: mpsc::UnboundedReceiver<_>| async { Some((receiver.recv().await?, receiver)) };
        stream::unfold(receiver, next).boxed_local()
    }

    async fn containers(&self) -> Result<Vec<SeenContainer>, EngineError> {
        let next = self.lists.borrow_mut().pop_front();
        next.unwrap_or_else(|| Err(silent()))
    }
}

/// No answer from the daemon.
pub(super) fn silent() -> EngineError {
    EngineError::Timeout { doing: "list containers".to_owned(), seconds: 60 }
}

/// A refusal.
pub(super) fn refused(status: u16) -> EngineError {
    EngineError::Refused { doing: "read".to_owned(), status, message: "no".to_owned() }
}

/// `01.5` is a second and a half after noon.
pub(super) fn line(time: &str, text: &str) -> LogLine {
    LogLine { time: format!("2026-01-02T12:00:{time}Z"), stream: Stream::Out, text: text.to_owned() }
}

pub(super) fn container(id: &str, component: &str) -> SeenContainer {
    SeenContainer {
        id: id.to_owned(),
        name: format!("stack-{component}"),
        component: component.to_owned(),
        role: if component.is_empty() { "tool" } else { "component" }.to_owned(),
        spec: String::new(),
        spec_json: String::new(),
        image_id: String::new(),
        state: State::Running,
        revision: None,
        gateway: None,
        address: None,
        status: String::new(),
    }
}

/// Tells those who subscribed.
pub(super) fn tell(subscription: &Subscription, action: &str, id: &str, component: &str) {
    let event =
        ContainerEvent { action: action.to_owned(), id: id.to_owned(), component: component.to_owned() };
    subscription.send(Ok(event)).unwrap();
}

/// All lines of these components; none means all. The stack should have `a` and `b`.
pub(super) fn request(wanted: &[&str]) -> Request {
    let names =
        |names: &[&str]| -> BTreeSet<String> { names.iter().map(|name| (*name).to_owned()).collect() };
    Request {
        query: LogQuery::default(),
        expected: names(&["a", "b"]),
        wanted: names(wanted),
        now: "2026-01-02T12:00:00Z".parse().unwrap(),
        remaining: None,
    }
}
