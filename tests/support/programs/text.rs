//! Small readings that several programs share: arguments, durations, times.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The value of `--name=value` among arguments.
pub(super) fn flag(argv: &[String], name: &str) -> Option<String> {
    flags(argv, name).pop()
}

/// All values of a flag that may be repeated.
pub(super) fn flags(argv: &[String], name: &str) -> Vec<String> {
    let prefix = format!("--{name}=");
    argv.iter().filter_map(|word| word.strip_prefix(&prefix)).map(str::to_owned).collect()
}

/// The value of an environment variable.
pub(super) fn variable(env: &[String], name: &str) -> Option<String> {
    let prefix = format!("{name}=");
    env.iter().find_map(|pair| pair.strip_prefix(&prefix)).map(str::to_owned)
}

/// The path below which Prometheus and Alertmanager serve: `/prometheus`; empty at the root.
pub(super) fn route_prefix(argv: &[String]) -> String {
    let of_url = || {
        let url = flag(argv, "web.external-url").unwrap_or_default();
        url.splitn(4, '/').nth(3).unwrap_or_default().to_owned()
    };
    let path = flag(argv, "web.route-prefix").unwrap_or_else(of_url);
    let inner = path.trim_matches('/');
    if inner.is_empty() { String::new() } else { format!("/{inner}") }
}

/// Prometheus's durations (`1h30m`) in seconds.
pub(super) fn seconds(text: &str) -> f64 {
    let units = [
        ("ms", 0.001),
        ("y", 31_536_000.0),
        ("w", 604_800.0),
        ("d", 86_400.0),
        ("h", 3600.0),
        ("m", 60.0),
        ("s", 1.0),
    ];
    let mut rest = text;
    let mut sum = 0.0;
    while let Some(end) = rest.find(|c: char| !c.is_ascii_digit()) {
        let number: f64 = rest[..end].parse().expect("a duration begins with a number");
        let (unit, factor) =
            units.iter().find(|(unit, _)| rest[end..].starts_with(unit)).expect("a duration has a unit");
        sum += number * factor;
        rest = &rest[end + unit.len()..];
    }
    sum
}

/// Unix time in seconds.
pub(super) fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs_f64()
}
