//! SCENARIO: a team promises its users something, breaks the promise, and is paged while most of the error budget is left.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::Value;

use super::http::{prometheus, query};
use super::{Scene, eventually};
use crate::support::synthetic::{Application, Script, Sink};

/// Scrapes, a few evaluations, one notification.
const LIMIT: Duration = Duration::from_secs(60);

/// A shop whose requests have no series of errors before the first of them.
const SHOP: &str = r#"
# part shop
# TYPE http_requests_total counter
http_requests_total{code="200"} 100 +10
# TYPE http_request_duration_seconds histogram
http_request_duration_seconds_bucket{le="0.3"} 99 +9.9
http_request_duration_seconds_bucket{le="+Inf"} 100 +10
http_request_duration_seconds_count 100 +10
http_request_duration_seconds_sum 20 +2
# fault errors: SLOBurnRateFast
http_requests_total{code="500"} 1 +40
"#;

const STACK: &str = r#"
prometheus: {port: $PROMETHEUS, scrape_interval: 1s, evaluation_interval: 1s}
alertmanager: {port: $ALERTMANAGER}
grafana: {enabled: false}
apps:
  shop: {targets: ["host.docker.internal:$SHOP"]}
slos:
  - name: shop-availability
    objective: 99
    bad: 'http_requests_total{job="shop",code=~"5.."}'
    total: 'http_requests_total{job="shop"}'
    service: checkout
    description: Buying must work.
  - name: shop-latency
    objective: 95
    latency: {histogram: 'http_request_duration_seconds{job="shop"}', under: 300ms}
    service: checkout
notify:
  receivers:
    pager: {webhook: {url: "http://host.docker.internal:$SINK/pager"}}
    chat: {webhook: {url: "http://host.docker.internal:$SINK/chat"}}
  default: chat
  routes:
    - {category: slo, severity: critical, to: pager, respond: immediately}
"#;

#[test]
fn errors_that_spend_the_budget_fast_page_somebody() {
    let Some(scene) = Scene::open() else { return };
    let script = Script::parse(SHOP);
    let (shop, sink) = (Application::start(&script), Sink::start());
    let stack = STACK.replace("$SHOP", &shop.ports["shop"].to_string());
    scene.stack(&stack.replace("$SINK", &sink.port.to_string()));
    often(&scene);
    scene.expect(0, &["up"]);

    every_series_is_recorded(&scene);
    assert_eq!(firing(&scene), BTreeSet::new(), "nothing is wrong yet");

    let fault = &script.faults[0];
    shop.inject(fault);
    let told = eventually(LIMIT, "the pager is told", || sink.alerts(&fault.alert).into_iter().next());
    assert_eq!(told.0, "pager");
    let labels: BTreeMap<String, String> = serde_json::from_value(told.1["labels"].clone()).unwrap();
    let wanted = [
        ("alertname", "SLOBurnRateFast"),
        ("category", "slo"),
        ("service", "checkout"),
        ("severity", "critical"),
        ("slo", "shop-availability"),
    ];
    assert_eq!(labels, BTreeMap::from(wanted.map(|(key, value)| (key.to_owned(), value.to_owned()))));
    let words = told.1["annotations"]["description"].as_str().unwrap();
    assert!(words.ends_with("its objective of 99% over 30 days allows. Buying must work."), "{words}");
    let fast = firing(&scene).into_iter().filter(|(alert, _)| *alert == fault.alert).map(|(_, slo)| slo);
    assert_eq!(fast.collect::<Vec<_>>(), ["shop-availability"], "the other promise is kept");
}

/// The shipped rules, evaluated every second instead of every minute or two. Windows, limits and expressions stay: a share
/// of sums over a window does not depend on how often it is sampled, and the alert has no `for`. Only the rest of the
/// budget counts samples, and is not judged here.
fn often(scene: &Scene) {
    let path = "rules/slo.yml";
    let mut rules = std::fs::read_to_string(format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    for interval in ["interval: 1m\n", "interval: 2m\n"] {
        assert!(rules.contains(interval), "{path} is evaluated otherwise");
        rules = rules.replace(interval, "interval: 1s\n");
    }
    scene.write(path, &rules);
}

/// Every series that a rule records is there for both objectives, and finite.
fn every_series_is_recorded(scene: &Scene) {
    let found = eventually(LIMIT, "Prometheus has the rules", || {
        prometheus(scene.prometheus, "/api/v1/rules?type=record").filter(|found| found["groups"].is_array())
    });
    let groups = found["groups"].as_array().unwrap().iter();
    let rules = groups.filter(|group| group["name"].as_str().unwrap().starts_with("slo-"));
    let rules = rules.flat_map(|group| group["rules"].as_array().unwrap());
    let names: BTreeSet<&str> = rules.map(|rule| rule["name"].as_str().unwrap()).collect();
    assert!(names.len() > 15, "{names:?}");
    for name in names {
        eventually(LIMIT, &format!("{name} has a finite value for each objective"), || {
            let values = query(scene.prometheus, name, "slo");
            let finite = |(_, value): &(String, String)| value.parse().is_ok_and(f64::is_finite);
            let of: BTreeSet<&str> = values.iter().map(|(slo, _)| slo.as_str()).collect();
            (values.iter().all(finite) && of == BTreeSet::from(["shop-availability", "shop-latency"]))
                .then_some(())
        });
    }
}

/// Alerts about objectives that fire, and the objective.
fn firing(scene: &Scene) -> BTreeSet<(String, String)> {
    let found = prometheus(scene.prometheus, "/api/v1/alerts").unwrap();
    let text = |one: &Value, label: &str| one["labels"][label].as_str().unwrap_or_default().to_owned();
    let firing = found["alerts"].as_array().unwrap().iter().filter(|one| one["state"] == "firing");
    firing
        .filter(|one| one["labels"]["category"] == "slo")
        .map(|one| (text(one, "alertname"), text(one, "slo")))
        .collect()
}
