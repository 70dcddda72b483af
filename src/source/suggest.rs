//! What to write instead of an address, a path or a size that is not one.

mod addresses;

use std::net::IpAddr;

use crate::kernel::address;
use crate::kernel::text::shown;
use crate::model::shape::Kind;

use super::scalar;

/// The next step for a scalar that is not of its kind.
pub fn hint(key: &str, text: &str, kind: Kind) -> Option<String> {
    match kind {
        Kind::Path => Some(path(if key.is_empty() { "metrics_path" } else { key }, text)),
        Kind::Prefix => Some(prefix(text)),
        Kind::Url | Kind::PublicUrl | Kind::Request => Some(addresses::url(text, kind)),
        Kind::Server(_) => addresses::bare_ipv6(text).or_else(|| addresses::bad_port(text)),
        Kind::Registry => addresses::bare_ipv6(text).or_else(|| addresses::registry(text)),
        Kind::Host => Some(addresses::host(text)),
        Kind::ScrapeTarget => target(text).or_else(|| addresses::bad_port(text)),
        Kind::Target => {
            let server = addresses::bare_target(text).or_else(|| server(text));
            server.map(|server| format!("write `{}`", shown(&server))).or_else(|| addresses::bad_port(text))
        }
        Kind::Size => text.parse::<u64>().ok().map(|number| format!("add the unit, such as `{number}GB`")),
        Kind::Address => Some(bind(text)),
        _ => None,
    }
}

/// The parts of an address: scheme, server, path, query.
struct Parts<'a> {
    scheme: Option<&'a str>,
    server: &'a str,
    path: &'a str,
    query: &'a str,
}

fn parts(text: &str) -> Parts<'_> {
    let text = text.trim();
    let (text, _) = text.split_once('#').unwrap_or((text, ""));
    let (text, query) = text.split_once('?').unwrap_or((text, ""));
    let (scheme, rest) = match text.split_once("://") {
        Some((scheme, rest)) => (Some(scheme), rest),
        None => (None, text),
    };
    let (server, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
    Parts { scheme, server, path, query }
}

/// `a=1&b=2` as it is written for `params`: `{a: ["1"], b: ["2"]}`.
fn params(query: &str) -> Option<String> {
    let mut values: Vec<(String, Vec<String>)> = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (name, value) = (decoded(name), in_flow(&decoded(value)));
        match values.iter_mut().find(|(known, _)| *known == name) {
            Some((_, list)) => list.push(value),
            None => values.push((name, vec![value])),
        }
    }
    let entry = |(name, list): (String, Vec<String>)| format!("{}: [{}]", in_flow(&name), list.join(", "));
    let entries: Vec<String> = values.into_iter().map(entry).collect();
    (!entries.is_empty()).then(|| format!("`params: {{{}}}`", entries.join(", ")))
}

/// A value inside `[…]` or `{…}`: bare only when YAML reads it as the text it is.
fn in_flow(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '/' | '-');
    let word = text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.chars().all(plain);
    if word && !["true", "false", "null", "yes", "no", "on", "off"].contains(&text.to_lowercase().as_str()) {
        shown(text)
    } else {
        format!("{:?}", shown(text))
    }
}

/// `%20` and `+` of a query as the character they stand for: Prometheus encodes values itself.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let hex = tail.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        let byte = hex.filter(|_| *first == b'%').and_then(|hex| u8::from_str_radix(hex, 16).ok());
        bytes.push(byte.unwrap_or(if *first == b'+' { b' ' } else { *first }));
        rest = if byte.is_some() { tail.get(2..).unwrap_or_default() } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn path(key: &str, text: &str) -> String {
    let parts = parts(text);
    let absolute = parts.scheme.is_some();
    let own = if absolute { parts.path.to_owned() } else { format!("{}{}", parts.server, parts.path) };
    let own = own.trim_start_matches('/');
    let mut write = vec![format!("`{key}: /{}`", shown(&without_space(own)))];
    write.extend(params(parts.query));
    let write = write.join(" and ");
    if absolute {
        let scheme = parts.scheme.filter(|scheme| *scheme == "https").map_or("", |_| " and `scheme: https`");
        return format!("write only the path, {write}{scheme}; the server is in `targets`");
    }
    let because = if text.contains('?') {
        "Prometheus requests `?` in a path as `%3F`; "
    } else if text.contains('#') {
        "what follows `#` is never sent; "
    } else if own.contains('%') {
        return "write the character itself: Prometheus requests `%` as `%25`".to_owned();
    } else {
        ""
    };
    format!("{because}write {write}")
}

