//! What no test machine can have, replaced: ports that are free, the synthetic application, a sink for every receiver,
//! real servers for the exporters, no images that cannot be had, and no waiting.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;

use serde_yaml::{Mapping, Value};

use super::super::Scene;
use super::super::servers::{PASSWORD, Server};
use crate::support::synthetic::{Application, Sink};

/// What exporters watch, by the exporter.
pub type Servers = Vec<(String, Server)>;

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

/// Points `stack.yml` at what is here. The servers that exporters watch end when they are dropped.
pub fn stack(scene: &Scene, application: &Application, sink: &Sink) -> Servers {
    let path = scene.path("stack.yml");
    let mut stack: Value = serde_yaml::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    set(&mut stack, &["prometheus", "port"], scene.prometheus.into());
    // The PostgreSQL exporter waits a second before it tries a database again: a scrape must not have timed out by then.
    set(&mut stack, &["prometheus", "scrape_interval"], "3s".into());
    set(&mut stack, &["prometheus", "evaluation_interval"], "1s".into());
    set(&mut stack, &["alertmanager", "port"], scene.alertmanager.into());
    // Every dashboard is looked at with the page of a team that has Grafana, before it is switched off for the run.
    scene.write("with-grafana.yml", &serde_yaml::to_string(&stack).unwrap());
    set(&mut stack, &["grafana", "enabled"], false.into());
    // Images of log stores cannot be had from a Debian archive either.
    stack.as_mapping_mut().unwrap().remove("logs");
    apps(&mut stack, application);
    receivers(&mut stack, sink);
    secret(scene, "redis-password", PASSWORD);
    let servers = exporters(&mut stack, application);
    scene.write("stack.yml", &serde_yaml::to_string(&stack).unwrap());
    servers
}

fn apps(stack: &mut Value, application: &Application) {
    let apps = stack["apps"].as_mapping_mut().expect("a preset has an application");
    for (name, app) in apps {
        let service = app.get("part").unwrap_or(name).as_str().unwrap().to_owned();
        let port = application.ports[&service];
        if app.get("targets").is_some() {
            app["targets"] = Value::Sequence(vec![format!("{HERE}:{port}").into()]);
        }
        app["scrape_interval"] = "1s".into();
        if let Some(url) = app.get("health").and_then(Value::as_str) {
            let path = url.splitn(4, '/').nth(3).unwrap_or_default().to_owned();
            app["health"] = format!("http://{HERE}:{port}/{path}").into();
        }
    }
}

/// Every receiver tells the sink, under its own name; nobody waits for company or for business hours.
fn receivers(stack: &mut Value, sink: &Sink) {
    let notify = stack["notify"].as_mapping_mut().expect("a preset tells somebody");
    notify.remove("smtp");
    for (name, receiver) in notify["receivers"].as_mapping_mut().unwrap() {
        let url = format!("http://{HERE}:{}/{}", sink.port, name.as_str().unwrap());
        let webhook = Mapping::from_iter([("url".into(), url.into())]);
        *receiver = Mapping::from_iter([("webhook".into(), webhook.into())]).into();
    }
    for route in notify.get_mut("routes").and_then(Value::as_sequence_mut).into_iter().flatten() {
        route["respond"] = "immediately".into();
        route.as_mapping_mut().unwrap().remove("hours");
    }
}

fn exporters(stack: &mut Value, application: &Application) -> Servers {
    let mut servers = Vec::new();
    let Some(exporters) = stack.get_mut("exporters").and_then(Value::as_mapping_mut) else { return servers };
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
        servers.push(("postgres".to_owned(), Server::querying(&server)));
        servers.push(("postgres".to_owned(), server));
    }
    if let Some(redis) = exporters.get_mut("redis") {
        let server = Server::redis();
        redis["address"] = format!("redis://{}", server.address).into();
        redis["password_file"] = "redis-password".into();
        servers.push(("redis".to_owned(), Server::asking(&server)));
        servers.push(("redis".to_owned(), server));
    }
    if let Some(blackbox) = exporters.get_mut("blackbox").and_then(Value::as_mapping_mut) {
        // Nothing outside this machine is probed by a test: every probe goes to the application.
        let port = application.ports.values().next().unwrap();
        for (key, targets) in blackbox.iter_mut() {
            let url = format!("http://{HERE}:{port}/metrics");
            let target = if key == "http" { url } else { format!("{HERE}:{port}") };
            if targets.is_sequence() && (key == "http" || key == "tcp") {
                *targets = vec![Value::from(target)].into();
            }
        }
    }
    servers
}

/// The pack's rules with short waits, and Alertmanager without inhibition, so that each fault is told by itself. They are
/// laid over the shipped files as a user's own would be.
pub fn rules(scene: &Scene, preset: &str) {
    let shipped = |path: &str| {
        let root = env!("CARGO_MANIFEST_DIR");
        std::fs::read_to_string(format!("{root}/{path}")).unwrap()
    };
    let rules = format!("rules/{preset}.yml");
    let waits = |line: &str| {
        let indent = line.len() - line.trim_start().len();
        if line.trim_start().starts_with("for: ") {
            format!("{}for: 1s\n", " ".repeat(indent))
        } else if line.trim_start().starts_with("keep_firing_for: ") {
            String::new()
        } else {
            format!("{line}\n")
        }
    };
    scene.write(&rules, &shipped(&rules).lines().map(waits).collect::<String>());
    let manager = "templates/alertmanager/alertmanager.yml";
    let text = shipped(manager);
    let begin = text.find("inhibit_rules:").expect("the shipped file inhibits");
    let end = begin + text[begin..].find("[%").expect("a block after the inhibition");
    scene.write(manager, &format!("{}{}", &text[..begin], &text[end..]));
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
