//! Where the stack file is: in the current directory or above it, up to the repository or the user's home.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::WorkdirError;

/// Names of a stack file; the first is the one that `init` writes.
pub const STACK_FILES: [&str; 2] = ["stack.yml", "stack.yaml"];

/// What the search found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Discovery {
    /// The stack file, relative to the current directory.
    File(PathBuf),
    /// No stack file from the current directory up to this one.
    Nothing {
        /// The last directory that was searched.
        up_to: PathBuf,
    },
}

/// Searches the current directory and those above it. The search ends at the first directory that holds `.git`, at `home`,
/// or at the root.
pub fn find_stack_file(home: Option<&str>) -> Result<Discovery, WorkdirError> {
    let here = std::env::current_dir()
        .map_err(|source| WorkdirError::from(source, "find", Path::new("the current directory")))?;
    let home = home.filter(|home| !home.is_empty()).and_then(|home| fs::canonicalize(home).ok());
    search(&here, home.as_deref())
}

fn search(here: &Path, home: Option<&Path>) -> Result<Discovery, WorkdirError> {
    let mut prefix = PathBuf::new();
    let mut last = here;
    for directory in here.ancestors() {
        last = directory;
        if let Some(name) = stack_file_in(directory)? {
            if directory != here {
                refuse_strangers_file(&directory.join(name))?;
            }
            return Ok(Discovery::File(prefix.join(name)));
        }
        if directory.join(".git").exists() || Some(directory) == home {
            break;
        }
        prefix.push("..");
    }
    Ok(Discovery::Nothing { up_to: last.to_owned() })
}

/// The stack file of one directory. A link counts also when it leads nowhere: reading it names the fault.
fn stack_file_in(directory: &Path) -> Result<Option<&'static str>, WorkdirError> {
    let mut found = Vec::new();
    for name in STACK_FILES {
        let path = directory.join(name);
        match fs::symlink_metadata(&path) {
            Ok(_) => found.push(name),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(WorkdirError::from(error, "read", &path)),
        }
    }
    match found.as_slice() {
        [first, second] if !is_same(&directory.join(first), &directory.join(second)) => {
            Err(WorkdirError::Ambiguous { directory: directory.to_owned(), first, second })
        }
        names => Ok(names.first().copied()),
    }
}

fn is_same(first: &Path, second: &Path) -> bool {
    matches!((fs::canonicalize(first), fs::canonicalize(second)), (Ok(first), Ok(second)) if first == second)
}

/// A file above the current directory, as in `/tmp`, can be anyone's: it must belong to the user or to root.
fn refuse_strangers_file(path: &Path) -> Result<(), WorkdirError> {
    let me = rustix::process::geteuid().as_raw();
    match fs::symlink_metadata(path) {
        Ok(seen) if seen.uid() != me && seen.uid() != 0 => {
            Err(WorkdirError::Stranger { path: path.to_owned(), uid: seen.uid() })
        }
        _ => Ok(()),
    }
}

/// The directory of a stack file with every link resolved, so that each spelling of it is one path.
pub fn directory_of(stack_file: &Path) -> Result<PathBuf, WorkdirError> {
    let directory = stack_file.parent().filter(|parent| *parent != OsStr::new("")).unwrap_or(Path::new("."));
    fs::canonicalize(directory).map_err(|source| WorkdirError::from(source, "read", directory))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;
    use std::path::{Path, PathBuf};

    use super::{Discovery, search};

    fn tree(paths: &[&str]) -> (tempfile::TempDir, PathBuf) {
        let root = tempfile::tempdir().unwrap();
        for path in paths {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "name: x\n").unwrap();
        }
        let path = root.path().canonicalize().unwrap();
        (root, path)
    }

    fn found(here: &Path, home: Option<&Path>) -> Discovery {
        search(here, home).unwrap()
    }

    #[test]
    fn a_stack_file_is_found_in_the_directory_and_above_it() {
        let (_root, root) = tree(&["repo/stack.yaml", "repo/deep/er/file"]);
        assert_eq!(found(&root.join("repo"), None), Discovery::File("stack.yaml".into()));
        assert_eq!(found(&root.join("repo/deep/er"), None), Discovery::File("../../stack.yaml".into()));
    }

    #[test]
    fn the_search_ends_at_the_repository_and_at_home() {
        let (_root, root) = tree(&["stack.yml", "repo/.git/HEAD", "repo/sub/file", "home/me/project/file"]);
        let repo = root.join("repo");
        assert_eq!(found(&repo.join("sub"), None), Discovery::Nothing { up_to: repo });
        let home = root.join("home/me");
        assert_eq!(found(&home.join("project"), Some(&home)), Discovery::Nothing { up_to: home });
    }

    #[test]
    fn two_stack_files_in_one_directory_are_an_error_that_names_both() {
        let (_root, root) = tree(&["stack.yml", "stack.yaml"]);
        let error = search(&root, None).unwrap_err().to_string();
        assert!(error.contains("`stack.yml`") && error.contains("`stack.yaml`"), "{error}");
        fs::remove_file(root.join("stack.yaml")).unwrap();
        symlink("stack.yml", root.join("stack.yaml")).unwrap();
        assert_eq!(found(&root, None), Discovery::File("stack.yml".into()));
    }

    #[test]
    fn a_link_that_leads_nowhere_counts_as_a_stack_file() {
        let (_root, root) = tree(&["sub/file"]);
        symlink("gone.yml", root.join("stack.yml")).unwrap();
        assert_eq!(found(&root.join("sub"), None), Discovery::File("../stack.yml".into()));
    }
}
