//! Ports that somebody else holds and networks that are not there, found before anything is stopped or made.

use std::collections::BTreeSet;

use super::Error;
use super::prepare::Prepared;
use crate::engine::{Engine, User};
use crate::model::component::Protocol;
use crate::model::plan::{Action, Subject};
use crate::model::stack::{Holds, Instance, Published};
use crate::workdir::machine;

/// Looks at everything outside the stack that its containers will need.
pub async fn all(engine: &Engine, prepared: &Prepared) -> Result<(), Error> {
    networks(engine, prepared).await?;
    data(engine, prepared).await?;
    addresses(engine, prepared)?;
    ports(engine, prepared).await
}

/// The instances whose containers will be made.
fn made(prepared: &Prepared) -> impl Iterator<Item = &Instance> {
    let steps = prepared.plan.steps.iter();
    steps.filter(|step| matches!(step.action, Action::Create | Action::Replace)).filter_map(
        |step| match &step.subject {
            Subject::Container(name) => prepared.loaded.stack.instance(name),
            _ => None,
        },
    )
}

/// Looks for the networks of others that the containers will join.
async fn networks(engine: &Engine, prepared: &Prepared) -> Result<(), Error> {
    let joined: BTreeSet<&String> = made(prepared).flat_map(|instance| &instance.spec.networks).collect();
    for network in joined {
        if !engine.has_network(network).await? {
            return Err(Error::Environment {
                message: format!("there is no network `{network}`, which stack.yml names under `networks`"),
                causes: Vec::new(),
                hint: format!(
                    "`docker network create {network}`, or start what makes it, or take it out of `networks`"
                ),
            });
        }
    }
    Ok(())
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
    let published = made(prepared).flat_map(|instance| tcp_ports(instance).map(move |port| (instance, port)));
    let mut foreign = published.filter(|(_, port)| !machine::has_address(port.ip));
    match foreign.next().filter(|_| engine.choice.host.is_local()) {
        None => Ok(()),
        Some((instance, port)) => Err(Error::Environment {
            message: format!(
                "this machine has no address {}, where {} is to be published",
                port.ip, instance.name
            ),
            causes: Vec::new(),
            hint: "set `bind:` in stack.yml to an address of this machine; `ip -brief address` lists them"
                .to_owned(),
        }),
    }
}

/// Looks at the ports of every container that will be made. Only possible where the daemon is on this machine.
async fn ports(engine: &Engine, prepared: &Prepared) -> Result<(), Error> {
    if !engine.choice.host.is_local() {
        return Ok(());
    }
    let published: Vec<(&Instance, Published)> = made(prepared)
        .flat_map(|instance| tcp_ports(instance).map(move |published| (instance, published)))
        .filter(|(_, published)| !machine::is_free(published.ip, published.port))
        .collect();
    if published.is_empty() {
        return Ok(());
    }
    // What our own containers hold they give up in time.
    let held = engine.host_ports().await?;
    let ours = |port: u16| {
        held.iter().any(|h| h.port == port && h.stack.as_deref() == Some(&prepared.loaded.stack.name))
    };
    let host_network = |instance: &Instance| {
        instance.spec.host_network && prepared.observed.container(&instance.spec.name).is_some()
    };
    let taken = published.into_iter().find(|(instance, p)| !ours(p.port) && !host_network(instance));
    let Some((instance, published)) = taken else { return Ok(()) };
    let container =
        held.iter().find(|h| h.port == published.port).map(|h| format!("the container `{}`", h.container));
    let process = || {
        let listener =
            machine::listeners(&[published.port]).into_iter().find_map(|listener| listener.process);
        listener.map(|process| format!("process {} ({})", process.pid, process.name))
    };
    let holder = container.or_else(process).unwrap_or_else(|| "somebody else".to_owned());
    Err(Error::Environment {
        message: format!(
            "port {}:{} for {} is taken by {holder}",
            published.ip, published.port, instance.name
        ),
        causes: Vec::new(),
        hint: format!(
            "free it, or choose another port for `{}` in stack.yml, then run this again",
            instance.name
        ),
    })
}

/// The TCP ports of an instance on the host. A UDP port that somebody holds is found when the container starts.
fn tcp_ports(instance: &Instance) -> impl Iterator<Item = Published> + '_ {
    let further = instance.spec.more_ports.iter().filter(|port| port.protocol == Protocol::Tcp);
    instance.published.into_iter().chain(further.map(|port| port.published))
}
