//! Contract: volumes, the version of the interface, and what lists show.

use std::collections::HashMap;

use bollard::Docker;
use bollard::models::{HostConfig, VolumeCreateRequest};
use bollard::query_parameters::{
    ListContainersOptionsBuilder, ListNetworksOptionsBuilder, ListVolumesOptionsBuilder,
};
use serde_json::{Value, json};

use super::fixture::Fixture;

contract! {
    the_first_creation_of_a_volume_wins,
    a_volume_in_use_is_not_removed,
    a_lost_volume_is_404,
    containers_are_found_by_label_name_and_state,
    networks_and_volumes_are_found_by_label,
    unknown_filters_are_refused,
    the_version_of_the_interface_is_checked,
    anonymous_volumes_go_with_the_container,
}

async fn volume(docker: &Docker, fx: &Fixture, name: &str, label: (&str, &str)) -> HashMap<String, String> {
    let request = VolumeCreateRequest {
        name: Some(fx.name(name)),
        labels: Some(HashMap::from([(label.0.to_owned(), label.1.to_owned())])),
        ..Default::default()
    };
    docker.create_volume(request).await.unwrap().labels
}

fn filters(pairs: &[(&str, &str)]) -> HashMap<String, Vec<String>> {
    let mut filters: HashMap<String, Vec<String>> = HashMap::new();
    for (key, value) in pairs {
        filters.entry((*key).to_owned()).or_default().push((*value).to_owned());
    }
    filters
}

async fn the_first_creation_of_a_volume_wins(docker: &Docker, fx: &Fixture) {
    let first = HashMap::from([("nonce".to_owned(), "1".to_owned())]);
    assert_eq!(volume(docker, fx, "v", ("nonce", "1")).await, first);
    assert_eq!(volume(docker, fx, "v", ("nonce", "2")).await, first);
    let reply = fx.ask("POST", "/volumes/create", &json!({"Name": "a/b"})).await;
    assert_eq!(
        reply.message(),
        "400 create a/b: \"a/b\" includes invalid characters for a local volume name, only \"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are \
         allowed. If you intended to pass a host directory, use absolute path"
    );
}

async fn a_volume_in_use_is_not_removed(docker: &Docker, fx: &Fixture) {
    let mut body = fx.body(&["run"]);
    body.host_config =
        Some(HostConfig { binds: Some(vec![format!("{}:/data:ro", fx.name("v"))]), ..Default::default() });
    let name = fx.create("a", body).await;
    let found = docker.inspect_container(&name, None).await.unwrap().mounts.unwrap();
    assert_eq!((found[0].destination.as_deref(), found[0].rw), (Some("/data"), Some(false)));
    let path = format!("/volumes/{}", fx.name("v"));
    let reply = fx.ask("DELETE", &path, &Value::Null).await;
    assert_eq!(reply.message(), "409 remove T-v: volume is in use - [<id>]");
    docker.remove_container(&name, None).await.unwrap();
    assert_eq!(fx.ask("DELETE", &path, &Value::Null).await.message(), "204 ");
}

async fn a_lost_volume_is_404(_: &Docker, fx: &Fixture) {
    let path = format!("/volumes/{}", fx.name("gone"));
    assert_eq!(fx.ask("GET", &path, &Value::Null).await.message(), "404 get T-gone: no such volume");
    assert_eq!(fx.ask("DELETE", &path, &Value::Null).await.message(), "404 get T-gone: no such volume");
    assert_eq!(fx.ask("DELETE", &format!("{path}?force=1"), &Value::Null).await.message(), "204 ");
}

async fn names(docker: &Docker, fx: &Fixture, all: bool, pairs: &[(&str, &str)]) -> Vec<String> {
    let options = ListContainersOptionsBuilder::new().all(all).filters(&filters(pairs)).build();
    let found = docker.list_containers(Some(options)).await.unwrap();
    let mut names: Vec<_> = found
        .into_iter()
        .flat_map(|container| container.names.unwrap())
        .map(|name| fx.shape(&name))
        .collect();
    names.sort();
    names
}

async fn containers_are_found_by_label_name_and_state(docker: &Docker, fx: &Fixture) {
    for (name, role) in [("a", "one"), ("b", "two")] {
        let mut body = fx.body(&["run"]);
        body.labels =
            Some(HashMap::from([("stack".to_owned(), fx.tag.clone()), ("role".to_owned(), role.to_owned())]));
        fx.create(name, body).await;
    }
    docker.start_container(&fx.name("b"), None).await.unwrap();
    let stack = format!("stack={}", fx.tag);
    let (name, anchored) = (fx.name("a"), format!("^/{}$", fx.name("b")));
    assert_eq!(names(docker, fx, true, &[("label", &stack)]).await, ["/T-a", "/T-b"]);
    assert_eq!(names(docker, fx, false, &[("label", &stack)]).await, ["/T-b"]);
    assert_eq!(names(docker, fx, true, &[("label", &stack), ("label", "role=one")]).await, ["/T-a"]);
    assert_eq!(names(docker, fx, true, &[("label", &stack), ("label", "rank")]).await, [""; 0]);
    assert_eq!(names(docker, fx, true, &[("name", &name)]).await, ["/T-a"]);
    assert_eq!(names(docker, fx, true, &[("name", &anchored)]).await, ["/T-b"]);
    assert_eq!(names(docker, fx, false, &[("label", &stack), ("status", "created")]).await, ["/T-a"]);
    let options = ListContainersOptionsBuilder::new().all(true).filters(&filters(&[("name", &name)])).build();
    let row = docker.list_containers(Some(options)).await.unwrap().remove(0);
    assert_eq!((row.status.as_deref(), row.command.as_deref()), (Some("Created"), Some("/prog run")));
    assert_eq!(row.image.as_deref(), Some(fx.image.as_str()));
}

