//! One run at a time per stack. The kernel frees the lock when its holder dies, however it dies.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::{State, WorkdirError};

/// Who holds a lock; for people, not for decisions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// Process.
    pub pid: u32,
    /// Command line.
    pub command: String,
    /// Since when, RFC 3339.
    pub since: String,
}

/// A held lock. It goes with the value, or with the process.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock of a stack, waiting for at most `patience`.
    pub fn take(state: &State, owner: &Owner, patience: Duration) -> Result<Self, WorkdirError> {
        state.prepare()?;
        let path = state.directory().join("lock");
        let error = |source| WorkdirError::from(source, "lock", &path);
        // A link is not followed: the file that it leads to would be emptied.
        let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::CLOEXEC;
        #[expect(clippy::cast_possible_wrap, reason = "the flags are small positive numbers")]
        let flags = flags.bits() as i32;
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .custom_flags(flags)
            .open(&path)
            .map_err(|source| not_followed(source, &path))?;
        if !file.metadata().map_err(error)?.is_file() {
            let problem = "is not a file; remove it".to_owned();
            return Err(WorkdirError::Unsafe { path, problem });
        }
        let deadline = Instant::now() + patience;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::Error(source)) => return Err(error(source)),
                Err(TryLockError::WouldBlock) if Instant::now() < deadline => {
                    std::thread::sleep(Duration::from_millis(100));
                }
                Err(TryLockError::WouldBlock) => {
                    return Err(WorkdirError::Locked { owner: holder(&mut file) });
                }
            }
        }
        let text = serde_json::to_string(owner).unwrap_or_default();
        file.set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| file.write_all(text.as_bytes()))
            .map_err(error)?;
        Ok(Self { _file: file })
    }
}

fn not_followed(source: std::io::Error, path: &std::path::Path) -> WorkdirError {
    if source.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) {
        let problem = "is a link, which stackctl does not follow; remove it".to_owned();
        return WorkdirError::Unsafe { path: path.to_owned(), problem };
    }
    WorkdirError::from(source, "lock", path)
}

fn holder(file: &mut File) -> String {
    let mut text = String::new();
    let read = file.rewind().and_then(|()| file.read_to_string(&mut text));
    match read.ok().and_then(|_| serde_json::from_str::<Owner>(&text).ok()) {
        Some(owner) => format!("`{}`, process {}, since {}", owner.command, owner.pid, owner.since),
        None => "a process that has not said who it is".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use super::{Lock, Owner};
    use crate::workdir::State;

    #[test]
    fn the_second_run_is_told_who_holds_the_lock_and_the_third_gets_it() {
        let home = tempfile::tempdir().unwrap();
        let environment = BTreeMap::from([("HOME".to_owned(), home.path().to_str().unwrap().to_owned())]);
        let state = State::of("demo", &environment);
        let owner = Owner { pid: 7, command: "stackctl up".into(), since: "2026-11-20T10:00:00Z".into() };
        let held = Lock::take(&state, &owner, Duration::ZERO).unwrap();
        let refused = Lock::take(&state, &owner, Duration::ZERO).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "another stackctl works on this stack: `stackctl up`, process 7, since 2026-11-20T10:00:00Z"
        );
        drop(held);
        Lock::take(&state, &owner, Duration::ZERO).unwrap();
    }

    #[test]
    fn a_link_in_the_place_of_the_lock_is_not_followed() {
        let home = tempfile::tempdir().unwrap();
        let environment = BTreeMap::from([("HOME".to_owned(), home.path().to_str().unwrap().to_owned())]);
        let state = State::of("demo", &environment);
        state.prepare().unwrap();
        let victim = home.path().join("victim");
        std::fs::write(&victim, "precious").unwrap();
        std::os::unix::fs::symlink(&victim, state.directory().join("lock")).unwrap();
        let owner = Owner { pid: 7, command: "stackctl up".into(), since: "2026-11-20T10:00:00Z".into() };
        let refused = Lock::take(&state, &owner, Duration::ZERO).unwrap_err().to_string();
        assert!(refused.contains("is a link"), "{refused}");
        assert_eq!(std::fs::read_to_string(&victim).unwrap(), "precious");
    }
}
