//! Throw-away servers on this machine for exporters to watch: in a directory of their own, at a free port, ended by
//! their process id.

use std::net::UdpSocket;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, geteuid, kill_process};
use tempfile::TempDir;

use super::eventually;
use super::scene::free_port;

/// The password of every server here: with what has a meaning in URLs, but without a blank, which the `PostgreSQL`
/// exporter 0.17 cannot use: it calls its own connection string malformed.
pub const PASSWORD: &str = "right/horse@battery%20:#1";

/// A server that runs until it is dropped.
#[derive(Debug)]
pub struct Server {
    /// Where containers reach it: `host:port`.
    pub address: String,
    child: Child,
    home: TempDir,
}

/// Certificate, key and port are its arguments.
const HTTPS: &str = r#"
import http.server, ssl, sys
class Healthy(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"status": "healthy"}')
server = http.server.ThreadingHTTPServer(("0.0.0.0", int(sys.argv[3])), Healthy)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1], sys.argv[2])
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
"#;

impl Server {
    /// `PostgreSQL` with a database `shop` and a role `monitor` that may read statistics.
    pub fn postgres() -> Self {
        let home = TempDir::new().unwrap();
        let owner = Owner::of_postgres();
        let directory = home.path().join("postgres");
        std::fs::create_dir(&directory).unwrap();
        let password = directory.join("password");
        std::fs::write(&password, PASSWORD).unwrap();
        open(home.path());
        owner.give(&directory);
        owner.give(&password);

        let (data, socket, port) = (directory.join("data"), text(&directory), free_port().to_string());
        let arguments = ["-U", "postgres", "-A", "scram-sha-256", "-E", "UTF8", "--no-locale", "--no-sync"];
        let mut command = owner.run(&postgres_program("initdb"));
        succeed(command.args(["-D", &text(&data), "--pwfile", &text(&password)]).args(arguments));
        let hba = data.join("pg_hba.conf");
        let local_only = std::fs::read_to_string(&hba).unwrap();
        std::fs::write(&hba, format!("{local_only}host all all 0.0.0.0/0 scram-sha-256\n")).unwrap();

        let mut command = owner.run(&postgres_program("postgres"));
        command.args(["-D", &text(&data), "-h", "0.0.0.0", "-p", &port, "-k", &socket, "-F"]);
        let server = Self { address: format!("{}:{port}", this_machine()), child: start(command), home };
        eventually(Duration::from_secs(30), "PostgreSQL answers", || {
            server.sql("postgres", "SELECT 1").output().unwrap().status.success().then_some(())
        });
        succeed(&mut server.sql("postgres", "CREATE DATABASE shop"));
        succeed(&mut server.sql("shop", &format!("CREATE USER monitor PASSWORD '{PASSWORD}'")));
        succeed(&mut server.sql("shop", "GRANT pg_monitor TO monitor"));
        succeed(&mut server.sql("shop", "CREATE TABLE goods AS SELECT generate_series(1, 5000) AS id"));
        succeed(&mut server.sql("shop", "CREATE INDEX goods_id ON goods (id)"));
        server
    }

    /// From now on this `PostgreSQL` turns its watcher away: an exporter knows that at its next scrape, however it keeps
    /// its connections.
    pub fn refuse(&self) {
        succeed(&mut self.sql("postgres", "ALTER ROLE monitor NOLOGIN"));
        let sessions = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'monitor'";
        succeed(&mut self.sql("postgres", sessions));
    }

    /// From now on it lets its watcher in again.
    pub fn admit(&self) {
        succeed(&mut self.sql("postgres", "ALTER ROLE monitor LOGIN"));
    }

    /// A statement of the superuser in a database of this `PostgreSQL`, not yet run.
    fn sql(&self, database: &str, statement: &str) -> Command {
        let (socket, port) = (text(&self.home.path().join("postgres")), self.port());
        let mut command = Command::new(postgres_program("psql"));
        command.args(["-h", &socket, "-p", port, "-U", "postgres", "-d", database, "-qc", statement]);
        command.env("PGPASSWORD", PASSWORD);
        command
    }

    fn port(&self) -> &str {
        self.address.rsplit(':').next().unwrap()
    }

    /// Redis with one key in it.
    pub fn redis() -> Self {
        let home = TempDir::new().unwrap();
        let port = free_port().to_string();
        let mut command = Command::new("redis-server");
        command.args(["--bind", "0.0.0.0", "--port", &port, "--dir", &text(home.path())]);
        command.args(["--requirepass", PASSWORD, "--save", "", "--appendonly", "no", "--maxmemory", "64mb"]);
        let server = Self { address: format!("{}:{port}", this_machine()), child: start(command), home };
        eventually(Duration::from_secs(30), "Redis answers", || {
            let mut command = Command::new("redis-cli");
            command.args(["-p", &port, "SET", "key", "value"]).env("REDISCLI_AUTH", PASSWORD);
            (command.output().unwrap().stdout == b"OK\n").then_some(())
        });
        server
    }

