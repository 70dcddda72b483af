//! How a container is shown: `inspect`, a row of the list, and the words for its status.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::networks::mac;
use super::world::{Container, Mount, State, Status, moment};

/// The whole of `GET /containers/{id}/json`.
pub(super) fn inspect(container: &Container) -> Value {
    let argv = container.argv();
    let state = &container.state;
    let running = state.status.is_running();
    let directory = format!("/var/lib/docker/containers/{}", container.id);
    json!({
        "Id": container.id, "Created": format!("{:.9}", container.created),
        "Path": argv.first().cloned().unwrap_or_default(), "Args": argv.get(1..).unwrap_or_default(),
        "State": state_json(state), "Image": container.image_id,
        "ResolvConfPath": "", "HostnamePath": "", "HostsPath": "",
        "LogPath": format!("{directory}/{}-json.log", container.id), "Name": format!("/{}", container.name),
        "RestartCount": state.restarts, "Driver": "overlay2", "Platform": "linux", "MountLabel": "", "ProcessLabel": "",
        "AppArmorProfile": "", "ExecIDs": null, "HostConfig": trimmed(&container.host, &["Tmpfs", "Mounts", "Init"]),
        "GraphDriver": {"Data": {}, "Name": "overlay2"},
        "Mounts": container.mounts.iter().map(mount_json).collect::<Vec<_>>(),
        "Config": trimmed(&container.config, &["Healthcheck", "StopSignal", "StopTimeout", "ExposedPorts"]),
        "NetworkSettings": {
            "Bridge": "", "SandboxID": if running { &container.id } else { "" }, "HairpinMode": false,
            "Ports": if running { ports(container) } else { json!({}) }, "SandboxKey": "",
            "EndpointID": "", "Gateway": first(container, "Gateway"), "IPAddress": first(container, "IPAddress"),
            "IPPrefixLen": first(container, "IPPrefixLen"), "MacAddress": first(container, "MacAddress"),
            "Networks": networks(container),
        },
    })
}

/// Without those keys that the engine leaves out when they are not set.
fn trimmed(value: &Value, optional: &[&str]) -> Value {
    let kept = value.as_object().into_iter().flatten();
    let kept = kept.filter(|(key, value)| !(value.is_null() && optional.contains(&key.as_str())));
    Value::Object(kept.map(|(key, value)| (key.clone(), value.clone())).collect())
}

fn first(container: &Container, key: &str) -> Value {
    let all = networks(container);
    let bridge = all.get("bridge").map(|endpoint| endpoint[key].clone());
    bridge.unwrap_or_else(|| if key == "IPPrefixLen" { json!(0) } else { json!("") })
}

fn state_json(state: &State) -> Value {
    let mut value = json!({
        "Status": state.status.name(), "Running": state.status.is_running(), "Paused": state.status == Status::Paused,
        "Restarting": state.status == Status::Restarting, "OOMKilled": state.oom_killed, "Dead": false,
        "Pid": if matches!(state.status, Status::Running | Status::Paused) { 4711 } else { 0 },
        "ExitCode": state.exit_code, "Error": state.error,
        "StartedAt": moment(state.started), "FinishedAt": moment(state.finished),
    });
    if let Some(health) = &state.health {
        value["Health"] = json!({"Status": health, "FailingStreak": 0, "Log": []});
    }
    value
}

fn mount_json(mount: &Mount) -> Value {
    let mut value = json!({"Type": mount.kind});
    if mount.kind == "volume" {
        value["Name"] = mount.source.clone().into();
        value["Source"] = format!("/var/lib/docker/volumes/{}/_data", mount.source).into();
    } else {
        value["Source"] = mount.source.clone().into();
    }
    value["Destination"] = mount.target.clone().into();
    if mount.kind == "volume" {
        value["Driver"] = "local".into();
    }
    value["Mode"] = mount.mode.clone().into();
    value["RW"] = mount.writable.into();
    value["Propagation"] = if mount.kind == "bind" { "rprivate" } else { "" }.into();
    value
}

