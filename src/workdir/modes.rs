//! Who owns a file and who else may use it, and taking that away from everybody else.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use super::{State, WorkdirError};

/// Owner and mode of a file or directory. Links are not followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Modes {
    /// The file or directory.
    pub path: PathBuf,
    /// A directory; otherwise a file.
    pub is_directory: bool,
    /// A symbolic link, a pipe or anything else that is neither.
    pub is_odd: bool,
    /// User it belongs to.
    pub uid: u32,
    /// Permission bits.
    pub mode: u32,
}

impl Modes {
    /// True when nobody but the owner may use it.
    pub fn is_private(&self) -> bool {
        self.mode.trailing_zeros() >= 6
    }
}

/// Owner and mode; none when there is no such file.
pub fn look_at(path: &Path) -> Result<Option<Modes>, WorkdirError> {
    let seen = match fs::symlink_metadata(path) {
        Err(error) if names_nothing(&error) => return Ok(None),
        other => other.map_err(|source| WorkdirError::from(source, "look at", path))?,
    };
    Ok(Some(modes(path, &seen)))
}

/// True for the errors of a path that cannot name anything, also because it is too long or has a NUL in it.
fn names_nothing(error: &io::Error) -> bool {
    use io::ErrorKind::{InvalidFilename, InvalidInput, NotADirectory, NotFound};
    matches!(error.kind(), NotFound | NotADirectory | InvalidFilename | InvalidInput)
}

/// The same for a file that may be reached through a symbolic link: owner and mode are those of the file itself, and
/// it counts as odd when there is a link.
pub fn look_through(path: &Path) -> Result<Option<Modes>, WorkdirError> {
    let Some(direct) = look_at(path)? else { return Ok(None) };
    let seen = fs::metadata(path).map_err(|source| WorkdirError::from(source, "look at", path))?;
    let through = modes(path, &seen);
    Ok(Some(Modes { is_odd: direct.is_odd || through.is_odd, ..through }))
}

fn modes(path: &Path, seen: &fs::Metadata) -> Modes {
    Modes {
        path: path.to_owned(),
        is_directory: seen.is_dir(),
        is_odd: !seen.is_dir() && !seen.is_file(),
        uid: seen.uid(),
        mode: seen.mode() & 0o7777,
    }
}

/// Sets the mode of a file or directory. A symbolic link is refused: it could lead anywhere.
pub fn tighten(path: &Path, mode: u32) -> Result<(), WorkdirError> {
    let error = |source| WorkdirError::from(source, "change the mode of", path);
    if fs::symlink_metadata(path).map_err(error)?.is_symlink() {
        let problem = "is a symbolic link; change the mode of the file it points to".to_owned();
        return Err(WorkdirError::Unsafe { path: path.to_owned(), problem });
    }
    fs::set_permissions(path, Permissions::from_mode(mode)).map_err(error)
}

impl State {
    /// Owner and mode of the directory, of the one above, which is stackctl's too, and of every file with a secret; empty
    /// when there is none yet.
    pub fn modes(&self) -> Result<Vec<Modes>, WorkdirError> {
        let secrets = self.directory().join("secrets");
        let above = self.directory().parent().map(look_at).transpose()?.flatten();
        let mut seen: Vec<Modes> =
            [above, look_at(self.directory())?, look_at(&secrets)?].into_iter().flatten().collect();
        let entries = match fs::read_dir(&secrets) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(seen),
            other => other.map_err(|source| WorkdirError::from(source, "read", &secrets))?,
        };
        let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        files.sort();
        for file in files {
            seen.extend(look_at(&file)?);
        }
        Ok(seen)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt as _;

    use super::{look_at, look_through, tighten};
    use crate::workdir::State;

    #[test]
    fn the_state_directory_is_seen_with_its_secrets_and_can_be_tightened() {
        let home = tempfile::tempdir().unwrap();
        let environment = BTreeMap::from([("XDG_STATE_HOME".to_owned(), home.path().display().to_string())]);
        let state = State::of("demo", &environment);
        assert_eq!(state.modes().unwrap(), []);
        state.prepare().unwrap();
        let secret = state.secret("grafana");
        std::fs::write(&secret, "x").unwrap();
        std::fs::set_permissions(&secret, Permissions::from_mode(0o644)).unwrap();
        let modes = || state.modes().unwrap().iter().map(|seen| seen.mode).collect::<Vec<_>>();
        assert_eq!(modes(), [0o700, 0o700, 0o700, 0o644]);
        tighten(&secret, 0o600).unwrap();
        assert_eq!(modes(), [0o700, 0o700, 0o700, 0o600]);
    }

    #[test]
    fn a_link_is_seen_as_one_and_not_followed() {
        let home = tempfile::tempdir().unwrap();
        let (target, link) = (home.path().join("target"), home.path().join("link"));
        std::fs::write(&target, "x").unwrap();
        std::os::unix::fs::symlink(&target, &link).unwrap();
        std::fs::set_permissions(&target, Permissions::from_mode(0o640)).unwrap();
        let through = look_through(&link).unwrap().unwrap();
        assert_eq!((through.is_odd, through.mode), (true, 0o640));
        assert!(look_at(&link).unwrap().unwrap().is_odd);
        assert_eq!(
            tighten(&link, 0o600).unwrap_err().to_string(),
            format!("`{}` is a symbolic link; change the mode of the file it points to", link.display())
        );
    }
}
