use super::{STACK, alert, found, in_rules};

/// An alert with this name, expression and summary.
fn said(name: &str, expr: &str, summary: &str) -> Vec<String> {
    let text = alert(expr)
        .replace("alert: Mine", &format!("alert: {name}"))
        .replace("summary: s", &format!("summary: '{summary}'"));
    in_rules(&text)
}

fn codes(lines: &[String]) -> Vec<&str> {
    lines.iter().filter_map(|line| line.split(' ').nth(1)).collect()
}

#[test]
fn a_metric_that_is_almost_one_of_a_pack_is_found() {
    let stack = format!(
        "{STACK}apps: {{auth-service: {{pack: rust-security, targets: [\"auth:8080\"]}}, other: {{targets: [\"o:1\"]}}}}\n"
    );
    let with = |expr: &str| found(&stack, &[("rules/mine.yml", &alert(expr))]);
    assert_eq!(
        with("rate(auth_failed_login_total{job=\"auth-service\"}[5m]) > 1"),
        [
            "warning SC453 rules/mine.yml:5:20+23 `Mine`: no application of this stack has a metric `auth_failed_login_total` | did you mean `auth_failed_logins_total`?"
        ]
    );
    assert_eq!(
        codes(&with("sum(auth_activ_sessions) > 100")),
        ["SC453"],
        "without a job it may be any of them"
    );
    let good = [
        "rate(auth_failed_logins_total{job=\"auth-service\"}[5m]) > 1",
        "histogram_quantile(0.9, sum by (le) (rate(auth_request_duration_seconds_bucket[5m]))) > 1",
        "rate(auth_request_duration_seconds_count[5m]) > 1",
        "rate(auth_failed_login_total{job=\"other\"}[5m]) > 1",
        "rate(auth_failed_login_total{job=~\"other|auth-service\"}[5m]) > 1",
        "process_open_fds{job=\"auth-service\"} > 100",
        "up{job=\"auth-service\"} == 0",
        "scrape_samples_scraped{job=\"auth-service\"} == 0",
        "job:auth_failed_login:rate5m > 1",
    ];
    for expr in good {
        assert_eq!(with(expr), [""; 0], "{expr}");
    }
}

#[test]
fn conditions_that_exclude_each_other_are_found() {
    assert_eq!(
        in_rules(&alert("x > 10 and x < 5")),
        [
            "warning SC454 rules/mine.yml:5:22+3 `Mine`: no value is `> 10` and `< 5` | write `or`, or correct one of the two sides"
        ]
    );
    let labels = "a{mode=\"read\"} > 1 and b{mode=\"write\"} > 1";
    assert!(in_rules(&alert(labels))[0].contains("the two sides of `and` have different values of `mode`"));
    for never in ["x == 1 and x == 0", "x > 5 and x <= 5", "rate(x_total[5m]) < 1 and rate(x_total[5m]) > 2"]
    {
        assert_eq!(codes(&in_rules(&alert(never))), ["SC454"], "{never}");
    }
    for good in [
        "x > 5 and x < 10",
        "x >= 5 and x <= 5",
        "x > 10 or x < 5",
        "x > 10 and x offset 1h < 5",
        "x != 1 and x == 0",
        "a{mode=\"read\"} > 1 and on (job) b{mode=\"write\"} > 1",
        "a{mode=\"read\"} > 1 and b{mode=\"read\"} > 1",
        "a{mode=\"read\"} > 1 and ignoring (mode) b{mode=\"write\"} > 1",
    ] {
        assert_eq!(in_rules(&alert(good)), [""; 0], "{good}");
    }
}

#[test]
fn an_end_that_may_never_come_is_guarded() {
    assert_eq!(
        in_rules(&alert("license_expiry_timestamp_seconds - time() < 604800")),
        [
            "warning SC455 rules/mine.yml:5:15+32 `Mine`: where `license_expiry_timestamp_seconds` is 0 because nothing ends, the alert fires for ever | write `(license_expiry_timestamp_seconds > 0) - time() < …`"
        ]
    );
    assert_eq!(codes(&in_rules(&alert("(min(token_expires_at) - time()) / 86400 < 7"))), ["SC455"]);
    for good in [
        "(license_expiry_timestamp_seconds > 0) - time() < 604800",
        "license_expiry_timestamp_seconds - time() < 604800 and license_expiry_timestamp_seconds > 0",
        "probe_ssl_earliest_cert_expiry - time() < 604800",
        "tls_certificate_expiry_seconds - time() < 604800",
        "license_expiry_timestamp_seconds - time() > 0",
    ] {
        assert_eq!(in_rules(&alert(good)), [""; 0], "{good}");
    }
}

