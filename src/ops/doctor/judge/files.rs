//! Who may read the secrets: stackctl's own and the user's.

use std::path::PathBuf;

use super::{Judged, Remedy};
use crate::model::doctor::{Finding, Severity};
use crate::ops::doctor::facts::{Machine, SecretFacts, StackFacts};
use crate::workdir::Modes;

/// What is wrong with some files.
#[derive(Default)]
struct Faults {
    severity: Option<Severity>,
    details: Vec<String>,
    fixes: Vec<String>,
    tighten: Vec<(PathBuf, u32)>,
}

impl Faults {
    fn add(&mut self, severity: Severity, detail: String, fix: String) {
        self.severity = self.severity.max(Some(severity));
        self.details.push(detail);
        self.fixes.push(fix);
    }

    /// `chmod`, by hand or, where this user may, by `--fix`.
    fn chmod(&mut self, severity: Severity, seen: &Modes, uid: u32, who: &str) {
        let mode = if seen.is_directory { 0o700 } else { 0o600 };
        let path = seen.path.display();
        self.add(
            severity,
            format!("`{path}` (mode {:04o}) is open to {who}", seen.mode),
            format!("`chmod {mode:o} {path}`"),
        );
        if !seen.is_odd && (uid == 0 || uid == seen.uid) {
            self.tighten.push((seen.path.clone(), mode));
        }
    }

    fn judged(self, name: &str, fine: &str) -> Judged {
        let Some(severity) = self.severity else {
            return Finding::new(name, Severity::Ok, fine).into();
        };
        let finding = Finding::new(name, severity, self.details.join("; ")).fix(self.fixes.join("; "));
        Judged::with(finding, (!self.tighten.is_empty()).then_some(Remedy::Tighten(self.tighten)))
    }
}

/// The directory in which generated secrets are kept.
pub fn state_directory(machine: &Machine) -> Judged {
    let name = "state directory";
    let seen = match &machine.state {
        Err(error) => {
            let fix = "run as the owner of that directory, or set XDG_STATE_HOME to one of yours";
            return Finding::new(name, Severity::Error, error).fix(fix).into();
        }
        Ok(seen) if seen.is_empty() => {
            return Finding::new(name, Severity::Ok, "nothing is kept yet").into();
        }
        Ok(seen) => seen,
    };
    let mut faults = Faults::default();
    for seen in seen {
        let path = seen.path.display();
        if seen.is_odd {
            let detail = format!("`{path}` is neither a directory nor a file");
            faults.add(
                Severity::Error,
                detail,
                format!("put a directory or file of yours in place of `{path}`"),
            );
        } else if seen.uid != machine.uid {
            let detail = format!("`{path}` belongs to uid {}, and you are uid {}", seen.uid, machine.uid);
            faults.add(Severity::Error, detail, format!("run as uid {}, or `chown` it", seen.uid));
        } else if seen.mode & 0o077 != 0 {
            let severity = if seen.mode & 0o022 == 0 { Severity::Warning } else { Severity::Error };
            faults.chmod(severity, seen, machine.uid, "others");
        }
    }
    faults.judged(name, "only you can read what is kept")
}

/// The user's files with secrets; no finding when there are none.
pub fn secrets(stack: &StackFacts, uid: u32) -> Option<Judged> {
    let mut faults = Faults::default();
    for secret in &stack.secrets {
        judge(&mut faults, secret, uid);
    }
    (!stack.secrets.is_empty()).then(|| faults.judged("secret files", "not everybody can read them"))
}

fn judge(faults: &mut Faults, secret: &SecretFacts, uid: u32) {
    let path = secret.path.display();
    match &secret.seen {
        Err(error) => {
            let fix = format!("let uid {uid} read `{path}`");
            faults.add(Severity::Error, error.clone(), fix);
        }
        // What is not evidently a path may be the secret itself.
        Ok(None) if !secret.is_path => faults.add(
            Severity::Error,
            format!("`{}` names a file that does not exist", secret.setting),
            "write the path of a file that holds the secret, such as `secrets/NAME`, mode 0600".to_owned(),
        ),
        Ok(None) => faults.add(
            Severity::Error,
            format!("`{}`: there is no file `{path}`", secret.setting),
            format!("`stackctl secrets init` asks for the secret and writes `{path}`, mode 0600"),
        ),
        Ok(Some(seen)) if seen.is_directory => faults.add(
            Severity::Error,
            format!("`{path}` is a directory"),
            format!("put the secret into a file, mode 0600, and correct the path `{path}` in stack.yml"),
        ),
        Ok(Some(seen)) if seen.mode & 0o007 != 0 => {
            faults.chmod(Severity::Error, seen, uid, "everybody");
        }
        Ok(Some(_)) => (),
    }
}
