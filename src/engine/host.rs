//! Which daemon: `--host`, `DOCKER_HOST`, `--context`, `DOCKER_CONTEXT`, the current context, the
//! default socket, the rootless socket. The same order as the docker client.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::kernel::address;
use crate::workdir;

/// Where a daemon is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Host {
    /// A Unix socket.
    Unix(PathBuf),
    /// `tcp://host:port`, with certificates for TLS or without.
    Tcp { address: String, certificates: Option<PathBuf> },
    /// `ssh://user@host`.
    Ssh(String),
}

/// A daemon and why it was chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Where it is.
    pub host: Host,
    /// Why: `--host`, `DOCKER_HOST`, `context "build"`, `default socket`.
    pub because: String,
}

/// What the user asked for on the command line.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// `--host`
    pub host: Option<String>,
    /// `--context`
    pub context: Option<String>,
}

/// A daemon cannot be chosen.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HostError {
    /// Not a scheme that is known.
    #[error(
        "`{host}` (from `--host`, DOCKER_HOST or a Docker context) is no address of a daemon; write unix:///path, tcp://host:port or ssh://user@host"
    )]
    Scheme { host: String },
    /// An IPv6 address that cannot be told from its port.
    #[error(
        "`{host}` (from `--host`, DOCKER_HOST or a Docker context) has an IPv6 address without brackets; write `{form}`"
    )]
    Brackets { host: String, form: String },
    /// No such context.
    #[error("there is no Docker context `{name}`; `docker context ls` lists them")]
    NoContext { name: String },
    /// The context names no daemon.
    #[error("the Docker context `{name}` names no daemon")]
    EmptyContext { name: String },
    /// Control of a remote machine in clear text.
    #[error(
        "`{host}` is not encrypted: whoever listens in controls that machine; use ssh://, or TLS with DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH"
    )]
    ClearText { host: String },
}

impl Host {
    /// True when the daemon runs on this machine.
    pub fn is_local(&self) -> bool {
        matches!(self, Self::Unix(_))
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix://{}", path.display()),
            Self::Tcp { address, .. } => write!(f, "tcp://{address}"),
            Self::Ssh(address) => write!(f, "ssh://{address}"),
        }
    }
}

/// Chooses the daemon.
pub fn choose(wish: &Wish, environment: &BTreeMap<String, String>) -> Result<Choice, HostError> {
    let set = |name: &str| environment.get(name).filter(|value| !value.is_empty());
    let certificates = || {
        set("DOCKER_TLS_VERIFY")
            .map(|_| set("DOCKER_CERT_PATH").map_or_else(|| docker_directory(environment), PathBuf::from))
    };
    if let Some(host) = &wish.host {
        return Ok(Choice { host: parse(host, certificates())?, because: "--host".to_owned() });
    }
    if let Some(name) = &wish.context {
        return context(name, environment);
    }
    if let Some(host) = set("DOCKER_HOST") {
        return Ok(Choice { host: parse(host, certificates())?, because: "DOCKER_HOST".to_owned() });
    }
    let current = set("DOCKER_CONTEXT").cloned().or_else(|| current_context(environment));
    if let Some(name) = current.filter(|name| name != "default") {
        return context(&name, environment);
    }
    Ok(default_socket(environment))
}

fn parse(host: &str, certificates: Option<PathBuf>) -> Result<Host, HostError> {
    match host.split_once("://") {
        Some(("unix", path)) if !path.is_empty() => Ok(Host::Unix(path.into())),
        Some(("ssh", address)) if !address.is_empty() => Ok(Host::Ssh(address.to_owned())),
        Some(("tcp" | "http" | "https", address)) if !address.is_empty() => {
            let address = address.trim_end_matches('/').to_owned();
            if let Some(form) = address::bracketed(&address).first() {
                let form = host.replacen(&address, form, 1);
                return Err(HostError::Brackets { host: host.to_owned(), form });
            }
            let name = address.rsplit_once(':').map_or(address.as_str(), |(name, _)| name);
            let loopback = matches!(name, "localhost" | "[::1]") || name.starts_with("127.");
            if certificates.is_none() && !loopback {
                return Err(HostError::ClearText { host: host.to_owned() });
            }
            Ok(Host::Tcp { address, certificates })
        }
        _ => Err(HostError::Scheme { host: host.to_owned() }),
    }
}

fn docker_directory(environment: &BTreeMap<String, String>) -> PathBuf {
    match environment.get("DOCKER_CONFIG") {
        Some(directory) => directory.into(),
        None => Path::new(environment.get("HOME").map_or("/", String::as_str)).join(".docker"),
    }
}

fn current_context(environment: &BTreeMap<String, String>) -> Option<String> {
    let config = read_json(&docker_directory(environment).join("config.json"))?;
    config.get("currentContext")?.as_str().filter(|name| !name.is_empty()).map(str::to_owned)
}

fn context(name: &str, environment: &BTreeMap<String, String>) -> Result<Choice, HostError> {
    if name == "default" {
        return Ok(default_socket(environment));
    }
    let id = context_id(name);
    let contexts = docker_directory(environment).join("contexts");
    let meta = read_json(&contexts.join("meta").join(&id).join("meta.json"))
        .ok_or_else(|| HostError::NoContext { name: name.to_owned() })?;
    let host = meta.pointer("/Endpoints/docker/Host").and_then(Value::as_str).unwrap_or_default();
    if host.is_empty() {
        return Err(HostError::EmptyContext { name: name.to_owned() });
    }
    let tls = contexts.join("tls").join(&id).join("docker");
    let certificates = tls.join("ca.pem").exists().then_some(tls);
    Ok(Choice { host: parse(host, certificates)?, because: format!("context `{name}`") })
}

