//! The user's `templates/`, `rules/` and `dashboards/` beside `stack.yml`, read without leaving the project's directory.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::{WorkdirError, input};

/// Directories that are read.
const DIRECTORIES: [&str; 3] = ["templates", "rules", "dashboards"];

/// What there is. Paths are those below the project's directory.
#[derive(Debug, Default)]
pub struct UsersFiles {
    /// Content of the files that were wanted.
    pub files: BTreeMap<String, Vec<u8>>,
    /// Files that were not.
    pub unwanted: Vec<String>,
    /// Files and directories that are there and cannot be used.
    pub problems: Vec<(String, FileProblem)>,
}

/// Why a file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FileProblem {
    /// A link to something outside the project's directory. Where it leads is not told: it may be a secret, too.
    #[error("is a link that leads out of the directory of the stack")]
    LeadsOut,
    /// A link to nothing.
    #[error("is a link to `{0}`, which does not exist")]
    Dangling(PathBuf),
    /// A link to itself, or to a directory it is in.
    #[error("is a link in a circle")]
    Circle,
    /// Anything else.
    #[error(transparent)]
    Unreadable(#[from] WorkdirError),
}

/// Reads every file that is wanted, by its path. Links that lead out of `directory` are read only when asked to.
pub fn users_files(directory: &Path, follow_links: bool, wanted: impl Fn(&str) -> bool) -> UsersFiles {
    let root = fs::canonicalize(directory).unwrap_or_else(|_| directory.to_owned());
    let mut walk =
        Walk { root: &root, follow_links, wanted, within: Vec::new(), found: UsersFiles::default() };
    for name in DIRECTORIES {
        let path = directory.join(name);
        if fs::symlink_metadata(&path).is_ok() {
            walk.directory(&path, name);
        }
    }
    walk.found
}

struct Walk<'a, W> {
    /// The project's directory without links.
    root: &'a Path,
    follow_links: bool,
    wanted: W,
    /// Device and number of the directories that the walk is in.
    within: Vec<(u64, u64)>,
    found: UsersFiles,
}

