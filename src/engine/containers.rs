//! One container: make, start, stop, rename, remove, signal, look at.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use bollard::models::{
    ContainerInspectResponse, ContainerStateStatusEnum, EndpointSettings, NetworkConnectRequest,
    RestartPolicyNameEnum,
};
use bollard::query_parameters::{
    CreateContainerOptionsBuilder, KillContainerOptionsBuilder, RemoveContainerOptionsBuilder,
    RenameContainerOptionsBuilder, RestartContainerOptionsBuilder, StopContainerOptionsBuilder,
};

use super::objects::gone;
use super::record::{Effect, read};
use super::request::{self, Surroundings};
use super::{Engine, EngineError};
use crate::kernel::labels;
use crate::model::stack::{ContainerSpec, Instance, Published};

/// How a container ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// Exit code.
    pub code: i64,
    /// Killed for memory, or a process in it was.
    pub out_of_memory: bool,
    /// The engine's words when it could not be started.
    pub error: String,
}

/// What can be seen of a container that a list does not show.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "one per state, as the daemon reports them")]
pub struct Inspected {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// The stack in its label.
    pub stack: Option<String>,
    /// Digest of the specification in its label.
    pub spec: Option<String>,
    /// Made and never started.
    pub never_started: bool,
    /// Running now.
    pub running: bool,
    /// Between two starts.
    pub restarting: bool,
    /// Running and frozen.
    pub paused: bool,
    /// Stopped on purpose: the engine restarts a container that exits in any other way.
    pub stopped: bool,
    /// How often the engine restarted it.
    pub restarts: i64,
    /// Start of the present or last run, RFC 3339.
    pub started_at: String,
    /// How the last run ended.
    pub ended: Ended,
    /// Its address in the stack's network; the host's one there when it lives in the host's network.
    pub address: Option<String>,
    /// Address and port of the host that lead to it.
    pub published: Option<SocketAddr>,
    /// Arguments of its program.
    pub args: Vec<String>,
    /// Its environment, `NAME=value`.
    pub env: Vec<String>,
    /// Named volumes, and where they are on the daemon's machine.
    pub volumes: Vec<(String, PathBuf)>,
}

impl Inspected {
    /// Seconds since the start, when it runs.
    pub fn uptime(&self) -> Option<u64> {
        let started: jiff::Timestamp = self.started_at.parse().ok().filter(|_| self.running)?;
        u64::try_from(jiff::Timestamp::now().duration_since(started).as_secs()).ok()
    }
}

impl Engine {
    /// Makes the container of an instance under a name, and checks that the daemon made what was asked for. Returns its
    /// id. What does not become as asked is removed again.
    pub async fn create(
        &self,
        instance: &Instance,
        name: &str,
        stack: &str,
        gateway: Option<&str>,
    ) -> Result<String, EngineError> {
        let shared = self.host_is_shared();
        self.create_with(instance, name, Surroundings { stack, gateway, host_is_shared: shared }).await
    }

    /// The same without following the host's mounts.
    pub async fn create_unshared(
        &self,
        instance: &Instance,
        name: &str,
        stack: &str,
        gateway: Option<&str>,
    ) -> Result<String, EngineError> {
        self.create_with(instance, name, Surroundings { stack, gateway, host_is_shared: false }).await
    }

    async fn create_with(
        &self,
        instance: &Instance,
        name: &str,
        around: Surroundings<'_>,
    ) -> Result<String, EngineError> {
        let options = CreateContainerOptionsBuilder::new().name(name).build();
        let body = request::create(instance, around);
        let made = self.docker.create_container(Some(options), body).await;
        let made = made.map_err(|error| self.error(error, format!("create the container `{name}`")));
        let made = self.record_container(made.map(|made| made.id), name)?;
        match self.complete(instance, name, &made).await {
            Ok(()) => Ok(made),
            Err(error) => {
                self.remove(&made).await?;
                Err(error)
            }
        }
    }

    /// Joins the further networks, and checks what the daemon made.
    async fn complete(&self, instance: &Instance, name: &str, id: &str) -> Result<(), EngineError> {
        for network in &instance.spec.networks {
            let request = NetworkConnectRequest {
                container: id.to_owned(),
                endpoint_config: Some(EndpointSettings::default()),
            };
            let joined = self.docker.connect_network(network, request).await;
            joined.map_err(|error| self.error(error, format!("join the network `{network}`")))?;
        }
        let seen = self.raw(id).await?;
        let fields = not_applied(&instance.spec, &seen);
        if fields.is_empty() {
            return Ok(());
        }
        Err(EngineError::NotApplied { container: name.to_owned(), fields })
    }

