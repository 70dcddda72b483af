//! What `doctor` returns: one finding per thing looked at, with what to do about it.

use serde::Serialize;

use crate::kernel::Exit;

/// Name of the finding about the daemon itself; an error there means [`Exit::Environment`].
pub const DOCKER: &str = "docker";

/// How bad a finding is, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// As it should be.
    Ok,
    /// Worth knowing; needs no action.
    Note,
    /// Works, and should be looked at.
    Warning,
    /// The stack cannot run, or not as it is meant to.
    Error,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was looked at: `docker`, `clock`, `port 9090`.
    pub name: String,
    /// How bad it is.
    pub severity: Severity,
    /// What was seen, in one sentence without a full stop.
    pub detail: String,
    /// What to do about it by hand; none: nothing to do.
    pub fix: Option<String>,
    /// `doctor --fix` can do it.
    pub fixable: bool,
    /// Whether `doctor --fix` succeeded; none: it did not try.
    pub fixed: Option<bool>,
}

impl Finding {
    /// A finding with nothing to do about it.
    pub fn new(name: impl Into<String>, severity: Severity, detail: impl Into<String>) -> Self {
        let (name, detail) = (name.into(), detail.into());
        Self { name, severity, detail, fix: None, fixable: false, fixed: None }
    }

    /// The same finding with what to do about it by hand.
    #[must_use]
    pub fn fix(mut self, fix: impl Into<String>) -> Self {
        self.fix = Some(fix.into());
        self
    }
}

/// `doctor`
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct DoctorReport {
    /// Everything that was looked at, fine or not.
    pub findings: Vec<Finding>,
}

impl DoctorReport {
    /// The exit: an unreachable daemon is the environment's fault, any other error a finding.
    pub fn exit(&self) -> Exit {
        let mut errors = self.findings.iter().filter(|finding| finding.severity == Severity::Error);
        let first = errors.next();
        match first {
            None => Exit::Ok,
            Some(first) if first.name == DOCKER || errors.any(|other| other.name == DOCKER) => {
                Exit::Environment
            }
            Some(_) => Exit::Findings,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{DoctorReport, Finding, Severity};
    use crate::kernel::Exit;

    fn exit(findings: &[(&str, Severity)]) -> Exit {
        let findings = findings.iter().map(|(name, severity)| Finding::new(*name, *severity, "")).collect();
        DoctorReport { findings }.exit()
    }

    #[test]
    fn only_errors_fail_and_an_unreachable_daemon_is_the_environments_fault() {
        assert_eq!(exit(&[("clock", Severity::Warning), ("docker", Severity::Ok)]), Exit::Ok);
        assert_eq!(exit(&[("docker", Severity::Ok), ("port 9090", Severity::Error)]), Exit::Findings);
        assert_eq!(exit(&[("secrets", Severity::Error), ("docker", Severity::Error)]), Exit::Environment);
    }
}
