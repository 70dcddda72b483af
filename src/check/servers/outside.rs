//! Addresses that are not written in `stack.yml` itself: in the files of secret URLs, and in templates of the user.

use std::collections::BTreeSet;

use super::{THE_HOST, leads_back, own_hosts};
use crate::check::tree;
use crate::kernel::{Diagnostic, address};
use crate::model::artifact::{Artifact, Author};
use crate::model::component::Content;
use crate::model::node::{Node, Value};
use crate::model::shape::SecretContent;
use crate::model::stack::{Instance, SecretFile, Stack};
use crate::source::{self, Document, scalar};

/// Checks the URLs that receivers read from files. Nothing of them but the host is shown.
pub fn secrets(document: &Document, stack: &Stack, artifacts: &[Artifact], found: &mut Vec<Diagnostic>) {
    for secret in stack.secrets.iter().filter(|secret| secret.content == SecretContent::Url) {
        let path = format!("secrets/{}", secret.name);
        let artifact = artifacts.iter().find(|a| a.component == secret.component && a.path == path);
        let Some(url) = artifact.and_then(Artifact::text) else { continue };
        found
            .extend(container(stack, secret, url.trim()).map(|one| one.at(document.value_place(&secret.at))));
        let Some(host) = own_hosts(url.trim()).next() else { continue };
        let message = format!(
            "the URL in the file of `{}` leads to the container of `{}` itself",
            secret.at, secret.component
        );
        found.push(
            Diagnostic::warning("SC485", message)
                .at(document.value_place(&secret.at))
                .hint(format!("write `{THE_HOST}` in place of `{host}` into the file for this host, or the name of the container that is meant")),
        );
    }
}

/// A URL with the name of a container, for a component that joins none of the networks that could have it: what is in a
/// file does not decide which networks are joined.
fn container(stack: &Stack, secret: &SecretFile, url: &str) -> Option<Diagnostic> {
    let client = stack.instance(&secret.component).filter(|client| client.spec.networks.is_empty())?;
    let (host, _) = address::host_and_port(address::server(url))?;
    let is_container = !host.is_empty() && !host.contains(['.', ':', '[']) && !address::is_own(host);
    if stack.networks.is_empty() || client.spec.host_network || !is_container {
        return None;
    }
    let message = format!(
        "the URL in the file of `{}` has the name of a container, and `{}` joins no network that may have it",
        secret.at, client.name
    );
    Some(Diagnostic::warning("SC515", message).hint(format!(
        "write `{}: {{networks: [{}]}}`",
        client.name,
        stack.networks.join(", ")
    )))
}

/// Checks what the user's templates of configuration files say besides the addresses of `stack.yml`.
pub fn templates(
    stack: &Stack,
    artifacts: &[Artifact],
    written: &BTreeSet<String>,
    found: &mut Vec<Diagnostic>,
) {
    for artifact in artifacts.iter().filter(|artifact| matches!(artifact.author, Author::User { .. })) {
        let Some(instance) = stack.instance(&artifact.component) else { continue };
        let row = instance.row.filter(|_| !instance.spec.host_network);
        let mut files = row.map(|row| row.files).unwrap_or_default().iter();
        let is_template = files.any(|file| file.content == Content::Template && file.path == artifact.path);
        let is_yaml = [".yml", ".yaml"].iter().any(|ending| artifact.path.ends_with(ending));
        let Some(text) = artifact.text().filter(|_| is_template && is_yaml) else { continue };
        // What cannot be read is found elsewhere.
        let (root, _) = source::parse(text, &format!("{}/{}", artifact.component, artifact.path).into());
        let mut addresses = Vec::new();
        root.iter().for_each(|root| collect(root, &mut addresses));
        for node in addresses {
            let address = tree::text(node).unwrap_or_default();
            let host = own_host(instance, address).filter(|_| !written.contains(address));
            found.extend(host.map(|host| leads_back(instance, address, host).at(node.place.clone())));
        }
    }
}

/// The values of keys that hold addresses to connect to.
fn collect<'a>(node: &'a Node, addresses: &mut Vec<&'a Node>) {
    match &node.value {
        Value::Sequence(items) => items.iter().for_each(|item| collect(item, addresses)),
        Value::Mapping(entries) => {
            for entry in entries {
                let is_address =
                    entry.key == "url" || entry.key.ends_with("_url") || entry.key.ends_with("smarthost");
                match &entry.node.value {
                    Value::Scalar { .. } if is_address => addresses.push(&entry.node),
                    Value::Sequence(items) if entry.key == "targets" => addresses.extend(items),
                    _ => collect(&entry.node, addresses),
                }
            }
        }
        Value::Null | Value::Scalar { .. } => {}
    }
}

/// The host of an address that leads back; a component may well ask itself at its own port.
fn own_host<'a>(instance: &Instance, address: &'a str) -> Option<&'a str> {
    let is_address = address.contains("://") || scalar::is_target(address);
    let port = address::host_and_port(address::server(address)).and_then(|(_, port)| port);
    own_hosts(address).next().filter(|_| is_address && port != Some(instance.spec.port))
}
