//! What will be done, as a graph of steps. Its text is what people read and what tests compare.

use std::fmt;

use serde::Serialize;

use super::observed::{Observed, SeenContainer};

/// The steps, in an order in which every step comes after those it waits for.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Plan {
    /// Steps.
    pub steps: Vec<Step>,
    /// Objects that carry the stack's label and belong to nothing in it; removed only on request.
    pub orphans: Vec<String>,
    /// Components without an image, and why.
    pub unavailable: Vec<Unavailable>,
}

/// A component that cannot be started or updated because its image cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unavailable {
    /// The component.
    pub component: String,
    /// The image it needs.
    pub image: String,
    /// Why it is not there.
    pub reason: String,
    /// How to supply it.
    pub remedy: String,
    /// The version that runs in its place and keeps running untouched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub running: Option<String>,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Step {
    /// Number, from 1.
    pub id: usize,
    /// What it is about.
    pub subject: Subject,
    /// What is done.
    pub action: Action,
    /// Why, in words.
    pub cause: String,
    /// Steps that must have succeeded before.
    pub after: Vec<usize>,
    /// Id of the container that is there; names can change hands.
    #[serde(skip)]
    pub container: Option<String>,
}

/// What a step is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "kind", content = "name", rename_all = "lowercase")]
pub enum Subject {
    /// What the daemon keeps about the stack.
    Record(String),
    /// The stack's network.
    Network(String),
    /// A volume.
    Volume(String),
    /// The image of a component.
    Image(String),
    /// The rendered files of these components.
    Files(Vec<String>),
    /// A component's container.
    Container(String),
    /// A container by its own name: a leftover or an orphan.
    Leftover(String),
}

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// Make it; a container is also started and waited for.
    Create,
    /// Fetch it.
    Pull,
    /// Put the files into the volumes and point `current` at them.
    Deliver,
    /// Make the new container, stop the old one, start the new one, remove the old one when the new one is ready.
    Replace,
    /// Take the new files without a restart, and verify.
    Reload,
    /// Stop and start the same container.
    Restart,
    /// Start the container that is there.
    Start,
    /// Wait until it is ready.
    Wait,
    /// Stop it.
    Stop,
    /// Remove it.
    Remove,
    /// Give the old container its name back: a replacement was interrupted.
    Restore,
}

impl Action {
    /// The verb.
    pub const fn verb(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Pull => "pull",
            Self::Deliver => "deliver",
            Self::Replace => "replace",
            Self::Reload => "reload",
            Self::Restart => "restart",
            Self::Start => "start",
            Self::Wait => "wait",
            Self::Stop => "stop",
            Self::Remove => "remove",
            Self::Restore => "restore",
        }
    }
}

impl Action {
    /// True when a container that runs may end by it.
    const fn ends(self) -> bool {
        matches!(self, Self::Replace | Self::Restart | Self::Wait | Self::Stop | Self::Remove)
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Record(name) => write!(f, "record {name}"),
            Self::Network(name) => write!(f, "network {name}"),
            Self::Volume(name) => write!(f, "volume {name}"),
            Self::Image(name) => write!(f, "image {name}"),
            Self::Files(names) => write!(f, "files {}", names.join(", ")),
            Self::Container(name) => write!(f, "container {name}"),
            Self::Leftover(name) => write!(f, "leftover {name}"),
        }
    }
}

impl Plan {
    /// True when there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// Containers that the plan stops, restarts or removes: their ids, as short as Docker shows them.
    pub fn ending(&self, observed: &Observed) -> Vec<String> {
        let ends = |seen: &&SeenContainer| {
            self.steps.iter().any(|step| match &step.subject {
                Subject::Container(component) => *component == seen.component && step.action.ends(),
                Subject::Leftover(name) => *name == seen.name && step.action.ends(),
                _ => false,
            })
        };
        let ended = observed.containers.iter().filter(ends);
        let mut ids: Vec<String> = ended.map(|seen| seen.id.chars().take(12).collect()).collect();
        ids.sort();
        ids
    }

    /// Appends a step and returns its number.
    pub fn push(
        &mut self,
        subject: Subject,
        action: Action,
        cause: impl Into<String>,
        after: Vec<usize>,
    ) -> usize {
        let id = self.steps.len() + 1;
        self.steps.push(Step { id, subject, action, cause: cause.into(), after, container: None });
        id
    }

    /// Says which container the last step is about.
    pub fn on(&mut self, container: &str) {
        if let Some(step) = self.steps.last_mut() {
            step.container = Some(container.to_owned());
        }
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let subjects: Vec<String> = self.steps.iter().map(|step| step.subject.to_string()).collect();
        let width = subjects.iter().map(String::len).max().unwrap_or(0);
        for (step, subject) in self.steps.iter().zip(&subjects) {
            write!(f, "#{:<2} {subject:width$}  {:<8} {}", step.id, step.action.verb(), step.cause)?;
            if !step.after.is_empty() {
                let numbers: Vec<String> = step.after.iter().map(|id| format!("#{id}")).collect();
                write!(f, "  after {}", numbers.join(" "))?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}
