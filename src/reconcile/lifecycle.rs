//! The plans of `down`, `start`, `stop` and `restart`: they look only at what there is.

use std::collections::BTreeMap;

use super::up::renamed;
use super::{Claim, Refusal};
use crate::kernel::labels;
use crate::model::observed::{Observed, SeenContainer, State};
use crate::model::plan::{Action, Plan, Subject};
use crate::model::stack::Stack;

/// What is done to containers that are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// Start those that do not run.
    Start,
    /// Stop those that run.
    Stop,
    /// Stop and start all.
    Restart,
}

impl Verb {
    /// The command.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Stop => "stop",
            Self::Restart => "restart",
        }
    }
}

/// Refuses a stack of another origin, and one with containers that were renamed: whoever did that wants to keep them.
fn touchable(stack: &Stack, observed: &Observed, claim: &Claim) -> Result<(), Vec<Refusal>> {
    let mut refusals: Vec<Refusal> = claim.check(&stack.name, observed).err().into_iter().collect();
    refusals.extend(renamed(observed));
    if refusals.is_empty() { Ok(()) } else { Err(refusals) }
}

/// Removes everything that belongs to the stack: containers first, dependents before what they need, then
/// the network, then the volumes when asked.
pub fn down(
    stack: &Stack,
    observed: &Observed,
    claim: &Claim,
    with_volumes: bool,
) -> Result<Plan, Vec<Refusal>> {
    touchable(stack, observed, claim)?;
    let mut plan = Plan::default();
    if !with_volumes {
        claim.rewrite(&stack.name, observed, &mut plan);
    }
    let mut steps: BTreeMap<String, usize> = BTreeMap::new();
    let mut containers: Vec<&SeenContainer> = observed.containers.iter().collect();
    containers.sort_by_key(|seen| std::cmp::Reverse(position(stack, seen)));
    for seen in containers {
        let dependents = stack.instances.iter().filter(|instance| instance.needs.contains(&seen.component));
        let after = dependents.filter_map(|instance| steps.get(&instance.name)).copied().collect();
        let own = stack.instance(&seen.component).is_some_and(|instance| instance.spec.name == seen.name);
        let subject = if own {
            Subject::Container(seen.component.clone())
        } else {
            Subject::Leftover(seen.name.clone())
        };
        let step = plan.push(subject, Action::Remove, seen.state.word(), after);
        plan.on(&seen.id);
        steps.insert(seen.component.clone(), step);
    }
    let all: Vec<usize> = plan.steps.iter().map(|step| step.id).collect();
    let ambiguous = observed.networks.len() > 1;
    for network in &observed.networks {
        let name = if ambiguous { &network.id } else { &network.name };
        plan.push(Subject::Network(name.clone()), Action::Remove, "asked for", all.clone());
    }
    if with_volumes {
        for volume in &observed.volumes {
            plan.push(
                Subject::Volume(volume.name.clone()),
                Action::Remove,
                "asked for with --volumes",
                all.clone(),
            );
        }
        if observed.record.is_some() {
            let all = plan.steps.iter().map(|step| step.id).collect();
            let subject = Subject::Record(stack.name.clone());
            plan.push(subject, Action::Remove, "asked for with --volumes", all);
        }
    }
    Ok(plan)
}

/// Starts, stops or restarts components that are there; empty: all.
pub fn lifecycle(
    stack: &Stack,
    observed: &Observed,
    claim: &Claim,
    verb: Verb,
    components: &[String],
) -> Result<Plan, Vec<Refusal>> {
    touchable(stack, observed, claim)?;
    let mut plan = Plan::default();
    claim.rewrite(&stack.name, observed, &mut plan);
    let mut steps: BTreeMap<&str, usize> = BTreeMap::new();
    let mut containers: Vec<&SeenContainer> = observed
        .containers
        .iter()
        .filter(|seen| seen.role == labels::ROLE_COMPONENT)
        .filter(|seen| components.is_empty() || components.contains(&seen.component))
        .collect();
    containers.sort_by_key(|seen| position(stack, seen));
    if verb == Verb::Stop {
        containers.reverse();
    }
    for seen in containers {
        let running = matches!(seen.state, State::Running | State::Restarting | State::Paused);
        let action = match verb {
            Verb::Start if !running => Action::Start,
            Verb::Stop if running => Action::Stop,
            Verb::Restart => Action::Restart,
            _ => continue,
        };
        let related = |name: &str| match verb {
            Verb::Stop => stack.instance(name).is_some_and(|other| other.needs.contains(&seen.component)),
            _ => {
                stack.instance(&seen.component).is_some_and(|this| this.needs.iter().any(|need| need == name))
            }
        };
        let after = steps.iter().filter(|(name, _)| related(name)).map(|(_, step)| *step).collect();
        let step = plan.push(Subject::Container(seen.component.clone()), action, seen.state.word(), after);
        plan.on(&seen.id);
        steps.insert(&seen.component, step);
    }
    Ok(plan)
}

fn position(stack: &Stack, seen: &SeenContainer) -> usize {
    stack.instances.iter().position(|instance| instance.name == seen.component).unwrap_or(usize::MAX)
}
