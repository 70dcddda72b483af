use super::{STACK, found};

const CONFIG: &str = "templates/prometheus/prometheus.yml";

fn in_config(text: &str) -> Vec<String> {
    found(STACK, &[(CONFIG, text)])
}

#[test]
fn jobs_and_targets_that_prometheus_takes_have_no_findings() {
    let text = "\
global: {scrape_interval: 30s, scrape_timeout: 10s, evaluation_interval: 30s, external_labels: {cluster: a}}
rule_files: [rules/*.yml]
scrape_configs:
  - job_name: a
    scrape_interval: 5s
    static_configs: [{targets: ['a:1', '[fd00::1]:80'], labels: {__metrics_path__: /x}}]
";
    assert_eq!(in_config(text), [""; 0]);
}

#[test]
fn jobs_targets_times_and_labels_are_checked() {
    let text = "\
global: {scrape_interval: 10s, scrape_timeout: 20s}
rule_files: [rules/*.yml]
scrape_configs:
  - job_name: a
    static_configs: [{targets: ['http://a:1/metrics', 'b', 'c:0']}]
  - job_name: a
    scrape_timeout: 1m
  - job_name: b
    scrape_interval: 5m
    static_configs: [{targets: ['localhost:9090'], labels: {'a-b': c, api_key: d}}]
";
    let told = in_config(text);
    assert_eq!(
        told,
        [
            "error SC483 prometheus/prometheus.yml:1:48+3 the scrape timeout of the stack is 20s, longer than its interval of 10s | Prometheus refuses that; set `scrape_timeout` to 10s or less",
            "error SC482 prometheus/prometheus.yml:5:33+20 `http://a:1/metrics` is not host:port | write only host and port; the scheme goes to `scheme`, the path to `metrics_path`",
            "error SC482 prometheus/prometheus.yml:5:55+3 `b` is not host:port | write only host and port; the scheme goes to `scheme`, the path to `metrics_path`",
            "error SC482 prometheus/prometheus.yml:5:60+5 `c:0` is not host:port | write only host and port; the scheme goes to `scheme`, the path to `metrics_path`",
            "error SC481 prometheus/prometheus.yml:6:15+1 there are two jobs `a`; the first is on line 4 | rename one of them",
            "error SC483 prometheus/prometheus.yml:7:21+2 the scrape timeout of the job `a` is 1m, longer than its interval of 10s | Prometheus refuses that; set `scrape_timeout` to 10s or less",
            "warning SC486 prometheus/prometheus.yml:9:22+2 the job `b` is scraped every 5m: one lost scrape and its series are gone | Prometheus looks back 5 minutes; set `scrape_interval` to 2m or less",
            "warning SC484 prometheus/prometheus.yml:10:61+5 `a-b` is an unusual name for a label | use letters, digits and `_`: other names need quotes in every query, and Prometheus before 3.0 refuses them",
            "warning SC416 prometheus/prometheus.yml:10:71+7 the label `api_key` looks like a secret | labels are stored, shown and sent in clear: remove it, or drop it with `metric_relabel_configs`"
        ]
    );
}

#[test]
fn a_query_in_the_path_of_a_template_is_found() {
    let text = "\
rule_files: [rules/*.yml]
scrape_configs:
  - job_name: a
    metrics_path: /x?y=1
    static_configs: [{targets: ['a:1']}]
";
    assert_eq!(
        in_config(text),
        [
            "error SC488 prometheus/prometheus.yml:4:19+6 `metrics_path` of the job `a` holds more than a path | write `metrics_path: /x`, and `y=1` under `params`, each name with a list of values"
        ]
    );
}

#[test]
fn every_rule_file_is_loaded() {
    let rules = "groups: []\n";
    let with = |patterns: &str| {
        let config = format!("rule_files: {patterns}\nscrape_configs: []\n");
        found(STACK, &[(CONFIG, &config), ("rules/mine.yml", rules)])
    };
    for good in ["[rules/*.yml]", "['/etc/stackctl/current/rules/*']", "[rules/a.yml, rules/mine.yml]"] {
        assert_eq!(with(good), [""; 0], "{good}");
    }
    for bad in ["[rules/stack.yml]", "[rules/*.yaml]", "['*.yml']", "[]"] {
        assert_eq!(
            with(bad),
            [
                "error SC487 prometheus/prometheus.yml:1:1+10 `rules/mine.yml` is never loaded | add `rules/*.yml` to `rule_files`"
            ],
            "{bad}"
        );
    }
}

#[test]
fn what_an_application_says_is_shown_in_stack_yml() {
    let text = format!(
        "{STACK}apps:
  backend:
    targets: [\"localhost:3000\", \"10.0.0.1:3000\", \"127.0.0.1:3001\"]
    scrape_interval: 5m
    labels: {{db_password: x, a-b: y}}
prometheus:
  scrape_interval: 10s
  scrape_timeout: 20s
  external_labels: {{\"a b\": c}}
"
    );
    assert_eq!(
        found(&text, &[]),
        [
            "warning SC485 stack.yml:4:15+16 `localhost:3000` leads to the container of `prometheus` itself | write `host.docker.internal:3000` for this host, or the name of the container that is meant",
            "warning SC485 stack.yml:4:50+16 `127.0.0.1:3001` leads to the container of `prometheus` itself | write `host.docker.internal:3001` for this host, or the name of the container that is meant",
            "warning SC486 stack.yml:5:22+2 the job `backend` is scraped every 5m: one lost scrape and its series are gone | Prometheus looks back 5 minutes; set `scrape_interval` to 2m or less",
            "warning SC416 stack.yml:6:14+11 the label `db_password` looks like a secret | labels are stored, shown and sent in clear: remove it, or drop it with `metric_relabel_configs`",
            "warning SC484 stack.yml:6:30+3 `a-b` is an unusual name for a label | use letters, digits and `_`: other names need quotes in every query, and Prometheus before 3.0 refuses them",
            "error SC483 stack.yml:9:19+3 the scrape timeout of the stack is 20s, longer than its interval of 10s | Prometheus refuses that; set `scrape_timeout` to 10s or less",
            "warning SC484 stack.yml:10:21+5 `a b` is an unusual name for a label | use letters, digits and `_`: other names need quotes in every query, and Prometheus before 3.0 refuses them"
        ]
    );
    let old = format!("{STACK}prometheus: {{version: v2.53.3, external_labels: {{a-b: c}}}}\n");
    assert_eq!(
        found(&old, &[]),
        [
            "error SC484 stack.yml:2:50+3 `a-b` is an unusual name for a label | use letters, digits and `_`: other names need quotes in every query, and Prometheus before 3.0 refuses them"
        ]
    );
}

#[test]
fn alerts_are_sent_to_the_path_at_which_alertmanager_serves() {
    let with = |alertmanager: &str, path: &str| {
        let stack = format!("{STACK}alertmanager: {{{alertmanager}}}\n");
        let (_, resolved) = super::stack_of(&stack);
        let ours = resolved.jobs.iter().find_map(|job| match &job.source {
            crate::model::stack::JobSource::Component { target, .. } if job.name == "alertmanager" => {
                Some(target.clone())
            }
            _ => None,
        });
        let config = format!(
            "rule_files: [rules/*.yml]
scrape_configs: []
alerting:
  alertmanagers:
    - {path}static_configs: [{{targets: ['{}']}}]
    - static_configs: [{{targets: ['other.internal:9093']}}]
",
            ours.unwrap()
        );
        found(&stack, &[(CONFIG, &config)])
    };
    let below = "external_url: \"https://ops.internal/am/\"";
    let prefix = "path_prefix: /am\n      ";
    assert_eq!(with("", ""), [""; 0]);
    assert_eq!(with(below, prefix), [""; 0]);
    assert_eq!(with(&format!("{below}, route_prefix: /"), ""), [""; 0]);
    assert_eq!(
        with(below, ""),
        [
            "error SC489 prometheus/prometheus.yml:5:7+1 alerts are sent to `/`, but `alertmanager` serves at `/am/` | write `path_prefix: /am/`"
        ]
    );
    assert_eq!(
        with("", prefix),
        [
            "error SC489 prometheus/prometheus.yml:5:20+3 alerts are sent to `/am/`, but `alertmanager` serves at `/` | write `path_prefix: /`"
        ]
    );
}
