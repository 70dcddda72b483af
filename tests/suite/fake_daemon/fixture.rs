//! A daemon for one contract case, fake or real, with an image whose only program does what its arguments say.
//!
//! Everything a case makes is named after the fixture's tag and removed at the end, also when the case fails.

use std::future::Future;
use std::pin::Pin;
use std::process::Command;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bollard::Docker;
use bollard::models::{ContainerCreateBody, HostConfig};
use bollard::query_parameters::{
    CreateContainerOptionsBuilder, CreateImageOptionsBuilder, ListContainersOptionsBuilder,
    ListImagesOptions, ListNetworksOptions, ListVolumesOptions, LogsOptionsBuilder,
    RemoveContainerOptionsBuilder, RemoveImageOptionsBuilder, RemoveVolumeOptions,
};
use futures_util::{StreamExt, TryStreamExt};
use regex::Regex;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

use crate::support::daemon::{FakeDaemon, Invocation, LogStream, Program};

/// Engines that answer alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// Docker 20.10, API 1.41.
    Docker20,
    /// Docker 28.5, API 1.51.
    Docker28,
}

/// What a case works with.
pub struct Fixture {
    pub docker: Docker,
    /// How the engine answers where engines differ.
    pub family: Family,
    /// Beginning of every name.
    pub tag: String,
    /// Reference of the image.
    pub image: String,
    /// Path of the socket.
    pub socket: String,
    fake: Option<FakeDaemon>,
}

type Case = fn(Arc<Fixture>) -> Pin<Box<dyn Future<Output = ()> + Send>>;

/// Runs a case on a fake daemon that answers as Docker 20.10 does.
pub async fn on_the_fake(case: Case) {
    on_a_fake(FakeDaemon::start(), Family::Docker20, case).await;
}

/// Runs a case on the daemon of this machine, Docker 20.10, when `STACKCTL_E2E=1` asks for it.
pub async fn on_real_docker(name: &str, case: Case) {
    if std::env::var("STACKCTL_E2E").is_ok_and(|value| value == "1") {
        on_an_engine("unix:///var/run/docker.sock", Family::Docker20, name, case).await;
    }
}

/// Runs a case on the engine that `STACKCTL_NEWER_ENGINE` names as `DOCKER_HOST` would, Docker 28.5. Its containers and
/// published ports are in a network namespace of their own, out of the test's reach.
pub async fn on_newer_engine(name: &str, case: Case) {
    if let Some(host) = std::env::var("STACKCTL_NEWER_ENGINE").ok().filter(|host| !host.is_empty()) {
        on_an_engine(&host, Family::Docker28, name, case).await;
    }
}

/// Runs a case on a fake daemon that answers as Docker 28.5 does.
pub async fn on_the_newer_fake(case: Case) {
    let fake = FakeDaemon::builder().engine_version("28.5.2").api_version("1.51").min_api_version("1.24");
    on_a_fake(fake.start(), Family::Docker28, case).await;
}

async fn on_a_fake(fake: FakeDaemon, family: Family, case: Case) {
    let host = fake.host();
    let socket = host.trim_start_matches("unix://").to_owned();
    fake.program("contract/prog:fake", Program::computed(by_arguments));
    let docker = Docker::connect_with_unix(&host, 20, bollard::API_DEFAULT_VERSION).unwrap();
    let image = "contract/prog:fake".to_owned();
    let fixture = Fixture { docker, family, tag: "fake".to_owned(), image, socket, fake: Some(fake) };
    run(fixture, tar_with(&[("prog", b"stands for a static binary")]), case).await;
}

async fn on_an_engine(host: &str, family: Family, name: &str, case: Case) {
    let socket = host.strip_prefix("unix://").expect("the address of a Unix socket").to_owned();
    let docker = Docker::connect_with_unix(&socket, 60, bollard::API_DEFAULT_VERSION).unwrap();
    let tag = format!("contract-{}-{}", std::process::id(), name.replace('_', "-"));
    let image = format!("{tag}/prog:real");
    let fixture = Fixture { docker, family, tag, image, socket, fake: None };
    run(fixture, tar_with(&[("prog", real_program())]), case).await;
}

async fn run(fixture: Fixture, image: Vec<u8>, case: Case) {
    let fixture = Arc::new(fixture);
    fixture.import(&fixture.image, image).await;
    let ended = tokio::spawn(case(fixture.clone())).await;
    fixture.clean_up().await;
    if let Err(failed) = ended {
        std::panic::resume_unwind(failed.into_panic());
    }
}

