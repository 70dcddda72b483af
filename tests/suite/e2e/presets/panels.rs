//! Every panel of every dashboard shows something, or says why it does not.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;
use stackctl::catalog;
use stackctl::kernel::units;

use super::super::eventually;
use super::super::http::prometheus;
use super::Watched;

/// Words of a panel that shows nothing while all is well.
const QUIET: &str = "empty while healthy";

/// Asks Prometheus for every query of the pack's dashboards.
pub fn every_panel_shows_something(watched: &Watched, preset: &str) {
    let scene = &watched.scene;
    scene.expect(0, &["--file", "with-grafana.yml", "render", "--out", "with-grafana"]);
    let pack = catalog::pack(preset).unwrap();
    let mut open: BTreeMap<String, Request> = BTreeMap::new();
    for name in pack.dashboards {
        let path = format!("with-grafana/grafana/dashboards/{name}.json");
        let text = std::fs::read_to_string(scene.path(&path)).unwrap_or_else(|e| panic!("{path}: {e}"));
        let dashboard: Value = serde_json::from_str(&text).unwrap();
        let variables = variables(&dashboard);
        for panel in panels(&dashboard) {
            let quiet = panel["description"].as_str().is_some_and(|text| text.contains(QUIET));
            for target in panel["targets"].as_array().into_iter().flatten() {
                let expr = target["expr"].as_str().unwrap_or_default();
                // Its image cannot be had from a Debian archive, so nobody answers for it here.
                if quiet
                    || expr.is_empty()
                    || expr.contains("job=\"cadvisor\"")
                    || expr.contains("container_")
                {
                    continue;
                }
                let what = format!("{name}: {}: {expr}", panel["title"]);
                let now = expr.replace("$__rate_interval", "15s").replace("$__interval", "15s");
                let now = filled(&now.replace("$__range", "60s"), &variables);
                open.insert(what.clone(), Request { query: now, range: None });
                let pages = pages(&panel, target).into_iter();
                open.extend(
                    pages.map(|page| (format!("{what} {page:?}"), page.request(target, expr, &variables))),
                );
            }
        }
    }
    assert!(!open.is_empty(), "{preset} has no panels");
    let port = scene.prometheus;
    // What is still empty when the time is up is named.
    let deadline = std::time::Instant::now() + Duration::from_secs(90);
    loop {
        open.retain(|_, query| !shows(port, query));
        if open.is_empty() || std::time::Instant::now() > deadline {
            break;
        }
        eventually(Duration::from_secs(10), "Prometheus answers", || {
            prometheus(port, "/api/v1/status/buildinfo")
        });
        std::thread::park_timeout(Duration::from_secs(1));
    }
    let empty: Vec<&String> = open.keys().collect();
    assert!(empty.is_empty(), "panels without finite data: {empty:#?}");
}

/// Panels, also those in rows.
fn panels(dashboard: &Value) -> Vec<Value> {
    let mut all = Vec::new();
    for panel in dashboard["panels"].as_array().into_iter().flatten() {
        all.extend(panel["panels"].as_array().into_iter().flatten().cloned());
        all.push(panel.clone());
    }
    all
}

/// What stands for a variable when everything is chosen.
fn variables(dashboard: &Value) -> BTreeMap<String, String> {
    let list = dashboard["templating"]["list"].as_array().into_iter().flatten();
    let of = |variable: &Value| {
        let all = variable["allValue"].as_str().unwrap_or(".*").to_owned();
        let current = variable["current"]["value"].as_str().filter(|value| !value.starts_with('$'));
        let value = if variable["includeAll"] == true { all } else { current.unwrap_or(&all).to_owned() };
        (variable["name"].as_str().unwrap().to_owned(), value)
    };
    list.map(of).collect()
}

/// A query, at once or over a range with a step.
struct Request {
    query: String,
    range: Option<(Duration, Duration)>,
}

/// What Grafana makes of a panel on a page.
#[derive(Debug)]
struct Page {
    range: Duration,
    interval: Duration,
    rate_interval: Duration,
}

