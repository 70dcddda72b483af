//! What to write instead of a URL, a server or a host that is not one.

use crate::kernel::address;
use crate::kernel::text::shown;
use crate::model::shape::Kind;
use crate::source::scalar;

/// A bare IPv6 address where the port is missing.
pub fn bare_target(text: &str) -> Option<String> {
    let forms = address::bracketed(text);
    forms.iter().find(|form| scalar::is_target(form)).cloned().or_else(|| {
        let alone = forms.first()?;
        Some(format!("{alone}:PORT"))
    })
}

/// An address whose server is a bare IPv6 address: its forms with brackets.
pub fn bare_ipv6(text: &str) -> Option<String> {
    let server = address::server(text).split(',').find(|server| !address::bracketed(server).is_empty())?;
    let forms = address::bracketed(server);
    let written = forms.iter().map(|form| format!("`{}`", shown(&text.replacen(server, form, 1))));
    let written: Vec<String> = written.collect();
    Some(match written.as_slice() {
        [with_port, alone] => format!("write {with_port}, or {alone} without a port"),
        written => format!("write {}", written.concat()),
    })
}

/// The host of what is more than a host.
pub fn host(text: &str) -> String {
    let server = address::server(text);
    let host = address::host_and_port(server).map_or(server, |(host, _)| host).trim_matches(['[', ']']);
    if scalar::value(host, true, Kind::Host).is_some() {
        format!("write `{}`", shown(host))
    } else {
        "write a name or an address without a port".to_owned()
    }
}

/// The next step for a URL; each form that is advised is of the kind.
pub fn url(text: &str, kind: Kind) -> String {
    if let Some(bare) = bare_ipv6(text).filter(|_| text.contains("://")) {
        return bare;
    }
    let is_fine = |form: &String| scalar::value(form, true, kind).is_some();
    if let Some((before, _)) = text.split_once('#').filter(|(before, _)| is_fine(&(*before).to_owned())) {
        return format!("what follows `#` is never sent; write `{}`", shown(before));
    }
    let joined: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let forms = match joined.split_once("://") {
        Some((scheme, rest)) => vec![format!("{}://{rest}", scheme.to_ascii_lowercase())],
        None => with_scheme(&joined),
    };
    let advised: Vec<String> =
        forms.into_iter().filter(is_fine).map(|form| format!("`{}`", shown(&form))).collect();
    if !advised.is_empty() {
        return format!("write {}", advised.join(" or "));
    }
    let path = if joined.starts_with('/') { shown(&joined) } else { "/PATH".to_owned() };
    bad_port(&joined).unwrap_or_else(|| format!("write the whole URL, such as `https://HOST{path}`"))
}

/// An address without a scheme, with each of the two.
fn with_scheme(text: &str) -> Vec<String> {
    let server = address::server(text);
    let bracketed = address::bracketed(server).into_iter().next().unwrap_or_else(|| server.to_owned());
    let rest = text.replacen(server, &bracketed, 1);
    ["http", "https"].map(|scheme| format!("{scheme}://{rest}")).to_vec()
}

/// The next step for a registry with a scheme.
pub fn registry(text: &str) -> Option<String> {
    let alone = text.split_once("://").map(|(_, rest)| rest);
    let alone = alone.filter(|rest| scalar::value(rest, true, Kind::Registry).is_some());
    alone.map(|rest| format!("write `{}`", shown(rest))).or_else(|| bad_port(&format!("docker://{text}")))
}

/// The next step for a port that is none.
pub fn bad_port(text: &str) -> Option<String> {
    let (host, port) = address::server(text).rsplit_once(':')?;
    let known = text.contains("://") || port.bytes().all(|byte| byte.is_ascii_digit());
    let wrong = !host.is_empty() && port.parse::<u16>().map_or(true, |port| port == 0);
    (known && wrong && address::host_and_port(host).is_some())
        .then(|| "a port is a number from 1 to 65535".to_owned())
}
