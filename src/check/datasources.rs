//! Data sources that dashboards name: provisioned ones, Grafana's own, and variables.

use std::collections::BTreeSet;

use super::dashboard::Dashboard;
use super::files::Origin;
use super::tree;

use crate::kernel::{Diagnostic, Place, Severity, text};
use crate::model::artifact::Artifact;
use crate::model::node::{Node, Value};
use crate::source;

/// Data sources that every Grafana has.
const BUILT_IN: [&str; 5] = ["-- Grafana --", "-- Mixed --", "-- Dashboard --", "grafana", "__expr__"];

/// The uids that dashboards may name.
#[derive(Debug, Default)]
pub struct Datasources(BTreeSet<String>);

/// What the components with dashboards have in their provisioning.
pub fn provisioned(dashboards: &[&Artifact], artifacts: &[Artifact]) -> Datasources {
    let components: BTreeSet<&str> = dashboards.iter().map(|artifact| artifact.component.as_str()).collect();
    let provisioning = artifacts.iter().filter(|artifact| {
        components.contains(artifact.component.as_str())
            && artifact.path.starts_with("provisioning/datasources/")
            && !artifact.secret
    });
    let mut uids = BTreeSet::new();
    for text in provisioning.filter_map(Artifact::text) {
        // What is wrong with the file itself is found when it is rendered.
        let (root, _) = source::parse(text, &"".into());
        let sources = root.as_ref().map(|root| tree::items_of(root, "datasources")).unwrap_or_default();
        uids.extend(sources.iter().filter_map(|item| tree::text_of(item, "uid")).map(str::to_owned));
    }
    Datasources(uids)
}

impl Datasources {
    /// Checks the `datasource` of a panel, target, variable or annotation.
    pub fn check(&self, owner: &Node, dashboard: &Dashboard<'_>, found: &mut Vec<Diagnostic>) {
        let Some(node) = tree::get(owner, "datasource") else { return };
        let Some((uid, place)) = uid(node) else { return };
        if uid.is_empty() || BUILT_IN.contains(&uid) || self.0.contains(uid) {
            return;
        }
        let known: Vec<&str> = self.0.iter().map(String::as_str).collect();
        match variable(uid) {
            Some(name) if name.starts_with("DS_") => found.push(
                Diagnostic::error("SC433", format!("`{uid}` is only filled in by the import page"))
                    .at(place.clone())
                    .hint("write `\"uid\": \"${datasource}\"` and add a variable of the type `datasource`"),
            ),
            Some(name) if dashboard.variables.iter().any(|variable| variable.name == name) => {}
            Some(name) => found.push(
                Diagnostic::error(
                    "SC442",
                    format!("the dashboard has no variable `{name}` for the data source"),
                )
                .at(place.clone())
                .hint(
                    "add it to `templating.list` with `\"type\": \"datasource\", \"query\": \"prometheus\"`",
                ),
            ),
            None => {
                let message = format!("there is no data source `{}`", text::printable(uid));
                let hint = match text::nearest(uid, known.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "write `${datasource}`, a variable of the type `datasource`".to_owned(),
                };
                // The user may have made it in Grafana's pages.
                let severity = match dashboard.origin {
                    Origin::Shipped => Severity::Error,
                    Origin::Users => Severity::Warning,
                };
                let diagnostic = Diagnostic { severity, ..Diagnostic::error("SC442", message) };
                found.push(diagnostic.at(place.clone()).hint(hint));
            }
        }
    }
}

/// The uid, or the name in the form of older dashboards.
fn uid(node: &Node) -> Option<(&str, &Place)> {
    match &node.value {
        Value::Scalar { text, .. } => Some((text, &node.place)),
        Value::Mapping(_) => {
            let uid = tree::get(node, "uid")?;
            Some((tree::text(uid)?, &uid.place))
        }
        _ => None,
    }
}

/// The name in `${name}`, `$name` and `[[name]]`.
fn variable(uid: &str) -> Option<&str> {
    let braces = |open: &str, close: &str| uid.strip_prefix(open)?.strip_suffix(close);
    braces("${", "}").or_else(|| braces("[[", "]]")).or_else(|| uid.strip_prefix('$'))
}
