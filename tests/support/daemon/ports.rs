//! Published ports of a container that is being started: who holds them, and the engine's words when someone else does.

use std::io::ErrorKind;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::program::Program;
use super::world::{Published, World};

/// The ports of a container, and listeners for those that its program serves.
pub(super) struct Bound {
    pub(super) published: Vec<Published>,
    pub(super) listeners: Vec<TcpListener>,
}

impl World {
    /// Takes the ports that a container publishes; those that its program answers on are taken for real.
    ///
    /// Only exposed ports count: the engine ignores bindings of ports that are not in `ExposedPorts`.
    pub(super) fn bind_ports(&mut self, container: usize, program: &Program) -> Result<Bound, String> {
        let found = &self.containers[container];
        let mode = found.host["NetworkMode"].as_str().unwrap_or_default();
        let mut bound = Bound { published: Vec::new(), listeners: Vec::new() };
        if mode == "host" {
            bound.listeners = program.addresses.iter().filter_map(|at| TcpListener::bind(at).ok()).collect();
        }
        if matches!(mode, "host" | "none") {
            return Ok(bound);
        }
        let exposed: Vec<String> = found.config["ExposedPorts"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(port, _)| port.clone())
            .collect();
        let bindings = found.host["PortBindings"].clone();
        let address = found.endpoints.first().map_or_else(String::new, |endpoint| endpoint.address.clone());
        for port in exposed {
            for binding in bindings[&port].as_array().into_iter().flatten() {
                let real = program.port.is_some_and(|number| port == format!("{number}/tcp"));
                self.bind((&address, &port), binding, real, &mut bound)?;
            }
        }
        Ok(bound)
    }

    fn bind(
        &self,
        (address, port): (&str, &str),
        binding: &Value,
        served: bool,
        bound: &mut Bound,
    ) -> Result<(), String> {
        let asked = binding["HostIp"].as_str().unwrap_or_default();
        let ip = if asked.is_empty() { "0.0.0.0" } else { asked };
        let wanted: u16 = binding["HostPort"].as_str().and_then(|port| port.parse().ok()).unwrap_or(0);
        let kind = port.split('/').nth(1).unwrap_or("tcp");
        if wanted != 0 && self.is_published(ip, wanted, kind, &bound.published) {
            return Err(format!("Bind for {ip}:{wanted} failed: port is already allocated"));
        }
        let proxy = |reason: &str| {
            self.engine.either(
                format!("Error starting userland proxy: listen {kind}4 {ip}:{wanted}: bind: {reason}"),
                format!("failed to bind host port for {ip}:{wanted}:{address}:{port}: {reason}"),
            )
        };
        let overlaps = |held: &str| held == ip || held == "0.0.0.0" || ip == "0.0.0.0";
        if self.occupied.iter().any(|(held, port)| *port == wanted && overlaps(held)) {
            return Err(proxy("address already in use"));
        }
        // A port that is served is taken for real; for others only the address is tried, with a port of the kernel's choice.
        let tried = listen(ip, if served { wanted } else { 0 });
        let listener = tried.map_err(|error| match error.kind() {
            ErrorKind::AddrInUse => proxy("address already in use"),
            ErrorKind::AddrNotAvailable => proxy("cannot assign requested address"),
            _ => proxy(&error.to_string()),
        })?;
        let chosen = listener.local_addr().map_or(0, |address| address.port());
        let host_port = if wanted == 0 { chosen } else { wanted };
        let ips: &[&str] = if asked.is_empty() { &["0.0.0.0", "::"] } else { &[ip] };
        for host_ip in ips {
            let (port, host_ip) = (port.to_owned(), (*host_ip).to_owned());
            bound.published.push(Published { port, host_ip, host_port });
        }
        if served {
            bound.listeners.push(listener);
        }
        Ok(())
    }

    fn is_published(&self, ip: &str, port: u16, kind: &str, own: &[Published]) -> bool {
        let others = self.containers.iter().flat_map(|container| &container.published);
        others.chain(own).any(|held| {
            held.host_port == port
                && held.port.ends_with(kind)
                && (held.host_ip == ip || held.host_ip == "0.0.0.0" || ip == "0.0.0.0")
        })
    }
}

/// A listener. A process that another test is just starting holds the listeners of this one until it is its own program:
/// an address that has been given back may be in use for a moment longer.
fn listen(ip: &str, port: u16) -> std::io::Result<TcpListener> {
    let deadline = Instant::now() + Duration::from_millis(500);
    loop {
        match TcpListener::bind((ip, port)) {
            Err(error) if error.kind() == ErrorKind::AddrInUse && Instant::now() < deadline => {
                std::thread::park_timeout(Duration::from_millis(10));
            }
            other => return other,
        }
    }
}
