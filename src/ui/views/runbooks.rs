use super::View;
use crate::kernel::Diagnostic;
use crate::model::rules;
use crate::model::runbooks::{Alert, AlertsReport, Limit, RunbookReport};
use crate::ui::markdown;
use crate::ui::style::Style;
use crate::ui::table::{Cell, table};
use crate::ui::wrap::hang;

/// Where the values of an alert's facts begin.
const FACTS: usize = 14;

impl View for AlertsReport {
    fn view(&self, style: Style) -> String {
        if self.alerts.is_empty() {
            return "this stack has no alerts\n".to_owned();
        }
        let hint = style.dim("`stackctl runbook ALERT` says what to do\n");
        if style.width().is_none() {
            let rows: Vec<Vec<Cell>> = self
                .alerts
                .iter()
                .map(|alert| [row(alert), vec![alert.summary.clone().into()]].concat())
                .collect();
            return table(&["ALERT", "SEVERITY", "CATEGORY", "SUMMARY"], &rows, style) + &hint;
        }
        let rows: Vec<Vec<Cell>> = self.alerts.iter().map(row).collect();
        let text = table(&["ALERT", "SEVERITY", "CATEGORY"], &rows, style);
        let mut lines = text.lines();
        let mut out = format!("{}\n", lines.next().unwrap_or_default());
        // Names are long: on a terminal a column for the summaries would be too narrow to read.
        for (line, alert) in lines.zip(&self.alerts) {
            out.push_str(&format!("{line}\n"));
            if !alert.summary.is_empty() {
                out.push_str(&style.fold(&format!("  {}\n", alert.summary)));
            }
        }
        out + &hint
    }
}

impl View for RunbookReport {
    fn view(&self, style: Style) -> String {
        let mut out = match &self.alert {
            Some(alert) => rule(alert, style),
            None => String::new(),
        };
        match &self.text {
            Some(text) => out.push_str(&markdown::styled(text, style)),
            None => {
                out.push_str(&format!(
                    "{}\n\n{}\n",
                    style.bold(&self.name),
                    "Nobody has written a runbook for it."
                ));
            }
        }
        out
    }

    fn aside(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if self.alert.is_none() && self.diagnostics.is_empty() {
            lines.push(format!("note: `{}` is not among the alerts of this stack", self.name));
        }
        if self.text.is_none() {
            lines.push(format!("hint: write it to rules/runbooks/{}.md beside stack.yml", self.name));
        }
        lines
    }

    fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }
}

fn row(alert: &Alert) -> Vec<Cell> {
    vec![Cell::new(alert.name.clone(), Style::cyan), severity(&alert.severity), alert.category.clone().into()]
}

fn severity(word: &str) -> Cell {
    match word {
        "critical" => Cell::new(word, Style::red),
        "high" | "warning" => Cell::new(word, Style::yellow),
        _ => word.into(),
    }
}

/// The rule in front of its runbook: what fires it here, and where that is changed.
fn rule(alert: &Alert, style: Style) -> String {
    let kind: Vec<&str> = [alert.severity.as_str(), alert.category.as_str()]
        .into_iter()
        .filter(|word| !word.is_empty())
        .collect();
    let kind = if kind.is_empty() { "none".to_owned() } else { kind.join(", ") };
    let expression = alert.expression.trim_end().to_owned();
    let mut facts = vec![("severity", kind), ("fires when", expression)];
    if let Some(time) = &alert.waits {
        facts.push(("for", time.clone()));
    }
    if let Some(response) = &alert.response {
        facts.push(("response", response.clone()));
    }
    if let Some(limit) = &alert.threshold {
        facts.push(("threshold", threshold(limit)));
    }
    facts.push(("rule", alert.file.clone()));
    let lines = facts.iter().map(|(key, value)| fact(key, value, style));
    format!("{}\n", lines.collect::<String>())
}

/// Values begin at a column of their own, and so does each further line of one.
fn fact(key: &str, value: &str, style: Style) -> String {
    let lines = value.split('\n').map(|line| {
        let begin = FACTS + line.len() - line.trim_start_matches(' ').len();
        let text = hang(line.trim_start_matches(' '), begin, begin + 2, style.width());
        format!("{}{text}\n", " ".repeat(begin))
    });
    let text = lines.collect::<String>();
    format!("{}{}{}", style.bold(key), " ".repeat(FACTS - key.len()), text.trim_start_matches(' '))
}

fn threshold(limit: &Limit) -> String {
    let unit = rules::symbol(&limit.unit);
    #[expect(clippy::float_cmp, reason = "the very number of the row, or another")]
    let origin = if limit.value == limit.default {
        "default".to_owned()
    } else {
        format!("default {}", limit.default)
    };
    format!("{}{unit} ({origin}): {}\n`{}` in stack.yml", limit.value, limit.doc, limit.key)
}