fn without_space(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

fn target(text: &str) -> Option<String> {
    let parts = parts(text);
    let port = if parts.scheme == Some("https") { 443 } else { 80 };
    let server = with_port(parts.server, port)?;
    let mut write = vec![format!("`targets: [\"{}\"]`", shown(&server))];
    write.extend(parts.scheme.filter(|scheme| *scheme == "https").map(|_| "`scheme: https`".to_owned()));
    if !matches!(parts.path, "" | "/") {
        write.push(format!("`metrics_path: {}`", shown(parts.path)));
    }
    write.extend(params(parts.query));
    Some(format!("write {}", write.join(", ")))
}

/// The server of an address as `host:port`, when that can be known.
fn server(text: &str) -> Option<String> {
    let parts = parts(text);
    let usual = match parts.scheme {
        Some("https") => Some(443),
        Some("http") => Some(80),
        _ => None,
    };
    let bracketed = brackets(parts.server);
    if scalar::is_target(&bracketed) { Some(bracketed) } else { with_port(parts.server, usual?) }
}

fn with_port(server: &str, port: u16) -> Option<String> {
    let server = brackets(server.rsplit_once('@').map_or(server, |(_, server)| server));
    let full = if scalar::is_target(&server) { server } else { format!("{server}:{port}") };
    scalar::is_target(&full).then_some(full)
}

/// An IPv6 address, with or without a port behind it, in the brackets that it needs.
fn brackets(server: &str) -> String {
    address::bracketed(server).into_iter().next().unwrap_or_else(|| server.to_owned())
}

fn prefix(text: &str) -> String {
    let parts = parts(text);
    let path = if parts.scheme.is_some() {
        parts.path.to_owned()
    } else {
        format!("/{}{}", parts.server, parts.path).replacen("//", "/", 1)
    };
    let path = if path.is_empty() { "/".to_owned() } else { path };
    if scalar::is_prefix(&path) { format!("write `{}`", shown(&path)) } else { scalar::PREFIX.to_owned() }
}

fn bind(text: &str) -> String {
    if matches!(text, "*" | "all" | "any") {
        return "write `0.0.0.0` for every address of the machine".to_owned();
    }
    let inner = text.trim_start_matches('[').split(']').next().unwrap_or_default();
    let host = text.rsplit_once(':').map_or(text, |(host, _)| host);
    let known = inner.parse::<IpAddr>().ok().or_else(|| host.parse().ok());
    match known {
        Some(address) => format!("write `{address}`; ports are settings of the components"),
        None => "write the address itself, such as `127.0.0.1`, not the name of a host".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::hint;
    use crate::model::shape::Kind;

    #[test]
    fn a_path_with_more_than_a_path_is_written_in_its_settings() {
        for (text, expected) in [
            (
                "/v1/sys/metrics?format=prometheus",
                "Prometheus requests `?` in a path as `%3F`; write `metrics_path: /v1/sys/metrics` and `params: {format: [prometheus]}`",
            ),
            (
                "/x?a=1&b=x%20y&a=true&c",
                "Prometheus requests `?` in a path as `%3F`; write `metrics_path: /x` and `params: {a: [\"1\", \"true\"], b: [\"x y\"], c: [\"\"]}`",
            ),
            ("/x?", "Prometheus requests `?` in a path as `%3F`; write `metrics_path: /x`"),
            ("metrics", "write `metrics_path: /metrics`"),
            ("/metrics#top", "what follows `#` is never sent; write `metrics_path: /metrics`"),
            (" /metrics ", "write `metrics_path: /metrics`"),
            ("/a%20b", "write the character itself: Prometheus requests `%` as `%25`"),
            (
                "https://db:9100/metrics?x=y",
                "write only the path, `metrics_path: /metrics` and `params: {x: [y]}` and `scheme: https`; the server is in `targets`",
            ),
        ] {
            assert_eq!(hint("metrics_path", text, Kind::Path).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn a_target_that_is_a_url_is_taken_apart() {
        for (text, expected) in [
            ("http://db:9100/metrics", "write `targets: [\"db:9100\"]`, `metrics_path: /metrics`"),
            (
                "https://db/m?x=1",
                "write `targets: [\"db:443\"]`, `scheme: https`, `metrics_path: /m`, `params: {x: [\"1\"]}`",
            ),
            ("db:9100?module=x", "write `targets: [\"db:9100\"]`, `params: {module: [x]}`"),
            ("db", "write `targets: [\"db:80\"]`"),
            ("::1", "write `targets: [\"[::1]:80\"]`"),
            ("fd00::5:9100", "write `targets: [\"[fd00::5]:9100\"]`"),
            ("fd00::beef", "write `targets: [\"[fd00::beef]:80\"]`"),
            ("http://fd00::5:9100/m", "write `targets: [\"[fd00::5]:9100\"]`, `metrics_path: /m`"),
        ] {
            assert_eq!(hint("", text, Kind::ScrapeTarget).as_deref(), Some(expected), "{text}");
        }
        assert_eq!(hint("", "http://db:5432/x", Kind::Target).as_deref(), Some("write `db:5432`"));
        assert_eq!(hint("", "db", Kind::Target), None, "no port can be guessed");
    }

    #[test]
    fn urls_addresses_and_sizes() {
        for (kind, text, expected) in [
            (Kind::Request, "http://x/h#a", "what follows `#` is never sent; write `http://x/h`"),
            (
                Kind::Request,
                "shop:3000/health",
                "write `http://shop:3000/health` or `https://shop:3000/health`",
            ),
            (
                Kind::Url,
                "ops.example.org/p",
                "write `http://ops.example.org/p` or `https://ops.example.org/p`",
            ),
            (Kind::Url, "HTTPS://ops.example.org", "write `https://ops.example.org`"),
            (Kind::Url, "https://ops.example.org/a b", "write `https://ops.example.org/ab`"),
            (Kind::Url, "https://x:99999/p", "a port is a number from 1 to 65535"),
            (Kind::Url, "https://:443/p", "write the whole URL, such as `https://HOST/PATH`"),
            (Kind::Url, "javascript:alert(1)", "write the whole URL, such as `https://HOST/PATH`"),
            (Kind::PublicUrl, "/p", "write the whole URL, such as `https://HOST/p`"),
            (Kind::PublicUrl, "", "write the whole URL, such as `https://HOST/PATH`"),
            (Kind::Request, "https://x:0/", "a port is a number from 1 to 65535"),
            (Kind::Request, "fd00::5", "write `http://[fd00::5]` or `https://[fd00::5]`"),
            (Kind::Target, "db:99999", "a port is a number from 1 to 65535"),
            (Kind::ScrapeTarget, "db:99999", "a port is a number from 1 to 65535"),
            (Kind::Server(&["redis://"]), "redis://db:x", "a port is a number from 1 to 65535"),
            (Kind::Prefix, "prometheus", "write `/prometheus`"),
            (Kind::Prefix, "https://ops.example.org/p/", "write `/p/`"),
            (Kind::Prefix, "https://ops.example.org", "write `/`"),
            (Kind::Prefix, "/p?x=1", "write `/p`"),
            (Kind::Prefix, "/a b", super::scalar::PREFIX),
            (
                Kind::Url,
                "http://fd00::5:8080/x",
                "write `http://[fd00::5]:8080/x`, or `http://[fd00::5:8080]/x` without a port",
            ),
            (Kind::Request, "http://::1/health", "write `http://[::1]/health`"),
            (Kind::PublicUrl, "https://fd00::beef/p", "write `https://[fd00::beef]/p`"),
            (
                Kind::Server(&["redis://"]),
                "redis://me@fd00::5:6379/0",
                "write `redis://me@[fd00::5]:6379/0`, or `redis://me@[fd00::5:6379]/0` without a port",
            ),
            (Kind::Server(&[]), "db:5432,fd00::beef/a", "write `db:5432,[fd00::beef]/a`"),
            (Kind::Target, "fd00::5:25", "write `[fd00::5]:25`"),
            (Kind::Target, "fd00::beef", "write `[fd00::beef]:PORT`"),
            (Kind::Registry, "https://registry.internal/m", "write `registry.internal/m`"),
            (Kind::Registry, "fd00::beef/m", "write `[fd00::beef]/m`"),
            (Kind::Registry, "registry.internal:x", "a port is a number from 1 to 65535"),
            (Kind::Host, "[fd00::5]", "write `fd00::5`"),
            (Kind::Host, "https://db:443/x", "write `db`"),
            (Kind::Host, "a:b:c", "write a name or an address without a port"),
            (Kind::Size, "50", "add the unit, such as `50GB`"),
            (Kind::Address, "*", "write `0.0.0.0` for every address of the machine"),
            (Kind::Address, "127.0.0.1:9090", "write `127.0.0.1`; ports are settings of the components"),
            (Kind::Address, "[::1]", "write `::1`; ports are settings of the components"),
        ] {
            assert_eq!(hint("", text, kind).as_deref(), Some(expected), "{text}");
        }
    }
}
