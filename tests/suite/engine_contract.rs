//! Contract: stackctl's own engine room does its work on either family of engines, fake and real.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use bollard::Docker;
use bollard::query_parameters::DownloadFromContainerOptionsBuilder;
use futures_util::TryStreamExt as _;
use stackctl::engine::{Choice, Delivery, Engine, Host, LogQuery, Parcel, ToolRun};
use stackctl::model::config::ScrapeSettings;
use stackctl::model::observed::State;
use stackctl::model::origin::{Origin, Record, record_volume};
use stackctl::model::stack::{
    CONFIG_DIRECTORY, CONFIG_MOUNT, ContainerSpec, Holds, Instance, ReadyCheck, VolumeMount,
};

use crate::fake_daemon::fixture::Fixture;

contract! {
    a_stack_is_made_given_two_revisions_watched_and_removed,
    the_first_record_of_a_stack_wins_and_is_observed,
    a_volume_keeps_the_current_and_the_previous_revision,
}

/// Where the component keeps its data.
const DATA: &str = "/data";

async fn connected(fx: &Fixture) -> Engine {
    let choice = Choice { host: Host::Unix(PathBuf::from(&fx.socket)), because: "the test".to_owned() };
    Engine::connect(choice).await.unwrap()
}

fn instance(fx: &Fixture, config: &str, data: &str) -> Instance {
    let volume = |volume: &str, target: &str, holds| VolumeMount {
        volume: volume.to_owned(),
        target: target.to_owned(),
        holds,
    };
    let spec = ContainerSpec {
        name: fx.name("stack-app-1"),
        image: fx.image.clone(),
        entrypoint: vec!["/prog".to_owned()],
        args: vec!["talk".to_owned(), "hello".to_owned()],
        env: Vec::new(),
        user: "65534:65534".to_owned(),
        port: 9090,
        published: None,
        more_ports: Vec::new(),
        volumes: vec![volume(config, CONFIG_MOUNT, Holds::Config), volume(data, DATA, Holds::Data)],
        host_mounts: Vec::new(),
        tmpfs: BTreeMap::from([("/tmp".to_owned(), 1 << 20)]),
        host_network: false,
        health: None,
        aliases: vec!["app".to_owned()],
        host_names: Vec::new(),
        networks: Vec::new(),
        capabilities: Vec::new(),
        memory: 64 << 20,
        pids: 16,
        stop_timeout: 5,
    };
    Instance {
        name: "app".to_owned(),
        title: "App".to_owned(),
        row: None,
        image: fx.image.clone(),
        wanted_version: "x".to_owned(),
        version: None,
        settings: BTreeMap::new(),
        spec,
        published: None,
        ready: ReadyCheck {
            path: "/".to_owned(),
            contains: None,
            connection_only: false,
            within: Duration::from_secs(5),
        },
        needs: Vec::new(),
        files: BTreeMap::new(),
        scrape: ScrapeSettings::default(),
        outside_files: false,
    }
}

fn delivery(volume: &str, revision: &str, text: &str) -> Parcel {
    let files = vec![
        ("app.yml".to_owned(), text.as_bytes().to_vec(), None),
        ("secrets/token".to_owned(), b"s3cret".to_vec(), Some((65_534, 65_534))),
    ];
    let delivery = Some(Delivery { revision: revision.to_owned(), files });
    Parcel { volume: volume.to_owned(), delivery, ..Parcel::default() }
}

/// Type, mode and owner of everything below a directory of a container, by its path.
async fn listed(docker: &Docker, container: &str, path: &str) -> Vec<String> {
    let options = DownloadFromContainerOptionsBuilder::new().path(path).build();
    let chunks: Vec<_> =
        docker.download_from_container(container, Some(options)).try_collect().await.unwrap();
    let bytes = chunks.concat();
    let mut archive = tar::Archive::new(bytes.as_slice());
    let entries = archive.entries().unwrap().map(|entry| {
        let entry = entry.unwrap();
        let header = entry.header();
        let (uid, gid) = (header.uid().unwrap(), header.gid().unwrap());
        let mode = header.mode().unwrap() & 0o7777;
        let path = entry.path().unwrap().to_string_lossy().trim_end_matches('/').to_owned();
        format!("{:?} {mode:o} {uid}:{gid} {path}", header.entry_type())
    });
    entries.collect()
}

