//! Ports that somebody else holds and networks that are not there, found before anything is stopped or made.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};

use super::Error;
use super::prepare::Prepared;
use crate::engine::{Engine, HostPort, User};
use crate::kernel::text;
use crate::model::component::Protocol;
use crate::model::observed::{Observed, State};
use crate::model::plan::{Action, Plan, Subject};
use crate::model::stack::{Holds, Instance, Stack};
use crate::resolve::{host_ports, place_of};
use crate::workdir::machine;

/// Looks at everything outside the stack that its containers will need.
pub async fn all(engine: &Engine, prepared: &Prepared) -> Result<(), Error> {
    networks(engine, prepared).await?;
    data(engine, prepared).await?;
    addresses(engine, prepared)?;
    let Prepared { loaded, observed, plan, .. } = prepared;
    let starts = [Action::Create, Action::Replace, Action::Start, Action::Restart];
    let wanted = chosen(&loaded.stack, plan, &starts).flat_map(Wanted::of_instance);
    free(engine, &loaded.stack.name, observed, wanted.collect()).await
}

/// Looks at the ports of the containers that a plan starts as they were made, which `stack.yml` may have changed since.
pub async fn started(engine: &Engine, stack: &Stack, observed: &Observed, plan: &Plan) -> Result<(), Error> {
    let mut wanted = Vec::new();
    for instance in chosen(stack, plan, &[Action::Start, Action::Restart]) {
        let seen = engine.inspect(&instance.spec.name, &stack.name).await?;
        if let Some(at) = seen.and_then(|seen| seen.published) {
            wanted.push(Wanted { instance, at });
        }
    }
    free(engine, &stack.name, observed, wanted).await
}

/// The instances whose containers are subject to one of these actions.
fn chosen<'a>(stack: &'a Stack, plan: &'a Plan, actions: &[Action]) -> impl Iterator<Item = &'a Instance> {
    plan.steps.iter().filter(|step| actions.contains(&step.action)).filter_map(|step| match &step.subject {
        Subject::Container(name) => stack.instance(name),
        _ => None,
    })
}

/// The instances whose containers will be made.
fn made(prepared: &Prepared) -> impl Iterator<Item = &Instance> {
    chosen(&prepared.loaded.stack, &prepared.plan, &[Action::Create, Action::Replace])
}

/// Looks for the networks of others that the containers will join.
async fn networks(engine: &Engine, prepared: &Prepared) -> Result<(), Error> {
    let joined: BTreeSet<&String> = made(prepared).flat_map(|instance| &instance.spec.networks).collect();
    for network in joined {
        if !engine.has_network(network).await? {
            return Err(Error::Environment {
                message: format!("there is no network `{network}`, which stack.yml names under `networks`"),
                causes: Vec::new(),
                hint: missing_network(network, engine.daemon().await?.product.command()),
            });
        }
    }
    Ok(())
}

/// What to do about a network that is not there.
pub fn missing_network(network: &str, command: &str) -> String {
    let network = text::shown(network);
    format!("`{command} network create {network}`, or start what makes it, or take it out of `networks`")
}

/// Looks for containers of others that write to the data of a container that will be made.
async fn data(engine: &Engine, prepared: &Prepared) -> Result<(), Error> {
    let there = |volume: &String| prepared.observed.volumes.iter().any(|seen| seen.name == *volume);
    let mounts = made(prepared).flat_map(|instance| &instance.spec.volumes);
    for mount in mounts.filter(|mount| mount.holds == Holds::Data && there(&mount.volume)) {
        let users = engine.users_of_volume(&mount.volume).await?;
        let ours = |user: &User| prepared.observed.containers.iter().any(|seen| seen.id == user.id);
        if let Some(user) = users.iter().find(|user| user.running && user.writes && !ours(user)) {
            return Err(Error::Refused {
                message: format!(
                    "the container {user}, which is not stackctl's, writes to `{}`",
                    mount.volume
                ),
                causes: Vec::new(),
                hint: format!(
                    "`docker stop {}`, then run this again: two writers destroy the data",
                    user.name
                ),
            });
        }
    }
    Ok(())
}

