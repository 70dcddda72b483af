//! Panels: complete enough to be shown, of a type that still exists, side by side, with queries that parse.

use std::collections::BTreeMap;

use super::dashboard::Dashboard;
use super::datasources::Datasources;
use super::{queries, tree, windows};
use crate::kernel::{Diagnostic, Place};
use crate::model::node::Node;

/// Panel types that were written with Angular and are gone since Grafana 12, and what took their place.
const GONE: [(&str, &str); 11] = [
    ("graph", "timeseries"),
    ("singlestat", "stat"),
    ("table-old", "table"),
    ("grafana-singlestat-panel", "stat"),
    ("grafana-piechart-panel", "piechart"),
    ("grafana-worldmap-panel", "geomap"),
    ("worldmap", "geomap"),
    ("heatmap-old", "heatmap"),
    ("natel-discrete-panel", "state-timeline"),
    ("flant-statusmap-panel", "status-history"),
    ("briangann-gauge-panel", "gauge"),
];
/// Panel types that ask no data source.
const WITHOUT_DATA: [&str; 9] =
    ["row", "text", "dashlist", "news", "alertlist", "annolist", "welcome", "gettingstarted", "debug"];
/// Panel types whose numbers mean little without a unit.
const WITH_UNIT: [&str; 3] = ["stat", "gauge", "timeseries"];
/// Types of data sources whose queries are `PromQL`; older dashboards leave the type empty.
const PROMQL: [&str; 2] = ["prometheus", ""];
/// Columns of the grid.
const COLUMNS: i64 = 24;

/// Checks every panel of a dashboard.
pub fn check(dashboard: &Dashboard<'_>, known: &Datasources, found: &mut Vec<Diagnostic>) {
    let mut ids = BTreeMap::new();
    let rows = tree::items_of(&dashboard.root, "panels");
    overlaps(rows, found);
    for row in rows {
        panel(row, dashboard, known, &mut ids, found);
        let inside = tree::items_of(row, "panels");
        overlaps(inside, found);
        for inner in inside {
            panel(inner, dashboard, known, &mut ids, found);
        }
    }
}

fn panel(
    panel: &Node,
    dashboard: &Dashboard<'_>,
    known: &Datasources,
    ids: &mut BTreeMap<String, usize>,
    found: &mut Vec<Diagnostic>,
) {
    unique_id(panel, ids, found);
    // Its content lies in Grafana's database.
    if tree::has(panel, "libraryPanel") {
        return;
    }
    complete(panel, found);
    gone(panel, found);
    known.check(panel, dashboard, found);
    unit(panel, found);
    for target in tree::items_of(panel, "targets") {
        known.check(target, dashboard, found);
        if asks_prometheus(target).or_else(|| asks_prometheus(panel)).unwrap_or(true) {
            queries::check(target, &described(panel), dashboard, found);
            windows::check(target, panel, &described(panel), dashboard, found);
        }
    }
}

/// Whether the data source speaks `PromQL`, when its type is named.
fn asks_prometheus(owner: &Node) -> Option<bool> {
    let kind = tree::text_of(tree::get(owner, "datasource")?, "type")?;
    Some(PROMQL.contains(&kind))
}

fn kind(panel: &Node) -> &str {
    tree::text_of(panel, "type").unwrap_or_default()
}

/// "the panel Requests", or by number when it has no title.
fn described(panel: &Node) -> String {
    match (tree::text_of(panel, "title").filter(|title| !title.is_empty()), tree::text_of(panel, "id")) {
        (Some(title), _) => format!("the panel `{}`", crate::kernel::text::printable(title)),
        (None, Some(id)) => format!("the panel with the id {id}"),
        (None, None) => "a panel without title".to_owned(),
    }
}

fn place(panel: &Node) -> Place {
    let key = panel.entry("title").or_else(|| panel.entry("id")).or_else(|| panel.entry("type"));
    key.map_or(&panel.place, |entry| &entry.key_place).clone()
}

fn unique_id(panel: &Node, ids: &mut BTreeMap<String, usize>, found: &mut Vec<Diagnostic>) {
    let Some(node) = tree::get(panel, "id") else { return };
    let Some(id) = tree::text(node) else { return };
    match ids.get(id) {
        Some(line) => found.push(
            Diagnostic::error(
                "SC440",
                format!("the panel id {id} is here twice; the first is on line {line}"),
            )
            .at(node.place.clone())
            .hint("links and alerts know panels by id: give one of them another number"),
        ),
        None => {
            ids.insert(id.to_owned(), node.place.line);
        }
    }
}

