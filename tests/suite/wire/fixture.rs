//! A user at a terminal: the binary, a directory with a `stack.yml`, a state directory, a daemon.
//!
//! Every user has an address of 127.0.0.0/8 to publish ports on, so that tests do not meet on ports.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use regex::Regex;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use crate::support::daemon::{Builder, Content, FakeDaemon, FakeFile, ImageSpec, Seen};
use crate::support::programs::{Alertmanager, Grafana, Prometheus, node_exporter};

/// Prometheus alone: the fewest calls, and files that do not depend on the user's address.
pub const PROMETHEUS_ONLY: &str = "alertmanager: {enabled: false}\ngrafana: {enabled: false}\nexporters: {}\nalerts: {runbook_url: \"https://wiki.internal\"}\n";
/// The default stack. The node exporter is published because the bridges of the fake daemon lead nowhere.
pub const DEFAULT: &str = "exporters: {node: {port: 9100}}\n";
/// The same with links in its alerts that do not depend on the user's address.
pub const LINKED: &str = "exporters: {node: {port: 9100}}\ngrafana: {root_url: \"http://grafana.example.org/\"}\nalerts: {runbook_url: \"https://wiki.internal\"}\n";

/// The image of a component of the catalogue.
pub fn image(component: &str) -> String {
    let image = stackctl::catalog::component(component).unwrap().image;
    format!("{}:{}", image.repository, image.tag)
}

/// A daemon with the images of these components, where all of them do what they should. No registry answers.
pub fn machine(components: &[&str], grafana: &Grafana) -> Builder {
    let programs = [
        ("prometheus", Prometheus::new().program()),
        ("alertmanager", Alertmanager::new().program()),
        ("grafana", grafana.program()),
        ("node", node_exporter()),
    ];
    let builder = programs.into_iter().fold(FakeDaemon::builder(), |builder, (component, program)| {
        builder.program(&image(component), program)
    });
    components.iter().fold(builder, |builder, component| builder.image(spec(component)))
}

/// The image of a component, with its programs in it, so that it still works after `save` and `load`.
pub fn spec(component: &str) -> ImageSpec {
    let row = stackctl::catalog::component(component).unwrap();
    let programs = std::iter::once(row.program).chain(row.judges.iter().map(|judge| judge.command[0]));
    let binary = || FakeFile::file(0o755, 0, 0, "stands for a program");
    programs.fold(ImageSpec::new(&image(component)), |spec, program| spec.with(program, binary()))
}

/// A daemon with all images of the default stack.
pub fn daemon() -> FakeDaemon {
    machine(&["prometheus", "alertmanager", "grafana", "node"], &Grafana::new()).start()
}

/// What a run left on its two streams, with `ADDRESS-OF-USER`, `DIR`, `SOCKET` and `<t>` for what differs between runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ran {
    pub code: Option<i32>,
    /// Without the last line of a report, which is `about`.
    pub stdout: String,
    pub stderr: String,
    /// `stack NAME (FILE) at DAEMON`, when the report ends so.
    pub about: String,
}

impl Ran {
    /// The report of `--format json`.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The same, once it is sure that the run did what was asked.
    pub fn ok(self) -> Self {
        assert_eq!(self.code, Some(0), "{}\n{}", self.stdout, self.stderr);
        self
    }
}

/// One user.
pub struct Wire<'d> {
    daemon: &'d FakeDaemon,
    home: TempDir,
    pub ip: String,
    host: String,
}

impl<'d> Wire<'d> {
    /// A user with an empty directory.
    pub fn new(daemon: &'d FakeDaemon) -> Self {
        static USERS: AtomicU32 = AtomicU32::new(1);
        let (pid, user) = (std::process::id(), USERS.fetch_add(1, Ordering::Relaxed));
        // Processes begin far from each other. All addresses are equally long, so that tables are equally wide.
        let number = pid.wrapping_mul(2_654_435_761).wrapping_add(user);
        let ip = format!(
            "127.{}.{}.{}",
            101 + number / 22_500 % 150,
            101 + number / 150 % 150,
            101 + number % 150
        );
        let home = tempfile::tempdir().unwrap();
        for directory in ["work", "state", "bin"] {
            fs::create_dir(home.path().join(directory)).unwrap();
        }
        Self { daemon, home, ip, host: daemon.host() }
    }

    /// The same user with a `stack.yml` that publishes on the user's address.
    pub fn stack(self, text: &str) -> Self {
        self.write("stack.yml", format!("bind: {}\n{text}", self.ip));
        self
    }

    /// The same user with a file beside `stack.yml`.
    pub fn file(self, path: &str, bytes: impl AsRef<[u8]>) -> Self {
        self.write(path, bytes);
        self
    }

