use super::{STACK, alert, found, in_rules};

#[test]
fn an_expression_that_is_not_promql_is_shown_at_the_very_character() {
    for (expr, told) in [
        (
            "sum by (a) (x) > > 1",
            "error SC402 rules/mine.yml:5:32+1 the expression of `Mine` is not PromQL: `>` at character 18 is not expected | try the expression on the query page of Prometheus",
        ),
        (
            "x{a=\"b\"} = 1",
            "error SC402 rules/mine.yml:5:24+1 the expression of `Mine` is not PromQL: `=` at character 10 is not expected | write `==` to compare values; `=` belongs into `{…}`",
        ),
        (
            "rate(x[5m] > 1",
            "error SC402 rules/mine.yml:5:15+14 the expression of `Mine` is not PromQL: it ends too early | is a `)` missing?",
        ),
        (
            "rate(x) > 1",
            "error SC402 rules/mine.yml:5:15+4 the expression of `Mine` is not PromQL: expected a range vector in call to function `rate`, got an instant vector | add a range, such as `[5m]`",
        ),
        (
            "rat(x[5m]) > 1",
            "error SC402 rules/mine.yml:5:15+3 the expression of `Mine` is not PromQL: unknown function with name `rat` | did you mean `rate`?",
        ),
        (
            "avg_over_time(rate(x[1h])[7d]) > 1",
            "error SC402 rules/mine.yml:5:15+34 the expression of `Mine` is not PromQL: ranges only allowed for vector selectors | write a subquery with a resolution, such as `[7d:1h]`",
        ),
        (
            "x >",
            "error SC402 rules/mine.yml:5:15+3 the expression of `Mine` is not PromQL: it ends too early | something is missing after the last word",
        ),
        (
            "x && y",
            "error SC402 rules/mine.yml:5:17+2 the expression of `Mine` is not PromQL: `&&` at character 3 is not expected | write `and`",
        ),
        (
            "x{a=~\"[\"} > 1",
            "error SC402 rules/mine.yml:5:21+1 the expression of `Mine` is not PromQL: `[` is not a regular expression | try the expression on the query page of Prometheus",
        ),
        (
            "x{a=\"b\" or c=\"d\"} > 1",
            "error SC402 rules/mine.yml:5:23+2 the expression of `Mine` is not PromQL: matchers cannot be joined by `or` | write two selectors with `or` between them, or one regular expression",
        ),
        (
            "rate(x[5m] smoothed) > 1",
            "error SC402 rules/mine.yml:5:26+8 the expression of `Mine` is not PromQL: `smoothed` at character 12 is not expected | this modifier is experimental and not supported here",
        ),
        (
            "1 > 2",
            "error SC402 rules/mine.yml:5:15+5 the expression of `Mine` is not PromQL: comparisons between scalars must use BOOL modifier | write `> bool`, or compare a series: `vector(…)`",
        ),
        (
            "limitk(2, x) > 1",
            "error SC402 rules/mine.yml:5:15+6 `Mine`: Prometheus knows `limitk` only as an experiment | set `prometheus.args: [--enable-feature=promql-experimental-functions]`",
        ),
        (
            "mad_over_time(x[5m]) > 1",
            "error SC402 rules/mine.yml:5:15+13 `Mine`: Prometheus knows `mad_over_time` only as an experiment | set `prometheus.args: [--enable-feature=promql-experimental-functions]`",
        ),
    ] {
        assert_eq!(in_rules(&alert(expr)), [told], "{expr}");
    }
    assert_eq!(in_rules(&alert("x > 1_000 and y > 0x1F and z{\"a.b\"=\"c\"} > 5m")), [""; 0]);
}

#[test]
fn a_block_is_shown_at_the_line_within() {
    let text = alert("|\n          sum by (job) (\n            rate(x_total[5m)\n          ) > 1");
    assert_eq!(
        in_rules(&text),
        [
            "error SC402 rules/mine.yml:7:28+1 the expression of `Mine` is not PromQL: `)` at character 33 is not expected | try the expression on the query page of Prometheus"
        ]
    );
    let folded = alert(">-\n          sum by (job) (\n          rate(x_total[5m))\n          > 1");
    assert_eq!(
        in_rules(&folded),
        [
            "error SC402 rules/mine.yml:7:26+1 the expression of `Mine` is not PromQL: `)` at character 31 is not expected | try the expression on the query page of Prometheus"
        ]
    );
}

