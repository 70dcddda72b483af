//! SCENARIO: somebody changes a rule, a threshold or a test and asks promtool whether the rules still do what they say.

use serde_json::Value;

use super::Scene;
use super::scene::Run;

const RULES: &str = "groups:
  - name: mine
    rules:
      - {record: 'job:up:sum', expr: sum by (job) (up)}
      - {alert: ShopDown, expr: 'up{job=\"shop\"} == 0', for: 2m, labels: {severity: high}}
";

const TESTS: &str = "rule_files: [../mine.yml]
evaluation_interval: 1m
tests:
  - name: ShopDown fires
    interval: 1m
    input_series: [{series: 'up{job=\"shop\"}', values: '0x10'}]
    alert_rule_test:
      - {eval_time: 1m, alertname: ShopDown}
      - {eval_time: 5m, alertname: ShopDown, exp_alerts: [{exp_labels: {job: shop, severity: high}}]}
  - name: job:up:sum counts
    interval: 1m
    input_series: [{series: 'up{job=\"shop\"}', values: '1x10'}]
    promql_expr_test:
      - {expr: 'job:up:sum', eval_time: 5m, exp_samples: [{labels: 'job:up:sum{job=\"shop\"}', value: 1}]}
";

fn shipped(path: &str) -> String {
    std::fs::read_to_string(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// `name: tests passed/total, alerts, recording rules` of every row.
fn rows(run: &Run) -> Vec<String> {
    let tally = |value: &Value| format!("{}/{}", value["passed"], value["total"]);
    let row = |file: &Value| {
        let tallies = ["tests", "alerts", "recording_rules"].map(|key| tally(&file[key]));
        format!("{}: {}", file["name"].as_str().unwrap(), tallies.join(", "))
    };
    run.json()["files"].as_array().unwrap().iter().map(row).collect()
}

/// Intent: a file that Prometheus would refuse is told with its place, also when it has no tests, and not once per test.
#[test]
fn a_file_that_is_no_rule_file_is_refused_before_a_test_runs() {
    let Some(scene) = Scene::with("grafana: {enabled: false}\n") else { return };
    scene.write("rules/mine.yml", &RULES.replace("expr: sum by (job) (up)", "expr: sum by (job) (up"));
    let run = scene.expect(2, &["test", "mine"]);
    let told: Vec<&str> = run.stderr.lines().filter(|line| line.starts_with("error[")).collect();
    assert_eq!(told.len(), 1, "{}", run.stderr);
    assert!(told[0].starts_with("error[SC402]"), "{told:?}");
    assert!(run.stderr.contains("rules/mine.yml:4:"), "{}", run.stderr);
}

#[test]
fn a_broken_rule_fails_with_what_was_expected_and_what_came() {
    let Some(scene) = Scene::with("grafana: {enabled: false}\n") else { return };
    let run = scene.expect(0, &["test", "stack"]);
    assert!(run.stdout.contains("passed: 12 tests of 5 alerts and 0 recording rules\n"), "{}", run.stdout);

    let rules = shipped("rules/stack.yml");
    let broken = rules.replacen("for: 2m", "for: 2h", 1);
    assert_ne!(rules, broken);
    scene.write("rules/stack.yml", &broken);
    let run = scene.expect(1, &["test", "TargetDown"]);
    for part in
        ["failed: TargetDown waits, fires and recovers", "exp:[", "severity=\"critical\"", "got:[]", "hint: "]
    {
        assert!(run.stdout.contains(part), "{part} is not in {}", run.stdout);
    }
    let report = scene.expect(1, &["test", "targetdown", "--format", "json"]);
    let failure = report.json()["failures"][0].clone();
    assert_eq!((failure["rule"].as_str(), failure["time"].as_str()), (Some("TargetDown"), Some("55m")));
    assert_eq!(report.json()["passed"], false);
}

#[test]
fn other_thresholds_change_the_tests_and_still_pass_and_what_is_unchanged_is_not_run_again() {
    let Some(scene) = Scene::with("grafana: {enabled: false}\n") else { return };
    let again =
        |scene: &Scene| scene.expect(0, &["test", "stack", "--format", "json"]).json()["remembered"].clone();
    assert_eq!((again(&scene), again(&scene)), (0.into(), 1.into()));
    scene.stack(
        "grafana: {enabled: false}\nalerts: {thresholds: {TargetFlapping: 7, TargetRestarting: 12.5}}\n",
    );
    assert_eq!((again(&scene), again(&scene)), (0.into(), 1.into()));
}

#[test]
fn a_disabled_alert_drops_out_of_rules_and_tests() {
    let Some(scene) = Scene::with("grafana: {enabled: false}\nalerts: {disable: [TargetDown]}\n") else {
        return;
    };
    let run = scene.expect(0, &["test", "stack", "--format", "json"]);
    assert_eq!(rows(&run), ["stack: 10/10, 4/4, 0/0"]);
    let run = scene.expect(2, &["test", "TargetDown"]);
    assert_eq!(run.said("error: "), Some("no rule and no rule file is called `TargetDown` in this stack"));
}

#[test]
fn the_users_rules_are_tested_with_the_users_tests_and_may_be_without() {
    let Some(scene) = Scene::with("grafana: {enabled: false}\n") else { return };
    scene.write("rules/mine.yml", RULES);
    let run = scene.expect(0, &["test", "mine"]);
    assert_eq!(run.said("note: "), Some("no test looks at `job:up:sum` in rules/mine.yml"));
    scene.write("rules/tests/mine.yml", TESTS);
    let run = scene.expect(0, &["test", "rules/tests/mine.yml", "--format", "json"]);
    assert_eq!((rows(&run), run.stderr.as_str()), (vec!["mine: 2/2, 1/1, 1/1".to_owned()], ""));
    scene.write("rules/tests/mine.yml", &TESTS.replace("value: 1}", "value: 2}"));
    let run = scene.expect(1, &["test", "mine", "--format", "json"]);
    assert_eq!(rows(&run), ["mine: 1/2, 1/1, 0/1"]);
    assert_eq!(run.json()["failures"][0]["test"], "job:up:sum counts");
}

/// Intent: a rule that was shipped with a test is not silently without one.
#[test]
fn a_shipped_rule_without_a_test_is_a_failure() {
    let Some(scene) = Scene::with("grafana: {enabled: false}\n") else { return };
    scene.write("rules/tests/stack.yml", &shipped("rules/tests/stack.yml").replace("Watchdog", "TargetDown"));
    let run = scene.expect(1, &["test", "Watchdog"]);
    assert_eq!(run.said("warning: "), Some("no test looks at `Watchdog` in rules/stack.yml"));
}

#[test]
fn without_an_image_there_is_no_promtool() {
    let Some(scene) = Scene::with("images: {debian_suite: sid}\n") else { return };
    let run = scene.expect(3, &["test"]);
    assert!(
        run.stderr.contains("the image of prometheus, whose promtool runs the tests, is not here"),
        "{}",
        run.stderr
    );
    assert!(run.said("hint: ").is_some());
}
