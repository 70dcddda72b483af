use super::{View, targets};
use crate::model::report::{StatusReport, StatusRow};
use crate::ui::style::Style;
use crate::ui::table::{Cell, table};

/// Most targets that are listed here.
const MOST: usize = 5;

impl View for StatusReport {
    fn view(&self, style: Style) -> String {
        let rows: Vec<Vec<Cell>> = self.components.iter().map(cells).collect();
        let heading = ["COMPONENT", "STATE", "READY", "VERSION", "UPTIME", "RESTARTS", "CONFIG"];
        let mut out = table(&heading, &rows, style);
        for row in &self.components {
            if let (Some(wanted), Some(source)) = (&row.wanted, &row.source) {
                let record =
                    row.image_record.as_ref().map(|record| format!(", {record},")).unwrap_or_default();
                out.push_str(&style.fold(&format!(
                    "{}: {} from {source}{record} stands in for {wanted}\n",
                    row.component, row.version
                )));
            }
            for (what, text) in [("problem", &row.problem), ("changed", &row.drift)] {
                if let Some(text) = text {
                    out.push_str(&style.fold(&format!(
                        "{}: {} {text}\n",
                        row.component,
                        style.yellow(&format!("{what}:"))
                    )));
                }
            }
        }
        for problem in &self.problems {
            out.push_str(&style.fold(&format!("{} {problem}\n", style.red("problem:"))));
        }
        if let Some(found) = &self.targets {
            out.push_str(&targets::text(found, MOST, style));
        }
        if let Some(origin) = &self.origin {
            out.push_str(&style.fold(&format!("origin: {origin}\n")));
        }
        out
    }

    fn errors(&self) -> Option<Vec<String>> {
        let wrong = self.components.iter().filter_map(|row| Some((&row.component, row.problem.as_ref()?)));
        let components = wrong.map(|(name, problem)| format!("error: {name}: {problem}"));
        let problems = self.problems.iter().map(|problem| format!("error: {problem}"));
        Some(components.chain(problems).chain(targets::errors(self.targets.as_ref())).collect())
    }

    fn aside(&self) -> Vec<String> {
        let mut lines = super::apply::orphans(&self.orphans);
        if self.origin_is_here == Some(false) {
            lines.push("warning: this stack belongs to another directory or machine, see origin".to_owned());
            lines.push("hint: `stackctl up --adopt` takes it over".to_owned());
        }
        lines
    }
}

fn cells(row: &StatusRow) -> Vec<Cell> {
    let state = match row.state.as_str() {
        "running" => Cell::new("running", Style::green),
        StatusRow::STOPPED => Cell::new(StatusRow::STOPPED, Style::yellow),
        other => Cell::new(other, Style::red),
    };
    let ready = match row.ready {
        Some(true) => Cell::new("yes", Style::green),
        Some(false) => Cell::new("no", Style::red),
        None => "-".into(),
    };
    let version = if row.wanted.is_some() && row.version != "-" {
        format!("{}*", row.version)
    } else {
        row.version.clone()
    };
    vec![
        row.component.clone().into(),
        state,
        ready,
        version.into(),
        row.uptime_seconds.map_or_else(|| "-".to_owned(), uptime).into(),
        row.restarts.to_string().into(),
        row.revision.clone().unwrap_or_else(|| "-".to_owned()).into(),
    ]
}

/// The two largest units: `3d 4h`, `5m 12s`, `9s`.
fn uptime(seconds: u64) -> String {
    let parts =
        [(seconds / 86_400, "d"), (seconds / 3_600 % 24, "h"), (seconds / 60 % 60, "m"), (seconds % 60, "s")];
    let first = parts.iter().position(|(n, _)| *n > 0).unwrap_or(3);
    let shown: Vec<String> = parts.iter().skip(first).take(2).map(|(n, unit)| format!("{n}{unit}")).collect();
    shown.join(" ")
}

#[cfg(test)]
mod tests {
    use super::uptime;

    #[test]
    fn uptimes_show_their_two_largest_units() {
        assert_eq!((uptime(9), uptime(312), uptime(90_000)), ("9s".into(), "5m 12s".into(), "1d 1h".into()));
    }
}
