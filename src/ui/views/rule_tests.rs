use super::View;
use crate::kernel::text;
use crate::model::rule_tests::{RuleTestReport, Tally, TestFailure};
use crate::ui::style::Style;
use crate::ui::table::{Cell, table};

impl View for RuleTestReport {
    fn view(&self, style: Style) -> String {
        if self.files.is_empty() {
            return "there are no tests\n".to_owned();
        }
        let rows: Vec<Vec<Cell>> = self
            .files
            .iter()
            .map(|file| {
                vec![
                    Cell::new(file.name.clone(), Style::cyan),
                    cell(file.tests),
                    cell(file.alerts),
                    cell(file.recording_rules),
                ]
            })
            .collect();
        let mut out = table(&["RULES", "TESTS", "ALERTS", "RECORDING RULES"], &rows, style);
        for failure in &self.failures {
            out.push_str(&told(failure, style));
        }
        if !self.failures.is_empty() {
            out.push('\n');
        }
        out.push_str(&self.summary(style));
        out
    }

    fn errors(&self) -> Option<Vec<String>> {
        let failures = self.failures.iter().map(|failure| told(failure, Style::PLAIN).trim().to_owned());
        Some(failures.collect())
    }

    fn aside(&self) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        for rule in &self.untested {
            let word = if rule.shipped { "warning" } else { "note" };
            lines.push(format!("{word}: no test looks at `{}` in {}", rule.rule, rule.file));
        }
        if let Some(rule) = self.untested.first() {
            lines.push(format!(
                "hint: add a test to {} whose name begins with `{} `",
                rule.belongs_into, rule.rule
            ));
        }
        lines
    }
}

impl RuleTestReport {
    fn summary(&self, style: Style) -> String {
        let sum = |of: fn(&crate::model::rule_tests::TestedFile) -> Tally| {
            self.files.iter().map(of).fold(Tally::default(), |sum, tally| Tally {
                passed: sum.passed + tally.passed,
                total: sum.total + tally.total,
            })
        };
        let (tests, alerts, records) = (sum(|f| f.tests), sum(|f| f.alerts), sum(|f| f.recording_rules));
        let subject = format!(
            "{} and {}",
            text::count(alerts.total, "alert"),
            text::count(records.total, "recording rule")
        );
        let line = if self.failures.is_empty() {
            format!("{}: {} of {subject}\n", style.green("passed"), text::count(tests.total, "test"))
        } else {
            let lost = tests.total - tests.passed;
            let name = self.files.iter().find(|file| file.tests.passed < file.tests.total);
            let name = name.map_or("NAME", |file| file.name.as_str());
            let next = format!("correct the rule or its test; `stackctl test {name}` runs that file alone");
            format!(
                "{}: {lost} of {} of {subject}\n{}: {next}\n",
                style.red("failed"),
                text::count(tests.total, "test"),
                style.cyan("hint")
            )
        };
        let remembered = match self.remembered {
            0 => String::new(),
            n => format!("; passed before, unchanged and not run again: {}", text::count(n, "file")),
        };
        style.fold(&format!("{line}{}\n", style.dim(&format!("promtool of {}{remembered}", self.image))))
    }
}

fn cell(tally: Tally) -> Cell {
    let paint = if tally.passed == tally.total { Style::green } else { Style::red };
    match tally.total {
        0 => "-".into(),
        total if tally.passed == total => Cell::new(total.to_string(), paint),
        total => Cell::new(format!("{} of {total}", tally.passed), paint),
    }
}

fn told(failure: &TestFailure, style: Style) -> String {
    let what = failure.test.as_deref().or(failure.rule.as_deref()).unwrap_or("the file cannot be used");
    let mut out = style.fold(&format!("\n{} {what} ({})\n", style.red("failed:"), failure.file));
    for line in &failure.words {
        out.push_str(&format!("  {line}\n"));
    }
    out
}
