//! Whose stack it is: the record at the daemon against where this run comes from.

use super::Refusal;
use crate::model::observed::Observed;
use crate::model::origin::Origin;
use crate::model::plan::{Action, Plan, Subject};

/// Where this run comes from.
#[derive(Debug, Clone, Default)]
pub struct Claim {
    /// Machine, directory, user.
    pub origin: Origin,
    /// `--adopt`: take over a stack of another origin.
    pub adopt: bool,
}

impl Claim {
    /// Refuses a stack that was created or adopted elsewhere.
    pub fn check(&self, stack: &str, observed: &Observed) -> Result<(), Refusal> {
        match &observed.record {
            Some(record) if !self.adopt && !record.origin.is_same(&self.origin) => Err(Refusal {
                message: format!(
                    "the stack `{stack}` belongs to {}; this run comes from {}",
                    record.origin, self.origin
                ),
                hint: "run the command there, or set another `name:` in stack.yml, or the same `origin:` in both stack \
                       files; --adopt takes the stack over"
                    .to_owned(),
            }),
            _ => Ok(()),
        }
    }

    /// The step that writes the record anew when it names another place; none when it is right or was never made.
    pub fn rewrite(&self, stack: &str, observed: &Observed, plan: &mut Plan) -> Option<usize> {
        let before = &observed.record.as_ref()?.origin;
        let cause = if !before.is_same(&self.origin) {
            format!("adopted from {before}")
        } else if self.origin.team.is_some() && before.team != self.origin.team {
            "`origin` changed".to_owned()
        } else {
            return None;
        };
        Some(plan.push(Subject::Record(stack.to_owned()), Action::Replace, cause, Vec::new()))
    }

    /// The step that makes the record, or writes it anew. Before everything else: it claims the name.
    pub fn make(&self, stack: &str, observed: &Observed, plan: &mut Plan) -> Option<usize> {
        if observed.record.is_some() {
            return self.rewrite(stack, observed, plan);
        }
        Some(plan.push(Subject::Record(stack.to_owned()), Action::Create, "not found", Vec::new()))
    }
}

#[cfg(test)]
mod tests {
    use super::Claim;
    use crate::model::observed::Observed;
    use crate::model::origin::{Origin, Record};
    use crate::model::plan::Plan;

    fn origin(path: &str, team: Option<&str>) -> Origin {
        let team = team.map(str::to_owned);
        Origin { team, host: "laptop".into(), path: Some(path.into()), user: "ana".into() }
    }

    fn recorded(origin: Origin) -> Observed {
        Observed { record: Some(Record { origin, key: "k".into() }), ..Observed::default() }
    }

    fn steps(claim: &Claim, observed: &Observed) -> String {
        let mut plan = Plan::default();
        claim.make("demo", observed, &mut plan);
        plan.to_string()
    }

    #[test]
    fn another_origin_is_refused_with_both_named_unless_it_is_adopted() {
        let observed = recorded(origin("/a", None));
        let claim = Claim { origin: origin("/b", None), adopt: false };
        let refusal = claim.check("demo", &observed).unwrap_err();
        assert_eq!(
            refusal.message,
            "the stack `demo` belongs to `/a` on `laptop`, user `ana`; this run comes from `/b` on `laptop`, user `ana`"
        );
        let adopting = Claim { adopt: true, ..claim };
        assert_eq!(adopting.check("demo", &observed), Ok(()));
        assert_eq!(
            steps(&adopting, &observed),
            "#1  record demo  replace  adopted from `/a` on `laptop`, user `ana`\n"
        );
    }

    #[test]
    fn a_stack_without_a_record_is_anyones_and_gets_one() {
        let claim = Claim { origin: origin("/b", None), adopt: false };
        assert_eq!(claim.check("demo", &Observed::default()), Ok(()));
        assert_eq!(steps(&claim, &Observed::default()), "#1  record demo  create   not found\n");
        assert_eq!(claim.rewrite("demo", &Observed::default(), &mut Plan::default()), None);
    }

    #[test]
    fn a_team_origin_that_is_new_in_the_file_is_recorded() {
        let observed = recorded(origin("/a", None));
        let claim = Claim { origin: origin("/a", Some("acme")), adopt: false };
        assert_eq!(steps(&claim, &observed), "#1  record demo  replace  `origin` changed\n");
        assert_eq!(steps(&claim, &recorded(origin("/z", Some("acme")))), "");
    }
}