    /// A healthy HTTPS server and the certificate that it signed itself, in `ca.pem`, for the name `internal.example`.
    pub fn https() -> Self {
        let home = TempDir::new().unwrap();
        let (key, certificate) = (home.path().join("key.pem"), home.path().join("ca.pem"));
        let mut command = Command::new("openssl");
        command.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]);
        command.args(["-days", "2", "-subj", "/CN=internal.example"]);
        command.args(["-addext", "subjectAltName=DNS:internal.example"]);
        command.args(["-keyout", &text(&key), "-out", &text(&certificate)]);
        succeed(&mut command);
        let port = free_port().to_string();
        let mut command = Command::new("python3");
        command.args(["-c", HTTPS, &text(&certificate), &text(&key), &port]);
        Self { address: format!("{}:{port}", this_machine()), child: start(command), home }
    }

    /// A file that the server made.
    pub fn file(&self, name: &str) -> String {
        std::fs::read_to_string(self.home.path().join(name)).unwrap()
    }

    /// Somebody who asks a `PostgreSQL` for goods, over and over, through the index.
    pub fn querying(postgres: &Self) -> Self {
        let home = TempDir::new().unwrap();
        let script = home.path().join("ask.sql");
        std::fs::write(&script, "SELECT id FROM goods WHERE id = 7 \\watch 0.5\n").unwrap();
        let port = postgres.port();
        let mut command = Command::new(postgres_program("psql"));
        command.args(["-h", "127.0.0.1", "-p", port, "-U", "postgres", "-d", "shop", "-qf", &text(&script)]);
        command.env("PGPASSWORD", PASSWORD);
        Self { address: postgres.address.clone(), child: start(command), home }
    }

    /// Somebody who asks a Redis for its key, over and over, so that there is something to count.
    pub fn asking(redis: &Self) -> Self {
        let port = redis.port();
        let mut command = Command::new("redis-cli");
        command.args(["-p", port, "-r", "-1", "-i", "0.2", "GET", "key"]).env("REDISCLI_AUTH", PASSWORD);
        Self { address: redis.address.clone(), child: start(command), home: TempDir::new().unwrap() }
    }
}

impl Drop for Server {
    /// An interrupt lets both servers give back what they hold in the kernel. Whoever was started in the background of a
    /// script ignores it.
    fn drop(&mut self) {
        let _ = kill_process(Pid::from_child(&self.child), Signal::INT);
        let end = Instant::now() + Duration::from_secs(10);
        while matches!(self.child.try_wait(), Ok(None)) && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Who `PostgreSQL` runs as: it refuses root.
#[derive(Debug, Clone, Copy)]
enum Owner {
    Myself,
    Other { uid: u32, gid: u32 },
}

impl Owner {
    fn of_postgres() -> Self {
        if !geteuid().is_root() {
            return Self::Myself;
        }
        let id = |flag: &str| {
            let output = Command::new("id").args([flag, "postgres"]).output().unwrap();
            let number = String::from_utf8(output.stdout).unwrap();
            number.trim().parse().expect("the user `postgres`, which comes with the package postgresql")
        };
        Self::Other { uid: id("-u"), gid: id("-g") }
    }

    fn give(self, path: &Path) {
        if let Self::Other { uid, gid } = self {
            chown(path, Some(uid), Some(gid)).unwrap();
        }
    }

    /// The program as this user; `setpriv` becomes it, so the process id stays.
    fn run(self, program: &Path) -> Command {
        match self {
            Self::Myself => Command::new(program),
            Self::Other { uid, gid } => {
                let mut command = Command::new("setpriv");
                command.arg(format!("--reuid={uid}")).arg(format!("--regid={gid}"));
                command.arg("--clear-groups").arg(program);
                command
            }
        }
    }
}

/// How containers call this machine. Without the default bridge (the daemon's option `bridge: none`) nobody has the
/// address behind `host.docker.internal`; the address of the machine itself does as well.
fn this_machine() -> String {
    if Path::new("/sys/class/net/docker0").exists() {
        return "host.docker.internal".to_owned();
    }
    // Connecting a UDP socket sends nothing; it only asks for the route.
    let socket = UdpSocket::bind("0.0.0.0:0").unwrap();
    socket.connect("198.51.100.1:9").unwrap();
    socket.local_addr().unwrap().ip().to_string()
}

/// A program of `PostgreSQL`: Debian keeps the server's out of the PATH, in one directory per version.
fn postgres_program(name: &str) -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = versions.map(|version| version.path().join("bin").join(name)).collect();
    found.retain(|path| path.exists());
    found.sort();
    found.pop().unwrap_or_else(|| name.into())
}

fn start(mut command: Command) -> Child {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.current_dir("/").spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"))
}

fn succeed(command: &mut Command) {
    let output = command.current_dir("/").output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Others may go through the directory.
fn open(directory: &Path) {
    std::fs::set_permissions(directory, std::fs::Permissions::from_mode(0o711)).unwrap();
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
