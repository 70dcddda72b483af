//! Where a component answers, seen from here.

use std::net::{IpAddr, SocketAddr};

use crate::engine::{Engine, Inspected};
use crate::model::stack::{Instance, Stack};
use crate::ops::Error;
use crate::probe::Endpoint;

/// The address of a component as `http://host:port`, with the path below which it serves: the published port, else its
/// address in the stack's network when the daemon is on this machine. None: it cannot be asked from here.
pub async fn base(
    engine: &Engine,
    stack: &Stack,
    instance: &Instance,
    container: &str,
) -> Result<Option<String>, Error> {
    if !engine.choice.host.is_local() {
        // A port bound to the remote machine's loopback is not ours to reach.
        return Ok(None);
    }
    if let Some(base) = published(instance) {
        return Ok(Some(base));
    }
    let server = server_inside(engine, stack, instance, container).await?;
    Ok(server.map(|server| server + &instance.prefix()))
}

/// The same for a component that publishes its port on this machine, without asking the daemon.
pub fn endpoint_published(engine: &Engine, instance: &Instance) -> Option<Endpoint> {
    engine.choice.host.is_local().then(|| published(instance)).flatten().map(Endpoint::new)
}

/// Where a container answers that may publish another port than the instance means and serve below another path, because
/// `stack.yml` was changed since it was made: at the port it does publish, else at its address in the stack's network, which
/// leads nowhere from here with a rootless daemon or a virtual machine.
pub fn endpoint_made(engine: &Engine, instance: &Instance, seen: &Inspected) -> Option<Endpoint> {
    if !engine.choice.host.is_local() {
        return None;
    }
    let inside = || Some(format!("http://{}:{}", seen.address.as_ref()?, instance.spec.port));
    // On the host's network there is nothing to publish: it listens where the instance means.
    let on_host = instance.published.filter(|_| instance.spec.host_network);
    let on_host = on_host.map(|published| SocketAddr::new(published.ip, published.port));
    let server = seen.published.or(on_host).map(url).or_else(inside)?;
    let prefix =
        instance.row.map_or_else(String::new, |row| row.sub_path.of_container(&seen.args, &seen.env));
    Some(Endpoint::new(server + &prefix))
}

/// `http://host:port` in the stack's network.
async fn server_inside(
    engine: &Engine,
    stack: &Stack,
    instance: &Instance,
    container: &str,
) -> Result<Option<String>, Error> {
    let address = if instance.spec.host_network {
        engine.gateway(&stack.name).await?
    } else {
        engine.inspect(container, &stack.name).await?.and_then(|seen| seen.address)
    };
    Ok(address.map(|address| format!("http://{address}:{}", instance.spec.port)))
}

/// The same as an endpoint without credentials.
pub async fn endpoint(
    engine: &Engine,
    stack: &Stack,
    instance: &Instance,
) -> Result<Option<Endpoint>, Error> {
    Ok(base(engine, stack, instance, &instance.spec.name).await?.map(Endpoint::new))
}

fn published(instance: &Instance) -> Option<String> {
    let published = instance.published?;
    Some(url(SocketAddr::new(published.ip, published.port)) + &instance.prefix())
}

fn url(published: SocketAddr) -> String {
    let ip = if published.ip().is_unspecified() { loopback(published.ip()) } else { published.ip() };
    format!("http://{}", SocketAddr::new(ip, published.port()))
}

fn loopback(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V4(_) => IpAddr::V4(std::net::Ipv4Addr::LOCALHOST),
        IpAddr::V6(_) => IpAddr::V6(std::net::Ipv6Addr::LOCALHOST),
    }
}
