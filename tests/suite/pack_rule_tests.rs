//! The rules of the application packs, proven like those of the components: see `rule_tests`.

use std::collections::{BTreeMap, BTreeSet};

use stackctl::catalog::{self, PACKS};
use stackctl::model::pack::Pack;

use crate::rule_tests::{EVERYTHING, files, image, list, names, promtool, stack, untested};

/// A stack with every component and all services of a pack, under other names than the usual ones when asked for.
pub fn with(pack: &Pack, prefix: &str) -> String {
    let app = |name: &str| {
        let job = format!("{prefix}{name}");
        format!(
            "  {job}: {{pack: {}, part: {name}, targets: [\"app:1\"], health: \"http://app:1/health\"}}\n",
            pack.name
        )
    };
    let apps: Vec<String> = pack.parts.iter().map(|part| app(part.name)).collect();
    format!("{EVERYTHING}apps:\n{}", apps.concat())
}

/// Every number, window and severity of a pack changed.
fn changed(pack: &Pack) -> String {
    let number =
        |unit: &str, default: f64| if unit == "ratio" { default * 0.9 } else { (default * 1.5).ceil() };
    let numbers: Vec<String> = pack
        .thresholds
        .iter()
        .map(|row| format!("{}: {}", row.alert, number(row.unit, row.default)))
        .collect();
    let windows: Vec<String> = pack.windows.iter().map(|row| format!("{}: 2h", row.alert)).collect();
    let severities: Vec<String> = pack.severities.iter().map(|row| format!("{}: low", row.alert)).collect();
    format!(
        "alerts:\n  thresholds: {{{}}}\n  windows: {{{}}}\n  severities: {{{}}}\n",
        numbers.join(", "),
        windows.join(", "),
        severities.join(", ")
    )
}

/// The pack's own rule file and its tests.
fn own(pack: &Pack, text: &str, prometheus: Option<&str>) -> BTreeMap<String, String> {
    let mut own = files(&stack(text, prometheus));
    own.retain(|path, _| path.ends_with(&format!("/{}.yml", pack.name)));
    own
}

#[test]
fn every_rule_of_a_pack_is_tested_labelled_and_explained() {
    let mut wrong = Vec::new();
    let mut all: BTreeSet<String> = BTreeSet::new();
    for pack in PACKS {
        let files = own(pack, &with(pack, ""), None);
        let path = format!("rules/{}.yml", pack.name);
        wrong.extend(untested(&files, &path));
        let rules: serde_yaml::Value = serde_yaml::from_str(&files[&path]).unwrap();
        for rule in list(&rules, "groups").flat_map(|group| list(group, "rules")) {
            let Some(alert) = rule["alert"].as_str() else { continue };
            for label in ["severity", "category", "service"] {
                if rule["labels"][label].as_str().is_none() {
                    wrong.push(format!("{path}: {alert} has no {label}"));
                }
            }
            let runbook = format!("{}/rules/runbooks/{alert}.md", env!("CARGO_MANIFEST_DIR"));
            if !std::path::Path::new(&runbook).exists() {
                wrong.push(format!("{path}: {alert} has no runbook"));
            }
            if !all.insert(alert.to_owned()) {
                wrong.push(format!("{path}: {alert} is in another pack as well"));
            }
        }
        let alerts = names(&files[&path], "alert");
        let rows = pack.thresholds.iter().map(|row| row.alert);
        let rows = rows.chain(pack.windows.iter().map(|row| row.alert));
        let rows = rows.chain(pack.severities.iter().map(|row| row.alert));
        wrong.extend(
            rows.filter(|alert| !alerts.contains(*alert)).map(|alert| format!("{path}: no alert {alert}")),
        );
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn alerts_that_a_pack_replaces_are_there_and_leave_only_the_components_files() {
    for pack in PACKS {
        let all = files(&stack(EVERYTHING, None));
        let shipped: BTreeSet<String> = all
            .iter()
            .filter(|(path, _)| path.starts_with("rules/"))
            .flat_map(|(_, text)| names(text, "alert"))
            .collect();
        let with = files(&stack(&with(pack, ""), None));
        for alert in pack.replaces {
            assert!(shipped.contains(*alert), "{}: no component has an alert {alert}", pack.name);
            for (path, text) in with.iter().filter(|(path, _)| path.starts_with("rules/")) {
                let own = *path == format!("rules/{}.yml", pack.name);
                assert!(own || !names(text, "alert").contains(*alert), "{path} still has {alert}");
            }
        }
        for exporter in pack.exporters {
            assert!(catalog::component(exporter).is_some(), "{}: no exporter {exporter}", pack.name);
        }
    }
}

/// The tests hold as shipped, with other numbers, and for jobs of other names.
fn hold(name: &str) {
    if std::env::var("STACKCTL_E2E").as_deref() != Ok("1") {
        return;
    }
    let pack = catalog::pack(name).unwrap();
    for suite in ["trixie", "forky"] {
        if suite == "forky" && std::env::var_os("STACKCTL_E2E_WITHOUT_FORKY").is_some() {
            continue;
        }
        let (image, version) =
            image(suite).unwrap_or_else(|| panic!("there is no image of Prometheus from {suite}"));
        let shipped = with(pack, "");
        // Other jobs with the newer one: the same numbers under other names. promtool takes its time for each run.
        let texts = if suite == "trixie" {
            let other = format!("{shipped}{}", changed(pack));
            vec![("as shipped", shipped), ("with other numbers", other)]
        } else {
            vec![("with other jobs", with(pack, "our-"))]
        };
        for (what, text) in texts {
            let (code, said) = promtool(&image, &own(pack, &text, Some(&version)));
            assert_eq!(code, Some(0), "{name} {what}, {image}:\n{said}");
        }
    }
}

#[test]
fn ciso_assistant() {
    hold("ciso-assistant");
}

#[test]
fn sentrascan() {
    hold("sentrascan");
}

#[test]
fn cybersensei() {
    hold("cybersensei");
}

#[test]
fn rust_security() {
    hold("rust-security");
}

#[test]
fn blindspotx() {
    hold("blindspotx");
}
