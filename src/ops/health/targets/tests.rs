//! Targets as Prometheus reports them in the first seconds and later.

use std::collections::BTreeMap;

use super::{Facts, Owner, Sorted, sort};
use crate::model::stack::{Job, JobSource};
use crate::probe::Target;

const NOW: f64 = 10_000.0;

fn component(name: &str) -> Job {
    let target = format!("{name}:9100");
    let source =
        JobSource::Component { instance: target.clone(), target, service_up: None, settings: Box::default() };
    Job { name: name.into(), source }
}

fn probe(url: &str) -> Job {
    let source = JobSource::Blackbox {
        module: "http_2xx".into(),
        exporter: "blackbox:9115".into(),
        targets: vec![url.into()],
        app: None,
    };
    Job { name: "blackbox-http".into(), source }
}

fn target(job: &str, address: &str, health: &str, scraped: Option<f64>) -> Target {
    let time = scraped.map_or_else(
        || "0001-01-01T00:00:00Z".to_owned(),
        |at| (jiff::Timestamp::UNIX_EPOCH + std::time::Duration::from_secs_f64(at)).to_string(),
    );
    serde_json::from_value(serde_json::json!({
        "discoveredLabels": {"__address__": address}, "labels": {"job": job, "instance": address},
        "scrapePool": job, "scrapeUrl": format!("http://{address}/metrics"), "health": health,
        "lastError": if health == "down" { "connection refused" } else { "" }, "lastScrape": time,
        "scrapeInterval": "15s", "scrapeTimeout": "10s",
    }))
    .unwrap()
}

/// Prometheus runs for so many seconds.
fn facts(jobs: &[Job], age: f64) -> Facts<'_> {
    Facts { jobs, began: NOW - 1.0, now: NOW, since: Some(NOW - age), ..Facts::default() }
}

/// `job address: reason` of those down, then of those unknown.
fn text(sorted: &Sorted) -> [Vec<String>; 2] {
    [&sorted.targets.down, &sorted.targets.unknown]
        .map(|rows| rows.iter().map(|row| format!("{} {}: {}", row.job, row.address, row.reason)).collect())
}

#[test]
fn a_target_that_was_not_scraped_yet_is_unknown_as_long_as_its_interval_allows() {
    let jobs = [component("node")];
    let found = [target("node", "node:9100", "unknown", None)];
    let young = sort(&found, &facts(&jobs, 20.0));
    assert_eq!(text(&young), [vec![], vec!["node node:9100: not scraped yet".to_owned()]]);
    assert!(young.pending);
    let old = sort(&found, &facts(&jobs, 51.0));
    assert_eq!(text(&old), [vec!["node node:9100: never scraped in 51s".to_owned()], vec![]]);
    assert!(!old.pending);
}

#[test]
fn a_component_may_have_been_scraped_while_it_started_and_an_application_is_down_at_once() {
    let jobs = [component("node"), component("shop")];
    let found = [
        target("node", "node:9100", "down", Some(NOW - 5.0)),
        target("shop", "shop:9100", "down", Some(NOW - 5.0)),
    ];
    let with = |owner| Facts { owners: BTreeMap::from([("node", owner)]), ..facts(&jobs, 600.0) };
    let shop = "shop shop:9100: connection refused".to_owned();
    let node = "node node:9100: connection refused".to_owned();
    let fresh = sort(&found, &with(Owner::Well(6)));
    let waiting = "node node:9100: not scraped since its component is ready (connection refused)".to_owned();
    assert_eq!(text(&fresh), [vec![shop.clone()], vec![waiting]]);
    assert!(fresh.pending);
    assert_eq!(text(&sort(&found, &with(Owner::Well(600)))), [vec![node.clone(), shop.clone()], vec![]]);
    assert_eq!(text(&sort(&found, &with(Owner::Unwell))), [vec![node, shop.clone()], vec![]]);
    let stopped = sort(&found, &with(Owner::Stopped));
    assert_eq!((text(&stopped), stopped.targets.total), ([vec![shop], vec![]], 1));
}

#[test]
fn a_probe_that_fails_is_down_although_its_exporter_answers() {
    let jobs = [probe("https://shop.example.org/")];
    let found = [target("blackbox-http", "https://shop.example.org/", "up", Some(NOW - 1.0))];
    let failed = [("blackbox-http".to_owned(), "https://shop.example.org/".to_owned())];
    let sorted = sort(&found, &Facts { failed_probes: failed.into(), ..facts(&jobs, 600.0) });
    let down = "blackbox-http https://shop.example.org/: the probe fails (probe_success is 0)".to_owned();
    assert_eq!(text(&sorted), [vec![down], vec![]]);
    assert_eq!(sort(&found, &facts(&jobs, 600.0)).targets.up, 1);
}

#[test]
fn what_prometheus_does_not_list_is_unknown_after_a_reload_and_down_later() {
    let jobs = [component("node")];
    let young = sort(&[], &facts(&jobs, 4.0));
    assert_eq!(text(&young), [vec![], vec!["node node:9100: not discovered yet".to_owned()]]);
    let old = text(&sort(&[], &facts(&jobs, 60.0)));
    assert!(old[0][0].starts_with("node node:9100: Prometheus does not scrape it"), "{old:?}");
}

#[test]
fn what_the_last_reload_took_out_is_not_counted_while_prometheus_still_lists_it() {
    let found = [target("gone", "gone:80", "down", Some(NOW - 5.0))];
    assert_eq!(sort(&found, &facts(&[], 4.0)).targets.total, 0);
    assert_eq!(sort(&found, &facts(&[], 60.0)).targets.down.len(), 1);
}
