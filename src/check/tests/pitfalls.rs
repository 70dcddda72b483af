use super::{STACK, alert, found, in_rules};

fn one(expr: &str, expected: &str) {
    assert_eq!(in_rules(&alert(expr)), [expected], "{expr}");
}

fn none(expressions: &[&str]) {
    for expr in expressions {
        assert_eq!(in_rules(&alert(expr)), [""; 0], "{expr}");
    }
}

#[test]
fn a_job_that_is_almost_one_of_the_stack_is_found() {
    let stack = format!("{STACK}apps: {{nginx: {{targets: [\"nginx:9113\"]}}}}\n");
    let with = |expr: &str| found(&stack, &[("rules/mine.yml", &alert(expr))]);
    assert_eq!(
        with("up{job=\"ngnix\"} == 0"),
        [
            "warning SC449 rules/mine.yml:5:23+5 `Mine`: no job of this stack is called `ngnix` | did you mean `job=\"nginx\"`?"
        ]
    );
    for good in ["up{job=\"nginx\"} == 0", "up{job=~\"ngn.*\"} == 0", "up{job=\"elsewhere\"} == 0"] {
        assert_eq!(with(good), [""; 0], "{good}");
    }
}

#[test]
fn jobs_that_come_from_elsewhere_are_not_judged() {
    let config = "\
rule_files: [rules/*.yml]
scrape_configs:
  - {job_name: nginx, honor_labels: true, static_configs: [{targets: ['a:1']}]}
";
    let files = [
        ("templates/prometheus/prometheus.yml", config),
        ("rules/mine.yml", &alert("up{job=\"ngnix\"} == 0")),
    ];
    let lines = found(STACK, &files);
    assert!(lines.iter().all(|line| !line.contains("SC449")), "{lines:?}");
    let strict = config.replace("honor_labels: true, ", "");
    let files = [("templates/prometheus/prometheus.yml", strict.as_str()), files[1]];
    let lines = found(STACK, &files);
    assert!(lines.iter().any(|line| line.contains("SC449")), "{lines:?}");
}

#[test]
fn rates_are_of_counters_and_deltas_of_gauges() {
    one(
        "rate(node_memory_MemAvailable_bytes[5m]) > 1",
        "warning SC450 rules/mine.yml:5:15+4 `Mine`: `rate` of the gauge `node_memory_MemAvailable_bytes` takes every decrease for a restart | write `delta(…)` or `deriv(…)` for the change of a gauge",
    );
    one(
        "delta(x_total[5m]) > 1",
        "warning SC450 rules/mine.yml:5:15+5 `Mine`: `delta` of the counter `x_total` is wrong after every restart | write `rate(…)` or `increase(…)` for the growth of a counter",
    );
    none(&[
        "delta(node_memory_MemAvailable_bytes[5m]) > 1",
        "rate(x_total[5m]) > 1",
        "predict_linear(node_filesystem_avail_bytes[1h], 3600) < 0",
        "resets(x_total[5m]) > 1",
    ]);
}

#[test]
fn a_counter_is_not_compared_itself() {
    one(
        "http_requests_total > 100",
        "warning SC451 rules/mine.yml:5:15+19 `Mine`: the counter `http_requests_total` only grows: once above the threshold the alert fires until a restart | compare `increase(http_requests_total[1h])` or `rate(…)`",
    );
    assert_eq!(in_rules(&alert("sum by (job) (x_total) >= 5 and up == 1")).len(), 1);
    none(&[
        "increase(http_requests_total[1h]) > 100",
        "x_total == 0",
        "corruptions_total > 0",
        "rate(x_total[5m]) > 1 and x_total > 100",
        "x_total > x_total offset 1h",
        "count(x_total) > 5",
    ]);
}

#[test]
fn both_sides_of_an_operation_have_the_same_labels() {
    one(
        "sum by (job) (a) / sum by (instance) (b) > 1",
        "warning SC452 rules/mine.yml:5:32+1 `Mine`: the two sides of `/` have the labels `job` and `instance`, and no series matches another | aggregate both sides by the same labels, or write `/ on ()`",
    );
    one(
        "sum by (job, instance) (a) > sum by (job) (b)",
        "warning SC452 rules/mine.yml:5:42+1 `Mine`: the two sides of `>` have the labels `instance, job` and `job`, and no series matches another | aggregate both sides by the same labels, or write `> on (job)`",
    );
    none(&[
        "sum by (job, instance) (a) / sum by (instance, job) (b) > 1",
        "sum by (job, instance) (a) / on (job) group_left sum by (job) (b) > 1",
        "sum by (job) (a) / scalar(sum(b)) > 1",
        "sum by (job) (a) > 1 or sum by (instance) (b) > 1",
        "sum without (x) (a) / sum by (job) (b) > 1",
    ]);
}
