//! `POST /images/create`: pulls from a scripted registry, and imports of a tar.

use std::sync::Arc;

use serde_json::{Value, json};

use super::create::{default_config, overlay};
use super::http::{Response, Wire};
use super::image_files::{apply_changes, assemble, digest};
use super::images::{Image, ImageSpec, familiar, not_lowercase};
use super::router::Call;
use super::world::{Answered, Refusal};

/// What answers when an image is pulled.
#[derive(Debug, Clone)]
pub enum Registry {
    /// No registry can be reached: its name does not resolve.
    Unreachable,
    /// These images; every other one is unknown ("manifest unknown", HTTP 500).
    Serves(Vec<ImageSpec>),
    /// The pull fails at once with this status and text.
    Answers(u16, String),
    /// The pull begins well (HTTP 200) and this error comes in the stream.
    FailsInStream(String),
}

impl Registry {
    /// 20.10 gives a registry's refusals as HTTP 500.
    pub fn manifest_unknown() -> Self {
        Self::Answers(500, "manifest unknown".to_owned())
    }

    pub fn unauthorized() -> Self {
        Self::Answers(500, "unauthorized".to_owned())
    }

    pub fn rate_limited() -> Self {
        Self::Answers(500, "toomanyrequests: You have reached your pull rate limit.".to_owned())
    }
}

pub(super) fn create(call: Call) -> Answered<Response> {
    if !call.param("fromSrc").is_empty() {
        return import(&call);
    }
    let reference = match (call.param("fromImage"), call.param("tag")) {
        (image, "") => familiar(image),
        (image, digest) if digest.starts_with("sha256:") => format!("{image}@{digest}"),
        (image, tag) => familiar(&format!("{image}:{tag}")),
    };
    let repository = reference.split('@').next().unwrap_or_default();
    if repository.split(':').next().unwrap_or_default().chars().any(char::is_uppercase) {
        let path = repository.split_once('/').map_or(repository, |(_, path)| path);
        let path = path.split(':').next().unwrap_or_default();
        return Err(Refusal::new(400, not_lowercase(&call.server.world(), path)));
    }
    pull(call, reference)
}

fn pull(call: Call, reference: String) -> Answered<Response> {
    let registry = call.server.world().registry.clone();
    match registry {
        Registry::Unreachable => Err(Refusal::new(500, unresolved(&reference))),
        Registry::Answers(status, text) => Err(Refusal::new(status, text)),
        Registry::Serves(images) => {
            let found = images.into_iter().find(|image| familiar(&image.reference) == reference);
            let found = found.ok_or_else(|| Refusal::new(500, "manifest unknown"))?;
            Ok(Response::stream("application/json", move |wire| deliver(&call, &found, &reference, wire)))
        }
        Registry::FailsInStream(error) => Ok(Response::stream("application/json", move |wire| {
            let tag = reference.rsplit(':').next().unwrap_or_default();
            send(wire, &json!({"status": format!("Pulling from {}", repository(&reference)), "id": tag}))?;
            send(wire, &json!({"errorDetail": {"message": error}, "error": error}))
        })),
    }
}

/// The resolver's words, as Go prints them.
fn unresolved(reference: &str) -> String {
    let first = reference.split('/').next().unwrap_or_default();
    let has_host =
        reference.contains('/') && (first.contains('.') || first.contains(':') || first == "localhost");
    let host = if has_host { first } else { "registry.example.org" };
    let name = host.split(':').next().unwrap_or_default();
    format!("Get \"https://{host}/v2/\": dial tcp: lookup {name} on 127.0.0.53:53: no such host")
}

fn repository(reference: &str) -> String {
    let name = reference.split('@').next().unwrap_or_default();
    let name = name.rsplit_once(':').map_or(name, |(name, _)| name);
    if name.contains('/') { name.to_owned() } else { format!("library/{name}") }
}

fn send(wire: &mut Wire, line: &Value) -> std::io::Result<()> {
    wire.chunk(format!("{line}\r\n").as_bytes())
}

/// Sends the progress of one layer and adds the image; the image is only there once all of it was sent.
fn deliver(call: &Call, spec: &ImageSpec, reference: &str, wire: &mut Wire) -> std::io::Result<()> {
    let mut image: Image = spec.build();
    let name = reference.rsplit_once(':').map_or(reference, |(name, _)| name).to_owned();
    let layer = digest(&image.layers[0])[7..19].to_owned();
    let total = image.layers[0].len();
    send(
        wire,
        &json!({"status": format!("Pulling from {}", repository(reference)),
            "id": reference.rsplit(':').next().unwrap_or_default()}),
    )?;
    send(wire, &json!({"status": "Pulling fs layer", "progressDetail": {}, "id": layer}))?;
    if spec.stalls {
        return call.server.wait_for(wire, |_| None);
    }
    for current in [total / 2, total] {
        let detail = json!({"current": current, "total": total});
        send(
            wire,
            &json!({"status": "Downloading", "progressDetail": detail, "progress": "[=>]", "id": layer}),
        )?;
    }
    for status in ["Verifying Checksum", "Download complete", "Pull complete"] {
        send(wire, &json!({"status": status, "progressDetail": {}, "id": layer}))?;
    }
    let manifest = digest(image.id.as_bytes());
    image.tags.push(reference.to_owned());
    image.digests.push(format!("{name}@{manifest}"));
    let id = image.id.clone();
    {
        let mut world = call.server.world();
        let known = world.images.iter().any(|other| other.id == id);
        world.add_image(image);
        world.note_other("image", "pull", reference, &[("name", &name)]);
        drop(world);
        call.server.ring();
        send(wire, &json!({"status": format!("Digest: {manifest}")}))?;
        let news = if known { "Image is up to date" } else { "Downloaded newer image" };
        send(wire, &json!({"status": format!("Status: {news} for {reference}")}))
    }
}

fn import(call: &Call) -> Answered<Response> {
    let mut world = call.server.world();
    let now = world.now();
    let mut config = overlay(&default_config(), &json!({}));
    for (_, changes) in call.request.query.iter().filter(|(key, _)| key == "changes") {
        apply_changes(&mut config, changes);
    }
    let layer = Arc::new(call.request.body.clone());
    let mut image = assemble(&config, vec![layer], now).map_err(|error| Refusal::new(500, error))?;
    if !call.param("repo").is_empty() {
        let tag = if call.param("tag").is_empty() { "latest" } else { call.param("tag") };
        image.tags.push(familiar(&format!("{}:{tag}", call.param("repo"))));
    }
    let id = image.id.clone();
    world.add_image(image);
    world.note_other("image", "import", &id, &[("name", &id)]);
    Ok(Response::stream("application/json", move |wire| send(wire, &json!({"status": id}))))
}
