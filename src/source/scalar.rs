//! One scalar against one [`Kind`]: what it means, or what was expected instead.

use std::net::IpAddr;

use serde_json::{Value, json};

use crate::kernel::{address, units};
use crate::model::shape::Kind;

/// The value of a scalar that came from a variable: it has no type of its own, so that the kind decides.
pub fn of_variable(text: &str, kind: Kind) -> Option<Value> {
    let text = match (kind, text.to_ascii_lowercase().as_str()) {
        (Kind::Bool, "true" | "yes" | "on" | "1") => "true",
        (Kind::Bool, "false" | "no" | "off" | "0") => "false",
        _ => text,
    };
    value(text, false, kind)
}

/// The value of a scalar, or none when it is not of this kind.
pub fn value(text: &str, quoted: bool, kind: Kind) -> Option<Value> {
    let kept = || Some(json!(text));
    match kind {
        Kind::Bool => match text {
            "true" if !quoted => Some(json!(true)),
            "false" if !quoted => Some(json!(false)),
            _ => None,
        },
        Kind::Integer { min, max } => {
            let number: i64 = text.parse().ok()?;
            (min..=max).contains(&number).then(|| json!(number))
        }
        Kind::Number => text.parse::<f64>().ok().filter(|n| n.is_finite()).map(|n| json!(n)),
        Kind::Port => text.parse::<u16>().ok().filter(|port| *port > 0).map(|port| json!(port)),
        Kind::Text | Kind::File | Kind::SecretFile | Kind::GeneratedSecretFile => {
            kept().filter(|_| !text.is_empty() || matches!(kind, Kind::Text))
        }
        Kind::Name => kept().filter(|_| is_name(text)),
        Kind::Duration => units::parse_duration(text).filter(|d| !d.is_zero()).and_then(|_| kept()),
        Kind::Size => units::disk_size(text).map(|size| json!(size)),
        Kind::Memory => units::parse_memory(text).and_then(|_| kept()),
        Kind::Address if text.eq_ignore_ascii_case("localhost") => Some(json!("127.0.0.1")),
        Kind::Address => text.parse::<IpAddr>().ok().and_then(|_| kept()),
        Kind::Url | Kind::PublicUrl => kept().filter(|_| is_url(text)),
        Kind::Request => kept().filter(|_| is_url(text) && !text.contains('#')),
        Kind::Path => kept().filter(|_| is_path(text)),
        Kind::Prefix => kept().filter(|_| is_prefix(text)),
        Kind::Host => kept().filter(|_| is_host(text)),
        Kind::Target | Kind::ScrapeTarget => kept().filter(|_| is_target(text)),
        Kind::Registry => kept().filter(|_| is_server(text, &[])),
        Kind::Server(schemes) => kept().filter(|_| is_server(text, schemes)),
        Kind::OneOf(words) => kept().filter(|_| words.contains(&text)),
        Kind::Any => kept(),
        _ => None,
    }
}

/// Lower-case letters, digits and hyphens, beginning and ending with a letter or digit, at most 42.
pub fn is_name(text: &str) -> bool {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (1..=42).contains(&text.len())
        && text.chars().all(inner)
        && !text.starts_with('-')
        && !text.ends_with('-')
}

/// Absolute, and nothing that Prometheus would encode: it takes the text for the path alone.
fn is_path(text: &str) -> bool {
    let odd = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '?' | '#' | '%');
    text.starts_with('/') && !text.contains(odd)
}

/// What the segments of a prefix are made of.
pub const PREFIX: &str = "use letters, digits, `-`, `.`, `_` and `~` between single slashes";

/// Absolute, and every segment means itself in a URL, in a flag and in the router of the program that serves it.
pub fn is_prefix(text: &str) -> bool {
    let unreserved = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~');
    let plain = |segment: &str| {
        !segment.is_empty() && !matches!(segment, "." | "..") && segment.chars().all(unreserved)
    };
    text.strip_prefix('/').is_some_and(|rest| {
        let inner = rest.strip_suffix('/').unwrap_or(rest);
        text == "/" || inner.split('/').all(plain)
    })
}

fn is_url(text: &str) -> bool {
    let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    rest.is_some_and(|rest| !rest.contains(char::is_whitespace) && names_server(address::server(text), text))
}

/// Whether the server of an address is one. A password with a slash in it, which hides the server, has its own finding.
fn names_server(server: &str, address: &str) -> bool {
    let hidden = || !server.is_empty() && address.contains('@') && address::bracketed(server).is_empty();
    address::host_and_port(server).is_some() || hidden()
}

/// A name or an address alone; an IPv6 address without brackets, which only a port needs.
fn is_host(text: &str) -> bool {
    let odd = |c: char| c.is_whitespace() || matches!(c, '/' | '@' | '?' | '#' | '[' | ']');
    !text.is_empty() && !text.contains(odd) && (!text.contains(':') || text.parse::<IpAddr>().is_ok())
}

/// A scheme of these, or none, and a host.
fn is_server(text: &str, schemes: &[&str]) -> bool {
    let rest = match schemes {
        [] => Some(text).filter(|text| !text.contains("://")),
        schemes => schemes.iter().find_map(|scheme| text.strip_prefix(scheme)),
    };
    // PostgreSQL takes several servers with commas between them.
    let is_known = |server: &str| names_server(server, text);
    rest.is_some_and(|rest| {
        !rest.contains(char::is_whitespace) && address::server(text).split(',').all(is_known)
    })
}

