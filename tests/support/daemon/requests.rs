//! The log of requests, in order of arrival, with names in place of identifiers.

use serde_json::Value;

use super::http::Request;
use super::world::World;

/// A request as it was seen.
#[derive(Debug, Clone)]
pub struct Seen {
    pub method: String,
    /// Without the API version, with names in place of ids.
    pub path: String,
    pub query: Vec<(String, String)>,
    /// The body where it is JSON.
    pub body: Value,
    /// `None` while there is no answer, or when the answer was withheld.
    pub status: Option<u16>,
}

impl Seen {
    /// One line: method, path, query, what the body names, and how it was answered when that was not a success.
    pub fn line(&self) -> String {
        // Clients also send parameters that say nothing, such as bollard's `platform=`.
        let given = self.query.iter().filter(|(_, value)| !value.is_empty());
        let query: Vec<_> = given.map(|(key, value)| format!("{key}={value}")).collect();
        let mark = if query.is_empty() { "" } else { "?" };
        let named = ["Name", "Container"].iter().filter_map(|key| Some((key, self.body[*key].as_str()?)));
        let named: Vec<_> = named.map(|(key, value)| format!(" {key}={value}")).collect();
        let answer = match self.status {
            None => " -> no answer".to_owned(),
            Some(101 | 200..=299) => String::new(),
            Some(status) => format!(" -> {status}"),
        };
        format!("{} {}{mark}{}{}{answer}", self.method, self.path, query.join("&"), named.join(""))
    }
}

/// Whether a request may change the world.
pub(super) fn is_mutation(method: &str, path: &str) -> bool {
    let harmless = ["/wait", "/attach", "/resize"].iter().any(|end| path.ends_with(end));
    !matches!(method, "GET" | "HEAD") && !harmless && path != "/auth"
}

/// A request before it is answered.
pub(super) fn record(world: &World, request: &Request, path: &str) -> Seen {
    let mut body: Value = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
    if let Some(id) = body["Container"].as_str() {
        body["Container"] = name_of(world, id).into();
    }
    let path: Vec<_> = path.split('/').map(|segment| name_of(world, segment)).collect();
    Seen {
        method: request.method.clone(),
        path: path.join("/"),
        query: request.query.clone(),
        body,
        status: None,
    }
}

fn name_of(world: &World, segment: &str) -> String {
    let id = segment.strip_prefix("sha256:").unwrap_or(segment);
    if id.len() < 12 || !id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return segment.to_owned();
    }
    let container = world.containers.iter().find(|container| container.id.starts_with(id));
    let network = || world.networks.iter().find(|network| network.id.starts_with(id));
    let image = || world.images.iter().find(|image| image.id[7..].starts_with(id));
    let exec = || world.execs.iter().find(|exec| exec.id.starts_with(id));
    container
        .map(|container| container.name.clone())
        .or_else(|| network().map(|network| network.name.clone()))
        .or_else(|| image().and_then(|image| image.tags.first().cloned()))
        .or_else(|| exec().map(|exec| format!("<{}>", exec.argv.join(" "))))
        .unwrap_or_else(|| segment.to_owned())
}
