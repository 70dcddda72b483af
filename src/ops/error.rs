//! Why a story stopped: the lower errors united, with the exit code and the next step for each.

use crate::engine::{EngineError, HostError, Unreachable};
use crate::kernel::{Diagnostic, Exit, text};
use crate::model::report::Failure;
use crate::reconcile::Refusal;
use crate::workdir::WorkdirError;

/// Why a story stopped.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The user's files are not right.
    #[error("{}", text::count(.0.iter().filter(|d| d.is_error()).count(), "error"))]
    Invalid(Vec<Diagnostic>),
    /// No daemon could be chosen.
    #[error(transparent)]
    Host(#[from] HostError),
    /// The daemon.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// A file.
    #[error(transparent)]
    Work(#[from] WorkdirError),
    /// The request itself is wrong.
    #[error("{message}")]
    Usage { message: String, hint: String },
    /// Something is in the way that is not ours, or a confirmation is missing.
    #[error("{message}")]
    Refused { message: String, causes: Vec<String>, hint: String },
    /// Something on this machine is missing or in the way.
    #[error("{message}")]
    Environment { message: String, causes: Vec<String>, hint: String },
    /// Applying failed.
    #[error("{message}")]
    Apply { message: String, causes: Vec<String>, changed: Vec<String>, hint: String, exit: Exit },
    /// Another run holds the stack.
    #[error("{message}")]
    Locked { message: String, changed: Vec<String>, hint: String },
    /// SIGINT or SIGTERM.
    #[error("stopped")]
    Interrupted { exit: Exit, changed: Vec<String>, hint: String },
}

impl Error {
    /// Refusals as one error.
    pub fn refused(refusals: &[Refusal]) -> Self {
        let mut hints: Vec<String> = refusals.iter().map(|refusal| refusal.hint.clone()).collect();
        hints.dedup();
        let [first, rest @ ..] = refusals else {
            return Self::Refused { message: "refused".to_owned(), causes: Vec::new(), hint: String::new() };
        };
        Self::Refused {
            message: first.message.clone(),
            causes: rest.iter().map(|refusal| refusal.message.clone()).collect(),
            hint: hints.join("; "),
        }
    }

    /// Further causes.
    pub fn causes(&self) -> Vec<String> {
        match self {
            Self::Refused { causes, .. } | Self::Environment { causes, .. } | Self::Apply { causes, .. } => {
                causes.clone()
            }
            _ => Vec::new(),
        }
    }

    /// The exit code.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Invalid(_)
            | Self::Usage { .. }
            | Self::Work(
                WorkdirError::Missing { .. }
                | WorkdirError::NoStackFile { .. }
                | WorkdirError::Dangling { .. }
                | WorkdirError::Loop { .. }
                | WorkdirError::Ambiguous { .. }
                | WorkdirError::NotAFile { .. }
                | WorkdirError::TooLarge { .. }
                | WorkdirError::Exists { .. },
            ) => Exit::Usage,
            Self::Locked { .. } => Exit::Locked,
            Self::Work(
                WorkdirError::Unsafe { .. } | WorkdirError::Link { .. } | WorkdirError::Stranger { .. },
            )
            | Self::Refused { .. }
            | Self::Engine(EngineError::NotApplied { .. } | EngineError::Foreign { .. }) => Exit::Refused,
            Self::Host(_) | Self::Engine(_) | Self::Work(_) | Self::Environment { .. } => Exit::Environment,
            Self::Apply { exit, .. } | Self::Interrupted { exit, .. } => *exit,
        }
    }

    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Invalid(_) | Self::Host(_) => None,
            Self::Engine(error) => Some(engine_hint(error)),
            Self::Work(error) => error.hint(),
            Self::Usage { hint, .. }
            | Self::Refused { hint, .. }
            | Self::Environment { hint, .. }
            | Self::Apply { hint, .. }
            | Self::Locked { hint, .. }
            | Self::Interrupted { hint, .. } => Some(hint.clone()).filter(|hint| !hint.is_empty()),
        }
    }
}

