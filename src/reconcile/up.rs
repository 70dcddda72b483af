//! The plan of `up`.

use std::collections::{BTreeMap, BTreeSet};

use super::{Options, Refusal, change, heal};
use crate::kernel::labels;
use crate::model::artifact::Revision;
use crate::model::component::Reload;
use crate::model::observed::{Observed, SeenContainer, State};
use crate::model::origin::record_volume;
use crate::model::plan::{Action, Plan, Subject};
use crate::model::stack::{Holds, Instance, Stack};

/// What has to be done so that what is meant is what there is.
pub fn up(
    stack: &Stack,
    revisions: &BTreeMap<String, Revision>,
    observed: &Observed,
    options: &Options,
) -> Result<Plan, Vec<Refusal>> {
    let mut refusals: Vec<Refusal> = options.claim.check(&stack.name, observed).err().into_iter().collect();
    refusals.extend(in_the_way(stack, observed));
    if !refusals.is_empty() {
        return Err(refusals);
    }
    let mut plan = Plan { unavailable: options.unavailable.clone(), ..Plan::default() };
    let chosen = chosen(stack, options);
    let record = if chosen.is_empty() { None } else { options.claim.make(&stack.name, observed, &mut plan) };
    let healed = heal::heal(observed, &mut plan);
    let mut planner = Planner {
        stack,
        revisions,
        observed: &healed.observed,
        plan,
        steps: BTreeMap::new(),
        volumes: BTreeMap::new(),
        record,
        before: healed.before,
        helpers: healed.helpers,
    };
    let mut orphans = planner.orphans(options);
    orphans.extend(healed.networks);
    let network = if chosen.is_empty() { None } else { planner.network() };
    planner.volumes(&chosen);
    let files = planner.files(&chosen);
    for instance in &chosen {
        let mut after: Vec<usize> = orphans.iter().chain(&network).copied().collect();
        after.extend(files.iter().filter(|(name, _)| *name == instance.name).map(|(_, step)| *step));
        planner.container(instance, &after);
    }
    Ok(planner.plan)
}

/// Containers of the stack that were renamed: they may hold its ports and work on its data.
pub fn renamed(observed: &Observed) -> impl Iterator<Item = Refusal> {
    observed.renamed.iter().map(|seen| Refusal {
        message: format!("the container `{}` is `{}` of this stack, renamed", seen.name, seen.proper),
        hint: format!(
            "`docker rename {0} {1}`, or remove it with `docker rm -f {0}`",
            seen.name, seen.proper
        ),
    })
}

/// Objects with our names that are not ours.
fn in_the_way(stack: &Stack, observed: &Observed) -> Vec<Refusal> {
    let mut refusals: Vec<Refusal> = renamed(observed).collect();
    for instance in &stack.instances {
        if let Some(id) = observed.foreign_names.get(&instance.spec.name) {
            let short: String = id.chars().take(12).collect();
            refusals.push(Refusal {
                message: format!("the container `{}` ({short}) is not stackctl's", instance.spec.name),
                hint: format!(
                    "rename or remove it, or set another `name:` in stack.yml (now `{}`)",
                    stack.name
                ),
            });
        }
        for mount in &instance.spec.volumes {
            if observed.foreign_volumes.contains(&mount.volume) {
                refusals.push(Refusal {
                    message: format!("the volume `{}` is not stackctl's", mount.volume),
                    hint: format!(
                        "rename or remove it, or set another `name:` in stack.yml (now `{}`)",
                        stack.name
                    ),
                });
            }
        }
    }
    let record = record_volume(&stack.name);
    if observed.foreign_volumes.contains(&record) {
        refusals.push(Refusal {
            message: format!("the volume `{record}` is not stackctl's"),
            hint: format!("remove it, or set another `name:` in stack.yml (now `{}`)", stack.name),
        });
    }
    if observed.foreign_networks.contains(&stack.name) {
        refusals.push(Refusal {
            message: format!("the network `{}` is not stackctl's", stack.name),
            hint: "remove it, or set another `name:` in stack.yml".to_owned(),
        });
    }
    refusals
}

