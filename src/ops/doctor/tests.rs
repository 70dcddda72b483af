//! The story with a made-up machine: programs that write down how they were called, and no daemon anywhere.

use std::io::Write as _;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;

use super::judge::Remedy;
use super::remedy::apply;
use super::{Attempt, DaemonPlace, DoctorOptions, Fix, Init, Judged, Programs, doctor, next, report};
use crate::engine::Wish;
use crate::kernel::{Event, Sink};
use crate::model::doctor::{Finding, Severity};
use crate::ops::{Global, Session};

/// Events as lines, without times.
#[derive(Default)]
struct Heard(Mutex<Vec<String>>);

impl Sink for Heard {
    fn send(&self, event: Event) {
        let line = match event {
            Event::Started { subject, action } => format!("{action} {subject}"),
            Event::Finished { subject, outcome, detail, .. } => format!("{subject}: {outcome:?} {detail}"),
            other => format!("{other:?}"),
        };
        self.0.lock().unwrap().push(line);
    }
}

struct Site {
    directory: tempfile::TempDir,
    heard: Heard,
}

impl Site {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let bin = directory.path().join("bin");
        std::fs::create_dir(&bin).unwrap();
        let real = Programs { directories: vec!["/usr/bin".into(), "/bin".into()] };
        for program in ["setsid", "chmod"] {
            symlink(real.find(program).unwrap(), bin.join(program)).unwrap();
        }
        Self { directory, heard: Heard::default() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Written by another process: one of ours that forks meanwhile would keep it from being run ("text file busy").
    fn program(&self, name: &str, script: &str) {
        let mut writer = Command::new("sh")
            .args(["-c", "cat > \"$1\" && chmod 755 \"$1\"", "sh"])
            .arg(self.path("bin").join(name))
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        writer.stdin.take().unwrap().write_all(format!("#!/bin/sh\n{script}\n").as_bytes()).unwrap();
        assert!(writer.wait().unwrap().success());
    }

    fn options<'a>(&self, fix: Fix<'a>, init: Init) -> DoctorOptions<'a> {
        let daemon = DaemonPlace {
            socket: self.path("docker.sock"),
            pidfile: self.path("docker.pid"),
            log: self.path("dockerd.log"),
            arguments: vec!["--private".into()],
        };
        let programs = Programs { directories: vec![self.path("bin")] };
        DoctorOptions { fix, programs, daemon, init, root: self.directory.path().to_owned() }
    }

    fn apply(&self, remedy: &Remedy, init: Init) -> Result<Option<String>, String> {
        let options = self.options(Fix::Yes, init);
        run(apply(&self.heard, &options, remedy)).map_err(|error| error.to_string())
    }

    fn heard(&self) -> Vec<String> {
        self.heard.0.lock().unwrap().clone()
    }

    fn calls(&self) -> String {
        std::fs::read_to_string(self.path("bin/calls")).unwrap()
    }
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// Writes down how it was called; on `install` brings a dockerd that cannot start.
const APT_GET: &str = r#"echo "$DEBIAN_FRONTEND $NEEDRESTART_SUSPEND $*" >> "${0%/*}/calls"
case "$3" in install)
    printf '#!/bin/sh\necho "arguments: $*"\necho "failed to start daemon: no iptables" >&2\nexit 1\n' > "${0%/*}/dockerd"
    chmod 755 "${0%/*}/dockerd";;
esac"#;

#[test]
fn docker_is_installed_without_a_shell_or_a_question_and_then_started() {
    let site = Site::new();
    site.program("apt-get", APT_GET);
    let log = site.path("dockerd.log");
    let failed = format!(
        "dockerd ended with exit status: 1; it said: arguments: --private / failed to start daemon: no iptables; its log is `{}`",
        log.display()
    );
    assert_eq!(site.apply(&Remedy::InstallDocker, Init::Other), Err(failed.clone()));
    let update = "apt-get -o DPkg::Lock::Timeout=120 update";
    let install = "apt-get -o DPkg::Lock::Timeout=120 install -y --no-install-recommends docker.io iptables ca-certificates";
    assert_eq!(
        site.calls(),
        [update, install].map(|call| call.replace("apt-get", "noninteractive 1") + "\n").concat()
    );
    assert_eq!(
        site.heard(),
        [
            format!("run {update}"),
            format!("{update}: Done "),
            format!("run {install}"),
            format!("{install}: Done "),
            "start docker daemon".to_owned(),
            format!("docker daemon: Failed {failed}"),
        ]
    );
}

#[test]
fn a_failed_install_shows_the_last_words_of_the_package_manager() {
    let site = Site::new();
    site.program("apt-get", "case \"$3\" in update) exit 100;; esac\nfor n in 1 2 3 4 5 6 7 8 9; do echo line $n; done\necho 'E: no such package' >&2\nexit 100");
    let said = site.apply(&Remedy::Install(vec!["mmdebstrap"]), Init::Other).unwrap_err();
    assert_eq!(
        said,
        "`apt-get -o DPkg::Lock::Timeout=120 install -y --no-install-recommends mmdebstrap` ended with exit status: 100; it said: line 3 / line 4 / line 5 / line 6 / line 7 / line 8 / line 9 / E: no such package"
    );
    let update = "apt-get -o DPkg::Lock::Timeout=120 update";
    assert_eq!(site.heard()[1], format!("{update}: Failed `{update}` ended with exit status: 100"));
}