/// `host:port` with a port in range; Prometheus refuses schemes and paths here.
pub fn is_target(text: &str) -> bool {
    let odd = |c: char| c.is_whitespace() || matches!(c, '/' | '@' | '?' | '#');
    !text.contains(odd) && address::host_and_port(text).is_some_and(|(_, port)| port.is_some())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{is_name, of_variable, value};
    use crate::model::shape::Kind;

    #[test]
    fn every_kind_takes_its_own_and_refuses_the_neighbours() {
        let port = Kind::Port;
        for (kind, good, bad) in [
            (Kind::Bool, "true", "yes"),
            (port, "65535", "65536"),
            (port, "1", "0"),
            (Kind::Integer { min: 0, max: 5 }, "5", "6"),
            (Kind::Duration, "15s", "15"),
            (Kind::Duration, "1h", "0"),
            (Kind::Size, "10MB", "10"),
            (Kind::Memory, "512m", "512x"),
            (Kind::Memory, "1.5G", "1x"),
            (Kind::Memory, "8388608", "-1"),
            (Kind::Address, "::1", "localhost:80"),
            (Kind::Address, "localhost", "example.org"),
            (Kind::Path, "/metrics", "metrics"),
            (Kind::Path, "/", "/x?y=1"),
            (Kind::Prefix, "/", "//"),
            (Kind::Prefix, "/prometheus", "prometheus"),
            (Kind::Prefix, "/a/b-c_d~e.f/", "/a//b"),
            (Kind::Prefix, "/a..b", "/a/../b"),
            (Kind::Prefix, "/v1.0", "/:tenant"),
            (Kind::Request, "http://x/y?z=1", "http://x/y#z"),
            (Kind::Url, "http://x/y", "x/y"),
            (Kind::Url, "http://[fd00::5]:8080/y", "http://fd00::5:8080/y"),
            (Kind::Url, "https://me:p@x:443", "https://x:65536"),
            (Kind::PublicUrl, "https://[fd00::5]/p", "https://fd00::5/p"),
            (Kind::Request, "http://[::1]/", "http://::1/"),
            (Kind::Server(&["redis://"]), "redis://[fd00::5]:6379", "redis://fd00::5:6379"),
            (Kind::Server(&[]), "[fd00::5]:5432/a", "fd00::5:5432/a"),
            (Kind::Server(&[]), "db1:5432,db2:5432/a", "db1:5432,fd00::5/a"),
            (Kind::Registry, "localhost:5000/mirror", "https://registry.internal/mirror"),
            (Kind::Registry, "[fd00::5]:5000", "fd00::5:5000"),
            (Kind::ScrapeTarget, "[fd00::5]:9100", "fd00::5:9100"),
            (Kind::Target, "[fe80::1%eth0]:80", "[db]:80"),
            (Kind::Host, "fd00::5", "[fd00::5]"),
            (Kind::Host, "db", "db:80"),
            (Kind::Server(&["redis://", "rediss://"]), "rediss://r:6379", "localhost:6379"),
            (Kind::Server(&["redis://"]), "redis://r:6379", "redis://"),
            (Kind::Server(&[]), "db:5432/a?sslmode=require", "postgres://db:5432/a"),
            (Kind::Target, "db:5432", "http://db:5432"),
            (Kind::Target, "[::1]:80", "::1:80"),
            (Kind::OneOf(&["http", "https"]), "http", "ftp"),
            (Kind::Number, "1.5", "much"),
        ] {
            assert!(value(good, false, kind).is_some(), "{good} as {kind:?}");
            assert!(value(bad, false, kind).is_none(), "{bad} as {kind:?}");
        }
    }

    #[test]
    fn the_short_forms_have_their_meaning() {
        assert_eq!(value("50G", false, Kind::Size).unwrap(), "50GB");
        assert_eq!(value("512MiB", false, Kind::Size).unwrap(), "512MB");
        assert_eq!(value("Localhost", false, Kind::Address).unwrap(), "127.0.0.1");
    }

    #[test]
    fn a_variable_takes_the_type_that_is_wanted() {
        for (text, kind, expected) in [
            ("true", Kind::Bool, json!(true)),
            ("OFF", Kind::Bool, json!(false)),
            ("1", Kind::Bool, json!(true)),
            ("9090", Kind::Port, json!(9090)),
            ("5", Kind::Integer { min: 0, max: 9 }, json!(5)),
            ("1.5", Kind::Number, json!(1.5)),
            ("1", Kind::Text, json!("1")),
        ] {
            assert_eq!(of_variable(text, kind), Some(expected), "{text} as {kind:?}");
        }
        assert_eq!(of_variable("maybe", Kind::Bool), None);
    }

    #[test]
    fn text_keeps_what_was_written() {
        for text in ["no", "1.10", "010", "22:22", "1e3", "~x"] {
            assert_eq!(value(text, false, Kind::Text).unwrap(), text);
        }
    }

    #[test]
    fn names_are_safe_in_paths() {
        assert!(is_name("a") && is_name("auth-service") && is_name(&"a".repeat(42)));
        for bad in ["", "-a", "a-", "A", "a/b", "..", "a\n", "ä", &"a".repeat(43)] {
            assert!(!is_name(bad), "{bad:?}");
        }
    }
}
