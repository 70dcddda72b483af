//! The directory in which stackctl keeps what it must not lose: generated secrets, the lock, verdicts.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use super::{WorkdirError, look_at, output};

/// The state directory of one stack.
#[derive(Debug, Clone)]
pub struct State {
    directory: PathBuf,
}

impl State {
    /// Where the state of a stack is; nothing is made yet.
    pub fn of(stack: &str, environment: &BTreeMap<String, String>) -> Self {
        let set = |name: &str| environment.get(name).filter(|value| !value.is_empty());
        let base = match (set("XDG_STATE_HOME"), set("HOME")) {
            (Some(state), _) => PathBuf::from(state),
            (None, Some(home)) => Path::new(home).join(".local/state"),
            (None, None) => PathBuf::from("/var/lib"),
        };
        Self { directory: base.join("stackctl").join(stack) }
    }

    /// The directory.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The file of a generated secret.
    pub fn secret(&self, name: &str) -> PathBuf {
        self.directory.join("secrets").join(name)
    }

    /// Digest of a generated secret as it was when this user and the daemon last agreed on it.
    pub fn agreed(&self, name: &str) -> Option<String> {
        fs::read_to_string(self.directory.join("agreed").join(name)).ok()
    }

    /// Remembers that. Without it, the secret in this directory counts.
    pub fn agree(&self, name: &str, digest: &str) {
        if self.agreed(name).as_deref() != Some(digest) {
            let _ = output::write(&self.directory.join("agreed").join(name), digest.as_bytes(), 0o600);
        }
    }

    /// Makes the directory, readable by its owner alone, and refuses one that others can write to.
    pub fn prepare(&self) -> Result<(), WorkdirError> {
        self.check()?;
        let secrets = self.directory.join("secrets");
        let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(&secrets);
        made.map_err(|source| WorkdirError::from(source, "make", &secrets))?;
        self.check()
    }

    /// Checks owner and mode of every directory on the way to the secrets, as far as they exist. What is only readable
    /// by others is closed; what others can write to cannot be trusted and is refused.
    pub fn check(&self) -> Result<(), WorkdirError> {
        let base = self.directory.parent().unwrap_or(&self.directory);
        base.ancestors().skip(1).try_for_each(above)?;
        [base, &self.directory, &self.directory.join("secrets")].into_iter().try_for_each(own)
    }

    /// The file of a generated secret, checked like the directories; none when it is not there yet.
    pub fn generated(&self, name: &str) -> Result<Option<PathBuf>, WorkdirError> {
        self.check()?;
        let path = self.secret(name);
        let Some(seen) = look_at(&path)? else { return Ok(None) };
        let me = rustix::process::geteuid().as_raw();
        let problem = if seen.is_odd || seen.is_directory {
            "is not a file; stackctl keeps a secret there".to_owned()
        } else if seen.uid != me {
            format!("belongs to uid {}, and you are uid {me}; stackctl keeps a secret there", seen.uid)
        } else if seen.mode & 0o022 != 0 {
            format!("can be written by others (mode {:04o}); stackctl keeps a secret there", seen.mode)
        } else {
            return Ok(Some(path));
        };
        Err(WorkdirError::Unsafe { path, problem })
    }

    /// True when a judge has accepted these very files with this very image before. A verdict depends on nothing else.
    pub fn was_accepted(&self, key: &str) -> bool {
        self.directory.join("accepted").join(key).exists()
    }

    /// Forgets a verdict.
    pub fn forget(&self, key: &str) {
        let _ = fs::remove_file(self.directory.join("accepted").join(key));
    }

    /// Remembers a verdict. Forgetting one only costs time, so failures are ignored.
    pub fn accepted(&self, key: &str) {
        let directory = self.directory.join("accepted");
        let _ = output::write(&directory.join(key), b"", 0o600);
        forget_oldest(&directory);
    }
}

/// Most verdicts that are kept.
const VERDICTS: usize = 256;

/// Removes half of the verdicts, the oldest, when there are too many.
fn forget_oldest(directory: &Path) {
    let Ok(entries) = fs::read_dir(directory) else { return };
    let dated = |entry: fs::DirEntry| Some((entry.metadata().ok()?.modified().ok()?, entry.path()));
    let mut verdicts: Vec<_> = entries.flatten().filter_map(dated).collect();
    if verdicts.len() > VERDICTS {
        verdicts.sort();
        verdicts.truncate(verdicts.len() - VERDICTS / 2);
        verdicts.iter().for_each(|(_, path)| drop(fs::remove_file(path)));
    }
}

/// A directory of stackctl: it is this user's, and nobody else writes to it.
fn own(directory: &Path) -> Result<(), WorkdirError> {
    let Some(seen) = look_at(directory)? else { return Ok(()) };
    let path = directory.to_owned();
    let me = rustix::process::geteuid().as_raw();
    if let Ok(target) = fs::read_link(directory)
        && !directory.exists()
    {
        return Err(WorkdirError::DanglingState { path, target });
    }
    if !seen.is_directory || seen.uid != me {
        let problem = format!("is not a directory of yours (uid {me}); stackctl keeps secrets there");
        return Err(WorkdirError::Unsafe { path, problem });
    }
    if seen.mode & 0o022 != 0 {
        let problem =
            format!("can be written by others (mode {:04o}); stackctl keeps secrets there", seen.mode);
        return Err(WorkdirError::Unsafe { path, problem });
    }
    if seen.mode & 0o077 != 0 {
        let private = fs::set_permissions(directory, fs::Permissions::from_mode(0o700));
        private.map_err(|source| WorkdirError::from(source, "protect", directory))?;
    }
    Ok(())
}

