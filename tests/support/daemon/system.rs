//! `/_ping`, `/version` and `/info`.

use serde_json::{Value, json};

use super::http::Response;
use super::router::Call;
use super::world::{Status, moment};

pub(super) fn ping() -> Response {
    let mut response = Response::new(200, "text/plain; charset=utf-8", b"OK".to_vec());
    response.headers.push(("Cache-Control".into(), "no-cache, no-store, must-revalidate".into()));
    response.headers.push(("Pragma".into(), "no-cache".into()));
    response
}

pub(super) fn version(call: &Call) -> Response {
    let engine = call.server.world().engine.clone();
    if let Some(version) = &engine.podman {
        return podman(version, &engine.api_version);
    }
    let body = json!({
        "Platform": {"Name": ""},
        "Components": [
            {"Name": "Engine", "Version": engine.version, "Details": {
                "ApiVersion": engine.api_version, "MinAPIVersion": engine.min_api_version, "Arch": "amd64", "Os": "linux",
                "Experimental": "false", "GitCommit": "0000000", "GoVersion": "go1.19.8", "KernelVersion": "6.1.0"}},
        ],
        "Version": engine.version, "ApiVersion": engine.api_version, "MinAPIVersion": engine.min_api_version,
        "GitCommit": "0000000", "GoVersion": "go1.19.8", "Os": "linux", "Arch": "amd64", "KernelVersion": "6.1.0",
        "BuildTime": "2023-04-04T00:00:00.000000000+00:00",
    });
    Response::json(200, &body)
}

/// The answer of Podman's service, which names its own API as well as the one of Docker.
fn podman(version: &str, api: &str) -> Response {
    let body = json!({
        "Platform": {"Name": "linux/amd64/debian-13"},
        "Components": [
            {"Name": "Podman Engine", "Version": version, "Details": {
                "APIVersion": version, "Arch": "amd64", "BuildTime": "2025-02-21T00:00:00Z", "Experimental": "false",
                "GitCommit": "", "GoVersion": "go1.24.4", "KernelVersion": "6.12.0", "MinAPIVersion": "4.0.0",
                "Os": "linux"}},
            {"Name": "Conmon", "Version": "conmon version 2.1.12, commit: unknown", "Details": {"Package": "conmon_2.1.12"}},
            {"Name": "OCI Runtime (crun)", "Version": "crun version 1.21", "Details": {"Package": "crun_1.21"}},
        ],
        "Version": version, "ApiVersion": api, "MinAPIVersion": "1.24", "GitCommit": "", "GoVersion": "go1.24.4",
        "Os": "linux", "Arch": "amd64", "KernelVersion": "6.12.0", "BuildTime": "2025-02-21T00:00:00Z",
    });
    Response::json(200, &body)
}

pub(super) fn info(call: &Call) -> Response {
    let mut world = call.server.world();
    let now = world.now();
    let count = |test: &dyn Fn(Status) -> bool| {
        world.containers.iter().filter(|container| test(container.state.status)).count()
    };
    let engine = &world.engine;
    let mut body: Value = serde_json::from_str(CONSTANTS).unwrap();
    let facts = json!({
        "ID": engine.id,
        "Containers": world.containers.len(),
        "ContainersRunning": count(&|status| matches!(status, Status::Running | Status::Restarting)),
        "ContainersPaused": count(&|status| status == Status::Paused),
        "ContainersStopped": count(&|status| !status.is_running()),
        "Images": world.images.len(),
        "SystemTime": moment(Some(now)),
        "NCPU": engine.cpus,
        "MemTotal": engine.memory,
        "ServerVersion": engine.version,
        "SecurityOptions": engine.security_options,
    });
    for (key, value) in facts.as_object().into_iter().flatten() {
        body[key.as_str()] = value.clone();
    }
    Response::json(200, &body)
}

/// What `/info` says of every machine.
const CONSTANTS: &str = r#"{
    "ID": "", "Containers": 0, "ContainersRunning": 0, "ContainersPaused": 0, "ContainersStopped": 0, "Images": 0,
    "Driver": "overlay2", "DriverStatus": [["Backing Filesystem", "extfs"], ["Supports d_type", "true"]],
    "Plugins": {"Volume": ["local"], "Network": ["bridge", "host", "ipvlan", "macvlan", "null", "overlay"],
        "Authorization": null, "Log": ["json-file", "local", "none"]},
    "MemoryLimit": true, "SwapLimit": true, "CpuCfsPeriod": true, "CpuCfsQuota": true, "CPUShares": true,
    "CPUSet": true, "PidsLimit": true, "IPv4Forwarding": true, "BridgeNfIptables": true, "OomKillDisable": true,
    "LoggingDriver": "json-file", "CgroupDriver": "cgroupfs", "CgroupVersion": "1", "KernelVersion": "6.1.0",
    "OperatingSystem": "Debian GNU/Linux 12 (bookworm)", "OSVersion": "12", "OSType": "linux",
    "Architecture": "x86_64", "IndexServerAddress": "https://index.docker.io/v1/",
    "RegistryConfig": {"InsecureRegistryCIDRs": ["127.0.0.0/8"], "IndexConfigs": {}, "Mirrors": []},
    "DockerRootDir": "/var/lib/docker", "HttpProxy": "", "HttpsProxy": "", "NoProxy": "", "Name": "fake",
    "Labels": [], "ExperimentalBuild": false, "Runtimes": {"runc": {"path": "runc"}}, "DefaultRuntime": "runc",
    "Swarm": {"NodeID": "", "NodeAddr": "", "LocalNodeState": "inactive", "ControlAvailable": false, "Error": "",
        "RemoteManagers": null},
    "LiveRestoreEnabled": false, "InitBinary": "docker-init", "Warnings": null
}"#;
