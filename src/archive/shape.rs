//! The part of a build that reads and writes large files, for a thread of its own. Starts no process and decides
//! nothing: `trim`, `furnish` and `write` do.

use std::fs::File;
use std::io::{self, BufReader, BufWriter};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::error::ArchiveError;
use super::packages::{self, Package};
use super::tree::{Node, Tree};
use super::{furnish, trim, write};

/// A trimmed and furnished tree, with the tar that its contents are still in.
pub struct Shaped {
    /// May be changed before it is written.
    pub tree: Tree,
    packages: Vec<Package>,
    tar: BufReader<File>,
}

impl Shaped {
    /// Reads what `mmdebstrap` wrote. `requested` are the packages that must not be trimmed away.
    pub fn read(raw: &Path, requested: &[String]) -> Result<Self, Trouble> {
        let mut tar = BufReader::new(File::open(raw)?);
        let mut tree = Tree::index(&mut tar)?;
        let mut packages = packages::read(&tree, &mut tar)?;
        let requested: Vec<&str> = requested.iter().map(String::as_str).collect();
        trim::trim(&mut tree, &mut packages, &requested, &mut tar)?;
        furnish::ground(&mut tree, &mut tar)?;
        tree.put("var/lib/dpkg/status", Node::file(packages::status(&packages)));
        Ok(Self { tree, packages, tar })
    }

    /// The Debian version of a package in the tree.
    pub fn version_of(&self, name: &str) -> Option<String> {
        self.packages.iter().find(|package| package.name == name).map(|package| package.version.clone())
    }

    /// Writes the tar; gives it back with its size in bytes.
    pub fn write(mut self, partial: Partial, asked: &Arc<AtomicBool>) -> Result<(Partial, u64), Trouble> {
        let at = |action, source| Trouble::At { action, path: partial.path.clone(), source };
        let file = File::create(&partial.path).map_err(|source| at("create", source))?;
        let go_on = || !asked.load(Ordering::Relaxed);
        let written = write::write(&self.tree, &mut self.tar, BufWriter::new(file), &go_on);
        match written.map_err(|source| at("write", source))? {
            Some(bytes) => Ok((partial, bytes)),
            None => Err(Trouble::Stopped),
        }
    }
}

/// What can go wrong here; the caller knows the package.
#[derive(Debug)]
pub enum Trouble {
    /// The tar cannot be understood.
    Raw(io::Error),
    /// Our own file.
    At { action: &'static str, path: PathBuf, source: io::Error },
    /// Nobody waits for the result any more.
    Stopped,
}

impl From<io::Error> for Trouble {
    fn from(source: io::Error) -> Self {
        Self::Raw(source)
    }
}

impl Trouble {
    fn while_building(self, package: &str) -> ArchiveError {
        let package = package.to_owned();
        match self {
            Self::Raw(source) => ArchiveError::Unreadable { package, source },
            Self::At { path, source, .. } if source.kind() == io::ErrorKind::StorageFull => {
                let directory = path.parent().unwrap_or(&path).to_owned();
                ArchiveError::NoSpace { directory, package, said: super::error::Said::default() }
            }
            Self::At { action, path, source } => ArchiveError::Io { action, path, source },
            Self::Stopped => ArchiveError::Interrupted { package },
        }
    }
}

/// Runs blocking work beside the single-threaded runtime, so that progress keeps moving.
pub async fn on_a_thread<T: Send + 'static>(
    package: &str,
    work: impl FnOnce() -> Result<T, Trouble> + Send + 'static,
) -> Result<T, ArchiveError> {
    let result = tokio::task::spawn_blocking(work).await.unwrap_or(Err(Trouble::Stopped));
    result.map_err(|trouble| trouble.while_building(package))
}

/// Tells the writing thread to stop when it is dropped.
#[derive(Debug, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// What the writing thread looks at.
    pub fn listener(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.0)
    }
}

impl Drop for Stop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// A file that is not finished. Removed when dropped, unless it was renamed.
#[derive(Debug)]
pub struct Partial {
    path: PathBuf,
}

impl Partial {
    /// `out` with `.partial` after its name, so that renaming stays within one file system.
    pub fn beside(out: &Path) -> Self {
        let mut path = out.as_os_str().to_owned();
        path.push(".partial");
        Self { path: path.into() }
    }

    /// Puts the finished file in its place.
    pub fn rename_to(self, out: &Path) -> Result<(), ArchiveError> {
        let renamed = std::fs::rename(&self.path, out);
        renamed.map_err(|source| ArchiveError::Io { action: "rename", path: self.path.clone(), source })
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        // Absent after a rename, and before anything was written.
        let _ = std::fs::remove_file(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw_with(directory: &Path) -> PathBuf {
        let raw = directory.join("raw.tar");
        let mut builder = tar::Builder::new(File::create(&raw).unwrap());
        let status = "Package: prometheus\nVersion: 2.53.3+ds1-2\nStatus: install ok installed\n\n";
        for (path, text) in [("./usr/bin/prometheus", "x"), ("./var/lib/dpkg/status", status)] {
            let mut header = tar::Header::new_gnu();
            header.set_mode(0o755);
            header.set_size(text.len() as u64);
            header.set_mtime(12);
            builder.append_data(&mut header, path, text.as_bytes()).unwrap();
        }
        builder.into_inner().unwrap();
        raw
    }

    #[test]
    fn a_raw_tar_is_shaped_written_and_renamed() {
        let directory = tempfile::tempdir().unwrap();
        let out = directory.path().join("image.tar");
        let shaped = Shaped::read(&raw_with(directory.path()), &["prometheus".to_owned()]).unwrap();
        assert_eq!(shaped.version_of("prometheus").as_deref(), Some("2.53.3+ds1-2"));
        assert_eq!(shaped.version_of("tzdata"), None);
        let (partial, bytes) = shaped.write(Partial::beside(&out), &Arc::default()).unwrap();
        assert!(!out.exists());
        partial.rename_to(&out).unwrap();
        assert_eq!(std::fs::metadata(&out).unwrap().len(), bytes);
        assert!(!directory.path().join("image.tar.partial").exists());
    }

    #[test]
    fn a_write_that_is_not_wanted_any_more_leaves_no_file() {
        let directory = tempfile::tempdir().unwrap();
        let out = directory.path().join("image.tar");
        let shaped = Shaped::read(&raw_with(directory.path()), &[]).unwrap();
        let stop = Stop::default();
        let asked = stop.listener();
        drop(stop);
        let error = shaped.write(Partial::beside(&out), &asked).unwrap_err().while_building("prometheus");
        assert_eq!(error.to_string(), "building `prometheus` was interrupted; nothing was left behind");
        let names: Vec<_> =
            std::fs::read_dir(directory.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(names, ["raw.tar"]);
    }

    #[test]
    fn a_raw_file_that_is_no_tar_is_called_unreadable() {
        let directory = tempfile::tempdir().unwrap();
        let raw = directory.path().join("raw.tar");
        std::fs::write(&raw, vec![b'x'; 2048]).unwrap();
        let error = Shaped::read(&raw, &[]).err().unwrap().while_building("prometheus");
        assert_eq!(error.to_string(), "cannot understand the tree that `mmdebstrap` made of `prometheus`");
    }
}