/// A directory above: in one that everybody can write to, without the sticky bit, everybody can put another in place.
fn above(directory: &Path) -> Result<(), WorkdirError> {
    let path = || directory.to_owned();
    let Ok(seen) = fs::metadata(directory) else {
        let dangling = fs::read_link(directory).ok();
        return dangling.map_or(Ok(()), |target| Err(WorkdirError::DanglingState { path: path(), target }));
    };
    if seen.mode() & 0o1002 == 0o002 {
        let problem = format!(
            "can be written by everybody (mode {:04o}); stackctl keeps secrets below",
            seen.mode() & 0o7777
        );
        return Err(WorkdirError::Unsafe { path: path(), problem });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::Path;

    use super::{State, VERDICTS};

    fn state(home: &Path) -> State {
        State::of("demo", &BTreeMap::from([("XDG_STATE_HOME".to_owned(), home.display().to_string())]))
    }

    fn chmod(path: &Path, mode: u32) {
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn every_directory_on_the_way_to_the_secrets_is_checked_before_use() {
        let home = tempfile::tempdir().unwrap();
        let state = state(home.path());
        state.prepare().unwrap();
        for below in ["stackctl", "stackctl/demo", "stackctl/demo/secrets"] {
            let directory = home.path().join(below);
            chmod(&directory, 0o755);
            state.check().unwrap();
            assert_eq!(fs::metadata(&directory).unwrap().permissions().mode() & 0o7777, 0o700, "{below}");
            for mode in [0o777, 0o770, 0o720] {
                chmod(&directory, mode);
                let refused = state.check().unwrap_err();
                let expected = format!(
                    "`{}` can be written by others (mode {mode:04o}); stackctl keeps secrets there",
                    directory.display()
                );
                assert_eq!(refused.to_string(), expected);
                assert!(refused.hint().unwrap().contains("chmod 700"), "{:?}", refused.hint());
            }
            chmod(&directory, 0o700);
        }
        chmod(home.path(), 0o777);
        assert!(state.check().unwrap_err().to_string().contains("can be written by everybody (mode 0777)"));
        chmod(home.path(), 0o1777);
        state.check().unwrap();
    }

    #[test]
    fn a_link_that_leads_nowhere_is_named_with_its_target() {
        for below in ["", "stackctl", "stackctl/demo", "stackctl/demo/secrets"] {
            let home = tempfile::tempdir().unwrap();
            let link = home.path().join("state").join(below);
            fs::create_dir_all(link.parent().unwrap()).unwrap();
            let mut above = link.parent().unwrap();
            while above != home.path() {
                chmod(above, 0o700);
                above = above.parent().unwrap();
            }
            let link = if below.is_empty() { home.path().join("state") } else { link };
            std::os::unix::fs::symlink("/nowhere/at/all", &link).unwrap();
            let refused = state(&home.path().join("state")).prepare().unwrap_err();
            let expected =
                format!("`{}` is a symbolic link to `/nowhere/at/all`, which does not exist", link.display());
            assert_eq!(refused.to_string(), expected);
            assert_eq!(
                refused.hint().unwrap(),
                "create `/nowhere/at/all` with mode 0700, or remove the link"
            );
        }
    }

    #[test]
    fn a_generated_secret_that_others_could_have_written_is_not_used() {
        let home = tempfile::tempdir().unwrap();
        let state = state(home.path());
        assert_eq!(state.generated("x").unwrap(), None);
        state.prepare().unwrap();
        let file = state.secret("x");
        fs::write(&file, "secret").unwrap();
        chmod(&file, 0o600);
        assert_eq!(state.generated("x").unwrap(), Some(file.clone()));
        chmod(&file, 0o620);
        assert!(
            state.generated("x").unwrap_err().to_string().contains("can be written by others (mode 0620)")
        );
        fs::remove_file(&file).unwrap();
        std::os::unix::fs::symlink("/etc/hostname", &file).unwrap();
        assert!(state.generated("x").unwrap_err().to_string().contains("is not a file"));
    }

    #[test]
    fn verdicts_are_not_kept_for_ever() {
        let home = tempfile::tempdir().unwrap();
        let state = state(home.path());
        for n in 0..VERDICTS * 2 {
            state.accepted(&format!("key{n}"));
        }
        let kept = fs::read_dir(home.path().join("stackctl/demo/accepted")).unwrap().count();
        assert!(kept <= VERDICTS, "{kept}");
        assert!(state.was_accepted(&format!("key{}", VERDICTS * 2 - 1)));
        assert!(!state.was_accepted("key0"));
    }
}
