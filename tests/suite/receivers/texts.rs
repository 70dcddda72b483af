//! What people read: the same words from every amtool, within the limits of phones and rooms, without secrets.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use stackctl::catalog::INTEGRATIONS;
use stackctl::model::stack::CONFIG_DIRECTORY;

use super::{amtool, directory, files, image, resolved};

const EXPECTED: &str = include_str!("texts.txt");

/// The templates that receivers name, in both modes where a setting chooses the mode.
const TEMPLATES: [(&str, &str); 18] = [
    ("title", "text"),
    ("text", "text"),
    ("short", "text"),
    ("short", "html"),
    ("telegram", "text"),
    ("telegram", "html"),
    ("slack", "text"),
    ("slack.title", "text"),
    ("markdown", "text"),
    ("markdown.title", "text"),
    ("webex", "text"),
    ("html", "html"),
    ("color", "text"),
    ("pagerduty.severity", "text"),
    ("opsgenie.priority", "text"),
    ("jira.priority", "text"),
    ("victorops.type", "text"),
    ("pushover.priority", "text"),
];

fn alert(severity: &str, firing: bool) -> Value {
    json!({
        "status": if firing { "firing" } else { "resolved" },
        "labels": {
            "alertname": "HighLatency", "severity": severity, "category": "performance", "service": "shop",
            "instance": "shop-1:8080", "path": "/a b&c=\"d\"+{x}",
            "license_key": "SECRET-1", "dsn": "postgres://u:SECRET-2@db/x", "user": "eyJhbGciOiJI.SECRET-3",
        },
        "annotations": {
            "summary": "Shop is slow <!channel>", "description": "95% of requests took 2.5s & more (limit 1s).",
            "runbook_url": "stackctl:runbook/HighLatency", "dashboard_url": "https://grafana.example.org/d/shop",
            "response": "within 30m", "value": "2.5s",
        },
        "startsAt": "2026-11-21T03:00:00Z",
        "endsAt": if firing { "0001-01-01T00:00:00Z" } else { "2026-11-21T04:30:00Z" },
        "generatorURL": "http://prometheus.example.org:9090/graph?g0.expr=rate%28x%5B5m%5D%29+%3E+1",
        "fingerprint": "a1",
    })
}

/// The data of a notification about these alerts, with the labels and annotations they have in common.
fn data(alerts: &[Value]) -> Value {
    let common = |part: &str| {
        let mut shared = alerts[0][part].as_object().unwrap().clone();
        shared.retain(|key, value| alerts.iter().all(|alert| alert[part].get(key) == Some(value)));
        shared
    };
    let firing = alerts.iter().any(|alert| alert["status"] == "firing");
    json!({
        "receiver": "team", "status": if firing { "firing" } else { "resolved" },
        "externalURL": "https://alertmanager.example.org", "groupLabels": { "alertname": "HighLatency" },
        "commonLabels": common("labels"), "commonAnnotations": common("annotations"), "alerts": alerts,
    })
}

/// Renders several templates of one mode at once: name to text.
fn render(image: &str, data: &Value, mode: &str, names: &[&str]) -> BTreeMap<String, String> {
    let mut files = files(&resolved("", "0.34.0").0);
    files.insert("data.json".to_owned(), data.to_string());
    let home = directory(&files);
    // HTML keeps no memory of where it stands from one template to the next, so a mark between them is enough.
    let each = |name: &&str| format!("{{{{ template \"stackctl.{name}\" . }}}}\n=====\n");
    let text: String = names.iter().map(each).collect();
    let (code, said) = amtool(
        image,
        home.path(),
        &[
            "template",
            "render",
            &format!("--template.glob={CONFIG_DIRECTORY}/notifications/*.tmpl"),
            &format!("--template.data={CONFIG_DIRECTORY}/data.json"),
            &format!("--template.type={mode}"),
            &format!("--template.text={text}"),
        ],
    );
    assert_eq!(code, Some(0), "{image}:\n{said}");
    let texts: Vec<&str> = said.split("\n=====\n").collect();
    assert_eq!(texts.len(), names.len() + 1, "{said}");
    names.iter().zip(texts).map(|(name, text)| ((*name).to_owned(), text.to_owned())).collect()
}

