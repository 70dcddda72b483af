//! Scripted failures: which request is hit, and what happens to it.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::http::{Request, Response};
use super::requests::is_mutation;
use super::server::Server;

/// The method a rule looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    Get,
    Head,
    Post,
    Put,
    Delete,
    Any,
    /// Every request that may change the world (see [`super::FakeDaemon::mutations`]).
    Mutating,
}

/// Which of the matching requests is hit, counted from 1 since the rule was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nth {
    Only(usize),
    From(usize),
    Every,
}

impl From<usize> for Nth {
    fn from(nth: usize) -> Self {
        Self::Only(nth)
    }
}

/// A scripted reply.
#[derive(Debug, Clone)]
pub enum Reply {
    Json(Value),
    Text(String),
    Html(String),
}

impl From<Value> for Reply {
    fn from(value: Value) -> Self {
        Self::Json(value)
    }
}

impl From<&str> for Reply {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl Reply {
    pub(super) fn response(&self, status: u16) -> Response {
        match self {
            Self::Json(value) => Response::json(status, value),
            Self::Text(text) => Response::new(status, "text/plain; charset=utf-8", text.clone().into_bytes()),
            Self::Html(text) => Response::new(status, "text/html", text.clone().into_bytes()),
        }
    }
}

/// What happens to a request that is hit.
#[derive(Clone)]
pub(super) enum Fault {
    Reply(u16, Reply),
    DropBefore,
    DropAfter,
    StallBefore,
    StallAfter,
    Truncate,
    Delay(Duration),
    Before(Arc<dyn Fn() + Send + Sync>),
    After(Arc<dyn Fn() + Send + Sync>),
    EditRequest(Arc<dyn Fn(&mut Value) + Send + Sync>),
    EditReply(Arc<dyn Fn(&mut Value) + Send + Sync>),
}

struct Rule {
    method: Method,
    pattern: String,
    nth: Nth,
    hits: usize,
    fault: Fault,
}

/// The rules in force, in the order they were made.
#[derive(Default)]
pub(super) struct Script {
    rules: Vec<Rule>,
}

impl Script {
    /// Counts the request in every rule that looks at it, and returns the faults that hit it.
    pub(super) fn faults(&mut self, request: &Request, path: &str) -> Vec<Fault> {
        let mut faults = Vec::new();
        for rule in &mut self.rules {
            if !looks_at(rule.method, request, path) || !glob(&rule.pattern, path) {
                continue;
            }
            rule.hits += 1;
            let hit = match rule.nth {
                Nth::Only(nth) => rule.hits == nth,
                Nth::From(nth) => rule.hits >= nth,
                Nth::Every => true,
            };
            if hit {
                faults.push(rule.fault.clone());
            }
        }
        faults
    }

    pub(super) fn clear(&mut self) {
        self.rules.clear();
    }
}

fn looks_at(method: Method, request: &Request, path: &str) -> bool {
    match method {
        Method::Get => request.method == "GET",
        Method::Head => request.method == "HEAD",
        Method::Post => request.method == "POST",
        Method::Put => request.method == "PUT",
        Method::Delete => request.method == "DELETE",
        Method::Any => true,
        Method::Mutating => is_mutation(&request.method, path),
    }
}

/// Whether a pattern with `*` (any run of characters, slashes too) matches the whole text.
pub(super) fn glob(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, rest)) => text.strip_prefix(start).is_some_and(|tail| {
            (0..=tail.len()).any(|at| tail.is_char_boundary(at) && glob(rest, &tail[at..]))
        }),
    }
}

/// A rule in the making; see [`super::FakeDaemon::on`].
#[must_use = "a rule does nothing until it is told what to do"]
pub struct When<'a> {
    pub(super) server: &'a Server,
    pub(super) method: Method,
    pub(super) pattern: String,
    pub(super) nth: Nth,
}

impl When<'_> {
    fn then(self, fault: Fault) {
        let rule = Rule { method: self.method, pattern: self.pattern, nth: self.nth, hits: 0, fault };
        self.server.script.lock().unwrap().rules.push(rule);
    }

    /// Answers this instead of doing anything.
    pub fn reply(self, status: u16, reply: impl Into<Reply>) {
        self.then(Fault::Reply(status, reply.into()));
    }

    /// Refuses with Docker's `{"message": …}` instead of doing anything.
    pub fn refuse(self, status: u16, message: &str) {
        self.reply(status, serde_json::json!({"message": message}));
    }

    /// Closes the connection before doing anything.
    pub fn drop_before(self) {
        self.then(Fault::DropBefore);
    }

    /// Does what was asked, then closes the connection without a reply: a lost reply.
    pub fn drop_after(self) {
        self.then(Fault::DropAfter);
    }

    /// Neither does anything nor answers, until the client leaves.
    pub fn stall(self) {
        self.then(Fault::StallBefore);
    }

    /// Does what was asked but never answers.
    pub fn stall_after(self) {
        self.then(Fault::StallAfter);
    }

    /// Does what was asked, sends half of the reply and closes the connection.
    pub fn truncate(self) {
        self.then(Fault::Truncate);
    }

    /// Waits before doing what was asked.
    pub fn delay(self, time: Duration) {
        self.then(Fault::Delay(time));
    }

    /// Runs something just before; it may use the daemon. For races, such as a port taken at the last moment.
    pub fn before(self, action: impl Fn() + Send + Sync + 'static) {
        self.then(Fault::Before(Arc::new(action)));
    }

    /// Runs something after the effect and before the reply.
    pub fn after(self, action: impl Fn() + Send + Sync + 'static) {
        self.then(Fault::After(Arc::new(action)));
    }

    /// Changes the JSON body of the request on its way in: a daemon that ignores part of it.
    pub fn edit_request(self, edit: impl Fn(&mut Value) + Send + Sync + 'static) {
        self.then(Fault::EditRequest(Arc::new(edit)));
    }

    /// Changes the JSON body of the reply on its way out.
    pub fn edit_reply(self, edit: impl Fn(&mut Value) + Send + Sync + 'static) {
        self.then(Fault::EditReply(Arc::new(edit)));
    }
}
