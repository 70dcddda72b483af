//! Contract: networks, whose names are not unique in the older engine, and the containers in them.

use bollard::Docker;
use serde_json::{Value, json};

use super::fixture::{Family, Fixture};

contract! {
    two_networks_may_have_one_name_in_the_older_engine,
    a_network_in_use_is_not_removed,
    a_lost_network_is_404,
    predefined_networks_are_protected,
    a_start_needs_its_network_and_works_again_once_it_is_there,
    a_running_container_joins_and_leaves,
    a_network_has_a_gateway_and_members_have_addresses,
    subnets_do_not_overlap,
}

async fn network(fx: &Fixture, body: &Value) -> String {
    let reply = fx.ask_unshaped("POST", "/networks/create", body).await;
    assert_eq!(reply.status, 201, "{}", reply.text);
    let value: Value = serde_json::from_str(&reply.text).unwrap();
    value["Id"].as_str().unwrap().to_owned()
}

async fn in_network(fx: &Fixture, name: &str, network: &str) -> String {
    let name = fx.name(name);
    let body = json!({"Image": fx.image, "Cmd": ["run"], "HostConfig": {"NetworkMode": network},
        "NetworkingConfig": {"EndpointsConfig": {network: {"Aliases": ["known"]}}}});
    let reply = fx.ask("POST", &format!("/containers/create?name={name}"), &body).await;
    assert_eq!(reply.status, 201, "{}", reply.text);
    name
}

async fn two_networks_may_have_one_name_in_the_older_engine(docker: &Docker, fx: &Fixture) {
    let name = fx.name("net");
    let first = network(fx, &json!({"Name": name})).await;
    let refused = "409 network with name T-net already exists";
    let twin = fx.ask("POST", "/networks/create", &json!({"Name": name, "CheckDuplicate": true})).await;
    assert_eq!(twin.message(), refused);
    let twin = fx.ask("POST", "/networks/create", &json!({"Name": name})).await;
    let by_name = |method| fx.ask(method, "/networks/", &Value::Null);
    assert_eq!(by_name("PUT").await.status, 404);
    let path = format!("/networks/{name}");
    if fx.family == Family::Docker28 {
        assert_eq!(twin.message(), refused);
        let older_client = fx.ask("POST", "/v1.41/networks/create", &json!({"Name": name})).await;
        assert_eq!(older_client.message(), refused);
        docker.remove_network(&name).await.unwrap();
        assert_eq!(fx.ask("GET", &path, &Value::Null).await.message(), "404 network T-net not found");
        return;
    }
    assert_eq!(twin.status, 201);
    let value: Value = serde_json::from_str(&twin.text).unwrap();
    assert_eq!(value["Warning"], "Network with name T-net (id : <id>) already exists");
    assert_eq!(
        fx.ask("GET", &path, &Value::Null).await.message(),
        "400 2 matches found based on name: network T-net is ambiguous"
    );
    assert_eq!(
        fx.ask("DELETE", &path, &Value::Null).await.message(),
        "400 network T-net is ambiguous (2 matches found based on name)"
    );
    docker.remove_network(&first).await.unwrap();
    let left = fx.ask("GET", &path, &Value::Null).await;
    assert_eq!(left.status, 200);
}

async fn a_network_in_use_is_not_removed(docker: &Docker, fx: &Fixture) {
    let name = fx.name("net");
    network(fx, &json!({"Name": name})).await;
    let container = in_network(fx, "a", &name).await;
    docker.start_container(&container, None).await.unwrap();
    let reply = fx.ask("DELETE", &format!("/networks/{name}"), &Value::Null).await;
    assert_eq!(
        reply.message(),
        fx.answers(
            "403 error while removing network: network T-net id <id> has active endpoints",
            "403 error while removing network: network T-net has active endpoints (name:\"T-a\" id:\"<id>\")"
        )
    );
    docker.stop_container(&container, None).await.unwrap();
    docker.remove_network(&name).await.unwrap();
}

async fn a_lost_network_is_404(_: &Docker, fx: &Fixture) {
    let name = fx.name("gone");
    let connect = json!({"Container": fx.run("a", &["run"]).await});
    for (method, path, body) in [
        ("GET", format!("/networks/{name}"), &Value::Null),
        ("DELETE", format!("/networks/{name}"), &Value::Null),
        ("POST", format!("/networks/{name}/connect"), &connect),
    ] {
        assert_eq!(fx.ask(method, &path, body).await.message(), "404 network T-gone not found");
    }
    // For a container that does not run it is only noted.
    let connect = json!({"Container": fx.create("b", fx.body(&["run"])).await});
    assert_eq!(fx.ask("POST", &format!("/networks/{name}/connect"), &connect).await.message(), "200 ");
}

