//! One build from beginning to end: run `mmdebstrap`, shape what it made, put the tar in place. The only file of this
//! module that starts a process.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use super::command::{Caller, Request, arguments};
use super::discover::{Archive, Keyring};
use super::error::ArchiveError;
use super::failure::{Attempt, diagnose};
use super::furnish::apply;
use super::packages::upstream_version;
use super::recipe::{Recipe, Suite, check};
use super::shape::{Partial, Shaped, Stop, on_a_thread};
use super::workspace::{Group, Workspace};

const PROGRAM: &str = "mmdebstrap";

/// The stages that `mmdebstrap` announces, and the words for them.
const STAGES: [(&str, &str); 4] = [
    ("I: running apt-get update", "reading the package index"),
    ("I: downloading packages", "downloading packages"),
    ("I: extracting archives", "unpacking packages"),
    ("I: creating tarball", "collecting files"),
];

/// A root file system that was built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Built {
    /// The Debian version of the recipe's package: `2.53.3+ds1-2+b5`.
    pub version: String,
    /// The version that upstream released: `2.53.3`.
    pub upstream: String,
    /// Size of the tar in bytes.
    pub bytes: u64,
}

/// This many of the last lines are kept to explain a failure.
const REMEMBERED_LINES: usize = 200;

impl Archive {
    /// Builds the recipe from the suite into a tar at `out`, telling `progress` each stage in a few words.
    ///
    /// Dropping the future ends everything that was started and leaves nothing behind; `out` appears whole or not at
    /// all. Runs as root or as any user; wants about 700 MB in the temporary directory for the largest component.
    pub async fn build(
        &self,
        recipe: &Recipe<'_>,
        suite: &Suite,
        out: &Path,
        mut progress: impl FnMut(&str),
    ) -> Result<Built, ArchiveError> {
        check(recipe, suite)?;
        self.prerequisites()?;
        let workspace = Workspace::create()?;
        let target = workspace.path().join("raw.tar");
        let keyrings = self.keyrings(workspace.path())?;
        let request =
            Request { archive: self, recipe, suite, keyrings: &keyrings, caller: caller(), target: &target };
        run(&request, workspace.path(), &mut progress).await?;
        progress("writing the image");
        let requested: Vec<String> =
            std::iter::once(&recipe.package).chain(recipe.extra).map(|name| (*name).to_owned()).collect();
        let package = recipe.package;
        let mut shaped = on_a_thread(package, move || Shaped::read(&target, &requested)).await?;
        let Some(version) = shaped.version_of(package) else {
            let path = "var/lib/dpkg/status".to_owned();
            return Err(ArchiveError::Incomplete { package: package.to_owned(), path });
        };
        apply(&mut shaped.tree, recipe)?;
        let stop = Stop::default();
        let (partial, asked) = (Partial::beside(out), stop.listener());
        let (partial, bytes) = on_a_thread(package, move || shaped.write(partial, &asked)).await?;
        partial.rename_to(out)?;
        Ok(Built { upstream: upstream_version(&version), version, bytes })
    }

    /// The keyring as files; an embedded key becomes one in the workspace.
    fn keyrings(&self, workspace: &Path) -> Result<Vec<PathBuf>, ArchiveError> {
        match &self.keyring {
            Keyring::Files(files) => Ok(files.clone()),
            Keyring::Embedded(key) => {
                let path = workspace.join("archive.asc");
                match std::fs::write(&path, key) {
                    Ok(()) => Ok(vec![path]),
                    Err(source) => Err(ArchiveError::Io { action: "write", path, source }),
                }
            }
        }
    }
}

fn caller() -> Caller {
    if rustix::process::geteuid().is_root() { Caller::Root } else { Caller::User }
}

/// Runs `mmdebstrap` to its end.
async fn run(
    request: &Request<'_>,
    workspace: &Path,
    progress: &mut impl FnMut(&str),
) -> Result<(), ArchiveError> {
    let mut child = spawn(request, workspace)?;
    let mut group = Group::of(child.id());
    let lines = listen(&mut child, progress).await;
    let status = child.wait().await;
    group.ended();
    let package = request.recipe.package;
    let status = status.map_err(|source| failed_to("wait for", source))?;
    // A run without a usable `tar` succeeds and writes nothing.
    let is_empty = std::fs::metadata(request.target).map_or(true, |tar| tar.len() == 0);
    if status.success() && !is_empty {
        return Ok(());
    }
    let status = status.to_string();
    let attempt = Attempt { package, suite: &request.suite.name, directory: workspace, status: &status };
    Err(diagnose(attempt, &lines))
}

fn spawn(request: &Request<'_>, workspace: &Path) -> Result<Child, ArchiveError> {
    Command::new(PROGRAM)
        .args(arguments(request))
        .current_dir(workspace)
        .env("TMPDIR", workspace)
        .env("LC_ALL", "C.UTF-8")
        .env("DEBIAN_FRONTEND", "noninteractive")
        .env_remove("APT_CONFIG")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
        .map_err(|source| match source.kind() {
            std::io::ErrorKind::NotFound => ArchiveError::ToolMissing,
            _ => failed_to("run", source),
        })
}

fn failed_to(action: &'static str, source: std::io::Error) -> ArchiveError {
    ArchiveError::Io { action, path: PathBuf::from(PROGRAM), source }
}

/// Tells each stage and keeps the last lines, until the child closes its end.
async fn listen(child: &mut Child, progress: &mut impl FnMut(&str)) -> Vec<String> {
    let mut kept = VecDeque::new();
    let Some(stderr) = child.stderr.take() else { return Vec::new() };
    let mut reader = BufReader::new(stderr);
    let mut bytes = Vec::new();
    while reader.read_until(b'\n', &mut bytes).await.is_ok_and(|count| count > 0) {
        let line = String::from_utf8_lossy(&bytes).trim_end().to_owned();
        bytes.clear();
        if let Some((_, words)) = STAGES.iter().find(|(announced, _)| line.starts_with(announced)) {
            progress(words);
        }
        if kept.len() == REMEMBERED_LINES {
            kept.pop_front();
        }
        kept.push_back(line);
    }
    kept.into()
}