#[test]
fn deep_expressions_are_refused_before_they_are_walked() {
    let deep = format!("{}x{} > 1", "(".repeat(101), ")".repeat(101));
    assert_eq!(
        in_rules(&alert(&deep)),
        [
            "error SC402 rules/mine.yml:5:15+207 the expression of `Mine` is not PromQL: it has more than 1000 operators or 100 levels of brackets | record parts of it as rules of their own"
        ]
    );
    let long = format!("x{} > 1", " + x".repeat(1001));
    assert_eq!(in_rules(&alert(&long)).len(), 1);
    assert_eq!(in_rules(&alert(&format!("x{} > 1", " + x".repeat(900)))), [""; 0]);
}

#[test]
fn experimental_functions_need_their_flag() {
    let flag = format!("{STACK}prometheus: {{args: [--enable-feature=promql-experimental-functions]}}\n");
    assert_eq!(found(&flag, &[("rules/mine.yml", &alert("mad_over_time(x[5m]) > 1"))]), [""; 0]);
}

#[test]
fn quantiles_are_taken_over_rates() {
    assert_eq!(
        in_rules(&alert("histogram_quantile(0.95, sum by (le) (x_seconds_bucket)) > 1")),
        [
            "error SC408 rules/mine.yml:5:53+16 `Mine`: `histogram_quantile` over the raw buckets `x_seconds_bucket` looks back to the start of the process and hardly moves | write `histogram_quantile(…, sum by (le) (rate(x_seconds_bucket[5m])))`"
        ]
    );
    for good in [
        "histogram_quantile(0.95, sum by (le) (rate(x_seconds_bucket[5m]))) > 1",
        "histogram_quantile(0.95, job:x_seconds_bucket:rate5m) > 1",
        "x_seconds_bucket > 1",
    ] {
        assert_eq!(in_rules(&alert(good)), [""; 0], "{good}");
    }
}

#[test]
fn windows_hold_two_samples() {
    let stack = format!("{STACK}apps: {{slow: {{targets: [\"a:1\"], scrape_interval: 1m}}}}\n");
    let told = |expr: &str| found(&stack, &[("rules/mine.yml", &alert(expr))]);
    assert_eq!(
        told("rate(x[20s]) > 1"),
        [
            "warning SC409 rules/mine.yml:5:15+4 `Mine`: `rate` over 20s is often empty: samples come every 15s | make the window at least 1m"
        ]
    );
    assert_eq!(
        told("increase(x{job=\"slow\"}[1m]) > 1"),
        [
            "warning SC409 rules/mine.yml:5:15+8 `Mine`: `increase` over 1m is often empty: samples come every 1m | make the window at least 4m"
        ]
    );
    for good in ["rate(x[30s]) > 1", "increase(x{job=\"slow\"}[2m]) > 1", "max_over_time(x[15s]) > 1"] {
        assert_eq!(told(good), [""; 0], "{good}");
    }
}

#[test]
fn both_sides_of_a_ratio_are_summed_alike() {
    assert_eq!(
        in_rules(&alert("rate(x{status=~\"5..\"}[5m]) / rate(x[5m]) > 0.05")),
        [
            "warning SC410 rules/mine.yml:5:20+1 `Mine`: both sides of the ratio are `x` and at least one keeps the label `status`: each series is divided by itself or by nothing | put both sides into the same `sum by (…)`, such as `sum by (job) (rate(…)) / sum by (job) (rate(…))`"
        ]
    );
    assert_eq!(in_rules(&alert("sum(rate(x{status=~\"5..\"}[5m])) / rate(x[5m]) > 0.05")).len(), 1);
    for good in [
        "sum by (job) (rate(x{status=~\"5..\"}[5m])) / sum by (job) (rate(x[5m])) > 0.05",
        "rate(x{a=\"b\"}[5m]) / rate(y{a=\"b\"}[5m]) > 1",
        "rate(x_sum[5m]) / rate(x_count[5m]) > 1",
        "rate(x{m=\"a\"}[5m]) / ignoring (m) group_left sum without (m) (rate(x[5m])) > 1",
        "rate(x[5m]) / rate(x[5m] offset 1d) > 2",
    ] {
        assert_eq!(in_rules(&alert(good)), [""; 0], "{good}");
    }
}

