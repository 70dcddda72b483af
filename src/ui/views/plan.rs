use super::View;
use crate::kernel::{Diagnostic, text};
use crate::model::report::PlanReport;
use crate::ui::style::Style;

impl View for PlanReport {
    fn view(&self, style: Style) -> String {
        if self.up_to_date {
            return format!("{}: nothing to do\n", style.green("up to date"));
        }
        format!(
            "{}{}\n",
            self.plan,
            style.dim(&format!("{}; `stackctl up` does it", text::count(self.plan.steps.len(), "step")))
        )
    }

    fn aside(&self) -> Vec<String> {
        super::apply::orphans(&self.plan.orphans)
    }

    fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }
}
