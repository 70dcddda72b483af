use super::View;
use crate::kernel::{Diagnostic, text};
use crate::model::report::{ApplyReport, EndpointsReport};
use crate::ui::style::Style;

impl View for ApplyReport {
    fn view(&self, style: Style) -> String {
        let mut out = String::new();
        if self.up_to_date {
            out.push_str(&format!("{}: nothing to do\n", style.green("up to date")));
        } else {
            out.push_str(&format!("{}: {}\n", style.green("done"), text::count(self.done.len(), "step")));
        }
        for line in &self.proven {
            out.push_str(&style.fold(&format!("{} {line}\n", style.green("✓"))));
        }
        if !self.endpoints.is_empty() {
            out.push('\n');
            out.push_str(&EndpointsReport { endpoints: self.endpoints.clone() }.view(style));
        }
        if !self.kept_volumes.is_empty() {
            let volumes = text::count(self.kept_volumes.len(), "volume");
            out.push_str(&style.fold(&format!(
                "kept {volumes} with data and configuration; `stackctl down --volumes --yes` deletes them\n"
            )));
        }
        if !self.unavailable.is_empty() {
            out.push_str(&format!("\n{}\n", style.red("not started:")));
            for missing in &self.unavailable {
                out.push_str(&style.fold(&format!(
                    "  {} needs {}\n    {}\n    {}: {}\n",
                    style.bold(&missing.component),
                    missing.image,
                    missing.reason,
                    style.cyan("to supply it"),
                    missing.remedy
                )));
            }
            let without = "  to go without: `--skip-unavailable`, or `enabled: false` for it in stack.yml\n";
            out.push_str(&style.fold(without));
        }
        out
    }

    fn aside(&self) -> Vec<String> {
        let unproven = self.unproven.iter().map(|line| format!("warning: {line}"));
        unproven.chain(orphans(&self.orphans)).collect()
    }

    fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }
}

/// What is said about containers that belong to nothing.
pub fn orphans(orphans: &[String]) -> Vec<String> {
    if orphans.is_empty() {
        return Vec::new();
    }
    let verb = if orphans.len() == 1 { "is" } else { "are" };
    vec![
        format!("warning: {} {verb} no longer in the stack", text::list(orphans)),
        "hint: `stackctl up --remove-orphans` removes what is no longer in the stack".to_owned(),
    ]
}
