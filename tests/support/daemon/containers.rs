//! Containers at rest: list, inspect, rename, update, statistics, and waiting for one to end.

use serde_json::{Value, json};

use super::describe;
use super::filters::Filters;
use super::http::Response;
use super::images::familiar;
use super::networks::Network;
use super::router::Call;
use super::volumes::allowed;
use super::world::{Answered, Container, Refusal, Status};

const FILTERS: [&str; 14] = [
    "ancestor",
    "before",
    "expose",
    "exited",
    "health",
    "id",
    "isolation",
    "is-task",
    "label",
    "name",
    "network",
    "publish",
    "status",
    "volume",
];

fn passes(container: &Container, filters: &Filters) -> bool {
    let state = &container.state;
    let slashed = format!("/{}", container.name);
    let in_network = |wanted: &str| {
        container.endpoints.iter().any(|place| place.network == wanted || place.network_id == wanted)
    };
    let mounts =
        |wanted: &str| container.mounts.iter().any(|mount| mount.source == wanted || mount.target == wanted);
    let of_image =
        |wanted: &str| familiar(&container.image) == familiar(wanted) || container.image_id.ends_with(wanted);
    (filters.matches("name", &container.name) || filters.matches("name", &slashed))
        && filters.any("id", |wanted| container.id.starts_with(wanted))
        && filters.any("status", |wanted| wanted == state.status.name())
        && filters.any("exited", |code| state.status == Status::Exited && code == state.exit_code.to_string())
        && filters.any("health", |wanted| wanted == state.health.as_deref().unwrap_or("none"))
        && filters.any("network", in_network)
        && filters.any("volume", mounts)
        && filters.any("ancestor", of_image)
        && filters.labels(&container.labels())
}

pub(super) fn list(call: &Call) -> Answered<Response> {
    let filters = Filters::read(call, &FILTERS)?;
    let known = ["created", "restarting", "running", "removing", "paused", "exited", "dead"];
    if let Some(bad) = filters.values("status").iter().find(|status| !known.contains(&status.as_str())) {
        let message = call.server.world().engine.either(
            format!("Invalid filter 'status={bad}'"),
            format!(
                "invalid filter 'status={bad}': invalid value for state ({bad}): must be one of created, running, paused, \
                 restarting, removing, exited, dead"
            ),
        );
        return Err(Refusal::new(400, message));
    }
    let mut world = call.server.world();
    let now = world.now();
    // A filter by state shows stopped containers too.
    let all = call.request.flag("all") || !filters.values("status").is_empty();
    let limit = call.param("limit").parse::<usize>().ok().filter(|limit| *limit > 0);
    let found = world.containers.iter().rev().filter(|container| {
        (all || limit.is_some() || container.state.status.is_running()) && passes(container, &filters)
    });
    let rows: Vec<Value> = found
        .take(limit.unwrap_or(usize::MAX))
        .map(|container| {
            let mut row = describe::row(container, now);
            let tag = familiar(&container.image);
            let image = world.images.iter().find(|image| image.id == container.image_id);
            // An image that lost the tag is shown by its id.
            if image.is_none_or(|image| !image.tags.contains(&tag) && !image.digests.contains(&tag)) {
                row["Image"] = container.image_id.clone().into();
            }
            row
        })
        .collect();
    Ok(Response::json(200, &rows.into()))
}

pub(super) fn inspect(call: &Call, id: &str) -> Answered<Response> {
    let world = call.server.world();
    let container = world.container(id)?;
    let mut value = describe::inspect(container);
    if world.engine.either(false, true) {
        // The short id is no alias any more; it is among `DNSNames`.
        for endpoint in &container.endpoints {
            let given = endpoint.settings.get("Aliases").cloned().unwrap_or_default();
            value["NetworkSettings"]["Networks"][&endpoint.network]["Aliases"] = given;
        }
    }
    let running: Vec<_> = world
        .execs
        .iter()
        .filter(|exec| exec.container == container.id && exec.result.is_none())
        .map(|exec| exec.id.clone())
        .collect();
    if !running.is_empty() {
        value["ExecIDs"] = running.into();
    }
    // Before its first start a container knows the default network by name only.
    if let Some(endpoint) = value["NetworkSettings"]["Networks"].as_object_mut() {
        endpoint.values_mut().for_each(|endpoint| known_network(&world.networks, endpoint));
    }
    Ok(Response::json(200, &value))
}

fn known_network(networks: &[Network], endpoint: &mut Value) {
    let known = networks.iter().any(|network| endpoint["NetworkID"] == network.id.as_str());
    if !known && endpoint["EndpointID"] == "" {
        endpoint["Gateway"] = "".into();
    }
}

