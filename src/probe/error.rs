//! What can go wrong between asking a component and having its answer.
//!
//! Every message names the URL (without credentials and query) and holds no secret.

use std::io::ErrorKind;
use std::time::Duration;

use crate::kernel::text::printable;

/// Characters of a component's answer that are worth showing.
const EXCERPT: usize = 300;

/// A question that was not answered as it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProbeError {
    /// The HTTP client itself could not be made.
    #[error("cannot set up the HTTP client: {reason}")]
    Setup {
        /// What the library says.
        reason: String,
    },
    /// The address is not one that can be asked.
    #[error("`{url}` is not a usable address: {reason}")]
    Address {
        /// The address as it was given.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The host is there and nothing listens.
    #[error("nothing listens at `{url}` (connection refused)")]
    Refused {
        /// What was asked.
        url: String,
    },
    /// No complete answer in time.
    #[error("no answer from `{url}` within {}", seconds(*.after))]
    Timeout {
        /// What was asked.
        url: String,
        /// The limit that passed.
        after: Duration,
    },
    /// The connection broke, or was never made for another reason than a refusal.
    #[error("cannot talk to `{url}`: {reason}")]
    Transport {
        /// What was asked.
        url: String,
        /// The kind of the innermost I/O error, when there is one.
        kind: Option<ErrorKind>,
        /// The innermost cause in words.
        reason: String,
    },
    /// An HTTP status other than 2xx.
    #[error("`{url}` answered {code}{}", meaning(*.code, .body))]
    Status {
        /// What was asked.
        url: String,
        /// The HTTP status.
        code: u16,
        /// The beginning of the answer, made printable.
        body: String,
    },
    /// Prometheus's own error envelope.
    #[error("`{url}` refused the request ({kind}): {message}")]
    Api {
        /// What was asked.
        url: String,
        /// `errorType`: `bad_data`, `execution`, `timeout`, `unavailable`, …
        kind: String,
        /// `error`, made printable.
        message: String,
    },
    /// The answer is not what this API documents.
    #[error("cannot read {what} in the answer of `{url}`: {reason}")]
    Malformed {
        /// What was asked.
        url: String,
        /// What was being read: `the rule groups`.
        what: String,
        /// Why not.
        reason: String,
    },
    /// 200, and the text that proves readiness is missing.
    #[error("the answer of `{url}` does not contain `{expected}`{}", said(.body))]
    Unexpected {
        /// What was asked.
        url: String,
        /// The text that was looked for.
        expected: String,
        /// The beginning of the answer, made printable.
        body: String,
    },
    /// The answer is longer than any right answer.
    #[error("the answer of `{url}` is longer than {limit} bytes")]
    TooLarge {
        /// What was asked.
        url: String,
        /// The limit in bytes.
        limit: usize,
    },
}

impl ProbeError {
    /// The answer of `url` could not be read as `what`.
    pub(super) fn malformed(url: &str, what: &str, reason: &impl ToString) -> Self {
        Self::Malformed { url: url.to_owned(), what: what.to_owned(), reason: printable(&reason.to_string()) }
    }

    /// The HTTP status, when the component gave one that was not 2xx.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Status { code, .. } => Some(*code),
            _ => None,
        }
    }

    /// Sorts an error of the HTTP library by what happened on the wire.
    pub(super) fn from_transport(url: &str, error: &reqwest::Error, limit: Duration) -> Self {
        let url = url.to_owned();
        if error.is_timeout() {
            let connecting = error.is_connect();
            let after = if connecting { limit.min(super::client::CONNECT_TIMEOUT) } else { limit };
            return Self::Timeout { url, after };
        }
        let (kind, reason) = innermost(error);
        match kind {
            Some(ErrorKind::ConnectionRefused) => Self::Refused { url },
            Some(ErrorKind::TimedOut) => Self::Timeout { url, after: limit },
            kind => Self::Transport { url, kind, reason: printable(&reason) },
        }
    }

    /// Sorts an I/O error of a plain TCP connection.
    pub(super) fn from_io(url: &str, error: &std::io::Error, limit: Duration) -> Self {
        let url = url.to_owned();
        match error.kind() {
            ErrorKind::ConnectionRefused => Self::Refused { url },
            ErrorKind::TimedOut => Self::Timeout { url, after: limit },
            kind => Self::Transport { url, kind: Some(kind), reason: printable(&error.to_string()) },
        }
    }
}

/// The last error of the chain, which says what happened, and the kind of the last I/O error in it.
fn innermost(error: &reqwest::Error) -> (Option<ErrorKind>, String) {
    let mut kind = None;
    let mut last: &dyn std::error::Error = error;
    while let Some(next) = last.source() {
        last = next;
        if let Some(io) = last.downcast_ref::<std::io::Error>() {
            kind = Some(io.kind());
        }
    }
    (kind, last.to_string())
}

/// The beginning of a text from outside, on one line and safe for a terminal.
pub(super) fn excerpt(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut short: String = line.chars().take(EXCERPT).collect();
    if short.len() < line.len() {
        short.push('…');
    }
    printable(&short)
}

/// The beginning of the answer, or what its status means when it is empty.
fn meaning(code: u16, body: &str) -> String {
    let words = reqwest::StatusCode::from_u16(code).ok().and_then(|status| status.canonical_reason());
    match words.filter(|_| body.is_empty()) {
        Some(words) => format!(" ({words})"),
        None => said(body),
    }
}

fn said(body: &str) -> String {
    if body.is_empty() { String::new() } else { format!(": {body}") }
}

fn seconds(duration: Duration) -> String {
    let text = format!("{:.3}", duration.as_secs_f64());
    format!("{}s", text.trim_end_matches('0').trim_end_matches('.'))
}
