//! The stack's ports on the host: free, ours, or somebody else's.

use std::net::{IpAddr, SocketAddr};

use crate::model::doctor::{Finding, Severity};
use crate::ops::doctor::facts::{Answering, ComponentFacts, StackFacts};
use crate::workdir::machine::Listener;

/// What to do when a port is taken, besides ending who has it.
const OTHER: &str = "choose another with `port:` in stack.yml";

/// One finding per port.
pub fn findings(stack: &StackFacts, answering: Option<&Answering>, local: bool) -> Vec<Finding> {
    let of = |component: &ComponentFacts| {
        component.port.map(|(ip, port)| judge(stack, (answering, local), component, (ip, port)))
    };
    stack.components.iter().filter_map(of).collect()
}

fn judge(
    stack: &StackFacts,
    (answering, local): (Option<&Answering>, bool),
    component: &ComponentFacts,
    (ip, port): (Option<IpAddr>, u16),
) -> Finding {
    let name = match ip {
        Some(ip) => format!("port {}", SocketAddr::new(ip, port)),
        None => format!("port {port}"),
    };
    let of = &component.name;
    if let Some(ip) = ip.filter(|ip| local && stack.missing_addresses.contains(ip)) {
        let detail = format!("`{of}` is to listen on {ip}, and this machine has no such address");
        return Finding::new(name, Severity::Error, detail).fix("correct `bind:` in stack.yml");
    }
    let containers = answering.map(|answering| answering.ports.as_slice()).unwrap_or_default();
    let holder = containers.iter().find(|held| held.port == port && overlap(ip, held.ip));
    if let Some(holder) = holder {
        let container = &holder.container;
        return match &holder.stack {
            Some(owner) if *owner == stack.name => {
                Finding::new(name, Severity::Ok, format!("held by this stack's `{container}`"))
            }
            owner => {
                let whose = owner.as_ref().map_or(String::new(), |name| format!(" of the stack `{name}`"));
                let command = answering.map_or("docker", |answering| answering.daemon.product.command());
                let detail = format!("`{of}` needs it, and the container `{container}`{whose} holds it");
                Finding::new(name, Severity::Error, detail)
                    .fix(format!("`{command} stop {container}`, or {OTHER}"))
            }
        };
    }
    if !local {
        let detail = match answering {
            Some(_) => {
                "no container holds it; other processes of the daemon's machine are not visible from here"
            }
            None => "not checked: it is a port of the daemon's machine",
        };
        return Finding::new(name, Severity::Ok, detail);
    }
    match stack.listeners.iter().find(|held| held.port == port && overlap(ip, held.ip)) {
        // A proxy of the engine listens for the container.
        Some(listener) if runs(answering, of) && (component.host_network || is_proxy(listener)) => {
            Finding::new(name, Severity::Ok, format!("held by this stack's `{of}`"))
        }
        Some(listener) => taken(name, of, listener),
        None => Finding::new(name, Severity::Ok, format!("free for `{of}`")),
    }
}

fn runs(answering: Option<&Answering>, component: &str) -> bool {
    let seen = answering.and_then(|answering| answering.stack.as_ref());
    seen.is_some_and(|seen| seen.running.iter().any(|running| running == component))
}

/// A process that an engine runs for the published ports of its containers.
fn is_proxy(listener: &Listener) -> bool {
    const PROXIES: [&str; 8] = [
        "docker-proxy",
        "rootlesskit",
        "rootlessport",
        "slirp4netns",
        "pasta",
        "pasta.avx2",
        "conmon",
        "gvproxy",
    ];
    listener.process.as_ref().is_some_and(|process| PROXIES.contains(&process.name.as_str()))
}

fn taken(name: String, of: &str, listener: &Listener) -> Finding {
    let at = SocketAddr::new(listener.ip, listener.port);
    let (who, fix) = match &listener.process {
        Some(process) => (
            format!("`{}` (process {})", process.name, process.pid),
            format!("stop `{}`, or {OTHER}", process.name),
        ),
        None => (
            format!("a process of uid {}", listener.uid),
            format!("run `stackctl doctor` as root to see which process it is, or {OTHER}"),
        ),
    };
    Finding::new(name, Severity::Error, format!("`{of}` needs it, and {who} listens on {at}")).fix(fix)
}

/// Both cannot be listened on at once. No address stands for the one of the host in the stack's network, on which
/// nobody but the stack listens.
fn overlap(wanted: Option<IpAddr>, held: IpAddr) -> bool {
    // A socket on `::` takes the IPv4 addresses too, unless it was told not to.
    let all = |any: IpAddr, other: IpAddr| any.is_unspecified() && (any.is_ipv6() || other.is_ipv4());
    match wanted {
        None => held.is_unspecified(),
        Some(wanted) => wanted == held || all(held, wanted) || all(wanted, held),
    }
}
