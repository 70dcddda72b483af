//! `doctor --fix` with a real dockerd of its own: never the one of the machine. Runs when `STACKCTL_E2E` is set,
//! because it needs root and an installed dockerd, which a made-up package manager "installs" by a link.

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use stackctl::engine::Wish;
use stackctl::kernel::{Event, Sink};
use stackctl::model::doctor::{Finding, Severity};
use stackctl::ops::doctor::{DaemonPlace, DoctorOptions, Fix, Init, Programs, doctor};
use stackctl::ops::{Global, Session};

/// The subjects of what was begun.
#[derive(Default)]
struct Begun(Mutex<Vec<String>>);

impl Sink for Begun {
    fn send(&self, event: Event) {
        if let Event::Started { subject, action } = event {
            self.0.lock().unwrap().push(format!("{action} {subject}"));
        }
    }
}

/// Ends the private daemon whatever happens to the test.
struct Private(PathBuf);

impl Private {
    fn pid(&self) -> Option<String> {
        std::fs::read_to_string(self.0.join("docker.pid")).ok().map(|text| text.trim().to_owned())
    }

    fn end(&self) {
        let Some(pid) = self.pid() else { return };
        // The program of a process that has ended is gone, even while nobody has waited for it.
        let runs =
            || std::fs::read_link(format!("/proc/{pid}/exe")).is_ok_and(|exe| exe.ends_with("dockerd"));
        let deadline = Instant::now() + Duration::from_secs(30);
        while runs() && Instant::now() < deadline {
            let _ = Command::new("kill").arg(&pid).status();
            std::thread::yield_now();
        }
    }
}

impl Drop for Private {
    fn drop(&mut self) {
        self.end();
    }
}

fn options(at: &Path) -> DoctorOptions<'static> {
    let text = |name: &str| at.join(name).display().to_string();
    let arguments = [
        format!("--host=unix://{}", text("docker.sock")),
        format!("--data-root={}", text("data")),
        format!("--exec-root={}", text("exec")),
        format!("--pidfile={}", text("docker.pid")),
        "--bridge=none".to_owned(),
        "--iptables=false".to_owned(),
    ];
    DoctorOptions {
        fix: Fix::Yes,
        programs: Programs { directories: vec![at.join("bin"), "/usr/bin".into(), "/bin".into()] },
        daemon: DaemonPlace {
            socket: at.join("docker.sock"),
            pidfile: at.join("docker.pid"),
            log: at.join("dockerd.log"),
            arguments: arguments.into(),
        },
        init: Init::Other,
        root: at.to_owned(),
    }
}

/// Mends what is wrong; returns the finding about the daemon and what was begun.
fn mend(at: &Path) -> (Finding, Vec<String>) {
    let global = Global {
        wish: Wish { host: Some(format!("unix://{}", at.join("docker.sock").display())), context: None },
        environment: [("HOME".to_owned(), at.display().to_string())].into(),
        ..Global::default()
    };
    let sink = Begun::default();
    let session = Session { global: &global, sink: &sink };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let report = runtime.block_on(doctor(&session, None, options(at))).unwrap();
    (report.findings.into_iter().next().unwrap(), sink.0.into_inner().unwrap())
}

fn write_program(path: &Path, script: &str) {
    std::fs::write(path, script).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn a_machine_without_docker_gets_one_and_a_dead_daemon_is_started_again() {
    if std::env::var_os("STACKCTL_E2E").is_none() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    let bin = at.join("bin");
    std::fs::create_dir(&bin).unwrap();
    let daemon = ["/usr/sbin/dockerd", "/usr/bin/dockerd"].into_iter().find(|p| Path::new(p).exists());
    let daemon = daemon.unwrap();
    symlink("/usr/sbin/runc", bin.join("runc")).unwrap();
    // In a network of its own: a daemon without a bridge removes the one that another daemon uses.
    write_program(&bin.join("real-dockerd"), &format!("#!/bin/sh\nexec unshare --net {daemon} \"$@\"\n"));
    let script = "#!/bin/sh\ncase \"$3\" in install) ln -s real-dockerd \"${0%/*}/dockerd\";; esac\n";
    write_program(&bin.join("apt-get"), script);
    let private = Private(at.to_owned());

    let (finding, begun) = mend(at);
    let log = at.join("dockerd.log").display().to_string();
    let pid = private.pid().unwrap();
    let remark = format!(
        "; started by hand as process {pid}: its log is `{log}`, and it does not come back after a reboot"
    );
    assert!(finding.detail.ends_with(&remark), "{finding:?}");
    assert_eq!((finding.severity, finding.fixed, finding.fixable), (Severity::Ok, Some(true), false));
    assert_eq!(
        begun,
        [
            "run apt-get -o DPkg::Lock::Timeout=120 update",
            "run apt-get -o DPkg::Lock::Timeout=120 install -y --no-install-recommends docker.io iptables ca-certificates",
            "start docker daemon"
        ]
    );

    // A second look has nothing to mend, and does not touch the daemon that runs.
    let (finding, begun) = mend(at);
    assert_eq!((finding.severity, finding.fixed, begun), (Severity::Ok, None, Vec::new()));
    assert_eq!(private.pid().as_ref(), Some(&pid));

    // It dies without a word: a socket and a pid file are left, and the number is another program's by now.
    private.end();
    std::fs::write(at.join("docker.pid"), std::process::id().to_string()).unwrap();
    let (finding, begun) = mend(at);
    assert_eq!((finding.severity, finding.fixed), (Severity::Ok, Some(true)), "{finding:?}");
    assert_eq!(begun, ["start docker daemon"]);
}
