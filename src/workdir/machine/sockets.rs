//! Who listens on this machine's TCP ports.

use std::collections::BTreeMap;
use std::fs;
use std::net::IpAddr;

use super::look::process_name;
use super::parse;

/// A process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// Its number.
    pub pid: u32,
    /// Its name, at most 15 characters, as the kernel keeps it.
    pub name: String,
}

/// A listening TCP socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listener {
    /// Address it listens on; unspecified: all of them.
    pub ip: IpAddr,
    /// Port.
    pub port: u16,
    /// User that opened it.
    pub uid: u32,
    /// Process that has it; none when this user may not look at that process.
    pub process: Option<Process>,
}

/// Every listening TCP socket of this machine's own network namespace that listens on one of these ports.
pub fn listeners(ports: &[u16]) -> Vec<Listener> {
    let mut sockets = Vec::new();
    for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
        sockets.extend(parse::sockets(&fs::read_to_string(table).unwrap_or_default()));
    }
    sockets.retain(|socket| ports.contains(&socket.port));
    let owners = if sockets.is_empty() { BTreeMap::new() } else { owners() };
    let listener = |socket: &parse::Socket| Listener {
        ip: socket.ip.to_canonical(),
        port: socket.port,
        uid: socket.uid,
        process: owners.get(&socket.inode).map(|pid| Process { pid: *pid, name: process_name(*pid) }),
    };
    let mut listeners: Vec<Listener> = sockets.iter().map(listener).collect();
    listeners.sort_by_key(|listener| (listener.port, listener.ip));
    listeners
}

/// Inode of every socket that this user may see, with the lowest process that has it.
fn owners() -> BTreeMap<u64, u32> {
    let mut owners = BTreeMap::new();
    for process in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = process.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        for descriptor in fs::read_dir(process.path().join("fd")).into_iter().flatten().flatten() {
            let target = fs::read_link(descriptor.path()).unwrap_or_default();
            if let Some(inode) = target.to_str().and_then(parse::socket_inode) {
                let lowest = owners.entry(inode).or_insert(pid);
                *lowest = pid.min(*lowest);
            }
        }
    }
    owners
}

#[cfg(test)]
mod tests {
    use super::listeners;

    #[test]
    fn a_listener_of_this_process_is_found_with_its_owner() {
        let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap();
        let seen: Vec<_> = listeners(&[address.port()])
            .into_iter()
            .map(|listener| (listener.ip, listener.port, listener.process.map(|process| process.pid)))
            .collect();
        assert_eq!(seen, [(address.ip(), address.port(), Some(std::process::id()))]);
    }
}
