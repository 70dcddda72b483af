//! What can go wrong between us and the daemon, told apart by what the user can do about it.

use std::io::ErrorKind;

use bollard::errors::Error as Bollard;

use crate::kernel::text;

/// A call that did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The daemon cannot be talked to.
    #[error("cannot reach {} at {host}: {reason}", named(host))]
    Unreachable { host: String, reason: Unreachable },
    /// The daemon speaks an API older than [`super::OLDEST_API`].
    #[error(
        "the Docker daemon at {host} speaks API {api}; stackctl needs {} (Docker 20.10) or newer",
        super::OLDEST_API
    )]
    TooOld { host: String, api: String },
    /// The daemon refused.
    #[error("could not {doing}: {message}")]
    Refused { doing: String, status: u16, message: String },
    /// The daemon did not answer in time.
    #[error("could not {doing}: no answer from the Docker daemon within {seconds} s")]
    Timeout { doing: String, seconds: u64 },
    /// A program of an image did not end in time; the daemon is not to blame.
    #[error("`{command}` did not finish within {seconds} s")]
    ToolTimeout { command: String, seconds: u64 },
    /// The answer made no sense, or the connection broke in the middle.
    #[error("could not {doing}: {message}")]
    Broken { doing: String, message: String },
    /// What is to be removed is not the stack's.
    #[error("the {object} is not stackctl's")]
    Foreign { object: String },
    /// The answer does not end.
    #[error("could not {doing}: the answer of the Docker daemon is larger than {} MiB", super::transport::ANSWER >> 20)]
    TooLarge { doing: String },
    /// The daemon made something else than it was asked for.
    #[error("the Docker daemon did not apply {} of `{container}`", text::list(fields))]
    NotApplied { container: String, fields: Vec<String> },
}

/// Why a daemon cannot be talked to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreachable {
    /// There is no socket.
    #[error("there is no such socket")]
    NoSocket,
    /// There is a socket and nobody listens.
    #[error("nobody listens there")]
    NotListening,
    /// The user may not use the socket.
    #[error("permission denied")]
    Permission,
    /// No answer in time.
    #[error("it did not answer in time")]
    Silent,
    /// The certificates are missing or wrong.
    #[error("the TLS certificates cannot be used")]
    Tls,
    /// Anything else in the way.
    #[error("the connection failed")]
    Failed,
}

/// What is expected behind an address.
fn named(host: &str) -> &'static str {
    if EngineError::names_podman(host) { "Podman" } else { "the Docker daemon" }
}

impl EngineError {
    /// True for the address of Podman's API service.
    pub fn names_podman(host: &str) -> bool {
        host.starts_with("unix://") && host.contains("podman")
    }

    /// From what the client library reports.
    pub(super) fn from(error: Bollard, doing: impl Into<String>, host: &str) -> Self {
        let doing = doing.into();
        match error {
            Bollard::DockerResponseServerError { status_code, message } => {
                Self::Refused { doing, status: status_code, message: reason(status_code, &message) }
            }
            Bollard::DockerStreamError { error } => {
                Self::Refused { doing, status: 200, message: readable(&error) }
            }
            Bollard::RequestTimeoutError => Self::Timeout { doing, seconds: super::CALL.as_secs() },
            other if is_too_large(&other) => Self::TooLarge { doing },
            other => match unreachable(&other) {
                Some(reason) => Self::Unreachable { host: host.to_owned(), reason },
                None if is_cut(&other) => Self::Broken {
                    doing,
                    message: "the Docker daemon closed the connection before it answered".to_owned(),
                },
                None => Self::Broken { doing, message: readable(&other.to_string()) },
            },
        }
    }