impl<W: Fn(&str) -> bool> Walk<'_, W> {
    fn directory(&mut self, path: &Path, name: &str) {
        if let Err(problem) = self.enter(path, name) {
            self.found.problems.push((name.to_owned(), problem));
        }
    }

    fn enter(&mut self, path: &Path, name: &str) -> Result<(), FileProblem> {
        let real = self.real(path)?;
        let error = |source| WorkdirError::from(source, "read", path);
        let seen = fs::metadata(&real).map_err(error)?;
        let identity = (seen.dev(), seen.ino());
        if self.within.contains(&identity) {
            return Err(FileProblem::Circle);
        }
        let mut entries = Vec::new();
        for entry in fs::read_dir(&real).map_err(error)? {
            entries.push(entry.map_err(error)?);
        }
        entries.sort_by_key(fs::DirEntry::file_name);
        self.within.push(identity);
        for entry in entries {
            let file = entry.file_name().to_string_lossy().into_owned();
            if !file.starts_with('.') {
                self.entry(&real.join(entry.file_name()), format!("{name}/{file}"));
            }
        }
        self.within.pop();
        Ok(())
    }

    fn entry(&mut self, path: &Path, name: String) {
        if fs::metadata(path).is_ok_and(|seen| seen.is_dir()) {
            self.directory(path, &name);
        } else if (self.wanted)(&name) {
            match self.read(path) {
                Ok(bytes) => {
                    self.found.files.insert(name, bytes);
                }
                Err(problem) => self.found.problems.push((name, problem)),
            }
        } else {
            self.found.unwanted.push(name);
        }
    }

    fn read(&self, path: &Path) -> Result<Vec<u8>, FileProblem> {
        // The path without links is opened without following one, so that none can be put there in between.
        Ok(input::read_no_link(&self.real(path)?)?)
    }

    /// The path without links; an error when it leads out.
    fn real(&self, path: &Path) -> Result<PathBuf, FileProblem> {
        if !fs::symlink_metadata(path).is_ok_and(|seen| seen.is_symlink()) {
            return Ok(path.to_owned());
        }
        let real = fs::canonicalize(path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => FileProblem::Dangling(fs::read_link(path).unwrap_or_default()),
            _ if error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) => FileProblem::Circle,
            _ => WorkdirError::from(error, "read", path).into(),
        })?;
        if self.follow_links || real.starts_with(self.root) { Ok(real) } else { Err(FileProblem::LeadsOut) }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;
    use std::path::Path;

    use super::{UsersFiles, users_files};

    fn project() -> tempfile::TempDir {
        let home = tempfile::tempdir().unwrap();
        for (path, text) in [
            ("outside/secret.yml", "password"),
            ("outside/more/x.yml", "x"),
            ("work/rules/a.yml", "a"),
            ("work/rules/team/b.yaml", "b"),
            ("work/rules/notes.txt", ""),
            ("work/rules/.hidden.yml", ""),
            ("work/shared/c.yml", "c"),
        ] {
            let path = home.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        home
    }

    fn read(directory: &Path, follow: bool) -> UsersFiles {
        users_files(directory, follow, |path| path.contains(".y"))
    }

    fn names(found: &UsersFiles) -> Vec<&str> {
        found.files.keys().map(String::as_str).collect()
    }

    fn problems(found: &UsersFiles) -> Vec<String> {
        found.problems.iter().map(|(name, problem)| format!("{name} {problem}")).collect()
    }

    #[test]
    fn files_in_subdirectories_are_read_and_the_unwanted_are_named() {
        let home = project();
        let found = read(&home.path().join("work"), false);
        assert_eq!(names(&found), ["rules/a.yml", "rules/team/b.yaml"]);
        assert_eq!(found.unwanted, ["rules/notes.txt"]);
        assert_eq!(problems(&found), [""; 0]);
    }

    #[test]
    fn links_inside_the_project_are_read_and_those_that_lead_out_only_when_asked_to() {
        let home = project();
        let work = home.path().join("work");
        symlink("../shared/c.yml", work.join("rules/c.yml")).unwrap();
        symlink(work.join("shared"), work.join("rules/shared")).unwrap();
        symlink("../../outside/secret.yml", work.join("rules/out.yml")).unwrap();
        symlink("../../outside/more", work.join("rules/out")).unwrap();
        symlink(home.path().join("outside"), work.join("dashboards")).unwrap();
        let found = read(&work, false);
        assert_eq!(names(&found), ["rules/a.yml", "rules/c.yml", "rules/shared/c.yml", "rules/team/b.yaml"]);
        let out = "is a link that leads out of the directory of the stack";
        let expected = ["rules/out", "rules/out.yml", "dashboards"].map(|name| format!("{name} {out}"));
        assert_eq!(problems(&found), expected);
        let found = read(&work, true);
        assert_eq!(problems(&found), [""; 0]);
        assert_eq!(found.files.get("rules/out.yml").map(Vec::as_slice), Some(b"password".as_slice()));
        assert!(found.files.contains_key("dashboards/more/x.yml"));
    }

    #[test]
    fn a_project_in_a_linked_directory_is_read_like_any_other() {
        let home = project();
        symlink("work", home.path().join("linked")).unwrap();
        let found = read(&home.path().join("linked"), false);
        assert_eq!(names(&found), ["rules/a.yml", "rules/team/b.yaml"]);
    }

    #[test]
    fn circles_and_dangling_links_are_named_and_end() {
        let home = project();
        let work = home.path().join("work");
        symlink(".", work.join("rules/self")).unwrap();
        symlink("loop.yml", work.join("rules/loop.yml")).unwrap();
        symlink("nowhere.yml", work.join("rules/gone.yml")).unwrap();
        let found = read(&work, false);
        assert_eq!(
            problems(&found),
            [
                "rules/gone.yml is a link to `nowhere.yml`, which does not exist",
                "rules/loop.yml is a link in a circle",
                "rules/self is a link in a circle"
            ]
        );
        assert_eq!(names(&found), ["rules/a.yml", "rules/team/b.yaml"]);
    }
}
