//! Writing: whole files or none.

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use super::WorkdirError;

/// Writes a new file; refuses to overwrite unless asked to.
pub fn write_new(path: &Path, bytes: &[u8], overwrite: bool) -> Result<(), WorkdirError> {
    refuse_existing(path, overwrite)?;
    write(path, bytes, 0o644)
}

/// A dangling link is there, too.
fn refuse_existing(path: &Path, overwrite: bool) -> Result<(), WorkdirError> {
    if fs::symlink_metadata(path).is_ok() && !overwrite {
        return Err(WorkdirError::Exists { path: path.to_owned() });
    }
    Ok(())
}

/// Through a temporary file in the same directory and a rename, so that nobody sees half a file.
pub(super) fn write(path: &Path, bytes: &[u8], mode: u32) -> Result<(), WorkdirError> {
    let error = |source| WorkdirError::from(source, "write", path);
    let directory = directory_of(path);
    fs::create_dir_all(directory).map_err(error)?;
    let (mut file, temporary) = temporary(directory, mode).map_err(error)?;
    let result = (|| {
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&temporary, path)?;
        fs::File::open(directory)?.sync_all()
    })();
    result.map_err(|source| {
        let _ = fs::remove_file(&temporary);
        error(source)
    })
}

fn directory_of(path: &Path) -> &Path {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A new file in this directory. It is created exclusively and under a name that cannot be foreseen: nobody can put a link
/// there first.
fn temporary(directory: &Path, mode: u32) -> io::Result<(fs::File, PathBuf)> {
    let path = directory.join(random_name()?);
    let file = fs::OpenOptions::new().write(true).create_new(true).mode(mode).open(&path)?;
    Ok((file, path))
}

/// A name for a temporary file.
pub(super) fn random_name() -> io::Result<String> {
    random().map(|number| format!(".stackctl-{number:016x}"))
}

fn random() -> io::Result<u64> {
    let mut random = [0_u8; 8];
    getrandom::fill(&mut random).map_err(|error| io::Error::other(error.to_string()))?;
    Ok(u64::from_ne_bytes(random))
}

/// A directory that goes away with the value.
#[derive(Debug)]
pub struct TemporaryDirectory(PathBuf);

impl TemporaryDirectory {
    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TemporaryDirectory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Makes a directory that others can enter but not write to, in the system's place for such things.
pub fn temporary_directory() -> Result<TemporaryDirectory, WorkdirError> {
    let path = std::env::temp_dir();
    let number = random().map_err(|source| WorkdirError::from(source, "make", &path))?;
    let path = path.join(format!("stackctl-{number:016x}"));
    fs::create_dir(&path).map_err(|source| WorkdirError::from(source, "make", &path))?;
    Ok(TemporaryDirectory(path))
}

/// A file that is written piece by piece and appears only when it is whole.
#[derive(Debug)]
pub struct Writer {
    file: fs::File,
    partial: PathBuf,
    path: PathBuf,
    finished: bool,
}

impl Writer {
    /// Begins a file; refuses to overwrite unless asked to.
    pub fn create(path: &Path, overwrite: bool) -> Result<Self, WorkdirError> {
        refuse_existing(path, overwrite)?;
        let (file, partial) = temporary(directory_of(path), 0o666)
            .map_err(|source| WorkdirError::from(source, "write", path))?;
        Ok(Self { file, partial, path: path.to_owned(), finished: false })
    }

    /// Adds a piece.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), WorkdirError> {
        self.file.write_all(bytes).map_err(|source| WorkdirError::from(source, "write", &self.path))
    }

    /// Gives the file its name.
    pub fn finish(mut self) -> Result<(), WorkdirError> {
        let result = self.file.sync_all().and_then(|()| fs::rename(&self.partial, &self.path));
        self.finished = result.is_ok();
        result.map_err(|source| WorkdirError::from(source, "write", &self.path))
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if !self.finished {
            let _ = fs::remove_file(&self.partial);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::{Writer, write_new};

    #[test]
    fn a_link_under_the_name_of_a_temporary_file_is_not_written_through() {
        let home = tempfile::tempdir().unwrap();
        let victim = home.path().join("victim");
        let path = home.path().join("out.tar");
        let foreseen = [format!(".out.tar.{}", std::process::id()), "out.tar.partial".to_owned()];
        for name in foreseen {
            symlink(&victim, home.path().join(name)).unwrap();
        }
        write_new(&path, b"x", true).unwrap();
        let mut writer = Writer::create(&path, true).unwrap();
        writer.write(b"y").unwrap();
        writer.finish().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"y");
        assert!(!victim.exists());
    }

    #[test]
    fn a_dangling_link_is_not_overwritten_unasked() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("stack.yml");
        symlink("nowhere", &path).unwrap();
        assert!(write_new(&path, b"x", false).is_err() && Writer::create(&path, false).is_err());
        assert!(fs::symlink_metadata(&path).unwrap().is_symlink());
    }
}
