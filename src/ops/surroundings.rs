//! What the networks of others mean for a stack: whether they are there, and who else answers to the names in use.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Error;
use super::preflight::missing_network;
use crate::engine::{Engine, Named};
use crate::kernel::{Diagnostic, Place, address, text};
use crate::model::node::At;
use crate::model::stack::{Instance, JobSource, Stack};
use crate::resolve::place_of;
use crate::source::Document;

/// Checks every network that a component joins.
pub async fn check(engine: &Engine, stack: &Stack, document: &Document) -> Result<Vec<Diagnostic>, Error> {
    let joined: BTreeSet<&String> = stack.instances.iter().flat_map(|i| &i.spec.networks).collect();
    let mut found = Vec::new();
    for network in joined {
        let place = place(stack, document, network);
        match engine.names_in_network(network).await? {
            None => {
                let command = engine.daemon().await?.product.command();
                found.push(missing(network, command).at(place));
            }
            Some(named) => {
                let collisions = taken(stack, network, &named).chain(ambiguous(stack, network, &named));
                found.extend(collisions.map(|collision| collision.at(place.clone())));
            }
        }
    }
    Ok(found)
}

fn missing(network: &str, command: &str) -> Diagnostic {
    Diagnostic::error("SC511", format!("there is no network `{}`", text::shown(network)))
        .hint(missing_network(network, command))
}

/// Where `stack.yml` names a network.
fn place(stack: &Stack, document: &Document, network: &str) -> Option<Place> {
    let of_stack = document.config.networks.iter().position(|name| name == network);
    let of_stack = of_stack.map(|index| At::root().key("networks").index(index));
    let of_component = || {
        let joins = |instance: &&Instance| instance.spec.networks.iter().any(|name| name == network);
        let instance = stack.instances.iter().find(joins)?;
        let index = instance.spec.networks.iter().position(|name| name == network)?;
        Some(place_of(instance).key("networks").index(index))
    };
    document.value_place(&of_stack.or_else(of_component)?)
}

/// Containers of others that have a name by which components of this stack are found.
fn taken<'a>(
    stack: &'a Stack,
    network: &'a str,
    named: &'a [Named],
) -> impl Iterator<Item = Diagnostic> + 'a {
    let strangers = named.iter().filter(|one| one.stack.as_deref() != Some(&stack.name));
    let collisions = |stranger: &'a Named| {
        let ours = |instance: &&Instance| {
            [instance.host(), instance.spec.name.as_str()]
                .iter()
                .any(|name| stranger.names.iter().any(|n| n == name))
        };
        stack.instances.iter().filter(ours).map(move |instance| (stranger, instance))
    };
    strangers.flat_map(collisions).map(move |(stranger, instance)| {
        let message = format!(
            "the container {} answers to `{}` on `{network}`, which is the name of `{}`",
            stranger.container, instance.spec.name, instance.name
        );
        Diagnostic::error("SC512", message).hint(format!(
            "remove this alias of `{}`, or set another `name:` in stack.yml",
            stranger.container.name
        ))
    })
}

/// Names in use that several containers have: each answers some of the requests.
fn ambiguous<'a>(
    stack: &'a Stack,
    network: &'a str,
    named: &'a [Named],
) -> impl Iterator<Item = Diagnostic> + 'a {
    let mut holders: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for one in named {
        for name in &one.names {
            holders.entry(name).or_default().insert(&one.container.name);
        }
    }
    let hosts = hosts(stack);
    let several =
        holders.into_iter().filter(move |(name, containers)| containers.len() > 1 && hosts.contains(*name));
    several.map(move |(name, containers)| {
        let containers: Vec<&str> = containers.into_iter().collect();
        let message = format!("`{name}` is several containers on `{network}`: {}", text::list(&containers));
        Diagnostic::warning("SC513", message).hint(format!(
            "each of them answers some requests: write the name of the one that is meant, such as `{}`",
            containers[0]
        ))
    })
}

/// The hosts that this stack connects to.
fn hosts(stack: &Stack) -> BTreeSet<String> {
    let settings = stack.instances.iter().flat_map(|instance| &instance.settings);
    let settings = settings.filter(|(key, _)| matches!(key.as_str(), "address" | "uri"));
    let addresses = settings.filter_map(|(_, value)| value.as_str().map(str::to_owned));
    let targets = stack.jobs.iter().flat_map(|job| match &job.source {
        JobSource::App { app, .. } => app.targets.clone(),
        JobSource::Blackbox { targets, .. } => targets.clone(),
        JobSource::Component { .. } => Vec::new(),
    });
    let receivers = stack.notify.receivers.iter().flat_map(|receiver| &receiver.integrations);
    let urls =
        receivers.filter_map(|(_, settings)| settings.get("url").and_then(Value::as_str).map(str::to_owned));
    let all = addresses.chain(targets).chain(urls);
    all.filter_map(|one| Some(address::host_and_port(address::server(&one))?.0.to_owned())).collect()
}
