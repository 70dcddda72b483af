//! Whether a component answers, once or until it does.
//!
//! Waiting is bounded twice: by a deadline and by whatever else can end it (the container exited). It polls
//! only; who watches the container is the caller's business.

use std::future::Future;
use std::time::Duration;

use tokio::time::{Instant, sleep_until, timeout_at};

use super::client::{Peer, Request};
use super::error::{ProbeError, excerpt};
use crate::model::stack::ReadyCheck;

/// What a ready component answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expect<'a> {
    /// Any status from 200 to 299.
    Status2xx,
    /// 2xx and a body that contains this text, for components that answer 200 when they are not well.
    BodyContains(&'a str),
}

/// How readiness is seen from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readiness<'a> {
    /// A GET of this path.
    Http {
        /// Path below the endpoint's base: `/-/ready`.
        path: &'a str,
        /// What proves readiness.
        expect: Expect<'a>,
    },
    /// A TCP connection is accepted.
    Tcp,
}

impl<'a> From<&'a ReadyCheck> for Readiness<'a> {
    fn from(check: &'a ReadyCheck) -> Self {
        if check.connection_only {
            return Self::Tcp;
        }
        let expect = check.contains.as_deref().map_or(Expect::Status2xx, Expect::BodyContains);
        Self::Http { path: &check.path, expect }
    }
}

/// One successful attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadyFacts {
    /// The HTTP status, for HTTP probes.
    pub status: Option<u16>,
    /// How long the answer took.
    pub took: Duration,
}

/// How often and how long to ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// Pause between two attempts; 25 to 50 ms for components on this machine.
    pub interval: Duration,
    /// When to give up, counted from the first attempt.
    pub deadline: Duration,
}

/// Why waiting ended without a ready component.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotReady<T> {
    /// The time is over.
    #[error("not ready after {:.1}s: {last}", .waited.as_secs_f64())]
    Deadline {
        /// What the last attempt saw.
        last: ProbeError,
        /// How long was waited.
        waited: Duration,
    },
    /// Something made further waiting pointless.
    #[error("{state} after {:.1}s of waiting to be ready", .waited.as_secs_f64())]
    Ended {
        /// What the cancelling future reported.
        state: T,
        /// What the last attempt saw, when one had ended.
        last: Option<ProbeError>,
        /// How long was waited.
        waited: Duration,
    },
}

/// Asks once.
pub async fn ready(peer: &Peer<'_>, readiness: &Readiness<'_>) -> Result<ReadyFacts, ProbeError> {
    let begin = Instant::now();
    let status = match readiness {
        Readiness::Http { path, expect } => Some(http(peer, path, *expect).await?),
        Readiness::Tcp => {
            tcp(peer).await?;
            None
        }
    };
    Ok(ReadyFacts { status, took: begin.elapsed() })
}

/// Asks until the component is ready, the deadline passes, or `until` resolves; says how long it took.
pub async fn wait_ready<T>(
    peer: &Peer<'_>,
    readiness: &Readiness<'_>,
    patience: Patience,
    until: impl Future<Output = T>,
) -> Result<Duration, NotReady<T>> {
    let begin = Instant::now();
    let deadline = begin + patience.deadline;
    let mut last = None;
    tokio::pin!(until);
    loop {
        let outcome = tokio::select! {
            biased;
            state = &mut until => return Err(NotReady::Ended { state, last, waited: begin.elapsed() }),
            outcome = timeout_at(deadline, ready(peer, readiness)) => outcome,
        };
        match outcome {
            Ok(Ok(_)) => return Ok(begin.elapsed()),
            Ok(Err(error)) => last = Some(error),
            Err(_) => return Err(late(peer, last, begin)),
        }
        let next = (Instant::now() + patience.interval).min(deadline);
        tokio::select! {
            biased;
            state = &mut until => return Err(NotReady::Ended { state, last, waited: begin.elapsed() }),
            () = sleep_until(next) => {}
        }
        if next == deadline {
            return Err(late(peer, last, begin));
        }
    }
}

/// The deadline passed: report what was seen last, or that the only attempt never ended.
fn late<T>(peer: &Peer<'_>, last: Option<ProbeError>, begin: Instant) -> NotReady<T> {
    let waited = begin.elapsed();
    let last = last.unwrap_or_else(|| ProbeError::Timeout { url: peer.endpoint().shown(""), after: waited });
    NotReady::Deadline { last, waited }
}

async fn http(peer: &Peer<'_>, path: &str, expect: Expect<'_>) -> Result<u16, ProbeError> {
    let answer = peer.send(Request::get(path)).await?.success()?;
    match expect {
        Expect::BodyContains(text) if !answer.text().contains(text) => Err(ProbeError::Unexpected {
            url: answer.url.clone(),
            expected: text.to_owned(),
            body: excerpt(&answer.text()),
        }),
        Expect::BodyContains(_) | Expect::Status2xx => Ok(answer.code),
    }
}

async fn tcp(peer: &Peer<'_>) -> Result<(), ProbeError> {
    let (host, port) = peer.endpoint().address()?;
    let url = peer.endpoint().shown("");
    let connect = tokio::net::TcpStream::connect((host.as_str(), port));
    match tokio::time::timeout(peer.timeout(), connect).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(ProbeError::from_io(&url, &error, peer.timeout())),
        Err(_) => Err(ProbeError::Timeout { url, after: peer.timeout() }),
    }
}
