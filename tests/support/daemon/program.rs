//! What a started container does, as a test decides it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::files::View;
use super::http::Request;
use super::world::LogStream;

/// A container that is being started, or a process that is being run in one.
#[derive(Debug, Clone)]
pub struct Invocation {
    pub name: String,
    pub image: String,
    pub argv: Vec<String>,
    pub env: Vec<String>,
    pub user: String,
    pub labels: BTreeMap<String, String>,
    pub files: View,
}

/// What a process in a container ended with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExecResult {
    pub code: i64,
    pub stdout: String,
    pub stderr: String,
}

/// An HTTP answer of a fake component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub content_type: String,
    pub body: String,
}

impl Answer {
    pub fn text(status: u16, body: impl Into<String>) -> Self {
        Self { status, content_type: "text/plain; charset=utf-8".to_owned(), body: body.into() }
    }

    pub fn json(status: u16, body: &serde_json::Value) -> Self {
        Self { status, content_type: "application/json".to_owned(), body: body.to_string() }
    }
}

type Compute = Arc<dyn Fn(&Request, &View) -> Answer + Send + Sync>;
type Reload = Arc<dyn Fn(&Request, &View) -> Result<Answer, Answer> + Send + Sync>;
type Accept = Arc<dyn Fn(&View) -> Result<(), String> + Send + Sync>;

/// How a path is answered.
#[derive(Clone)]
pub struct Route(pub(super) Kind);

#[derive(Clone)]
pub(super) enum Kind {
    /// One after the other; the last one is repeated.
    Answers(Arc<(Vec<Answer>, AtomicUsize)>),
    Computed(Compute),
    Reload(Reload),
}

impl Route {
    /// Always the same answer.
    pub fn always(answer: Answer) -> Self {
        Self::sequence([answer])
    }

    /// One answer after the other; the last one is repeated. Two times 503, then 200: not ready at first.
    pub fn sequence(answers: impl IntoIterator<Item = Answer>) -> Self {
        let answers: Vec<_> = answers.into_iter().collect();
        assert!(!answers.is_empty(), "a route needs an answer");
        Self(Kind::Answers(Arc::new((answers, AtomicUsize::new(0)))))
    }

    /// Computed from the request and the files as they were at the last start or reload.
    pub fn computed(answer: impl Fn(&Request, &View) -> Answer + Send + Sync + 'static) -> Self {
        Self(Kind::Computed(Arc::new(answer)))
    }

    /// Reads the files again: 200 when `accepts` finds them good; otherwise 500 with its text, and the old ones stay.
    pub fn reload(accepts: impl Fn(&View) -> Result<(), String> + Send + Sync + 'static) -> Self {
        Self::reload_answering(move |request, files| {
            if !matches!(request.method.as_str(), "POST" | "PUT") {
                return Err(Answer::text(405, "Only POST or PUT requests allowed\n"));
            }
            match accepts(files) {
                Ok(()) => Ok(Answer::text(200, "")),
                Err(reason) => Err(Answer::text(500, reason)),
            }
        })
    }

    /// Reads the files again with an answer of its own; after an error the old ones stay.
    pub fn reload_answering(
        answer: impl Fn(&Request, &View) -> Result<Answer, Answer> + Send + Sync + 'static,
    ) -> Self {
        Self(Kind::Reload(Arc::new(answer)))
    }

    pub(super) fn next(answers: &(Vec<Answer>, AtomicUsize)) -> Answer {
        let turn = answers.1.fetch_add(1, Ordering::Relaxed);
        answers.0[turn.min(answers.0.len() - 1)].clone()
    }
}

/// How a program ends.
#[derive(Clone)]
pub(super) enum End {
    /// Only when it is told to.
    Never,
    /// At once, with this exit code.
    Exits(i64),
    /// At once, killed for its memory.
    OutOfMemory,
    Computed(Arc<dyn Fn(&Invocation) -> Program + Send + Sync>),
}

type RunExec = Arc<dyn Fn(&Invocation) -> ExecResult + Send + Sync>;

