use super::View;
use crate::model::report::EndpointsReport;
use crate::ui::style::Style;
use crate::ui::table::{Cell, table};

impl View for EndpointsReport {
    fn view(&self, style: Style) -> String {
        if self.endpoints.iter().all(|row| row.state == "missing") {
            return "nothing runs; `stackctl up` starts the stack\n".to_owned();
        }
        let (outside, inside): (Vec<_>, Vec<_>) = self.endpoints.iter().partition(|row| row.published);
        let rows: Vec<Vec<Cell>> = outside
            .iter()
            .chain(&inside)
            .map(|row| {
                let inside = (!row.published).then_some("inside only");
                let state = Some(row.state.as_str()).filter(|state| *state != "running");
                let notes: Vec<&str> = inside.into_iter().chain(state).collect();
                let purpose = match notes.as_slice() {
                    [] => row.purpose.clone(),
                    notes => format!("{} ({})", row.purpose, notes.join(", ")),
                };
                vec![row.name.clone().into(), Cell::new(row.url.clone(), Style::cyan), purpose.into()]
            })
            .collect();
        let mut out = table(&["NAME", "URL", "PURPOSE"], &rows, style);
        for row in self.endpoints.iter().filter(|row| row.credentials != "none") {
            out.push_str(&style.fold(&format!("{}: {}\n", row.name, row.credentials)));
            if let Some(password) = &row.password {
                out.push_str(&format!("{}: password {password}\n", row.name));
            }
        }
        for row in &self.endpoints {
            if let Some(url) = &row.public_url {
                out.push_str(&format!("users reach {} at {url}\n", row.name));
            }
        }
        out
    }
}
