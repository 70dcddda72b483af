use super::View;
use crate::kernel::{Diagnostic, text};
use crate::model::plan::{Plan, Step, Subject};
use crate::model::report::PlanReport;
use crate::ui::style::Style;
use crate::ui::wrap::{JOINT, hang};

/// Where the subjects begin.
const NUMBER: usize = 4;
/// The column of the verbs, with the gaps around it.
const VERB: usize = 11;
/// Least room for causes; with less they get lines of their own.
const CAUSE: usize = 24;

impl View for PlanReport {
    fn view(&self, style: Style) -> String {
        if self.up_to_date {
            return format!("{}: nothing to do\n", style.green("up to date"));
        }
        let count = text::count(self.plan.steps.len(), "step");
        let next = match &self.blocked {
            None => format!("{count}; `stackctl up` makes these changes"),
            Some(_) => {
                format!("{count}; `stackctl up` makes none of these changes until the warning is resolved")
            }
        };
        format!("{}{}\n", steps(&self.plan, style.width()), style.dim(&next))
    }

    fn aside(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if let Some(blocked) = &self.blocked {
            lines.push(format!(
                "warning: `stackctl up` would stop before the first step: {}",
                blocked.message
            ));
            lines.extend(blocked.causes.iter().map(|cause| format!("warning: {cause}")));
            lines.extend(blocked.hint.iter().map(|hint| format!("hint: {hint}")));
        }
        lines.extend(super::apply::orphans(&self.plan.orphans));
        for missing in &self.plan.unavailable {
            if let Some(running) = &missing.running {
                lines.push(format!(
                    "note: {} keeps running {running} untouched until {} is available",
                    missing.component, missing.image
                ));
            }
        }
        for missing in self.skipped.iter().filter(|missing| missing.running.is_none()) {
            lines.push(format!(
                "note: {} is left out: its image {} is not available",
                missing.component, missing.image
            ));
        }
        lines
    }

    fn errors(&self) -> Option<Vec<String>> {
        Some(Vec::new())
    }

    fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }
}

/// A row per step where every row fits. Else lists of names and causes are wrapped inside their columns, and where names leave
/// no room for causes these stand below.
fn steps(plan: &Plan, width: Option<usize>) -> String {
    let rows = plan.to_string();
    let Some(width) = width.filter(|width| rows.lines().any(|row| row.chars().count() > *width)) else {
        return rows;
    };
    let longest = |lists: bool| {
        let of_kind = plan.steps.iter().filter(|step| matches!(step.subject, Subject::Files(_)) == lists);
        of_kind.map(|step| step.subject.to_string().chars().count()).max().unwrap_or(0)
    };
    // A name is never broken; a list makes do with the width of the names, or with a third of the line.
    let subjects = longest(false).max(longest(true).min((width / 3).max(20)));
    if NUMBER + subjects + VERB + CAUSE <= width {
        plan.steps.iter().map(|step| row(step, subjects, width)).collect()
    } else {
        plan.steps.iter().map(|step| stacked(step, width)).collect()
    }
}

fn row(step: &Step, subjects: usize, width: usize) -> String {
    let subject = hang(&step.subject.to_string(), 0, 2, Some(subjects));
    let causes = width - NUMBER - subjects - VERB;
    let cause = hang(&cause(step), 0, 0, Some(causes));
    let (mut left, mut right) = (subject.lines(), cause.lines());
    let (first, reason) = (left.next().unwrap_or_default(), right.next().unwrap_or_default());
    let mut out = format!("#{:<2} {first:subjects$}  {:<8} {reason}\n", step.id, step.action.verb());
    loop {
        let (more, reason) = (left.next(), right.next());
        if more.is_none() && reason.is_none() {
            return out;
        }
        let line = format!("    {:subjects$}  {:8} {}", more.unwrap_or(""), "", reason.unwrap_or(""));
        out.push_str(line.trim_end());
        out.push('\n');
    }
}

fn stacked(step: &Step, width: usize) -> String {
    let subject = match &step.subject {
        Subject::Files(_) => {
            hang(&step.subject.to_string(), NUMBER, NUMBER + 2, Some(width.saturating_sub(VERB)))
        }
        name => name.to_string(),
    };
    let cause = hang(&cause(step), NUMBER + 2, NUMBER + 2, Some(width));
    format!("#{:<2} {subject}  {}\n      {cause}\n", step.id, step.action.verb())
}

/// Why, and after what.
fn cause(step: &Step) -> String {
    if step.after.is_empty() {
        return step.cause.clone();
    }
    let numbers: Vec<String> = step.after.iter().map(|id| format!("#{id}")).collect();
    format!("{}  after{JOINT}{}", step.cause, numbers.join(" "))
}

#[cfg(test)]
mod tests {
    use super::steps;
    use crate::model::plan::{Action, Plan, Subject};

    fn plan(stack: &str) -> Plan {
        let names = ["prometheus", "alertmanager", "postgres", "redis", "blackbox"];
        let mut plan = Plan::default();
        let volume = format!("{stack}-prometheus-data");
        let volume = plan.push(Subject::Volume(volume), Action::Create, "not found", Vec::new());
        let names = names.map(str::to_owned).to_vec();
        let cause = "prometheus.yml changed; alertmanager.yml changed";
        let files = plan.push(Subject::Files(names), Action::Deliver, cause, vec![volume]);
        plan.push(Subject::Container("redis".into()), Action::Create, "not found", vec![volume, files]);
        plan
    }

    #[test]
    fn a_plan_that_fits_and_a_plan_in_a_pipe_have_one_row_per_step() {
        let plan = plan("demo");
        assert_eq!(steps(&plan, None), plan.to_string());
        assert_eq!(steps(&plan, Some(200)), plan.to_string());
    }

    #[test]
    fn long_lists_and_causes_are_wrapped_inside_their_columns() {
        let expected = "\
#1  volume demo-prometheus-data  create   not found
#2  files prometheus,            deliver  prometheus.yml changed;
      alertmanager, postgres,             alertmanager.yml changed  after #1
      redis, blackbox
#3  container redis              create   not found  after #1 #2
";
        assert_eq!(steps(&plan("demo"), Some(80)), expected);
    }

    #[test]
    fn causes_stand_below_where_names_leave_no_room() {
        let expected = "\
#1  volume production-of-our-company-prometheus-data  create
      not found
#2  files prometheus, alertmanager, postgres,
      redis, blackbox  deliver
      prometheus.yml changed; alertmanager.yml changed
      after #1
#3  container redis  create
      not found  after #1 #2
";
        assert_eq!(steps(&plan("production-of-our-company"), Some(62)), expected);
    }
}
