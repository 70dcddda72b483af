//! What commands return: the same data is printed for people and, with `--format json`, for programs.

use std::collections::BTreeMap;

use serde::Serialize;

use super::health::Targets;
use super::origin::Origin;
use super::plan::{Plan, Unavailable};
use crate::kernel::Diagnostic;

/// Why a command stopped.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Failure {
    /// What could not be done, in one sentence without a full stop.
    pub message: String,
    /// Causes, the nearest first.
    pub causes: Vec<String>,
    /// What has changed before the failure; empty: nothing.
    pub changed: Vec<String>,
    /// What to do next.
    pub hint: Option<String>,
    /// Findings about the user's files.
    pub diagnostics: Vec<Diagnostic>,
    /// The exit code.
    pub exit: u8,
}

impl Failure {
    /// The same with everything that the run had changed before, also before the operation that failed.
    #[must_use]
    pub fn after(mut self, mut changed: Vec<String>) -> Self {
        changed.extend(self.changed.into_iter().filter(|line| !changed.contains(line)).collect::<Vec<_>>());
        self.changed = changed;
        self
    }
}

/// The stack a report is about, and the daemon that was asked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct About {
    /// Name of the stack.
    pub stack: Option<String>,
    /// Its stack file; none for the built-in stack.
    pub stack_file: Option<String>,
    /// Address of the daemon; none when no daemon was asked.
    pub daemon: Option<String>,
}

/// `check`
#[derive(Debug, Clone, Serialize)]
pub struct CheckReport {
    /// Number of rendered files.
    pub files: usize,
    /// What was found.
    pub diagnostics: Vec<Diagnostic>,
    /// What the programs of the images said: program, and its words when it is not content.
    pub judges: Vec<Verdict>,
    /// Why these programs did not run, although they should.
    pub not_validated: Option<String>,
}

/// What a program of an image says about the files it will read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// Component whose files were judged.
    pub component: String,
    /// The program, as it is called.
    pub judge: String,
    /// Content, or not, or not asked.
    pub outcome: Judged,
    /// Its words.
    pub output: String,
}

/// Outcome of a judge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Judged {
    /// It has nothing against the files.
    Accepted,
    /// It refuses them.
    Refused,
    /// It could not be asked: no image, or `--offline`.
    Skipped,
}

/// `render`
#[derive(Debug, Clone, Serialize)]
pub struct RenderReport {
    /// Component, path and size in bytes of every file; secrets are counted but not written.
    pub files: Vec<RenderedFile>,
    /// Version that the files of each component are for.
    pub versions: BTreeMap<String, String>,
    /// Directory they were written to.
    pub directory: Option<String>,
    /// Findings that do not stop.
    pub diagnostics: Vec<Diagnostic>,
}

/// One rendered file.
#[derive(Debug, Clone, Serialize)]
pub struct RenderedFile {
    /// `<component>/<path>`
    pub path: String,
    /// Size in bytes.
    pub bytes: usize,
    /// Holds a secret.
    pub secret: bool,
    /// Text, when it is shown: not of secrets, and not of pages for browsers.
    #[serde(skip)]
    pub text: Option<String>,
}

/// `plan`, and what `up`, `down` and the like are about to do.
#[derive(Debug, Clone, Serialize)]
pub struct PlanReport {
    /// The steps.
    #[serde(flatten)]
    pub plan: Plan,
    /// Nothing to do.
    pub up_to_date: bool,
    /// Components without an image that are left out on purpose.
    pub skipped: Vec<Unavailable>,
    /// Why `up` would stop before the first step.
    pub blocked: Option<Blocked>,
    /// Findings that do not stop.
    pub diagnostics: Vec<Diagnostic>,
}

/// Why nothing can be started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Blocked {
    /// What is in the way.
    pub message: String,
    /// What else is in the way.
    pub causes: Vec<String>,
    /// What to do about it.
    pub hint: Option<String>,
}

