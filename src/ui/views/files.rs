use super::View;
use crate::kernel::{Diagnostic, Severity, text};
use crate::model::report::{CheckReport, Judged, RenderReport};
use crate::ui::style::Style;

impl View for RenderReport {
    fn view(&self, style: Style) -> String {
        if let Some(directory) = &self.directory {
            let written = self.files.iter().filter(|file| !file.secret).count();
            return format!("wrote {} to {directory}\n", text::count(written, "file"));
        }
        let mut out = String::new();
        for file in &self.files {
            out.push_str(&style.bold(&format!("# --- {}", file.path)));
            out.push('\n');
            match &file.text {
                Some(text) => {
                    out.push_str(text);
                    // The next heading begins a line.
                    out.push_str(if text.is_empty() || text.ends_with('\n') { "" } else { "\n" });
                }
                None if file.secret => out.push_str("<secret>\n"),
                None => out.push_str("<a page for browsers; `--out DIR` writes it>\n"),
            }
        }
        out
    }

    fn names_stack(&self) -> bool {
        self.directory.is_some()
    }

    fn is_verbatim(&self) -> bool {
        true
    }

    fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }
}

impl View for CheckReport {
    fn errors(&self) -> Option<Vec<String>> {
        Some(Vec::new())
    }

    fn view(&self, style: Style) -> String {
        let count = |severity| self.diagnostics.iter().filter(|d| d.severity == severity).count();
        let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
        let mut out = String::new();
        for verdict in self.judges.iter().filter(|verdict| verdict.outcome == Judged::Accepted) {
            out.push_str(&format!(
                "{} {} accepts the files of {}\n",
                style.green("✓"),
                verdict.judge,
                verdict.component
            ));
        }
        let files = text::count(self.files, "file");
        let summary =
            format!("{files}, {}, {}", text::count(errors, "error"), text::count(warnings, "warning"));
        out.push_str(&format!("{summary}\n"));
        out
    }

    fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }
}
