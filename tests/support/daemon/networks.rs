//! Networks: names are not unique, identifiers are; addresses come from 172.18.0.0/16 onwards.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::filters::Filters;
use super::http::Response;
use super::router::Call;
use super::world::{Answered, Container, Endpoint, Refusal, Status, World, strings};

/// A network.
#[derive(Debug, Clone)]
pub(super) struct Network {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) created: Timestamp,
    pub(super) driver: String,
    pub(super) internal: bool,
    pub(super) attachable: bool,
    pub(super) labels: BTreeMap<String, String>,
    pub(super) options: Value,
    /// Empty for `host` and `none`.
    pub(super) subnet: String,
    pub(super) gateway: String,
    pub(super) next_address: u16,
}

/// The networks that are always there.
const PREDEFINED: [&str; 3] = ["bridge", "host", "none"];

impl Network {
    pub(super) fn predefined(name: &str, id: String, created: Timestamp) -> Self {
        let (driver, subnet) = match name {
            "bridge" => ("bridge", "172.17.0.0/16"),
            "host" => ("host", ""),
            _ => ("null", ""),
        };
        Self {
            id,
            name: name.to_owned(),
            created,
            driver: driver.to_owned(),
            internal: false,
            attachable: false,
            labels: BTreeMap::new(),
            options: json!({}),
            subnet: subnet.to_owned(),
            gateway: subnet.replace(".0/16", ".1"),
            next_address: 2,
        }
    }

    fn describe(&self, members: &[&Container]) -> Value {
        let ipam = if self.subnet.is_empty() {
            json!([])
        } else if self.name == "bridge" {
            json!([{"Subnet": self.subnet}])
        } else {
            json!([{"Subnet": self.subnet, "Gateway": self.gateway}])
        };
        let mut containers = Map::new();
        for container in members {
            for endpoint in container.endpoints.iter().filter(|endpoint| endpoint.network_id == self.id) {
                containers.insert(
                    container.id.clone(),
                    json!({"Name": container.name, "EndpointID": endpoint.joined_as,
                        "MacAddress": mac(&endpoint.address), "IPv4Address": format!("{}/16", endpoint.address),
                        "IPv6Address": ""}),
                );
            }
        }
        json!({
            "Name": self.name, "Id": self.id, "Created": format!("{:.9}", self.created), "Scope": "local",
            "Driver": self.driver, "EnableIPv6": false,
            "IPAM": {"Driver": "default", "Options": null, "Config": ipam},
            "Internal": self.internal, "Attachable": self.attachable, "Ingress": false,
            "ConfigFrom": {"Network": ""}, "ConfigOnly": false,
            "Containers": containers, "Options": self.options, "Labels": self.labels,
        })
    }
}

/// The hardware address that the bridge driver derives from an address.
pub(super) fn mac(address: &str) -> String {
    let bytes = address.split('.').filter_map(|byte| byte.parse::<u8>().ok());
    let bytes: Vec<_> = bytes.map(|byte| format!("{byte:02x}")).collect();
    if bytes.is_empty() { String::new() } else { format!("02:42:{}", bytes.join(":")) }
}

impl World {
    /// The network of that id, name or beginning of an id; with the wording for two of one name.
    pub(super) fn network_index(
        &self,
        reference: &str,
        ambiguous: fn(&str, usize) -> String,
    ) -> Answered<usize> {
        let all = self.networks.iter().enumerate();
        let place = |test: &dyn Fn(&Network) -> bool| -> Vec<usize> {
            all.clone().filter(|(_, network)| test(network)).map(|(index, _)| index).collect()
        };
        let tests: [&dyn Fn(&Network) -> bool; 3] =
            [&|network| network.id == reference, &|network| network.name == reference, &|network| {
                !reference.is_empty() && network.id.starts_with(reference)
            }];
        for test in tests {
            match place(test).as_slice() {
                [] => {}
                [index] => return Ok(*index),
                many => return Err(Refusal::new(400, ambiguous(reference, many.len()))),
            }
        }
        Err(Refusal::new(404, format!("network {reference} not found")))
    }

    /// As [`World::network_index`], worded as most endpoints do.
    pub(super) fn find_network(&self, reference: &str) -> Answered<usize> {
        self.network_index(reference, |name, count| {
            format!("network {name} is ambiguous ({count} matches found based on name)")
        })
    }

