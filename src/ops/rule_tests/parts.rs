//! A test file taken apart, each test with the rules it depends on and no others.
//!
//! promtool evaluates every rule of a file at every step of every test. Most tests read one rule of fifty; the rest costs
//! time and proves nothing. A rule that a test depends on is one it names, or one that records what such a rule reads.

use std::collections::{BTreeMap, BTreeSet};

use serde_yaml::{Mapping, Value};

use crate::check;
use crate::engine::ToolFile;
use crate::kernel::units;
use crate::model::stack::CONFIG_DIRECTORY;

/// Tests that depend on the same rules, and those rules.
#[derive(Debug)]
pub struct Part {
    /// Path of the test file.
    pub path: String,
    /// The test file and its rule file, where promtool looks for them.
    pub files: Vec<ToolFile>,
    /// Evaluations of a rule that promtool makes for it.
    pub cost: u64,
}

/// A rule file: its name and its content.
pub type Rules = (String, Value);

/// A rule by its group and its position in it.
type Place = (usize, usize);

/// The parts of a test file; none when it has no tests that can be taken apart.
pub fn split(directory: &str, name: &str, tests: &Value, rules: &[Rules]) -> Option<Vec<Part>> {
    let entries = tests.get("tests")?.as_sequence()?;
    let groups: Vec<&Value> = rules.iter().flat_map(|(_, file)| list(file, "groups")).collect();
    let index = Index::of(&groups);
    let mut by_rules: BTreeMap<BTreeSet<Place>, Vec<Value>> = BTreeMap::new();
    for test in entries {
        by_rules.entry(index.needed(test)).or_default().push(test.clone());
    }
    let step = duration(tests.get("evaluation_interval")).unwrap_or(60);
    let part = |(number, (needed, entries)): (usize, (BTreeSet<Place>, Vec<Value>))| {
        let cost = entries.iter().map(|test| steps(test, step) * needed.len().max(1) as u64).sum();
        let place = format!("{directory}/tests/{name}.{number}");
        let (path, rule_file) = (format!("{place}.yml"), format!("{place}.rules.yml"));
        let kept = kept(&groups, &needed);
        let tests = with_rules(tests, entries, &format!("{CONFIG_DIRECTORY}/{rule_file}"), &kept);
        let file = |path: &str, value: &Value| {
            Some((path.to_owned(), serde_yaml::to_string(value).ok()?.into_bytes()))
        };
        let rules = Value::Mapping(Mapping::from_iter([("groups".into(), Value::Sequence(kept))]));
        Some(Part { files: vec![file(&path, &tests)?, file(&rule_file, &rules)?], path, cost })
    };
    by_rules.into_iter().enumerate().map(part).collect()
}

/// Which rule records or raises what, and what each reads.
struct Index {
    all: BTreeSet<Place>,
    records: BTreeMap<String, Vec<Place>>,
    alerts: BTreeMap<String, Vec<Place>>,
    reads: BTreeMap<Place, Option<check::Reads>>,
}

impl Index {
    fn of(groups: &[&Value]) -> Self {
        let mut index = Self {
            all: BTreeSet::new(),
            records: BTreeMap::new(),
            alerts: BTreeMap::new(),
            reads: BTreeMap::new(),
        };
        for (group, value) in groups.iter().enumerate() {
            for (position, rule) in list(value, "rules").enumerate() {
                let place = (group, position);
                index.all.insert(place);
                let word = |key: &str| rule.get(key).and_then(Value::as_str);
                if let Some(name) = word("record") {
                    index.records.entry(name.to_owned()).or_default().push(place);
                }
                if let Some(name) = word("alert") {
                    index.alerts.entry(name.to_owned()).or_default().push(place);
                }
                index.reads.insert(place, word("expr").and_then(check::reads));
            }
        }
        index
    }

    /// The rules that a test depends on; all of them when that cannot be said.
    fn needed(&self, test: &Value) -> BTreeSet<Place> {
        match self.closure(test) {
            Some(needed) if !needed.is_empty() => needed,
            _ => self.all.clone(),
        }
    }

    fn closure(&self, test: &Value) -> Option<BTreeSet<Place>> {
        let mut open: Vec<Place> = Vec::new();
        for case in list(test, "alert_rule_test") {
            open.extend(places(&self.alerts, case.get("alertname")?.as_str()?));
        }
        for case in list(test, "promql_expr_test") {
            open.extend(self.read_by(&check::reads(case.get("expr")?.as_str()?)?));
        }
        let mut needed = BTreeSet::new();
        while let Some(place) = open.pop() {
            if needed.insert(place) {
                open.extend(self.read_by(self.reads.get(&place)?.as_ref()?));
            }
        }
        Some(needed)
    }

    fn read_by(&self, reads: &check::Reads) -> Vec<Place> {
        let series = reads.series.iter().flat_map(|name| places(&self.records, name));
        series.chain(reads.alerts.iter().flat_map(|name| places(&self.alerts, name))).collect()
    }
}

fn places<'a>(
    by_name: &'a BTreeMap<String, Vec<Place>>,
    name: &str,
) -> impl Iterator<Item = Place> + use<'a> {
    by_name.get(name).into_iter().flatten().copied()
}