/// The components asked for and what they need; empty means all.
pub fn with_needs<'a>(stack: &'a Stack, components: &'a [String]) -> BTreeSet<&'a str> {
    if components.is_empty() {
        return stack.instances.iter().map(|instance| instance.name.as_str()).collect();
    }
    let mut wanted: BTreeSet<&str> = components.iter().map(String::as_str).collect();
    loop {
        let needs: Vec<&str> = stack
            .instances
            .iter()
            .filter(|instance| wanted.contains(instance.name.as_str()))
            .flat_map(|instance| instance.needs.iter().map(String::as_str))
            .filter(|need| !wanted.contains(need))
            .collect();
        if needs.is_empty() {
            return wanted;
        }
        wanted.extend(needs);
    }
}

/// The components asked for and what they need, without those whose image cannot be had.
fn chosen<'a>(stack: &'a Stack, options: &Options) -> Vec<&'a Instance> {
    let wanted = with_needs(stack, &options.components);
    let missing = |instance: &Instance| options.unavailable.iter().any(|u| u.component == instance.name);
    // What needs a component that cannot be had cannot be had either.
    let blocked = |instance: &Instance| {
        instance.needs.iter().any(|need| options.unavailable.iter().any(|u| u.component == *need))
    };
    stack
        .instances
        .iter()
        .filter(|instance| wanted.contains(instance.name.as_str()))
        .filter(|instance| !missing(instance) && !blocked(instance))
        .collect()
}

struct Planner<'a> {
    stack: &'a Stack,
    revisions: &'a BTreeMap<String, Revision>,
    observed: &'a Observed,
    plan: Plan,
    /// The step after which a component is ready.
    steps: BTreeMap<String, usize>,
    /// The step after which a volume is there, for those that are made.
    volumes: BTreeMap<String, usize>,
    /// The step that claims the name of the stack.
    record: Option<usize>,
    before: Vec<(String, usize)>,
    helpers: Vec<usize>,
}

