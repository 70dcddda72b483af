//! The user's `templates/`, `rules/` and `dashboards/`: read, and said what is used and what is not.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::kernel::{Diagnostic, text};
use crate::render::{Asset, Assets, Purpose, purpose};
use crate::source;
use crate::workdir::{self, FileProblem};

/// Most files that a message names.
const NAMED: usize = 10;

/// What is in the directories.
pub struct Read {
    /// The files, over the shipped ones.
    pub assets: Assets,
    /// Files that cannot be used.
    pub broken: Vec<Diagnostic>,
    /// What is worth knowing.
    pub notes: Vec<Diagnostic>,
}

/// Reads them. Nothing that is wrong with one file keeps another from being read.
pub fn read(directory: &Path, follow_links: bool) -> Read {
    let wanted = |path: &str| matches!(purpose(path), Purpose::Asset(_));
    let found = workdir::users_files(directory, follow_links, wanted);
    let mut broken: Vec<Diagnostic> =
        found.problems.iter().map(|(path, problem)| refused(&shown(directory, path), problem)).collect();
    let mut assets: BTreeMap<String, Asset> = BTreeMap::new();
    for (path, bytes) in found.files {
        let Purpose::Asset(key) = purpose(&path) else { continue };
        let origin = shown(directory, &path);
        if let Err(problem) = source::utf8(&bytes, &origin.as_str().into()) {
            broken.push(*problem);
            continue;
        }
        if let Some(other) = assets.get(&key) {
            let message = format!("`{origin}` is delivered under the same name as `{}`", other.origin);
            broken.push(Diagnostic::error("SC536", message).hint("rename one of them"));
        }
        assets.insert(key, Asset { bytes, origin });
    }
    let is_document = |path: &&String| purpose(path) == Purpose::Document;
    let unused: Vec<String> =
        found.unwanted.iter().filter(|path| !is_document(path)).map(|path| shown(directory, path)).collect();
    let assets = Assets::with_overrides(assets).limited(workdir::run_limited);
    Read { assets, broken, notes: left_out(&unused).into_iter().collect() }
}

/// The path as the user can open it from where he is.
fn shown(directory: &Path, path: &str) -> String {
    let path = directory.join(path);
    path.strip_prefix("./").unwrap_or(&path).display().to_string()
}

fn refused(path: &str, problem: &FileProblem) -> Diagnostic {
    let (code, hint) = match problem {
        FileProblem::LeadsOut => {
            ("SC533", "copy the file here, or set `follow_links: true` in stack.yml".to_owned())
        }
        FileProblem::Dangling(_) | FileProblem::Circle => {
            ("SC533", "correct the link, or remove it".to_owned())
        }
        FileProblem::Unreadable(error) => {
            return Diagnostic::error("SC304", error.to_string())
                .hint(error.hint().unwrap_or_else(|| "remove it, or put a file there".to_owned()));
        }
    };
    Diagnostic::error(code, format!("`{path}` {problem}")).hint(hint)
}

/// One note for all files that nothing is known to be for.
fn left_out(paths: &[String]) -> Option<Diagnostic> {
    if paths.is_empty() {
        return None;
    }
    let mut names: Vec<String> = paths.iter().take(NAMED).map(|path| format!("`{path}`")).collect();
    if paths.len() > NAMED {
        names.push(format!("{} more", paths.len() - NAMED));
    }
    let verb = if paths.len() == 1 { "is" } else { "are" };
    let message = format!("{} {verb} not used", text::list(&names));
    Some(Diagnostic::note("SC531", message).hint(endings(paths)))
}

/// What the names would have to be, for the directories that the files are in.
fn endings(paths: &[String]) -> String {
    let within = |name: &str| {
        let inside = format!("{name}/");
        paths.iter().any(|path| path.starts_with(&inside) || path.contains(&format!("/{inside}")))
    };
    let known = [
        ("rules", "rules end in .yml, .yaml, .rules or .json, runbooks are `rules/runbooks/ALERT.md`"),
        ("dashboards", "dashboards end in .json"),
        (
            "templates",
            "notification templates end in .tmpl; `stackctl render --eject DIR` shows the names of the other templates",
        ),
    ];
    let hints: BTreeSet<&str> =
        known.iter().filter(|(name, _)| within(name)).map(|(_, hint)| *hint).collect();
    hints.into_iter().collect::<Vec<_>>().join("; ")
}