fn engine_hint(error: &EngineError) -> String {
    let hint = match error {
        // Only a socket can belong to a daemon of this machine.
        EngineError::Unreachable { reason: Unreachable::Silent, .. } => {
            "the daemon accepts connections but is slow or stuck: check the load of its machine and its log (`journalctl --unit docker`), then rerun the command"
        }
        EngineError::Unreachable { host, reason: Unreachable::NotListening }
            if !host.starts_with("unix://") =>
        {
            "start the daemon at that address, or choose another with `--host`, DOCKER_HOST or a Docker context"
        }
        EngineError::Unreachable { host, reason: Unreachable::NoSocket | Unreachable::NotListening }
            if EngineError::names_podman(host) =>
        {
            "start Podman's service: `systemctl --user enable --now podman.socket`, as root without `--user`"
        }
        EngineError::Unreachable { host, reason: Unreachable::Permission }
            if EngineError::names_podman(host) =>
        {
            "use the socket of your own user, `$XDG_RUNTIME_DIR/podman/podman.sock`, or run as the user it belongs to"
        }
        EngineError::Unreachable { reason, .. } => match reason {
            Unreachable::NoSocket => {
                "is Docker installed and running? `stackctl doctor` says what is missing, `stackctl doctor --fix` installs and starts it on Debian and Ubuntu"
            }
            Unreachable::NotListening => "the daemon is not running: `stackctl doctor --fix` starts it",
            Unreachable::Permission => {
                "add yourself to the `docker` group and log in again (members of it are as powerful as root), or set DOCKER_HOST"
            }
            Unreachable::Tls => "look at DOCKER_CERT_PATH: it must hold ca.pem, cert.pem and key.pem",
            Unreachable::Failed | Unreachable::Silent => {
                "look at DOCKER_HOST or the Docker context; `stackctl doctor` shows which was chosen"
            }
        },
        EngineError::Foreign { .. } => "it was left alone; remove it by hand when it is not needed",
        EngineError::TooOld { .. } => "upgrade Docker to 20.10, or Podman to 4.0, or newer",
        EngineError::NotApplied { .. } => {
            "the container was removed again; a proxy in front of the daemon may strip settings"
        }
        _ if error.is_port_taken() => {
            "`stackctl doctor` shows who holds the port; choose another with `port:` in stack.yml"
        }
        _ if error.is_address_not_local() => {
            "set `bind:` in stack.yml to an address of the daemon's machine; `ip -brief address` lists them there"
        }
        EngineError::Refused { message, .. } if message.contains("no space left on device") => {
            "free space where images and volumes are: `docker system df`, or `podman system df`, shows what takes it"
        }
        EngineError::ToolTimeout { .. } => {
            "the machine may be busy: retry, or allow more time, for example STACKCTL_TOOL_TIMEOUT=15m"
        }
        EngineError::Timeout { .. } => "the daemon is busy or stuck; look at its own log and try again",
        EngineError::Broken { .. } => {
            "the daemon may be restarting; when it happens again, look at its own log"
        }
        EngineError::TooLarge { .. } => {
            "something else than a Docker daemon may be listening there; `stackctl doctor` shows which address was chosen"
        }
        EngineError::Refused { .. } => "the daemon's own log may say more",
    };
    hint.to_owned()
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let exit = error.exit().code();
        let hint = error.hint().map(text::brief);
        let message = text::brief(error.to_string());
        let (causes, changed, diagnostics) = match error {
            Error::Invalid(diagnostics) => (Vec::new(), Vec::new(), diagnostics),
            Error::Refused { causes, .. } | Error::Environment { causes, .. } => {
                (causes, Vec::new(), Vec::new())
            }
            Error::Apply { causes, changed, .. } => (causes, changed, Vec::new()),
            Error::Interrupted { changed, .. } | Error::Locked { changed, .. } => {
                (Vec::new(), changed, Vec::new())
            }
            _ => (Vec::new(), Vec::new(), Vec::new()),
        };
        let causes = causes.into_iter().map(text::brief).collect();
        Self { message, causes, changed, hint, diagnostics, exit }
    }
}
