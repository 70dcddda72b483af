//! Unit tests of the rules: templates filled as the rules are, and without what tests an alert that is switched off.

use serde_yaml::Value;

use super::assets::Assets;
use super::dashboard_link::Links;
use super::{annotate, context, rules};
use crate::kernel::Diagnostic;
use crate::model::stack::Stack;

/// Every test file of the stack and those the user added: name, text, origin. They look for the shipped rules in
/// `directory`.
pub fn rule_tests(
    stack: &Stack,
    assets: &Assets,
    directory: &str,
) -> Result<Vec<(String, String, String)>, Diagnostic> {
    let added = assets.added("rules/tests/", ".yml");
    let mut names: Vec<&String> = stack.rules.iter().chain(&added).collect();
    names.sort();
    names.dedup();
    let context = context::of_rules(stack, directory);
    let links = Links::new(stack, assets);
    let of = |name: &String| {
        let asset = assets.get(&format!("rules/tests/{name}.yml"))?;
        // The user's own tests are promtool's format, as the user's rules are Prometheus's.
        let text = if added.contains(name) {
            String::from_utf8_lossy(&asset.bytes).into_owned()
        } else {
            let rules = assets.fill(&assets.get(&format!("rules/{name}.yml"))?, &context)?;
            let tests = assets.fill(&asset, &context)?;
            annotate::into_tests(&tests, &annotate::additions(stack, &links, name, &rules))
        };
        Ok((name.clone(), without(&text, &rules::left_out(stack, name)), asset.origin))
    };
    names.into_iter().map(of).collect()
}

/// The file without the tests of alerts that are switched off; the very same text when it has none of them.
fn without(text: &str, disabled: &[String]) -> String {
    if !disabled.iter().any(|name| text.contains(name.as_str())) {
        return text.to_owned();
    }
    let Ok(mut file) = serde_yaml::from_str::<Value>(text) else { return text.to_owned() };
    if let Some(Value::Sequence(tests)) = file.get_mut("tests") {
        tests.retain_mut(|test| !is_named_after(test, disabled) && keeps_cases(test, disabled));
    }
    serde_yaml::to_string(&file).unwrap_or_else(|_| text.to_owned())
}

/// A test's name begins with the name of the rule it tests.
fn is_named_after(test: &Value, rules: &[String]) -> bool {
    let first = test.get("name").and_then(Value::as_str).and_then(|name| name.split(' ').next());
    first.is_some_and(|first| rules.iter().any(|rule| rule == first))
}

/// Takes the cases of these alerts out of a test; false when nothing is left to test.
fn keeps_cases(test: &mut Value, disabled: &[String]) -> bool {
    let Some(Value::Sequence(cases)) = test.get_mut("alert_rule_test") else { return true };
    let before = cases.len();
    cases.retain(|case| {
        let alert = case.get("alertname").and_then(Value::as_str);
        alert.is_none_or(|alert| !disabled.iter().any(|name| name == alert))
    });
    let expressions = |test: &Value| {
        test.get("promql_expr_test").and_then(Value::as_sequence).is_some_and(|cases| !cases.is_empty())
    };
    before == 0 || !cases.is_empty() || expressions(test)
}

#[cfg(test)]
mod tests {
    use super::without;

    const TESTS: &str = "tests:
  - name: Low fires
    alert_rule_test: [{eval_time: 1m, alertname: Low}]
  - name: Lower fires
    alert_rule_test: [{eval_time: 1m, alertname: Lower}, {eval_time: 1m, alertname: Low}]
  - name: at a low ebb
    alert_rule_test: [{eval_time: 1m, alertname: Low}]
  - name: ratio is right
    promql_expr_test: [{expr: ratio, eval_time: 1m}]
";

    #[test]
    fn what_tests_a_disabled_alert_is_left_out_and_nothing_else() {
        assert_eq!(without(TESTS, &["Other".to_owned()]), TESTS);
        let left: serde_yaml::Value = serde_yaml::from_str(&without(TESTS, &["Low".to_owned()])).unwrap();
        let expected: serde_yaml::Value = serde_yaml::from_str(
            "tests:
  - name: Lower fires
    alert_rule_test: [{eval_time: 1m, alertname: Lower}]
  - name: ratio is right
    promql_expr_test: [{expr: ratio, eval_time: 1m}]
",
        )
        .unwrap();
        assert_eq!(left, expected);
    }
}
