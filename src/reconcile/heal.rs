//! What a killed run left behind: finished or undone before anything else.

use super::{NEW, OLD};
use crate::kernel::labels;
use crate::model::observed::{Observed, SeenContainer, State};
use crate::model::plan::{Action, Plan, Subject};

/// What healing leaves for the rest of the plan.
pub struct Healed {
    /// The world as it will be after the healing steps.
    pub observed: Observed,
    /// Steps that must come before a component's container is touched: component and step.
    pub before: Vec<(String, usize)>,
    /// Steps that remove what delivered files or judged them, which must come before files are delivered again.
    pub helpers: Vec<usize>,
    /// Steps that remove further networks of the stack's name, which make the name ambiguous.
    pub networks: Vec<usize>,
}

/// Adds the steps that repair an interrupted run.
pub fn heal(observed: &Observed, plan: &mut Plan) -> Healed {
    let mut healed =
        Healed { observed: observed.clone(), before: Vec::new(), helpers: Vec::new(), networks: Vec::new() };
    for leftover in &observed.containers {
        let tool = leftover.role == labels::ROLE_TOOL;
        if tool && leftover.state == State::Running {
            // A `check` on another machine is waiting for it; one left by a killed run ends on its own.
            continue;
        }
        let helper = tool || leftover.role == labels::ROLE_COURIER;
        if helper || leftover.name.ends_with(NEW) {
            let cause =
                if helper { "left by an interrupted run" } else { "replacement that was interrupted" };
            let step = plan.push(Subject::Leftover(leftover.name.clone()), Action::Remove, cause, Vec::new());
            plan.on(&leftover.id);
            if helper {
                healed.helpers.push(step);
            }
            healed.before.push((leftover.component.clone(), step));
            healed.observed.containers.retain(|seen| seen.id != leftover.id);
        }
    }
    for network in observed.networks.iter().skip(1) {
        // Engines before 25 make two networks of one name when a request is cut off and repeated.
        let subject = Subject::Network(network.id.clone());
        healed.networks.push(plan.push(
            subject,
            Action::Remove,
            "a second network of the same name",
            Vec::new(),
        ));
    }
    let old: Vec<SeenContainer> =
        healed.observed.containers.iter().filter(|seen| seen.name.ends_with(OLD)).cloned().collect();
    for old in old {
        interrupted_swap(&old, plan, &mut healed);
    }
    healed
}

/// Both the old container and perhaps its successor are there. A successor that runs is kept; otherwise the old one returns.
fn interrupted_swap(old: &SeenContainer, plan: &mut Plan, healed: &mut Healed) {
    let name = old.proper_name();
    let successor = healed.observed.container(&name).cloned();
    if successor.as_ref().is_some_and(|seen| seen.state == State::Running) {
        // First of all: another replacement needs the name, and must not bring this old one back.
        let cause = "its replacement was interrupted";
        let ready = plan.push(Subject::Container(old.component.clone()), Action::Wait, cause, Vec::new());
        plan.on(successor.as_ref().map_or("", |seen| &seen.id));
        let gone = plan.push(Subject::Leftover(old.name.clone()), Action::Remove, "replaced", vec![ready]);
        plan.on(&old.id);
        healed.before.push((old.component.clone(), gone));
        healed.observed.containers.retain(|seen| seen.id != old.id);
        return;
    }
    let mut after = Vec::new();
    if let Some(successor) = successor {
        let subject = Subject::Leftover(successor.name.clone());
        after.push(plan.push(subject, Action::Remove, "replacement that did not start", Vec::new()));
        plan.on(&successor.id);
        healed.observed.containers.retain(|seen| seen.id != successor.id);
    }
    let step = plan.push(
        Subject::Leftover(old.name.clone()),
        Action::Restore,
        "its replacement was interrupted",
        after,
    );
    plan.on(&old.id);
    healed.before.push((old.component.clone(), step));
    if let Some(seen) = healed.observed.containers.iter_mut().find(|seen| seen.id == old.id) {
        seen.name = name;
    }
}
