use super::View;
use crate::model::doctor::{DoctorReport, Finding, Severity};
use crate::ui::style::Style;
use crate::ui::table::{Cell, table};

impl View for DoctorReport {
    fn errors(&self) -> Option<Vec<String>> {
        let wrong = self.findings.iter().filter(|f| f.severity == Severity::Error && f.fixed != Some(true));
        Some(wrong.map(|finding| format!("error: {}: {}", finding.name, finding.detail)).collect())
    }

    fn view(&self, style: Style) -> String {
        let rows: Vec<Vec<Cell>> = self.findings.iter().map(cells).collect();
        let mut out = table(&["", "WHAT", "FOUND"], &rows, style);
        for finding in self.findings.iter().filter(|finding| finding.severity > Severity::Note) {
            if let Some(fix) = &finding.fix {
                out.push_str(&style.fold(&format!("{} {}: {fix}\n", style.cyan("fix"), finding.name)));
            }
        }
        let open =
            self.findings.iter().any(|f| f.fixable && f.fixed.is_none() && f.severity > Severity::Note);
        if open {
            out.push_str(&style.dim("`stackctl doctor --fix` mends what it can\n"));
        }
        out
    }
}

fn cells(finding: &Finding) -> Vec<Cell> {
    let mark = match (finding.severity, finding.fixed) {
        (_, Some(true)) => Cell::new("mended", Style::green),
        (Severity::Ok, _) => Cell::new("ok", Style::green),
        (Severity::Note, _) => Cell::new("note", Style::dim),
        (Severity::Warning, _) => Cell::new("warning", Style::yellow),
        (Severity::Error, _) => Cell::new("error", Style::red),
    };
    vec![mark, finding.name.clone().into(), finding.detail.clone().into()]
}
