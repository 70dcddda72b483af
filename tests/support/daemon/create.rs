//! `POST /containers/create`: what the client asked for, merged with the image and the engine's defaults.
//!
//! Fields that the engine does not know are dropped without a word, as in reality.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::files::{FakeFile, Tree};
use super::http::Response;
use super::images::familiar;
use super::router::Call;
use super::volumes::allowed;
use super::world::{Answered, Container, Endpoint, Mount, Refusal, State, Status, World, list};

/// `Config` as the engine shows it when nothing is set.
pub(super) fn default_config() -> Value {
    json!({
        "Hostname": "", "Domainname": "", "User": "", "AttachStdin": false, "AttachStdout": false,
        "AttachStderr": false, "ExposedPorts": null, "Tty": false, "OpenStdin": false, "StdinOnce": false,
        "Env": null, "Cmd": null, "Healthcheck": null, "Image": "", "Volumes": null, "WorkingDir": "",
        "Entrypoint": null, "OnBuild": null, "Labels": null, "StopSignal": null, "StopTimeout": null,
    })
}

/// `HostConfig` as the engine shows it when nothing is set.
const DEFAULT_HOST: &str = r#"{
        "Binds": null, "ContainerIDFile": "", "LogConfig": {"Type": "json-file", "Config": {}}, "NetworkMode": "default",
        "PortBindings": {}, "RestartPolicy": {"Name": "", "MaximumRetryCount": 0}, "AutoRemove": false,
        "VolumeDriver": "", "VolumesFrom": null, "CapAdd": null, "CapDrop": null, "CgroupnsMode": "host", "Dns": null,
        "DnsOptions": null, "DnsSearch": null, "ExtraHosts": null, "GroupAdd": null, "IpcMode": "private",
        "Cgroup": "", "Links": null, "OomScoreAdj": 0, "PidMode": "", "Privileged": false, "PublishAllPorts": false,
        "ReadonlyRootfs": false, "SecurityOpt": null, "StorageOpt": null, "Tmpfs": null, "UTSMode": "", "UsernsMode": "",
        "ShmSize": 67108864, "Sysctls": null, "Runtime": "runc", "ConsoleSize": [0, 0], "Isolation": "",
        "CpuShares": 0, "Memory": 0, "NanoCpus": 0, "CgroupParent": "", "BlkioWeight": 0, "CpuPeriod": 0,
        "CpuQuota": 0, "CpusetCpus": "", "CpusetMems": "", "Devices": null, "DeviceCgroupRules": null,
        "DeviceRequests": null, "MemoryReservation": 0, "MemorySwap": 0, "MemorySwappiness": null,
        "OomKillDisable": false, "PidsLimit": null, "Ulimits": null, "Init": null, "Mounts": null,
        "MaskedPaths": ["/proc/kcore"], "ReadonlyPaths": ["/proc/sys"]
}"#;

fn default_host() -> Value {
    serde_json::from_str(DEFAULT_HOST).unwrap()
}

/// `defaults` with the values of the keys that it knows taken from `given`; null counts as not given.
pub(super) fn overlay(defaults: &Value, given: &Value) -> Value {
    let mut merged = defaults.clone();
    for (key, value) in merged.as_object_mut().into_iter().flatten() {
        if !given[key.as_str()].is_null() {
            *value = given[key.as_str()].clone();
        }
    }
    merged
}

fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::new(400, message)
}

pub(super) fn create(call: &Call) -> Answered<Response> {
    let body = call.json()?;
    if body.as_object().is_none_or(Map::is_empty) {
        let config = call.server.world().engine.either("Config", "config");
        return Err(invalid(format!("{config} cannot be empty in order to create a container")));
    }
    let mut world = call.server.world();
    let name = call.param("name").trim_start_matches('/').to_owned();
    if !name.is_empty() && !allowed(&name) {
        return Err(invalid(format!(
            "Invalid container name ({name}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed"
        )));
    }
    let asked = body["Image"].as_str().unwrap_or_default();
    let image = world.image_index(asked);
    let image = image.ok_or_else(|| Refusal::new(404, format!("No such image: {}", familiar(asked))))?;
    let config = merged_config(&body, &world.images[image].config);
    let host = merged_host(&body["HostConfig"]);
    refuse_limits(&host)?;
    if list(&config["Entrypoint"]).is_empty() && list(&config["Cmd"]).is_empty() {
        return Err(invalid("No command specified"));
    }
    refuse_mounts(&host)?;
    let id = world.new_id();
    let name = if name.is_empty() { format!("fake_{}", &id[..6]) } else { name };
    world.refuse_taken_name(&name)?;
    let mounts = mounts(&mut world, &config, &host)?;
    let id = add(&mut world, Draft { id, name, image, config, host, mounts }, &body);
    Ok(Response::json(201, &json!({"Id": id, "Warnings": []})))
}

