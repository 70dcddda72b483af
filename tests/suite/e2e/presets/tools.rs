//! What the field's own tools say about the rendered files.

use std::collections::BTreeSet;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use serde_yaml::Value;

use super::super::Scene;

/// promtool and amtool, at their strictest, accept the files of the preset as it is shipped.
pub fn accept(scene: &Scene, preset: &str) {
    let run = scene.run(&["check", "--offline", "--format", "json"]);
    assert_eq!(run.code, Some(0), "{preset}: {}{}", run.stdout, run.stderr);
    let found = run.json();
    let said: Vec<String> = found["diagnostics"]
        .as_array()
        .unwrap()
        .iter()
        // A preset as it is shipped has example addresses, and says so.
        .filter(|one| one["severity"] != "note" && one["code"] != "SC555")
        .map(|one| format!("{}: {}", one["code"], one["message"]))
        .collect();
    assert_eq!(said, Vec::<String>::new(), "stackctl check of the preset {preset}");
    scene.expect(0, &["render", "--out", "rendered"]);
    let rendered = scene.path("rendered");
    let strict = ["check", "config", "--lint=all", "--lint-fatal", "prometheus.yml"];
    succeed(scene, "prometheus", "/bin/promtool", &rendered.join("prometheus"), &strict);
    let rules = std::fs::read_dir(rendered.join("prometheus/rules")).unwrap().map(|entry| entry.unwrap());
    let names: Vec<String> =
        rules.map(|entry| format!("rules/{}", entry.file_name().to_string_lossy())).collect();
    let arguments: Vec<&str> =
        ["check", "rules"].into_iter().chain(names.iter().map(String::as_str)).collect();
    succeed(scene, "prometheus", "/bin/promtool", &rendered.join("prometheus"), &arguments);
    let strict = ["--enable-feature=utf8-strict-mode", "check-config", "alertmanager.yml"];
    succeed(scene, "alertmanager", "/bin/amtool", &rendered.join("alertmanager"), &strict);
}

/// For every severity, category and service that a rule of the stack has or a route names, Alertmanager's own idea of
/// the route is the first row of `notify.routes` that matches, with those before it that continue; the default otherwise.
pub fn route(scene: &Scene, preset: &str) {
    let stack: Value =
        serde_yaml::from_str(&std::fs::read_to_string(scene.path("stack.yml")).unwrap()).unwrap();
    let notify = &stack["notify"];
    let routes: Vec<&Value> = notify["routes"].as_sequence().into_iter().flatten().collect();
    let axis = |key: &str, more: &[&str]| {
        let named = routes.iter().flat_map(|route| many(&route[key]));
        let mut all: BTreeSet<String> = named.collect();
        all.extend(more.iter().map(|word| (*word).to_owned()));
        all
    };
    let severities = axis("severity", &["critical", "high", "medium", "warning", "low", "info", "none"]);
    let categories = axis("category", &["other"]);
    let services = axis("service", &["other"]);
    let default = notify["default"].as_str().map_or_else(
        || notify["receivers"].as_mapping().unwrap().keys().next().unwrap().as_str().unwrap().to_owned(),
        str::to_owned,
    );
    for severity in &severities {
        for category in &categories {
            for service in &services {
                let labels = [("severity", severity), ("category", category), ("service", service)]
                    .map(|(key, value)| (key.to_owned(), value.clone()));
                let mut taking = routes.iter().filter(|route| {
                    let alike = if severity == "medium" { "warning" } else { "medium" };
                    let severities = many(&route["severity"]);
                    let severe = severities.is_empty()
                        || severities.contains(severity)
                        || (["medium", "warning"].contains(&severity.as_str())
                            && severities.iter().any(|one| one == alike));
                    let of = |key: &str, value: &String| {
                        let named = many(&route[key]);
                        named.is_empty() || named.contains(value)
                    };
                    severe
                        && of("category", category)
                        && of("service", service)
                        && route.get("match").is_none()
                });
                let mut wanted = Vec::new();
                for route in taking.by_ref() {
                    wanted.push(many(&route["to"]).join("-"));
                    if route["continue"] != true {
                        break;
                    }
                }
                if wanted.is_empty() {
                    wanted.push(default.clone());
                }
                assert_eq!(routed(scene, &labels), wanted, "{preset}: {severity} {category} {service}");
            }
        }
    }
}

fn many(value: &Value) -> Vec<String> {
    match value {
        Value::String(one) => vec![one.clone()],
        Value::Sequence(all) => all.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

/// Names under which the sink is told about an alert with these labels.
pub fn receivers(scene: &Scene, labels: &[(String, String)]) -> BTreeSet<String> {
    scene.expect(0, &["render", "--out", "rendered"]);
    let names = routed(scene, labels);
    let rendered = std::fs::read_to_string(scene.path("rendered/alertmanager/alertmanager.yml")).unwrap();
    let rendered: Value = serde_yaml::from_str(&rendered).unwrap();
    let receivers = rendered["receivers"].as_sequence().unwrap();
    let receivers = receivers.iter().filter(|one| names.iter().any(|name| one["name"] == name.as_str()));
    let hooks = receivers.filter_map(|receiver| receiver.get("webhook_configs")?.as_sequence()).flatten();
    let path = |hook: &Value| hook["url"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    hooks.map(path).collect()
}

/// The receivers that Alertmanager's own tool names for these labels.
fn routed(scene: &Scene, labels: &[(String, String)]) -> Vec<String> {
    let labels: Vec<String> = labels.iter().map(|(key, value)| format!("{key}={value:?}")).collect();
    let mut arguments = vec!["config", "routes", "test", "--config.file=alertmanager.yml"];
    arguments.extend(labels.iter().map(String::as_str));
    let said =
        succeed(scene, "alertmanager", "/bin/amtool", &scene.path("rendered/alertmanager"), &arguments);
    said.trim().split(',').map(str::to_owned).collect()
}

/// Runs a tool of a component's image on rendered files; it must succeed.
fn succeed(scene: &Scene, component: &str, program: &str, files: &Path, arguments: &[&str]) -> String {
    // Where the files say they are, because they name each other by that path.
    open(files);
    let mount = format!("{}:/etc/stackctl/current:ro", files.display());
    let output = Command::new("docker")
        .args(["run", "--rm", "--network", "none", "--read-only", "--user", "0", "-v", &mount])
        .args(["-w", "/etc/stackctl/current", "--entrypoint", program, &image(scene, component)])
        .args(arguments)
        .output()
        .expect("the docker client");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{program} {}:\n{said}{}",
        arguments.join(" "),
        String::from_utf8_lossy(&output.stderr)
    );
    said
}

fn image(scene: &Scene, component: &str) -> String {
    let images = scene.expect(0, &["images", "list", "--format", "json"]).json();
    let rows = images["images"].as_array().unwrap();
    let row = rows.iter().find(|row| row["component"] == component).unwrap();
    row["used"].as_str().unwrap().to_owned()
}

fn open(directory: &Path) {
    std::fs::set_permissions(directory, Permissions::from_mode(0o755)).unwrap();
}