#[test]
fn percent_is_of_something() {
    assert_eq!(
        said("Full", "node_filesystem_used_bytes > 1e9", "{{ $value }}% full"),
        [
            "warning SC456 rules/mine.yml:7:45+1 `Full`: the text says percent, but nothing divides the amount `node_filesystem_used_bytes` | divide it, such as `… / …`, or write the unit of `node_filesystem_used_bytes`"
        ]
    );
    for expr in ["sum by (job) (rate(errors_total[5m])) > 5", "increase(x_bytes[1h]) > 5 and up == 1"] {
        let shown = said("Full", expr, "{{ $value | humanizePercentage }} of it");
        assert_eq!(codes(&shown), ["SC456"], "{expr}");
    }
    for (expr, text) in [
        ("a_bytes / b_bytes > 0.9", "{{ $value | humanizePercentage }}"),
        ("100 * a_bytes / b_bytes > 90", "{{ $value }}%"),
        ("cpu_usage_percent > 90", "{{ $value }}%"),
        ("rate(process_cpu_seconds_total[5m]) > 0.9", "{{ $value | humanizePercentage }}"),
        ("node_filesystem_used_bytes > 1e9", "{{ $value | humanize1024 }}B, {{ $labels.share }}% of it"),
        ("job:errors:ratio > 0.1", "{{ $value | humanizePercentage }}"),
    ] {
        assert_eq!(said("Full", expr, text), [""; 0], "{expr}: {text}");
    }
}

#[test]
fn a_rate_of_errors_is_a_share() {
    assert_eq!(
        said("HighErrorRate", "sum(rate(http_errors_total[5m])) > 5", "many errors"),
        [
            "warning SC457 rules/mine.yml:5:24+17 `HighErrorRate`: `http_errors_total` per second is called a rate of errors: it grows with the traffic | divide by all of them, such as `sum(rate(…_errors_total[5m])) / sum(rate(…_total[5m]))`, or say `per second`"
        ]
    );
    for (name, expr, text) in [
        (
            "HighErrorRate",
            "sum(rate(http_errors_total[5m])) / sum(rate(http_requests_total[5m])) > 0.1",
            "many",
        ),
        ("HighErrorRate", "sum(rate(http_errors_total[5m])) > 5", "{{ $value }} errors per second"),
        ("ManyErrors", "sum(rate(http_errors_total[5m])) > 5", "many errors"),
        ("HighErrorRate", "increase(http_errors_total[5m]) > 5", "many errors"),
    ] {
        assert_eq!(said(name, expr, text), [""; 0], "{name}: {expr}");
    }
}

#[test]
fn silence_is_seen_after_the_series_are_gone() {
    assert_eq!(
        in_rules(&alert("count(up{job=\"api\"} == 1) == 0")),
        [
            "warning SC458 rules/mine.yml:5:15+5 `Mine`: `count` of no series is no result, and not 0: this never fires when `up` is gone | write `absent(up)`"
        ]
    );
    assert_eq!(codes(&in_rules(&alert("count(heartbeat_seconds) < 1"))), ["SC458"]);
    assert_eq!(
        said("JobsMissing", "sum(increase(jobs_done_total[1h])) == 0", "no jobs"),
        [
            "warning SC458 rules/mine.yml:5:28+15 `JobsMissing`: the alert is about silence, and ends when the process that has `jobs_done_total` is gone | add `or absent(jobs_done_total)`"
        ]
    );
    for (name, expr) in [
        ("JobsMissing", "sum(increase(jobs_done_total[1h])) == 0 or absent(jobs_done_total)"),
        ("NoJobs", "sum(increase(jobs_done_total[1h])) == 0"),
        ("JobsMissing", "absent(jobs_done_total)"),
        ("Few", "count(up{job=\"api\"} == 1) < 3"),
        ("TargetMissing", "up == 0"),
    ] {
        assert_eq!(said(name, expr, "s"), [""; 0], "{name}: {expr}");
    }
}

#[test]
fn a_severity_of_stack_yml_that_no_route_names_is_found() {
    let stack = format!(
        "{STACK}alerts: {{severities: {{RustSecurityServiceDown: pagee}}}}\napps: {{auth-service: {{pack: rust-security, targets: [\"a:1\"]}}}}\n"
    );
    let (document, problems) =
        crate::source::read(stack.as_bytes(), "stack.yml", &std::collections::BTreeMap::new());
    let told: Vec<String> = problems.iter().map(|one| format!("{} {}", one.code, one.message)).collect();
    drop(document);
    assert!(told.iter().any(|one| one.contains("pagee")), "{told:?}");
}
