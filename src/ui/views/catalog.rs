use super::View;
use crate::kernel::text;
use crate::model::catalog::CatalogReport;
use crate::model::images::{ImagesReport, LoadedImages, MovedImage, SavedImages};
use crate::ui::style::Style;
use crate::ui::table::{Cell, table};
use crate::ui::wrap::hang;

impl View for CatalogReport {
    fn view(&self, style: Style) -> String {
        if let [row] = self.rows.as_slice() {
            return detail(row, style);
        }
        if self.rows.is_empty() {
            return format!("there are no {} yet\n", self.kind);
        }
        let cells = |row: &crate::model::catalog::CatalogRow| -> Vec<Cell> {
            vec![
                Cell::new(row.name.clone(), Style::cyan),
                row.place.clone().into(),
                row.summary.clone().into(),
            ]
        };
        let rows: Vec<Vec<Cell>> = self.rows.iter().map(cells).collect();
        let hint = format!("`stackctl catalog {} NAME` shows its settings", self.kind);
        format!("{}{}\n", table(&["NAME", "IN STACK.YML", "WHAT IT IS"], &rows, style), style.dim(&hint))
    }
}

fn detail(row: &crate::model::catalog::CatalogRow, style: Style) -> String {
    let head = paragraph("", &format!("{}: {}", row.title, row.summary), style);
    let mut out = head.replacen(&row.title, &style.bold(&row.title), 1);
    out.push_str(&format!("in stack.yml: {}\n", style.cyan(&row.place)));
    if !row.image.is_empty() {
        out.push_str(&format!("image: {}\n", row.image));
        let package = row.debian.as_deref().unwrap_or("none");
        out.push_str(&format!("Debian package that can stand in: {package}\n"));
        out.push_str(&format!(
            "port: {}{}\n",
            row.port,
            if row.published { ", published" } else { ", inside only" }
        ));
    }
    for fact in &row.facts {
        out.push_str(&format!("{}:\n", style.bold(&fact.title)));
        for line in &fact.lines {
            out.push_str(&paragraph("  ", line, style));
        }
    }
    for note in &row.notes {
        out.push_str(&paragraph("note: ", note, style));
    }
    let rows: Vec<Vec<Cell>> = row
        .settings
        .iter()
        .map(|(key, doc)| vec![Cell::new(key.clone(), Style::cyan), doc.clone().into()])
        .collect();
    if !rows.is_empty() {
        out.push_str(&table(&["SETTING", "WHAT IT IS FOR"], &rows, style));
    }
    out
}

/// Text behind a lead, on lines that fit; further lines stand a little to the right of the first one's begin.
fn paragraph(lead: &str, text: &str, style: Style) -> String {
    format!("{lead}{}\n", hang(text, lead.len(), lead.len().max(4), style.width()))
}

impl View for ImagesReport {
    fn view(&self, style: Style) -> String {
        let rows: Vec<Vec<Cell>> = self
            .images
            .iter()
            .map(|row| {
                let version = row.version.clone().unwrap_or_else(|| "-".to_owned());
                let used = row.used.clone().map_or_else(|| Cell::new("not here", Style::red), Cell::from);
                vec![row.component.clone().into(), version.into(), used]
            })
            .collect();
        let mut out = table(&["COMPONENT", "VERSION", "IMAGE"], &rows, style);
        for row in &self.images {
            if row.used.as_ref().is_some_and(|used| *used != row.wanted) {
                out.push_str(&style.fold(&format!("{}: stands in for {}\n", row.component, row.wanted)));
            }
            if let Some(reason) = &row.reason {
                let remedy = row
                    .remedy
                    .as_deref()
                    .map(|remedy| format!("\n  {} {remedy}", style.cyan("to supply it:")))
                    .unwrap_or_default();
                out.push_str(&style.fold(&format!("{}: {reason}{remedy}\n", row.component)));
            }
        }
        out
    }
}

impl View for SavedImages {
    fn view(&self, _: Style) -> String {
        let names: Vec<&str> = self.images.iter().filter_map(|image| image.name.as_deref()).collect();
        format!("wrote {} to {}\n", names.join(", "), self.file)
    }

    fn aside(&self) -> Vec<String> {
        if self.missing.is_empty() {
            return Vec::new();
        }
        vec![format!("warning: without {}: the image is not here", text::list(&self.missing))]
    }
}

impl View for LoadedImages {
    fn view(&self, _: Style) -> String {
        let short = |id: &str| id.trim_start_matches("sha256:").chars().take(12).collect::<String>();
        let line = |image: &MovedImage| {
            let name = image.name.as_deref().unwrap_or("an image without a name");
            let replaced = image.replaced.as_deref().map(|id| format!(", replaces {}", short(id)));
            format!("loaded {name} ({}{})\n", short(&image.id), replaced.unwrap_or_default())
        };
        self.images.iter().map(line).collect()
    }
}
