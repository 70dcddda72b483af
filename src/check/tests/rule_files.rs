use super::{alert, found, in_rules};
use crate::check::tests::STACK;

#[test]
fn a_complete_file_has_no_findings() {
    let text = "\
groups:
  - name: a
    interval: 30s
    query_offset: 10s
    limit: 10
    labels: {team: x}
    rules:
      - record: job:x:rate5m
        expr: sum by (job) (rate(x_total[5m]))
        labels: {kind: speed}
      - alert: High
        expr: job:x:rate5m > 1
        for: 1m
        keep_firing_for: 5m
        labels: {severity: high, category: test, service: mine}
        annotations: {summary: s, description: d, runbook_url: r}
  - name: b
";
    assert_eq!(in_rules(text), [""; 0]);
}

#[test]
fn structure_is_read_as_strictly_as_prometheus_reads_it() {
    let text = "\
group: []
groups:
  - rules: []
  - name: a
    intervall: 1m
    interval: 1 minute
    rules:
      - expr: up
      - alert: A
        record: b
        expr: up
      - alert: NoExpr
      - alert: ''
        expr: up > 1
        labels: {severity: high, category: test, service: mine}
        annotations: {summary: s, description: d, runbook_url: r}
      - record: 1x
        expr: up
      - record: x
        expr: up
        for: 1m
        labels: {a-b: c, d: [e]}
  - name: c
    rules: {}
";
    assert_eq!(
        in_rules(text),
        [
            "error SC401 rules/mine.yml:1:1+5 a rule file has no key `group`; Prometheus refuses the file | did you mean `groups`?",
            "error SC401 rules/mine.yml:3:5+1 the group has no name | add `name: …`",
            "error SC401 rules/mine.yml:5:5+9 a group has no key `intervall`; Prometheus refuses the file | did you mean `interval`?",
            "error SC401 rules/mine.yml:6:15+8 `interval` must be a duration, found `1 minute` | write a number with its unit, such as 30s, 5m or 1h30m",
            "error SC401 rules/mine.yml:8:9+1 the rule has neither `alert` nor `record` | add `alert: Name` or `record: level:metric:operations`",
            "error SC401 rules/mine.yml:10:17+1 a rule makes an alert or a series, not both | keep `alert` or `record`",
            "error SC401 rules/mine.yml:12:16+6 the rule `NoExpr` has no `expr` | add `expr:` with a PromQL expression",
            "error SC401 rules/mine.yml:13:16+2 the alert has no name | write `alert: Name`",
            "error SC401 rules/mine.yml:17:17+2 `1x` cannot be the name of a series | use letters, digits, `_` and `:`",
            "error SC401 rules/mine.yml:19:17+1 the recorded series `x` has keys that only alerts have | remove `for` and `annotations`",
            "error SC401 rules/mine.yml:22:18+3 `a-b` cannot be the name of a label or annotation | use letters, digits and `_`",
            "error SC401 rules/mine.yml:22:26+1 `d` must be text, found a list | put the value between quotes",
            "error SC401 rules/mine.yml:24:5+5 `rules` must be a list of rules | begin each element with `- `"
        ]
    );
    assert_eq!(
        in_rules("[]\n"),
        [
            "error SC401 rules/mine.yml:1:1+1 a rule file is a mapping with the key `groups` | begin with `groups:`"
        ]
    );
}

#[test]
fn a_name_stands_once() {
    let text = "\
groups:
  - name: a
    rules: []
  - name: a
    rules: []
";
    assert_eq!(
        in_rules(text),
        [
            "error SC404 rules/mine.yml:4:11+1 the group `a` is here twice; the first is on line 2 | Prometheus refuses the file; rename one of them"
        ]
    );
}

#[test]
fn an_alert_stands_in_one_file_and_its_tiers_differ_in_labels() {
    let other = alert("up > 1");
    assert_eq!(
        found(STACK, &[("rules/mine.yml", &alert("up > 2")), ("rules/other.yml", &other)]),
        [
            "warning SC403 rules/other.yml:4:16+4 the alert `Mine` is here twice; the first is in `./rules/mine.yml` on line 4 | silences, thresholds and runbooks know alerts by name: rename one of them"
        ]
    );
    let tiers = "\
groups:
  - name: a
    rules:
      - &base
        alert: Full
        expr: x > 1
        labels: {severity: high, category: test, service: mine}
        annotations: {summary: s, description: d, runbook_url: r}
      - alert: Full
        expr: x > 2
        labels: {severity: critical, category: test, service: mine}
        annotations: {summary: s, description: d, runbook_url: r}
      - *base
";
    assert_eq!(
        in_rules(tiers),
        [
            "warning SC403 rules/mine.yml:5:16+4 the alert `Full` is here twice; the first is in `./rules/mine.yml` on line 5 | silences, thresholds and runbooks know alerts by name: rename one of them"
        ]
    );
}

#[test]
fn a_wait_shorter_than_the_evaluation_is_no_wait() {
    let text = alert("up == 0").replace("        labels", "        for: 10s\n        labels");
    assert_eq!(
        in_rules(&text),
        [
            "warning SC418 rules/mine.yml:6:14+3 `Mine`: `for: 10s` is shorter than the 15s between two evaluations | it waits for the next evaluation: write `for: 15s` or more, or leave it out"
        ]
    );
    let fine = text.replace("    rules", "    interval: 5s\n    rules");
    assert_eq!(in_rules(&fine), [""; 0]);
}

#[test]
fn a_group_is_evaluated_within_the_time_prometheus_looks_back() {
    let text = alert("up == 0").replace("    rules", "    interval: 1h\n    rules");
    assert_eq!(
        in_rules(&text),
        [
            "warning SC419 rules/mine.yml:3:15+2 the group `mine` is evaluated every 1h: its recorded series are gone in between | write `interval: 5m` or less"
        ]
    );
}

#[test]
fn what_is_not_yaml_is_told_by_the_reader() {
    assert_eq!(
        in_rules("groups: [{name: !!str a, rules: []}]\n"),
        ["error SC103 rules/mine.yml:1:17+1 the tag `tag:yaml.org,2002:str` is not supported | remove it"]
    );
}
