//! SCENARIO: the security baseline, read from the daemon for every container of a stack.

use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

use super::Scene;
use super::docker::{docker, docker_lines, inspect, ours, text};
use super::scene::SMALL;

const CANARY: &str = "CANARY-5f1c9d02-secret";

const RECEIVERS: &str = "
notify:
  receivers:
    chat: {slack: {webhook_file: slack_url, channel: \"#ops\"}}
    pager: {pagerduty: {routing_key_file: pagerduty_key}}
  default: chat
apps:
  mine: {targets: [\"127.0.0.1:9\"], username: me, password_file: app_password}
";

fn with_secrets() -> Option<Scene> {
    let scene = Scene::open()?;
    for (file, value) in [
        ("slack_url", format!("https://hooks.invalid/{CANARY}")),
        ("pagerduty_key", CANARY.to_owned()),
        ("app_password", CANARY.to_owned()),
    ] {
        scene.write(file, &value);
        std::fs::set_permissions(scene.path(file), std::os::unix::fs::PermissionsExt::from_mode(0o600))
            .unwrap();
    }
    scene.stack(&format!("{SMALL}{RECEIVERS}"));
    scene.expect(0, &["up"]);
    Some(scene)
}

/// Intent: nothing runs with more rights than it needs.
#[test]
fn every_container_keeps_the_baseline() {
    let Some(scene) = with_secrets() else { return };
    for name in ours(&scene.name) {
        let seen = inspect(&name);
        let host = &seen["HostConfig"];
        let user = text(&seen["Config"]["User"]);
        assert!(user.split(':').all(|id| id.parse::<u32>().is_ok_and(|id| id > 0)), "{name}: user `{user}`");
        assert_eq!(host["CapDrop"], json!(["ALL"]), "{name}");
        assert_eq!(host["CapAdd"], Value::Null, "{name}");
        assert_eq!(host["Privileged"], false, "{name}");
        assert_eq!(host["ReadonlyRootfs"], true, "{name}");
        let options: Vec<String> = host["SecurityOpt"].as_array().unwrap().iter().map(text).collect();
        assert!(options.iter().all(|option| option.starts_with("no-new-privileges")), "{name}: {options:?}");
        assert_eq!(options.len(), 1, "{name}");
        assert!(host["Memory"].as_u64().unwrap() > 0, "{name}");
        assert_eq!(host["MemorySwap"], host["Memory"], "{name}");
        assert!(host["PidsLimit"].as_u64().unwrap() > 0, "{name}");
        assert_eq!(host["RestartPolicy"]["Name"], "unless-stopped", "{name}");
        assert_eq!(host["LogConfig"]["Config"], json!({"max-file": "3", "max-size": "10m"}), "{name}");
        let ports = host["PortBindings"].as_object().cloned().unwrap_or_default();
        for binding in ports.values().flat_map(|bindings| bindings.as_array().unwrap()) {
            assert_eq!(binding["HostIp"], "127.0.0.1", "{name}");
        }
        for mount in seen["Mounts"].as_array().unwrap() {
            let data = text(&mount["Name"]).ends_with("-data");
            assert_eq!(mount["RW"], data, "{name}: {mount}");
            assert_ne!(mount["Source"], "/var/run/docker.sock", "{name}");
        }
    }
}

/// Intent: a secret is in one place only: a file of the container's user that nobody else can read.
#[test]
fn secrets_are_files_of_the_containers_user_and_nowhere_else() {
    let Some(scene) = with_secrets() else { return };
    for name in ours(&scene.name) {
        assert!(!inspect(&name).to_string().contains(CANARY), "{name}");
        assert!(!docker(&["logs", &name]).contains(CANARY), "{name}");
    }
    for image in docker_lines(&["image", "ls", "-q"]) {
        assert!(!image.contains(CANARY));
    }
    scene
        .stack(&format!("{SMALL}{RECEIVERS}").replace("prometheus: {", "prometheus: {scrape_interval: 9s, "));
    let commands: [&[&str]; 12] = [
        &["render"],
        &["plan"],
        &["plan", "-v"],
        &["plan", "--format", "json"],
        &["up", "-v"],
        &["status", "--format", "json"],
        // The application is not there.
        &["health", "--components-only", "--format", "json"],
        &["endpoints", "--format", "json"],
        &["check"],
        &["render", "--format", "json"],
        &["up", "--format", "json"],
        &["secrets", "list"],
    ];
    for command in commands {
        let run = scene.run(command);
        assert_eq!(run.code, Some(0), "{command:?}: {run:?}");
        assert!(!format!("{}{}", run.stdout, run.stderr).contains(CANARY), "{command:?}");
    }
    assert_eq!(secret_files(&scene, "alertmanager"), secret_files_wanted(&scene, "alertmanager"));
    assert_eq!(secret_files(&scene, "prometheus"), secret_files_wanted(&scene, "prometheus"));
}

/// Mode, owner and group of each delivered file that holds the secret.
fn secret_files(scene: &Scene, component: &str) -> Vec<(u32, u64, u64)> {
    let output = std::process::Command::new("docker")
        .args(["cp", &format!("{}:/etc/stackctl", scene.container(component)), "-"])
        .output()
        .unwrap();
    let mut archive = tar::Archive::new(output.stdout.as_slice());
    let mut found = Vec::new();
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let mut content = String::new();
        let header = entry.header().clone();
        if std::io::Read::read_to_string(&mut entry, &mut content).is_ok() && content.contains(CANARY) {
            found.push((header.mode().unwrap() & 0o7777, header.uid().unwrap(), header.gid().unwrap()));
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

fn secret_files_wanted(scene: &Scene, component: &str) -> Vec<(u32, u64, u64)> {
    let user = text(&inspect(&scene.container(component))["Config"]["User"]);
    let (uid, gid) = user.split_once(':').unwrap_or((&user, &user));
    vec![(0o400, uid.parse().unwrap(), gid.parse().unwrap())]
}

/// Intent: the node exporter cannot write where every user of the host can.
#[test]
fn the_hosts_shared_memory_is_hidden_from_the_node_exporter() {
    let Some(scene) = Scene::running(SMALL) else { return };
    let pid = &inspect(&scene.container("node"))["State"]["Pid"];
    let device = |path: &str| std::os::unix::fs::MetadataExt::dev(&std::fs::metadata(path).unwrap());
    assert_ne!(device(&format!("/proc/{pid}/root/host/root/dev/shm")), device("/dev/shm"));
}

/// Intent: a page of another origin in a user's browser cannot read the metrics.
#[test]
fn prometheus_tells_browsers_to_keep_its_answers_from_other_origins() {
    let Some(scene) = Scene::running(SMALL) else { return };
    let allowed = |origin: &str| {
        let url = format!("http://127.0.0.1:{}/api/v1/query?query=up", scene.prometheus);
        let output =
            Command::new("curl").args(["-s", "-i", "-H", &format!("Origin: {origin}"), &url]).output();
        let answer = String::from_utf8(output.unwrap().stdout).unwrap();
        assert!(answer.contains(r#""status":"success""#), "{answer}");
        let header =
            |line: &str| line.to_lowercase().strip_prefix("access-control-allow-origin: ").map(str::to_owned);
        answer.lines().find_map(header)
    };
    let own = format!("http://localhost:{}", scene.prometheus);
    assert_eq!(allowed(&own).as_deref(), Some(own.as_str()));
    for foreign in [
        "http://evil.example".to_owned(),
        "null".to_owned(),
        format!("{own}.evil.example"),
        format!("http://evil.example/{own}"),
    ] {
        assert_eq!(allowed(&foreign), None, "{foreign}");
    }
}

/// Intent: `::` is every address of the machine, as it is for servers that listen on it.
#[test]
fn every_address_of_both_families_leads_to_a_component() {
    let Some(scene) = Scene::open() else { return };
    scene.stack(&format!("bind: \"::\"\n{SMALL}"));
    let up = scene.expect(0, &["up"]);
    let warning = "`prometheus` and `alertmanager` are published on :: without a login";
    assert!(format!("{}{}", up.stdout, up.stderr).contains(warning), "{up:?}");
    for ip in ["127.0.0.1", "::1"] {
        let at = SocketAddr::new(ip.parse().unwrap(), scene.prometheus);
        assert!(TcpStream::connect_timeout(&at, Duration::from_secs(5)).is_ok(), "{at}");
    }
    assert_eq!(scene.expect(0, &["up"]).stdout.lines().next(), Some("up to date: nothing to do"));
}