/// State and revision of the one container.
async fn observed(engine: &Engine, stack: &str) -> (State, Option<String>) {
    let seen = engine.observe(stack).await.unwrap();
    assert_eq!(seen.containers.len(), 1, "the courier and the tools are gone: {:?}", seen.containers);
    (seen.containers[0].state, seen.containers[0].revision.clone())
}

async fn a_stack_is_made_given_two_revisions_watched_and_removed(docker: &Docker, fx: &Fixture) {
    let engine = connected(fx).await;
    assert_eq!(engine.daemon().await.unwrap().api.to_string(), fx.answers("1.41", "1.51"));
    let stack = fx.name("stack");
    let (config, data) = (format!("{stack}-app-config"), format!("{stack}-app-data"));
    engine.create_network(&stack).await.unwrap();
    engine.create_volume(&stack, "app", &config).await.unwrap();
    engine.create_volume(&stack, "app", &data).await.unwrap();
    let gateway = engine.gateway(&stack).await.unwrap();
    assert!(gateway.is_some(), "the engine gives every network of its own a gateway");

    let owned = Parcel { volume: data.clone(), owner: Some((65_534, 65_533)), ..Parcel::default() };
    let first = [delivery(&config, "r1", "one"), owned];
    engine.deliver(&stack, &fx.image, &first).await.unwrap();
    let app = instance(fx, &config, &data);
    let name = app.spec.name.clone();
    engine.create(&app, &name, &stack, gateway.as_deref()).await.unwrap();
    assert_eq!(observed(&engine, &stack).await, (State::Created, Some("r1".to_owned())));
    assert_eq!(listed(docker, &name, DATA).await, ["Directory 750 65534:65533 data"]);

    engine.start(&name).await.unwrap();
    engine.deliver(&stack, &fx.image, &[delivery(&config, "r2", "two")]).await.unwrap();
    assert_eq!(observed(&engine, &stack).await, (State::Running, Some("r2".to_owned())));
    see_the_files(&engine, docker, &name).await;
    see_the_network(&engine, &stack, &name, gateway).await;
    run_tools(&engine, fx, &stack).await;
    see_the_log(&engine, &name).await;
    remove_all(&engine, &stack, &name, [&config, &data]).await;
}

async fn the_first_record_of_a_stack_wins_and_is_observed(_: &Docker, fx: &Fixture) {
    let engine = connected(fx).await;
    let stack = fx.name("claimed");
    let record = |path: &str| Record {
        origin: Origin { team: None, host: "h".into(), path: Some(path.into()), user: "u".into() },
        key: "k".into(),
    };
    assert_eq!(engine.create_record(&stack, &record("/a")).await.unwrap(), Some(record("/a")));
    assert_eq!(engine.create_record(&stack, &record("/b")).await.unwrap(), Some(record("/a")));
    let seen = engine.observe(&stack).await.unwrap();
    assert_eq!((seen.record, seen.volumes), (Some(record("/a")), Vec::new()));
    let name = record_volume(&stack);
    let other = engine.remove_volume("other", &name).await.unwrap_err();
    assert_eq!(other.to_string(), format!("the volume `{name}` is not stackctl's"));
    engine.remove_volume(&stack, &name).await.unwrap();
    assert!(engine.observe(&stack).await.unwrap().is_empty());
}

