//! One run at a time per stack, machine and user: the cheap gate before the lock at the daemon. The kernel opens it when
//! its holder dies, however it dies.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;

use super::{State, WorkdirError};
use crate::model::claim::Owner;

/// A held lock. It goes with the value, or with the process.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// What an attempt to take the lock ended with.
#[derive(Debug)]
pub enum Taken {
    /// It is ours.
    Held(Lock),
    /// Another process has it; none: it has not written yet which one it is.
    Busy(Option<Owner>),
}

impl Lock {
    /// Takes the lock of a stack, unless another process holds it.
    pub fn take(state: &State, owner: &Owner) -> Result<Taken, WorkdirError> {
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
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::Error(source)) => return Err(error(source)),
            Err(TryLockError::WouldBlock) => return Ok(Taken::Busy(holder(&mut file))),
        }
        let text = serde_json::to_string(owner).unwrap_or_default();
        file.set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| file.write_all(text.as_bytes()))
            .map_err(error)?;
        Ok(Taken::Held(Self { _file: file }))
    }
}

fn not_followed(source: std::io::Error, path: &std::path::Path) -> WorkdirError {
    if source.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) {
        let problem = "is a link, which stackctl does not follow; remove it".to_owned();
        return WorkdirError::Unsafe { path: path.to_owned(), problem };
    }
    WorkdirError::from(source, "lock", path)
}

fn holder(file: &mut File) -> Option<Owner> {
    let mut text = String::new();
    file.rewind().and_then(|()| file.read_to_string(&mut text)).ok()?;
    serde_json::from_str(&text).ok()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{Lock, Taken};
    use crate::model::claim::Owner;
    use crate::workdir::State;

    #[test]
    fn the_second_run_learns_who_holds_the_lock_and_the_third_gets_it() {
        let home = tempfile::tempdir().unwrap();
        let environment = BTreeMap::from([("HOME".to_owned(), home.path().to_str().unwrap().to_owned())]);
        let state = State::of("demo", &environment);
        let owner = Owner { pid: 7, command: "stackctl up".into(), ..Owner::default() };
        let held = Lock::take(&state, &owner).unwrap();
        let Taken::Busy(holder) = Lock::take(&state, &owner).unwrap() else { panic!("not locked") };
        assert_eq!(holder, Some(owner.clone()));
        drop(held);
        assert!(matches!(Lock::take(&state, &owner).unwrap(), Taken::Held(_)));
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
        let refused = Lock::take(&state, &Owner::default()).unwrap_err().to_string();
        assert!(refused.contains("is a link"), "{refused}");
        assert_eq!(std::fs::read_to_string(&victim).unwrap(), "precious");
    }
}
