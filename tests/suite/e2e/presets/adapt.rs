//! What no test machine can have, replaced: ports that are free, the synthetic application, a sink for every receiver,
//! real servers for the exporters, no images that cannot be had, and no waiting.

use std::collections::BTreeMap;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use serde_yaml::{Mapping, Value};
use stackctl::kernel::units;

use super::super::Scene;
use super::super::servers::{PASSWORD, Server};
use crate::support::synthetic::{Application, Sink};

/// What exporters watch, by the exporter, and those who give it something to do.
#[derive(Default)]
pub struct Servers {
    _clients: Vec<Server>,
    /// By the exporter.
    pub watched: BTreeMap<String, Server>,
}

/// The name of this machine for containers.
const HERE: &str = "host.docker.internal";

/// Writes a file for every secret that the preset names.
pub fn secrets(scene: &Scene) {
    let text = std::fs::read_to_string(scene.path("stack.yml")).unwrap();
    let preset: Value = serde_yaml::from_str(&text).unwrap();
    let mut names = Vec::new();
    collect(&preset, &mut names);
    for name in names {
        let value = if name.contains("url") || name.contains("webhook") {
            "https://chat.example.org/hook".to_owned()
        } else {
            PASSWORD.to_owned()
        };
        secret(scene, &name, &value);
    }
}

fn secret(scene: &Scene, name: &str, value: &str) {
    scene.write(name, value);
    std::fs::set_permissions(scene.path(name), Permissions::from_mode(0o600)).unwrap();
}

fn collect(value: &Value, names: &mut Vec<String>) {
    match value {
        Value::Mapping(map) => {
            for (key, value) in map {
                match value.as_str() {
                    Some(path) if key.as_str().is_some_and(|key| key.ends_with("_file")) => {
                        names.push(path.to_owned());
                    }
                    _ => collect(value, names),
                }
            }
        }
        Value::Sequence(items) => items.iter().for_each(|item| collect(item, names)),
        _ => {}
    }
}

/// How long everything takes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// As the preset has it, at any time of the week.
    AsShipped,
    /// Nobody waits for anything.
    Hurried,
}

/// Points `stack.yml` at what is here. The servers that exporters watch end when they are dropped.
pub fn stack(scene: &Scene, application: &Application, sink: &Sink, pace: Pace) -> Servers {
    let path = scene.path("stack.yml");
    let preset = std::fs::read_to_string(&path).unwrap();
    // A page that the preset has as a comment, because its address is each team's own, is probed as well.
    let mut stack: Value = serde_yaml::from_str(&preset.replace("    # health: ", "    health: ")).unwrap();
    if stack["exporters"]["blackbox"].is_null() {
        set(&mut stack, &["exporters", "blackbox"], Mapping::new().into());
    }
    set(&mut stack, &["prometheus", "port"], scene.prometheus.into());
    if pace == Pace::Hurried {
        // The PostgreSQL exporter waits a second before it tries a database again: a scrape must not have timed out by then.
        set(&mut stack, &["prometheus", "scrape_interval"], "3s".into());
        set(&mut stack, &["prometheus", "evaluation_interval"], "1s".into());
    }
    set(&mut stack, &["alertmanager", "port"], scene.alertmanager.into());
    // Every dashboard is looked at with the page of a team that has Grafana, before it is switched off for the run.
    scene.write("with-grafana.yml", &serde_yaml::to_string(&stack).unwrap());
    set(&mut stack, &["grafana", "enabled"], false.into());
    // Images of log stores cannot be had from a Debian archive either.
    stack.as_mapping_mut().unwrap().remove("logs");
    apps(&mut stack, application, pace);
    receivers(&mut stack, sink, pace);
    secret(scene, "redis-password", PASSWORD);
    let servers = exporters(&mut stack, sink);
    scene.write("stack.yml", &serde_yaml::to_string(&stack).unwrap());
    servers
}

fn apps(stack: &mut Value, application: &Application, pace: Pace) {
    let apps = stack["apps"].as_mapping_mut().expect("a preset has an application");
    for (name, app) in apps {
        let service = app.get("part").unwrap_or(name).as_str().unwrap().to_owned();
        let port = application.ports[&service];
        if app.get("targets").is_some() {
            app["targets"] = Value::Sequence(vec![format!("{HERE}:{port}").into()]);
        }
        if pace == Pace::Hurried {
            app["scrape_interval"] = "1s".into();
        }
        if let Some(url) = app.get("health").and_then(Value::as_str) {
            let path = url.splitn(4, '/').nth(3).unwrap_or_default().to_owned();
            app["health"] = format!("http://{HERE}:{port}/{path}").into();
        }
    }
}

/// Every receiver tells the sink, under its own name; nobody waits for company or for business hours.
fn receivers(stack: &mut Value, sink: &Sink, pace: Pace) {
    let notify = stack["notify"].as_mapping_mut().expect("a preset tells somebody");
    notify.remove("smtp");
    for (name, receiver) in notify["receivers"].as_mapping_mut().unwrap() {
        let url = format!("http://{HERE}:{}/{}", sink.port, name.as_str().unwrap());
        let webhook = Mapping::from_iter([("url".into(), url.into())]);
        *receiver = Mapping::from_iter([("webhook".into(), webhook.into())]).into();
    }
    for route in notify.get_mut("routes").and_then(Value::as_sequence_mut).into_iter().flatten() {
        if pace == Pace::Hurried {
            route["respond"] = "immediately".into();
        }
        route.as_mapping_mut().unwrap().remove("hours");
    }
}

