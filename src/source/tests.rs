use std::collections::BTreeMap;

use super::read;

fn problems(text: &str) -> Vec<String> {
    let (_, found) = read(text.as_bytes(), "stack.yml", &BTreeMap::new());
    found
        .iter()
        .map(|d| {
            let place =
                d.place.as_ref().map(|p| format!("{}:{}+{}", p.line, p.column, p.width)).unwrap_or_default();
            format!("{} {place} {} | {}", d.code, d.message, d.hint.as_deref().unwrap_or("-"))
        })
        .collect()
}

#[test]
fn every_problem_is_told_at_once_with_its_place() {
    let text = "\
name: Demo
promethues: {}
prometheus:
  port: 99999
  scrape_interval: 15
  retention: {time: 15d, time: 30d}
exporters:
  postgres: {user: monitor}
notify:
  routes:
    - {severity: critcal, to: mail}
";
    assert_eq!(
        problems(text),
        [
            "SC106 1:7+4 expected a name of lower-case letters, digits and hyphens, at most 42 characters, found `Demo` | -",
            "SC105 2:1+10 unknown key `promethues` | did you mean `prometheus`?",
            "SC106 4:9+5 expected a port from 1 to 65535, found `99999` | -",
            "SC106 5:20+2 expected a duration such as 15s or 1h30m, found `15` | -",
            "SC104 6:26+4 the key `time` is here twice; the first is on line 6 | keep one of them",
            "SC107 8:13+1 `uri` is missing | add `uri:` with text: `host:port/database?sslmode=…`, without user and password",
            "SC106 11:18+7 expected one of critical, high, medium, warning, low, info, none, found `critcal` | did you mean `critical`?",
        ]
    );
}

#[test]
fn a_good_file_becomes_a_config() {
    let text = "\
name: demo
bind: 127.0.0.1
prometheus: {version: v3.5.3, retention: {time: 30d, size: 50GB}, external_labels: {cluster: demo}}
exporters:
  node:
  redis: {address: \"redis://redis:6379\"}
  custom:
    nginx: {image: \"nginx/nginx-prometheus-exporter:1.5.1\", port: 9113, args: [\"--nginx.scrape-uri=http://nginx/\"]}
apps:
  backend: {targets: [\"host.docker.internal:3000\"], scrape_interval: 10s}
notify:
  receivers:
    mail: {email: {to: ops@example.org}}
  default: mail
  routes:
    - {severity: [critical, high], to: mail, respond: immediately}
";
    let (document, found) = read(text.as_bytes(), "stack.yml", &BTreeMap::new());
    assert_eq!(found, []);
    assert_eq!(document.config.name.as_deref(), Some("demo"));
    assert_eq!(document.config.notify.routes[0].severity, ["critical", "high"]);
    assert_eq!(document.config.notify.routes[0].to, ["mail"]);
    assert_eq!(document.config.apps["backend"].targets, ["host.docker.internal:3000"]);
    assert!(document.config.exporters.unwrap().contains_key("node"));
}

#[test]
fn encodings_other_than_utf_8_are_named() {
    let (_, found) = read(b"name: caf\xe9\n", "s.yml", &BTreeMap::new());
    assert_eq!(found[0].message, "byte 9 is 0xE9, which is not UTF-8");
    assert_eq!(found[0].place.as_ref().map(|p| (p.line, p.column)), Some((1, 10)));
    let (_, found) = read(&[0xff, 0xfe, 0x61, 0x00], "s.yml", &BTreeMap::new());
    assert_eq!(found[0].message, "`s.yml` is UTF-16");
    let (document, found) = read(b"\xef\xbb\xbfname: demo\r\n", "s.yml", &BTreeMap::new());
    assert_eq!(document.config.name.as_deref(), Some("demo"));
    assert_eq!(found[0].code, "SC102");
}

#[test]
fn tabs_tags_and_second_documents_are_refused_in_words() {
    assert_eq!(
        problems("prometheus:\n\tport: 1\n")[0],
        "SC103 2:2+1 a tab is used for indentation | use spaces"
    );
    assert_eq!(
        problems("name: a\n---\nname: b\n"),
        ["SC103 2:1+3 a second document begins here | keep one document per file: remove the `---`"]
    );
}

#[test]
fn an_alias_bomb_costs_nothing() {
    let mut text = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n".to_owned();
    for level in 1..9 {
        let before = format!("*a{}", level - 1);
        text.push_str(&format!("a{level}: &a{level} [{}]\n", vec![before; 9].join(",")));
    }
    let refused = problems(&text).iter().filter(|p| p.contains("larger than 10000 values")).count();
    assert_eq!(refused, 1);
}

#[test]
fn an_alias_stands_for_its_anchor() {
    let text = b"grafana: {root_url: &u \"http://x\"}\nprometheus: {external_url: *u}\n";
    let (document, found) = read(text, "stack.yml", &BTreeMap::new());
    assert_eq!(found, []);
    assert_eq!(document.config.prometheus["external_url"], "http://x");
}
