//! Components that are left out because their image is not available. Nothing scrapes what is known to be missing.

use std::collections::BTreeSet;

use super::health::owner;
use super::images::Images;
use crate::kernel::digest;
use crate::model::plan::Unavailable;
use crate::model::stack::Stack;
use crate::workdir::State;

/// Which components without an image are left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Skip {
    /// None: all of them are wanted.
    No,
    /// Those that the last `up` left out.
    Remembered,
    /// All of them.
    All,
}

impl Skip {
    /// For commands that only read: the option, or what the last `up` was told.
    pub fn reading(option: bool) -> Self {
        if option { Self::All } else { Self::Remembered }
    }

    /// For `up`, where only the option counts.
    pub fn changing(option: bool) -> Self {
        if option { Self::All } else { Self::No }
    }

    /// True when this component is left out.
    pub fn includes(self, state: &State, missing: &Unavailable) -> bool {
        match self {
            Self::No => false,
            Self::Remembered => state.was_accepted(&key(missing)),
            Self::All => true,
        }
    }

    /// Removes the scrape jobs of components that are left out. What has a container is scraped: it may run another image.
    pub fn apply(self, stack: &mut Stack, state: &State, images: &Images, containers: &BTreeSet<String>) {
        let absent = |missing: &&Unavailable| {
            let instance = stack.instance(&missing.component);
            instance.is_some_and(|instance| !containers.contains(&instance.spec.name))
        };
        let missing = images.missing.iter().filter(absent).filter(|missing| self.includes(state, missing));
        let left_out: BTreeSet<String> = missing.map(|missing| missing.component.clone()).collect();
        stack.jobs.retain(|job| owner(job).is_none_or(|component| !left_out.contains(component)));
    }
}

/// Remembers which components `up` left out on purpose, and forgets it of those that it did not.
pub fn remember(state: &State, skip: Skip, unavailable: &[Unavailable]) {
    for missing in unavailable {
        let key = key(missing);
        if skip == Skip::All { state.accepted(&key) } else { state.forget(&key) }
    }
}

fn key(missing: &Unavailable) -> String {
    digest::short(["skipped", &missing.component, &missing.image].map(str::as_bytes))
}
