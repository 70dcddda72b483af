//! `doctor`: what is wrong with this machine and its daemon, with the fix for each finding.
//!
//! Looks at everything ([`facts`]), judges it as pure data ([`judge`]), and, when asked to, applies what it may
//! ([`remedy`]): installs and starts a daemon, installs the image builder, tightens modes. It never removes a
//! package and never stops or restarts a running daemon. A finding never keeps others from being looked at.

mod facts;
mod gather;
mod judge;
mod programs;
mod remedy;
mod start;

use std::collections::BTreeMap;
use std::path::PathBuf;

use self::judge::{Judged, Remedy};
use super::{Error, Loaded, Session};
use crate::model::doctor::{DoctorReport, Finding};

pub use programs::Programs;
pub use start::{DaemonPlace, Init};

/// Whether findings are mended.
#[derive(Clone, Copy)]
pub enum Fix<'a> {
    /// Look only.
    No,
    /// Ask before each: the finding says what would be done.
    Ask(&'a dyn Fn(&Finding) -> bool),
    /// Mend all that can be mended.
    Yes,
}

/// What `doctor` is asked for, and the machine it works on.
#[derive(Clone)]
pub struct DoctorOptions<'a> {
    /// Whether findings are mended.
    pub fix: Fix<'a>,
    /// Where programs are looked for.
    pub programs: Programs,
    /// Where this machine's own daemon lives.
    pub daemon: DaemonPlace,
    /// What starts things here.
    pub init: Init,
    /// The directory below which `etc/apt` is.
    pub root: PathBuf,
}

impl<'a> DoctorOptions<'a> {
    /// The machine as it is; `PATH` comes from the environment.
    pub fn new(fix: Fix<'a>, environment: &BTreeMap<String, String>) -> Self {
        let path = environment.get("PATH").map_or("/usr/local/bin:/usr/bin:/bin", String::as_str);
        let programs = Programs::of_path(path);
        Self {
            fix,
            programs,
            daemon: DaemonPlace::default(),
            init: Init::of_this_machine(),
            root: PathBuf::from("/"),
        }
    }
}

/// What became of a remedy.
enum Attempt {
    Declined,
    Done(Option<String>),
    Failed(String),
}

/// Looks, and mends what it is asked to. Without a stack only the machine and the daemon are looked at.
///
/// Findings are no errors: the exit code is [`DoctorReport::exit`].
pub async fn doctor(
    session: &Session<'_>,
    loaded: Option<&Loaded>,
    options: DoctorOptions<'_>,
) -> Result<DoctorReport, Error> {
    let mut attempts: BTreeMap<String, Attempt> = BTreeMap::new();
    let judged = loop {
        let judged = judge::findings(&gather::gather(session, loaded, &options).await);
        // One remedy at a time, because the first may bring the daemon that the others are judged by.
        match next(&judged, &mut attempts, options.fix) {
            None => break judged,
            Some((name, remedy)) => {
                let attempt = match remedy::apply(session.sink, &options, remedy).await {
                    Ok(remark) => Attempt::Done(remark),
                    Err(error) => Attempt::Failed(error.to_string()),
                };
                attempts.insert(name.to_owned(), attempt);
            }
        }
    };
    let findings = judged.into_iter().map(|judged| report(judged.finding, &attempts)).collect();
    Ok(DoctorReport { findings })
}

/// The next remedy to apply; those that are declined are remembered.
fn next<'j>(
    judged: &'j [Judged],
    attempts: &mut BTreeMap<String, Attempt>,
    fix: Fix<'_>,
) -> Option<(&'j str, &'j Remedy)> {
    for Judged { finding, remedy } in judged {
        let Some(remedy) = remedy else { continue };
        if attempts.contains_key(&finding.name) {
            continue;
        }
        let wanted = match fix {
            Fix::No => return None,
            Fix::Ask(ask) => ask(finding),
            Fix::Yes => true,
        };
        if wanted {
            return Some((&finding.name, remedy));
        }
        attempts.insert(finding.name.clone(), Attempt::Declined);
    }
    None
}

/// The finding as it is afterwards, with what was tried.
fn report(mut finding: Finding, attempts: &BTreeMap<String, Attempt>) -> Finding {
    match attempts.get(&finding.name) {
        None | Some(Attempt::Declined) => finding,
        Some(Attempt::Done(remark)) => {
            finding.fixed = Some(true);
            if let Some(remark) = remark {
                finding.detail = format!("{}; {remark}", finding.detail);
            }
            finding
        }
        Some(Attempt::Failed(error)) => {
            finding.fixed = Some(false);
            finding.detail = format!("{}; the fix failed: {error}", finding.detail);
            finding
        }
    }
}

#[cfg(test)]
mod tests;
