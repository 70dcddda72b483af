//! Ports that somebody else holds, found before anything is stopped or made.

use super::Error;
use super::prepare::Prepared;
use crate::engine::Engine;
use crate::model::component::Protocol;
use crate::model::plan::{Action, Step, Subject};
use crate::model::stack::{Instance, Published};
use crate::workdir::machine;

/// Looks at the ports of every container that will be made. Only possible where the daemon is on this machine.
pub async fn ports(engine: &Engine, prepared: &Prepared) -> Result<(), Error> {
    if !engine.choice.host.is_local() {
        return Ok(());
    }
    let made = |step: &&Step| matches!(step.action, Action::Create | Action::Replace);
    let published: Vec<(&Instance, Published)> = prepared
        .plan
        .steps
        .iter()
        .filter(made)
        .filter_map(|step| match &step.subject {
            Subject::Container(name) => prepared.loaded.stack.instance(name),
            _ => None,
        })
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
