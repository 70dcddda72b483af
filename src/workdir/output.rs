//! Writing: whole files or none.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use super::WorkdirError;

/// Writes a new file; refuses to overwrite unless asked to.
pub fn write_new(path: &Path, bytes: &[u8], overwrite: bool) -> Result<(), WorkdirError> {
    if path.exists() && !overwrite {
        return Err(WorkdirError::Exists { path: path.to_owned() });
    }
    write(path, bytes, 0o644)
}

/// Writes files below a directory, which is made when it is not there. Other files in it stay.
pub fn write_tree(directory: &Path, files: &[(String, Vec<u8>)]) -> Result<(), WorkdirError> {
    for (path, bytes) in files {
        write(&directory.join(path), bytes, 0o644)?;
    }
    Ok(())
}

/// Through a temporary file in the same directory and a rename, so that nobody sees half a file.
pub(super) fn write(path: &Path, bytes: &[u8], mode: u32) -> Result<(), WorkdirError> {
    let error = |source| WorkdirError::from(source, "write", path);
    let directory = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(directory).map_err(error)?;
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let temporary = directory.join(format!(".{name}.{}", std::process::id()));
    let result = (|| {
        let mut file =
            fs::OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(&temporary)?;
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

/// A directory that goes away with the value.
#[derive(Debug)]
pub struct TemporaryDirectory(std::path::PathBuf);

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
    let mut random = [0_u8; 8];
    let path = std::env::temp_dir();
    getrandom::fill(&mut random)
        .map_err(|error| WorkdirError::from(std::io::Error::other(error.to_string()), "make", &path))?;
    let path = path.join(format!("stackctl-{:016x}", u64::from_ne_bytes(random)));
    fs::create_dir(&path).map_err(|source| WorkdirError::from(source, "make", &path))?;
    Ok(TemporaryDirectory(path))
}

/// A file that is written piece by piece and appears only when it is whole.
#[derive(Debug)]
pub struct Writer {
    file: fs::File,
    partial: std::path::PathBuf,
    path: std::path::PathBuf,
    finished: bool,
}

impl Writer {
    /// Begins a file; refuses to overwrite unless asked to.
    pub fn create(path: &Path, overwrite: bool) -> Result<Self, WorkdirError> {
        if path.exists() && !overwrite {
            return Err(WorkdirError::Exists { path: path.to_owned() });
        }
        let mut name = path.as_os_str().to_owned();
        name.push(".partial");
        let partial = std::path::PathBuf::from(name);
        let file = fs::File::create(&partial).map_err(|source| WorkdirError::from(source, "write", path))?;
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
