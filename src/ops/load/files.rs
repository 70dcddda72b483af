//! Findings about the user's files: secrets that are missing or that others can change, and files of exporters.

use std::collections::BTreeMap;
use std::path::Path;

use super::{Generate, Loaded};
use crate::kernel::{Diagnostic, Place, credentials, text};
use crate::model::stack::{SecretFile, SecretSource};
use crate::ops::Error;
use crate::render::UserFile;
use crate::workdir::{self, SecretProblem};

/// Whoever can change the file decides what runs.
pub(super) fn writable_by_others(path: &Path, name: &str) -> Result<Option<Diagnostic>, Error> {
    let seen = workdir::look_through(path)?.filter(|seen| seen.mode & 0o002 != 0);
    Ok(seen.map(|seen| {
        let message =
            format!("`{name}` can be changed by everybody on this machine (mode {:04o})", seen.mode);
        Diagnostic::warning("SC545", message).hint(format!("chmod o-w {name}"))
    }))
}

/// A secret that others than its owner can replace. One that everybody can read is refused.
pub(super) fn changed_by_group(loaded: &Loaded, file: &SecretFile) -> Option<Diagnostic> {
    let SecretSource::File(path) = &file.source else { return None };
    let seen = workdir::look_through(&loaded.directory.join(path)).ok()??;
    let message = if seen.mode & 0o020 != 0 {
        format!("`{path}` can be changed by its group (mode {:04o})", seen.mode)
    } else if seen.uid != 0 && seen.uid != workdir::machine::my_user() && workdir::machine::my_user() != 0 {
        format!("`{path}` belongs to uid {}, who can change it", seen.uid)
    } else {
        return None;
    };
    let found = Diagnostic::warning("SC546", message).at(loaded.document.value_place(&file.at));
    Some(found.hint(format!("chown it to the user who runs stackctl, and `chmod 600 {path}`")))
}

pub(super) fn secret_diagnostic(
    loaded: &Loaded,
    file: &SecretFile,
    path: &str,
    problem: &SecretProblem,
    generate: Generate,
) -> Diagnostic {
    let place = loaded.document.value_place(&file.at);
    if problem.is_missing() {
        return missing(file, path, generate).at(if credentials::is_path(path) {
            place
        } else {
            place.map(Place::hidden)
        });
    }
    let (code, hint) = match problem {
        SecretProblem::Unreadable(_) => {
            ("SC304", format!("put the secret into `{path}`, mode 0600, or correct the path"))
        }
        SecretProblem::Empty => ("SC304", format!("put the secret into `{path}`")),
        SecretProblem::TooLarge => ("SC304", "is it the right file?".to_owned()),
        SecretProblem::Open { .. } => ("SC305", format!("chmod 600 {path}")),
    };
    let message = match problem {
        SecretProblem::Unreadable(error) => error.to_string(),
        other => format!("`{path}`: {other}"),
    };
    Diagnostic::error(code, message).at(place).hint(hint)
}

/// A file that is not there. What is not evidently a path may be the secret itself, and is not repeated.
fn missing(file: &SecretFile, path: &str, generate: Generate) -> Diagnostic {
    let setting = &file.at;
    let (message, hint) = if credentials::is_path(path) {
        (
            format!("`{setting}`: there is no file `{path}`"),
            format!("`stackctl secrets init` asks for the secret and writes `{path}`, mode 0600"),
        )
    } else {
        (
            format!("`{setting}` names a file that does not exist"),
            "write the path of a file that holds the secret, such as `secrets/NAME`, mode 0600".to_owned(),
        )
    };
    if generate == Generate::Placeholders {
        Diagnostic::warning("SC304", message).hint(format!("`stackctl up` requires it: {hint}"))
    } else {
        Diagnostic::error("SC304", message).hint(hint)
    }
}

/// Files of custom exporters. A file that only its owner may read is a secret.
pub(super) fn users_files(loaded: &Loaded, found: &mut Vec<Diagnostic>) -> BTreeMap<String, UserFile> {
    let mut files = BTreeMap::new();
    for instance in &loaded.stack.instances {
        for (name, path) in &instance.files {
            let at = crate::resolve::place_of(instance).key("files").key(name);
            match user_file(loaded, path, instance.outside_files) {
                Ok(file) => {
                    files.insert(path.clone(), file);
                }
                Err(problem) => found.push(problem.at(loaded.document.value_place(&at))),
            }
        }
    }
    files
}

fn user_file(loaded: &Loaded, path: &str, outside: bool) -> Result<UserFile, Diagnostic> {
    let full = loaded.directory.join(path);
    let unreadable = |error: workdir::WorkdirError| {
        Diagnostic::error("SC304", error.to_string()).hint("correct the path in stack.yml")
    };
    if !outside && !workdir::is_below(&full, &loaded.directory).map_err(unreadable)? {
        return Err(Diagnostic::error(
            "SC548",
            format!("`{}` is outside the directory of stack.yml", text::shown(path)),
        )
        .hint("copy it into that directory, name it under `secret_files` if it is a secret, or add `outside_files: true`"));
    }
    let bytes = workdir::read_file(&full).map_err(unreadable)?;
    let seen = workdir::look_through(&full).map_err(unreadable)?;
    Ok(UserFile { bytes, private: seen.is_some_and(|seen| seen.is_private()) })
}