#[test]
fn where_systemd_runs_it_is_asked_and_its_refusal_is_passed_on() {
    let site = Site::new();
    site.program(
        "systemctl",
        "echo \"$*\" > \"${0%/*}/calls\"\necho 'Unit docker.service is masked.' >&2\nexit 1",
    );
    assert_eq!(
        site.apply(&Remedy::StartDocker, Init::Systemd).unwrap_err(),
        "`systemctl enable --now docker` ended with exit status: 1; it said: Unit docker.service is masked."
    );
    assert_eq!(site.calls(), "enable --now docker\n");
}

#[test]
fn a_pid_file_of_a_dead_daemon_is_removed_before_the_start() {
    let site = Site::new();
    // Says whether the file is there when it starts.
    site.program("dockerd", "[ -e \"${0%/*}/../docker.pid\" ] && echo there || echo gone\nexit 1");
    // The number is that of this test, which is no dockerd.
    std::fs::write(site.path("docker.pid"), std::process::id().to_string()).unwrap();
    let said = site.apply(&Remedy::StartDocker, Init::Other).unwrap_err();
    let log = site.path("dockerd.log");
    assert_eq!(
        said,
        format!("dockerd ended with exit status: 1; it said: gone; its log is `{}`", log.display())
    );
}

#[test]
fn missing_programs_are_named() {
    let site = Site::new();
    let missing = |remedy, init| site.apply(&remedy, init).unwrap_err();
    assert_eq!(missing(Remedy::StartDocker, Init::Other), "there is no program `dockerd`");
    assert_eq!(missing(Remedy::StartDocker, Init::Systemd), "there is no program `systemctl`");
    assert_eq!(missing(Remedy::InstallDocker, Init::Other), "there is no program `apt-get`");
}

#[test]
fn modes_are_tightened_and_said_to_be() {
    let site = Site::new();
    let file = site.path("secret.txt");
    std::fs::write(&file, "x").unwrap();
    assert_eq!(site.apply(&Remedy::Tighten(vec![(file.clone(), 0o600)]), Init::Other), Ok(None));
    let seen = crate::workdir::look_at(&file).unwrap().unwrap();
    assert_eq!(seen.mode, 0o600);
    let path = file.display();
    assert_eq!(site.heard(), [format!("protect {path}"), format!("{path}: Done mode 0600")]);
}

fn judged(name: &str, remedy: Option<Remedy>) -> Judged {
    let finding = Finding::new(name, Severity::Error, "bad");
    Judged { finding: Finding { fixable: remedy.is_some(), ..finding }, remedy }
}

#[test]
fn each_remedy_is_asked_for_once_and_in_order() {
    let all = [
        judged("docker", Some(Remedy::StartDocker)),
        judged("clock", None),
        judged("image builder", Some(Remedy::Install(vec!["mmdebstrap"]))),
    ];
    let asked = Mutex::new(Vec::new());
    let ask = |finding: &Finding| {
        asked.lock().unwrap().push(finding.name.clone());
        finding.name != "docker"
    };
    let mut attempts = std::collections::BTreeMap::new();
    let chosen = next(&all, &mut attempts, Fix::Ask(&ask)).map(|(name, _)| name.to_owned());
    assert_eq!(chosen.as_deref(), Some("image builder"));
    attempts.insert("image builder".to_owned(), Attempt::Done(None));
    assert_eq!(next(&all, &mut attempts, Fix::Ask(&ask)), None);
    assert_eq!(*asked.lock().unwrap(), ["docker", "image builder"]);
    assert_eq!(next(&all, &mut std::collections::BTreeMap::new(), Fix::No), None);
}

#[test]
fn what_was_tried_is_part_of_the_finding() {
    let attempts = [
        ("docker".to_owned(), Attempt::Failed("no iptables".to_owned())),
        ("secret files".to_owned(), Attempt::Done(Some("see the log".to_owned()))),
        ("image builder".to_owned(), Attempt::Declined),
    ]
    .into();
    let seen = |name| {
        let finding = report(judged(name, None).finding, &attempts);
        (finding.fixed, finding.detail)
    };
    assert_eq!(seen("docker"), (Some(false), "bad; the fix failed: no iptables".to_owned()));
    assert_eq!(seen("secret files"), (Some(true), "bad; see the log".to_owned()));
    assert_eq!(seen("image builder"), (None, "bad".to_owned()));
    assert_eq!(seen("clock"), (None, "bad".to_owned()));
}

#[test]
fn without_a_daemon_the_rest_is_looked_at_and_nothing_is_changed() {
    let site = Site::new();
    site.program("dockerd", "echo started > \"${0%/*}/calls\"");
    let home = site.path("home").display().to_string();
    let global = Global {
        wish: Wish { host: Some(format!("unix://{}", site.path("docker.sock").display())), context: None },
        environment: [("XDG_STATE_HOME".to_owned(), home)].into(),
        ..Global::default()
    };
    let session = Session { global: &global, sink: &site.heard };
    let report = run(doctor(&session, None, site.options(Fix::No, Init::Other))).unwrap();
    let names: Vec<&str> = report.findings.iter().map(|finding| finding.name.as_str()).collect();
    assert_eq!(names[0], "docker");
    assert!(names.contains(&"disk of stackctl") && names.contains(&"image builder"), "{names:?}");
    assert_eq!(report.exit().code(), 3);
    assert_eq!((site.heard(), Path::new(&site.path("bin/calls")).exists()), (Vec::new(), false));
}
