//! From facts to findings, and to what `--fix` may do about them. Pure.

mod daemon;
mod disk;
mod docker;
mod exposed;
mod files;
mod images;
mod machine;
mod ports;

use std::path::PathBuf;

pub use images::registry;

use super::facts::{Answering, Docker, Facts, StackFacts};
use crate::model::doctor::Finding;

/// Something that `--fix` may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remedy {
    /// Install a Docker daemon from the system's archive and start it.
    InstallDocker,
    /// Start the Docker daemon that is installed.
    StartDocker,
    /// Install packages.
    Install(Vec<&'static str>),
    /// Set modes.
    Tighten(Vec<(PathBuf, u32)>),
}

/// A finding, and what `--fix` would do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// The finding.
    pub finding: Finding,
    /// What `--fix` would do.
    pub remedy: Option<Remedy>,
}

impl Judged {
    /// A finding that `--fix` can do something about.
    fn with(finding: Finding, remedy: Option<Remedy>) -> Self {
        Self { finding: Finding { fixable: remedy.is_some(), ..finding }, remedy }
    }
}

impl From<Finding> for Judged {
    fn from(finding: Finding) -> Self {
        Self { finding, remedy: None }
    }
}

/// The packages that bring a Docker daemon on Debian and Ubuntu.
pub const DOCKER_PACKAGES: [&str; 3] = ["docker.io", "iptables", "ca-certificates"];

/// Judges everything, the daemon first.
pub fn findings(facts: &Facts) -> Vec<Judged> {
    let mut all = vec![docker::docker(facts)];
    let answering = facts.answering();
    if let Some(answering) = answering {
        all.extend(daemon::findings(answering, facts).into_iter().map(Judged::from));
        all.push(disk::docker(answering).into());
    }
    all.extend(machine::findings(facts).into_iter().map(Judged::from));
    all.extend(exposed::findings(facts).into_iter().map(Judged::from));
    all.push(disk::state(&facts.machine).into());
    all.push(files::state_directory(&facts.machine));
    if let Some(stack) = &facts.stack {
        all.extend(files::secrets(stack, facts.machine.uid));
        all.extend(ports::findings(stack, answering, facts.is_local()).into_iter().map(Judged::from));
        if let Some(seen) = answering.and_then(|answering| answering.stack.as_ref()) {
            all.push(machine::leftovers(seen, facts.machine.other_run).into());
            all.extend(images::registries(seen).map(Judged::from));
            all.push(images::images(seen, stack, &facts.machine).into());
        }
    }
    all.push(images::builder(facts));
    all
}

impl Facts {
    /// The daemon, when it answers.
    pub fn answering(&self) -> Option<&Answering> {
        match &self.docker {
            Docker::Answers(answering) => Some(answering),
            Docker::NotChosen(_) | Docker::Unusable { .. } => None,
        }
    }

    /// The daemon is on this machine, or would be.
    fn is_local(&self) -> bool {
        match &self.docker {
            Docker::Answers(answering) => answering.local,
            Docker::Unusable { local, .. } => *local,
            // No address was understood; this machine is where a daemon usually is.
            Docker::NotChosen(_) => true,
        }
    }

    /// Names of the stack's components that something is true of, in backticks.
    fn components(&self, is: impl Fn(&super::facts::ComponentFacts) -> bool) -> Vec<String> {
        let all = self.stack.as_ref().map(|stack: &StackFacts| stack.components.as_slice());
        all.unwrap_or_default().iter().filter(|c| is(c)).map(|c| format!("`{}`", c.name)).collect()
    }
}

impl super::facts::Machine {
    /// A program that was looked for is there.
    fn has(&self, program: &str) -> bool {
        self.programs.contains(&program)
    }

    /// Debian, Ubuntu or derived from them, with their package manager.
    fn has_apt(&self) -> bool {
        let family = |id: &str| matches!(id, "debian" | "ubuntu");
        let derived = self.release.like.iter().any(|id| family(id));
        (family(&self.release.id) || derived) && self.has("apt-get")
    }

    /// The command with `sudo` when this user needs it.
    fn as_root(&self, command: &str) -> String {
        if self.uid == 0 { command.to_owned() } else { format!("sudo {command}") }
    }

    /// How to install packages by hand.
    fn install_by_hand(&self, packages: &[&str]) -> String {
        let update = self.as_root("apt-get update");
        let install =
            self.as_root(&format!("apt-get install -y --no-install-recommends {}", packages.join(" ")));
        format!("`{update}` and `{install}`")
    }
}

#[cfg(test)]
mod tests;
