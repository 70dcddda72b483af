//! What can go wrong with files, with the path and the next step.

use std::io;
use std::path::{Path, PathBuf};

/// A file could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum WorkdirError {
    /// There is no such file.
    #[error("there is no file `{path}`")]
    Missing { path: PathBuf },
    /// There is no stack file where one was asked for.
    #[error("there is no file `{path}`")]
    NoStackFile { path: PathBuf },
    /// A link to a file that does not exist.
    #[error("`{path}` is a link to `{target}`, which does not exist")]
    Dangling { path: PathBuf, target: PathBuf },
    /// A link that leads to itself.
    #[error("`{path}` is a link that leads back to itself")]
    Loop { path: PathBuf },
    /// Two stack files in one directory.
    #[error("there are two stack files, `{first}` and `{second}`, in `{directory}`")]
    Ambiguous { directory: PathBuf, first: &'static str, second: &'static str },
    /// A stack file of another user, found above the current directory.
    #[error("`{path}`, found above the current directory, belongs to another user (uid {uid})")]
    Stranger { path: PathBuf, uid: u32 },
    /// A directory, a pipe, a device.
    #[error("`{path}` is {what}, not a file")]
    NotAFile { path: PathBuf, what: &'static str },
    /// Larger than anything sensible.
    #[error("`{path}` is larger than {limit} bytes")]
    TooLarge { path: PathBuf, limit: u64 },
    /// No permission.
    #[error("cannot {doing} `{path}`: permission denied{whose}")]
    Permission { doing: &'static str, path: PathBuf, whose: String },
    /// The file is there already.
    #[error("`{path}` exists already")]
    Exists { path: PathBuf },
    /// Something else has the name of a directory that is needed.
    #[error("cannot {doing} `{path}`: something of this name is there already")]
    InTheWay { doing: &'static str, path: PathBuf },
    /// Others could change it.
    #[error("`{path}` {problem}")]
    Unsafe { path: PathBuf, problem: String },
    /// A link where a file is to be written.
    #[error("`{path}` is a link; nothing is written through links below `{below}`")]
    Link { path: PathBuf, below: PathBuf },
    /// A link that leads nowhere, on the way to the state directory.
    #[error("`{path}` is a symbolic link to `{target}`, which does not exist")]
    DanglingState { path: PathBuf, target: PathBuf },
    /// Anything else the system says.
    #[error("cannot {doing} `{path}`: {source}")]
    Io { doing: &'static str, path: PathBuf, source: io::Error },
}

impl WorkdirError {
    /// From what the system says.
    pub(super) fn from(source: io::Error, doing: &'static str, path: &Path) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::NotFound if !makes(doing) => Self::Missing { path },
            io::ErrorKind::PermissionDenied => Self::Permission { doing, whose: whose(&path), path },
            io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory if makes(doing) => {
                Self::InTheWay { doing, path }
            }
            _ => Self::Io { doing, path, source },
        }
    }

    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Missing { .. } => Some("check the path".to_owned()),
            Self::NoStackFile { .. } => Some("check the path; `stackctl init` writes it".to_owned()),
            Self::Dangling { .. } | Self::Loop { .. } => {
                Some("correct the link, or pass another file with --file".to_owned())
            }
            Self::Ambiguous { first, .. } => {
                Some(format!("remove one of them, or choose one, as in `--file {first}`"))
            }
            Self::Stranger { path, .. } => Some(format!("to use it, pass it as `--file {}`", path.display())),
            Self::Permission { .. } => {
                Some("run as the owner of the file, or change its permissions".to_owned())
            }
            Self::Link { .. } => Some("remove the link, or choose another directory".to_owned()),
            Self::Exists { .. } => Some("add `--force` to overwrite it".to_owned()),
            Self::InTheWay { .. } => Some("choose another directory, or move away what is there".to_owned()),
            Self::Unsafe { path, problem } if problem.contains("can be written by") => {
                Some(format!("check what is in it, then `chmod {} {}`", closed(path), path.display()))
            }
            Self::Unsafe { path, .. } => {
                Some(format!("put a directory or file of yours in place of `{}`", path.display()))
            }
            Self::DanglingState { target, .. } => {
                Some(format!("create `{}` with mode 0700, or remove the link", target.display()))
            }
            Self::Io { source, .. } if source.kind() == io::ErrorKind::StorageFull => {
                Some("free some space and run it again".to_owned())
            }
            Self::Io { doing, .. } if makes(doing) => {
                Some("choose a directory that is there, or can be made, and takes files".to_owned())
            }
            _ => None,
        }
    }
}

/// The mode with which others cannot write: that of a secret, of a directory of ours, or of a directory above.
fn closed(path: &Path) -> &'static str {
    let ours = path.components().any(|part| part.as_os_str() == "stackctl");
    match (path.is_dir(), ours) {
        (true, true) => "700",
        (true, false) => "o-w",
        (false, _) => "600",
    }
}

/// True for what needs a directory more than a file.
fn makes(doing: &str) -> bool {
    matches!(doing, "make" | "write")
}

/// ` (owner uid 0, mode 0600, you are uid 1000)`
fn whose(path: &Path) -> String {
    use std::os::unix::fs::MetadataExt as _;
    let me = rustix::process::geteuid().as_raw();
    match std::fs::symlink_metadata(path) {
        Ok(seen) => {
            format!(" (owner uid {}, mode {:04o}, you are uid {me})", seen.uid(), seen.mode() & 0o7777)
        }
        Err(_) => format!(" (you are uid {me})"),
    }
}
