//! An instance as the request that makes its container. Pure, and compared as data in tests.

use std::collections::HashMap;

use bollard::models::{
    ContainerCreateBody, EndpointSettings, HealthConfig, HostConfig, HostConfigLogConfig, Mount,
    MountBindOptions, MountBindOptionsPropagationEnum, MountType, MountVolumeOptions, NetworkingConfig,
    PortBinding, RestartPolicy, RestartPolicyNameEnum,
};

use crate::kernel::{digest, labels};
use crate::model::health_check::HealthCheck;
use crate::model::stack::{ContainerSpec, Holds, Instance, Published};

/// Longest name of a host that Linux takes, in bytes.
const MAX_HOSTNAME: usize = 63;

/// What the world adds to a specification.
#[derive(Debug, Clone, Copy)]
pub struct Surroundings<'a> {
    /// The stack.
    pub stack: &'a str,
    /// Address of the host in the stack's network.
    pub gateway: Option<&'a str>,
    /// New mounts of the host can be followed.
    pub host_is_shared: bool,
}

/// The request for the container of an instance.
pub fn create(instance: &Instance, around: Surroundings<'_>) -> ContainerCreateBody {
    let spec = &instance.spec;
    let json = serde_json::to_string(spec).unwrap_or_default();
    let mut all = HashMap::from([
        (labels::STACK.to_owned(), around.stack.to_owned()),
        (labels::COMPONENT.to_owned(), instance.name.clone()),
        (labels::ROLE.to_owned(), labels::ROLE_COMPONENT.to_owned()),
        (labels::SPEC.to_owned(), digest::spec(&json)),
        (labels::SPEC_JSON.to_owned(), json),
        (labels::VERSION.to_owned(), env!("CARGO_PKG_VERSION").to_owned()),
    ]);
    if let Some(volume) = instance.config_volume() {
        all.insert(labels::CONFIG.to_owned(), volume.to_owned());
    }
    if let Some(gateway) = around.gateway {
        all.insert(labels::GATEWAY.to_owned(), gateway.to_owned());
    }
    let ports = ports(spec);
    let gateway = around.gateway.unwrap_or("127.0.0.1");
    ContainerCreateBody {
        image: Some(spec.image.clone()),
        entrypoint: (!spec.entrypoint.is_empty()).then(|| spec.entrypoint.clone()),
        cmd: Some(spec.args.iter().map(|arg| arg.replace("{gateway}", gateway)).collect()),
        env: Some(spec.env.clone()),
        user: Some(spec.user.clone()),
        // Docker makes it an alias in every network, and the container takes it for itself.
        hostname: (!spec.host_network && spec.name.len() <= MAX_HOSTNAME).then(|| spec.name.clone()),
        exposed_ports: (!spec.host_network).then(|| ports.iter().map(|(port, _)| port.clone()).collect()),
        labels: Some(all),
        stop_timeout: Some(spec.stop_timeout.into()),
        healthcheck: spec.health.as_ref().map(|check| health(check, gateway)),
        host_config: Some(host_config(spec, &ports, around)),
        networking_config: (!spec.host_network).then(|| networking(spec, around.stack)),
        ..ContainerCreateBody::default()
    }
}

/// The ports inside as Docker writes them, with their places on the host.
fn ports(spec: &ContainerSpec) -> Vec<(String, Option<Published>)> {
    let more = spec
        .more_ports
        .iter()
        .map(|port| (format!("{}/{}", port.inside, port.protocol.word()), Some(port.published)));
    std::iter::once((format!("{}/tcp", spec.port), spec.published)).chain(more).collect()
}