async fn see_the_files(engine: &Engine, docker: &Docker, name: &str) {
    let mut files = engine.read_files(name, &format!("{CONFIG_DIRECTORY}/")).await.unwrap();
    files.sort();
    let expected =
        [("app.yml".to_owned(), b"two".to_vec()), ("secrets/token".to_owned(), b"s3cret".to_vec())];
    assert_eq!(files, expected);
    let mut all = listed(docker, name, CONFIG_MOUNT).await;
    // The volume's own directory is the engine's.
    all.remove(0);
    let expected = [
        "Directory 755 0:0 stackctl/a",
        "Directory 755 0:0 stackctl/a/r1",
        "Regular 444 0:0 stackctl/a/r1/app.yml",
        "Directory 755 0:0 stackctl/a/r1/secrets",
        "Regular 400 65534:65534 stackctl/a/r1/secrets/token",
        "Directory 755 0:0 stackctl/b",
        "Directory 755 0:0 stackctl/b/r2",
        "Regular 444 0:0 stackctl/b/r2/app.yml",
        "Directory 755 0:0 stackctl/b/r2/secrets",
        "Regular 400 65534:65534 stackctl/b/r2/secrets/token",
        "Symlink 777 0:0 stackctl/current",
    ];
    all.sort_by_key(|line| line.rsplit(' ').next().unwrap().to_owned());
    assert_eq!(all, expected);
}

/// The files in a component's configuration volume, without their directories.
async fn kept(docker: &Docker, name: &str) -> Vec<String> {
    let mut files: Vec<String> = listed(docker, name, CONFIG_MOUNT)
        .await
        .into_iter()
        .filter(|line| !line.starts_with("Directory"))
        .map(|line| line.rsplit(' ').next().unwrap().trim_start_matches("stackctl/").to_owned())
        .collect();
    files.sort();
    files
}

async fn a_volume_keeps_the_current_and_the_previous_revision(docker: &Docker, fx: &Fixture) {
    let engine = connected(fx).await;
    let stack = fx.name("turns");
    let config = format!("{stack}-app-config");
    engine.create_volume(&stack, "app", &config).await.unwrap();
    let app = instance(fx, &config, &config);
    let mut app = Instance { spec: ContainerSpec { networks: Vec::new(), ..app.spec.clone() }, ..app };
    app.spec.name = format!("{stack}-app");
    app.spec.volumes.truncate(1);
    engine.create_network(&stack).await.unwrap();
    engine.create(&app, &app.spec.name, &stack, None).await.unwrap();
    // A volume of an earlier version of stackctl: every revision at the top.
    let mut tar = tar::Builder::new(Vec::new());
    for (revision, secret) in [("old1", "hunter1"), ("old2", "hunter2")] {
        let mut header = tar::Header::new_gnu();
        header.set_mode(0o400);
        header.set_size(secret.len() as u64);
        tar.append_data(&mut header, format!("{revision}/secrets/token"), secret.as_bytes()).unwrap();
    }
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::Symlink);
    header.set_size(0);
    tar.append_link(&mut header, "current", "old2").unwrap();
    earlier_layout(docker, fx, &stack, &config, tar.into_inner().unwrap()).await;
    let revision = async || engine.observe(&stack).await.unwrap().containers[0].revision.clone().unwrap();
    assert_eq!(revision().await, "old2");

    let of = |revision: &str| [delivery(&config, revision, revision)];
    engine.deliver(&stack, &fx.image, &of("r3")).await.unwrap();
    assert_eq!(revision().await, "r3");
    let names = ["a/r3/app.yml", "a/r3/secrets/token", "b/old2/secrets/token", "current", "old1", "old2"];
    assert_eq!(kept(docker, &app.spec.name).await, names);

    // Back to the revision before, and forward again.
    let back = Delivery { revision: "old2".to_owned(), files: Vec::new() };
    let back = Parcel { volume: config.clone(), delivery: Some(back), ..Parcel::default() };
    engine.deliver(&stack, &fx.image, &[back]).await.unwrap();
    assert_eq!(revision().await, "old2");
    for name in ["r4", "r4", "r5"] {
        engine.deliver(&stack, &fx.image, &of(name)).await.unwrap();
        assert_eq!(revision().await, name);
    }
    let names = [
        "a/r4/app.yml",
        "a/r4/secrets/token",
        "b/r5/app.yml",
        "b/r5/secrets/token",
        "current",
        "old1",
        "old2",
    ];
    assert_eq!(kept(docker, &app.spec.name).await, names);
    let bytes = engine.read_files(&app.spec.name, CONFIG_MOUNT).await.unwrap();
    let all: Vec<u8> = bytes.into_iter().flat_map(|(_, bytes)| bytes).collect();
    assert!(!String::from_utf8_lossy(&all).contains("hunter"), "secrets of earlier revisions are gone");
    let missing = Delivery { revision: "r1".to_owned(), files: Vec::new() };
    let missing = Parcel { volume: config.clone(), delivery: Some(missing), ..Parcel::default() };
    assert!(engine.deliver(&stack, &fx.image, &[missing]).await.is_err());
    engine.remove(&app.spec.name).await.unwrap();
    engine.remove_volume(&stack, &config).await.unwrap();
}