    /// New mounts of the host can be followed: the host's root is a shared mount. Known for local daemons only.
    fn host_is_shared(&self) -> bool {
        let mounts = std::fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
        let root = mounts.lines().find(|line| line.split(' ').nth(4) == Some("/"));
        !self.choice.host.is_local()
            || root.is_some_and(|line| line.contains(" shared:") || line.contains(" master:"))
    }

    /// Starts a container; one that runs is fine.
    pub async fn start(&self, name: &str) -> Result<(), EngineError> {
        let started = self.docker.start_container(name, None).await;
        let started = started.map_err(|error| self.error(error, format!("start the container `{name}`")));
        self.record(started, Effect::Change(object(name), "start"))
    }

    /// Stops a container, with the time it was given; one that does not run is fine.
    pub async fn stop(&self, name: &str, grace: Duration) -> Result<(), EngineError> {
        let seconds = i32::try_from(grace.as_secs()).unwrap_or(i32::MAX);
        let options = StopContainerOptionsBuilder::new().t(seconds).build();
        let stopped = self.patient(grace).stop_container(name, Some(options)).await;
        let stopped = stopped.map_err(|error| self.error(error, format!("stop the container `{name}`")));
        gone(self.record(stopped, Effect::Change(object(name), "stop")))
    }

    /// Stops and starts a container.
    pub async fn restart(&self, name: &str, grace: Duration) -> Result<(), EngineError> {
        let seconds = i32::try_from(grace.as_secs()).unwrap_or(i32::MAX);
        let options = RestartContainerOptionsBuilder::new().t(seconds).build();
        let restarted = self.patient(grace).restart_container(name, Some(options)).await;
        let restarted =
            restarted.map_err(|error| self.error(error, format!("restart the container `{name}`")));
        self.record(restarted, Effect::Change(object(name), "restart"))
    }

    /// Removes a container and its unnamed volumes; one that is not there is fine. Stop it first: this kills.
    pub async fn remove(&self, name: &str) -> Result<(), EngineError> {
        let options = RemoveContainerOptionsBuilder::new().force(true).v(true).build();
        let removed = self.docker.remove_container(name, Some(options)).await;
        let removed = removed.map_err(|error| self.error(error, format!("remove the container `{name}`")));
        match gone(self.record(removed, Effect::Remove(object(name)))) {
            // Somebody else is removing it at this moment.
            Err(error) if error.is_conflict() && error.message().contains("already in progress") => Ok(()),
            other => other,
        }
    }

    /// Gives a container another name.
    pub async fn rename(&self, name: &str, new: &str) -> Result<(), EngineError> {
        let options = RenameContainerOptionsBuilder::new().name(new).build();
        let renamed = self.docker.rename_container(name, options).await;
        let renamed =
            renamed.map_err(|error| self.error(error, format!("rename the container `{name}` to `{new}`")));
        self.record(renamed, Effect::Change(object(name), "rename"))
    }

    /// Sends a signal to the process of a container.
    pub async fn signal(&self, name: &str, signal: &str) -> Result<(), EngineError> {
        let options = KillContainerOptionsBuilder::new().signal(signal).build();
        let sent = self.docker.kill_container(name, Some(options)).await;
        let sent =
            sent.map_err(|error| self.error(error, format!("send {signal} to the container `{name}`")));
        self.record(sent, Effect::Change(object(name), "signal"))
    }