/// The program of the fake: what `PROGRAM` does for real.
fn by_arguments(invocation: &Invocation) -> Program {
    let words: Vec<&str> = invocation.argv.iter().map(String::as_str).collect();
    match words[1..] {
        ["exit", code] => Program::exits_with(code.parse().unwrap()),
        ["say", ref lines @ ..] => {
            let silent = Program::exits_with(0);
            lines.iter().fold(silent, |program, line| program.says(LogStream::Stdout, line))
        }
        ["complain", line] => Program::exits_with(1).says(LogStream::Stderr, line),
        ["deaf"] => Program::runs().ignores_term().says(LogStream::Stdout, "up"),
        ["talk", line] => Program::runs().says(LogStream::Stdout, line),
        _ => Program::runs().says(LogStream::Stdout, "up"),
    }
}

const PROGRAM: &str = r#"
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
static void leave(int number) { (void)number; _exit(0); }
static void stay(int number) { (void)number; }
static int hold(const char *ip, int port) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = inet_addr(ip)};
    int held = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(held, (struct sockaddr *)&at, sizeof at) || listen(held, 1)) { perror("hold"); return 1; }
    puts("held");
    for (;;) pause();
}
int main(int count, char **word) {
    const char *verb = count > 1 ? word[1] : "";
    setvbuf(stdout, 0, _IOLBF, 0);
    signal(SIGHUP, stay);
    if (!strcmp(verb, "exit")) return atoi(word[2]);
    if (!strcmp(verb, "say")) { for (int i = 2; i < count; i++) puts(word[i]); return 0; }
    if (!strcmp(verb, "complain")) { fprintf(stderr, "%s\n", word[2]); return 1; }
    if (!strcmp(verb, "hold")) return hold(word[2], atoi(word[3]));
    signal(SIGTERM, strcmp(verb, "deaf") ? leave : stay);
    puts(strcmp(verb, "talk") ? "up" : word[2]);
    for (;;) pause();
}
"#;

/// The static binary, compiled once.
fn real_program() -> &'static [u8] {
    static BINARY: OnceLock<Vec<u8>> = OnceLock::new();
    BINARY.get_or_init(|| {
        let directory = tempfile::tempdir().unwrap();
        let (source, binary) = (directory.path().join("prog.c"), directory.path().join("prog"));
        std::fs::write(&source, PROGRAM).unwrap();
        let compiled =
            Command::new("gcc").args(["-static", "-O1", "-o"]).arg(&binary).arg(&source).status().unwrap();
        assert!(compiled.success(), "gcc compiles the program");
        std::fs::read(binary).unwrap()
    })
}

/// A tar of executable files.
pub fn tar_with(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o755);
        header.set_mtime(1_700_000_000);
        builder.append_data(&mut header, name, *bytes).unwrap();
    }
    builder.into_inner().unwrap()
}

/// Status and body of a reply; identifiers and the fixture's tag are replaced by `<id>` and `T`.
#[derive(Debug, PartialEq, Eq)]
pub struct Reply {
    pub status: u16,
    pub text: String,
}

impl Reply {
    /// The refusal's message.
    pub fn message(&self) -> String {
        let value: Value = serde_json::from_str(&self.text).unwrap_or_default();
        format!("{} {}", self.status, value["message"].as_str().unwrap_or(&self.text))
    }
}

impl Fixture {
    /// A name of this fixture's own.
    pub fn name(&self, name: &str) -> String {
        format!("{}-{name}", self.tag)
    }

    /// Makes an image whose files are those of a tar.
    pub async fn import(&self, reference: &str, files: Vec<u8>) {
        let (repository, tag) = reference.rsplit_once(':').unwrap();
        let changes = vec!["ENTRYPOINT [\"/prog\"]".to_owned(), "LABEL made-by=contract".to_owned()];
        let options =
            CreateImageOptionsBuilder::new().from_src("-").repo(repository).tag(tag).changes(changes).build();
        let import = self.docker.create_image(Some(options), Some(bollard::body_full(files.into())), None);
        import.try_collect::<Vec<_>>().await.unwrap();
    }

    /// A container of the fixture's image that runs these arguments.
    pub fn body(&self, arguments: &[&str]) -> ContainerCreateBody {
        let cmd = arguments.iter().map(|word| (*word).to_owned()).collect();
        ContainerCreateBody { image: Some(self.image.clone()), cmd: Some(cmd), ..Default::default() }
    }

    /// Creates a container; its full name.
    pub async fn create(&self, name: &str, body: ContainerCreateBody) -> String {
        let name = self.name(name);
        let options = CreateContainerOptionsBuilder::new().name(&name).build();
        self.docker.create_container(Some(options), body).await.unwrap();
        name
    }

    /// Creates and starts a container that runs these arguments; its full name.
    pub async fn run(&self, name: &str, arguments: &[&str]) -> String {
        let name = self.create(name, self.body(arguments)).await;
        self.docker.start_container(&name, None).await.unwrap();
        if matches!(arguments, ["run" | "deaf", ..]) {
            assert_eq!(self.last_of(&name, 1).await, "up\n");
        }
        name
    }