/// Unpacks an archive into a volume, through a container that is never started.
async fn earlier_layout(docker: &Docker, fx: &Fixture, stack: &str, volume: &str, archive: Vec<u8>) {
    use bollard::models::{ContainerCreateBody, HostConfig};
    use bollard::query_parameters::{
        CreateContainerOptionsBuilder, RemoveContainerOptions, UploadToContainerOptionsBuilder,
    };
    let name = format!("{stack}-filler");
    let body = ContainerCreateBody {
        image: Some(fx.image.clone()),
        host_config: Some(HostConfig { binds: Some(vec![format!("{volume}:/v")]), ..HostConfig::default() }),
        ..ContainerCreateBody::default()
    };
    let options = CreateContainerOptionsBuilder::new().name(&name).build();
    docker.create_container(Some(options), body).await.unwrap();
    let options = UploadToContainerOptionsBuilder::new().path("/v").build();
    docker.upload_to_container(&name, Some(options), bollard::body_full(archive.into())).await.unwrap();
    docker.remove_container(&name, None::<RemoveContainerOptions>).await.unwrap();
}

async fn see_the_network(engine: &Engine, stack: &str, name: &str, gateway: Option<String>) {
    let seen = engine.observe(stack).await.unwrap();
    let networks: Vec<_> = seen.networks.iter().map(|network| (&*network.name, &network.gateway)).collect();
    assert_eq!(networks, [(stack, &gateway)]);
    assert_eq!(seen.containers[0].gateway, gateway);
    let address = seen.containers[0].address.clone();
    let inspected = engine.inspect(name, stack).await.unwrap().unwrap();
    assert!(address.is_some() && inspected.running);
    assert_eq!(inspected.address, address);
}

async fn run_tools(engine: &Engine, fx: &Fixture, stack: &str) {
    let files = [("app.yml".to_owned(), b"two".to_vec())];
    for (arguments, code, output) in
        [(["say", "content"], 0, "content"), (["complain", "broken"], 1, "broken"), (["exit", "3"], 3, "")]
    {
        let command = ["/prog", arguments[0], arguments[1]].map(str::to_owned);
        let run = engine.run_tool(stack, "prog", &fx.image, &command, &files).await.unwrap();
        assert_eq!(run, ToolRun { code, output: output.to_owned() });
    }
}

async fn see_the_log(engine: &Engine, name: &str) {
    let lines: Vec<_> = engine.logs(name, &LogQuery::default()).try_collect().await.unwrap();
    let texts: Vec<_> = lines.iter().map(|line| line.text.as_str()).collect();
    assert_eq!(texts, ["hello"]);
    assert!(lines[0].time.parse::<jiff::Timestamp>().is_ok(), "{}", lines[0].time);
}

async fn remove_all(engine: &Engine, stack: &str, name: &str, volumes: [&String; 2]) {
    engine.stop(name, Duration::from_secs(5)).await.unwrap();
    let ended = engine.inspect(name, stack).await.unwrap().unwrap();
    assert_eq!((ended.running, ended.ended.code), (false, 0));
    // Each twice: what is gone already is fine.
    for _ in 0..2 {
        engine.remove(name).await.unwrap();
        for volume in volumes {
            engine.remove_volume(stack, volume).await.unwrap();
        }
        engine.remove_network(stack).await.unwrap();
    }
    let seen = engine.observe(stack).await.unwrap();
    assert_eq!((seen.containers, seen.volumes, seen.networks), (Vec::new(), Vec::new(), Vec::new()));
}
