//! The tree that `render --out` writes: every file stays below the directory, whatever links and names are there.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use rustix::fs::{AtFlags, CWD, Mode, OFlags};
use rustix::io::Errno;

use super::{WorkdirError, output};

/// Writes files below a directory, which is made when it does not exist. Other files in it stay. Nothing is written when
/// one of the files would be written through a link.
pub fn write_tree(directory: &Path, files: &[(String, Vec<u8>)]) -> Result<(), WorkdirError> {
    for (path, _) in files {
        refuse_names(directory, path)?;
    }
    fs::create_dir_all(directory).map_err(|source| WorkdirError::from(source, "write", directory))?;
    refuse_links(directory, files)?;
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let root = rustix::fs::openat(CWD, directory, flags, Mode::empty())
        .map_err(|error| WorkdirError::from(error.into(), "write", directory))?;
    for (path, bytes) in files {
        write_below(&root, path, bytes)
            .map_err(|source| WorkdirError::from(source, "write", &directory.join(path)))?;
    }
    Ok(())
}

/// Names are checked where `stack.yml` is read; this holds for those that come from elsewhere.
fn refuse_names(directory: &Path, path: &str) -> Result<(), WorkdirError> {
    let leads_out = path.split('/').any(|part| matches!(part, "" | "." | ".."));
    if leads_out {
        let problem = format!("is not a path below `{}`", directory.display());
        return Err(WorkdirError::Unsafe { path: path.into(), problem });
    }
    Ok(())
}

/// Refuses before anything is written, so that the tree is whole or as it was.
fn refuse_links(directory: &Path, files: &[(String, Vec<u8>)]) -> Result<(), WorkdirError> {
    let mut paths = BTreeSet::new();
    for (path, _) in files {
        let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
        paths.extend(ends.filter_map(|end| path.get(..end)));
    }
    for path in paths {
        let path = directory.join(path);
        if fs::symlink_metadata(&path).is_ok_and(|seen| seen.is_symlink()) {
            return Err(WorkdirError::Link { path, below: directory.to_owned() });
        }
    }
    Ok(())
}

/// Opens one directory after the other without following a link, also one that was put there a moment ago.
fn write_below(root: &OwnedFd, path: &str, bytes: &[u8]) -> io::Result<()> {
    let (directories, name) = path.rsplit_once('/').unwrap_or(("", path));
    let mut current = root.try_clone()?;
    for part in directories.split('/').filter(|part| !part.is_empty()) {
        current = enter(&current, part)?;
    }
    let temporary = output::random_name()?;
    let result = write_file(&current, &temporary, name, bytes);
    if result.is_err() {
        let _ = rustix::fs::unlinkat(&current, temporary.as_str(), AtFlags::empty());
    }
    result
}

fn enter(directory: impl AsFd, name: &str) -> io::Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let open = || rustix::fs::openat(directory.as_fd(), name, flags, Mode::empty());
    let opened = match open() {
        Err(Errno::NOENT) => match rustix::fs::mkdirat(directory.as_fd(), name, Mode::from_raw_mode(0o777)) {
            Ok(()) | Err(Errno::EXIST) => open(),
            Err(error) => Err(error),
        },
        other => other,
    };
    opened.map_err(io::Error::from)
}

fn write_file(directory: &OwnedFd, temporary: &str, name: &str, bytes: &[u8]) -> io::Result<()> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file = rustix::fs::openat(directory, temporary, flags, Mode::from_raw_mode(0o644))?;
    let mut file = File::from(file);
    file.write_all(bytes)?;
    file.sync_all()?;
    rustix::fs::renameat(directory, temporary, directory, name)?;
    rustix::fs::fsync(directory)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::{write_below, write_tree};
    use crate::workdir::WorkdirError;

    fn files(paths: &[&str]) -> Vec<(String, Vec<u8>)> {
        paths.iter().map(|path| ((*path).to_owned(), b"new".to_vec())).collect()
    }

    #[test]
    fn a_tree_is_written_over_what_is_there() {
        let home = tempfile::tempdir().unwrap();
        let out = home.path().join("a/b");
        for _ in 0..2 {
            write_tree(&out, &files(&["x/y/z.yml", "top"])).unwrap();
        }
        assert_eq!(fs::read_to_string(out.join("x/y/z.yml")).unwrap(), "new");
        let left: Vec<_> = fs::read_dir(out.join("x/y")).unwrap().collect();
        assert_eq!(left.len(), 1, "no temporary file stays");
    }

    #[test]
    fn a_link_below_the_directory_is_refused_before_anything_is_written() {
        for (link, target) in
            [("x", "victim"), ("x/y", "victim"), ("x/y/z", "victim/file"), ("x/y/z", "gone")]
        {
            let home = tempfile::tempdir().unwrap();
            let out = home.path().join("out");
            fs::create_dir_all(home.path().join("victim")).unwrap();
            fs::write(home.path().join("victim/file"), "old").unwrap();
            fs::create_dir_all(out.join(link).parent().unwrap()).unwrap();
            symlink(home.path().join(target), out.join(link)).unwrap();
            let error = write_tree(&out, &files(&["a", "x/y/z"])).unwrap_err();
            assert!(matches!(&error, WorkdirError::Link { path, .. } if *path == out.join(link)), "{error}");
            assert_eq!(fs::read_to_string(home.path().join("victim/file")).unwrap(), "old");
            assert_eq!(fs::read_dir(home.path().join("victim")).unwrap().count(), 1);
            assert!(!out.join("a").exists() && !home.path().join("gone").exists());
        }
    }

    #[test]
    fn a_link_that_appears_after_the_check_is_not_followed() {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir_all(home.path().join("out")).unwrap();
        fs::create_dir_all(home.path().join("victim")).unwrap();
        symlink("../victim", home.path().join("out/x")).unwrap();
        let root = fs::File::open(home.path().join("out")).unwrap().into();
        write_below(&root, "x/file", b"new").unwrap_err();
        assert_eq!(fs::read_dir(home.path().join("victim")).unwrap().count(), 0);
    }

    #[test]
    fn the_directory_itself_may_be_a_link() {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir(home.path().join("real")).unwrap();
        symlink("real", home.path().join("out")).unwrap();
        write_tree(&home.path().join("out"), &files(&["x/y"])).unwrap();
        assert!(home.path().join("real/x/y").exists());
    }

    #[test]
    fn names_that_lead_out_are_refused() {
        let home = tempfile::tempdir().unwrap();
        for name in ["../x", "a/../../x", "/etc/x", "", "a//b", "a/", "."] {
            let error = write_tree(&home.path().join("out"), &files(&[name])).unwrap_err();
            assert!(matches!(error, WorkdirError::Unsafe { .. }), "{name}: {error}");
        }
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
    }
}
