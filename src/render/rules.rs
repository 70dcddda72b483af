//! Rule files: templates filled with thresholds, disabled alerts taken out.

use serde_yaml::Value;

use super::assets::Assets;
use super::dashboard_link::Links;
use super::{annotate, context};
use crate::catalog;
use crate::kernel::Diagnostic;
use crate::model::stack::Stack;

/// Every rule file of the stack and those the user added: name, text, origin.
pub fn rules(stack: &Stack, assets: &Assets) -> Result<Vec<(String, String, String)>, Diagnostic> {
    let added = assets.added("rules/", ".yml");
    let mut names: Vec<&String> = stack.rules.iter().chain(&added).collect();
    names.sort();
    names.dedup();
    let context = context::of_rules(stack, "rules");
    let links = Links::new(stack, assets);
    let of = |name: &String| {
        let asset = assets.get(&format!("rules/{name}.yml"))?;
        // The user's own rules are Prometheus's format, not templates.
        let text = if added.contains(name) {
            String::from_utf8_lossy(&asset.bytes).into_owned()
        } else {
            let text = assets.fill(&asset, &context)?;
            annotate::into_rules(&text, &annotate::additions(stack, &links, name, &text))
        };
        Ok((name.clone(), without(&text, &left_out(stack, name)), asset.origin))
    };
    names.into_iter().map(of).collect()
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
        let rendered = rules(&stack, &assets).unwrap();
        let text = |name: &str| {
            let file = rendered.iter().find(|(file, ..)| file == name);
            file.map(|(_, text, _)| text.as_str()).unwrap()
        };
        assert_eq!(text("mine"), OVER_NODE);
        let line = "          dashboard_url: \"http://localhost:3000/d/stackctl-host\"\n";
        let summary = "          summary: full\n";
        assert_eq!(text("node"), OVER_NODE.replace(summary, &format!("{line}{summary}")));
    }
}
