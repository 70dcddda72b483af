//! Doing what `--fix` may do. Every command is announced; nothing is removed, stopped or restarted.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::DoctorOptions;
use super::judge::{DOCKER_PACKAGES, Remedy};
use super::programs::{ProgramError, Programs};
use super::start::{StartError, start};
use crate::kernel::{Event, Outcome, Sink};
use crate::workdir::{self, WorkdirError};

/// How long the package manager may take; a slow line and a large package count.
const PACKAGES: Duration = Duration::from_secs(30 * 60);
/// Other package managers are waited for, in seconds, instead of failing at their lock.
const LOCK: &str = "DPkg::Lock::Timeout=120";

/// A remedy did not help.
#[derive(Debug, thiserror::Error)]
pub enum RemedyError {
    /// A program.
    #[error(transparent)]
    Program(#[from] ProgramError),
    /// The daemon.
    #[error(transparent)]
    Start(#[from] StartError),
    /// A file.
    #[error(transparent)]
    Work(#[from] WorkdirError),
}

/// Does it. Returns what is worth knowing afterwards.
pub async fn apply(
    sink: &dyn Sink,
    options: &DoctorOptions<'_>,
    remedy: &Remedy,
) -> Result<Option<String>, RemedyError> {
    let programs = &options.programs;
    match remedy {
        Remedy::InstallDocker => {
            install(sink, programs, &DOCKER_PACKAGES).await?;
            Ok(start(sink, programs, &options.daemon, options.init).await?)
        }
        Remedy::StartDocker => Ok(start(sink, programs, &options.daemon, options.init).await?),
        Remedy::Install(packages) => install(sink, programs, packages).await.map(|()| None),
        Remedy::Tighten(files) => tighten(sink, files).map(|()| None),
    }
}

async fn install(sink: &dyn Sink, programs: &Programs, packages: &[&str]) -> Result<(), RemedyError> {
    // One dead source fails the update as a whole; the packages may still be had from the others.
    let updated = programs.run(sink, "apt-get", &["-o", LOCK, "update"], PACKAGES).await;
    if let Err(missing @ ProgramError::Missing { .. }) = updated {
        return Err(missing.into());
    }
    let arguments = [&["-o", LOCK, "install", "-y", "--no-install-recommends"], packages].concat();
    Ok(programs.run(sink, "apt-get", &arguments, PACKAGES).await?)
}

fn tighten(sink: &dyn Sink, files: &[(PathBuf, u32)]) -> Result<(), RemedyError> {
    for (path, mode) in files {
        let subject = path.display().to_string();
        sink.send(Event::Started { subject: subject.clone(), action: "protect".to_owned() });
        let begun = Instant::now();
        let done = workdir::tighten(path, *mode);
        let (outcome, detail) = match &done {
            Ok(()) => (Outcome::Done, format!("mode {mode:04o}")),
            Err(error) => (Outcome::Failed, error.to_string()),
        };
        sink.send(Event::Finished { subject, outcome, detail, elapsed: begun.elapsed() });
        done?;
    }
    Ok(())
}
