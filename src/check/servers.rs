//! The servers that components connect to: an address that leads back to the component's own container.

use crate::catalog;
use crate::kernel::{Diagnostic, text};
use crate::model::shape::Kind;
use crate::model::stack::{Instance, Stack};
use crate::resolve::place_of;
use crate::source::Document;

/// Checks every setting that is the address of a server. With the host's network, `localhost` is the host.
pub fn check(document: &Document, stack: &Stack, found: &mut Vec<Diagnostic>) {
    for instance in stack.instances.iter().filter(|instance| !instance.spec.host_network) {
        for (key, address) in servers(instance) {
            let Some(host) = host(&address).filter(|host| leads_back(host)) else { continue };
            let message = format!(
                "seen from the container of the {}, `{}` is that container itself",
                instance.title,
                text::shown(&address)
            );
            let other = address.replacen(host, "host.docker.internal", 1);
            found.push(
                Diagnostic::warning("SC485", message)
                    .at(document.value_place(&place_of(instance).key(key)))
                    .hint(format!("write `{}` for the host", text::shown(&other))),
            );
        }
    }
}

fn servers(instance: &Instance) -> Vec<(&'static str, String)> {
    let Some(row) = instance.row else { return Vec::new() };
    let fields = catalog::keys_of(Kind::Component(row.name)).unwrap_or_default();
    let server = fields.into_iter().filter(|field| matches!(field.kind, Kind::Server(_)));
    server.filter_map(|field| Some((field.key, instance.setting(field.key)?))).collect()
}

/// The host of `scheme://user@host:port/path`, of which only the host must be there.
fn host(address: &str) -> Option<&str> {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let server = text::server(rest);
    match server.find(']') {
        Some(end) if server.starts_with('[') => server.get(..=end),
        _ => server.split(':').next(),
    }
}

/// True for the names that every container has for itself.
pub fn leads_back(host: &str) -> bool {
    host == "localhost" || host == "[::1]" || host.starts_with("127.")
}
