//! What fake containers do, and pulls from a fake registry. On the fake only.

use std::collections::{BTreeMap, HashMap};
use std::net::TcpListener;
use std::time::Duration;

use bollard::Docker;
use bollard::errors::Error;
use bollard::exec::{CreateExecOptions, StartExecResults};
use bollard::models::{ContainerCreateBody, HostConfig, RestartPolicy, RestartPolicyNameEnum};
use bollard::query_parameters::{
    CreateContainerOptionsBuilder, CreateImageOptionsBuilder, KillContainerOptionsBuilder,
    UploadToContainerOptionsBuilder,
};
use futures_util::{StreamExt, TryStreamExt};
use serde_json::{Value, json};

use super::fixture::tar_with;
use crate::support::daemon::{
    Answer, Content, ExecResult, FakeDaemon, FakeFile, ImageSpec, LogStream, Program, Registry, Route,
};

const IMAGE: &str = "prom/prometheus:v3.14.0";

fn daemon(program: Program) -> (FakeDaemon, Docker) {
    let daemon = FakeDaemon::builder().image(ImageSpec::new(IMAGE)).program(IMAGE, program).start();
    let docker = Docker::connect_with_unix(&daemon.host(), 10, bollard::API_DEFAULT_VERSION).unwrap();
    (daemon, docker)
}

/// Creates a container that publishes 9090 on a free port of 127.0.0.1 and has a volume at `/etc/prometheus`.
async fn create(docker: &Docker, restart: Option<RestartPolicyNameEnum>) {
    let bindings = json!({"9090/tcp": [{"HostIp": "127.0.0.1", "HostPort": ""}]});
    let body = ContainerCreateBody {
        image: Some(IMAGE.into()),
        exposed_ports: Some(vec!["9090/tcp".into()]),
        labels: Some(HashMap::from([("stack".into(), "demo".into())])),
        host_config: Some(HostConfig {
            port_bindings: serde_json::from_value(bindings).unwrap(),
            binds: Some(vec!["config:/etc/prometheus".into()]),
            restart_policy: Some(RestartPolicy { name: restart, maximum_retry_count: None }),
            ..Default::default()
        }),
        ..Default::default()
    };
    let options = CreateContainerOptionsBuilder::new().name("aa").build();
    docker.create_container(Some(options), body).await.unwrap();
}

async fn start(docker: &Docker) -> String {
    docker.start_container("aa", None).await.unwrap();
    let found = docker.inspect_container("aa", None).await.unwrap();
    let ports = found.network_settings.unwrap().ports.unwrap();
    let port = ports["9090/tcp"].as_ref().unwrap()[0].host_port.clone().unwrap();
    format!("http://127.0.0.1:{port}")
}

async fn get(url: &str) -> (u16, String) {
    let reply = reqwest::get(url).await.unwrap();
    (reply.status().as_u16(), reply.text().await.unwrap())
}

async fn put(docker: &Docker, files: &[(&str, &[u8])]) {
    let options = UploadToContainerOptionsBuilder::new().path("/etc/prometheus").build();
    let body = bollard::body_full(tar_with(files).into());
    docker.upload_to_container("aa", Some(options), body).await.unwrap();
}

#[tokio::test]
async fn a_served_port_answers_in_turn_and_is_free_after_the_stop() {
    let ready = [Answer::text(503, "starting"), Answer::text(503, "starting"), Answer::text(200, "Ready.\n")];
    let (_daemon, docker) = daemon(Program::serves_http(9090).route("/-/ready", Route::sequence(ready)));
    create(&docker, None).await;
    let url = start(&docker).await;
    let mut seen = Vec::new();
    for _ in 0..4 {
        seen.push(get(&format!("{url}/-/ready")).await.0);
    }
    assert_eq!(seen, [503, 503, 200, 200]);
    assert_eq!(get(&format!("{url}/nowhere")).await, (404, "404 page not found\n".into()));
    docker.stop_container("aa", None).await.unwrap();
    let address = url.trim_start_matches("http://");
    drop(TcpListener::bind(address).expect("the port is free again"));
}

