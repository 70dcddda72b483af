//! Targets that are not worth scraping, and webhooks that lead back to Alertmanager.

use crate::catalog::{self, FOREIGN_PORTS};
use crate::kernel::{Diagnostic, address, text};
use crate::model::node::At;
use crate::model::stack::{Instance, JobSource, Stack};
use crate::source::Document;

/// What stands for the host in every container on the stack's network.
const THE_HOST: &str = "host.docker.internal";

/// Checks the targets of applications and the webhooks of receivers.
pub fn check(document: &Document, stack: &Stack, found: &mut Vec<Diagnostic>) {
    for job in &stack.jobs {
        let JobSource::App { app, .. } = &job.source else { continue };
        for (index, target) in app.targets.iter().enumerate() {
            let Some((host, Some(port))) = address::host_and_port(target) else { continue };
            let Some(problem) = foreign(target, port).or_else(|| published(stack, target, host, port)) else {
                continue;
            };
            let at = At::root().key("apps").key(&job.name).key("targets").index(index);
            found.push(problem.at(document.value_place(&at)));
        }
    }
    webhooks(document, stack, found);
}

/// A port of a server that does not speak HTTP.
fn foreign(target: &str, port: u16) -> Option<Diagnostic> {
    let (_, protocol, hint) = FOREIGN_PORTS.iter().find(|(foreign, ..)| *foreign == port)?;
    let message = format!(
        "`{}` is a port of {protocol}, not of HTTP: Prometheus cannot scrape it",
        text::shown(target)
    );
    Some(Diagnostic::warning("SC491", message).hint(*hint))
}

/// A published port of the stack itself, on the address of the host.
fn published(stack: &Stack, target: &str, host: &str, port: u16) -> Option<Diagnostic> {
    let is_it = |instance: &&Instance| is_published(instance, host, Some(port));
    let instance = stack.instances.iter().find(is_it)?;
    let name = text::shown(&instance.name);
    let hint = if stack.jobs.iter().any(|job| job.name == instance.name) {
        format!("remove it: the job `{name}` scrapes it already")
    } else {
        format!("write `{}`", instance.server())
    };
    let message =
        format!("`{}` is the published port of `{name}`, a component of this stack", text::shown(target));
    Some(Diagnostic::warning("SC490", message).hint(hint))
}

/// True for the published port of a component under an address of the host that containers reach.
fn is_published(instance: &Instance, host: &str, port: Option<u16>) -> bool {
    instance.spec.published.is_some_and(|published| {
        let reached = !published.ip.is_loopback() && (host == THE_HOST || host == published.ip.to_string());
        reached && port == Some(published.port)
    })
}

/// Receivers that send to the Alertmanager they belong to.
fn webhooks(document: &Document, stack: &Stack, found: &mut Vec<Diagnostic>) {
    let Some(notifier) = stack.instance(catalog::NOTIFIER) else { return };
    let leads_back = |url: &str| {
        let server = address::host_and_port(address::server(url));
        server.is_some_and(|(host, port)| {
            let named = notifier.spec.aliases.iter().chain([&notifier.spec.name]).any(|name| name == host);
            (named && port == Some(notifier.spec.port)) || is_published(notifier, host, port)
        })
    };
    for receiver in &stack.notify.receivers {
        for (_, integration) in &receiver.integrations {
            let url = integration.get("url").and_then(serde_json::Value::as_str);
            if !url.is_some_and(leads_back) {
                continue;
            }
            let receivers = At::root().key("notify").key("receivers");
            let at = receivers.key(&receiver.name).key("webhook").key("url");
            let message = format!(
                "the webhook of `{}` leads to `{}` itself, which takes no notifications",
                text::shown(&receiver.name),
                notifier.name
            );
            found.push(
                Diagnostic::warning("SC492", message)
                    .at(document.value_place(&at))
                    .hint("write the URL of the program that takes the notifications"),
            );
        }
    }
}