/// `up`, `down`, `start`, `stop`, `restart`
#[derive(Debug, Clone, Default, Serialize)]
pub struct ApplyReport {
    /// What was done: `container prometheus: replace`.
    pub done: Vec<String>,
    /// Nothing had to be done.
    pub up_to_date: bool,
    /// Components without an image.
    pub unavailable: Vec<Unavailable>,
    /// The user accepted to go without them.
    #[serde(skip)]
    pub skip_unavailable: bool,
    /// Containers of components that are no longer in the stack.
    pub orphans: Vec<String>,
    /// What is known to be true afterwards, in words.
    pub proven: Vec<String>,
    /// What should be true and is not.
    pub unproven: Vec<String>,
    /// Where everything is.
    pub endpoints: Vec<EndpointRow>,
    /// Data volumes that stay.
    pub kept_volumes: Vec<String>,
    /// Findings that do not stop.
    pub diagnostics: Vec<Diagnostic>,
}

/// `status`
#[derive(Debug, Clone, Serialize)]
pub struct StatusReport {
    /// Where the stack was created or adopted; none when nothing of it exists or an older stackctl made it.
    pub origin: Option<Origin>,
    /// The origin is where this run comes from; none without an origin.
    pub origin_is_here: Option<bool>,
    /// One row per component.
    pub components: Vec<StatusRow>,
    /// What Prometheus scrapes; none: it could not be asked.
    pub targets: Option<Targets>,
    /// What is wrong with the stack as a whole, with the next step.
    pub problems: Vec<String>,
    /// Containers of components that are no longer in the stack.
    pub orphans: Vec<String>,
    /// Components without an image are left out on purpose.
    #[serde(skip)]
    pub skip_unavailable: bool,
}

impl StatusReport {
    /// True when nothing is wrong and nothing is to be done. What was stopped or left out on purpose is not wrong.
    pub fn is_well(&self) -> bool {
        let well = |row: &StatusRow| {
            if self.skip_unavailable && row.unavailable {
                return true;
            }
            row.problem.is_none()
                && row.drift.is_none()
                && (row.state == "running" || row.state == StatusRow::STOPPED)
        };
        self.problems.is_empty()
            && self.components.iter().all(well)
            && self.targets.as_ref().is_none_or(|targets| targets.down.is_empty())
    }
}

/// One component in `status`.
#[derive(Debug, Clone, Serialize)]
pub struct StatusRow {
    /// Component.
    pub component: String,
    /// `running`, `stopped`, `exited`, `missing`, `unavailable`, …
    pub state: String,
    /// Answers its readiness request; none when it was not asked.
    pub ready: Option<bool>,
    /// Version that runs.
    pub version: String,
    /// Version that is asked for, when it is another.
    pub wanted: Option<String>,
    /// Image that is used.
    pub image: Option<String>,
    /// How stackctl got the image, when it is not the upstream one.
    pub image_record: Option<String>,
    /// Where the image was built from, when it is not the upstream one.
    pub source: Option<String>,
    /// Seconds since the start.
    pub uptime_seconds: Option<u64>,
    /// How often the engine restarted it.
    pub restarts: i64,
    /// Configuration that was delivered.
    pub revision: Option<String>,
    /// How it differs from what is meant; none: it does not.
    pub drift: Option<String>,
    /// One sentence on what is wrong.
    pub problem: Option<String>,
    /// The image that is wanted is not here.
    #[serde(skip)]
    pub unavailable: bool,
}

impl StatusRow {
    /// The state of a container that was stopped on purpose.
    pub const STOPPED: &'static str = "stopped";
}

/// `endpoints`
#[derive(Debug, Clone, Serialize)]
pub struct EndpointsReport {
    /// One row per address.
    pub endpoints: Vec<EndpointRow>,
}

/// An address on the host, or inside the network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EndpointRow {
    /// Component.
    pub name: String,
    /// Address.
    pub url: String,
    /// Where users reach it, when `stack.yml` sets that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_url: Option<String>,
    /// What it is for.
    pub purpose: String,
    /// `running`, `stopped`, `exited`, `missing`, …
    pub state: String,
    /// Reached from the host, or from the stack's network only.
    pub published: bool,
    /// Who may enter: `none`, or a user and where the password is.
    pub credentials: String,
    /// The password itself, only when asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
}