/// What a container does once it is started.
#[derive(Clone)]
pub struct Program {
    pub(super) end: End,
    pub(super) lines: Vec<(LogStream, String)>,
    pub(super) port: Option<u16>,
    /// Where it listens when it is on the host's network.
    pub(super) addresses: Vec<SocketAddr>,
    pub(super) on_hup: Option<Accept>,
    pub(super) routes: BTreeMap<String, Route>,
    /// The answer where no route is given.
    pub(super) otherwise: Answer,
    pub(super) on_term: Term,
    pub(super) exec: Option<RunExec>,
}

/// What a program does on SIGTERM.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Term {
    ExitsWith(i64),
    Ignores,
}

impl Program {
    fn ending(end: End) -> Self {
        Self {
            end,
            lines: Vec::new(),
            port: None,
            addresses: Vec::new(),
            on_hup: None,
            routes: BTreeMap::new(),
            otherwise: Answer::text(404, "404 page not found\n"),
            on_term: Term::ExitsWith(0),
            exec: None,
        }
    }

    /// Runs until it is stopped; ends with 0 on SIGTERM.
    pub fn runs() -> Self {
        Self::ending(End::Never)
    }

    /// Ends at once.
    pub fn exits_with(code: i64) -> Self {
        Self::ending(End::Exits(code))
    }

    /// Is killed at once for its memory: exit code 137 and the `OOMKilled` flag.
    pub fn oom_killed() -> Self {
        Self::ending(End::OutOfMemory)
    }

    /// Runs and really listens where the container's port is published; add routes to it.
    pub fn serves_http(port: u16) -> Self {
        Self { port: Some(port), ..Self::runs() }
    }

    /// Listens like `serves_http`, but answers 503 to everything.
    pub fn never_ready(port: u16) -> Self {
        Self { otherwise: Answer::text(503, "Service Unavailable"), ..Self::serves_http(port) }
    }

    /// Decides at each start, by argument vector, environment or files. The closure must not call the daemon.
    pub fn computed(decide: impl Fn(&Invocation) -> Program + Send + Sync + 'static) -> Self {
        Self::ending(End::Computed(Arc::new(decide)))
    }

    /// Answers a path.
    #[must_use]
    pub fn route(mut self, path: &str, route: Route) -> Self {
        self.routes.insert(path.to_owned(), route);
        self
    }

    /// Answers all its paths below this one only; empty: as they are.
    #[must_use]
    pub fn below(mut self, prefix: &str) -> Self {
        let routes = std::mem::take(&mut self.routes).into_iter();
        self.routes = routes.map(|(path, route)| (format!("{prefix}{path}"), route)).collect();
        self
    }

    /// Where it listens when its container is on the host's network. Addresses that the host does not have are left out:
    /// the bridges of the fake exist nowhere.
    #[must_use]
    pub fn listens_on(mut self, addresses: impl IntoIterator<Item = SocketAddr>) -> Self {
        self.addresses.extend(addresses);
        self
    }

    /// What it makes of its files on SIGHUP: when it refuses them it writes the reason to its log and keeps the old ones.
    #[must_use]
    pub fn on_hup(mut self, accepts: impl Fn(&View) -> Result<(), String> + Send + Sync + 'static) -> Self {
        self.on_hup = Some(Arc::new(accepts));
        self
    }

    /// Writes a line to its log at each start.
    #[must_use]
    pub fn says(mut self, stream: LogStream, line: &str) -> Self {
        self.lines.push((stream, line.to_owned()));
        self
    }

    /// Ignores SIGTERM: a stop ends in SIGKILL (without waiting for the timeout) and exit code 137.
    #[must_use]
    pub fn ignores_term(mut self) -> Self {
        self.on_term = Term::Ignores;
        self
    }

    /// Ends with this code on SIGTERM.
    #[must_use]
    pub fn exits_on_term_with(mut self, code: i64) -> Self {
        self.on_term = Term::ExitsWith(code);
        self
    }

    /// What `exec` runs in it; without this every process ends with 0 and says nothing.
    #[must_use]
    pub fn on_exec(mut self, run: impl Fn(&Invocation) -> ExecResult + Send + Sync + 'static) -> Self {
        self.exec = Some(Arc::new(run));
        self
    }
}
