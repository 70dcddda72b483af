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
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(error)?;
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
}