#[tokio::test]
async fn a_component_answers_from_the_files_of_its_last_reload() {
    let config = |_: &_, files: &crate::support::daemon::View| {
        Answer::json(200, &json!({"yaml": files.text("/etc/prometheus/prometheus.yml")}))
    };
    let program = Program::serves_http(9090).route("/api/v1/status/config", Route::computed(config)).route(
        "/-/reload",
        Route::reload(|files| match files.text("/etc/prometheus/prometheus.yml") {
            Some(text) if text.contains("bad") => Err("couldn't load configuration".to_owned()),
            _ => Ok(()),
        }),
    );
    let (_daemon, docker) = daemon(program);
    create(&docker, None).await;
    put(&docker, &[("prometheus.yml", b"one")]).await;
    let url = start(&docker).await;
    let running = async || {
        let value: Value =
            serde_json::from_str(&get(&format!("{url}/api/v1/status/config")).await.1).unwrap();
        value["yaml"].as_str().unwrap().to_owned()
    };
    let reload = async || {
        let reply = reqwest::Client::new().post(format!("{url}/-/reload")).send().await.unwrap();
        (reply.status().as_u16(), reply.text().await.unwrap())
    };
    assert_eq!(running().await, "one");
    put(&docker, &[("prometheus.yml", b"two")]).await;
    assert_eq!(running().await, "one");
    assert_eq!(reload().await, (200, String::new()));
    assert_eq!(running().await, "two");
    put(&docker, &[("prometheus.yml", b"bad")]).await;
    assert_eq!(reload().await, (500, "couldn't load configuration".to_owned()));
    assert_eq!(running().await, "two");
    assert_eq!(get(&format!("{url}/-/reload")).await.0, 405);
    put(&docker, &[("prometheus.yml", b"three")]).await;
    let signal = KillContainerOptionsBuilder::new().signal("HUP").build();
    docker.kill_container("aa", Some(signal)).await.unwrap();
    assert_eq!(running().await, "three");
}

#[tokio::test]
async fn delivered_files_are_seen_with_owner_and_mode() {
    let (daemon, docker) = daemon(Program::runs());
    create(&docker, None).await;
    put(&docker, &[("prometheus.yml", b"one")]).await;
    daemon.write("config", "current", FakeFile::link(0, 0, "r1"));
    let expected = BTreeMap::from([
        ("current".to_owned(), FakeFile::link(0, 0, "r1")),
        ("prometheus.yml".to_owned(), FakeFile::file(0o755, 0, 0, "one")),
    ]);
    assert_eq!(daemon.files("config"), expected);
    assert_eq!(daemon.files("config")["current"].content, Content::Link("r1".to_owned()));
}

#[tokio::test]
async fn a_component_that_is_never_ready_answers_503() {
    let (_daemon, docker) = daemon(Program::never_ready(9090));
    create(&docker, None).await;
    let url = start(&docker).await;
    assert_eq!(get(&format!("{url}/-/ready")).await, (503, "Service Unavailable".into()));
}

#[tokio::test]
async fn a_process_killed_for_its_memory_has_the_flag() {
    let (daemon, docker) = daemon(Program::oom_killed().says(LogStream::Stderr, "loading"));
    create(&docker, None).await;
    docker.start_container("aa", None).await.unwrap();
    let state = docker.inspect_container("aa", None).await.unwrap().state.unwrap();
    assert_eq!((state.exit_code, state.oom_killed), (Some(137), Some(true)));
    let events = daemon.events();
    let own: Vec<_> = events.iter().filter(|event| event.starts_with("container")).collect();
    assert_eq!(own, ["container create aa", "container start aa", "container oom aa", "container die aa"]);
}

#[tokio::test]
async fn a_crash_with_an_unlimited_policy_is_a_crash_loop() {
    let (daemon, docker) = daemon(Program::runs());
    create(&docker, Some(RestartPolicyNameEnum::UNLESS_STOPPED)).await;
    docker.start_container("aa", None).await.unwrap();
    daemon.exit("aa", 3);
    let found = docker.inspect_container("aa", None).await.unwrap();
    assert_eq!((found.restart_count, found.state.unwrap().exit_code), (Some(3), Some(3)));
    assert_eq!(daemon.container("aa").state, "restarting");
    docker.stop_container("aa", None).await.unwrap();
    assert_eq!(daemon.container("aa").state, "exited");
}

#[tokio::test]
async fn a_throw_away_tool_judges_the_files_it_was_given() {
    let judge = Program::computed(|run| match run.files.text("/etc/prometheus/prometheus.yml").as_deref() {
        Some("good") => Program::exits_with(0).says(LogStream::Stdout, "SUCCESS"),
        _ => Program::exits_with(1).says(LogStream::Stderr, "FAILED: bad file"),
    });
    let (_daemon, docker) = daemon(judge);
    create(&docker, None).await;
    for (text, code) in [("good", 0), ("bad", 1)] {
        put(&docker, &[("prometheus.yml", text.as_bytes())]).await;
        docker.start_container("aa", None).await.unwrap();
        let ended = docker.wait_container("aa", None).next().await.unwrap();
        match ended {
            Ok(ended) => assert_eq!(ended.status_code, code),
            Err(Error::DockerContainerWaitError { code: other, .. }) => assert_eq!(other, code),
            Err(other) => panic!("{other}"),
        }
    }
}

