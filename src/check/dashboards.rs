//! Dashboards: what makes Grafana skip a file, or stop reading all of them.
//!
//! Two files with one uid or one title in a folder take the whole provider's write access away, with
//! nothing but a line in the log; a file without a title at its root is skipped.

use std::collections::BTreeMap;

use super::dashboard::Dashboard;
use super::datasources::Datasources;
use super::scrape::Scrape;
use super::text_place::Lines;
use super::{datasources, files, json, links, panels, queries, tree, variables};
use crate::kernel::{Diagnostic, Place};
use crate::model::artifact::Artifact;
use crate::model::component::Content;
use crate::model::node::{Node, Value};
use crate::model::stack::Stack;
use crate::render::USUAL_FOLDER;

/// Longest uid that Grafana's database takes.
const MAX_UID: usize = 40;

/// Checks every dashboard, each by itself and all of them together.
pub fn check(stack: &Stack, artifacts: &[Artifact], scrape: &Scrape, found: &mut Vec<Diagnostic>) {
    let mut all = files::of(stack, artifacts, Content::Dashboards);
    // Ours come first: of two with one name, the user can rename his.
    all.sort_by_key(|artifact| files::origin(artifact));
    let known = datasources::provisioned(&all, artifacts);
    let mut uids = Taken::new("SC435", "uid");
    let mut titles: BTreeMap<&str, Taken> = BTreeMap::new();
    for artifact in all {
        let Some(text) = artifact.text() else { continue };
        let lines = Lines::new(&artifact.origin, text);
        let Some(root) = json::parse(text, &lines) else {
            let message = format!("`{}` is not JSON", artifact.origin);
            found.push(Diagnostic::error("SC431", message).hint("export the dashboard again"));
            continue;
        };
        let Some(root) = body(root, found) else { continue };
        root_keys(&root, found);
        identity(&root, found);
        uids.take(&root, found);
        titles.entry(folder(artifact)).or_insert_with(|| Taken::new("SC436", "title")).take(&root, found);
        links::of_dashboard(&root, found);
        let variables = variables::defined(&root);
        let origin = files::origin(artifact);
        let dashboard = Dashboard { root, variables, origin, scrape };
        check_content(&dashboard, &known, found);
    }
}

/// What stands for its folder: a title may be there once in each.
fn folder(artifact: &Artifact) -> &str {
    let directory = artifact.path.rsplit_once('/').map_or("", |(directory, _)| directory);
    match directory.rsplit_once('/') {
        // A directory with the name of the usual folder is that folder.
        Some((_, name)) if name != USUAL_FOLDER => name,
        _ => USUAL_FOLDER,
    }
}

fn check_content(dashboard: &Dashboard<'_>, known: &Datasources, found: &mut Vec<Diagnostic>) {
    for list in ["templating", "annotations"] {
        let list = tree::get(&dashboard.root, list).map(|node| tree::items_of(node, "list"));
        for item in list.unwrap_or_default() {
            known.check(item, dashboard, found);
            let name = crate::kernel::text::printable(tree::text_of(item, "name").unwrap_or_default());
            queries::check(item, &format!("the annotation `{name}`"), dashboard, found);
        }
    }
    panels::check(dashboard, known, found);
}

