//! The script of failures, and what a test can see afterwards. On the fake only.

use std::sync::Arc;
use std::time::Duration;

use bollard::Docker;
use bollard::errors::Error;
use bollard::models::{ContainerCreateBody, HostConfig, NetworkCreateRequest, VolumeCreateRequest};
use bollard::query_parameters::CreateContainerOptionsBuilder;
use serde_json::json;

use crate::support::daemon::{FakeDaemon, ImageSpec, Method, Nth, Reply};

fn daemon() -> FakeDaemon {
    FakeDaemon::builder().image(ImageSpec::new("prom/prometheus:v3.14.0")).start()
}

fn client(daemon: &FakeDaemon) -> Docker {
    Docker::connect_with_unix(&daemon.host(), 10, bollard::API_DEFAULT_VERSION).unwrap()
}

async fn create(docker: &Docker, name: &str) -> Result<(), Error> {
    let options = CreateContainerOptionsBuilder::new().name(name).build();
    let body = ContainerCreateBody { image: Some("prom/prometheus:v3.14.0".into()), ..Default::default() };
    docker.create_container(Some(options), body).await.map(drop)
}

fn refusal(result: Result<(), Error>) -> String {
    match result {
        Err(Error::DockerResponseServerError { status_code, message }) => format!("{status_code} {message}"),
        other => format!("{other:?}"),
    }
}

#[tokio::test]
async fn only_the_nth_matching_request_is_hit() {
    let (daemon, other) = (daemon(), "500 no space left on device");
    let docker = client(&daemon);
    daemon.on(Method::Post, "/containers/create", 2).refuse(500, "no space left on device");
    assert_eq!(refusal(create(&docker, "aa").await), "Ok(())");
    assert_eq!(refusal(create(&docker, "bb").await), other);
    assert_eq!(refusal(create(&docker, "bb").await), "Ok(())");
    assert_eq!(daemon.containers().into_keys().collect::<Vec<_>>(), ["aa", "bb"]);
}

#[tokio::test]
async fn a_rule_may_hit_every_request_from_one_on() {
    let daemon = daemon();
    let docker = client(&daemon);
    daemon
        .on(Method::Get, "/v*", Nth::From(2))
        .reply(403, Reply::Html("<html>Request forbidden</html>".into()));
    assert_eq!(docker.version().await.unwrap().version.as_deref(), Some("20.10.24"));
    for _ in 0..2 {
        let refused = docker.version().await.map(drop);
        assert_eq!(refusal(refused), "403 <html>Request forbidden</html>");
    }
    daemon.forget_script();
    assert!(docker.version().await.is_ok());
}

#[tokio::test]
async fn a_request_dropped_before_has_no_effect_and_one_dropped_after_has() {
    let daemon = daemon();
    let docker = client(&daemon);
    daemon.on(Method::Post, "/containers/create", 1).drop_before();
    daemon.on(Method::Post, "/containers/create", 2).drop_after();
    assert!(matches!(create(&docker, "aa").await, Err(Error::HyperLegacyError { .. })));
    assert_eq!(daemon.containers().len(), 0);
    assert!(matches!(create(&docker, "bb").await, Err(Error::HyperLegacyError { .. })));
    assert_eq!(daemon.container("bb").state, "created");
    let lines =
        ["POST /containers/create?name=aa -> no answer", "POST /containers/create?name=bb -> no answer"];
    assert_eq!(daemon.mutations(), lines);
}

#[tokio::test]
async fn a_stalled_request_ends_with_the_clients_patience() {
    let daemon = daemon();
    let docker = Docker::connect_with_unix(&daemon.host(), 1, bollard::API_DEFAULT_VERSION).unwrap();
    daemon.on(Method::Post, "/containers/*/start", 1).stall();
    daemon.on(Method::Post, "/containers/*/stop", 1).stall_after();
    create(&docker, "aa").await.unwrap();
    assert!(matches!(docker.start_container("aa", None).await, Err(Error::RequestTimeoutError)));
    assert_eq!(daemon.container("aa").state, "created");
    docker.start_container("aa", None).await.unwrap();
    assert!(matches!(docker.stop_container("aa", None).await, Err(Error::RequestTimeoutError)));
    assert_eq!(daemon.container("aa").state, "exited");
}

#[tokio::test]
async fn a_truncated_reply_is_an_error_of_the_connection() {
    let daemon = daemon();
    let docker = client(&daemon);
    daemon.on(Method::Get, "/version", 1).truncate();
    assert!(docker.version().await.is_err());
    assert!(docker.version().await.is_ok());
}

#[tokio::test]
async fn any_mutation_may_be_hit_by_its_number() {
    let daemon = daemon();
    let docker = client(&daemon);
    daemon.on(Method::Mutating, "*", 2).drop_after();
    docker.ping().await.unwrap();
    create(&docker, "aa").await.unwrap();
    assert!(docker.start_container("aa", None).await.is_err());
    assert_eq!(daemon.container("aa").state, "running");
    docker.stop_container("aa", None).await.unwrap();
}

