//! No two components on one port of the host.

use super::instance::place_of;
use crate::kernel::Diagnostic;
use crate::model::component::Protocol;
use crate::model::node::At;
use crate::model::stack::{Instance, Published, Stack};
use crate::source::Document;

/// A port on the host and the setting it comes from.
struct Taken<'a> {
    instance: &'a Instance,
    protocol: Protocol,
    published: Published,
    setting: &'static str,
}

/// A port of a component on the host, and the setting that chooses it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortSetting {
    /// Where it is.
    pub published: Published,
    /// What is spoken on it.
    pub protocol: Protocol,
    /// The setting in `stack.yml`.
    pub setting: At,
}

/// Every port of a component on the host.
pub fn host_ports(instance: &Instance) -> Vec<PortSetting> {
    ports(instance)
        .into_iter()
        .map(|port| PortSetting { published: port.published, protocol: port.protocol, setting: port.place() })
        .collect()
}

/// Reports components that would take the same port on the host, or one component that takes it twice.
pub fn check(stack: &Stack, document: &Document, found: &mut Vec<Diagnostic>) {
    let mut taken: Vec<Taken<'_>> = Vec::new();
    for port in stack.instances.iter().flat_map(ports) {
        let same = |other: &&Taken<'_>| {
            other.published.port == port.published.port && other.protocol == port.protocol
        };
        match taken.iter().find(same) {
            Some(other) => {
                let message = format!(
                    "`{}` and `{}` both publish {}:{}",
                    other.instance.name, port.instance.name, port.published.ip, port.published.port
                );
                let (here, there) = (port.place(), other.place());
                found.push(
                    Diagnostic::error("SC201", message)
                        .at(document.value_place(&here).or_else(|| document.value_place(&there)))
                        .hint(format!("set `{here}` to a free port")),
                );
            }
            None => taken.push(port),
        }
    }
}

/// Every port of an instance on the host.
fn ports(instance: &Instance) -> Vec<Taken<'_>> {
    let setting = if instance.row.is_some() { "port" } else { "publish" };
    let main =
        instance.published.map(|published| Taken { instance, protocol: Protocol::Tcp, published, setting });
    let rows = instance.row.map(|row| row.more_ports).unwrap_or_default();
    let further = instance.spec.more_ports.iter().filter_map(|port| {
        let row = rows.iter().find(|row| row.inside == port.inside && row.protocol == port.protocol)?;
        Some(Taken { instance, protocol: port.protocol, published: port.published, setting: row.setting })
    });
    main.into_iter().chain(further).collect()
}

impl Taken<'_> {
    /// Where the port stands, or would stand.
    fn place(&self) -> At {
        place_of(self.instance).key(self.setting)
    }
}
