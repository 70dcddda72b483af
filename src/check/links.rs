//! Links in alerts and dashboards: only http and https lead to a page; `javascript:` runs in the session of who clicks.

use super::rule_file::Rule;
use super::tree;
use crate::kernel::{Diagnostic, text};
use crate::model::node::{Entry, Node, Value};

/// Annotations that notifications and pages show as links, besides those that end in `_url`.
const LINKS: [&str; 5] = ["runbook", "dashboard", "link", "url", "playbook"];
/// Schemes that run what follows.
const CODE: [&str; 3] = ["javascript", "data", "vbscript"];
/// `stackctl:runbook/…` is shown as a command.
const COMMAND: &str = "stackctl";

/// Checks the annotations and labels of a rule.
pub fn of_rule(rule: &Rule, found: &mut Vec<Diagnostic>) {
    for entry in rule.labels.iter().chain(&rule.annotations) {
        let written = tree::text(&entry.node).unwrap_or_default();
        let Some(scheme) = text::scheme(written) else { continue };
        let link = entry.key.ends_with("_url") || LINKS.contains(&entry.key.as_str());
        let refused = CODE.contains(&scheme.as_str()) || (link && !is_allowed(&scheme));
        if refused {
            found.push(wrong(&format!("`{}`: ", text::shown(&rule.name)), entry, &scheme));
        }
    }
}

/// Checks every `url` in a dashboard.
pub fn of_dashboard(node: &Node, found: &mut Vec<Diagnostic>) {
    match &node.value {
        Value::Sequence(items) => items.iter().for_each(|item| of_dashboard(item, found)),
        Value::Mapping(entries) => {
            for entry in entries {
                let scheme = tree::text(&entry.node).and_then(text::scheme);
                if let Some(scheme) =
                    scheme.filter(|scheme| entry.key == "url" && CODE.contains(&scheme.as_str()))
                {
                    found.push(wrong("", entry, &scheme));
                }
                of_dashboard(&entry.node, found);
            }
        }
        Value::Null | Value::Scalar { .. } => {}
    }
}

fn wrong(of: &str, entry: &Entry, scheme: &str) -> Diagnostic {
    let message = format!("{of}the link `{}` begins with `{scheme}:`", text::shown(&entry.key));
    Diagnostic::error("SC525", message)
        .at(entry.node.place.clone())
        .hint("begin links with `https://` or `http://`")
}

fn is_allowed(scheme: &str) -> bool {
    matches!(scheme, "http" | "https") || scheme == COMMAND
}
