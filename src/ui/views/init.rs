use super::View;
use crate::kernel::text;
use crate::model::init::{InitReport, PresetsReport};
use crate::ui::style::Style;
use crate::ui::table::table;

impl View for InitReport {
    fn view(&self, _style: Style) -> String {
        format!("wrote {}\n", self.path)
    }

    fn aside(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if !self.missing_secrets.is_empty() {
            let files = text::count(self.missing_secrets.len(), "secret");
            lines.push(format!("note: the stack needs {files} first: {}", text::list(&self.missing_secrets)));
        }
        let commands: Vec<String> = self.next.iter().map(|command| format!("`{command}`")).collect();
        lines.push(format!("hint: edit the file, then {}", commands.join(", then ")));
        lines
    }
}

impl View for PresetsReport {
    fn view(&self, style: Style) -> String {
        let rows =
            self.presets.iter().map(|preset| vec![preset.name.clone().into(), preset.title.clone().into()]);
        table(&["PRESET", "PURPOSE"], &rows.collect::<Vec<_>>(), style)
    }
}