fn exporters(stack: &mut Value, sink: &Sink) -> Servers {
    let (mut watched, mut clients) = (BTreeMap::new(), Vec::new());
    let Some(exporters) = stack.get_mut("exporters").and_then(Value::as_mapping_mut) else {
        return Servers::default();
    };
    // Its image cannot be had from a Debian archive.
    exporters.remove("cadvisor");
    for (_, exporter) in exporters.iter_mut() {
        if let Some(exporter) = exporter.as_mapping_mut() {
            exporter.remove("port");
        }
    }
    if let Some(postgres) = exporters.get_mut("postgres") {
        let server = Server::postgres();
        postgres["uri"] = format!("{}/shop?sslmode=disable", server.address).into();
        postgres["user"] = "monitor".into();
        clients.push(Server::querying(&server));
        watched.insert("postgres".to_owned(), server);
    }
    if let Some(redis) = exporters.get_mut("redis") {
        let server = Server::redis();
        redis["address"] = format!("redis://{}", server.address).into();
        redis["password_file"] = "redis-password".into();
        clients.push(Server::asking(&server));
        watched.insert("redis".to_owned(), server);
    }
    if let Some(blackbox) = exporters.get_mut("blackbox").and_then(Value::as_mapping_mut) {
        // Nothing outside this machine is probed by a test. The sink stays when the application is down.
        let port = sink.port;
        for (key, targets) in blackbox.iter_mut() {
            let url = format!("http://{HERE}:{port}");
            let target = if key == "http" { url } else { format!("{HERE}:{port}") };
            if targets.is_sequence() && (key == "http" || key == "tcp") {
                *targets = vec![Value::from(target)].into();
            }
        }
    }
    Servers { _clients: clients, watched }
}

/// A file as it is shipped.
pub fn shipped(path: &str) -> String {
    std::fs::read_to_string(format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// Rules with short waits, laid over the shipped files as a user's own would be: all of the pack, and those of targets and
/// probes that are down, so that they fire while it does.
pub fn rules(scene: &Scene, preset: &str) {
    // Twelve times as fast, so that they come in the same order as ever.
    let faster = |wait: &str| units::parse_duration(wait).unwrap().div_f64(12.0).max(SHORTEST);
    hurry(scene, preset, |wait| Some(faster(wait).min(LONGEST)));
    for file in ["stack", "blackbox"] {
        hurry(scene, file, |wait| Some(faster(wait)).filter(|wait| *wait <= LONGEST));
    }
}

/// The shortest wait: Prometheus takes no fraction of a second.
const SHORTEST: Duration = Duration::from_secs(1);
/// The longest wait, longer than those of alerts about targets that are down, which have two minutes at most.
const LONGEST: Duration = Duration::from_secs(12);

/// Lays a rule file with other waits over the shipped one.
fn hurry(scene: &Scene, file: &str, faster: impl Fn(&str) -> Option<Duration>) {
    let path = format!("rules/{file}.yml");
    let wait = |line: &str| {
        let (indent, rest) = line.split_at(line.len() - line.trim_start().len());
        match rest.split_once(": ") {
            Some(("for", wait)) => {
                let faster = faster(wait).map(|wait| format!("{}s", wait.as_secs()));
                format!("{indent}for: {}\n", faster.as_deref().unwrap_or(wait))
            }
            Some(("keep_firing_for", _)) => String::new(),
            // What had no answer in two minutes has none in ten seconds.
            _ => format!("{}\n", line.replace("[2m]) == 0", "[10s]) == 0")),
        }
    };
    scene.write(&path, &shipped(&path).lines().map(wait).collect::<String>());
}

/// Alertmanager as it is shipped, but for the time it waits for company; `alone` without inhibition, so that what is still
/// firing hides nothing.
pub fn manager(scene: &Scene, alone: bool) {
    let path = "templates/alertmanager/alertmanager.yml";
    let mut text = shipped(path);
    // The last is that of a route, after what it promises.
    for wait in ["group_wait: 30s", "group_interval: 5m", "group_interval: [[ route.group_interval | yaml ]]"]
    {
        assert!(text.contains(wait), "{path} waits otherwise");
        let (key, _) = wait.split_once(' ').unwrap();
        text = text.replacen(wait, &format!("{key} 1s"), 1);
    }
    if alone {
        let begin = text.find("inhibit_rules:").expect("the shipped file inhibits");
        let end = begin + text[begin..].find("[%- if notify.hours").expect("hours after the inhibition");
        text.replace_range(begin..end, "");
    }
    scene.write(path, &text);
}

/// Puts a value at a path of keys.
pub fn set(root: &mut Value, path: &[&str], value: Value) {
    let mut at = root;
    for key in path {
        if !at.is_mapping() {
            *at = Mapping::new().into();
        }
        at = at.as_mapping_mut().unwrap().entry((*key).into()).or_insert(Value::Null);
    }
    *at = value;
}
