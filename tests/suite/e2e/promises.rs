//! SCENARIO: an alert joins a group that has been notified. The promise of its route bounds its wait, too.

use std::time::{Duration, Instant};

use super::http::post;
use super::{Scene, eventually};
use crate::support::synthetic::Sink;

const STACK: &str = r#"
prometheus: {enabled: false}
alertmanager: {port: $ALERTMANAGER}
grafana: {enabled: false}
exporters: {}
notify:
  receivers:
    pager: {webhook: {url: "http://host.docker.internal:$SINK/pager"}}
    chat: {webhook: {url: "http://host.docker.internal:$SINK/chat"}}
  default: chat
  routes:
    - {severity: critical, to: pager, respond: immediately}
    - {severity: high, to: chat, respond: 5m}
"#;

#[test]
fn the_second_alert_of_a_group_is_notified_within_the_promise() {
    let Some(scene) = Scene::open() else { return };
    let sink = Sink::start();
    scene.stack(&STACK.replace("$SINK", &sink.port.to_string()));
    scene.expect(0, &["up"]);
    let fire = |instance: &str| {
        for (name, severity) in [("Urgent", "critical"), ("Soon", "high")] {
            let labels = serde_json::json!({
                "alertname": name, "severity": severity, "service": "shop", "instance": instance,
            });
            let alerts = serde_json::json!([{ "labels": labels }]).to_string();
            assert_eq!(post(scene.alertmanager, "/api/v2/alerts", &alerts), Some(200));
        }
        Instant::now()
    };
    let told = |name: &str, instance: &str| {
        sink.alerts(name).iter().any(|(_, alert)| alert["labels"]["instance"] == instance)
    };
    // A group waits 0 s or 10 s for its first notification, and a turn of at most 30 s or 75 s for the second.
    let limits = [("Urgent", "a", 5), ("Soon", "a", 20), ("Urgent", "b", 35), ("Soon", "b", 80)];
    let mut begin = fire("a");
    for (name, instance, seconds) in limits {
        if (name, instance) == ("Urgent", "b") {
            begin = fire("b");
        }
        let limit = Duration::from_secs(seconds);
        eventually(limit, &format!("{name} on {instance} is notified"), || {
            told(name, instance).then_some(())
        });
        let waited = begin.elapsed();
        assert!(waited < limit + Duration::from_secs(5), "{name} on {instance} after {waited:.1?}");
        eprintln!("{name} on {instance} is notified after {waited:.1?}");
    }
}
