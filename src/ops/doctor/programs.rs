//! Programs of this machine: found in given directories, run without a shell, their last words kept.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use tokio::process::Command;

use crate::kernel::{Event, Outcome, Sink, text};
use crate::workdir::machine;

/// So many of the last lines explain a failure.
const LAST_LINES: usize = 8;

/// Where programs are looked for.
#[derive(Debug, Clone, Default)]
pub struct Programs {
    /// Directories, the first that has a program wins.
    pub directories: Vec<PathBuf>,
}

/// A program did not do what it was started for.
#[derive(Debug, thiserror::Error)]
pub enum ProgramError {
    /// It is not there.
    #[error("there is no program `{name}`")]
    Missing { name: String },
    /// It could not be started.
    #[error("cannot run `{command}`: {source}")]
    NotStarted { command: String, source: std::io::Error },
    /// It ended with an error.
    #[error("`{command}` ended with {status}{}", said(last))]
    Failed { command: String, status: String, last: Vec<String> },
    /// It takes too long. It is left alone: a package manager that is killed leaves half a package.
    #[error("`{command}` has not ended after {seconds} s and goes on")]
    TooLong { command: String, seconds: u64 },
}

impl Programs {
    /// The directories of a `PATH`, and after them those of the administrator's programs, which the `PATH` of other
    /// users lacks.
    pub fn of_path(path: &str) -> Self {
        let mut directories: Vec<PathBuf> =
            std::env::split_paths(path).filter(|directory| directory.is_absolute()).collect();
        for administrator in ["/usr/local/sbin", "/usr/sbin", "/sbin"].map(PathBuf::from) {
            if !directories.contains(&administrator) {
                directories.push(administrator);
            }
        }
        Self { directories }
    }

    /// A program, when it is there.
    pub fn find(&self, name: &str) -> Option<PathBuf> {
        machine::find_program(name, &self.directories)
    }

    /// A command that finds the same programs in its turn.
    pub fn command(&self, name: &str) -> Result<Command, ProgramError> {
        let program = self.find(name).ok_or_else(|| ProgramError::Missing { name: name.to_owned() })?;
        let mut command = Command::new(program);
        command.env("PATH", self.path()).env("LC_ALL", "C.UTF-8").stdin(Stdio::null());
        Ok(command)
    }

    /// Runs a program to its end and announces it.
    pub async fn run(
        &self,
        sink: &dyn Sink,
        name: &str,
        arguments: &[&str],
        limit: Duration,
    ) -> Result<(), ProgramError> {
        let subject = [&[name], arguments].concat().join(" ");
        sink.send(Event::Started { subject: subject.clone(), action: "run".to_owned() });
        let begun = Instant::now();
        let ended = self.run_quietly(name, arguments, limit).await;
        let (outcome, detail) = match &ended {
            Ok(()) => (Outcome::Done, String::new()),
            Err(error) => (Outcome::Failed, error.to_string()),
        };
        sink.send(Event::Finished { subject, outcome, detail, elapsed: begun.elapsed() });
        ended
    }

    async fn run_quietly(&self, name: &str, arguments: &[&str], limit: Duration) -> Result<(), ProgramError> {
        let shown = [&[name], arguments].concat().join(" ");
        let mut command = self.command(name)?;
        // No questions, and no restarts of other services: needrestart hooks into apt on Ubuntu.
        command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive").env("NEEDRESTART_SUSPEND", "1");
        let output = match tokio::time::timeout(limit, command.output()).await {
            Err(_) => return Err(ProgramError::TooLong { command: shown, seconds: limit.as_secs() }),
            Ok(Err(source)) => return Err(ProgramError::NotStarted { command: shown, source }),
            Ok(Ok(output)) => output,
        };
        if output.status.success() {
            return Ok(());
        }
        let words = [output.stdout, output.stderr].concat();
        let (status, last) = (output.status.to_string(), last_lines(&String::from_utf8_lossy(&words)));
        Err(ProgramError::Failed { command: shown, status, last })
    }

    fn path(&self) -> OsString {
        std::env::join_paths(&self.directories).unwrap_or_default()
    }
}

/// The last lines that say something, safe for a terminal.
pub fn last_lines(output: &str) -> Vec<String> {
    let lines: Vec<&str> = output.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
    lines.iter().skip(lines.len().saturating_sub(LAST_LINES)).map(|line| text::printable(line)).collect()
}

/// `; it said: … / …`, or nothing.
pub fn said(last: &[String]) -> String {
    if last.is_empty() { String::new() } else { format!("; it said: {}", last.join(" / ")) }
}