    /// Writes a file beside `stack.yml`.
    pub fn write(&self, path: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    /// Writes `stack.yml` anew.
    pub fn change(&self, text: &str) {
        self.write("stack.yml", format!("bind: {}\n{text}", self.ip));
    }

    /// A path beside `stack.yml`.
    pub fn path(&self, path: &str) -> PathBuf {
        self.home.path().join("work").join(path)
    }

    /// A path in the state directory of the stack `monitoring`.
    pub fn state(&self, path: &str) -> PathBuf {
        self.home.path().join("state/stackctl/monitoring").join(path)
    }

    /// The command, not started yet.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_stackctl"));
        command
            .args(arguments)
            .env_clear()
            // No mmdebstrap: nothing is built from Debian packages here.
            .env("PATH", self.home.path().join("bin"))
            .env("HOME", self.home.path())
            .env("XDG_STATE_HOME", self.home.path().join("state"))
            .env("DOCKER_HOST", &self.host)
            .current_dir(self.path(""))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs the binary to its end.
    pub fn run<const N: usize>(&self, arguments: [&str; N]) -> Ran {
        self.ran(&self.command(&arguments).output().unwrap())
    }

    /// The same with any number of arguments.
    pub fn run_all(&self, arguments: &[&str]) -> Ran {
        self.ran(&self.command(arguments).output().unwrap())
    }

    /// Starts the binary.
    pub fn spawn<const N: usize>(&self, arguments: [&str; N]) -> Running<'_, 'd> {
        Running { wire: self, child: Some(self.command(&arguments).spawn().unwrap()) }
    }

    /// What a run left.
    pub fn ran(&self, output: &Output) -> Ran {
        let mut stdout = self.shape(&String::from_utf8_lossy(&output.stdout));
        let last = stdout.trim_end().rfind('\n').map_or(0, |newline| newline + 1);
        let about = if stdout[last..].starts_with("stack ") { stdout.split_off(last) } else { String::new() };
        Ran {
            code: output.status.code(),
            stdout,
            stderr: self.shape(&String::from_utf8_lossy(&output.stderr)),
            about: about.trim_end().to_owned(),
        }
    }

    /// A text without what differs between runs.
    pub fn shape(&self, text: &str) -> String {
        let text = text
            .replace(&self.host, "SOCKET")
            .replace(self.host.trim_start_matches("unix://"), "SOCKET")
            .replace(&self.ip, "ADDRESS-OF-USER")
            // As a regular expression, plain and in JSON.
            .replace(&self.ip.replace('.', r"\\."), "ADDRESS-OF-USER")
            .replace(&self.ip.replace('.', r"\."), "ADDRESS-OF-USER")
            .replace(self.home.path().to_str().unwrap(), "DIR");
        let times = Regex::new(r"after \d+\.\ds").unwrap();
        times.replace_all(&text, "after <t>").into_owned()
    }

    /// Everything that a run may change, as text: the daemon's objects of any stack, the files in them, the state directory.
    pub fn world(&self) -> String {
        let mut lines = vec![self.shape(&daemon_text(self.daemon))];
        tree(&self.home.path().join("state"), "state", &mut lines);
        lines.join("\n")
    }
}

/// Panics with both texts as a person reads them, unless they are the same.
#[track_caller]
pub fn same(seen: &str, expected: &str) {
    assert!(seen == expected, "\n--- expected\n{expected}\n--- seen\n{seen}\n---");
}

/// Panics with the lines that only one of two worlds has.
#[track_caller]
pub fn same_world(seen: &str, expected: &str) {
    let difference = difference(expected, seen);
    assert!(difference.is_empty(), "another world:\n{}", difference.join("\n"));
}

/// The lines that only one of two worlds has.
pub fn difference(expected: &str, seen: &str) -> Vec<String> {
    let only = |a: &str, b: &str, mark: &str| -> Vec<String> {
        let b: Vec<&str> = b.lines().collect();
        a.lines().filter(|line| !b.contains(line)).map(|line| format!("{mark}{line}")).collect()
    };
    [only(expected, seen, "-"), only(seen, expected, "+")].concat()
}

/// What was asked of the daemon, one line each, without what removing a container always says and what is random in the
/// name of a lock.
pub fn mutations(daemon: &FakeDaemon) -> Vec<String> {
    let lock = Regex::new(r"\.lock-[0-9a-f]{16}-").unwrap();
    let short = |line: &String| {
        lock.replace(&line.replace("?v=true&force=true&link=false", ""), ".lock-").into_owned()
    };
    daemon.mutations().iter().map(short).collect()
}

/// A bare request to the daemon, for objects that stackctl does not make; the status of the answer.
pub fn ask(daemon: &FakeDaemon, method: &str, path: &str, body: &Value) -> u16 {
    let host = daemon.host();
    let mut stream = UnixStream::connect(host.trim_start_matches("unix://")).unwrap();
    let body = body.to_string();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: docker\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).unwrap();
    reply.split(' ').nth(1).unwrap().parse().unwrap()
}