/// Looks for addresses to publish on that this machine does not have. Only possible where the daemon is on this machine.
fn addresses(engine: &Engine, prepared: &Prepared) -> Result<(), Error> {
    let mut foreign =
        made(prepared).flat_map(Wanted::of_instance).filter(|wanted| !machine::has_address(wanted.at.ip()));
    match foreign.next().filter(|_| engine.choice.host.is_local()) {
        None => Ok(()),
        Some(Wanted { instance, at }) => Err(Error::Environment {
            message: format!(
                "this machine has no address {}, where {} is to be published",
                at.ip(),
                instance.name
            ),
            causes: Vec::new(),
            hint: "set `bind:` in stack.yml to an address of this machine; `ip -brief address` lists them"
                .to_owned(),
        }),
    }
}

/// A port of the host that a container of this instance needs.
struct Wanted<'a> {
    instance: &'a Instance,
    at: SocketAddr,
}

impl<'a> Wanted<'a> {
    /// The TCP ports of an instance. A UDP port that is taken is found when the container starts.
    fn of_instance(instance: &'a Instance) -> impl Iterator<Item = Self> {
        let further = instance.spec.more_ports.iter().filter(|port| port.protocol == Protocol::Tcp);
        let all = instance.published.into_iter().chain(further.map(|port| port.published));
        all.map(move |published| Self { instance, at: SocketAddr::new(published.ip, published.port) })
    }
}

/// Finds a port that is not free. Processes are seen only where the daemon is on this machine, containers everywhere.
async fn free(
    engine: &Engine,
    stack: &str,
    observed: &Observed,
    mut wanted: Vec<Wanted<'_>>,
) -> Result<(), Error> {
    let is_local = engine.choice.host.is_local();
    if is_local {
        wanted.retain(|wanted| !machine::is_free(wanted.at.ip(), wanted.at.port()));
    }
    if wanted.is_empty() {
        return Ok(());
    }
    let held = engine.host_ports().await?;
    // What our own containers hold they give up in time.
    let is_ours = |wanted: &Wanted<'_>| {
        let running = |instance: &Instance| {
            observed.container(&instance.spec.name).is_some_and(|seen| seen.state == State::Running)
        };
        let in_host_network = wanted.instance.spec.host_network && running(wanted.instance);
        in_host_network || holders(&held, wanted.at).any(|held| held.stack.as_deref() == Some(stack))
    };
    for wanted in wanted.iter().filter(|wanted| !is_ours(wanted)) {
        let container = holders(&held, wanted.at).next().map(|h| format!("the container `{}`", h.container));
        if container.is_some() || is_local {
            return Err(taken(wanted, container));
        }
    }
    Ok(())
}

fn holders(held: &[HostPort], at: SocketAddr) -> impl Iterator<Item = &HostPort> {
    held.iter().filter(move |held| held.port == at.port() && clash(held.ip, at.ip()))
}

/// Both cannot be listened on at once.
fn clash(one: IpAddr, other: IpAddr) -> bool {
    one == other || one.is_unspecified() || other.is_unspecified()
}

fn taken(wanted: &Wanted<'_>, container: Option<String>) -> Error {
    let Wanted { instance, at } = wanted;
    let process = || {
        let mut listeners = machine::listeners(&[at.port()]).into_iter();
        let listener = listeners.find(|listener| clash(listener.ip, at.ip()));
        listener
            .and_then(|listener| listener.process)
            .map(|process| format!("process {} ({})", process.pid, process.name))
    };
    let holder = container.or_else(process).unwrap_or_else(|| "a process of another user".to_owned());
    let chosen = host_ports(instance).into_iter().find(|port| port.published.port == at.port());
    let setting = chosen.map_or_else(|| place_of(instance).key("port"), |port| port.setting);
    Error::Environment {
        message: format!("port {at} for {} is taken by {holder}", instance.name),
        causes: Vec::new(),
        hint: format!("free it, or set `{setting}` in stack.yml to a free port, then rerun the command"),
    }
}
