use super::{line, rendered, stack_of};
use crate::check::check;
use crate::source::Document;

#[test]
fn the_default_stack_has_no_findings() {
    let (stack, _) = crate::resolve::resolve(&Document::default(), None, &std::collections::BTreeMap::new());
    let found = check(&Document::default(), &stack, &rendered(&stack, &[]));
    assert_eq!(found.iter().map(line).collect::<Vec<_>>(), [""; 0]);
}

#[test]
fn a_stack_with_every_exporter_has_no_findings() {
    let text = "\
prometheus: {retention: {time: 30d, size: 50GB}, external_labels: {cluster: demo}, remote_write: [{url: \"http://v:8428/api/v1/write\"}]}
exporters:
  node:
  cadvisor:
  postgres: {uri: \"db:5432/app?sslmode=require\", user: monitor, stat_statements: true}
  redis: {address: \"redis://redis:6379\"}
  blackbox: {http: [\"https://example.org/\"], healthy: [\"http://a/health\"], tcp: [\"a:1\"], icmp: [a]}
apps:
  backend: {targets: [\"host.docker.internal:3000\"], scrape_interval: 10s}
notify:
  smtp: {smarthost: \"mail:587\", from: a@example.org}
  receivers:
    mail: {email: {to: ops@example.org}}
    chat: {slack: {webhook_file: s, channel: \"#a\"}}
    pager: {pagerduty: {routing_key_file: k}}
  default: mail
  routes:
    - {severity: critical, category: security, to: [mail, chat, pager], respond: immediately}
    - {severity: [high, critical], to: [mail, chat], respond: 5m}
    - {severity: medium, to: mail, hours: business}
  watchdog: pager
";
    let (document, stack) = stack_of(text);
    let found = check(&document, &stack, &rendered(&stack, &[]));
    assert_eq!(found.iter().map(line).collect::<Vec<_>>(), [""; 0]);
}

#[test]
fn findings_come_in_the_order_of_files_and_lines_every_time() {
    let files = [
        ("rules/b.yml", "groups: [{name: a, rules: [{alert: B, expr: x}]}]"),
        ("rules/a.yml", "groups: [{name: a, rules: [{alert: A, expr: x}, {alert: C, expr: (}]}]"),
    ];
    let (document, stack) = stack_of(super::STACK);
    let artifacts = rendered(&stack, &files);
    let first = check(&document, &stack, &artifacts);
    assert_eq!(first, check(&document, &stack, &artifacts));
    let places: Vec<_> = first
        .iter()
        .filter_map(|d| d.place.as_ref())
        .filter(|place| place.file.starts_with("./rules"))
        .map(|place| format!("{}:{}", place.file, place.column))
        .collect();
    assert_eq!(
        places,
        [
            "./rules/a.yml:36",
            "./rules/a.yml:45",
            "./rules/a.yml:57",
            "./rules/a.yml:66",
            "./rules/b.yml:36",
            "./rules/b.yml:45"
        ]
    );
}