fn default_socket(environment: &BTreeMap<String, String>) -> Choice {
    let default = PathBuf::from("/var/run/docker.sock");
    let rootless =
        environment.get("XDG_RUNTIME_DIR").map(|directory| Path::new(directory).join("docker.sock"));
    match rootless.filter(|socket| !default.exists() && socket.exists()) {
        Some(socket) => Choice { host: Host::Unix(socket), because: "rootless socket".to_owned() },
        None => Choice { host: Host::Unix(default), because: "default socket".to_owned() },
    }
}

/// The names of the Docker contexts, `default` first; what cannot be read is left out.
pub fn contexts(environment: &BTreeMap<String, String>) -> Vec<String> {
    let meta = docker_directory(environment).join("contexts/meta");
    let directories = std::fs::read_dir(meta).into_iter().flatten().flatten();
    let mut names: Vec<String> = directories
        .filter_map(|directory| read_json(&directory.path().join("meta.json")))
        .filter_map(|meta| meta.get("Name")?.as_str().map(str::to_owned))
        .collect();
    names.sort();
    names.insert(0, "default".to_owned());
    names
}

/// The directory of a context is named by the SHA-256 of its name.
fn context_id(name: &str) -> String {
    Sha256::digest(name.as_bytes()).iter().fold(String::new(), |id, byte| format!("{id}{byte:02x}"))
}

/// What `docker login` and `docker context use` write; none when there is none, or when it is no file.
pub(super) fn docker_config() -> Option<Vec<u8>> {
    let set = |name: &str| Some((name.to_owned(), std::env::var(name).ok()?));
    let environment: BTreeMap<String, String> =
        ["DOCKER_CONFIG", "HOME"].into_iter().filter_map(set).collect();
    workdir::read_file(&docker_directory(&environment).join("config.json")).ok()
}

/// A pipe in the place of the file is not waited for.
fn read_json(path: &Path) -> Option<Value> {
    serde_json::from_slice(&workdir::read_file(path).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{HostError, Wish, choose};

    fn environment(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    fn chosen(wish: &Wish, pairs: &[(&str, &str)]) -> Result<String, HostError> {
        choose(wish, &environment(pairs)).map(|choice| format!("{} ({})", choice.host, choice.because))
    }

    #[test]
    fn the_order_is_that_of_the_docker_client() {
        let home = tempfile::tempdir().unwrap();
        let home_path = home.path().to_str().unwrap();
        let docker = home.path().join(".docker");
        let id = super::context_id("build");
        let meta = docker.join("contexts/meta").join(id);
        std::fs::create_dir_all(&meta).unwrap();
        std::fs::write(
            meta.join("meta.json"),
            r#"{"Endpoints":{"docker":{"Host":"ssh://build@example.org"}}}"#,
        )
        .unwrap();
        std::fs::write(docker.join("config.json"), r#"{"currentContext":"build"}"#).unwrap();
        let host = Wish { host: Some("unix:///a.sock".into()), context: None };
        let all = [("HOME", home_path), ("DOCKER_HOST", "unix:///b.sock"), ("DOCKER_CONTEXT", "none")];
        assert_eq!(chosen(&host, &all).unwrap(), "unix:///a.sock (--host)");
        assert_eq!(chosen(&Wish::default(), &all).unwrap(), "unix:///b.sock (DOCKER_HOST)");
        assert_eq!(
            chosen(&Wish::default(), &[("HOME", home_path), ("DOCKER_CONTEXT", "none")]).unwrap_err(),
            HostError::NoContext { name: "none".into() }
        );
        assert_eq!(
            chosen(&Wish::default(), &[("HOME", home_path)]).unwrap(),
            "ssh://build@example.org (context `build`)"
        );
        let context = Wish { host: None, context: Some("default".into()) };
        assert_eq!(
            chosen(&context, &[("HOME", home_path)]).unwrap(),
            "unix:///var/run/docker.sock (default socket)"
        );
    }

    #[test]
    fn clear_text_is_refused_except_on_this_machine() {
        let wish = |host: &str| Wish { host: Some(host.into()), context: None };
        assert!(matches!(chosen(&wish("tcp://example.org:2375"), &[]), Err(HostError::ClearText { .. })));
        assert_eq!(chosen(&wish("tcp://127.0.0.1:2375"), &[]).unwrap(), "tcp://127.0.0.1:2375 (--host)");
        let tls = [("DOCKER_TLS_VERIFY", "1"), ("DOCKER_CERT_PATH", "/c")];
        assert_eq!(chosen(&wish("tcp://example.org:2376"), &tls).unwrap(), "tcp://example.org:2376 (--host)");
        assert!(matches!(chosen(&wish("example.org"), &[]), Err(HostError::Scheme { .. })));
    }

    #[test]
    fn an_ipv6_address_needs_brackets() {
        let wish = |host: &str| Wish { host: Some(host.into()), context: None };
        assert_eq!(chosen(&wish("tcp://[::1]:2375"), &[]).unwrap(), "tcp://[::1]:2375 (--host)");
        for (host, form) in [
            ("tcp://::1:2375", "tcp://[::1]:2375"),
            ("tcp://fd00::beef/", "tcp://[fd00::beef]/"),
            ("https://fd00::5:2376", "https://[fd00::5]:2376"),
        ] {
            let expected = HostError::Brackets { host: host.into(), form: form.into() };
            assert_eq!(chosen(&wish(host), &[]), Err(expected));
        }
    }
}