#[tokio::test]
async fn a_process_in_a_container_says_what_the_program_tells_it_to() {
    let program = Program::runs().on_exec(|run| ExecResult {
        code: 4,
        stdout: format!("ran {}\n", run.argv.join(" ")),
        stderr: String::new(),
    });
    let (_daemon, docker) = daemon(program);
    create(&docker, None).await;
    docker.start_container("aa", None).await.unwrap();
    let options =
        CreateExecOptions { cmd: Some(vec!["wget", "-q"]), attach_stdout: Some(true), ..Default::default() };
    let exec = docker.create_exec("aa", options).await.unwrap();
    let StartExecResults::Attached { output, .. } = docker.start_exec(&exec.id, None).await.unwrap() else {
        panic!("attached");
    };
    let output: Vec<_> = output.try_collect().await.unwrap();
    assert_eq!(output.iter().map(ToString::to_string).collect::<Vec<_>>(), ["ran wget -q\n"]);
    assert_eq!(docker.inspect_exec(&exec.id).await.unwrap().exit_code, Some(4));
}

#[tokio::test]
async fn health_and_log_lines_reach_those_who_watch() {
    let (daemon, docker) = daemon(Program::runs());
    create(&docker, None).await;
    docker.start_container("aa", None).await.unwrap();
    let options = bollard::query_parameters::LogsOptionsBuilder::new().stdout(true).follow(true).build();
    let mut log = docker.logs("aa", Some(options));
    daemon.log("aa", LogStream::Stdout, "late");
    assert_eq!(log.next().await.unwrap().unwrap().to_string(), "late\n");
    daemon.health("aa", "healthy");
    assert_eq!(daemon.container("aa").inspect["State"]["Health"]["Status"], "healthy");
    assert_eq!(daemon.events().last().map(String::as_str), Some("container health_status: healthy aa"));
    daemon.exit("aa", 0);
    assert!(log.next().await.is_none());
}

async fn pull(docker: &Docker, image: &str) -> Result<Vec<String>, String> {
    let (name, tag) = image.rsplit_once(':').unwrap();
    let options = CreateImageOptionsBuilder::new().from_image(name).tag(tag).build();
    let lines: Result<Vec<_>, _> = docker.create_image(Some(options), None, None).try_collect().await;
    let lines = lines.map_err(|error| match error {
        Error::DockerResponseServerError { status_code, message } => format!("{status_code} {message}"),
        Error::DockerStreamError { error } => format!("in the stream: {error}"),
        other => other.to_string(),
    })?;
    Ok(lines.into_iter().filter_map(|line| line.status).collect())
}

#[tokio::test]
async fn a_registry_delivers_in_layers() {
    let (daemon, docker) = daemon(Program::runs());
    let image = "prom/alertmanager:v0.28.1";
    let dead = "Get \"https://registry.example.org/v2/\": dial tcp: lookup registry.example.org on 127.0.0.53:53: no such \
                host";
    assert_eq!(pull(&docker, image).await, Err(format!("500 {dead}")));
    daemon.set_registry(Registry::Serves(vec![ImageSpec::new(image)]));
    assert_eq!(pull(&docker, "prom/alertmanager:v9").await, Err("500 manifest unknown".to_owned()));
    let said = pull(&docker, image).await.unwrap();
    let digest = docker.inspect_image(image).await.unwrap().repo_digests.unwrap().remove(0);
    let digest = digest.strip_prefix("prom/alertmanager@").unwrap();
    assert_eq!(
        said,
        [
            "Pulling from prom/alertmanager",
            "Pulling fs layer",
            "Downloading",
            "Downloading",
            "Verifying Checksum",
            "Download complete",
            "Pull complete",
            &format!("Digest: {digest}"),
            "Status: Downloaded newer image for prom/alertmanager:v0.28.1",
        ]
    );
    assert_eq!(
        pull(&docker, image).await.unwrap().last().map(String::as_str),
        Some("Status: Image is up to date for prom/alertmanager:v0.28.1")
    );
    assert_eq!(daemon.images(), [image, IMAGE]);
}

#[tokio::test]
async fn a_registry_fails_as_it_is_told() {
    let (daemon, docker) = daemon(Program::runs());
    let failures = [
        (Registry::manifest_unknown(), "500 manifest unknown"),
        (Registry::unauthorized(), "500 unauthorized"),
        (Registry::rate_limited(), "500 toomanyrequests: You have reached your pull rate limit."),
        (
            Registry::FailsInStream("filesystem layer verification failed".into()),
            "in the stream: filesystem layer verification failed",
        ),
    ];
    for (registry, expected) in failures {
        daemon.set_registry(registry);
        assert_eq!(pull(&docker, "prom/other:x").await, Err(expected.to_owned()));
    }
    daemon.add_image(&ImageSpec::new("prom/other:x"));
    assert_eq!(daemon.images(), ["prom/other:x", IMAGE]);
}

#[tokio::test]
async fn a_pull_that_is_given_up_leaves_no_image() {
    let (daemon, docker) = daemon(Program::runs());
    daemon.set_registry(Registry::Serves(vec![ImageSpec::new("prom/slow:x").stalls()]));
    let pulled = tokio::time::timeout(Duration::from_millis(200), pull(&docker, "prom/slow:x")).await;
    assert!(pulled.is_err(), "{pulled:?}");
    assert_eq!(daemon.images(), [IMAGE]);
}