fn host_config(
    spec: &ContainerSpec,
    ports: &[(String, Option<Published>)],
    around: Surroundings<'_>,
) -> HostConfig {
    let bindings: HashMap<_, _> = ports
        .iter()
        .filter(|_| !spec.host_network)
        .filter_map(|(port, published)| {
            Some((port.clone(), Some((*published)?.every_address().map(binding).collect())))
        })
        .collect();
    let memory = i64::try_from(spec.memory).unwrap_or(i64::MAX);
    HostConfig {
        memory: Some(memory),
        memory_swap: Some(memory),
        pids_limit: Some(spec.pids),
        cap_drop: Some(vec!["ALL".to_owned()]),
        cap_add: (!spec.capabilities.is_empty()).then(|| spec.capabilities.clone()),
        security_opt: Some(vec!["no-new-privileges:true".to_owned()]),
        readonly_rootfs: Some(true),
        privileged: Some(false),
        // The engine's default keeps logs without a limit.
        log_config: Some(HostConfigLogConfig {
            typ: Some("json-file".to_owned()),
            config: Some(HashMap::from([
                ("max-size".to_owned(), "10m".to_owned()),
                ("max-file".to_owned(), "3".to_owned()),
            ])),
        }),
        restart_policy: Some(RestartPolicy {
            name: Some(RestartPolicyNameEnum::UNLESS_STOPPED),
            maximum_retry_count: None,
        }),
        mounts: Some(mounts(spec, around.host_is_shared)),
        tmpfs: (!spec.tmpfs.is_empty()).then(|| tmpfs(spec)),
        port_bindings: (!bindings.is_empty()).then_some(bindings),
        network_mode: Some(if spec.host_network { "host".to_owned() } else { around.stack.to_owned() }),
        extra_hosts: (!spec.host_network).then(|| extra_hosts(spec, around.gateway)),
        ..HostConfig::default()
    }
}

/// Nanoseconds of a second: the API takes no other unit.
const SECOND: i64 = 1_000_000_000;

fn health(check: &HealthCheck, gateway: &str) -> HealthConfig {
    let command = check.command.iter().map(|word| word.replace("{gateway}", gateway));
    HealthConfig {
        test: Some(std::iter::once("CMD".to_owned()).chain(command).collect()),
        interval: Some(30 * SECOND),
        timeout: Some(5 * SECOND),
        retries: Some(3),
        start_period: Some(i64::from(check.start_period) * SECOND),
        // Engines before 25 do not know it and wait for the first interval.
        start_interval: Some(2 * SECOND),
    }
}

fn binding(published: Published) -> PortBinding {
    PortBinding { host_ip: Some(published.ip.to_string()), host_port: Some(published.port.to_string()) }
}

fn mounts(spec: &ContainerSpec, host_is_shared: bool) -> Vec<Mount> {
    let volumes = spec.volumes.iter().map(|volume| Mount {
        typ: Some(MountType::VOLUME),
        source: Some(volume.volume.clone()),
        target: Some(volume.target.clone()),
        read_only: Some(volume.holds == Holds::Config),
        // What the image has at that place is not wanted in the volume.
        volume_options: Some(MountVolumeOptions { no_copy: Some(true), ..MountVolumeOptions::default() }),
        ..Mount::default()
    });
    let host = spec.host_mounts.iter().map(|(source, target, follows)| Mount {
        typ: Some(MountType::BIND),
        source: Some(source.clone()),
        target: Some(target.clone()),
        read_only: Some(true),
        // Without a wish the engine takes a propagation it allows: it refuses an explicit `rprivate` for `/`.
        bind_options: (*follows && host_is_shared).then(|| MountBindOptions {
            propagation: Some(MountBindOptionsPropagationEnum::RSLAVE),
            ..MountBindOptions::default()
        }),
        ..Mount::default()
    });
    volumes.chain(host).collect()
}

fn tmpfs(spec: &ContainerSpec) -> HashMap<String, String> {
    spec.tmpfs
        .iter()
        .map(|(path, size)| (path.clone(), format!("rw,noexec,nosuid,nodev,size={size},mode=1777")))
        .collect()
}

fn extra_hosts(spec: &ContainerSpec, gateway: Option<&str>) -> Vec<String> {
    let host = "host.docker.internal:host-gateway".to_owned();
    let names = spec.host_names.iter().filter_map(|name| Some(format!("{name}:{}", gateway?)));
    [host].into_iter().chain(names).collect()
}

fn networking(spec: &ContainerSpec, stack: &str) -> NetworkingConfig {
    let settings = EndpointSettings { aliases: Some(spec.aliases.clone()), ..EndpointSettings::default() };
    NetworkingConfig { endpoints_config: Some(HashMap::from([(stack.to_owned(), settings)])) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_is_published_for_both_families() {
        let bindings = |ip: &str| {
            let published = Published { ip: ip.parse().unwrap(), port: 9090 };
            published.every_address().map(|one| binding(one).host_ip.unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(bindings("::"), ["::", "0.0.0.0"]);
        assert_eq!(bindings("0.0.0.0"), ["0.0.0.0"]);
        assert_eq!(bindings("::1"), ["::1"]);
    }
}
