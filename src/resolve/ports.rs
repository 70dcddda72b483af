//! No two components on one port of the host.

use super::instance::place_of;
use crate::kernel::Diagnostic;
use crate::model::node::At;
use crate::model::stack::{Instance, Stack};
use crate::source::Document;

/// Reports components that would take the same port on the host.
pub fn check(stack: &Stack, document: &Document, found: &mut Vec<Diagnostic>) {
    let mut taken: Vec<(u16, &Instance)> = Vec::new();
    for instance in &stack.instances {
        let Some(published) = instance.published else { continue };
        match taken.iter().find(|(port, _)| *port == published.port) {
            Some((port, other)) => {
                let here = port_of(instance);
                let message =
                    format!("`{}` and `{}` both publish {}:{port}", other.name, instance.name, published.ip);
                found.push(
                    Diagnostic::error("SC201", message)
                        .at(document.value_place(&here).or_else(|| document.value_place(&port_of(other))))
                        .hint(format!("set `{here}` to a free port")),
                );
            }
            None => taken.push((published.port, instance)),
        }
    }
}

/// Where the port of an instance stands, or would stand.
fn port_of(instance: &Instance) -> At {
    place_of(instance).key(if instance.row.is_some() { "port" } else { "publish" })
}
