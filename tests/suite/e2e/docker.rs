//! What the daemon says, asked with its own client: an eye that is not stackctl's.

use std::collections::BTreeMap;
use std::process::Command;

use serde_json::Value;

/// Runs `docker` and returns what it wrote; it must succeed.
pub fn docker(arguments: &[&str]) -> String {
    let output = Command::new("docker").args(arguments).output().expect("the docker client");
    assert!(
        output.status.success(),
        "docker {}: {}",
        arguments.join(" "),
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
}

/// Runs `docker` for its effect, whether or not there is anything to do.
pub fn docker_quietly(arguments: &[&str]) {
    let _ = Command::new("docker").args(arguments).output().expect("the docker client");
}

/// One line per line of a listing.
pub fn docker_lines(arguments: &[&str]) -> Vec<String> {
    let mut lines: Vec<String> =
        docker(arguments).lines().filter(|line| !line.is_empty()).map(str::to_owned).collect();
    lines.sort();
    lines
}

/// Everything the daemon knows of a container.
pub fn inspect(container: &str) -> Value {
    let listed: Value =
        serde_json::from_str(&docker(&["inspect", "--type", "container", container])).unwrap();
    listed[0].clone()
}

/// One start of one container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Life {
    /// The daemon's id.
    pub id: String,
    /// When it was started last.
    pub started_at: String,
}

/// The life of each container of a stack, by component.
pub fn lives(stack: &str) -> BTreeMap<String, Life> {
    ours(stack)
        .iter()
        .map(|name| {
            let seen = inspect(name);
            let life = Life { id: text(&seen["Id"]), started_at: text(&seen["State"]["StartedAt"]) };
            (name.strip_prefix(&format!("{stack}-")).unwrap_or(name).to_owned(), life)
        })
        .collect()
}

/// The names of the containers of a stack, also of helpers and leftovers.
pub fn ours(stack: &str) -> Vec<String> {
    docker_lines(&[
        "ps",
        "-a",
        "--filter",
        &format!("label=io.stackctl.stack={stack}"),
        "--format",
        "{{.Names}}",
    ])
}

/// Everything there is of a stack, without ids and times: two stacks of the same shape read the same.
pub fn world(stack: &str) -> Vec<String> {
    let filter = format!("label=io.stackctl.stack={stack}");
    let containers = ours(stack).into_iter().map(|name| {
        let seen = inspect(&name);
        let label = |key: &str| text(&seen["Config"]["Labels"][format!("io.stackctl.{key}")]);
        format!("container {name}: {}, {} {}", text(&seen["State"]["Status"]), label("role"), label("spec"))
    });
    let volumes = docker_lines(&["volume", "ls", "--filter", &filter, "--format", "volume {{.Name}}"]);
    let networks = docker_lines(&["network", "ls", "--filter", &filter, "--format", "network {{.Name}}"]);
    containers.chain(volumes).chain(networks).map(|line| line.replace(stack, "STACK")).collect()
}

/// The revision a component's configuration volume points at.
pub fn revision(container: &str) -> String {
    let output = Command::new("docker")
        .args(["cp", &format!("{container}:/etc/stackctl/current"), "-"])
        .output()
        .expect("the docker client");
    let mut archive = tar::Archive::new(output.stdout.as_slice());
    let entry = archive.entries().unwrap().next().expect("the link `current`").unwrap();
    entry.link_name().unwrap().expect("a link").to_string_lossy().into_owned()
}

/// The daemon's clock, for [`changes_since`].
pub fn now() -> String {
    docker(&["info", "--format", "{{.SystemTime}}"])
}

/// What the daemon did to the containers of a stack since a time.
pub fn changes_since(stack: &str, since: &str) -> Vec<String> {
    docker_lines(&[
        "events",
        "--since",
        since,
        "--until",
        &now(),
        "--filter",
        &format!("label=io.stackctl.stack={stack}"),
        "--format",
        "{{.Type}} {{.Action}} {{.Actor.Attributes.name}}",
    ])
}

/// A JSON string.
pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
