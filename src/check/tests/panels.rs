use super::{STACK, found};

/// A dashboard with these panels, which begin on line 4.
fn told(panels: &str) -> Vec<String> {
    let text = format!(
        r#"{{"uid": "mine", "title": "Mine",
  "templating": {{"list": [{{"name": "datasource"}}, {{"name": "job"}}, {{"name": "n"}}, {{"name": "window"}}]}},
  "panels": [
{panels}
  ]
}}
"#
    );
    found(STACK, &[("dashboards/mine.json", &text)])
}

/// A complete panel with this query.
fn query(expr: &str) -> String {
    let expr = serde_json::to_string(expr).unwrap();
    format!(
        r#"{{"id": 1, "type": "timeseries", "title": "A", "datasource": {{"uid": "${{datasource}}"}},
 "gridPos": {{"x": 0, "y": 0, "w": 24, "h": 8}}, "fieldConfig": {{"defaults": {{"unit": "s"}}}},
 "targets": [{{"expr": {expr}}}]}}"#
    )
}

fn at(id: u8, grid: &str) -> String {
    format!(r#"{{"id": {id}, "type": "text", "title": "P{id}", "gridPos": {{{grid}}}}}"#)
}

#[test]
fn a_panel_is_complete() {
    assert_eq!(told(&query("up")), [""; 0]);
    assert_eq!(
        told("{\"id\": 1}"),
        [
            "warning SC439 dashboards/mine.json:4:2+4 the panel with the id 1 has no datasource | add `\"datasource\": {\"type\": \"prometheus\", \"uid\": \"${datasource}\"}`",
            "error SC439 dashboards/mine.json:4:2+4 the panel with the id 1 has no gridPos | add `\"gridPos\": {\"x\": 0, \"y\": 0, \"w\": 12, \"h\": 8}`; the grid has 24 columns",
            "warning SC439 dashboards/mine.json:4:2+4 the panel with the id 1 has no title | add `\"title\": \"…\"`",
            "error SC439 dashboards/mine.json:4:2+4 the panel with the id 1 has no type | add `\"type\": \"timeseries\"` or another"
        ]
    );
    let row = r#"{"id": 1, "type": "row", "title": "R", "gridPos": {"x": 0, "y": 0, "w": 24, "h": 1}, "panels": [{"id": 2, "libraryPanel": {"uid": "x"}}]}"#;
    assert_eq!(told(row), [""; 0]);
    let targets = query("up")
        .replace("\"datasource\": {\"uid\": \"${datasource}\"},", "")
        .replace("{\"expr\"", "{\"datasource\": {\"uid\": \"grafana\"}, \"expr\"");
    assert_eq!(told(&targets), [""; 0]);
}

#[test]
fn types_of_the_past_are_named_with_their_successor() {
    assert_eq!(
        told(&query("up").replace("timeseries", "graph")),
        [
            "error SC438 dashboards/mine.json:4:19+7 the panel `A` is of the type `graph`, which Grafana no longer has | write `\"type\": \"timeseries\"`"
        ]
    );
}

#[test]
fn ids_are_unique_also_inside_rows() {
    let text = format!(
        "{},\n{}",
        at(1, r#""x": 0, "y": 0, "w": 24, "h": 1"#),
        r#"{"id": 2, "type": "row", "title": "R", "gridPos": {"x": 0, "y": 1, "w": 24, "h": 1}, "panels": [{"id": 1, "type": "text", "gridPos": {"x": 0, "y": 2, "w": 1, "h": 1}}]}"#
    );
    assert_eq!(
        told(&text),
        [
            "error SC440 dashboards/mine.json:5:104+1 the panel id 1 is here twice; the first is on line 4 | links and alerts know panels by id: give one of them another number"
        ]
    );
}

#[test]
fn panels_lie_side_by_side() {
    let text = [
        at(1, r#""x": 0, "y": 0, "w": 12, "h": 8"#),
        at(2, r#""x": 12, "y": 0, "w": 12, "h": 8"#),
        at(3, r#""x": 6, "y": 7, "w": 12, "h": 8"#),
        at(4, r#""x": 18, "y": 8, "w": 12, "h": 8"#),
    ];
    assert_eq!(
        told(&text.join(",\n")),
        [
            "warning SC441 dashboards/mine.json:6:42+9 the panel `P3` lies over the panel `P1` | change `x` and `y` in one `gridPos`; Grafana moves panels apart as it likes",
            "warning SC441 dashboards/mine.json:7:42+9 the panel `P4` leaves the grid of 24 columns | `x` and `w` together are at most 24"
        ]
    );
    assert_eq!(told(&text[..2].join(",\n")), [""; 0]);
}

#[test]
fn queries_parse_with_something_in_the_place_of_variables() {
    for good in [
        "rate(x{job=~\"$job\"}[$__rate_interval])",
        "topk($n, x)",
        "sum by (${job:csv}) (x{a=~\"${job:regex}\", b=\"[[job]]\"})",
        "increase(x[${__range_s}s])",
        "rate(x[$window])",
        "rate(x[${n}m])",
        "x offset $window > $__interval_ms",
        "{__name__=~\"$job\"} / $n",
        "avg_over_time(x[$__interval]) > $__from",
        "${job}_total > 1",
        "x{a=\"b$\"}",
    ] {
        let told: Vec<_> = told(&query(good))
            .into_iter()
            .filter(|line| line.contains("SC443") || line.contains("SC447"))
            .collect();
        assert_eq!(told, [""; 0], "{good}");
    }
    assert_eq!(
        told(&query("sum(rate(x[$__rate_interval])")),
        [
            "error SC443 dashboards/mine.json:6:23+31 a query of the panel `A` is not PromQL: it ends too early | is a `)` missing?"
        ]
    );
    assert_eq!(
        told(&query("x > $foo + $jobb")),
        [
            "warning SC447 dashboards/mine.json:6:23+18 the panel `A` uses the variable `$foo`, which the dashboard does not have | add it to `templating.list`",
            "warning SC447 dashboards/mine.json:6:23+18 the panel `A` uses the variable `$jobb`, which the dashboard does not have | did you mean `$job`?"
        ]
    );
    assert_eq!(
        told(&query("mad_over_time(x[5m])")),
        [
            "error SC443 dashboards/mine.json:6:23+22 the panel `A`: Prometheus knows `mad_over_time` only as an experiment | set `prometheus.args: [--enable-feature=promql-experimental-functions]`"
        ]
    );
}

#[test]
fn other_languages_are_left_alone() {
    let loki = query("{job=\"x\"} |= \"error\"");
    assert_eq!(told(&loki).len(), 1);
    assert_eq!(told(&loki.replace("\"uid\"", "\"type\": \"loki\", \"uid\"")), [""; 0]);
}

#[test]
fn speeds_follow_the_page() {
    assert_eq!(
        told(&query("rate(x[5m])")),
        [
            "warning SC444 dashboards/mine.json:6:23+13 the panel `A` takes `rate` over a window that does not follow the page | write `[$__rate_interval]`"
        ]
    );
    assert_eq!(
        told(&query("irate(x[$__interval])")),
        [
            "warning SC444 dashboards/mine.json:6:23+23 the panel `A` takes `irate` over a window that does not follow the page | write `[$__rate_interval]`"
        ]
    );
    assert_eq!(told(&query("rate(x[$__rate_interval]) + rate(y[5m])")).len(), 1);
    for good in ["rate(x[$__rate_interval])", "rate(x[$__range])", "rate(x[$window])", "increase(x[1h])"] {
        assert_eq!(told(&query(good)), [""; 0], "{good}");
    }
}

#[test]
fn counters_are_shown_as_speeds() {
    assert_eq!(
        told(&query("sum(x_total)")),
        [
            "warning SC445 dashboards/mine.json:6:23+14 the panel `A` shows the counter `x_total` itself, which only grows and restarts at 0 | write `rate(x_total[$__rate_interval])` or `increase(x_total[$__range])`"
        ]
    );
    for good in [
        "rate(x_total[$__rate_interval])",
        "count(x_total)",
        "changes(x_total[1h])",
        "sum(increase(x_total[$__range]))",
    ] {
        assert_eq!(told(&query(good)), [""; 0], "{good}");
    }
}

#[test]
fn numbers_have_a_unit() {
    let bare = query("up").replace("\"unit\": \"s\"", "");
    assert_eq!(
        told(&bare),
        [
            "warning SC446 dashboards/mine.json:4:33+7 the panel `A` shows numbers without a unit | set `fieldConfig.defaults.unit`: `s`, `bytes`, `percentunit` (0–1), `reqps`, `short`, …"
        ]
    );
    for good in [
        bare.replace("\"defaults\": {}", "\"defaults\": {\"mappings\": [{}]}"),
        bare.replace(
            "\"defaults\": {}",
            "\"overrides\": [{\"properties\": [{\"id\": \"unit\", \"value\": \"s\"}]}]",
        ),
        bare.replace("\"type\": \"timeseries\"", "\"type\": \"stat\", \"options\": {\"textMode\": \"name\"}"),
        bare.replace("timeseries", "table"),
    ] {
        assert_eq!(told(&good), [""; 0], "{good}");
    }
}

#[test]
fn what_is_wrong_in_a_rule_is_wrong_in_a_panel() {
    let told =
        told(&query("histogram_quantile(0.9, x_bucket) + rate(x{a=\"b\"}[$__range]) / rate(x[$__range])"));
    assert_eq!(
        told,
        [
            "error SC408 dashboards/mine.json:6:23+84 the panel `A`: `histogram_quantile` over the raw buckets `x_bucket` looks back to the start of the process and hardly moves | write `histogram_quantile(…, sum by (le) (rate(x_bucket[5m])))`",
            "warning SC410 dashboards/mine.json:6:23+84 the panel `A`: both sides of the ratio are `x` and at least one keeps the label `a`: each series is divided by itself or by nothing | put both sides into the same `sum by (…)`, such as `sum by (job) (rate(…)) / sum by (job) (rate(…))`"
        ]
    );
}

/// The panel of [`query`] with an `interval` of the target and one of the panel.
fn paced(expr: &str, target: &str, panel: &str) -> String {
    query(expr)
        .replace("[{\"expr\"", &format!("[{{{target}\"expr\""))
        .replace("\"type\": \"timeseries\"", &format!("{panel}\"type\": \"timeseries\""))
}

const HEATMAP: &str = "sum by (le) (increase(h_bucket{job=\"a\"}[$__interval]))";

#[test]
fn the_least_interval_holds_four_scrapes() {
    assert_eq!(
        told(&paced(HEATMAP, "", "")),
        [
            "warning SC448 dashboards/mine.json:6:23+58 the panel `A` takes `increase` over `$__interval`, which may be 15s; its series are scraped every 15s | add `\"interval\": \"60s\"` to the target, in Grafana \"Min step\""
        ]
    );
    for (target, panel) in [
        ("\"interval\": \"1m\", ", ""),
        ("\"interval\": \"60s\", ", "\"interval\": \"1s\", "),
        ("", "\"interval\": \"1m\", "),
        ("", "\"interval\": \">1m\", "),
        ("\"interval\": \"$window\", ", ""),
    ] {
        assert_eq!(told(&paced(HEATMAP, target, panel)), [""; 0], "{target} {panel}");
    }
    for (target, panel) in [
        ("\"interval\": \"59s\", ", ""),
        ("\"interval\": \"15s\", ", "\"interval\": \"1m\", "),
        ("\"interval\": \"\", ", "\"interval\": \"30s\", "),
    ] {
        assert_eq!(told(&paced(HEATMAP, target, panel)).len(), 1, "{target} {panel}");
    }
    let one_sample = "max_over_time(x[$__interval])";
    assert_eq!(told(&query(one_sample)), [""; 0], "one sample is enough");
}

#[test]
fn the_rate_interval_follows_a_job_that_is_scraped_rarely() {
    let stack = format!("{STACK}apps: {{slow: {{targets: [\"a:1\"], scrape_interval: 60s}}}}\n");
    let dashboard = |panel: &str, all: &str| {
        let text = format!(
            r#"{{"uid": "mine", "title": "Mine",
  "templating": {{"list": [{{"name": "datasource"}}, {{"name": "job", "allValue": "{all}"}}]}},
  "panels": [
{panel}
  ]
}}
"#
        );
        found(&stack, &[("dashboards/mine.json", &text)])
    };
    let speed = "rate(x_total{job=~\"$job\"}[$__rate_interval])";
    assert_eq!(
        dashboard(&query(speed), "slow|other"),
        [
            "warning SC448 dashboards/mine.json:6:23+48 the panel `A` takes `rate` over `$__rate_interval`, which may be 1m; its series are scraped every 1m | add `\"interval\": \"60s\"` to the target, in Grafana \"Min step\""
        ]
    );
    assert_eq!(dashboard(&paced(speed, "\"interval\": \"60s\", ", ""), "slow"), [""; 0]);
    assert_eq!(dashboard(&query(speed), ".+"), [""; 0], "any job");
    assert_eq!(dashboard(&query(speed), "prometheus"), [""; 0], "a job with the global interval");
}