#[tokio::test]
async fn a_port_may_be_taken_at_the_last_moment() {
    let daemon = Arc::new(daemon());
    let docker = client(&daemon);
    let (thief, busy) = (daemon.clone(), 9_990);
    daemon.on(Method::Post, "/containers/aa/start", 1).before(move || thief.occupy_port("127.0.0.1", busy));
    let bindings = json!({"9090/tcp": [{"HostIp": "127.0.0.1", "HostPort": busy.to_string()}]});
    let body = ContainerCreateBody {
        image: Some("prom/prometheus:v3.14.0".into()),
        exposed_ports: Some(vec!["9090/tcp".into()]),
        host_config: Some(HostConfig {
            port_bindings: serde_json::from_value(bindings).unwrap(),
            ..Default::default()
        }),
        ..Default::default()
    };
    let options = CreateContainerOptionsBuilder::new().name("aa").build();
    docker.create_container(Some(options), body).await.unwrap();
    let refused = refusal(docker.start_container("aa", None).await);
    let end = "Error starting userland proxy: listen tcp4 127.0.0.1:9990: bind: address already in use";
    assert!(refused.starts_with("500 driver failed") && refused.ends_with(end), "{refused}");
    daemon.free_port(busy);
    docker.start_container("aa", None).await.unwrap();
    assert_eq!(daemon.container("aa").state, "running");
}

#[tokio::test]
async fn a_daemon_may_ignore_what_it_was_asked_and_lie_about_what_it_is() {
    let daemon = daemon();
    let docker = client(&daemon);
    daemon.on(Method::Post, "/containers/create", Nth::Every).edit_request(|body| {
        body["HostConfig"]["ReadonlyRootfs"] = false.into();
    });
    daemon.on(Method::Get, "/info", Nth::Every).edit_reply(|body| body["NCPU"] = 64.into());
    let body = ContainerCreateBody {
        image: Some("prom/prometheus:v3.14.0".into()),
        host_config: Some(HostConfig { readonly_rootfs: Some(true), ..Default::default() }),
        ..Default::default()
    };
    let options = CreateContainerOptionsBuilder::new().name("aa").build();
    docker.create_container(Some(options), body).await.unwrap();
    assert_eq!(daemon.container("aa").inspect["HostConfig"]["ReadonlyRootfs"], false);
    assert_eq!(docker.info().await.unwrap().ncpu, Some(64));
}

#[tokio::test]
async fn a_daemon_that_goes_away_refuses_and_comes_back_with_its_world() {
    let daemon = daemon();
    let docker = client(&daemon);
    create(&docker, "aa").await.unwrap();
    let mut events = docker.events(None::<bollard::query_parameters::EventsOptions>);
    let watching =
        async { futures_util::StreamExt::next(&mut events).await.is_none_or(|event| event.is_err()) };
    let leaving = async {
        let watched = async {
            while daemon.requests().iter().all(|seen| seen.path != "/events" || seen.status.is_none()) {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(5), watched).await.expect("someone watches");
        daemon.go_away();
    };
    let (cut, ()) = tokio::join!(watching, leaving);
    assert!(cut, "the event stream ends with the daemon");
    assert!(docker.ping().await.is_err());
    daemon.come_back();
    docker.ping().await.unwrap();
    assert_eq!(daemon.container("aa").state, "created");
}

#[tokio::test]
async fn mutations_are_told_in_order_with_names() {
    let daemon = daemon();
    let docker = client(&daemon);
    let network = NetworkCreateRequest { name: "monitoring".into(), ..Default::default() };
    let network = docker.create_network(network).await.unwrap();
    let volume = VolumeCreateRequest { name: Some("data".into()), ..Default::default() };
    docker.create_volume(volume).await.unwrap();
    create(&docker, "aa").await.unwrap();
    let id = daemon.container("aa").id;
    let joins = bollard::models::NetworkConnectRequest { container: id.clone(), ..Default::default() };
    docker.connect_network(&network.id, joins).await.unwrap();
    docker.start_container(&id, None).await.unwrap();
    docker.start_container(&id[..12], None).await.unwrap();
    docker.inspect_container(&id, None).await.unwrap();
    let again = docker.rename_container(
        &id,
        bollard::query_parameters::RenameContainerOptionsBuilder::new().name("aa").build(),
    );
    assert!(again.await.is_err());
    docker.stop_container(&id, None).await.unwrap();
    docker.remove_container(&id, None).await.unwrap();
    docker.remove_network(&network.id).await.unwrap();
    assert_eq!(
        daemon.mutations(),
        [
            "POST /networks/create Name=monitoring",
            "POST /volumes/create Name=data",
            "POST /containers/create?name=aa",
            "POST /networks/monitoring/connect Container=aa",
            "POST /containers/aa/start",
            "POST /containers/aa/start -> 304",
            "POST /containers/aa/rename?name=aa -> 400",
            "POST /containers/aa/stop",
            "DELETE /containers/aa",
            "DELETE /networks/monitoring",
        ]
    );
    daemon.forget_requests();
    assert_eq!(daemon.requests().len(), 0);
}

#[tokio::test]
async fn two_daemons_of_one_history_are_alike() {
    let clock: jiff::Timestamp = "2026-11-21T00:00:00Z".parse().unwrap();
    let mut seen = Vec::new();
    for _ in 0..2 {
        let image = ImageSpec::new("prom/prometheus:v3.14.0").label("maintainer", "someone").user("nobody");
        let daemon = FakeDaemon::builder().clock(clock).image(image).cpus(8).start();
        let docker = client(&daemon);
        create(&docker, "aa").await.unwrap();
        docker.start_container("aa", None).await.unwrap();
        seen.push((daemon.container("aa"), daemon.events(), daemon.networks(), daemon.volumes()));
    }
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[0].1, ["container create aa", "network connect bridge", "container start aa"]);
}
