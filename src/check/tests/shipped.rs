use super::{alert, line, rendered, stack_of};
use crate::check::check;
use crate::kernel::Severity;
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
  redis: {address: \"redis://cache:6379\"}
  blackbox: {http: [\"https://example.org/\"], healthy: [\"http://a/health\"], tcp: [\"a:1\"], icmp: [a]}
logs: {elasticsearch: , logstash: , kibana: , loki: , collector: }
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
slos:
  - {name: answers, objective: 99.9, bad: 'r{job=\"backend\",code=\"5\"}', total: 'r{job=\"backend\"}', service: shop}
  - {name: speed, objective: 99, good: 'r{job=\"backend\",slow=\"0\"}', total: 'r{job=\"backend\"}', service: shop}
";
    let (document, stack) = stack_of(text);
    let found = check(&document, &stack, &rendered(&stack, &[]));
    assert_eq!(found.iter().map(line).collect::<Vec<_>>(), [""; 0]);
}

#[test]
fn shipped_content_is_really_looked_at() {
    let (document, stack) = stack_of(super::STACK);
    let mut artifacts = rendered(&stack, &[]);
    let (mut alerts, mut queries) = (0, 0);
    for artifact in &mut artifacts {
        let text = artifact.text().unwrap().to_owned();
        if artifact.path.starts_with("rules/") {
            alerts += text.matches("- alert: ").count();
            artifact.bytes = text.replace("severity: ", "weight: ").into_bytes();
        } else if artifact.path.starts_with("dashboards/") {
            queries += text.matches("\"expr\": \"").count();
            artifact.bytes = text.replace("\"expr\": \"", "\"expr\": \"(").into_bytes();
        }
    }
    let found = check(&document, &stack, &artifacts);
    let count = |code: &str| found.iter().filter(|d| d.code == code && d.is_error()).count();
    assert!(alerts > 0 && queries > 0);
    assert_eq!((count("SC405"), count("SC443")), (alerts, queries));
}

#[test]
fn of_two_alerts_with_one_name_the_users_is_told() {
    let mine = alert("vector(1)").replace("alert: Mine", "alert: Watchdog");
    let (document, stack) = stack_of(super::STACK);
    let found = check(&document, &stack, &rendered(&stack, &[("rules/a.yml", &mine)]));
    let told: Vec<_> =
        found.iter().map(|d| (d.code, d.severity, d.place.as_ref().map(|p| p.file.as_ref()))).collect();
    assert_eq!(told, [("SC403", Severity::Warning, Some("./rules/a.yml"))]);
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

#[test]
fn windows_of_shipped_dashboards_hold_four_scrapes_at_any_interval() {
    for (pack, part, interval) in [
        ("ciso-assistant", "", "60s"),
        ("blindspotx", "", "1m30s"),
        ("sentrascan", "", "4m"),
        ("cybersensei", ", part: nestjs-backend", "2m"),
        ("rust-security", ", part: auth-service", "1500ms"),
        ("rust-security", ", part: policy-service", "2m"),
    ] {
        let text = format!(
            "{}apps: {{mine: {{pack: {pack}{part}, targets: [\"a:1\"], scrape_interval: {interval}, scrape_timeout: 1s}}}}\n",
            super::STACK
        );
        let (document, stack) = stack_of(&text);
        let found = check(&document, &stack, &rendered(&stack, &[]));
        let windows = found.iter().filter(|one| ["SC443", "SC444", "SC448"].contains(&one.code));
        assert_eq!(windows.map(line).collect::<Vec<_>>(), [""; 0], "{pack} every {interval}");
    }
}

#[test]
fn shipped_windows_are_checked() {
    let text = format!("{}apps: {{mine: {{pack: ciso-assistant, targets: [\"a:1\"]}}}}\n", super::STACK);
    let (document, stack) = stack_of(&text);
    let mut artifacts = rendered(&stack, &[]);
    for artifact in artifacts.iter_mut().filter(|artifact| artifact.path.starts_with("dashboards/")) {
        let text = artifact.text().unwrap().to_owned();
        artifact.bytes = text.replace("\"interval\": \"60s\"", "\"interval\": \"\"").into_bytes();
    }
    let found = check(&document, &stack, &artifacts);
    let lines: Vec<_> = found.iter().filter(|one| one.code == "SC448").map(line).collect();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(
        lines[0].contains("the panel `CPU` takes `rate` over `$__rate_interval`, which may be 1m"),
        "{lines:?}"
    );
}
