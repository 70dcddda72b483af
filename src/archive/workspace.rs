//! A directory that goes away with the build that uses it, and a child process that does too.

use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};

use super::error::ArchiveError;

/// Removing is tried this often, because processes that were just killed may still be writing.
const REMOVE_ATTEMPTS: u32 = 50;
const REMOVE_PAUSE: Duration = Duration::from_millis(10);

/// A directory of our own under the system's temporary directory.
#[derive(Debug)]
pub struct Workspace {
    path: PathBuf,
}

impl Workspace {
    /// Makes a new directory. Others may enter it, because apt downloads as a user of its own when root runs it.
    pub fn create() -> Result<Self, ArchiveError> {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        loop {
            let number = COUNTER.fetch_add(1, Ordering::Relaxed);
            let path = std::env::temp_dir().join(format!("stackctl-archive-{}-{number}", std::process::id()));
            match DirBuilder::new().mode(0o755).create(&path) {
                Ok(()) => return Ok(Self { path }),
                Err(taken) if taken.kind() == io::ErrorKind::AlreadyExists => {}
                Err(source) => return Err(ArchiveError::Io { action: "create", path, source }),
            }
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Workspace {
    fn drop(&mut self) {
        for _ in 0..REMOVE_ATTEMPTS {
            match std::fs::remove_dir_all(&self.path) {
                Ok(()) => return,
                Err(gone) if gone.kind() == io::ErrorKind::NotFound => return,
                Err(_) => std::thread::sleep(REMOVE_PAUSE),
            }
        }
    }
}

/// Ends a whole process group when dropped, unless it has ended by itself.
#[derive(Debug)]
pub struct Group {
    leader: Option<Pid>,
}

impl Group {
    /// For a child that was started as the leader of its own group.
    pub fn of(leader: Option<u32>) -> Self {
        let number = leader.and_then(|number| i32::try_from(number).ok());
        Self { leader: number.and_then(Pid::from_raw) }
    }

    /// The leader has been waited for: its number may belong to somebody else from now on.
    pub fn ended(&mut self) {
        self.leader = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(leader) = self.leader {
            // An error means that it is gone already.
            let _ = kill_process_group(leader, Signal::KILL);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::CommandExt;

    use super::*;

    #[test]
    fn a_workspace_goes_away_with_all_that_is_in_it() {
        let workspace = Workspace::create().unwrap();
        let path = workspace.path().to_owned();
        std::fs::create_dir_all(path.join("a/b")).unwrap();
        std::fs::write(path.join("a/b/c"), "x").unwrap();
        let other = Workspace::create().unwrap();
        assert_ne!(other.path(), path);
        drop(workspace);
        assert!(!path.exists() && other.path().exists());
    }

    #[test]
    fn dropping_a_group_ends_the_leader_and_its_children() {
        let mut command = std::process::Command::new("sh");
        // The leader only waits for its own child.
        command.args(["-c", "sleep 1000 & wait"]).process_group(0).stdin(std::process::Stdio::null());
        let mut leader = command.spawn().unwrap();
        drop(Group::of(Some(leader.id())));
        let status = leader.wait().unwrap();
        assert_eq!(std::os::unix::process::ExitStatusExt::signal(&status), Some(9));
    }
}