fn names(mode: &str) -> Vec<&'static str> {
    TEMPLATES.iter().filter(|(_, of)| *of == mode).map(|(name, _)| *name).collect()
}

fn words_are_as_expected(suite: &str) {
    let Some((image, _)) = image(suite) else { return };
    let mut written = String::new();
    for (what, alerts) in [
        ("one that fires", vec![alert("critical", true)]),
        ("one that is over", vec![alert("critical", false)]),
        ("one that fires and one that is over", vec![alert("warning", true), alert("critical", false)]),
    ] {
        for mode in ["text", "html"] {
            let texts = render(&image, &data(&alerts), mode, &names(mode));
            for name in names(mode) {
                written.push_str(&format!("##### {what}: {name} as {mode}\n{}\n", texts[name]));
            }
        }
    }
    assert!(!written.contains("SECRET"), "a secret is told:\n{written}");
    if std::env::var_os("STACKCTL_UPDATE").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/suite/receivers/texts.txt");
        std::fs::write(path, &written).unwrap();
    } else {
        assert_eq!(written, EXPECTED, "STACKCTL_UPDATE=1 writes tests/suite/receivers/texts.txt");
    }
}

#[test]
fn the_words_are_as_expected_in_trixie() {
    words_are_as_expected("trixie");
}

#[test]
fn the_words_are_as_expected_in_forky() {
    words_are_as_expected("forky");
}

/// Every value is as hostile as it can be: markup, mentions, links that run code, the ends of links and of code.
fn hostile() -> Value {
    let mut alert = alert("critical", true);
    for part in ["labels", "annotations"] {
        for value in alert[part].as_object_mut().unwrap().values_mut() {
            *value = json!("**x** [a](javascript:b) <img src=x> <!channel> @everyone `c` |d| ~~e~~ # f");
        }
    }
    alert["annotations"]["dashboard_url"] = json!("javascript:alert(1)");
    alert["annotations"]["runbook_url"] = json!("https://example.org/a) [b](https://evil.example.org/<x>|y>");
    alert["generatorURL"] = json!("data:text/html,x");
    alert
}

fn values_stay_text(suite: &str) {
    let Some((image, _)) = image(suite) else { return };
    let data = data(&[hostile()]);
    let texts =
        render(&image, &data, "text", &["markdown", "markdown.title", "webex", "slack", "slack.title"]);
    for (name, text) in &texts {
        assert!(!text.contains("alert(1)") && !text.contains("data:text"), "{name}: {text}");
        assert!(!text.contains("evil.example.org/<"), "{name}: {text}");
        // Between backticks nothing is markup.
        let outside: String = text.replace("\\`", "").split('`').step_by(2).collect();
        assert!(!outside.contains(" <img") && !outside.contains(" <!channel>"), "{name}: {text}");
    }
    for name in ["markdown", "markdown.title", "webex"] {
        let text = &texts[name];
        assert!(text.contains("\\*\\*x\\*\\* \\[a\\](javascript:b) \\<img"), "{name}: {text}");
        assert!(!text.contains("@everyone") && text.contains("\\~\\~e\\~\\~ \\# f"), "{name}: {text}");
    }
    assert!(
        texts["markdown"]
            .contains(" on `**x** [a](javascript:b) <img src=x> <!channel> @\u{200b}everyone 'c'")
    );
    assert!(
        texts["markdown"]
            .contains("[Runbook](https://example.org/a%29%20[b]%28https://evil.example.org/%3Cx%3E|y%3E)")
    );
    assert!(
        texts["slack"]
            .contains("<https://example.org/a)%20[b](https://evil.example.org/%3Cx%3E%7Cy%3E|Runbook>")
    );
    let html = &render(&image, &data, "html", &["html"])["html"];
    assert!(!html.contains("<img") && !html.contains("alert(1)") && !html.contains("data:text"), "{html}");
}