#[test]
fn limits_are_guarded() {
    assert_eq!(
        in_rules(&alert("redis_memory_used_bytes / redis_memory_max_bytes > 0.9")),
        [
            "warning SC411 rules/mine.yml:5:41+22 `Mine`: where `redis_memory_max_bytes` is 0, meaning unlimited, the division gives +Inf | divide by `(redis_memory_max_bytes > 0)`"
        ]
    );
    assert_eq!(in_rules(&alert("sum(a) / sum(container_spec_memory_limit_bytes) > 0.9")).len(), 1);
    for good in [
        "a / (redis_memory_max_bytes > 0) > 0.9",
        "a / (redis_memory_max_bytes != 0) > 0.9",
        "a / redis_memory_max_bytes > 0.9 and redis_memory_max_bytes > 0",
        "sum(a) / sum(x_limit_bytes > 0) > 0.9",
        "process_open_fds / process_max_fds > 0.9",
        "a / b > 0.9",
    ] {
        assert_eq!(in_rules(&alert(good)), [""; 0], "{good}");
    }
}

#[test]
fn a_service_is_not_its_exporter() {
    let stack = format!("{STACK}exporters: {{redis: {{address: \"redis://r:6379\"}}, node: }}\n");
    let told = |text: &str| found(&stack, &[("rules/mine.yml", text)]);
    assert_eq!(
        told(&alert("up{job=~\"red.*\"} == 0")),
        [
            "warning SC412 rules/mine.yml:5:15+2 `Mine`: `up` of job `redis` stays 1 when the service behind the exporter is down | write `redis_up{job=\"redis\"} == 0`; name an alert on `up` after the exporter"
        ]
    );
    for good in [
        "redis_up{job=\"redis\"} == 0",
        "redis_up{job=\"redis\"} == 0 or up{job=\"redis\"} == 0",
        "absent(up{job=\"redis\"})",
        "up{job=~\"redis|node\"} == 0",
        "up == 0",
    ] {
        assert_eq!(told(&alert(good)), [""; 0], "{good}");
    }
    let exporter = alert("up{job=\"redis\"} == 0").replace("alert: Mine", "alert: RedisExporterDown");
    assert_eq!(told(&exporter), [""; 0]);
}

#[test]
fn our_own_rules_name_their_job() {
    let text = alert("up == 0 and ALERTS{alertname=\"A\"}");
    assert_eq!(in_rules(&text), [""; 0]);
    let (document, stack) = super::stack_of(STACK);
    let mut artifacts = super::rendered(&stack, &[("rules/stack.yml", &text)]);
    for artifact in artifacts.iter_mut().filter(|a| a.path == "rules/stack.yml") {
        artifact.author = crate::model::artifact::Author::Shipped;
    }
    let all = crate::check::check(&document, &stack, &artifacts);
    let ours = all.iter().filter(|d| d.code == "SC417").map(super::line);
    let ours: Vec<_> = ours.filter(|told| told.contains("rules/stack.yml")).collect();
    assert_eq!(
        ours,
        [
            "error SC417 prometheus/rules/stack.yml:5:15+2 `Mine`: `up` is selected without a job: another job's metric of that name counts too | write `up{job=\"…\"}`"
        ]
    );
}

#[test]
fn a_rule_gives_series_or_a_number() {
    let range = "the expression gives a range of samples; Prometheus fails to evaluate such a rule | take a function over the range, such as `rate(…[5m])` or `last_over_time(…[5m])`, or leave the range out";
    let text = "the expression gives a text; Prometheus fails to evaluate such a rule | write an expression that gives series or a number";
    for (expr, told) in [
        ("'x{job=\"a\"}[5m]'", format!("5:15+16 `Mine`: {range}")),
        ("'x{job=\"a\"}[5m] offset 5m'", format!("5:15+26 `Mine`: {range}")),
        ("'(x > 1)[5m:1m]'", format!("5:15+16 `Mine`: {range}")),
        ("'\"a\"'", format!("5:15+5 `Mine`: {text}")),
    ] {
        assert_eq!(in_rules(&alert(expr)), [format!("error SC420 rules/mine.yml:{told}")], "{expr}");
    }
    let record = "groups: [{name: a, rules: [{record: \"a:b\", expr: 'x[5m]'}]}]";
    let told = in_rules(record);
    assert!(told.len() == 1 && told[0].starts_with("error SC420 rules/mine.yml:1:50+"), "{told:?}");
}