    /// Gives a container an address in a network.
    pub(super) fn join(&mut self, container: usize, endpoint: usize) -> Answered<()> {
        let wanted = self.containers[container].endpoints[endpoint].network.clone();
        let network = self.find_network(&wanted)?;
        let endpoint_id = self.new_id();
        let network = &mut self.networks[network];
        let prefix = network.subnet.trim_end_matches(".0.0/16").to_owned();
        let address = if prefix.is_empty() {
            String::new()
        } else {
            format!("{prefix}.{}.{}", network.next_address >> 8, network.next_address & 0xff)
        };
        network.next_address += 1;
        let (network_id, gateway) = (network.id.clone(), network.gateway.clone());
        let (name, driver) = (network.name.clone(), network.driver.clone());
        let container = &mut self.containers[container];
        let place = &mut container.endpoints[endpoint];
        (place.network_id, place.gateway, place.joined_as, place.address) =
            (network_id.clone(), gateway, endpoint_id, address);
        let id = container.id.clone();
        self.note_other(
            "network",
            "connect",
            &network_id,
            &[("container", &id), ("name", &name), ("type", &driver)],
        );
        Ok(())
    }

    /// Takes a container out of its networks; it keeps its membership for the next start.
    pub(super) fn leave_all(&mut self, container: usize) {
        for place in 0..self.containers[container].endpoints.len() {
            self.leave(container, place);
        }
    }

    fn leave(&mut self, container: usize, place: usize) {
        let id = self.containers[container].id.clone();
        let endpoint = &mut self.containers[container].endpoints[place];
        if std::mem::take(&mut endpoint.joined_as).is_empty() {
            return;
        }
        endpoint.address.clear();
        endpoint.gateway.clear();
        let (network_id, name) = (endpoint.network_id.clone(), endpoint.network.clone());
        let driver = self.networks.iter().find(|network| network.id == network_id);
        let (name, driver) =
            driver.map_or((name, String::new()), |found| (found.name.clone(), found.driver.clone()));
        self.note_other(
            "network",
            "disconnect",
            &network_id,
            &[("container", &id), ("name", &name), ("type", &driver)],
        );
    }

    /// The containers that have an address in a network now.
    pub(super) fn members(&self, network: &str) -> Vec<&Container> {
        let joined = |endpoint: &Endpoint| endpoint.network_id == network && !endpoint.joined_as.is_empty();
        self.containers.iter().filter(|container| container.endpoints.iter().any(joined)).collect()
    }
}

pub(super) fn list(call: &Call) -> Answered<Response> {
    let known = ["dangling", "driver", "id", "label", "name", "scope", "type"];
    let filters = Filters::read(call, &known)?;
    let world = call.server.world();
    let found = world.networks.iter().filter(|network| {
        filters.matches("name", &network.name)
            && filters.any("id", |id| network.id.starts_with(id))
            && filters.any("driver", |driver| driver == network.driver)
            && filters.any("type", |kind| (kind == "builtin") == PREDEFINED.contains(&network.name.as_str()))
            && filters.labels(&network.labels)
    });
    // The list does not carry members; only inspect does.
    let networks: Vec<_> = found.map(|network| network.describe(&[])).collect();
    Ok(Response::json(200, &networks.into()))
}

pub(super) fn create(call: &Call) -> Answered<Response> {
    let body = call.json()?;
    let name = body["Name"].as_str().unwrap_or_default();
    if name.trim().is_empty() {
        let engine = &call.server.world().engine;
        let reason = engine.either(name, "name is empty");
        return Err(Refusal::new(engine.either(500, 400), format!("invalid name: {reason}")));
    }
    if PREDEFINED.contains(&name) {
        let message = format!("operation is not permitted on predefined {name} network ");
        return Err(Refusal::new(403, message));
    }
    let mut world = call.server.world();
    let twin = world.networks.iter().find(|network| network.name == name).map(|network| network.id.clone());
    let must_be_unique = world.engine.either(body["CheckDuplicate"].as_bool().unwrap_or(false), true);
    if twin.is_some() && must_be_unique {
        return Err(Refusal::new(409, format!("network with name {name} already exists")));
    }
    let (id, created) = (world.new_id(), world.now());
    let (subnet, gateway) = addresses(&mut world, &body["IPAM"]["Config"][0])?;
    let driver = body["Driver"].as_str().filter(|driver| !driver.is_empty()).unwrap_or("bridge").to_owned();
    world.networks.push(Network {
        id: id.clone(),
        name: name.to_owned(),
        created,
        internal: body["Internal"].as_bool().unwrap_or(false),
        attachable: body["Attachable"].as_bool().unwrap_or(false),
        labels: strings(&body["Labels"]),
        options: if body["Options"].is_object() { body["Options"].clone() } else { json!({}) },
        subnet,
        gateway,
        next_address: 2,
        driver: driver.clone(),
    });
    world.note_other("network", "create", &id, &[("name", name), ("type", &driver)]);
    let warning = twin
        .map_or_else(String::new, |twin| format!("Network with name {name} (id : {twin}) already exists"));
    Ok(Response::json(201, &json!({"Id": id, "Warning": warning})))
}

