use super::{STACK, alert, found, in_rules};

fn with(labels: &str, annotations: &str) -> String {
    format!(
        "groups:
  - name: mine
    rules:
      - alert: Mine
        expr: x > 1
        labels:
          severity: high
          category: test
          service: mine
{labels}        annotations:
          summary: s
          description: d
          runbook_url: r
{annotations}"
    )
}

#[test]
fn routing_labels_and_annotations_are_expected_of_users_and_demanded_of_ours() {
    let text = "\
groups:
  - name: stack
    labels: {category: test}
    rules:
      - alert: Bare
        expr: up{job=\"a\"} == 0
        labels: {severity: high}
        annotations: {summary: s}
";
    assert_eq!(
        in_rules(text),
        [
            "warning SC405 rules/mine.yml:5:16+4 the alert `Bare` has no `service`, `description` and `runbook_url` | add them: labels decide who is told, annotations say what is wrong and what to do"
        ]
    );
    let (document, stack) = super::stack_of(STACK);
    let mut artifacts = super::rendered(&stack, &[("rules/stack.yml", text)]);
    for artifact in artifacts.iter_mut().filter(|a| a.path == "rules/stack.yml") {
        artifact.author = crate::model::artifact::Author::Shipped;
    }
    let all = crate::check::check(&document, &stack, &artifacts);
    let ours: Vec<_> = all
        .iter()
        .filter(|d| d.place.as_ref().is_some_and(|p| p.file.as_ref() == "prometheus/rules/stack.yml"))
        .map(super::line)
        .collect();
    assert_eq!(
        ours,
        [
            "error SC405 prometheus/rules/stack.yml:5:16+4 the alert `Bare` has no `service`, `description` and `runbook_url` | add them: labels decide who is told, annotations say what is wrong and what to do"
        ]
    );
}

#[test]
fn labels_that_change_are_refused() {
    let text = with(
        "          value: '{{ $value }}'\n          at: '{{ .Value | humanizeTimestamp }}'\n          since: '{{ now }}'\n          job: '{{ $labels.job }}'\n",
        "          now: '{{ $value | humanize }}'\n",
    );
    assert_eq!(
        in_rules(&text),
        [
            "error SC406 rules/mine.yml:10:11+5 `Mine`: the label `value` changes with the value of the expression | each change is another alert and begins `for` anew; move it to an annotation",
            "error SC406 rules/mine.yml:11:11+2 `Mine`: the label `at` changes with the value of the expression | each change is another alert and begins `for` anew; move it to an annotation",
            "error SC406 rules/mine.yml:12:11+5 `Mine`: the label `since` changes with `now` | each change is another alert and begins `for` anew; move it to an annotation"
        ]
    );
}

#[test]
fn an_alert_that_compares_nothing_always_fires() {
    for silent in [
        "x > 1",
        "absent(x)",
        "vector(1)",
        "x unless y",
        "(x > 1) * 2",
        "x and y > 1",
        "sum(x > 1) by (job)",
        "x > 1 or y > 1",
        "count_over_time((x > 1)[5m:]) ",
        "ALERTS{alertname=\"A\"}",
        "-(x > 1)",
        "x * (y == bool 1) > 0",
    ] {
        assert_eq!(in_rules(&alert(&format!("'{silent}'"))), [""; 0], "{silent}");
    }
    let told = "warning SC407 rules/mine.yml:5:15+";
    for noisy in ["x", "x > bool 1", "x > 1 or y", "sum(x)", "rate(x[5m])", "vector(time())", "x and y", "1"]
    {
        let found = in_rules(&alert(noisy));
        assert_eq!(
            found,
            [format!(
                "{told}{} the alert `Mine` compares nothing: it fires as long as the series is there | add a comparison such as `> 0`; `bool` makes a comparison give 0 or 1 and drops nothing",
                noisy.len()
            )],
            "{noisy}"
        );
    }
}

#[test]
fn percentages_are_not_multiplied_twice() {
    let text = with("", "          load: '{{ $value | humanizePercentage }}'\n")
        .replace("x > 1", "x / y * 100 > 90");
    assert_eq!(
        in_rules(&text),
        [
            "warning SC413 rules/mine.yml:14:30+18 `Mine`: `humanizePercentage` multiplies a value by 100 that already is a percentage | remove `* 100` from the expression, or write `{{ $value | humanize }}%`"
        ]
    );
    assert_eq!(in_rules(&text.replace("x / y * 100 > 90", "x / y > 0.9")), [""; 0]);
    assert_eq!(in_rules(&text.replace("humanizePercentage", "humanize")), [""; 0]);
    assert_eq!(in_rules(&text.replace("x / y * 100 > 90", "x > y * 100")), [""; 0]);
}

#[test]
fn templates_call_functions_that_exist() {
    let text = with(
        "          a: '{{ $labels.b | toUper }}'\n",
        "          c: '{{ $value | humanizeBytes }} of {{ with query \"x\" }}{{ . | first | value | humanize1024 }}{{ end }}'\n          d: \"{{ $x := `}}` }}{{/* humanizeBytes }} */}}{{ printf \\\"%.1f\\\" $x }}\"\n          e: '{{ now | toDuration }}'\n          f: '{{ zebra }}'\n",
    );
    assert_eq!(
        in_rules(&text),
        [
            "error SC414 rules/mine.yml:10:30+6 `Mine`: templates have no function `toUper` | did you mean `toUpper`?",
            "error SC414 rules/mine.yml:15:27+13 `Mine`: templates have no function `humanizeBytes` | did you mean `humanize1024`?",
            "error SC414 rules/mine.yml:18:18+5 `Mine`: templates have no function `zebra` | write `$labels.…` or `$value` for what belongs to the alert"
        ]
    );
    let old = format!("{STACK}prometheus: {{version: v3.5.3}}\n");
    let text = with("", "          e: '{{ now }} {{ urlQueryEscape \"x\" }}'\n");
    assert_eq!(
        found(&old, &[("rules/mine.yml", &text)]),
        [
            "error SC414 rules/mine.yml:14:18+3 `Mine`: `now` needs Prometheus 3.6; this stack runs 3.5.3 | remove it, or run Prometheus 3.6 or newer",
            "error SC414 rules/mine.yml:14:28+14 `Mine`: `urlQueryEscape` needs Prometheus 3.8; this stack runs 3.5.3 | remove it, or run Prometheus 3.8 or newer"
        ]
    );
}

#[test]
fn templates_are_closed() {
    let text = with("          a: '{{ $labels.b'\n", "          c: '{{ printf \"x }}'\n");
    assert_eq!(
        in_rules(&text),
        [
            "error SC415 rules/mine.yml:10:15+2 `Mine`: the template in `a` is not closed | close every `{{` with `}}` and every quote within",
            "error SC415 rules/mine.yml:15:15+2 `Mine`: the template in `c` is not closed | close every `{{` with `}}` and every quote within"
        ]
    );
}

#[test]
fn labels_do_not_look_like_secrets() {
    let text = with("          api_key: x\n", "          a: '{{ $labels.license_key }} {{ $labels.key }}'\n")
        .replace("x > 1", "sum by (token, api_key) (x{password!=\"\", user_password=\"\"}) > 1");
    assert_eq!(
        in_rules(&text),
        [
            "warning SC416 rules/mine.yml:5:23+5 `Mine`: the label `token` looks like a secret | labels are stored, shown and sent in clear: remove it, or drop it with `metric_relabel_configs`",
            "warning SC416 rules/mine.yml:5:42+8 `Mine`: the label `password` looks like a secret | labels are stored, shown and sent in clear: remove it, or drop it with `metric_relabel_configs`",
            "warning SC416 rules/mine.yml:10:11+7 `Mine`: the label `api_key` looks like a secret | labels are stored, shown and sent in clear: remove it, or drop it with `metric_relabel_configs`",
            "warning SC416 rules/mine.yml:15:18+19 `Mine`: the label `license_key` looks like a secret | labels are stored, shown and sent in clear: remove it, or drop it with `metric_relabel_configs`"
        ]
    );
}

#[test]
fn a_severity_that_no_route_names_is_a_slip() {
    let rule = |severity: &str| alert("up == 0").replace("severity: high", &format!("severity: {severity}"));
    assert_eq!(
        in_rules(&rule("critcal")),
        [
            "warning SC522 rules/mine.yml:6:28+7 `Mine`: no route names the severity `critcal` | did you mean `critical`?"
        ]
    );
    for known in ["critical", "medium", "none", "'{{ $labels.severity }}'"] {
        assert_eq!(in_rules(&rule(known)), [""; 0], "{known}");
    }
    let named = "notify:\n  receivers: {mail: {webhook: {url: \"http://x\"}}}\n  routes: [{to: mail, match: {severity: page}}]\n";
    assert_eq!(found(named, &[("rules/mine.yml", &rule("page"))]), [""; 0]);
    assert_eq!(found(named, &[("rules/mine.yml", &rule("pages"))]).len(), 1);
}

#[test]
fn links_of_alerts_lead_to_pages() {
    let with = |key: &str, value: &str| {
        alert("up == 0").replace("runbook_url: r", &format!("runbook_url: r, {key}: \"{value}\""))
    };
    for (key, value) in [
        ("dashboard_url", "javascript:alert(1)"),
        ("dashboard_url", "JAVA\\tSCRIPT:alert(1)"),
        ("docs_url", "file:///etc/passwd"),
        ("runbook", "localhost:3000/x"),
        ("note", "data:text/html,x"),
    ] {
        let found = in_rules(&with(key, value));
        assert!(
            found.len() == 1 && found[0].starts_with("error SC525 rules/mine.yml:7:"),
            "{value}: {found:?}"
        );
    }
    for (key, value) in [
        ("dashboard_url", "https://grafana.example.org/d/x"),
        ("docs_url", "{{ $labels.url }}"),
        ("docs_url", "/runbooks/x"),
        ("note", "attention: read this"),
    ] {
        assert_eq!(in_rules(&with(key, value)), [""; 0], "{value}");
    }
}
