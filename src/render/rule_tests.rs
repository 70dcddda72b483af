//! Unit tests of the rules: templates filled as the rules are, and without what tests an alert that is switched off.

use std::collections::BTreeSet;

use serde_yaml::Value;

use super::assets::Assets;
use super::context::Context;
use super::dashboard_link::Links;
use super::{annotate, context, rules};
use crate::kernel::Diagnostic;
use crate::model::stack::Stack;

/// A file of unit tests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestText {
    /// Path below the directory of the tests, with its ending.
    pub path: String,
    /// Its text.
    pub text: String,
    /// The file it was made from, for messages.
    pub origin: String,
}

const DIRECTORY: &str = "rules/tests/";

/// Every test file of the stack and those the user added, and what is wrong with others. They look for the shipped rules
/// in `directory`.
pub fn rule_tests(stack: &Stack, assets: &Assets, directory: &str) -> (Vec<TestText>, Vec<Diagnostic>) {
    let context = context::of_rules(stack, directory);
    let links = Links::new(stack, assets);
    let shipped: BTreeSet<&str> = stack.rules.iter().map(String::as_str).collect();
    let is_shipped = |path: &&str| path.strip_suffix(".yml").is_some_and(|name| shipped.contains(name));
    let rules_of = |assets: &Assets, name: &str| -> BTreeSet<String> {
        let file = rules::shipped_rules(stack, assets, (&context::of_rules(stack, "rules"), &links), name);
        file.map(|file| rules::names(&file.text).into_iter().collect()).unwrap_or_default()
    };
    // The shipped tests fit an edited copy of the shipped rules, and no other file in their place.
    let of_others = |name: &&&str| {
        assets.is_replaced(&format!("rules/{name}.yml"))
            && !assets.is_users(&format!("{DIRECTORY}{name}.yml"))
            && !rules_of(&Assets::default(), name).is_subset(&rules_of(assets, name))
    };
    let own =
        assets.own(DIRECTORY).filter(|path| !is_shipped(path)).map(|path| own_tests(stack, assets, path));
    let of_stack = shipped.iter().filter(|name| !of_others(name));
    let of_stack = of_stack.map(|name| shipped_tests(stack, assets, (&context, &links), name));
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

/// The user's own tests are promtool's format, as the user's rules are Prometheus's.
fn own_tests(stack: &Stack, assets: &Assets, path: &str) -> Result<TestText, Vec<Diagnostic>> {
    let asset = assets.get(&format!("{DIRECTORY}{path}")).map_err(|problem| vec![problem])?;
    let text = rules::users_yaml(&asset)?;
    let text = without(&text, &rules::left_out(stack, path.trim_end_matches(".yml")));
    Ok(TestText { path: path.to_owned(), text, origin: asset.origin })
}

fn shipped_tests(
    stack: &Stack,
    assets: &Assets,
    (context, links): (&Context, &Links),
    name: &str,
) -> Result<TestText, Vec<Diagnostic>> {
    let one = |problem| vec![problem];
    let asset = assets.get(&format!("{DIRECTORY}{name}.yml")).map_err(one)?;
    let rules = assets.fill(&assets.get(&format!("rules/{name}.yml")).map_err(one)?, context).map_err(one)?;
    let tests = assets.fill(&asset, context).map_err(one)?;
    let text = annotate::into_tests(&tests, &annotate::additions(stack, links, name, &rules));
    if assets.is_replaced(&format!("{DIRECTORY}{name}.yml")) {
        rules::filled_yaml(&asset, &text)?;
    }
    let text = without(&text, &rules::left_out(stack, name));
    Ok(TestText { path: format!("{name}.yml"), text, origin: asset.origin })
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