async fn networks_and_volumes_are_found_by_label(docker: &Docker, fx: &Fixture) {
    let stack = format!("stack={}", fx.tag);
    volume(docker, fx, "v", ("stack", &fx.tag)).await;
    volume(docker, fx, "w", ("stack", "other")).await;
    let options = ListVolumesOptionsBuilder::new().filters(&filters(&[("label", &stack)])).build();
    let found = docker.list_volumes(Some(options)).await.unwrap().volumes.unwrap();
    assert_eq!(found.iter().map(|volume| fx.shape(&volume.name)).collect::<Vec<_>>(), ["T-v"]);
    let body = json!({"Name": fx.name("net"), "Labels": {"stack": fx.tag}});
    assert_eq!(fx.ask("POST", "/networks/create", &body).await.status, 201);
    let options = ListNetworksOptionsBuilder::new().filters(&filters(&[("label", &stack)])).build();
    let found = docker.list_networks(Some(options)).await.unwrap();
    assert_eq!(found.iter().map(|net| fx.shape(net.name.as_ref().unwrap())).collect::<Vec<_>>(), ["T-net"]);
}

async fn unknown_filters_are_refused(_: &Docker, fx: &Fixture) {
    let reply =
        fx.ask("GET", "/containers/json?filters=%7B%22bogus%22%3A%5B%22x%22%5D%7D", &Value::Null).await;
    assert_eq!(reply.message(), fx.answers("400 Invalid filter 'bogus'", "400 invalid filter 'bogus'"));
    let reply =
        fx.ask("GET", "/containers/json?filters=%7B%22status%22%3A%5B%22x%22%5D%7D", &Value::Null).await;
    assert_eq!(
        reply.message(),
        fx.answers(
            "400 Invalid filter 'status=x'",
            "400 invalid filter 'status=x': invalid value for state (x): must be one of created, running, paused, restarting, \
             removing, exited, dead"
        )
    );
    assert_eq!(fx.ask("GET", "/nowhere", &Value::Null).await.message(), "404 page not found");
}

async fn the_version_of_the_interface_is_checked(docker: &Docker, fx: &Fixture) {
    let (newest, oldest) = fx.answers(("1.41", "1.12"), ("1.51", "1.24"));
    assert_eq!(docker.version().await.unwrap().api_version.as_deref(), Some(newest));
    assert_eq!(fx.ask("GET", "/v1.41/_ping", &Value::Null).await.message(), "200 OK");
    assert_eq!(fx.ask("GET", "/v1.40/containers/json", &Value::Null).await.status, 200);
    let reply = fx.ask("GET", "/v1.99/version", &Value::Null).await;
    let too_new = format!("400 client version 1.99 is too new. Maximum supported API version is {newest}");
    assert_eq!(reply.message(), too_new);
    let reply = fx.ask("GET", "/v1.11/version", &Value::Null).await;
    assert_eq!(
        reply.message(),
        format!(
            "400 client version 1.11 is too old. Minimum supported API version is {oldest}, please upgrade your client to a \
             newer version"
        )
    );
}

async fn anonymous_volumes_go_with_the_container(docker: &Docker, fx: &Fixture) {
    let body = json!({"Image": fx.image, "Volumes": {"/anonymous": {}},
        "HostConfig": {"Binds": [format!("{}:/named", fx.name("v"))]}});
    let name = fx.name("a");
    let reply = fx.ask("POST", &format!("/containers/create?name={name}"), &body).await;
    assert_eq!(reply.status, 201);
    let mounts = docker.inspect_container(&name, None).await.unwrap().mounts.unwrap();
    let volume = |target: &str| {
        let mount = mounts.iter().find(|mount| mount.destination.as_deref() == Some(target));
        mount.and_then(|mount| mount.name.clone()).unwrap()
    };
    let reply = fx.ask("DELETE", &format!("/containers/{name}?v=1"), &Value::Null).await;
    assert_eq!(reply.status, 204);
    assert_eq!(fx.ask("GET", &format!("/volumes/{}", volume("/anonymous")), &Value::Null).await.status, 404);
    assert_eq!(fx.ask("GET", &format!("/volumes/{}", volume("/named")), &Value::Null).await.status, 200);
}
