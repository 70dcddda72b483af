//! Rule files and their unit tests: templates filled with thresholds, disabled alerts taken out.

use serde_yaml::Value;

use super::assets::Assets;
use super::{context, engine, response};
use crate::kernel::Diagnostic;
use crate::model::stack::Stack;

/// Every rule file of the stack and those the user added: name, text, origin.
pub fn rules(stack: &Stack, assets: &Assets) -> Result<Vec<(String, String, String)>, Diagnostic> {
    let added = assets.added("rules/", ".yml");
    let mut names: Vec<&String> = stack.rules.iter().chain(&added).collect();
    names.sort();
    names.dedup();
    let context = context::of_rules(stack, "rules");
    let of = |name: &String| {
        let asset = assets.get(&format!("rules/{name}.yml"))?;
        // The user's own rules are Prometheus's format, not templates.
        let text = if added.contains(name) {
            String::from_utf8_lossy(&asset.bytes).into_owned()
        } else {
            let text = engine::fill(&asset, &context)?;
            let promises = response::promises(stack, &text);
            response::into_rules(&text, &promises)
        };
        Ok((name.clone(), without(&text, &stack.disabled_alerts), asset.origin))
    };
    names.into_iter().map(of).collect()
}

/// The unit tests of the stack's shipped rules: name and text. They look for the rules in `directory`.
pub fn tests(stack: &Stack, assets: &Assets, directory: &str) -> Result<Vec<(String, String)>, Diagnostic> {
    let context = context::of_rules(stack, directory);
    let of = |name: &String| {
        let rules = engine::fill(&assets.get(&format!("rules/{name}.yml"))?, &context)?;
        let tests = engine::fill(&assets.get(&format!("rules/tests/{name}.yml"))?, &context)?;
        Ok((name.clone(), response::into_tests(&tests, &response::promises(stack, &rules))))
    };
    stack.rules.iter().map(of).collect()
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
