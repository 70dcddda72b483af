//! Rule files: templates filled with thresholds, disabled alerts taken out.

use std::collections::BTreeSet;

use serde_yaml::Value;

use super::assets::{Asset, Assets};
use super::context::Context;
use super::dashboard_link::Links;
use super::{annotate, context};
use crate::catalog;
use crate::kernel::Diagnostic;
use crate::model::artifact::Author;
use crate::model::node::{self, Node};
use crate::model::stack::Stack;
use crate::source::{self, LineMap};

/// A rule file as Prometheus reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleText {
    /// Path below the directory of the rules, with its ending.
    pub path: String,
    /// Its text.
    pub text: String,
    /// The file it was made from, for messages.
    pub origin: String,
    /// Who wrote that.
    pub author: Author,
}

/// Every rule file of the stack and those the user added, and what keeps others from being among them.
pub fn rules(stack: &Stack, assets: &Assets) -> (Vec<RuleText>, Vec<Diagnostic>) {
    let context = context::of_rules(stack, "rules");
    let links = Links::new(stack, assets);
    let shipped: BTreeSet<&str> = stack.rules.iter().map(String::as_str).collect();
    let of_stack = shipped.iter().map(|name| shipped_rules(stack, assets, (&context, &links), name));
    let own = own_rules(stack, assets).map(|path| users_rules(stack, assets, path));
    let (mut files, mut found) = (Vec::new(), Vec::new());
    for result in of_stack.chain(own) {
        match result {
            Ok(file) => files.push(file),
            Err(problems) => found.extend(problems),
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    (files, found)
}

/// Paths below `rules/` of the user's rule files that are not in the place of one of this stack's.
pub fn own_rules<'a>(stack: &'a Stack, assets: &'a Assets) -> impl Iterator<Item = &'a str> {
    let of_stack =
        |path: &str| path.strip_suffix(".yml").is_some_and(|name| stack.rules.iter().any(|r| r == name));
    let other = |path: &str| ["tests/", "runbooks/"].iter().any(|directory| path.starts_with(directory));
    assets.own("rules/").filter(move |path| !other(path) && !of_stack(path))
}

/// Patterns by which Prometheus finds the rule files that `rules/*.yml` does not match.
pub fn patterns(stack: &Stack, assets: &Assets, directory: &str) -> BTreeSet<String> {
    let escape = |text: &str| text.replace(['\\', '[', '?', '*'], "?");
    let pattern = |path: &str| {
        let (below, name) = path.rsplit_once('/').map_or(("", path), |(below, name)| (below, name));
        let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
        let slash = if below.is_empty() { "" } else { "/" };
        format!("{directory}/{}{slash}*.{ending}", escape(below))
    };
    let usual = format!("{directory}/*.yml");
    own_rules(stack, assets).map(pattern).filter(|pattern| *pattern != usual).collect()
}

/// The user's own rules are Prometheus's format, not templates.
fn users_rules(stack: &Stack, assets: &Assets, path: &str) -> Result<RuleText, Vec<Diagnostic>> {
    let asset = assets.get(&format!("rules/{path}")).map_err(|problem| vec![problem])?;
    let text = users_yaml(&asset)?;
    Ok(RuleText {
        path: path.to_owned(),
        text: without(&text, &left_out(stack, path.trim_end_matches(".yml"))),
        origin: asset.origin,
        author: Author::User { template: None },
    })
}

/// The names of the alerts and recorded series in a rule file.
pub(super) fn names(text: &str) -> Vec<String> {
    let (root, _) = source::yaml(text, &"".into());
    let list = |node: &Node, key: &str| match node.entry(key).map(|entry| entry.node.value.clone()) {
        Some(node::Value::Sequence(items)) => items,
        _ => Vec::new(),
    };
    let name = |rule: &Node| {
        let entry = rule.entry("alert").or_else(|| rule.entry("record"))?;
        match &entry.node.value {
            node::Value::Scalar { text, .. } => Some(text.clone()),
            _ => None,
        }
    };
    let groups = root.map(|root| list(&root, "groups")).unwrap_or_default();
    groups.iter().flat_map(|group| list(group, "rules")).filter_map(|rule| name(&rule)).collect()
}

/// The text of a YAML file of the user's that is delivered as it is.
pub(super) fn users_yaml(asset: &Asset) -> Result<String, Vec<Diagnostic>> {
    let file = asset.origin.as_str().into();
    let text = source::utf8(&asset.bytes, &file).map_err(|problem| vec![*problem])?;
    let (_, found) = source::yaml(text, &file);
    if found.is_empty() { Ok(text.to_owned()) } else { Err(found) }
}

/// A rule file of a component or pack, or the user's in its place.
pub(super) fn shipped_rules(
    stack: &Stack,
    assets: &Assets,
    (context, links): (&Context, &Links),
    name: &str,
) -> Result<RuleText, Vec<Diagnostic>> {
    let path = format!("rules/{name}.yml");
    let asset = assets.get(&path).map_err(|problem| vec![problem])?;
    let filled = assets.fill(&asset, context).map_err(|problem| vec![problem])?;
    let text = annotate::into_rules(&filled, &annotate::additions(stack, links, name, &filled));
    let replaced = assets.is_replaced(&path);
    if replaced {
        filled_yaml(&asset, &text)?;
    }
    let text = without(&text, &left_out(stack, name));
    let author = if replaced { author_of(&asset, &text) } else { Author::Shipped };
    Ok(RuleText { path: format!("{name}.yml"), text, origin: asset.origin, author })
}

/// What is wrong with a filled template of the user's, at the places of the template.
pub(super) fn filled_yaml(asset: &Asset, text: &str) -> Result<(), Vec<Diagnostic>> {
    let (_, mut found) = source::yaml(text, &asset.origin.as_str().into());
    let map = LineMap::new(text, &String::from_utf8_lossy(&asset.bytes));
    map.apply(&asset.origin, &mut found);
    if found.is_empty() { Ok(()) } else { Err(found) }
}

/// The user, with what he wrote when something else is delivered.
pub(super) fn author_of(asset: &Asset, text: &str) -> Author {
    let same = asset.bytes == text.as_bytes();
    let template = (!same).then(|| String::from_utf8_lossy(&asset.bytes).into());
    Author::User { template }
}

/// Alerts that a rule file loses: those that are switched off, and in a component's file those that a pack replaces.
pub(super) fn left_out(stack: &Stack, file: &str) -> Vec<String> {
    let replaced: &[String] = if catalog::pack(file).is_none() { &stack.replaced_alerts } else { &[] };
    stack.disabled_alerts.iter().chain(replaced).cloned().collect()
}

/// The file without the alerts that are switched off; the very same text when it has none of them.
fn without(text: &str, disabled: &[String]) -> String {
    let mentions = |name: &String| text.contains(name.as_str());
    if !disabled.iter().any(mentions) {
        return text.to_owned();
    }
    let Ok(mut file) = serde_yaml::from_str::<Value>(text) else { return text.to_owned() };
    let keep = |rule: &Value| {
        let alert = rule.get("alert").and_then(Value::as_str);
        alert.is_none_or(|alert| !disabled.iter().any(|name| name == alert))
    };
    if let Some(Value::Sequence(groups)) = file.get_mut("groups") {
        for group in groups.iter_mut() {
            if let Some(Value::Sequence(rules)) = group.get_mut("rules") {
                rules.retain(keep);
            }
        }
        groups.retain(|group| {
            group.get("rules").and_then(Value::as_sequence).is_none_or(|rules| !rules.is_empty())
        });
    }
    serde_yaml::to_string(&file).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::rules;
    use crate::render::{Asset, Assets};
    use crate::resolve::{KnownImages, resolve};
    use crate::source;

    const OVER_NODE: &str = "\
groups:
  - name: mine # Not a shipped group; all of the file is shown on one dashboard.
    rules:
      - alert: Full
        expr: a > 1
        annotations:
          summary: full
      - alert: Elsewhere
        expr: a > 2
        annotations:
          summary: elsewhere
          dashboard_url: https://example.org/d/mine
";

    #[test]
    fn links_get_into_a_file_in_the_place_of_a_shipped_one_and_not_into_the_users_own() {
        let asset = |path: &str| {
            let asset = Asset { bytes: OVER_NODE.into(), origin: path.into() };
            (path.to_owned(), asset)
        };
        let assets = Assets::with_overrides([asset("rules/node.yml"), asset("rules/mine.yml")].into());
        let (document, found) = source::read(b"", "stack.yml", &BTreeMap::new());
        assert_eq!(found, []);
        let (stack, _) = resolve(&document, None, &KnownImages::new());
        let (rendered, found) = rules(&stack, &assets);
        assert_eq!(found, []);
        let text = |name: &str| {
            let file = rendered.iter().find(|file| file.path == format!("{name}.yml"));
            file.map(|file| file.text.as_str()).unwrap()
        };
        assert_eq!(text("mine"), OVER_NODE);
        let line = "          dashboard_url: \"http://localhost:3000/d/stackctl-host\"\n";
        let summary = "          summary: full\n";
        assert_eq!(text("node"), OVER_NODE.replace(summary, &format!("{line}{summary}")));
    }
}
