//! The directory in which stackctl keeps what it must not lose: generated secrets, the lock, verdicts.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use super::{WorkdirError, output};

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
        for directory in [&self.directory, &self.directory.join("secrets")] {
            let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(directory);
            made.map_err(|source| WorkdirError::from(source, "make", directory))?;
            let seen = fs::symlink_metadata(directory)
                .map_err(|source| WorkdirError::from(source, "read", directory))?;
            let me = rustix::process::geteuid().as_raw();
            if !seen.is_dir() || seen.uid() != me {
                let problem = format!("is not a directory of yours (uid {me}); stackctl keeps secrets there");
                return Err(WorkdirError::Unsafe { path: directory.clone(), problem });
            }
            if seen.mode() & 0o077 != 0 {
                let private = fs::set_permissions(directory, fs::Permissions::from_mode(0o700));
                private.map_err(|source| WorkdirError::from(source, "protect", directory))?;
            }
        }
        Ok(())
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
        let _ = output::write(&self.directory.join("accepted").join(key), b"", 0o600);
    }
}