fn networks(container: &Container) -> Value {
    let entries = container.endpoints.iter().map(|endpoint| {
        let given = |key: &str| endpoint.settings.get(key).cloned().unwrap_or(Value::Null);
        let value = json!({
            "IPAMConfig": given("IPAMConfig"), "Links": null, "Aliases": aliases(container, &given("Aliases")),
            "NetworkID": endpoint.network_id, "EndpointID": endpoint.joined_as, "Gateway": endpoint.gateway,
            "IPAddress": endpoint.address, "IPPrefixLen": if endpoint.address.is_empty() { 0 } else { 16 },
            "IPv6Gateway": "", "GlobalIPv6Address": "", "GlobalIPv6PrefixLen": 0, "MacAddress": mac(&endpoint.address),
            "DriverOpts": given("DriverOpts"),
        });
        (endpoint.network.clone(), value)
    });
    Value::Object(entries.collect())
}

/// The aliases asked for, with the short id after them, in user-defined networks.
fn aliases(container: &Container, given: &Value) -> Value {
    let Some(names) = given.as_array() else { return Value::Null };
    let mut names = names.clone();
    let short = Value::from(&container.id[..12]);
    if !names.contains(&short) {
        names.push(short);
    }
    names.into()
}

/// Exposed ports with their bindings; null where none is published.
fn ports(container: &Container) -> Value {
    let mut ports = Map::new();
    for (port, _) in container.config["ExposedPorts"].as_object().into_iter().flatten() {
        let bound: Vec<_> = container
            .published
            .iter()
            .filter(|published| published.port == *port)
            .map(
                |published| json!({"HostIp": published.host_ip, "HostPort": published.host_port.to_string()}),
            )
            .collect();
        ports.insert(port.clone(), if bound.is_empty() { Value::Null } else { bound.into() });
    }
    ports.into()
}

/// One element of `GET /containers/json`.
pub(super) fn row(container: &Container, now: Timestamp) -> Value {
    let split = |port: &str| {
        let (number, kind) = port.split_once('/').unwrap_or((port, "tcp"));
        (number.parse::<u16>().unwrap_or(0), kind.to_owned())
    };
    let mut rows: Vec<Value> = Vec::new();
    if container.state.status.is_running() {
        for (port, bound) in ports(container).as_object().into_iter().flatten() {
            let (number, kind) = split(port);
            if bound.is_null() {
                rows.push(json!({"PrivatePort": number, "Type": kind}));
            }
            for binding in bound.as_array().into_iter().flatten() {
                let public: u16 =
                    binding["HostPort"].as_str().and_then(|port| port.parse().ok()).unwrap_or(0);
                rows.push(json!({"IP": binding["HostIp"], "PrivatePort": number, "PublicPort": public, "Type": kind}));
            }
        }
    }
    json!({
        "Id": container.id, "Names": [format!("/{}", container.name)], "Image": container.image,
        "ImageID": container.image_id, "Command": container.argv().join(" "), "Created": container.created.as_second(),
        "Ports": rows, "Labels": container.config["Labels"], "State": container.state.status.name(),
        "Status": status_text(&container.state, now), "HostConfig": {"NetworkMode": container.host["NetworkMode"]},
        "NetworkSettings": {"Networks": networks(container)},
        "Mounts": container.mounts.iter().map(mount_json).collect::<Vec<_>>(),
    })
}

fn status_text(state: &State, now: Timestamp) -> String {
    let since = |at: Option<Timestamp>| at.map_or(0, |at| (now.as_second() - at.as_second()).max(0));
    let up = since(state.started);
    match state.status {
        Status::Created => "Created".to_owned(),
        Status::Exited => format!("Exited ({}) {} ago", state.exit_code, human(since(state.finished))),
        Status::Restarting => {
            format!("Restarting ({}) {} ago", state.exit_code, human(since(state.finished)))
        }
        Status::Paused => format!("Up {} (Paused)", human(up)),
        Status::Running => match state.health.as_deref() {
            None => format!("Up {}", human(up)),
            Some("starting") => format!("Up {} (health: starting)", human(up)),
            Some(health) => format!("Up {} ({health})", human(up)),
        },
    }
}

/// A length of time in Docker's rough words.
fn human(seconds: i64) -> String {
    match seconds {
        0 => "Less than a second".to_owned(),
        1 => "1 second".to_owned(),
        2..60 => format!("{seconds} seconds"),
        60..120 => "About a minute".to_owned(),
        120..3_600 => format!("{} minutes", seconds / 60),
        3_600..7_200 => "About an hour".to_owned(),
        7_200..172_800 => format!("{} hours", seconds / 3_600),
        172_800..1_209_600 => format!("{} days", seconds / 86_400),
        _ => format!("{} weeks", seconds / 604_800),
    }
}
