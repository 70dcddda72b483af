//! This program once more, with limits of time and memory that the operating system keeps: the answer of a computation that
//! the user wrote, or the reason why there is none.

use std::io::{Read as _, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};

use rustix::process::{Resource, Rlimit, Signal, setrlimit};

/// Argument that makes this program such a process.
pub const ARGUMENT: &str = "__limited";
/// Processor time, in seconds.
const SECONDS: u64 = 2;
/// Address space, in bytes.
const MEMORY: u64 = 512 << 20;

/// Gives a job to a process with limits; its answer.
pub fn run_limited(job: &[u8]) -> Result<Vec<u8>, String> {
    let started = Command::new(program())
        .arg(ARGUMENT)
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let mut child = started.map_err(|error| format!("cannot start a process for it: {error}"))?;
    let answer = exchange(&mut child, job);
    let status = child.wait().map_err(|error| error.to_string())?;
    if status.success() { answer.map_err(|error| error.to_string()) } else { Err(reason(status)) }
}

/// The process reads the whole job before it answers.
fn exchange(child: &mut Child, job: &[u8]) -> std::io::Result<Vec<u8>> {
    if let Some(mut stdin) = child.stdin.take() {
        // A process that ended early says why with its status.
        let _ = stdin.write_all(job);
    }
    let mut answer = Vec::new();
    if let Some(mut stdout) = child.stdout.take() {
        stdout.read_to_end(&mut answer)?;
    }
    Ok(answer)
}

/// The file of this very program, also when it has been replaced meanwhile.
fn program() -> PathBuf {
    let link = PathBuf::from("/proc/self/exe");
    if link.exists() { link } else { std::env::current_exe().unwrap_or_else(|_| "stackctl".into()) }
}

fn reason(status: ExitStatus) -> String {
    let killed = |signal: Signal| status.signal() == Some(signal.as_raw());
    if killed(Signal::XCPU) || killed(Signal::KILL) {
        format!("it takes longer than {SECONDS} s of processor time")
    } else if status.signal().is_some() {
        format!("it needs more than {} MiB of memory, or calls itself without end", MEMORY >> 20)
    } else {
        format!("its process failed ({status})")
    }
}

/// Sets the limits of this process, reads the job, computes and answers: what the process does that [`run_limited`] starts.
pub fn limited(work: fn(&[u8]) -> Vec<u8>) -> std::io::Result<()> {
    let limit =
        |resource, amount| setrlimit(resource, Rlimit { current: Some(amount), maximum: Some(amount + 1) });
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    limit(Resource::As, MEMORY)?;
    limit(Resource::Cpu, SECONDS)?;
    let mut job = Vec::new();
    std::io::stdin().lock().read_to_end(&mut job)?;
    std::io::stdout().lock().write_all(&work(&job))
}