/// The groups with these rules only, in their order; groups without any are left out.
fn kept(groups: &[&Value], needed: &BTreeSet<Place>) -> Vec<Value> {
    let keep = |(number, group): (usize, &&Value)| {
        let mut group = (*group).clone();
        let rules = group.get_mut("rules")?.as_sequence_mut()?;
        let mut position = 0;
        rules.retain(|_| {
            position += 1;
            needed.contains(&(number, position - 1))
        });
        (!rules.is_empty()).then_some(group)
    };
    groups.iter().enumerate().filter_map(keep).collect()
}

/// The test file with these tests and this rule file. promtool refuses an order that names a group which is not there.
fn with_rules(file: &Value, entries: Vec<Value>, rule_file: &str, groups: &[Value]) -> Value {
    let mut file = file.clone();
    let Some(mapping) = file.as_mapping_mut() else { return file };
    mapping.insert("tests".into(), Value::Sequence(entries));
    mapping.insert("rule_files".into(), Value::Sequence(vec![rule_file.into()]));
    if let Some(Value::Sequence(order)) = mapping.get_mut("group_eval_order") {
        order.retain(|name| groups.iter().any(|group| group.get("name") == Some(name)));
        if order.is_empty() {
            mapping.remove("group_eval_order");
        }
    }
    file
}

/// Evaluations from the start to the last case of a test.
fn steps(test: &Value, step: u64) -> u64 {
    let cases = ["alert_rule_test", "promql_expr_test"].into_iter().flat_map(|key| list(test, key));
    let last = cases.filter_map(|case| duration(case.get("eval_time"))).max().unwrap_or(0);
    last / step.max(1) + 1
}

/// Seconds.
fn duration(value: Option<&Value>) -> Option<u64> {
    units::parse_duration(value?.as_str()?).map(|duration| duration.as_secs())
}

fn list<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value.get(key).and_then(Value::as_sequence).into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use serde_yaml::Value;

    use super::split;

    const RULES: &str = "
groups:
  - name: recording
    rules:
      - {record: 'job:a:sum', expr: sum by (job) (a)}
      - {record: 'job:a:double', expr: '2 * job:a:sum'}
      - {record: 'job:b:sum', expr: sum by (job) (b)}
  - name: alerts
    interval: 30s
    rules:
      - {alert: High, expr: 'job:a:double > 4'}
      - {alert: Low, expr: 'b < 1'}
";

    const TESTS: &str = "
rule_files: [x.yml]
evaluation_interval: 1m
group_eval_order: [recording, alerts]
tests:
  - name: High fires
    alert_rule_test: [{eval_time: 5m, alertname: High}]
  - name: Low fires
    promql_expr_test: [{expr: 'ALERTS{alertname=\"Low\"}', eval_time: 9m}]
  - name: High is quiet
    promql_expr_test: [{expr: 'count(ALERTS{alertname=\"High\"})', eval_time: 0m}]
  - name: everything
    promql_expr_test: [{expr: 'count({__name__=~\"job:.*\"})', eval_time: 1m}]
";

    /// `rules: tests`, with the cost.
    fn parts() -> Vec<String> {
        let tests: Value = serde_yaml::from_str(TESTS).unwrap();
        let rules = [("x".to_owned(), serde_yaml::from_str(RULES).unwrap())];
        let names = |bytes: &[u8], key: &str| {
            let text = String::from_utf8_lossy(bytes);
            let words =
                text.lines().filter_map(|line| line.trim().trim_start_matches("- ").strip_prefix(key));
            words.map(|word| word.trim_matches('\'').to_owned()).collect::<Vec<_>>()
        };
        let text = |part: super::Part| {
            let (tests, rules) = (&part.files[0].1, &part.files[1].1);
            let kept = [names(rules, "record: "), names(rules, "alert: ")].concat();
            format!("{}: {} ({})", kept.join(" "), names(tests, "name: ").join(", "), part.cost)
        };
        split("rules", "x", &tests, &rules).unwrap().into_iter().map(text).collect()
    }

    #[test]
    fn each_test_gets_the_rules_it_depends_on() {
        assert_eq!(
            parts(),
            [
                "job:a:sum job:a:double job:b:sum High Low: everything (10)",
                "job:a:sum job:a:double High: High fires, High is quiet (21)",
                "Low: Low fires (10)",
            ]
        );
    }

    #[test]
    fn a_part_names_its_rule_file_and_only_groups_that_it_has() {
        let tests: Value = serde_yaml::from_str(TESTS).unwrap();
        let rules = [("x".to_owned(), serde_yaml::from_str(RULES).unwrap())];
        let parts = split("rules", "x", &tests, &rules).unwrap();
        let low: Value = serde_yaml::from_slice(&parts[2].files[0].1).unwrap();
        assert_eq!(low["rule_files"][0].as_str(), Some("/etc/stackctl/current/rules/tests/x.2.rules.yml"));
        assert_eq!(low["group_eval_order"].as_sequence().unwrap().len(), 1);
        let rules: Value = serde_yaml::from_slice(&parts[2].files[1].1).unwrap();
        assert_eq!(rules["groups"][0]["interval"].as_str(), Some("30s"), "a group keeps its settings");
    }
}
