use std::collections::BTreeMap;

use crate::model::slo::{Sli, Slo};
use crate::resolve::{KnownImages, resolve};
use crate::source;

fn read(slos: &str) -> (Vec<Slo>, Vec<String>) {
    let text = format!("prometheus: {{retention: {{time: 30d}}}}\nslos:\n{slos}");
    let (document, found) = source::read(text.as_bytes(), "stack.yml", &BTreeMap::new());
    assert_eq!(found, []);
    let (stack, found) = resolve(&document, None, &KnownImages::new());
    let ours = found.iter().filter(|d| d.code >= "SC221" && d.code <= "SC226");
    (stack.slos, ours.map(|d| format!("{} {}", d.code, d.message)).collect())
}

const RATIO: &str = "good: 'x{job=\"b\",code!~\"5..\"}', total: 'x{job=\"b\"}'";

#[test]
fn the_factors_over_30_days_are_those_of_the_workbook() {
    let (slos, found) = read(&format!("  - {{name: a, objective: 99.9, {RATIO}}}\n"));
    assert_eq!(found, [""; 0]);
    let rates: Vec<String> =
        slos[0].burn_rates.iter().map(|r| format!("{} {}/{}", r.factor, r.long, r.short)).collect();
    assert_eq!(rates, ["14.4 1h/5m", "6 6h/30m", "3 1d/2h", "1 3d/6h"]);
    assert_eq!(slos[0].service, "a");
    let samples = slos[0].samples.as_ref().unwrap();
    assert!(samples.within && samples.part != samples.rest, "{samples:?}");
}

#[test]
fn an_objective_says_in_one_way_what_is_measured() {
    let (slos, found) = read(&format!(
        "  - {{name: a, objective: 99}}
  - {{name: b, objective: 99, bad: 'x{{job=\"b\"}}', {RATIO}}}
  - {{name: c, objective: 99, good: 'x{{job=\"b\"}}'}}
  - {{name: d, objective: 99, total: 'x{{job=\"b\"}}', latency: {{histogram: h, under: 1s}}}}
"
    ));
    assert_eq!(slos, []);
    assert_eq!(
        found,
        [
            "SC222 the objective `a` does not say what is measured",
            "SC222 the objective `b` has both `good` and `bad`",
            "SC222 the objective `c` has no `total` to compare with",
            "SC222 the objective `d` has `latency` and another indicator",
        ]
    );
}

#[test]
fn numbers_and_names_that_cannot_be_are_refused() {
    let (slos, found) = read(&format!(
        "  - {{name: a, objective: 100, {RATIO}}}
  - {{name: b, objective: 0, {RATIO}}}
  - {{name: c, objective: 99, window: 36h, {RATIO}}}
  - {{name: d, objective: 99, {RATIO}}}
  - {{name: d, objective: 99, window: 90d, {RATIO}}}
"
    ));
    assert_eq!(slos.len(), 2);
    let codes: Vec<&str> = found.iter().map(|line| &line[..5]).collect();
    assert_eq!(codes, ["SC223", "SC223", "SC224", "SC221", "SC226"], "{found:#?}");
}

#[test]
fn every_objective_with_a_window_longer_than_the_retention_is_named() {
    let (_, found) = read(&format!(
        "  - {{name: a, objective: 99, window: 35d, {RATIO}}}
  - {{name: b, objective: 99, {RATIO}}}
  - {{name: c, objective: 99, window: 60d, {RATIO}}}
"
    ));
    assert_eq!(
        found,
        [
            "SC226 the error budget of `a` is over 35 days, but Prometheus keeps samples for 30d: it cannot be computed over the whole window",
            "SC226 the error budget of `c` is over 60 days, but Prometheus keeps samples for 30d: it cannot be computed over the whole window",
        ]
    );
}

#[test]
fn a_low_objective_has_pairs_that_cannot_fire() {
    let (slos, found) = read(&format!("  - {{name: a, objective: 90, {RATIO}}}\n"));
    assert_eq!(slos[0].burn_rates.len(), 3);
    assert!(found[0].starts_with("SC225 with an objective of 90% even a complete outage"), "{found:?}");
}

#[test]
fn a_latency_is_a_bucket_whose_bound_is_written_as_the_metric_has_it() {
    let (slos, _) = read(
        "  - {name: a, objective: 99, latency: {histogram: 'h_seconds{job=\"b\"}', under: 300ms}}
  - {name: b, objective: 99, latency: {histogram: 'h_milliseconds', under: 1s}}
",
    );
    let buckets: Vec<&str> = slos
        .iter()
        .map(|slo| match &slo.sli {
            Sli::Latency { bucket, .. } => bucket.as_str(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        buckets,
        ["h_seconds_bucket{job=\"b\", le=\"0.3\"}", "h_milliseconds_bucket{le=~\"1000(\\\\.0)?\"}"]
    );
}