/// What a container is made of.
struct Draft {
    id: String,
    name: String,
    image: usize,
    config: Value,
    host: Value,
    mounts: Vec<Mount>,
}

fn add(world: &mut World, draft: Draft, body: &Value) -> String {
    let created = world.now();
    let Draft { id, name, image, mut config, host, mounts } = draft;
    let mut root = world.images[image].tree.clone();
    for mount in mounts.iter().filter(|mount| mount.kind != "tmpfs") {
        copy_up(world, mount, &root);
        root.make_directory(mount.target.trim_matches('/'), created);
    }
    if config["Hostname"] == "" {
        config["Hostname"] = id[..12].into();
    }
    world.containers.push(Container {
        id: id.clone(),
        name,
        created,
        image: body["Image"].as_str().unwrap_or_default().to_owned(),
        image_id: world.images[image].id.clone(),
        endpoints: endpoints(&host, &body["NetworkingConfig"]["EndpointsConfig"]),
        config,
        host,
        mounts,
        root,
        state: State {
            status: Status::Created,
            exit_code: 0,
            error: String::new(),
            oom_killed: false,
            started: None,
            finished: None,
            health: None,
            restarts: 0,
            exits: 0,
        },
        logs: Vec::new(),
        published: Vec::new(),
        loaded: None,
        program: None,
        services: Vec::new(),
    });
    world.note(&id, "create", &[]);
    id
}

/// A new volume begins with what the image has at its place, owner and mode included.
fn copy_up(world: &mut World, mount: &Mount, root: &Tree) {
    let Some(volume) = world.volumes.get_mut(&mount.source).filter(|_| mount.kind == "volume") else {
        return;
    };
    if let Some(content) = root.subtree(mount.target.trim_matches('/')).filter(|_| volume.tree.is_empty()) {
        volume.tree = content;
    }
}

impl World {
    /// Refuses a container name that another container has.
    pub(super) fn refuse_taken_name(&self, name: &str) -> Answered<()> {
        match self.containers.iter().find(|container| container.name == name) {
            None => Ok(()),
            Some(holder) => Err(Refusal::new(
                409,
                format!(
                    "Conflict. The container name \"/{name}\" is already in use by container \"{}\". You have to remove \
                     (or rename) that container to be able to reuse that name.",
                    holder.id
                ),
            )),
        }
    }
}

fn merged_config(body: &Value, image: &Value) -> Value {
    let mut config = overlay(&overlay(&default_config(), image), body);
    // An entry point of the client's drops the image's command.
    if !list(&body["Entrypoint"]).is_empty() && body["Cmd"].is_null() {
        config["Cmd"] = Value::Null;
    }
    for key in ["Labels", "ExposedPorts", "Volumes"] {
        let mut merged = image[key].as_object().cloned().unwrap_or_default();
        merged.extend(body[key].as_object().cloned().unwrap_or_default());
        if !merged.is_empty() || key == "Labels" {
            config[key] = merged.into();
        }
    }
    config["Env"] = merged_env(&list(&image["Env"]), &list(&body["Env"]));
    config
}

fn merged_env(image: &[String], client: &[String]) -> Value {
    let key = |entry: &str| entry.split('=').next().unwrap_or_default().to_owned();
    let kept = image.iter().filter(|entry| client.iter().all(|other| key(other) != key(entry)));
    let all: Vec<_> = client.iter().chain(kept).collect();
    if all.is_empty() { Value::Null } else { json!(all) }
}

fn merged_host(given: &Value) -> Value {
    let mut host = overlay(&default_host(), given);
    if host["NetworkMode"] == "" {
        host["NetworkMode"] = "default".into();
    }
    if host["LogConfig"]["Type"].as_str().unwrap_or_default().is_empty() {
        host["LogConfig"]["Type"] = "json-file".into();
    }
    host["LogConfig"]["Config"] = match &host["LogConfig"]["Config"] {
        Value::Null => json!({}),
        config => config.clone(),
    };
    if let (Some(memory @ 1..), Some(0)) = (host["Memory"].as_i64(), host["MemorySwap"].as_i64()) {
        host["MemorySwap"] = (memory * 2).into();
    }
    host
}

