//! Every panel of every dashboard shows something, or says why it does not.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;
use stackctl::catalog;

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
    let mut open: BTreeMap<String, String> = BTreeMap::new();
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
                open.insert(format!("{name}: {}: {expr}", panel["title"]), filled(expr, &variables));
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

fn filled(expr: &str, variables: &BTreeMap<String, String>) -> String {
    let mut text =
        expr.replace("$__rate_interval", "15s").replace("$__interval", "15s").replace("$__range", "60s");
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
fn shows(port: u16, query: &str) -> bool {
    let encoded: String = query.bytes().fold(String::new(), |text, byte| format!("{text}%{byte:02x}"));
    let Some(data) = prometheus(port, &format!("/api/v1/query?query={encoded}")) else { return false };
    let series = data["result"].as_array().cloned().unwrap_or_default();
    let finite = |value: &Value| value[1].as_str().is_some_and(|v| v.parse().is_ok_and(f64::is_finite));
    series.iter().any(|one| finite(&one["value"]))
}