/// Time ranges that are looked at.
const RANGES: [u64; 3] = [15 * 60, 3 * 3600, 24 * 3600];
/// Widths of panels in pixels, from a quarter of a small page to all of a large one.
const WIDTHS: [u32; 3] = [300, 900, 1800];
/// The scrape interval of the data source, as `adapt` sets it.
const SCRAPE: Duration = Duration::from_secs(3);

/// A panel at every range and width, by the rules that `src/check/windows.rs` cites.
fn pages(panel: &Value, target: &Value) -> Vec<Page> {
    let written = |owner: &Value| owner["interval"].as_str().and_then(units::parse_duration);
    let (of_panel, of_target) = (written(panel).unwrap_or(SCRAPE), written(target));
    let scrape = of_target.unwrap_or(SCRAPE);
    let page = |(range, width): (u64, u32)| {
        let range = Duration::from_secs(range);
        let shown = rounded(range / width);
        let page = shown.max(of_panel);
        Page {
            range,
            interval: shown.max(of_target.unwrap_or(page)),
            rate_interval: (page + scrape).max(scrape * 4),
        }
    };
    RANGES.into_iter().flat_map(|range| WIDTHS.map(|width| (range, width))).map(page).collect()
}

/// As `roundInterval` of Grafana rounds what lies between half a second and ten minutes.
fn rounded(interval: Duration) -> Duration {
    const STEPS: [(u128, u64); 10] = [
        (750, 500),
        (1_500, 1_000),
        (3_500, 2_000),
        (7_500, 5_000),
        (12_500, 10_000),
        (17_500, 15_000),
        (25_000, 20_000),
        (45_000, 30_000),
        (90_000, 60_000),
        (210_000, 120_000),
    ];
    let step = STEPS.into_iter().find(|(below, _)| interval.as_millis() < *below);
    Duration::from_millis(step.map_or(300_000, |(_, step)| step))
}

impl Page {
    fn request(&self, target: &Value, expr: &str, variables: &BTreeMap<String, String>) -> Request {
        let milliseconds = |duration: Duration| format!("{}ms", duration.as_millis());
        let text = expr
            .replace("$__rate_interval", &milliseconds(self.rate_interval))
            .replace("$__interval", &milliseconds(self.interval))
            .replace("$__range", &milliseconds(self.range));
        let range = (target["instant"] != true).then_some((self.range, self.interval));
        Request { query: filled(&text, variables), range }
    }
}

fn filled(expr: &str, variables: &BTreeMap<String, String>) -> String {
    let mut text = expr.to_owned();
    // Longer names first: `$job_name` is not `$job` and a rest.
    let mut names: Vec<&String> = variables.keys().collect();
    names.sort_by_key(|name| std::cmp::Reverse(name.len()));
    for name in names {
        text = text
            .replace(&format!("${{{name}}}"), &variables[name])
            .replace(&format!("${name}"), &variables[name]);
    }
    text
}

/// True when the query has a finite value.
fn shows(port: u16, request: &Request) -> bool {
    let query: String = request.query.bytes().fold(String::new(), |text, byte| format!("{text}%{byte:02x}"));
    let path = match request.range {
        None => format!("/api/v1/query?query={query}"),
        Some((range, step)) => {
            let end = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
            let (start, end, step) =
                (end.checked_sub(range).unwrap().as_secs_f64(), end.as_secs_f64(), step.as_secs_f64());
            format!("/api/v1/query_range?query={query}&start={start}&end={end}&step={step}")
        }
    };
    let Some(data) = prometheus(port, &path) else { return false };
    let finite = |value: &Value| value[1].as_str().is_some_and(|v| v.parse().is_ok_and(f64::is_finite));
    let series = data["result"].as_array().into_iter().flatten();
    series.flat_map(samples).any(finite)
}

/// The one sample of a series, or all of them.
fn samples(series: &Value) -> Vec<&Value> {
    let one = series.get("value");
    one.into_iter().chain(series["values"].as_array().into_iter().flatten()).collect()
}
