//! The rendered `prometheus.yml` against the text that Prometheus prints for it.

use crate::probe::running_config::{CompareError, differences};

const RENDERED: &str = r#"
global:
  scrape_interval: 60s
  sample_limit: 70000
  external_labels: {cluster: demo, replica: "1"}
rule_files: [rules/*.yml]
alerting:
  alertmanagers:
    - static_configs: [{targets: ["alertmanager:9093"]}]
scrape_configs:
  - job_name: app
    scrape_interval: 10s
    scrape_timeout: 90s
    body_size_limit: 50MB
    honor_timestamps: true
    metric_relabel_configs: []
    params: {module: [http_2xx]}
    basic_auth: {username: u, password_file: secrets/pw}
    static_configs:
      - targets: [a:1, b:1]
        labels: {env: prod, tier: "01"}
    relabel_configs:
      - {source_labels: [__address__], regex: (.*), target_label: instance, replacement: $1}
  - job_name: node
    basic_auth: {username: u, password: hunter2}
    static_configs: [{targets: [n:1]}]
remote_write:
  - url: http://me:CANARY@vm:8428/api/v1/write
    headers: {X-Scope: "42"}
"#;

/// What Prometheus 3.5 prints, shortened to what matters; jobs in another order.
const RUNNING: &str = r#"
global:
  scrape_interval: 1m
  scrape_timeout: 10s
  scrape_protocols: [OpenMetricsText1.0.0]
  evaluation_interval: 1m
  external_labels:
    cluster: demo
    replica: "1"
  sample_limit: 70000
runtime: {gogc: 75}
alerting:
  alertmanagers:
  - follow_redirects: true
    enable_http2: true
    scheme: http
    timeout: 10s
    api_version: v2
    static_configs:
    - targets:
      - alertmanager:9093
rule_files:
- /etc/prometheus/current/rules/*.yml
scrape_configs:
- job_name: node
  honor_timestamps: true
  track_timestamps_staleness: false
  scrape_interval: 1m
  scrape_timeout: 10s
  metrics_path: /metrics
  scheme: http
  sample_limit: 70000
  basic_auth:
    username: u
    password: <secret>
  static_configs:
  - targets:
    - n:1
- job_name: app
  honor_timestamps: true
  params:
    module:
    - http_2xx
  scrape_interval: 10s
  scrape_timeout: 1m30s
  metrics_path: /metrics
  scheme: http
  body_size_limit: 50MiB
  sample_limit: 70000
  basic_auth:
    username: u
    password_file: /etc/prometheus/current/secrets/pw
  follow_redirects: true
  relabel_configs:
  - source_labels: [__address__]
    separator: ;
    target_label: instance
    replacement: $1
    action: replace
  static_configs:
  - targets:
    - a:1
    - b:1
    labels:
      env: prod
      tier: "01"
remote_write:
- url: http://me:xxxxx@vm:8428/api/v1/write
  remote_timeout: 30s
  headers:
    X-Scope: "42"
  queue_config: {capacity: 10000}
otlp: {translation_strategy: UnderscoreEscapingWithSuffixes}
"#;

/// The differences as text after one change of the rendered side.
fn rendered(from: &str, to: &str) -> Vec<String> {
    assert_eq!(RENDERED.matches(from).count(), 1, "{from}");
    texts(&RENDERED.replace(from, to), RUNNING)
}

/// The differences as text after one change of the running side.
fn running(from: &str, to: &str) -> Vec<String> {
    assert_eq!(RUNNING.matches(from).count(), 1, "{from}");
    texts(RENDERED, &RUNNING.replace(from, to))
}

fn texts(rendered: &str, running: &str) -> Vec<String> {
    differences(rendered, running).unwrap().iter().map(ToString::to_string).collect()
}

#[test]
fn the_same_configuration_does_not_differ() {
    assert_eq!(texts(RENDERED, RUNNING), [""; 0]);
}

#[test]
fn a_changed_value_is_told_with_both_sides() {
    for (from, to, expected) in [
        (
            "scrape_interval: 10s",
            "scrape_interval: 20s",
            "`scrape_configs[app].scrape_interval` is `10s`, rendered is `20s`",
        ),
        ("cluster: demo", "cluster: prod", "`global.external_labels.cluster` is `demo`, rendered is `prod`"),
        (
            "tier: \"01\"",
            "tier: \"1\"",
            "`scrape_configs[app].static_configs[0].labels.tier` is `01`, rendered is `1`",
        ),
        ("b:1]", "c:1]", "`scrape_configs[app].static_configs[0].targets[1]` is `b:1`, rendered is `c:1`"),
        ("http_2xx", "tcp", "`scrape_configs[app].params.module` is `[http_2xx]`, rendered is `[tcp]`"),
        ("50MB", "51MB", "`scrape_configs[app].body_size_limit` is `50MiB`, rendered is `51MB`"),
        (
            "secrets/pw",
            "secrets/other",
            "`scrape_configs[app].basic_auth.password_file` is `/etc/prometheus/current/secrets/pw`, rendered is `secrets/other`",
        ),
        (
            "me:CANARY@",
            "you:CANARY@",
            "`remote_write[0].url` is `http://me@vm:8428/api/v1/write`, rendered is `http://you@vm:8428/api/v1/write`",
        ),
        (
            "X-Scope: \"42\"",
            "X-Scope: \"43\"",
            "`remote_write[0].headers.X-Scope` has another value than was rendered",
        ),
        (
            "regex: (.*)",
            "regex: (.+)",
            "`scrape_configs[app].relabel_configs[0].regex` is missing, rendered is `(.+)`",
        ),
        (
            "honor_timestamps: true",
            "honor_timestamps: false",
            "`scrape_configs[app].honor_timestamps` is `true`, rendered is `false`",
        ),
    ] {
        assert_eq!(rendered(from, to), [expected]);
    }
}

#[test]
fn what_was_not_rendered_and_is_no_default_is_told() {
    for (from, to, expected) in [
        (
            "    scrape_interval: 10s\n",
            "",
            "`scrape_configs[app].scrape_interval` is `10s` and was not rendered",
        ),
        (
            "    body_size_limit: 50MB\n",
            "",
            "`scrape_configs[app].body_size_limit` is `50MiB` and was not rendered",
        ),
        (
            "    params: {module: [http_2xx]}\n",
            "",
            "`scrape_configs[app].params` is `a section of 1 key` and was not rendered",
        ),
        (
            "env: prod, ",
            "",
            "`scrape_configs[app].static_configs[0].labels.env` is `prod` and was not rendered",
        ),
        (
            "rule_files: [rules/*.yml]\n",
            "",
            "`rule_files` is `[/etc/prometheus/current/rules/*.yml]` and was not rendered",
        ),
        (", b:1]", "]", "`scrape_configs[app].static_configs[0].targets[1]` is `b:1` and was not rendered"),
    ] {
        assert_eq!(rendered(from, to), [expected]);
    }
    for (from, to, expected) in [
        (
            "evaluation_interval: 1m",
            "evaluation_interval: 15s",
            "`global.evaluation_interval` is `15s` and was not rendered",
        ),
        (
            "  follow_redirects: true\n  relabel",
            "  follow_redirects: false\n  honor_labels: true\n  relabel",
            "`scrape_configs[app].honor_labels` is `true` and was not rendered",
        ),
        (
            "  scrape_timeout: 10s\n  metrics_path",
            "  scrape_timeout: 5s\n  metrics_path",
            "`scrape_configs[node].scrape_timeout` is `5s` and was not rendered",
        ),
        (
            "    separator: ;\n",
            "    separator: ','\n",
            "`scrape_configs[app].relabel_configs[0].separator` is `,` and was not rendered",
        ),
    ] {
        assert_eq!(running(from, to), [expected]);
    }
}

#[test]
fn a_job_that_came_or_went_is_told() {
    assert_eq!(
        rendered("job_name: node", "job_name: host"),
        [
            "`scrape_configs[host]` is missing, rendered is `a section of 3 keys`",
            "`scrape_configs[node]` is `a section of 10 keys` and was not rendered",
        ]
    );
}

#[test]
fn what_means_the_same_is_no_difference() {
    for (from, to) in [
        ("scrape_interval: 60s", "scrape_interval: 1m"),
        ("scrape_timeout: 90s", "scrape_timeout: 1m30s"),
        ("50MB", "50MiB"),
        ("rules/*.yml", "./rules/*.yml"),
        ("rules/*.yml", "/etc/prometheus/current/rules/*.yml"),
        ("password: hunter2", "password: another"),
        ("honor_timestamps: true", "honor_labels: false"),
        ("metric_relabel_configs: []", "scheme: http"),
        ("tier: \"01\"", "tier: '01'"),
        ("replica: \"1\"", "replica: 1"),
    ] {
        assert_eq!(rendered(from, to), [""; 0], "{from}");
    }
}

#[test]
fn no_difference_shows_a_secret() {
    let other =
        RENDERED.replace("hunter2", "CANARY").replace("password_file: secrets/pw", "password: CANARY");
    let stripped = RUNNING.replace("    password: <secret>\n", "").replace("\"42\"", "CANARY");
    let found = differences(&other, &stripped).unwrap();
    assert_eq!(
        found.iter().map(|difference| difference.path.as_str()).collect::<Vec<_>>(),
        [
            "scrape_configs[app].basic_auth.password",
            "scrape_configs[app].basic_auth.password_file",
            "scrape_configs[node].basic_auth.password",
            "remote_write[0].headers.X-Scope",
        ]
    );
    assert!(!format!("{found:?}").contains("CANARY"), "{found:?}");
}

#[test]
fn a_side_that_is_no_yaml_is_named() {
    let error = differences("a: [", RUNNING).unwrap_err();
    assert_eq!(error.to_string(), "the rendered file `prometheus.yml` is not valid YAML");
    let error = differences(RENDERED, "a: [").unwrap_err();
    assert!(matches!(error, CompareError::Running { .. }));
}