#[test]
fn markup_in_a_label_stays_text_in_trixie() {
    values_stay_text("trixie");
}

#[test]
fn markup_in_a_label_stays_text_in_forky() {
    values_stay_text("forky");
}

fn limits_are_kept(suite: &str) {
    let Some((image, _)) = image(suite) else { return };
    let mut longest = alert("critical", true);
    for part in ["labels", "annotations"] {
        for value in longest[part].as_object_mut().unwrap().values_mut() {
            *value = json!("ü&\"x".repeat(500));
        }
    }
    longest["annotations"]["runbook_url"] = json!(format!("https://example.org/{}", "x".repeat(55)));
    longest["annotations"]["dashboard_url"] = json!(format!("https://example.org/{}", "x".repeat(270)));
    longest["generatorURL"] = json!(format!("https://example.org/{}", "x".repeat(570)));
    for count in [1, 2, 30] {
        let alerts = vec![longest.clone(); count];
        let names = ["short", "telegram", "webex", "pushover.url"];
        let texts = render(&image, &data(&alerts), "text", &names);
        let length = |name: &str| texts[name].chars().count();
        assert!(length("short") <= 1024, "{count} in Pushover: {}", length("short"));
        assert!(texts["short"].len() <= 2048, "{count} in WeChat: {}", texts["short"].len());
        assert!(length("telegram") <= 4096, "{count} in Telegram: {}", length("telegram"));
        assert!(texts["webex"].len() <= 7439, "{count} in Webex: {}", texts["webex"].len());
        assert!(length("pushover.url") <= 512);
        assert!(count == 1 || texts["short"].contains(&count.to_string()) || count == 2);
    }
}

#[test]
fn no_text_is_longer_than_its_receiver_takes_in_trixie() {
    limits_are_kept("trixie");
}

#[test]
fn no_text_is_longer_than_its_receiver_takes_in_forky() {
    limits_are_kept("forky");
}

#[test]
fn every_severity_has_its_word_in_every_receiver_and_the_worst_counts() {
    let Some((image, _)) = image("trixie") else { return };
    let names = [
        "pagerduty.severity",
        "opsgenie.priority",
        "jira.priority",
        "victorops.type",
        "pushover.priority",
        "color",
    ];
    for (severities, words) in [
        (&["critical"][..], ["critical", "P1", "Highest", "CRITICAL", "2", "#b00020"]),
        (&["high"], ["error", "P2", "High", "CRITICAL", "1", "#e8590c"]),
        (&["medium"], ["warning", "P3", "Medium", "WARNING", "0", "#f2b705"]),
        (&["warning"], ["warning", "P3", "Medium", "WARNING", "0", "#f2b705"]),
        (&["low"], ["info", "P4", "Low", "INFO", "-1", "#3b82c4"]),
        (&["info"], ["info", "P5", "Lowest", "INFO", "-2", "#6b7a8c"]),
        (&["none"], ["info", "P5", "Lowest", "INFO", "-2", "#6b7a8c"]),
        (&["low", "critical", "warning"], ["critical", "P1", "Highest", "CRITICAL", "2", "#b00020"]),
    ] {
        let alerts: Vec<Value> = severities.iter().map(|severity| alert(severity, true)).collect();
        let texts = render(&image, &data(&alerts), "text", &names);
        assert_eq!(names.map(|name| texts[name].as_str()), words, "{severities:?}");
    }
}

#[test]
fn every_template_that_a_receiver_names_is_rendered_here() {
    let tested: Vec<&str> =
        TEMPLATES.iter().map(|(name, _)| *name).chain(["alerts", "pushover.url"]).collect();
    for row in INTEGRATIONS {
        let always = row.always.iter().map(|(_, value)| *value);
        for value in row.all().filter_map(|setting| setting.default).chain(always) {
            if let Some((_, rest)) = value.split_once("template \"stackctl.") {
                let name = rest.split('"').next().unwrap();
                assert!(tested.contains(&name), "{}: {name}", row.key);
            }
        }
    }
}
