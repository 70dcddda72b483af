//! The servers in addresses: `host:port`, alone or inside a URL, and the hosts that lead back to who connects.

use std::net::{IpAddr, Ipv6Addr};

/// The server of an address: what is behind the scheme and the user, before the path, the query and the fragment.
pub fn server(address: &str) -> &str {
    super::text::server(address.split_once("://").map_or(address, |(_, rest)| rest))
}

/// Host and port of a server, the host with its brackets. None: a bare IPv6 address, brackets around something else, a
/// port that is none. A colon without a port behind it counts as no port.
pub fn host_and_port(server: &str) -> Option<(&str, Option<u16>)> {
    let end = if server.starts_with('[') {
        server.find(']')? + 1
    } else {
        server.find(':').unwrap_or(server.len())
    };
    let (host, rest) = server.split_at_checked(end)?;
    let inner = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let is_host = inner.map_or(!host.is_empty() && !host.contains(['[', ']']), is_ipv6);
    let port = match rest {
        "" | ":" => None,
        rest => Some(port(rest.strip_prefix(':')?)?),
    };
    is_host.then_some((host, port))
}

/// A bare IPv6 address, with or without a port behind it, in the brackets that keep the two apart; the likelier reading
/// first. Empty: it is no such address.
pub fn bracketed(server: &str) -> Vec<String> {
    let with_port = server.rsplit_once(':').filter(|(host, number)| is_ipv6(host) && port(number).is_some());
    let with_port = with_port.map(|(host, port)| format!("[{host}]:{port}"));
    let alone = is_ipv6(server).then(|| format!("[{server}]"));
    with_port.into_iter().chain(alone).collect()
}

/// True for the hosts that every machine and every container has for itself, and for the address that stands for all of
/// its own.
pub fn is_own(host: &str) -> bool {
    let host = host.trim_matches(['[', ']']).trim_end_matches('.').to_ascii_lowercase();
    match host.parse::<IpAddr>() {
        Ok(address) => {
            let address = address.to_canonical();
            address.is_loopback() || address.is_unspecified()
        }
        Err(_) => NAMES.contains(&host.as_str()) || host.ends_with(".localhost"),
    }
}

/// Names of the loopback address, as `/etc/hosts` has them.
const NAMES: [&str; 4] = ["localhost", "localhost.localdomain", "ip6-localhost", "ip6-loopback"];

/// With or without a zone.
fn is_ipv6(text: &str) -> bool {
    text.split('%').next().is_some_and(|address| address.parse::<Ipv6Addr>().is_ok())
}

fn port(text: &str) -> Option<u16> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|port| digits && *port > 0)
}

#[cfg(test)]
mod tests {
    use super::{bracketed, host_and_port, is_own, server};

    #[test]
    fn a_server_is_a_host_and_a_port() {
        for (text, expected) in [
            ("db:5432", Some(("db", Some(5432)))),
            ("db", Some(("db", None))),
            ("db:", Some(("db", None))),
            ("[::1]:80", Some(("[::1]", Some(80)))),
            ("[fe80::1%eth0]:80", Some(("[fe80::1%eth0]", Some(80)))),
            ("[::1]", Some(("[::1]", None))),
            ("::1", None),
            ("fd00::5:9100", None),
            ("[db]:80", None),
            ("[127.0.0.1]:80", None),
            ("[::1]80", None),
            ("[::1", None),
            ("db:0", None),
            ("db:65536", None),
            ("db:+80", None),
            ("db:http", None),
            (":80", None),
            ("", None),
        ] {
            assert_eq!(host_and_port(text), expected, "{text}");
        }
        assert_eq!(server("https://me:x@[::1]:8443/a?b#c"), "[::1]:8443");
        assert_eq!(server("db:5432/shop?sslmode=require"), "db:5432");
    }

    #[test]
    fn a_bare_ipv6_address_gets_its_brackets() {
        for (text, expected) in [
            ("::1", &["[::1]"] as &[&str]),
            ("::1:80", &["[::1]:80", "[::1:80]"]),
            ("fd00::5:9100", &["[fd00::5]:9100", "[fd00::5:9100]"]),
            ("2001:db8:0:0:0:0:0:1", &["[2001:db8:0:0:0:0:0:1]"]),
            ("2001:db8:0:0:0:0:0:1:443", &["[2001:db8:0:0:0:0:0:1]:443"]),
            ("fe80::1%eth0", &["[fe80::1%eth0]"]),
            ("fd00::beef", &["[fd00::beef]"]),
            ("[::1]:80", &[]),
            ("db:80", &[]),
            ("a:b:c", &[]),
        ] {
            assert_eq!(bracketed(text), expected, "{text}");
        }
    }

    #[test]
    fn own_hosts_are_those_that_lead_to_who_connects() {
        for host in [
            "localhost",
            "LOCALHOST",
            "localhost.",
            "app.localhost",
            "ip6-localhost",
            "127.0.0.1",
            "127.8.9.10",
            "0.0.0.0",
            "[::1]",
            "::1",
            "[::]",
            "[0:0:0:0:0:0:0:1]",
            "::ffff:127.0.0.1",
        ] {
            assert!(is_own(host), "{host}");
        }
        for host in [
            "localhost.example.org",
            "127.example.org",
            "10.0.0.1",
            "[fd00::1]",
            "db",
            "host.docker.internal",
        ] {
            assert!(!is_own(host), "{host}");
        }
    }
}
