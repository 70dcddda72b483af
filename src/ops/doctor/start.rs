//! Starting a Docker daemon that is installed and does not run. Never stops or restarts one that does.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use tokio::process::Child;

use super::programs::{ProgramError, Programs, last_lines, said};
use crate::engine::{Choice, Engine, Host};
use crate::kernel::{Event, Outcome, Sink, units};
use crate::workdir::WorkdirError;
use crate::workdir::machine::{self, DaemonProcess};

/// How long a daemon may take until it answers.
const ANSWERS_WITHIN: Duration = Duration::from_secs(30);
/// How long systemd may take.
const SYSTEMD: Duration = Duration::from_secs(120);
/// Time between two looks.
const PAUSE: Duration = Duration::from_millis(100);
/// How the daemon is called in events.
const SUBJECT: &str = "docker daemon";

/// What starts things on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Init {
    /// systemd, which also starts the daemon after a reboot.
    Systemd,
    /// Nothing that is known here: the daemon is started by hand.
    Other,
}

impl Init {
    /// What runs this machine.
    pub fn of_this_machine() -> Self {
        if machine::is_systemd() { Self::Systemd } else { Self::Other }
    }
}

/// Where this machine's own daemon lives.
#[derive(Debug, Clone)]
pub struct DaemonPlace {
    /// Its socket.
    pub socket: PathBuf,
    /// Where it leaves its process number.
    pub pidfile: PathBuf,
    /// Where it logs to when it is started by hand.
    pub log: PathBuf,
    /// Arguments when it is started by hand; none: it reads `/etc/docker/daemon.json` and has its defaults.
    pub arguments: Vec<String>,
}

impl Default for DaemonPlace {
    fn default() -> Self {
        Self {
            socket: "/var/run/docker.sock".into(),
            pidfile: "/var/run/docker.pid".into(),
            log: "/var/log/dockerd.log".into(),
            arguments: Vec::new(),
        }
    }
}

/// The daemon does not run.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A program that is needed.
    #[error(transparent)]
    Program(#[from] ProgramError),
    /// Its log or its old pid file.
    #[error(transparent)]
    Work(#[from] WorkdirError),
    /// It ended at once.
    #[error("dockerd ended with {status}{}; its log is `{}`", said(last), log.display())]
    Ended { status: String, last: Vec<String>, log: PathBuf },
    /// It runs and does not answer.
    #[error("the daemon does not answer at `{}` after {seconds} s; {where_to_look}", socket.display())]
    Silent { socket: PathBuf, seconds: u64, where_to_look: String },
}

/// Starts the daemon and waits until it answers. Returns what is worth knowing afterwards.
pub async fn start(
    sink: &dyn Sink,
    programs: &Programs,
    place: &DaemonPlace,
    init: Init,
) -> Result<Option<String>, StartError> {
    let begun = Instant::now();
    if init == Init::Systemd {
        programs.run(sink, "systemctl", &["enable", "--now", "docker"], SYSTEMD).await?;
        sink.send(Event::Started { subject: SUBJECT.to_owned(), action: "await".to_owned() });
        let answered = answers(place, None, "look at `journalctl -u docker`").await;
        return announce(sink, begun, answered).map(|()| None);
    }
    sink.send(Event::Started { subject: SUBJECT.to_owned(), action: "start".to_owned() });
    let started = start_by_hand(programs, place).await;
    announce(sink, begun, started).map(|pid| {
        let who = pid.map_or("started by hand".to_owned(), |pid| format!("started by hand as process {pid}"));
        Some(format!("{who}: its log is `{}`, and it does not come back after a reboot", place.log.display()))
    })
}

fn announce<T>(sink: &dyn Sink, begun: Instant, ended: Result<T, StartError>) -> Result<T, StartError> {
    let elapsed = begun.elapsed();
    let (outcome, detail) = match &ended {
        Ok(_) => (Outcome::Done, format!("answers after {}", units::format_duration(elapsed))),
        Err(error) => (Outcome::Failed, error.to_string()),
    };
    sink.send(Event::Finished { subject: SUBJECT.to_owned(), outcome, detail, elapsed });
    ended
}

/// Starts it in a session of its own, so that it outlives this one. Returns its process, or none when its package
/// has started it already.
async fn start_by_hand(programs: &Programs, place: &DaemonPlace) -> Result<Option<u32>, StartError> {
    let look = format!("its log is `{}`", place.log.display());
    match machine::daemon_process(&place.pidfile, "dockerd") {
        DaemonProcess::Running(_) => return answers(place, None, &look).await.map(|()| None),
        // dockerd refuses to start while the number in the file is anybody's.
        DaemonProcess::Stale => machine::remove_file(&place.pidfile)?,
        DaemonProcess::None => (),
    }
    let daemon = programs.find("dockerd").ok_or_else(|| ProgramError::Missing { name: "dockerd".into() })?;
    let log = machine::open_log(&place.log)?;
    let unreadable = |source| ProgramError::NotStarted { command: "dockerd".to_owned(), source };
    let begins = log.metadata().map_err(unreadable)?.len();
    let other = log.try_clone().map_err(unreadable)?;
    let mut command = programs.command("setsid")?;
    command.arg(daemon).args(&place.arguments).stdout(Stdio::from(log)).stderr(Stdio::from(other));
    // setsid(1) becomes dockerd itself, because the child leads no process group yet.
    let mut child = command.spawn().map_err(unreadable)?;
    let pid = child.id();
    let answered = answers(place, Some((&mut child, begins)), &look).await;
    answered.map(|()| pid)
}

/// Waits until the daemon answers, or its process has ended.
async fn answers(
    place: &DaemonPlace,
    mut child: Option<(&mut Child, u64)>,
    where_to_look: &str,
) -> Result<(), StartError> {
    let choice = Choice { host: Host::Unix(place.socket.clone()), because: "doctor".to_owned() };
    let deadline = Instant::now() + ANSWERS_WITHIN;
    loop {
        if Engine::connect(choice.clone()).await.is_ok() {
            return Ok(());
        }
        if let Some((child, begins)) = &mut child
            && let Ok(Some(status)) = child.try_wait()
        {
            let last = last_lines(&machine::log_since(&place.log, *begins));
            return Err(StartError::Ended { status: status.to_string(), last, log: place.log.clone() });
        }
        if Instant::now() >= deadline {
            return Err(StartError::Silent {
                socket: place.socket.clone(),
                seconds: ANSWERS_WITHIN.as_secs(),
                where_to_look: where_to_look.to_owned(),
            });
        }
        tokio::time::sleep(PAUSE).await;
    }
}