fn complete(panel: &Node, found: &mut Vec<Diagnostic>) {
    let mut report = |diagnostic: Diagnostic, hint: &str| found.push(diagnostic.at(place(panel)).hint(hint));
    let name = described(panel);
    if kind(panel).is_empty() {
        report(
            Diagnostic::error("SC439", format!("{name} has no type")),
            "add `\"type\": \"timeseries\"` or another",
        );
    }
    if !tree::has(panel, "gridPos") {
        let hint = "add `\"gridPos\": {\"x\": 0, \"y\": 0, \"w\": 12, \"h\": 8}`; the grid has 24 columns";
        report(Diagnostic::error("SC439", format!("{name} has no gridPos")), hint);
    }
    let titled = tree::text_of(panel, "title").is_some_and(|title| !title.is_empty());
    if !titled && kind(panel) != "text" {
        report(Diagnostic::warning("SC439", format!("{name} has no title")), "add `\"title\": \"…\"`");
    }
    let targets = tree::items_of(panel, "targets");
    let each_target = !targets.is_empty() && targets.iter().all(|target| tree::has(target, "datasource"));
    if !WITHOUT_DATA.contains(&kind(panel)) && !tree::has(panel, "datasource") && !each_target {
        let hint = "add `\"datasource\": {\"type\": \"prometheus\", \"uid\": \"${datasource}\"}`";
        report(Diagnostic::warning("SC439", format!("{name} has no datasource")), hint);
    }
}

fn gone(panel: &Node, found: &mut Vec<Diagnostic>) {
    let Some((_, instead)) = GONE.iter().find(|(name, _)| *name == kind(panel)) else { return };
    let place = panel.entry("type").map_or(&panel.place, |entry| &entry.node.place);
    let message =
        format!("{} is of the type `{}`, which Grafana no longer has", described(panel), kind(panel));
    found.push(
        Diagnostic::error("SC438", message)
            .at(place.clone())
            .hint(format!("write `\"type\": \"{instead}\"`")),
    );
}

fn unit(panel: &Node, found: &mut Vec<Diagnostic>) {
    let config = tree::get(panel, "fieldConfig");
    let defaults = config.and_then(|config| tree::get(config, "defaults"));
    let has = |key| defaults.is_some_and(|defaults| tree::has(defaults, key));
    let mapped = defaults.is_some_and(|defaults| !tree::items_of(defaults, "mappings").is_empty());
    let overrides = config.map(|config| tree::items_of(config, "overrides")).unwrap_or_default();
    let properties = overrides.iter().flat_map(|item| tree::items_of(item, "properties"));
    let overridden = properties.into_iter().any(|property| tree::text_of(property, "id") == Some("unit"));
    let options = tree::get(panel, "options");
    let shows_name = options.is_some_and(|options| tree::text_of(options, "textMode") == Some("name"));
    let needs = WITH_UNIT.contains(&kind(panel)) && !tree::items_of(panel, "targets").is_empty();
    if needs && !(has("unit") || mapped || overridden || shows_name) {
        found.push(
            Diagnostic::warning("SC446", format!("{} shows numbers without a unit", described(panel)))
                .at(place(panel))
                .hint(
                    "set `fieldConfig.defaults.unit`: `s`, `bytes`, `percentunit` (0–1), `reqps`, `short`, …",
                ),
        );
    }
}

/// A panel's rectangle: x, y, width, height.
fn rectangle(panel: &Node) -> Option<(i64, i64, i64, i64)> {
    let grid = tree::get(panel, "gridPos")?;
    let number = |key| tree::text_of(grid, key).and_then(|text| text.parse::<i64>().ok());
    Some((number("x")?, number("y")?, number("w")?, number("h")?))
}

fn overlaps(panels: &[Node], found: &mut Vec<Diagnostic>) {
    let placed: Vec<_> = panels.iter().filter_map(|panel| Some((panel, rectangle(panel)?))).collect();
    for (index, (panel, (x, y, w, h))) in placed.iter().enumerate() {
        let grid = || panel.entry("gridPos").map_or_else(|| place(panel), |entry| entry.key_place.clone());
        if *x < 0 || *w < 1 || x.saturating_add(*w) > COLUMNS {
            found.push(
                Diagnostic::warning(
                    "SC441",
                    format!("{} leaves the grid of {COLUMNS} columns", described(panel)),
                )
                .at(grid())
                .hint(format!("`x` and `w` together are at most {COLUMNS}")),
            );
        }
        let covers = |(_, (ox, oy, ow, oh)): &&(&Node, (i64, i64, i64, i64))| {
            x < &ox.saturating_add(*ow)
                && ox < &x.saturating_add(*w)
                && y < &oy.saturating_add(*oh)
                && oy < &y.saturating_add(*h)
        };
        if let Some((other, _)) = placed.iter().take(index).find(covers) {
            found.push(
                Diagnostic::warning("SC441", format!("{} lies over {}", described(panel), described(other)))
                    .at(grid())
                    .hint("change `x` and `y` in one `gridPos`; Grafana moves panels apart as it likes"),
            );
        }
    }
}
