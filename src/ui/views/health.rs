use super::View;
use crate::model::report::HealthReport;
use crate::ui::style::Style;
use crate::ui::table::{Cell, table};

impl View for HealthReport {
    fn view(&self, style: Style) -> String {
        let rows: Vec<Vec<Cell>> = self
            .components
            .iter()
            .map(|(name, health)| {
                let word = if health.healthy {
                    Cell::new("healthy", Style::green)
                } else {
                    Cell::new("unhealthy", Style::red)
                };
                let latency = health.latency_ms.map_or_else(|| "-".to_owned(), |ms| format!("{ms:.1} ms"));
                vec![name.clone().into(), word, latency.into(), health.detail.clone().into()]
            })
            .collect();
        table(&["COMPONENT", "HEALTH", "LATENCY", "DETAIL"], &rows, style)
    }
}
