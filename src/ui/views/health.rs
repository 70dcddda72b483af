use super::View;
use super::targets;
use crate::model::health::{Condition, HealthReport};
use crate::ui::style::Style;
use crate::ui::table::{Cell, table};

impl View for HealthReport {
    fn view(&self, style: Style) -> String {
        let rows: Vec<Vec<Cell>> = self
            .components
            .iter()
            .map(|(name, health)| {
                let word = match health.state {
                    Condition::Healthy => Cell::new("healthy", Style::green),
                    Condition::Unhealthy => Cell::new("unhealthy", Style::red),
                    Condition::Stopped => Cell::new("stopped", Style::yellow),
                    Condition::Unavailable => Cell::new("unavailable", Style::yellow),
                };
                let latency = health.latency_ms.map_or_else(|| "-".to_owned(), |ms| format!("{ms:.1} ms"));
                vec![name.clone().into(), word, latency.into(), health.detail.clone().into()]
            })
            .collect();
        let mut out = table(&["COMPONENT", "HEALTH", "LATENCY", "DETAIL"], &rows, style);
        if let Some(found) = &self.targets {
            out.push('\n');
            out.push_str(&targets::text(found, usize::MAX, style));
        }
        for problem in &self.problems {
            out.push_str(&style.fold(&format!("{} {problem}\n", style.red("problem:"))));
        }
        out
    }

    fn errors(&self) -> Option<Vec<String>> {
        let wrong = self.components.iter().filter(|(_, health)| !self.is_well(health));
        let components = wrong.map(|(name, health)| format!("error: {name}: {}", health.detail));
        let problems = self.problems.iter().map(|problem| format!("error: {problem}"));
        Some(components.chain(problems).chain(targets::errors(self.targets.as_ref())).collect())
    }

    fn title(&self) -> Option<String> {
        Some(format!("health of {}, {}", self.stack, self.timestamp))
    }
}
