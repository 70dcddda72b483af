//! Which networks a component joins, and the one name under which the others of its stack find it.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::catalog;
use crate::kernel::address;
use crate::model::component::{Component, Network};
use crate::model::stack::Stack;

/// The name of a component for the others of its stack. It is an alias in the stack's own network only, so that no
/// network that both of them joined gives another answer.
pub fn host(stack: &Stack, component: &str) -> String {
    format!("{0}-{component}.{0}", stack.name)
}

/// The networks of others that a component joins.
pub fn joined(stack: &Stack, row: &Component, values: &BTreeMap<String, Value>) -> Vec<String> {
    let own = values.get("networks").and_then(Value::as_array);
    let own = own.map(|names| names.iter().filter_map(Value::as_str).map(str::to_owned).collect());
    match row.network {
        Network::Joined => own.unwrap_or_else(|| stack.networks.clone()),
        Network::Stack => own.unwrap_or_default(),
        Network::Private | Network::Host => Vec::new(),
    }
}

/// Alertmanager joins the networks of the stack when a receiver has the name of a container, which only a network tells.
pub fn of_notifier(stack: &mut Stack) {
    let receivers = stack.notify.receivers.iter().flat_map(|receiver| &receiver.integrations);
    let mut needs = receivers.map(|(_, settings)| settings).any(names_container);
    needs |= stack.notify.smtp.as_ref().is_some_and(|smtp| is_container(&smtp.smarthost));
    let networks = stack.networks.clone();
    let notifier = stack.instances.iter_mut().find(|instance| instance.name == catalog::NOTIFIER);
    if let Some(notifier) = notifier.filter(|i| needs && !i.settings.contains_key("networks")) {
        notifier.spec.networks = networks;
    }
}

fn names_container(settings: &Value) -> bool {
    match settings {
        Value::Object(map) => map.iter().any(|(key, value)| match value {
            Value::String(text) => (key.ends_with("url") || key.ends_with("smarthost")) && is_container(text),
            other => names_container(other),
        }),
        Value::Array(items) => items.iter().any(names_container),
        _ => false,
    }
}

/// A name without a dot is that of a container.
fn is_container(address: &str) -> bool {
    let host = address::host_and_port(address::server(address)).map(|(host, _)| host);
    host.is_some_and(|host| {
        !host.is_empty() && !host.contains(['.', ':', '[', '{']) && !address::is_own(host)
    })
}