    /// Looks at a container; none when it is not there.
    pub async fn inspect(&self, name: &str, stack: &str) -> Result<Option<Inspected>, EngineError> {
        match self.raw(name).await {
            Ok(seen) => Ok(Some(inspected(seen, stack))),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn raw(&self, name: &str) -> Result<ContainerInspectResponse, EngineError> {
        read(async || {
            let seen = self.docker.inspect_container(name, None).await;
            seen.map_err(|error| self.error(error, format!("look at the container `{name}`")))
        })
        .await
    }
}

/// A container in the ledger.
pub(super) fn object(name: &str) -> String {
    format!("container {name}")
}

fn inspected(seen: ContainerInspectResponse, stack: &str) -> Inspected {
    let published = published(&seen);
    let label = |key: &str| seen.config.as_ref()?.labels.as_ref()?.get(key).cloned();
    let (own_stack, spec) = (label(labels::STACK), label(labels::SPEC));
    let id = seen.id.clone().unwrap_or_default();
    let name = seen.name.as_deref().unwrap_or_default().trim_start_matches('/').to_owned();
    let volumes = volumes(&seen);
    let stopped = stopped(&seen);
    let state = seen.state.unwrap_or_default();
    let networks = seen.network_settings.and_then(|settings| settings.networks).unwrap_or_default();
    let own = networks.get(stack).and_then(|endpoint| endpoint.ip_address.clone());
    let mut config = seen.config.unwrap_or_default();
    let (args, env) = (config.cmd.take().unwrap_or_default(), config.env.take().unwrap_or_default());
    let host = || config.labels?.remove(labels::GATEWAY);
    let address = own.filter(|address| !address.is_empty()).or_else(host);
    Inspected {
        id,
        name,
        stack: own_stack,
        spec,
        never_started: state.status == Some(ContainerStateStatusEnum::CREATED),
        running: state.running.unwrap_or(false) && state.status != Some(ContainerStateStatusEnum::RESTARTING),
        restarting: state.restarting.unwrap_or(false),
        paused: state.paused.unwrap_or(false),
        stopped,
        restarts: seen.restart_count.unwrap_or(0),
        started_at: state.started_at.unwrap_or_default(),
        ended: Ended {
            code: state.exit_code.unwrap_or(0),
            out_of_memory: state.oom_killed.unwrap_or(false),
            error: state.error.unwrap_or_default(),
        },
        address: address.filter(|address| !address.is_empty()),
        published,
        args,
        env,
        volumes,
    }
}

/// Exited under a policy that restarts after every exit, and not because it could not be started: the engine gives up
/// only when a user or a program stopped it.
fn stopped(seen: &ContainerInspectResponse) -> bool {
    let policy = seen.host_config.as_ref().and_then(|host| host.restart_policy.as_ref()?.name);
    let restarts =
        matches!(policy, Some(RestartPolicyNameEnum::UNLESS_STOPPED | RestartPolicyNameEnum::ALWAYS));
    let Some(state) = &seen.state else { return false };
    let exited = state.status == Some(ContainerStateStatusEnum::EXITED);
    let failed = state.error.as_ref().is_some_and(|error| !error.is_empty());
    exited && restarts && !failed && state.oom_killed != Some(true)
}

fn volumes(seen: &ContainerInspectResponse) -> Vec<(String, PathBuf)> {
    let mounts = seen.mounts.iter().flatten();
    mounts.filter_map(|mount| Some((mount.name.clone()?, mount.source.clone()?.into()))).collect()
}

/// The port of the host that leads to what a container answers on, which its label tells from its further ports.
fn published(seen: &ContainerInspectResponse) -> Option<SocketAddr> {
    let bindings = seen.host_config.as_ref()?.port_bindings.as_ref()?;
    let spec = seen.config.as_ref()?.labels.as_ref()?.get(labels::SPEC_JSON)?;
    let spec: serde_json::Value = serde_json::from_str(spec).ok()?;
    let binding = bindings.get(&format!("{}/tcp", spec.get("port")?))?.as_ref()?.first()?;
    let (ip, port) = (binding.host_ip.as_ref()?.parse().ok()?, binding.host_port.as_ref()?.parse().ok()?);
    Some(SocketAddr::new(ip, port))
}

/// Safety settings that the daemon left out without a word: it ignores fields it does not know.
fn not_applied(spec: &ContainerSpec, seen: &ContainerInspectResponse) -> Vec<String> {
    let host = seen.host_config.clone().unwrap_or_default();
    let config = seen.config.clone().unwrap_or_default();
    let memory = i64::try_from(spec.memory).unwrap_or(i64::MAX);
    let dropped =
        host.cap_drop.as_ref().is_some_and(|caps| caps.iter().any(|cap| cap.eq_ignore_ascii_case("ALL")));
    let no_new =
        host.security_opt.as_ref().is_some_and(|o| o.iter().any(|o| o.starts_with("no-new-privileges")));
    let bound = host.port_bindings.clone().unwrap_or_default();
    let mut bindings = bound.values().flatten().flatten();
    let meant = spec.published.into_iter().chain(spec.more_ports.iter().map(|port| port.published));
    let meant: Vec<String> =
        meant.flat_map(Published::every_address).map(|published| published.ip.to_string()).collect();
    let bound_elsewhere = bindings.any(|b| !b.host_ip.as_ref().is_some_and(|ip| meant.contains(ip)));
    let checks = [
        ("the read-only root", host.readonly_rootfs == Some(true)),
        ("the user", config.user.as_deref() == Some(spec.user.as_str())),
        ("the dropped capabilities", dropped),
        ("no-new-privileges", no_new),
        ("the unprivileged mode", host.privileged != Some(true)),
        ("the memory limit", host.memory == Some(memory)),
        ("the limit on processes", host.pids_limit == Some(spec.pids)),
        ("the address of the published port", !bound_elsewhere),
    ];
    checks.into_iter().filter(|(_, applied)| !applied).map(|(name, _)| name.to_owned()).collect()
}
