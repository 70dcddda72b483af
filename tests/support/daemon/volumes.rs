//! Volumes: created by name (a second creation returns the first), refused removal while a container uses them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::files::Tree;
use super::filters::Filters;
use super::http::Response;
use super::router::Call;
use super::world::{Answered, Refusal, World, strings};

/// A volume and its files.
#[derive(Debug, Clone)]
pub(super) struct Volume {
    pub(super) created: Timestamp,
    /// `None` when the client gave none: it reads back as `null`.
    pub(super) labels: Option<BTreeMap<String, String>>,
    pub(super) tree: Tree,
}

fn describe(name: &str, volume: &Volume) -> Value {
    json!({
        "CreatedAt": format!("{:.0}", volume.created), "Driver": "local", "Labels": volume.labels,
        "Mountpoint": format!("/var/lib/docker/volumes/{name}/_data"), "Name": name, "Options": null, "Scope": "local",
    })
}

/// Whether a name is allowed for containers and volumes.
pub(super) fn allowed(name: &str) -> bool {
    let mut characters = name.chars();
    characters.next().is_some_and(|first| first.is_ascii_alphanumeric())
        && name.len() > 1
        && characters.all(|other| other.is_ascii_alphanumeric() || "_.-".contains(other))
}

impl World {
    /// The volume of that name, made when it is missing.
    pub(super) fn ensure_volume(
        &mut self,
        name: &str,
        labels: Option<BTreeMap<String, String>>,
    ) -> Answered<()> {
        if !allowed(name) {
            return Err(Refusal::new(
                400,
                format!(
                    "create {name}: \"{name}\" includes invalid characters for a local volume name, only \
                     \"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed. If you intended to pass a host directory, use absolute path"
                ),
            ));
        }
        if !self.volumes.contains_key(name) {
            let now = self.now();
            self.volumes.insert(name.to_owned(), Volume { created: now, labels, tree: Tree::new(now) });
            self.note_other("volume", "create", name, &[("driver", "local")]);
        }
        Ok(())
    }

    fn users_of_volume(&self, name: &str) -> Vec<&str> {
        let uses = |container: &&super::world::Container| {
            container.mounts.iter().any(|mount| mount.kind == "volume" && mount.source == name)
        };
        self.containers.iter().filter(uses).map(|container| container.id.as_str()).collect()
    }

    pub(super) fn remove_volume(&mut self, name: &str) -> Answered<()> {
        if !self.volumes.contains_key(name) {
            return Err(Refusal::new(404, format!("get {name}: no such volume")));
        }
        let users = self.users_of_volume(name);
        if !users.is_empty() {
            let users = users.join(", ");
            return Err(Refusal::new(409, format!("remove {name}: volume is in use - [{users}]")));
        }
        self.volumes.remove(name);
        self.note_other("volume", "destroy", name, &[("driver", "local")]);
        Ok(())
    }
}

pub(super) fn list(call: &Call) -> Answered<Response> {
    let filters = Filters::read(call, &["dangling", "driver", "label", "name"])?;
    let world = call.server.world();
    let no_labels = BTreeMap::new();
    let dangling = |name: &str| {
        filters.any("dangling", |wanted| {
            matches!(wanted, "true" | "1") == world.users_of_volume(name).is_empty()
        })
    };
    let found = world.volumes.iter().filter(|(name, volume)| {
        filters.matches("name", name)
            && filters.labels(volume.labels.as_ref().unwrap_or(&no_labels))
            && filters.any("driver", |driver| driver == "local")
            && dangling(name)
    });
    let volumes: Vec<_> = found.map(|(name, volume)| describe(name, volume)).collect();
    Ok(Response::json(200, &json!({"Volumes": volumes, "Warnings": null})))
}

pub(super) fn create(call: &Call) -> Answered<Response> {
    let body = call.json()?;
    let mut world = call.server.world();
    let name = match body["Name"].as_str() {
        None | Some("") => world.new_id(),
        Some(name) => name.to_owned(),
    };
    let labels = body["Labels"].is_object().then(|| strings(&body["Labels"]));
    world.ensure_volume(&name, labels)?;
    Ok(Response::json(201, &describe(&name, &world.volumes[&name])))
}

pub(super) fn inspect(call: &Call, name: &str) -> Answered<Response> {
    let world = call.server.world();
    let volume = world.volumes.get(name);
    let volume = volume.ok_or_else(|| Refusal::new(404, format!("get {name}: no such volume")))?;
    Ok(Response::json(200, &describe(name, volume)))
}

pub(super) fn remove(call: &Call, name: &str) -> Answered<Response> {
    let mut world = call.server.world();
    match world.remove_volume(name) {
        Err(refusal) if refusal.status == 404 && call.request.flag("force") => Ok(Response::empty(204)),
        removed => removed.map(|()| Response::empty(204)),
    }
}
