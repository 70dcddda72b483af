//! What can go wrong between an apt configuration and a root file system, with the way out in each message.

use std::fmt;
use std::path::PathBuf;

/// The last lines that `mmdebstrap` or `apt` wrote about a failure; empty when they wrote none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Said(pub Vec<String>);

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return Ok(());
        }
        write!(f, "; it said: {}", self.0.join(" / "))
    }
}

/// A root file system could not be built from the Debian archive.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The machine's apt configuration names no Debian archive.
    #[error(
        "no Debian archive is configured under `{}`; add a `.sources` file with the main archive of a Debian release there, or use a registry",
        .looked_in.display()
    )]
    NotConfigured {
        /// The directory that was searched.
        looked_in: PathBuf,
    },
    /// An apt configuration file could not be read.
    #[error("cannot read the apt configuration `{}`", .path.display())]
    Configuration {
        /// The file or directory.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// `mmdebstrap` is not on the PATH.
    #[error(
        "`mmdebstrap` is not installed; `apt-get install mmdebstrap` or `stackctl doctor --fix` brings it"
    )]
    ToolMissing,
    /// The keys that the archive is checked with are not there.
    #[error(
        "the archive keyring `{}` does not exist; `apt-get install debian-archive-keyring` or `stackctl doctor --fix` brings it",
        .keyring.display()
    )]
    KeyringMissing {
        /// The file that the apt configuration names.
        keyring: PathBuf,
    },
    /// A name or path in the request cannot be passed on safely.
    #[error("{what} `{value}` is not valid: {rule}")]
    Invalid {
        /// What kind of thing it is: `package name`, `suite`, `path`.
        what: &'static str,
        /// As given.
        value: String,
        /// What would be valid.
        rule: &'static str,
    },
    /// The suite exists but does not have the package.
    #[error("suite `{suite}` has no package `{package}`; another suite may have it{said}")]
    PackageUnknown {
        /// The package that apt did not find.
        package: String,
        /// Where it was looked for.
        suite: String,
        /// The tool's words.
        said: Said,
    },
    /// The archive does not have the suite.
    #[error("the archive has no suite `{suite}`; `trixie` is the default{said}")]
    SuiteUnknown {
        /// As given.
        suite: String,
        /// The tool's words.
        said: Said,
    },
    /// The Release file is not signed by a key of the keyring.
    #[error(
        "the signature of suite `{suite}` cannot be verified with the configured keyring; a newer `debian-archive-keyring` may be needed{said}"
    )]
    Signature {
        /// As given.
        suite: String,
        /// The tool's words.
        said: Said,
    },
    /// The Release file says that it is too old to be trusted.
    #[error(
        "the Release file of suite `{suite}` expired {since} ago, so the archive may be withholding updates; pass --accept-expired if you mean it{said}"
    )]
    Expired {
        /// As given.
        suite: String,
        /// How long ago, in apt's words: `14d 16h 14min 33s`.
        since: String,
        /// The tool's words.
        said: Said,
    },
    /// The Release file comes from the future: this machine's clock is behind.
    #[error("the Release file of suite `{suite}` is not valid yet; check the clock of this machine{said}")]
    NotYetValid {
        /// As given.
        suite: String,
        /// The tool's words.
        said: Said,
    },
    /// The archive does not answer.
    #[error("the Debian archive cannot be reached; check the network and `http_proxy`{said}")]
    Unreachable {
        /// The tool's words.
        said: Said,
    },
    /// A file differs from what the signed index says.
    #[error(
        "the archive delivered a file that differs from its signed index; it may be changing, try again in some minutes{said}"
    )]
    Damaged {
        /// The tool's words.
        said: Said,
    },
    /// The disk is full.
    #[error(
        "no space left in `{}` while building `{package}`; about 700 MB are needed, TMPDIR chooses another place{said}",
        .directory.display()
    )]
    NoSpace {
        /// Where the work is done.
        directory: PathBuf,
        /// What was being built.
        package: String,
        /// The tool's words.
        said: Said,
    },
    /// The system forbids what `mmdebstrap` has to do.
    #[error(
        "this machine does not permit unpacking `{package}`; run as root or allow it in the sandbox{said}"
    )]
    NotPermitted {
        /// What was being built.
        package: String,
        /// The tool's words.
        said: Said,
    },
    /// `mmdebstrap` failed for a reason that is not known here.
    #[error("`mmdebstrap` failed for `{package}` with {status}{said}")]
    Failed {
        /// What was being built.
        package: String,
        /// How it ended: `exit status: 25`.
        status: String,
        /// The tool's words.
        said: Said,
    },
    /// `mmdebstrap` reported success but the tree does not hold what it should.
    #[error(
        "the tree of package `{package}` has no `{path}`; the package changed, and its row in the catalogue must follow"
    )]
    Incomplete {
        /// What was being built.
        package: String,
        /// The path that is missing, inside the tree.
        path: String,
    },
    /// `mmdebstrap` wrote a tar that cannot be understood.
    #[error("cannot understand the tree that `mmdebstrap` made of `{package}`")]
    Unreadable {
        /// What was being built.
        package: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A file of ours could not be read or written.
    #[error("cannot {action} `{}`", .path.display())]
    Io {
        /// The verb: `create`, `write`, `rename`, `run`.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The build was given up because the caller went away.
    #[error("building `{package}` was interrupted; nothing was left behind")]
    Interrupted {
        /// What was being built.
        package: String,
    },
}
