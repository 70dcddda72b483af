//! One stack of its own: name, ports, state directory, files; everything goes away with it, also after a panic.

use std::cell::RefCell;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use super::docker::{docker_lines, docker_quietly, ours};
use super::slots::Slot;

/// A stack without Grafana, whose image no test machine can be sure to have.
pub const SMALL: &str = "
prometheus: {port: $PROMETHEUS}
alertmanager: {port: $ALERTMANAGER}
grafana: {enabled: false}
";

/// One stack of its own.
pub struct Scene {
    /// Name of the stack.
    pub name: String,
    /// Port of Prometheus on this machine.
    pub prometheus: u16,
    /// Port of Alertmanager on this machine.
    pub alertmanager: u16,
    home: TempDir,
    last: RefCell<String>,
    _slot: Slot,
}

/// How a run of stackctl ended.
#[derive(Debug)]
pub struct Run {
    /// Exit code; none when it was killed.
    pub code: Option<i32>,
    /// Data.
    pub stdout: String,
    /// Talk.
    pub stderr: String,
}

impl Run {
    /// Data as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error} in {}", self.stdout))
    }

    /// The first line of talk that starts so, without that start.
    pub fn said(&self, start: &str) -> Option<&str> {
        self.stderr.lines().find_map(|line| line.strip_prefix(start))
    }
}

impl Scene {
    /// A scene, or none when real scenarios are not asked for.
    pub fn open() -> Option<Self> {
        static NUMBER: AtomicU16 = AtomicU16::new(0);
        if std::env::var("STACKCTL_E2E").as_deref() != Ok("1") {
            return None;
        }
        let slot = Slot::take();
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        Some(Self {
            name: format!("e2e-{}-{number}", std::process::id()),
            prometheus: free_port(),
            alertmanager: free_port(),
            home: TempDir::new().unwrap(),
            last: RefCell::default(),
            _slot: slot,
        })
    }

    /// A scene whose `stack.yml` is this; `$PROMETHEUS` and `$ALERTMANAGER` stand for its ports.
    pub fn with(stack: &str) -> Option<Self> {
        let scene = Self::open()?;
        scene.stack(stack);
        Some(scene)
    }

    /// A scene in which this stack runs.
    pub fn running(stack: &str) -> Option<Self> {
        let scene = Self::with(stack)?;
        scene.expect(0, &["up"]);
        Some(scene)
    }

    /// Writes `stack.yml`.
    pub fn stack(&self, text: &str) {
        let text = text
            .replace("$NAME", &self.name)
            .replace("$PROMETHEUS", &self.prometheus.to_string())
            .replace("$ALERTMANAGER", &self.alertmanager.to_string());
        self.write("stack.yml", &text);
    }

    /// Writes a file beside `stack.yml`.
    pub fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// A file beside `stack.yml`.
    pub fn path(&self, path: &str) -> PathBuf {
        self.home.path().join(path)
    }

    /// Name of the container of a component.
    pub fn container(&self, component: &str) -> String {
        format!("{}-{component}", self.name)
    }

    /// stackctl with arguments, not yet run.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(binary());
        command
            .args(["--project", &self.name])
            .args(arguments)
            .current_dir(self.home.path())
            .env("XDG_STATE_HOME", self.path("state"))
            .env_remove("DOCKER_HOST")
            .stdin(Stdio::null());
        command
    }

    /// Runs stackctl.
    pub fn run(&self, arguments: &[&str]) -> Run {
        self.finish(&mut self.command(arguments))
    }

    /// Runs stackctl; it must end with this code.
    pub fn expect(&self, code: i32, arguments: &[&str]) -> Run {
        let run = self.run(arguments);
        assert_eq!(run.code, Some(code), "stackctl {}: {}", arguments.join(" "), self.last.borrow());
        run
    }

    /// Starts stackctl and goes on.
    pub fn spawn(&self, arguments: &[&str]) -> Child {
        self.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// Waits for a run that was started with [`Self::spawn`].
    pub fn wait(&self, child: Child) -> Run {
        self.keep(child.wait_with_output().unwrap())
    }

    /// Runs a prepared command.
    pub fn finish(&self, command: &mut Command) -> Run {
        self.keep(command.output().unwrap())
    }

    fn keep(&self, output: std::process::Output) -> Run {
        // Commands in messages carry the options of the run, and a report ends with the stack it is about: both differ in
        // every run.
        let project = format!("stackctl --project {} ", self.name);
        let about = format!("stack {} (", self.name);
        let text = |bytes| {
            let text = String::from_utf8(bytes).expect("UTF-8").replace(&project, "stackctl ");
            text.split_inclusive('\n').filter(|line| !line.starts_with(&about)).collect::<String>()
        };
        let run =
            Run { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) };
        *self.last.borrow_mut() = format!("exit {:?}\n{}{}", run.code, run.stdout, run.stderr);
        run
    }

    fn tell(&self) {
        eprintln!("--- last run of stackctl in {}: {}", self.name, self.last.borrow());
        for name in ours(&self.name) {
            let output = Command::new("docker").args(["logs", "--tail", "15", &name]).output();
            let lines = output.map(|o| String::from_utf8_lossy(&o.stderr).into_owned()).unwrap_or_default();
            eprintln!("--- {name}\n{lines}");
        }
    }

    /// Removes what is labelled as this stack's, in whatever state it is.
    fn remove_all(&self) {
        let filter = format!("label=io.stackctl.stack={}", self.name);
        for name in ours(&self.name) {
            docker_quietly(&["rm", "-f", "-v", &name]);
        }
        for volume in docker_lines(&["volume", "ls", "-q", "--filter", &filter]) {
            docker_quietly(&["volume", "rm", "-f", &volume]);
        }
        for network in docker_lines(&["network", "ls", "-q", "--filter", &filter]) {
            docker_quietly(&["network", "rm", &network]);
        }
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.tell();
        }
        self.remove_all();
    }
}

/// The binary under test.
pub fn binary() -> PathBuf {
    std::env::var_os("STACKCTL_E2E_BINARY")
        .map_or_else(|| Path::new(env!("CARGO_BIN_EXE_stackctl")).to_owned(), PathBuf::from)
}

/// A port nobody listens on, below those the kernel gives to clients.
pub fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let begin = u16::try_from(std::process::id() % 100).unwrap() * 90;
    loop {
        let port = 21_000 + begin + NEXT.fetch_add(1, Ordering::Relaxed) % 2_000;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// Looks until there is something to see; fails when the time is up.
pub fn eventually<T>(limit: Duration, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + limit;
    loop {
        if let Some(seen) = look() {
            return seen;
        }
        assert!(Instant::now() < deadline, "not within {}s: {what}", limit.as_secs());
        std::thread::park_timeout(Duration::from_millis(50));
    }
}