    /// The object is not there.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Refused { status: 404, .. })
    }

    /// The request may have been carried out or not.
    pub fn is_unanswered(&self) -> bool {
        matches!(self, Self::Broken { .. } | Self::Timeout { .. })
    }

    /// The daemon went away, or is restarting.
    pub fn is_outage(&self) -> bool {
        matches!(self, Self::Broken { .. } | Self::Unreachable { .. })
    }

    /// The daemon cannot be talked to at all.
    pub fn is_unreachable(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::TooOld { .. })
    }

    /// Somebody else has the name, or the object is in use.
    pub fn is_conflict(&self) -> bool {
        matches!(self, Self::Refused { status: 409, .. })
    }

    /// The daemon's words.
    pub fn message(&self) -> String {
        match self {
            Self::Refused { message, .. } | Self::Broken { message, .. } => message.clone(),
            other => other.to_string(),
        }
    }

    /// The port on the host is taken; the engine says so in two ways, both with status 500.
    pub fn is_port_taken(&self) -> bool {
        let message = self.message();
        message.contains("port is already allocated") || message.contains("address already in use")
    }

    /// The port is to be published on an address that the daemon's machine does not have.
    pub fn is_address_not_local(&self) -> bool {
        self.message().contains("cannot assign requested address")
    }

    /// The host's root is not shared, so new mounts of the host cannot be followed.
    pub fn is_not_shared(&self) -> bool {
        self.message().contains("not a shared or slave mount")
    }
}

/// The cause in the chain of sources, because the client library only says "client error (Connect)".
fn unreachable(error: &Bollard) -> Option<Unreachable> {
    if matches!(error, Bollard::SocketNotFoundError(_)) {
        return Some(Unreachable::NoSocket);
    }
    let mut source: Option<&dyn std::error::Error> = Some(error);
    let mut connecting = false;
    while let Some(cause) = source {
        if let Some(io) = cause.downcast_ref::<std::io::Error>() {
            return Some(match io.kind() {
                ErrorKind::NotFound => Unreachable::NoSocket,
                ErrorKind::PermissionDenied => Unreachable::Permission,
                ErrorKind::ConnectionRefused => Unreachable::NotListening,
                ErrorKind::TimedOut => Unreachable::Silent,
                _ if connecting => Unreachable::Failed,
                _ => return None,
            });
        }
        connecting |= cause.to_string().contains("(Connect)");
        source = cause.source();
    }
    connecting.then_some(Unreachable::Failed)
}

/// The limit of the connection was reached.
fn is_too_large(error: &Bollard) -> bool {
    let mut source: Option<&dyn std::error::Error> = Some(error);
    while let Some(cause) = source {
        if let Some(io) = cause.downcast_ref::<std::io::Error>()
            && io.kind() == ErrorKind::FileTooLarge
        {
            return true;
        }
        source = cause.source();
    }
    false
}

/// The connection ended in the middle: the client library only says `client error (SendRequest)`.
fn is_cut(error: &Bollard) -> bool {
    let mut source: Option<&dyn std::error::Error> = Some(error);
    while let Some(cause) = source {
        if cause.to_string().contains("(SendRequest)") {
            return true;
        }
        source = cause.source();
    }
    false
}

/// The daemon's message, or what its status means when it sent none.
fn reason(status: u16, message: &str) -> String {
    let message = readable(message);
    if !message.is_empty() {
        return message;
    }
    let meaning = http::StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
    format!(
        "the Docker daemon answered {status}{} without a message",
        meaning.map_or_else(String::new, |words| format!(" ({words})"))
    )
}

/// The daemon's words on one line, safe for a terminal and not longer than a person reads.
fn readable(message: &str) -> String {
    let line: String = text::printable(message.trim()).split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() > 400 { line.chars().take(400).chain("…".chars()).collect() } else { line }
}

#[cfg(test)]
mod tests {
    use super::{Bollard, EngineError};

    #[test]
    fn an_answer_without_a_body_has_a_reason_in_words() {
        let error = |status_code, message: &str| {
            let error = Bollard::DockerResponseServerError { status_code, message: message.to_owned() };
            EngineError::from(error, "list containers", "unix:///x").to_string()
        };
        let expected = "could not list containers: the Docker daemon answered 503 (Service Unavailable) without a message";
        assert_eq!(error(503, " \n"), expected);
        assert_eq!(
            error(599, ""),
            "could not list containers: the Docker daemon answered 599 without a message"
        );
        assert_eq!(error(500, "disk on fire"), "could not list containers: disk on fire");
    }
}