impl Planner<'_> {
    fn orphans(&mut self, options: &Options) -> Vec<usize> {
        let known = |seen: &SeenContainer| self.stack.instances.iter().any(|i| i.spec.name == seen.name);
        let orphans: Vec<(String, String)> = self
            .observed
            .containers
            .iter()
            .filter(|seen| seen.role == labels::ROLE_COMPONENT && !known(seen))
            .map(|seen| (seen.name.clone(), seen.id.clone()))
            .collect();
        let mut steps = Vec::new();
        for (name, id) in orphans {
            if options.remove_orphans {
                let subject = Subject::Leftover(name);
                steps.push(self.plan.push(subject, Action::Remove, "no longer in the stack", Vec::new()));
                self.plan.on(&id);
            } else {
                self.plan.orphans.push(name);
            }
        }
        steps
    }

    fn network(&mut self) -> Option<usize> {
        let missing = self.observed.network(&self.stack.name).is_none();
        missing.then(|| {
            let after = self.record.into_iter().collect();
            self.plan.push(Subject::Network(self.stack.name.clone()), Action::Create, "not found", after)
        })
    }

    fn volumes(&mut self, chosen: &[&Instance]) {
        for mount in chosen.iter().flat_map(|instance| &instance.spec.volumes) {
            if !self.observed.volumes.iter().any(|seen| seen.name == mount.volume) {
                let subject = Subject::Volume(mount.volume.clone());
                let after = self.record.into_iter().collect();
                let step = self.plan.push(subject, Action::Create, "not found", after);
                self.volumes.insert(mount.volume.clone(), step);
            }
        }
    }

    /// One step that delivers all files that changed and gives new data volumes their owner.
    fn files(&mut self, chosen: &[&Instance]) -> Vec<(String, usize)> {
        let mut names = Vec::new();
        let mut causes = Vec::new();
        let mut after = self.helpers.clone();
        for instance in chosen {
            let Some(cause) = self.file_cause(instance) else { continue };
            let made = instance.spec.volumes.iter().filter_map(|mount| self.volumes.get(&mount.volume));
            after.extend(made.copied());
            names.push(instance.name.clone());
            if !causes.contains(&cause) {
                causes.push(cause);
            }
        }
        if names.is_empty() {
            return Vec::new();
        }
        let step = self.plan.push(Subject::Files(names.clone()), Action::Deliver, causes.join("; "), after);
        names.into_iter().map(|name| (name, step)).collect()
    }

    fn file_cause(&self, instance: &Instance) -> Option<String> {
        let new = |holds: Holds| {
            instance.spec.volumes.iter().any(|m| m.holds == holds && self.volumes.contains_key(&m.volume))
        };
        if new(Holds::Config) || new(Holds::Data) {
            return Some("new volume".to_owned());
        }
        let wanted = self.revisions.get(&instance.name)?;
        let Some(seen) = self.observed.container(&instance.spec.name) else {
            return Some("not known what was delivered".to_owned());
        };
        let delivered = seen.revision.as_ref();
        (delivered != Some(&wanted.id)).then(|| self.changed_files(&instance.name))
    }

    fn changed_files(&self, component: &str) -> String {
        match self.observed.changed_files.get(component).map(Vec::as_slice) {
            Some([]) | None => "files changed".to_owned(),
            Some(files) if files.len() > 4 => format!("{} files changed", files.len()),
            Some(files) => format!("{} changed", files.join(", ")),
        }
    }

    fn container(&mut self, instance: &Instance, after: &[usize]) {
        let mut after = after.to_vec();
        after.extend(self.before.iter().filter(|(name, _)| *name == instance.name).map(|(_, step)| *step));
        let Some((action, cause)) = self.decision(instance) else { return };
        if matches!(action, Action::Create | Action::Replace | Action::Start) {
            after.extend(instance.needs.iter().filter_map(|need| self.steps.get(need)).copied());
        }
        after.sort_unstable();
        after.dedup();
        let step = self.plan.push(Subject::Container(instance.name.clone()), action, cause, after);
        if let Some(seen) = self.observed.container(&instance.spec.name) {
            self.plan.on(&seen.id);
        }
        self.steps.insert(instance.name.clone(), step);
    }

    fn decision(&self, instance: &Instance) -> Option<(Action, String)> {
        let Some(seen) = self.observed.container(&instance.spec.name) else {
            return Some((Action::Create, "not found".to_owned()));
        };
        if let Some(cause) = change::cause(self.stack, instance, seen, self.observed) {
            return Some((Action::Replace, cause));
        }
        match seen.state {
            State::Running => self.running(instance, seen),
            State::Restarting => Some((Action::Restart, "keeps restarting".to_owned())),
            State::Paused => Some((Action::Restart, "paused".to_owned())),
            State::Dead | State::Removing => Some((Action::Replace, seen.state.word().to_owned())),
            State::Created => Some((Action::Start, "never started".to_owned())),
            State::Exited => Some((Action::Start, "stopped".to_owned())),
        }
    }

    fn running(&self, instance: &Instance, seen: &SeenContainer) -> Option<(Action, String)> {
        let wanted = self.revisions.get(&instance.name)?;
        if seen.revision.as_deref() == Some(wanted.id.as_str()) {
            return None;
        }
        let start =
            seen.revision.as_deref().and_then(|revision| revision.split_once('-')).map(|(_, start)| start);
        let reloads = instance.row.is_some_and(|row| row.reload != Reload::Never);
        let action =
            if reloads && start == Some(wanted.start.as_str()) { Action::Reload } else { Action::Restart };
        Some((action, self.changed_files(&instance.name)))
    }
}
