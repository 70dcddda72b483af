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

/// The address of a container that may publish another port than the instance means, and may serve below another path:
/// the port it does publish, because with a rootless daemon or a virtual machine its address in the stack's network leads
/// nowhere from here.
pub async fn as_made(
    engine: &Engine,
    stack: &Stack,
    instance: &Instance,
    container: &str,
) -> Result<Option<String>, Error> {
    if !engine.choice.host.is_local() {
        return Ok(None);
    }
    let Some(seen) = engine.inspect(container, &stack.name).await? else { return Ok(None) };
    let prefix =
        instance.row.map_or_else(String::new, |row| row.sub_path.of_container(&seen.args, &seen.env));
    let server = match seen.published {
        Some(published) => Some(url(published)),
        None => server_inside(engine, stack, instance, container).await?,
    };
    Ok(server.map(|server| server + &prefix))
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

/// The same for a component that publishes no port on this machine, from what is known of its container.
pub fn endpoint_inside(engine: &Engine, instance: &Instance, seen: &Inspected) -> Option<Endpoint> {
    let address = seen.address.as_ref().filter(|_| engine.choice.host.is_local())?;
    Some(Endpoint::new(format!("http://{address}:{}{}", instance.spec.port, instance.prefix())))
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