pub(super) fn rename(call: &Call, id: &str) -> Answered<Response> {
    let mut world = call.server.world();
    let index = world.container_index(id)?;
    let name = call.param("name").trim_start_matches('/').to_owned();
    let old = world.containers[index].name.clone();
    if name.is_empty() {
        return Err(Refusal::new(400, "Neither old nor new names may be empty"));
    }
    if name == old {
        return Err(Refusal::new(400, "Renaming a container with the same name as its current name"));
    }
    if !allowed(&name) {
        let message = format!(
            "Error when allocating new name: Invalid container name (/{name}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed"
        );
        return Err(Refusal::new(400, message));
    }
    world.refuse_taken_name(&name).map_err(|refusal| {
        Refusal::new(refusal.status, format!("Error when allocating new name: {}", refusal.message))
    })?;
    world.containers[index].name = name;
    let id = world.containers[index].id.clone();
    world.note(&id, "rename", &[("oldName", format!("/{old}"))]);
    Ok(Response::empty(204))
}

pub(super) fn update(call: &Call, id: &str) -> Answered<Response> {
    let body = call.json()?;
    let mut world = call.server.world();
    let container = world.container_mut(id)?;
    for (key, value) in body.as_object().into_iter().flatten() {
        if container.host.get(key).is_some() && !value.is_null() && *value != json!(0) {
            container.host[key.as_str()] = value.clone();
        }
    }
    let id = container.id.clone();
    world.note(&id, "update", &[]);
    Ok(Response::json(200, &json!({"Warnings": null})))
}

/// One sample, with or without a stream; a container that is not running has an empty one.
pub(super) fn stats(call: &Call, id: &str) -> Answered<Response> {
    let mut world = call.server.world();
    let now = world.now();
    let container = world.container(id)?;
    let running = container.state.status.is_running();
    let limit = container.host["Memory"].as_u64().filter(|limit| *limit > 0).unwrap_or(world.engine.memory);
    let usage = |total: u64| {
        json!({"cpu_usage": {"total_usage": total, "percpu_usage": [total], "usage_in_kernelmode": 0,
            "usage_in_usermode": total}, "system_cpu_usage": total * 10, "online_cpus": world.engine.cpus,
            "throttling_data": {"periods": 0, "throttled_periods": 0, "throttled_time": 0}})
    };
    let body = json!({
        "read": format!("{now:.9}"), "preread": format!("{now:.9}"), "name": format!("/{}", container.name),
        "id": container.id, "pids_stats": if running { json!({"current": 5}) } else { json!({}) },
        "cpu_stats": usage(2_000_000), "precpu_stats": usage(1_000_000), "num_procs": 0, "storage_stats": {},
        "blkio_stats": {},
        "memory_stats": if running { json!({"usage": 1_048_576, "limit": limit, "stats": {"cache": 0}}) } else { json!({}) },
        "networks": {"eth0": {"rx_bytes": 0, "rx_packets": 0, "rx_errors": 0, "rx_dropped": 0, "tx_bytes": 0,
            "tx_packets": 0, "tx_errors": 0, "tx_dropped": 0}},
    });
    Ok(Response::json(200, &body))
}

/// The head is sent at once, the answer when the condition holds: `not-running`, `next-exit` or `removed`.
pub(super) fn wait(call: Call, id: &str) -> Answered<Response> {
    let condition = match call.param("condition") {
        "" => "not-running".to_owned(),
        known @ ("not-running" | "next-exit" | "removed") => known.to_owned(),
        other => return Err(Refusal::new(400, format!("invalid condition: \"{other}\""))),
    };
    let (id, exits) = {
        let world = call.server.world();
        let container = world.container(id)?;
        (container.id.clone(), container.state.exits)
    };
    Ok(Response::stream("application/json", move |wire| {
        let server = call.server.clone();
        let ended = server.wait_for(wire, |world| match world.container(&id) {
            Err(_) => Some((world.gone.get(&id).copied().unwrap_or(0), String::new())),
            Ok(container) => {
                let over = match condition.as_str() {
                    // An exit that is followed by a restart counts too.
                    "not-running" => !container.state.status.is_running() || container.state.exits > exits,
                    "next-exit" => container.state.exits > exits,
                    _ => false,
                };
                over.then(|| (container.state.exit_code, container.state.error.clone()))
            }
        })?;
        let mut answer = json!({"StatusCode": ended.0});
        if !ended.1.is_empty() {
            answer["Error"] = json!({"Message": ended.1});
        } else if server.world().engine.either(true, false) {
            answer["Error"] = Value::Null;
        }
        wire.chunk(format!("{answer}\n").as_bytes())
    }))
}