fn addresses(world: &mut World, wanted: &Value) -> Answered<(String, String)> {
    if let Some(subnet) = wanted["Subnet"].as_str() {
        if world.networks.iter().any(|network| network.subnet == subnet) {
            let prefix = world.engine.either("", "invalid pool request: ");
            return Err(Refusal::new(
                403,
                format!("{prefix}Pool overlaps with other one on this address space"),
            ));
        }
        let gateway = wanted["Gateway"].as_str().map(str::to_owned);
        let first = || subnet.split('/').next().unwrap_or_default().trim_end_matches('0').to_owned() + "1";
        return Ok((subnet.to_owned(), gateway.unwrap_or_else(first)));
    }
    world.subnets += 1;
    let prefix = format!("172.{}.0", 17 + world.subnets);
    Ok((format!("{prefix}.0/16"), format!("{prefix}.1")))
}

pub(super) fn inspect(call: &Call, id: &str) -> Answered<Response> {
    let world = call.server.world();
    let index = world.network_index(id, |name, count| {
        format!("{count} matches found based on name: network {name} is ambiguous")
    })?;
    let network = &world.networks[index];
    Ok(Response::json(200, &network.describe(&world.members(&network.id))))
}

pub(super) fn remove(call: &Call, id: &str) -> Answered<Response> {
    let mut world = call.server.world();
    let index = world.find_network(id)?;
    let network = world.networks[index].clone();
    if PREDEFINED.contains(&network.name.as_str()) {
        let message = format!("{} is a pre-defined network and cannot be removed", network.name);
        return Err(Refusal::new(403, message));
    }
    if let Some(member) = world.members(&network.id).first() {
        let (name, id) = (&network.name, &network.id);
        let endpoint = member.endpoints.iter().find(|endpoint| endpoint.network_id == *id);
        let endpoint = endpoint.and_then(|endpoint| endpoint.joined_as.get(..12)).unwrap_or_default();
        let which = world.engine.either(
            format!("{name} id {id} has active endpoints"),
            format!("{name} has active endpoints (name:\"{}\" id:\"{endpoint}\")", member.name),
        );
        return Err(Refusal::new(403, format!("error while removing network: network {which}")));
    }
    world.networks.remove(index);
    world.note_other(
        "network",
        "destroy",
        &network.id,
        &[("name", &network.name), ("type", &network.driver)],
    );
    Ok(Response::empty(204))
}

pub(super) fn connect(call: &Call, id: &str) -> Answered<Response> {
    let body = call.json()?;
    let mut world = call.server.world();
    let container = world.container_index(body["Container"].as_str().unwrap_or_default())?;
    let settings = body["EndpointConfig"].clone();
    let network = world.find_network(id).map(|index| world.networks[index].clone());
    let found = &mut world.containers[container];
    if !found.state.status.is_running() {
        // Only noted for the next start; the engine does not even look whether the network is there.
        let name = network.map_or_else(|_| id.to_owned(), |network| network.name);
        found.endpoints.retain(|endpoint| endpoint.network != name);
        found.endpoints.push(Endpoint::asked(&name, settings));
        return Ok(Response::empty(200));
    }
    let network = network?;
    if found.endpoints.iter().any(|endpoint| is_in(endpoint, &network)) {
        let message = format!("endpoint with name {} already exists in network {}", found.name, network.name);
        return Err(Refusal::new(403, message));
    }
    // By id, since the name may not be unique.
    found.endpoints.push(Endpoint::asked(&network.id, settings));
    let place = found.endpoints.len() - 1;
    world.join(container, place)?;
    world.containers[container].endpoints[place].network = network.name;
    Ok(Response::empty(200))
}

fn is_in(endpoint: &Endpoint, network: &Network) -> bool {
    endpoint.network_id == network.id
        || endpoint.network_id.is_empty()
            && (endpoint.network == network.name || endpoint.network == network.id)
}

pub(super) fn disconnect(call: &Call, id: &str) -> Answered<Response> {
    let body = call.json()?;
    let mut world = call.server.world();
    let network = world.find_network(id)?;
    let network = world.networks[network].clone();
    let container = world.container_index(body["Container"].as_str().unwrap_or_default())?;
    let found = &world.containers[container];
    let place = found.endpoints.iter().position(|endpoint| is_in(endpoint, &network)).ok_or_else(|| {
        let message = format!("container {} is not connected to network {}", found.id, network.name);
        Refusal::new(500, message)
    })?;
    world.leave(container, place);
    world.containers[container].endpoints.remove(place);
    Ok(Response::empty(200))
}