    /// The last of so many lines of a container's log, once it is there. A program that goes on running says `up` in each
    /// run when it handles signals; before that a signal would end the runtime that is about to become the program.
    pub async fn last_of(&self, name: &str, lines: usize) -> String {
        let options = LogsOptionsBuilder::new().stdout(true).stderr(true).follow(true).build();
        let log = self.docker.logs(name, Some(options)).take(lines).try_collect::<Vec<_>>();
        let log = tokio::time::timeout(Duration::from_secs(20), log).await.expect("the program speaks");
        log.unwrap().last().map(ToString::to_string).unwrap_or_default()
    }

    /// A bare request, for what bollard does not tell (204 or 304, the words of a refusal).
    pub async fn ask(&self, method: &str, path: &str, body: &Value) -> Reply {
        let reply = self.ask_unshaped(method, path, body).await;
        Reply { text: self.shape(&reply.text), ..reply }
    }

    /// A bare request; identifiers stay as they are.
    pub async fn ask_unshaped(&self, method: &str, path: &str, body: &Value) -> Reply {
        let mut stream = UnixStream::connect(&self.socket).await.unwrap();
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: docker\r\nConnection: close\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).await.unwrap();
        let text = String::from_utf8_lossy(&bytes);
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let body = if head.to_lowercase().contains("chunked") { dechunked(body) } else { body.to_owned() };
        Reply { status, text: body.trim().to_owned() }
    }

    /// A text with `T` for the fixture's tag and `<id>` for identifiers, whole or short.
    pub fn shape(&self, text: &str) -> String {
        let ids = Regex::new("\\b([0-9a-f]{64}|[0-9a-f]{12})\\b").unwrap();
        ids.replace_all(&text.replace(&self.tag, "T"), "<id>").into_owned()
    }

    /// What this engine answers: the first on Docker 20.10, the second on Docker 28.5.
    pub fn answers<T>(&self, docker20: T, docker28: T) -> T {
        match self.family {
            Family::Docker20 => docker20,
            Family::Docker28 => docker28,
        }
    }

    /// Whether the engine is in a network namespace without a way out of it.
    pub fn is_isolated(&self) -> bool {
        self.fake.is_none() && self.family == Family::Docker28
    }

    /// Has a process of the engine's host hold a port; there, because the host may be in another network namespace.
    pub async fn occupy(&self, ip: &str, port: u16) {
        if let Some(fake) = &self.fake {
            return fake.occupy_port(ip, port);
        }
        let mut body = self.body(&["hold", ip, &port.to_string()]);
        body.host_config = Some(HostConfig { network_mode: Some("host".to_owned()), ..Default::default() });
        let name = self.create("holder", body).await;
        self.docker.start_container(&name, None).await.unwrap();
        assert_eq!(self.last_of(&name, 1).await, "held\n");
    }

    async fn clean_up(&self) {
        if self.fake.is_some() {
            return;
        }
        let options = ListContainersOptionsBuilder::new().all(true).build();
        for container in self.docker.list_containers(Some(options)).await.unwrap() {
            if container.names.unwrap_or_default().iter().any(|name| name[1..].starts_with(&self.tag)) {
                let options = RemoveContainerOptionsBuilder::new().force(true).v(true).build();
                let _ = self.docker.remove_container(&container.id.unwrap(), Some(options)).await;
            }
        }
        for network in self.docker.list_networks(None::<ListNetworksOptions>).await.unwrap() {
            if network.name.is_some_and(|name| name.starts_with(&self.tag)) {
                self.docker.remove_network(&network.id.unwrap()).await.unwrap();
            }
        }
        for volume in
            self.docker.list_volumes(None::<ListVolumesOptions>).await.unwrap().volumes.unwrap_or_default()
        {
            if volume.name.starts_with(&self.tag) {
                self.docker.remove_volume(&volume.name, None::<RemoveVolumeOptions>).await.unwrap();
            }
        }
        for image in self.docker.list_images(None::<ListImagesOptions>).await.unwrap() {
            for tag in image.repo_tags.iter().filter(|tag| tag.starts_with(&self.tag)) {
                let options = RemoveImageOptionsBuilder::new().force(true).build();
                let _ = self.docker.remove_image(tag, Some(options), None).await;
            }
        }
    }
}

fn dechunked(body: &str) -> String {
    let mut rest = body;
    let mut whole = String::new();
    while let Some((size, tail)) = rest.split_once("\r\n") {
        let size = usize::from_str_radix(size.trim(), 16).unwrap_or(0);
        if size == 0 {
            break;
        }
        whole.push_str(&tail[..size]);
        rest = tail[size..].trim_start_matches("\r\n");
    }
    whole
}
