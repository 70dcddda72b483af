//! The rows hold what they promise: every template, rule file, dashboard and test is there and used.

use std::collections::BTreeSet;

use stackctl::catalog;
use stackctl::model::component::{Content, Network, OnChange, Reload};
use stackctl::render::Assets;

fn assets() -> Vec<String> {
    Assets::embedded_files().into_iter().map(|(path, _)| path).collect()
}

#[test]
fn every_file_a_row_names_is_there() {
    let there = assets();
    let mut missing = Vec::new();
    for row in catalog::COMPONENTS {
        for file in row.files.iter().filter(|file| file.content == Content::Template) {
            let path = format!("templates/{}/{}", row.name, file.path);
            missing.extend((!there.contains(&path)).then_some(path));
        }
        if let Some(rules) = row.rules {
            for path in [format!("rules/{rules}.yml"), format!("rules/tests/{rules}.yml")] {
                missing.extend((!there.contains(&path)).then_some(path));
            }
        }
        for dashboard in row.dashboards {
            let path = format!("dashboards/{dashboard}.json");
            missing.extend((!there.contains(&path)).then_some(path));
        }
    }
    assert_eq!(missing, Vec::<String>::new());
}

#[test]
fn every_rule_file_and_dashboard_belongs_to_a_row() {
    let mut used: BTreeSet<String> =
        BTreeSet::from(["rules/stack.yml", "rules/slo.yml", "dashboards/slo.json"].map(str::to_owned));
    for row in catalog::COMPONENTS {
        used.extend(row.rules.map(|name| format!("rules/{name}.yml")));
        used.extend(row.dashboards.iter().map(|name| format!("dashboards/{name}.json")));
    }
    for row in catalog::PACKS {
        used.insert(format!("rules/{}.yml", row.name));
        used.extend(row.dashboards.iter().map(|name| format!("dashboards/{name}.json")));
    }
    let idle: Vec<String> = assets()
        .into_iter()
        .filter(|path| {
            path.starts_with("dashboards/") || (path.starts_with("rules/") && path.matches('/').count() == 1)
        })
        .filter(|path| path != "rules/runbooks" && !used.contains(path))
        .collect();
    assert_eq!(idle, Vec::<String>::new());
}

#[test]
fn rows_are_pinned_hardened_and_do_not_collide() {
    let mut names = BTreeSet::new();
    for row in catalog::COMPONENTS {
        assert!(names.insert(row.name), "{} is there twice", row.name);
        assert!(row.image.tag != "latest" && !row.image.tag.is_empty(), "{} is not pinned", row.name);
        assert_eq!(
            row.user.0 == 0,
            row.root_because.is_some(),
            "{}: root needs a reason, and only root",
            row.name
        );
        assert!(row.memory >= 32 << 20 && row.pids > 0 && row.stop_timeout > 0, "{} has no limits", row.name);
        assert!(
            row.host_mounts.iter().all(|mount| !mount.why.is_empty()),
            "{} mounts without a reason",
            row.name
        );
        assert!(row.capabilities.is_empty(), "{} keeps capabilities", row.name);
        assert!(row.network != Network::Host || row.name == "node", "{} is on the host's network", row.name);
        for port in row.more_ports {
            let setting = row.settings.iter().find(|setting| setting.key == port.setting);
            assert!(setting.is_some(), "{}: no setting {} for a port", row.name, port.setting);
        }
        if let Reload::Stored(stored) = row.reload {
            assert!(
                row.files.iter().any(|file| file.path == stored.file && file.on_change == OnChange::Reload)
            );
        }
        for need in row.needs {
            assert!(catalog::component(need).is_some(), "{} needs {need}, which is not there", row.name);
        }
        assert!(
            row.settings.iter().all(|setting| !setting.doc.is_empty()),
            "{} has settings without a word",
            row.name
        );
    }
}

#[test]
fn every_alert_has_a_runbook() {
    let there = assets();
    let mut missing = Vec::new();
    for (path, bytes) in Assets::embedded_files() {
        if path.starts_with("rules/") && path.matches('/').count() == 1 {
            let text = String::from_utf8(bytes).unwrap();
            for name in text.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")) {
                let runbook = format!("rules/runbooks/{}.md", name.trim());
                missing.extend((!there.contains(&runbook)).then_some(runbook));
            }
        }
    }
    assert_eq!(missing, Vec::<String>::new());
}

/// Grafana's own panel types that are not deprecated; `stackctl view` draws the first seven, and names the others.
#[test]
fn dashboards_have_panels_of_these_types_only() {
    const TYPES: [&str; 10] = [
        "row",
        "timeseries",
        "stat",
        "gauge",
        "bargauge",
        "table",
        "heatmap",
        "state-timeline",
        "piechart",
        "text",
    ];
    let mut other = Vec::new();
    for (path, bytes) in Assets::embedded_files() {
        if !path.starts_with("dashboards/") {
            continue;
        }
        // Those of packs are templates; any number does for a placeholder.
        let mut parts = String::from_utf8(bytes).unwrap();
        while let Some(begin) = parts.find("[[ ") {
            let end = begin + parts[begin..].find("]]").expect("the end of a placeholder") + 2;
            parts.replace_range(begin..end, "0");
        }
        let dashboard: serde_json::Value =
            serde_json::from_str(&parts).unwrap_or_else(|e| panic!("{path}: {e}"));
        for panel in dashboard["panels"].as_array().unwrap() {
            let inner = panel["panels"].as_array().into_iter().flatten();
            for panel in inner.chain([panel]) {
                let kind = panel["type"].as_str().unwrap_or_default();
                if !TYPES.contains(&kind) {
                    other.push(format!("{path}: {} is a {kind:?}", panel["title"]));
                }
            }
        }
    }
    assert_eq!(other, Vec::<String>::new());
}
