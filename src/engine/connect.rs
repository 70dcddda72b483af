//! From a [`Choice`] to a connection that answers.

use std::sync::Arc;
use std::time::Duration;

use bollard::{API_DEFAULT_VERSION, Docker};

use super::record::read;
use super::transport::{self, Target};
use super::{CALL, Choice, Daemon, Engine, EngineError, Host, OLDEST_API, Product, Unreachable};
use crate::kernel::{Ledger, Version};

/// The component that Podman's service lists in its version.
const PODMAN: &str = "Podman Engine";

/// How long the first answer may take: a busy machine needs some seconds for it.
const FIRST: Duration = Duration::from_secs(20);

/// Makes the client; nothing is sent.
pub(super) fn open(choice: Choice) -> Result<Engine, EngineError> {
    let docker = client(&choice.host)
        .map_err(|error| EngineError::from(error, "connect", &choice.host.to_string()))?;
    let (tool_limit, ledger) = (super::tool::LIMIT, Ledger::default());
    Ok(Engine { docker, choice, tool_limit, daemon: Arc::default(), ledger })
}

/// Asks the daemon for a sign of life.
pub(super) async fn ping(docker: &Docker, host: &Host) -> Result<(), EngineError> {
    read(|| first(docker.ping(), host, "reach the daemon")).await.map(|_| ())
}

/// The first call decides whether there is a daemon: it may take less time than any other.
async fn first<T>(
    call: impl Future<Output = Result<T, bollard::errors::Error>>,
    host: &Host,
    doing: &str,
) -> Result<T, EngineError> {
    let name = host.to_string();
    let answer = tokio::time::timeout(FIRST, call).await;
    answer
        .map_err(|_| EngineError::Unreachable { host: name.clone(), reason: Unreachable::Silent })?
        .map_err(|error| EngineError::from(error, doing, &name))
}

/// Asks the daemon for its version.
pub(super) async fn ask(docker: &Docker, host: &Host) -> Result<Daemon, EngineError> {
    let version = read(|| first(docker.version(), host, "ask for the version")).await?;
    let api = version.api_version.unwrap_or_default();
    let podman = version.components.iter().flatten().find(|component| component.name == PODMAN);
    Ok(Daemon {
        product: if podman.is_some() { Product::Podman } else { Product::Docker },
        version: podman.map(|component| component.version.clone()).or(version.version).unwrap_or_default(),
        platform: format!("{}/{}", version.os.unwrap_or_default(), version.arch.unwrap_or_default()),
        api: match Version::parse(&api) {
            Some(parsed) if parsed.since(OLDEST_API) => parsed,
            _ => return Err(EngineError::TooOld { host: host.to_string(), api }),
        },
    })
}

fn client(host: &Host) -> Result<Docker, bollard::errors::Error> {
    let seconds = CALL.as_secs();
    match host {
        Host::Unix(path) => transport::open(&Target::Unix(path.clone()), seconds),
        Host::Tcp { address, certificates: None } => transport::open(&Target::Tcp(address.clone()), seconds),
        Host::Tcp { address, certificates: Some(directory) } => Docker::connect_with_ssl(
            &format!("https://{address}"),
            &directory.join("key.pem"),
            &directory.join("cert.pem"),
            &directory.join("ca.pem"),
            seconds,
            API_DEFAULT_VERSION,
        ),
        Host::Ssh(address) => {
            Docker::connect_with_ssh(&format!("ssh://{address}"), seconds, API_DEFAULT_VERSION, None)
        }
    }
}
