use super::View;
use crate::kernel::{Diagnostic, text};
use crate::model::plan::Unavailable;
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
        let (outdated, absent): (Vec<&Unavailable>, Vec<&Unavailable>) =
            self.unavailable.iter().partition(|missing| missing.running.is_some());
        if !outdated.is_empty() {
            out.push_str(&format!("\n{}\n", style.red("not updated:")));
            outdated.iter().for_each(|missing| out.push_str(&unavailable(missing, style)));
        }
        if !absent.is_empty() {
            out.push_str(&format!("\n{}\n", style.red("not started:")));
            absent.iter().for_each(|missing| out.push_str(&unavailable(missing, style)));
            // A custom exporter has no switch: without its entry it is not there.
            let leave_out = "`enabled: false` for it in stack.yml (for a custom exporter: remove its entry)";
            let without = if self.skip_unavailable {
                format!("  to leave it out for good: {leave_out}\n")
            } else {
                format!("  to go without: `stackctl up --skip-unavailable`, or {leave_out}\n")
            };
            out.push_str(&style.fold(&without));
        }
        out
    }

    fn errors(&self) -> Option<Vec<String>> {
        let unavailable = self.unavailable.iter().map(|missing| {
            format!("error: {} needs {}: {}", missing.component, missing.image, missing.reason)
        });
        Some(unavailable.chain(self.unproven.iter().map(|line| format!("error: {line}"))).collect())
    }

    fn aside(&self) -> Vec<String> {
        let unproven = self.unproven.iter().map(|line| format!("warning: {line}"));
        unproven.chain(orphans(&self.orphans)).collect()
    }

    fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }
}

/// What a component lacks, what runs in its place, and the next step.
fn unavailable(missing: &Unavailable, style: Style) -> String {
    let name = style.bold(&missing.component);
    let needs = match &missing.running {
        Some(running) => format!("{name} keeps running {running} untouched; {} is wanted", missing.image),
        None => format!("{name} needs {}", missing.image),
    };
    let (reason, supply, remedy) = (&missing.reason, style.cyan("to supply it"), &missing.remedy);
    style.fold(&format!("  {needs}\n    {reason}\n    {supply}: {remedy}\n"))
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
