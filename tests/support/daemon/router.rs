//! Which endpoint answers which method and path, with or without an API version in front.

use std::sync::Arc;

use serde_json::{Value, json};

use super::http::{Request, Response};
use super::server::Server;
use super::world::{Answered, Refusal};
use super::{
    archive, containers, create, ending, events, exec, images, lifecycle, logs, networks, pull, system,
    volumes,
};

/// A request on its way to an endpoint.
pub(super) struct Call {
    pub(super) server: Arc<Server>,
    pub(super) request: Request,
}

impl Call {
    /// The body as JSON, refused in the daemon's words when it is not.
    pub(super) fn json(&self) -> Answered<Value> {
        if self.request.body.is_empty() {
            return Ok(json!({}));
        }
        serde_json::from_slice(&self.request.body)
            .map_err(|error| Refusal::new(500, format!("invalid JSON: {error}")))
    }

    pub(super) fn param(&self, name: &str) -> &str {
        self.request.param(name)
    }
}

/// Splits `/v1.41/containers` into the version and the rest.
pub(super) fn without_version(path: &str) -> (Option<&str>, &str) {
    let versioned = path.strip_prefix("/v").and_then(|rest| {
        let end = rest.find('/')?;
        let version = &rest[..end];
        let numeric = version
            .split_once('.')
            .is_some_and(|(major, minor)| major.parse::<u32>().is_ok() && minor.parse::<u32>().is_ok());
        numeric.then_some((version, &rest[end..]))
    });
    versioned.map_or((None, path), |(version, rest)| (Some(version), rest))
}

/// Answers a request; refusals take the form of Docker's error body.
pub(super) fn respond(server: &Arc<Server>, request: Request) -> Response {
    let path = request.path.clone();
    let (version, path) = without_version(&path);
    if let Some(refused) = version.and_then(|version| refuse_version(server, version)) {
        return refused;
    }
    let call = Call { server: server.clone(), request };
    match route(call, path) {
        Ok(response) => response,
        Err(refusal) => Response::json(refusal.status, &json!({"message": refusal.message})),
    }
}

fn refuse_version(server: &Server, version: &str) -> Option<Response> {
    let engine = server.world().engine.clone();
    let number = |version: &str| {
        version
            .split_once('.')
            .map_or((0, 0), |(major, minor)| (major.parse().unwrap_or(0_u32), minor.parse().unwrap_or(0_u32)))
    };
    let (newest, oldest) = (&engine.api_version, &engine.min_api_version);
    if number(version) > number(newest) {
        let message =
            format!("client version {version} is too new. Maximum supported API version is {newest}");
        return Some(Response::json(400, &json!({"message": message})));
    }
    // The real daemon answers this one as plain text.
    (number(version) < number(oldest)).then(|| {
        let message = format!(
            "client version {version} is too old. Minimum supported API version is {oldest}, please upgrade your client \
             to a newer version\n"
        );
        Response::new(400, "text/plain; charset=utf-8", message.into_bytes())
    })
}

fn route(call: Call, path: &str) -> Answered<Response> {
    let segments: Vec<&str> = path.trim_matches('/').split('/').collect();
    let method = call.request.method.clone();
    match (method.as_str(), segments.as_slice()) {
        ("GET" | "HEAD", ["_ping"]) => Ok(system::ping()),
        ("GET", ["version"]) => Ok(system::version(&call)),
        ("GET", ["info"]) => Ok(system::info(&call)),
        ("GET", ["events"]) => events::stream(call),
        (_, ["containers", rest @ ..]) => container_route(call, &method, rest),
        (_, ["exec", rest @ ..]) => exec_route(&call, &method, rest),
        (_, ["images", rest @ ..]) => image_route(call, &method, rest),
        (_, ["networks", rest @ ..]) => network_route(&call, &method, rest),
        (_, ["volumes", rest @ ..]) => volume_route(&call, &method, rest),
        _ => Err(not_found()),
    }
}

fn not_found() -> Refusal {
    Refusal::new(404, "page not found")
}

fn container_route(call: Call, method: &str, segments: &[&str]) -> Answered<Response> {
    match (method, segments) {
        ("GET", ["json"]) => containers::list(&call),
        ("POST", ["create"]) => create::create(&call),
        ("GET", [id, "json"]) => containers::inspect(&call, id),
        ("GET", [id, "stats"]) => containers::stats(&call, id),
        ("GET", [id, "logs"]) => logs::stream(call, id),
        ("POST", [id, "start"]) => lifecycle::start(&call, id),
        ("POST", [id, "stop"]) => ending::stop(&call, id),
        ("POST", [id, "restart"]) => lifecycle::restart(&call, id),
        ("POST", [id, "kill"]) => ending::kill(&call, id),
        ("POST", [id, "pause"]) => lifecycle::pause(&call, id),
        ("POST", [id, "unpause"]) => lifecycle::unpause(&call, id),
        ("POST", [id, "rename"]) => containers::rename(&call, id),
        ("POST", [id, "update"]) => containers::update(&call, id),
        ("POST", [id, "wait"]) => containers::wait(call, id),
        ("POST", [id, "exec"]) => exec::create(&call, id),
        ("PUT", [id, "archive"]) => archive::put(&call, id),
        ("HEAD", [id, "archive"]) => archive::head(&call, id),
        ("GET", [id, "archive"]) => archive::get(&call, id),
        ("DELETE", [id]) => ending::remove(&call, id),
        _ => Err(not_found()),
    }
}

fn exec_route(call: &Call, method: &str, segments: &[&str]) -> Answered<Response> {
    match (method, segments) {
        ("POST", [id, "start"]) => exec::start(call, id),
        ("GET", [id, "json"]) => exec::inspect(call, id),
        _ => Err(not_found()),
    }
}

fn image_route(call: Call, method: &str, segments: &[&str]) -> Answered<Response> {
    match (method, segments) {
        ("GET", ["json"]) => images::list(&call),
        ("GET", ["get"]) => images::save(&call, None),
        ("POST", ["create"]) => pull::create(call),
        ("POST", ["load"]) => Ok(images::load(&call)),
        ("GET", [name @ .., "json"]) => images::inspect(&call, &name.join("/")),
        ("GET", [name @ .., "get"]) => images::save(&call, Some(name.join("/"))),
        ("POST", [name @ .., "tag"]) => images::tag(&call, &name.join("/")),
        ("DELETE", name) => images::remove(&call, &name.join("/")),
        _ => Err(not_found()),
    }
}

fn network_route(call: &Call, method: &str, segments: &[&str]) -> Answered<Response> {
    match (method, segments) {
        ("GET", [] | [""]) => networks::list(call),
        ("POST", ["create"]) => networks::create(call),
        ("GET", [id]) => networks::inspect(call, id),
        ("DELETE", [id]) => networks::remove(call, id),
        ("POST", [id, "connect"]) => networks::connect(call, id),
        ("POST", [id, "disconnect"]) => networks::disconnect(call, id),
        _ => Err(not_found()),
    }
}

fn volume_route(call: &Call, method: &str, segments: &[&str]) -> Answered<Response> {
    match (method, segments) {
        ("GET", [] | [""]) => volumes::list(call),
        ("POST", ["create"]) => volumes::create(call),
        ("GET", [name]) => volumes::inspect(call, name),
        ("DELETE", [name]) => volumes::remove(call, name),
        _ => Err(not_found()),
    }
}
