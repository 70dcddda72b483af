//! Addresses that lead back to the container that connects to them: `localhost` and its like, wherever an address may be
//! written in `stack.yml`, in a file with a secret URL, or in a template of the user.

mod outside;
mod texts;

use std::collections::BTreeSet;

use crate::catalog;
use crate::kernel::{Diagnostic, address, text};
use crate::model::artifact::Artifact;
use crate::model::node::{Node, Value};
use crate::model::shape::Kind;
use crate::model::stack::{Instance, Stack};
use crate::source::{Document, scalar};

/// What stands for the host in every container on the stack's network.
const THE_HOST: &str = "host.docker.internal";

/// Checks every address. With the host's network, `localhost` is the host.
pub fn check(document: &Document, stack: &Stack, artifacts: &[Artifact], found: &mut Vec<Diagnostic>) {
    let mut walk = Walk { stack, path: Vec::new(), found: Vec::new(), written: BTreeSet::new() };
    if let Some(root) = &document.root {
        walk.node(root, Kind::Object(catalog::STACK_FILE));
    }
    found.append(&mut walk.found);
    outside::secrets(document, stack, artifacts, found);
    outside::templates(stack, artifacts, &walk.written, found);
}

/// The hosts in an address that lead back to who connects.
fn own_hosts(address: &str) -> impl Iterator<Item = &str> {
    let servers = address::server(address).split(',');
    servers.filter_map(|server| Some(address::host_and_port(server)?.0)).filter(|host| address::is_own(host))
}

fn leads_back(instance: &Instance, address: &str, host: &str) -> Diagnostic {
    let message = format!(
        "`{}` leads to the container of `{}` itself",
        text::shown(address),
        text::shown(&instance.name)
    );
    let other = address.replacen(host, THE_HOST, 1);
    Diagnostic::warning("SC485", message).hint(format!(
        "write `{}` for this host, or the name of the container that is meant",
        text::shown(&other)
    ))
}

/// A walk through `stack.yml`.
struct Walk<'a> {
    stack: &'a Stack,
    /// Keys from the root.
    path: Vec<&'a str>,
    found: Vec<Diagnostic>,
    /// The addresses that were found.
    written: BTreeSet<String>,
}

impl<'a> Walk<'a> {
    fn node(&mut self, node: &'a Node, kind: Kind) {
        match (&node.value, kind) {
            (Value::Mapping(entries), kind) => {
                let fields = catalog::keys_of(kind);
                for entry in entries {
                    let of = match (&fields, kind) {
                        (Some(fields), _) => {
                            fields.iter().find(|field| field.key == entry.key).map(|field| field.kind)
                        }
                        (None, Kind::Map(of) | Kind::NamedMap(of)) => Some(*of),
                        _ => None,
                    };
                    let Some(of) = of else { continue };
                    self.path.push(&entry.key);
                    self.node(&entry.node, of);
                    self.path.pop();
                }
            }
            (Value::Sequence(items), _) if self.path.last() == Some(&"args") => self.arguments(items),
            (Value::Sequence(items), Kind::List(of) | Kind::OneOrMany(of)) => {
                items.iter().for_each(|item| self.node(item, *of));
            }
            (Value::Scalar { .. }, Kind::OneOrMany(of)) => self.node(node, *of),
            (Value::Scalar { text, quoted, .. }, kind) => self.scalar(node, text, *quoted, kind),
            _ => {}
        }
    }

    fn scalar(&mut self, node: &'a Node, written: &'a str, quoted: bool, kind: Kind) {
        let connects =
            matches!(kind, Kind::Url | Kind::Request | Kind::Target | Kind::ScrapeTarget | Kind::Server(_));
        match (kind, self.path.as_slice()) {
            // What is not of its kind has been reported.
            (kind, _) if connects && scalar::value(written, quoted, kind).is_some() => {
                own_hosts(written).for_each(|host| self.report(node, written, host));
                let host = address::host_and_port(address::server(written)).map(|(host, _)| host);
                host.into_iter().for_each(|host| self.generic(node, host));
            }
            (Kind::Host, _) if self.stack.instance(written).is_some() => self.generic(node, written),
            (Kind::Host, _) if address::is_own(written) => self.report(node, written, written),
            (Kind::Text, [.., "env", name]) => self.text(node, name, written),
            _ => {}
        }
    }

    /// `--flag=address` and `--flag address`.
    fn arguments(&mut self, items: &'a [Node]) {
        let mut flag = "";
        for item in items {
            let Value::Scalar { text, .. } = &item.value else { continue };
            let before = std::mem::take(&mut flag);
            let Some(written) = text.strip_prefix("--").or_else(|| text.strip_prefix('-')) else {
                self.text(item, before, text);
                continue;
            };
            match written.split_once('=') {
                Some((name, value)) => self.text(item, name, value),
                None => flag = written,
            }
        }
    }

    /// A text that may be an address, as its name tells.
    fn text(&mut self, node: &'a Node, name: &str, written: &'a str) {
        if let Some(host) = texts::own_host(name, written) {
            self.report(node, written, host);
        }
    }

    /// The name of a component alone: without networks of others nothing has it.
    fn generic(&mut self, node: &Node, host: &str) {
        let Some(client) = self.client().filter(|client| client.spec.networks.is_empty()) else { return };
        let Some(named) = self.stack.instance(host) else { return };
        let message = format!("`{host}` is no name in the network of `{}`", text::shown(&client.name));
        let hint = format!(
            "join the network that has it with `networks`; the component of this stack is `{}`",
            named.host()
        );
        self.found.push(Diagnostic::warning("SC514", message).at(node.place.clone()).hint(hint));
    }

    fn report(&mut self, node: &Node, address: &str, host: &str) {
        let Some(instance) = self.client() else { return };
        self.found.push(leads_back(instance, address, host).at(node.place.clone()));
        self.written.insert(address.to_owned());
    }

    /// Who connects to the address at this path; none when it is not in the stack or uses the host's network.
    fn client(&self) -> Option<&'a Instance> {
        let name = match self.path.as_slice() {
            ["apps", _, "health", ..] => catalog::PROBER,
            ["apps", ..] => catalog::SCRAPER,
            ["notify", ..] => catalog::NOTIFIER,
            ["exporters", "custom", name, ..] | ["exporters" | "logs", name, ..] | [name, ..] => name,
            [] => return None,
        };
        self.stack.instance(name).filter(|instance| !instance.spec.host_network)
    }
}