/// The dashboard in a file, also where a wrapper keeps Grafana from seeing it; none when there is none.
fn body(root: Node, found: &mut Vec<Diagnostic>) -> Option<Node> {
    if !matches!(root.value, Value::Mapping(_)) {
        found.push(
            Diagnostic::error("SC431", "a dashboard is a JSON object")
                .at(root.place)
                .hint("export the dashboard again"),
        );
        return None;
    }
    if let Some(entry) = root.entry("dashboard").filter(|_| !tree::has(&root, "panels")) {
        let hint =
            "keep only what is inside `\"dashboard\": { … }`; the wrapper belongs to Grafana's HTTP API";
        found.push(
            Diagnostic::error("SC432", "the dashboard is wrapped, and Grafana skips the file")
                .at(entry.key_place.clone())
                .hint(hint),
        );
        return Some(entry.node.clone());
    }
    let Some((version, spec)) = root.entry("apiVersion").zip(tree::get(&root, "spec")) else {
        return Some(root);
    };
    let name = tree::text(&version.node).unwrap_or_default();
    let second = name.contains("v2");
    let hint = if second {
        "export it as `Classic`: Grafana's files take no V2 resource"
    } else {
        "keep only what is inside `\"spec\": { … }`"
    };
    let message = format!("this is a resource (`{}`), not a dashboard", crate::kernel::text::printable(name));
    found.push(Diagnostic::error("SC432", message).at(version.key_place.clone()).hint(hint));
    (!second).then(|| spec.clone())
}

/// What Grafana must find at the root, and what only its import page understands.
fn root_keys(root: &Node, found: &mut Vec<Diagnostic>) {
    if let Some(entry) = root.entry("__inputs").filter(|entry| !tree::items(&entry.node).is_empty()) {
        let hint =
            "export it without `Share externally`: remove `__inputs` and write `\"uid\": \"${datasource}\"`";
        found.push(
            Diagnostic::error("SC433", "`__inputs` is only understood by the import page")
                .at(entry.key_place.clone())
                .hint(hint),
        );
    }
    if tree::text_of(root, "title").is_none_or(|title| title.trim().is_empty()) {
        let place = root.entry("title").map_or(&root.place, |entry| &entry.key_place);
        found.push(
            Diagnostic::error("SC431", "the dashboard has no title, and Grafana skips the file")
                .at(place.clone())
                .hint("add `\"title\": \"…\"`"),
        );
    }
}

fn identity(root: &Node, found: &mut Vec<Diagnostic>) {
    let place = root.entry("uid").map_or(&root.place, |entry| &entry.node.place);
    match tree::text_of(root, "uid") {
        None | Some("") => found.push(
            Diagnostic::error(
                "SC434",
                "the dashboard has no uid: its address changes with every new database",
            )
            .at(place.clone())
            .hint("add `\"uid\": \"…\"`, at most 40 letters, digits, `-` and `_`"),
        ),
        Some(uid) => {
            let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
            if uid.len() > MAX_UID || !uid.chars().all(allowed) {
                let message = format!("`{}` cannot be a uid", crate::kernel::text::printable(uid));
                found.push(
                    Diagnostic::error("SC434", message)
                        .at(place.clone())
                        .hint("use at most 40 letters, digits, `-` and `_`"),
                );
            }
        }
    }
    if let Some(entry) = root.entry("id").filter(|entry| entry.node.value != Value::Null) {
        found.push(
            Diagnostic::warning("SC437", "`id` is the number of the dashboard in another database")
                .at(entry.node.place.clone())
                .hint("write `\"id\": null`; `uid` identifies it"),
        );
    }
}

/// Values of a root key that may occur once.
struct Taken {
    code: &'static str,
    key: &'static str,
    seen: BTreeMap<String, Place>,
}

impl Taken {
    fn new(code: &'static str, key: &'static str) -> Self {
        Self { code, key, seen: BTreeMap::new() }
    }

    fn take(&mut self, root: &Node, found: &mut Vec<Diagnostic>) {
        let Some(node) = tree::get(root, self.key) else { return };
        let Some(value) = tree::text(node).filter(|value| !value.is_empty()) else { return };
        match self.seen.get(value) {
            Some(first) => {
                let message = format!("`{}` has the {} `{value}` too", first.file, self.key);
                found.push(
                    Diagnostic::error(self.code, message)
                        .at(node.place.clone())
                        .hint(format!("Grafana then reads no dashboard at all; choose another {}", self.key)),
                );
            }
            None => {
                self.seen.insert(value.to_owned(), node.place.clone());
            }
        }
    }
}