async fn predefined_networks_are_protected(_: &Docker, fx: &Fixture) {
    let reply = fx.ask("DELETE", "/networks/bridge", &Value::Null).await;
    assert_eq!(reply.message(), "403 bridge is a pre-defined network and cannot be removed");
    let reply = fx.ask("POST", "/networks/create", &json!({"Name": "bridge"})).await;
    assert_eq!(reply.message(), "403 operation is not permitted on predefined bridge network ");
    let reply = fx.ask("POST", "/networks/create", &json!({"Name": ""})).await;
    assert_eq!(reply.message(), fx.answers("500 invalid name: ", "400 invalid name: name is empty"));
}

async fn a_start_needs_its_network_and_works_again_once_it_is_there(docker: &Docker, fx: &Fixture) {
    let name = fx.name("net");
    // Creating a container does not look for its network.
    let container = in_network(fx, "a", &name).await;
    let reason = fx
        .answers("network T-net not found", "failed to set up container networking: network T-net not found");
    let path = format!("/containers/{container}/start");
    assert_eq!(fx.ask("POST", &path, &Value::Null).await.message(), format!("404 {reason}"));
    let state = docker.inspect_container(&container, None).await.unwrap().state.unwrap();
    assert_eq!(
        (state.exit_code, state.error.as_deref().map(|error| fx.shape(error))),
        (Some(128), Some(reason.to_owned()))
    );
    network(fx, &json!({"Name": name})).await;
    assert_eq!(fx.ask("POST", &path, &Value::Null).await.status, 204);
    // Nor does it keep one that is there before the start.
    let other = in_network(fx, "b", &name).await;
    docker.stop_container(&container, None).await.unwrap();
    docker.remove_network(&name).await.unwrap();
    let path = format!("/containers/{other}/start");
    assert_eq!(fx.ask("POST", &path, &Value::Null).await.message(), format!("404 {reason}"));
}

async fn a_running_container_joins_and_leaves(docker: &Docker, fx: &Fixture) {
    let name = fx.name("net");
    network(fx, &json!({"Name": name})).await;
    let container = fx.run("a", &["run"]).await;
    let act = async |action: &str, container: &str| {
        let body = json!({"Container": container});
        fx.ask("POST", &format!("/networks/{name}/{action}"), &body).await.message()
    };
    assert_eq!(act("connect", &container).await, "200 ");
    assert_eq!(
        act("connect", &container).await,
        "403 endpoint with name T-a already exists in network T-net"
    );
    let found = docker.inspect_container(&container, None).await.unwrap();
    let mut networks: Vec<_> =
        found.network_settings.unwrap().networks.unwrap().into_keys().map(|name| fx.shape(&name)).collect();
    networks.sort();
    assert_eq!(networks, ["T-net", "bridge"]);
    assert_eq!(act("disconnect", &container).await, "200 ");
    assert_eq!(act("disconnect", &container).await, "500 container <id> is not connected to network T-net");
    assert_eq!(act("connect", "nobody-at-all").await, "404 No such container: nobody-at-all");
}

async fn a_network_has_a_gateway_and_members_have_addresses(docker: &Docker, fx: &Fixture) {
    let name = fx.name("net");
    network(fx, &json!({"Name": name, "Internal": true, "Labels": {"mine": "yes"}})).await;
    let container = in_network(fx, "a", &name).await;
    docker.start_container(&container, None).await.unwrap();
    let found = docker.inspect_network(&name, None).await.unwrap();
    let pool = found.ipam.unwrap().config.unwrap().remove(0);
    let (gateway, subnet) = (pool.gateway.unwrap(), pool.subnet.unwrap());
    // The engine takes smaller pools once its sixteen-bit ones are given away.
    let (prefix, bits) = (gateway.strip_suffix(".1").unwrap(), subnet.split_once('/').unwrap().1);
    assert_eq!((found.internal, found.driver.as_deref()), (Some(true), Some("bridge")));
    let members: Vec<_> = found.containers.unwrap().into_values().collect();
    assert_eq!(members.len(), 1);
    assert_eq!(members[0].name.as_deref(), Some(container.as_str()));
    assert_eq!(members[0].ipv4_address, Some(format!("{prefix}.2/{bits}")));
    let inspected = docker.inspect_container(&container, None).await.unwrap();
    let endpoint = inspected.network_settings.unwrap().networks.unwrap().remove(&name).unwrap();
    assert_eq!(endpoint.ip_address, Some(format!("{prefix}.2")));
    let aliases: Vec<_> = endpoint.aliases.unwrap().iter().map(|alias| fx.shape(alias)).collect();
    assert_eq!(aliases, fx.answers(vec!["known", "<id>"], vec!["known"]));
}

async fn subnets_do_not_overlap(_: &Docker, fx: &Fixture) {
    let body = json!({"Name": fx.name("net"), "IPAM": {"Config": [{"Subnet": "172.17.0.0/16"}]}});
    let reply = fx.ask("POST", "/networks/create", &body).await;
    let prefix = fx.answers("", "invalid pool request: ");
    assert_eq!(reply.message(), format!("403 {prefix}Pool overlaps with other one on this address space"));
}