fn refuse_limits(host: &Value) -> Answered<()> {
    if matches!(host["Memory"].as_i64(), Some(1..=6_291_455)) {
        return Err(invalid("Minimum memory limit allowed is 6MB"));
    }
    let policy = host["RestartPolicy"]["Name"].as_str().unwrap_or_default();
    if !["", "no", "always", "on-failure", "unless-stopped"].contains(&policy) {
        return Err(invalid(format!("invalid restart policy '{policy}'")));
    }
    Ok(())
}

fn refuse_mounts(host: &Value) -> Answered<()> {
    for mount in host["Mounts"].as_array().into_iter().flatten() {
        let source = mount["Source"].as_str().unwrap_or_default();
        if mount["Type"] == "bind" && !Path::new(source).exists() {
            return Err(invalid(format!(
                "invalid mount config for type \"bind\": bind source path does not exist: {source}"
            )));
        }
    }
    Ok(())
}

fn mounts(world: &mut World, config: &Value, host: &Value) -> Answered<Vec<Mount>> {
    let mut mounts = Vec::new();
    for bind in list(&host["Binds"]) {
        let parts: Vec<&str> = bind.split(':').collect();
        let (source, target, mode) = match parts.as_slice() {
            [source, target] => (*source, *target, ""),
            [source, target, mode] => (*source, *target, *mode),
            _ => return Err(invalid(format!("invalid volume specification: '{bind}'"))),
        };
        let kind = if source.starts_with('/') { "bind" } else { "volume" };
        let mode_shown = if mode.is_empty() && kind == "volume" { "z" } else { mode };
        mounts.push(Mount {
            kind: kind.to_owned(),
            source: source.to_owned(),
            target: target.to_owned(),
            writable: !mode.split(',').any(|word| word == "ro"),
            mode: mode_shown.to_owned(),
            anonymous: false,
        });
    }
    for mount in host["Mounts"].as_array().into_iter().flatten() {
        let text = |key: &str| mount[key].as_str().unwrap_or_default().to_owned();
        let (kind, writable) = (text("Type"), !mount["ReadOnly"].as_bool().unwrap_or(false));
        let nameless = kind == "volume" && text("Source").is_empty();
        let source = if nameless { world.new_id() } else { text("Source") };
        let mode = if kind == "volume" { "z".to_owned() } else { String::new() };
        mounts.push(Mount { kind, source, target: text("Target"), writable, mode, anonymous: nameless });
    }
    for target in config["Volumes"].as_object().into_iter().flatten().map(|(target, _)| target) {
        if mounts.iter().all(|mount| mount.target != *target) {
            let (source, target) = (world.new_id(), target.clone());
            let (kind, mode) = ("volume".to_owned(), String::new());
            mounts.push(Mount { kind, source, target, writable: true, mode, anonymous: true });
        }
    }
    for mount in &mut mounts {
        mount.target = format!("/{}", mount.target.trim_matches('/'));
        match mount.kind.as_str() {
            "volume" => world.ensure_volume(&mount.source, None)?,
            "bind" if !world.binds.contains_key(&mount.source) => {
                let now = world.now();
                world.binds.insert(mount.source.clone(), host_tree(&mount.source, now));
            }
            _ => {}
        }
    }
    Ok(mounts)
}

/// The beginning of a bind mount: the directory, or the file when the host has one of a modest size.
fn host_tree(source: &str, now: jiff::Timestamp) -> Tree {
    let mut tree = Tree::new(now);
    let small = std::fs::metadata(source).is_ok_and(|facts| facts.is_file() && facts.len() < 1 << 20);
    if let Some(bytes) = small.then(|| std::fs::read(source).ok()).flatten() {
        tree.nodes.get_mut("").unwrap().file = FakeFile::file(0o644, 0, 0, bytes);
    }
    tree
}

fn endpoints(host: &Value, asked: &Value) -> Vec<Endpoint> {
    let mode = host["NetworkMode"].as_str().unwrap_or("default");
    let first = if mode == "default" { "bridge" } else { mode };
    if first.starts_with("container:") {
        return Vec::new();
    }
    let mut endpoints = vec![Endpoint::asked(first, asked[first].clone())];
    for (network, settings) in asked.as_object().into_iter().flatten() {
        if network != first {
            endpoints.push(Endpoint::asked(network, settings.clone()));
        }
    }
    endpoints
}

impl Endpoint {
    /// A membership that takes effect at the next start.
    pub(super) fn asked(network: &str, settings: Value) -> Self {
        Self {
            network: network.to_owned(),
            settings,
            network_id: String::new(),
            joined_as: String::new(),
            address: String::new(),
            gateway: String::new(),
        }
    }
}