/// A binary that runs.
pub struct Running<'w, 'd> {
    wire: &'w Wire<'d>,
    child: Option<Child>,
}

impl Running<'_, '_> {
    pub fn pid(&self) -> u32 {
        self.child.as_ref().unwrap().id()
    }

    /// Sends a signal to it.
    pub fn signal(&self, signal: rustix::process::Signal) {
        let pid = i32::try_from(self.pid()).unwrap();
        rustix::process::kill_process(rustix::process::Pid::from_raw(pid).unwrap(), signal).unwrap();
    }

    /// Waits for its end.
    pub fn end(mut self) -> Ran {
        let output = self.child.take().unwrap().wait_with_output().unwrap();
        self.wire.ran(&output)
    }
}

impl Drop for Running<'_, '_> {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Waits until something is so.
pub fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !is_so() {
        assert!(begin.elapsed() < Duration::from_secs(30), "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Waits until the daemon has seen such a request.
pub fn until_seen(daemon: &FakeDaemon, what: impl Fn(&Seen) -> bool) {
    until("the request was made", || daemon.requests().iter().any(&what));
}

fn daemon_text(daemon: &FakeDaemon) -> String {
    let mut lines = Vec::new();
    for (name, container) in daemon.containers() {
        let config = &container.inspect["Config"];
        let told =
            ["Image", "Cmd", "Entrypoint", "Env", "User", "ExposedPorts"].map(|key| config[key].to_string());
        lines.push(format!("container {name} {} networks {:?}", container.state, container.networks));
        lines.push(format!("  {}", told.join(" ")));
        // The digest of the specification depends on the user's address; the specification itself follows.
        let labels = container.labels.iter().filter(|(key, _)| *key != "io.stackctl.spec");
        lines.extend(labels.map(|(key, value)| format!("  {key}={value}")));
        lines.push(format!("  {}", sorted(&container.inspect["HostConfig"])));
        lines.push(format!("  {}", sorted(&container.inspect["Mounts"])));
    }
    for network in daemon.networks() {
        let mut members = network.members;
        members.sort();
        lines.push(format!("network {} {:?} members {members:?}", network.name, network.labels));
    }
    for mut volume in daemon.volumes() {
        // The key of a stack is random.
        volume.labels.remove("io.stackctl.key");
        lines.push(format!("volume {} {:?}", volume.name, volume.labels));
        lines.extend(volume_lines(daemon, &volume.name));
    }
    lines.join("\n")
}

/// The files of a volume, one line each: mode, owner, path, and what is in it as a digest or a link. Secrets differ between
/// users, and with them the names of revisions that hold some.
pub fn volume_lines(daemon: &FakeDaemon, volume: &str) -> Vec<String> {
    let files = daemon.files(volume);
    let line = |(path, file): (&String, &FakeFile)| {
        let content = match &file.content {
            Content::Directory => "directory".to_owned(),
            Content::Link(target) => format!("-> {target}"),
            Content::File(_) if path.contains("/secrets/") => "secret".to_owned(),
            Content::File(bytes) => digest(bytes),
        };
        format!("  {:04o} {}:{} {path} {content}", file.mode, file.uid, file.gid)
    };
    let mut lines: Vec<String> = files.iter().map(line).collect();
    if files.keys().any(|path| path.contains("/secrets/")) {
        let revision = Regex::new("[0-9a-f]{12}-[0-9a-f]{12}").unwrap();
        lines = lines.iter().map(|line| revision.replace_all(line, "<revision>").into_owned()).collect();
        lines.sort();
    }
    lines
}

fn digest(bytes: &[u8]) -> String {
    let digits: Vec<String> =
        Sha256::digest(bytes).iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    digits.concat()
}

/// JSON with sorted keys.
fn sorted(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let sorted_map: BTreeMap<&String, String> =
                map.iter().map(|(key, value)| (key, sorted(value))).collect();
            let pairs: Vec<String> = sorted_map.iter().map(|(key, value)| format!("{key}:{value}")).collect();
            format!("{{{}}}", pairs.join(","))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(sorted).collect::<Vec<_>>().join(",")),
        other => other.to_string(),
    }
}

/// Modes and names of files; what is in the lock and in secrets differs between runs. Remembered verdicts are not
/// part of the world: they only save time, and depend on the ports of the run.
fn tree(directory: &Path, name: &str, lines: &mut Vec<String>) {
    let mut entries: Vec<_> = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap()).collect();
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        if entry.file_name() == "accepted" {
            continue;
        }
        let name = format!("{name}/{}", entry.file_name().to_string_lossy());
        let mode = entry.metadata().unwrap().permissions().mode() & 0o7777;
        lines.push(format!("{mode:04o} {name}"));
        if entry.metadata().unwrap().is_dir() {
            tree(&entry.path(), &name, lines);
        }
    }
}
