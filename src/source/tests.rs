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
            "SC107 8:13+1 `uri` is missing | add `uri:` with an address without a scheme: `host:port/database?sslmode=…`, without user and password",
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

#[test]
fn a_file_without_a_word_is_the_default_stack() {
    for text in ["", "\n", "# nothing\n", "null\n", "~", "---\n", "---\n...\n"] {
        let (document, found) = read(text.as_bytes(), "stack.yml", &BTreeMap::new());
        assert_eq!(found, [], "{text:?}");
        assert!(document.root.is_some(), "{text:?}");
        let (stack, found) = crate::resolve::resolve(&document, None, &BTreeMap::new());
        let (default, expected) =
            crate::resolve::resolve(&super::Document::default(), None, &BTreeMap::new());
        assert_eq!(found, expected, "{text:?}");
        let names = |stack: &crate::model::stack::Stack| {
            stack.instances.iter().map(|instance| instance.name.clone()).collect::<Vec<_>>()
        };
        assert_eq!(names(&stack), names(&default));
    }
}

#[test]
fn a_scalar_in_the_place_of_a_mapping_is_told_the_mapping() {
    let text = "\
prometheus: {retention: 30d, scrape_interval: 0s}
grafana: no
alertmanager: 9999
exporters:
  node: false
  redis: \"redis://redis:6379\"
  postgres: []
notify:
  receivers:
    mail: ops@example.org
  routes: [mail]
slos: 99
";
    assert_eq!(
        problems(text),
        [
            "SC106 1:25+3 expected a mapping, found `30d` | write `retention: {time: 30d}`",
            "SC106 1:47+2 expected a duration longer than 0, found `0s` | -",
            "SC106 2:10+2 expected a mapping, found `no` | write `grafana: {enabled: false}`",
            "SC106 3:15+4 expected a mapping, found `9999` | write `alertmanager: {port: 9999}`",
            "SC106 5:9+5 expected a mapping, found `false` | write `node: {enabled: false}`",
            "SC106 6:10+20 expected a mapping, found `redis://redis:6379` | write `redis: {address: redis://redis:6379}`",
            "SC106 7:13+1 expected a mapping, found a list | -",
            "SC106 10:11+15 expected a mapping, found `ops@example.org` | keys that can stand here: email, slack, pagerduty, webhook, msteamsv2, msteams, mattermost, rocketchat, discord, webex, telegram, wechat, pushover, opsgenie, victorops, incidentio, jira, sns",
            "SC106 11:12+4 expected a mapping, found `mail` | keys that can stand here: severity, category, service, match, to, respond, hours, repeat, continue",
            "SC106 12:7+2 expected a list, each a mapping, found `99` | -",
        ]
    );
}

#[test]
fn junk_is_cut_short() {
    let told = problems(&"x".repeat(1 << 20));
    assert_eq!(told.len(), 1);
    assert!(told[0].contains(&format!("found `{}…`", "x".repeat(60))) && told[0].len() < 400, "{}", told[0]);
    let told = problems(&format!("{}: 1\nname: \"{}\"\n", "k".repeat(900), "Ü\\n".repeat(900)));
    assert!(told.iter().all(|line| line.len() < 600 && line.lines().count() == 1), "{told:#?}");
}

/// Sixty thousand wrong keys, on lines of their own and on one line: the time grows with the file, not with its square.
#[test]
fn very_many_findings_are_counted_and_cost_little() {
    let keys = |between: &str| (0..60_000).map(|n| format!("key{n}: 1")).collect::<Vec<_>>().join(between);
    for (text, line) in [(keys("\n"), 51), (format!("{{{}}}", keys(", ")), 1)] {
        let start = std::time::Instant::now();
        let told = problems(&text);
        assert!(start.elapsed().as_secs() < 30, "{:?}", start.elapsed());
        assert_eq!(told.len(), 51);
        assert_eq!(
            told[50],
            format!(
                "SC111  59950 more findings in this file, the first on line {line} | mend those above and look again; is it the right file?"
            )
        );
    }
}

#[test]
fn a_name_that_is_written_twice_is_found_among_many() {
    let text = (0..100).map(|n| format!("key{}: 1", n % 99)).collect::<Vec<_>>().join("\n");
    let twice = super::parse(&text, &"stack.yml".into()).1;
    assert_eq!(twice.len(), 1);
    assert_eq!(twice[0].message, "the key `key0` is here twice; the first is on line 1");
}

#[test]
fn a_value_that_is_a_comment_is_told_to_be_quoted() {
    assert_eq!(
        problems(
            "notify:\n  receivers:\n    chat:\n      slack:\n        webhook_file: s\n        channel: #alerts\n"
        ),
        [
            "SC106 6:18+7 expected text, found nothing | `#` begins a comment: quote the value, `channel: \"#alerts\"`"
        ]
    );
    assert_eq!(
        problems("notify:\n  routes:\n    - to: mail\n      category:\n        - #a # b\n"),
        ["SC106 5:11+2 expected text, found nothing | `#` begins a comment: quote the value, `- \"#a\"`"]
    );
    let flow = problems(
        "notify:\n  receivers:\n    chat: {slack: {webhook_file: s, channel: #alerts}}\n  default: chat\n",
    );
    assert_eq!(flow.len(), 1);
    assert!(flow[0].ends_with("| `#` begins a comment: quote the value, `\"#alerts\"`"), "{flow:?}");
    // A comment after a key that needs no value is a comment.
    assert_eq!(problems("exporters: # none but the usual\n  node: # as it is\n"), [""; 0]);
}

#[test]
fn a_text_that_ends_at_a_comment_is_warned_of() {
    let text = "notify: {receivers: {chat: {slack: {webhook_file: s, channel: \"#a\", title: x}}}}\n";
    assert_eq!(problems(text), [""; 0]);
    let block = |title: &str| {
        format!(
            "notify:\n  receivers:\n    chat:\n      slack:\n        webhook_file: s\n        title: {title}\n"
        )
    };
    assert_eq!(
        problems(&block("Alert #1 of team")),
        [
            "SC526 6:22+10 the value of `title` ends here: `#` begins a comment | quote the value when the `#` belongs to it, or write `# ` before a comment"
        ]
    );
    for fine in ["Alert # said before", "\"Alert #1\"", "Alert#1", "'it is #1' # yes"] {
        assert_eq!(problems(&block(fine)), [""; 0], "{fine}");
    }
}

#[test]
fn a_number_may_be_quoted_and_negative() {
    let text = "\
notify:
  receivers:
    a: {telegram: {bot_token_file: s, chat_id: \"-1001234567890123\"}}
    b: {telegram: {bot_token_file: s, chat_id: -1001234567890123}}
";
    let (document, found) = read(text.as_bytes(), "stack.yml", &BTreeMap::new());
    assert_eq!(found, []);
    for name in ["a", "b"] {
        let given = &document.config.notify.receivers[name]["telegram"]["chat_id"];
        assert_eq!(given, &serde_json::json!(-1_001_234_567_890_123_i64), "{name}");
    }
    assert_eq!(
        problems("notify: {receivers: {a: {telegram: {bot_token_file: s, chat_id: \"@channel\"}}}}\n"),
        ["SC106 1:65+10 expected a whole number, found `@channel` | -"]
    );
    // What is passed on as it is keeps its kind.
    let payload = "notify: {receivers: {a: {webhook: {url: \"http://x\", payload: {a: \"1\", b: 1}}}}}\n";
    let (document, found) = read(payload.as_bytes(), "stack.yml", &BTreeMap::new());
    assert_eq!(found, []);
    assert_eq!(
        document.config.notify.receivers["a"]["webhook"]["payload"],
        serde_json::json!({"a": "1", "b": 1})
    );
}

#[test]
fn a_slip_in_a_key_is_not_missing_as_well() {
    assert_eq!(
        problems("exporters: {redis: {adress: \"redis://r:6379\"}}\n"),
        ["SC105 1:21+6 unknown key `adress` | did you mean `address`?"]
    );
}

fn config_of(text: &str, environment: &[(&str, &str)]) -> crate::model::config::Config {
    let environment =
        environment.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    let (document, found) = read(text.as_bytes(), "stack.yml", &environment);
    assert_eq!(found, [], "{text}");
    document.config
}

#[test]
fn merge_keys_and_extensions_share_settings() {
    let text = "\
x-defaults: &defaults
  scrape_interval: 10s
  labels: {team: a}
x-slow: &slow {scrape_interval: 1m, sample_limit: 5}
x-note: ${NOT_SET} is never read
apps:
  one: {<<: *defaults, targets: [\"a:1\"]}
  two:
    scrape_interval: 30s
    x-owner: me
    <<: [*defaults, *slow]
    targets: [\"b:1\"]
  x-three: {targets: [\"c:1\"], labels: {x-kept: y}, <<: {sample_limit: 7}}
";
    let apps = config_of(text, &[]).apps;
    assert_eq!(apps["one"].scrape.scrape_interval.as_deref(), Some("10s"));
    assert_eq!(apps["one"].scrape.labels["team"], "a");
    assert_eq!(apps["two"].scrape.scrape_interval.as_deref(), Some("30s"), "its own entry wins");
    assert_eq!(apps["two"].scrape.sample_limit, Some(5));
    assert_eq!(apps["x-three"].scrape.labels["x-kept"], "y", "names of the user may begin with x-");
    assert_eq!(apps["x-three"].scrape.sample_limit, Some(7));
}

#[test]
fn a_merge_of_something_else_is_refused() {
    assert_eq!(
        problems("x-a: &a text\napps: {one: {<<: *a, targets: [\"a:1\"]}}\n"),
        [
            "SC103 2:14+2 `<<` merges mappings, found `text` | write `<<: *name`, with `&name` before a mapping above"
        ]
    );
    assert_eq!(
        problems("apps: {one: {<<: {}, <<: {}, targets: [\"a:1\"]}}\n"),
        ["SC104 1:22+2 the key `<<` is here twice; the first is on line 1 | write `<<: [*one, *other]`"]
    );
    assert_eq!(
        problems("apps: {one: {\"<<\": {}, targets: [\"a:1\"]}}\n")[0].split(" | ").next(),
        Some("SC105 1:14+4 unknown key `<<`")
    );
    assert_eq!(
        problems("apps: {one: {<<: *a, targets: [\"a:1\"]}}\n"),
        [
            "SC103 1:18+1 there is no anchor of this name above | write `&name` before the value that `*name` stands for"
        ]
    );
}

#[test]
fn a_mistake_in_a_shared_mapping_is_one_finding() {
    let text = "\
x-a: &a {scrape_interval: soon, sample_limit: \"${NOT_SET}\"}
apps:
  one: {<<: *a, targets: [\"a:1\"]}
  two: {<<: *a, targets: [\"b:1\"]}
";
    assert_eq!(problems(text).len(), 2, "{:#?}", problems(text));
}

#[test]
fn variables_give_numbers_and_switches() {
    let text = "\
prometheus: {port: \"${P}\", enabled: \"${ON:-true}\", retention: {size: \"${SIZE}\"}}
grafana:
  enabled: ${ON:-false}
  port: ${P:-3000}
apps: {a: {targets: [\"a:1\"], sample_limit: '${N}', labels: {number: \"${N}\"}}}
alerts: {thresholds: {HostHighCpuLoad: \"${N}.5\"}}
notify: {receivers: {w: {webhook: {url: \"http://x\", payload: {n: \"${N}\"}}}}}
";
    let config = config_of(text, &[("P", "9091"), ("SIZE", "5G"), ("N", "12")]);
    assert_eq!(config.prometheus["port"], 9091);
    assert_eq!(config.prometheus["enabled"], true);
    assert_eq!(config.prometheus["retention"]["size"], "5GB");
    assert_eq!((&config.grafana["enabled"], &config.grafana["port"]), (&false.into(), &9091.into()));
    assert_eq!(config.apps["a"].scrape.sample_limit, Some(12));
    assert_eq!(config.apps["a"].scrape.labels["number"], "12");
    assert_eq!(config.alerts.thresholds["HostHighCpuLoad"].to_string(), "12.5");
    assert_eq!(config.notify.receivers["w"]["webhook"]["payload"]["n"], "12", "quoted text stays text");
}

#[test]
fn a_variable_with_a_wrong_value_is_told_where_it_comes_from() {
    let environment = [("P", "many"), ("E", "")].map(|(k, v)| (k.to_owned(), v.to_owned()));
    let text = "prometheus: {port: \"${P}\"}\ngrafana:\n  port: ${E}\n";
    let (_, found) = read(text.as_bytes(), "stack.yml", &environment.into());
    let told: Vec<String> =
        found.iter().map(|d| format!("{} | {}", d.message, d.hint.as_deref().unwrap_or("-"))).collect();
    assert_eq!(
        told,
        [
            "expected a port from 1 to 65535, found `many` from a variable | -",
            "expected a port from 1 to 65535, found an empty variable | set it, or write `port: ${NAME:-default}` for a value that also takes the place of an empty one",
        ]
    );
}

#[test]
fn a_bare_variable_inside_braces_is_told_to_be_quoted() {
    for text in [
        "prometheus: {port: ${P}}",
        "prometheus: {port: ${P:-1}, enabled: true}",
        "prometheus: {enabled: true, port: ${P}}",
        "networks: [${P}]",
        "networks: [a, ${P:-b}]",
        "apps: {a: {targets: [\"${H}:1\"], labels: {x: ${P}}}}",
        "apps: {a: {targets: [x${P}y]}}",
        "prometheus: {\n  port: ${P}\n}",
    ] {
        let told = problems(text);
        assert_eq!(told.len(), 1, "{text}: {told:#?}");
        assert!(told[0].starts_with("SC103 "), "{text}: {told:?}");
        assert!(
            told[0].contains("a variable inside `{…}` or `[…]` needs quotes | write `\"")
                && told[0].contains("${P"),
            "{text}: {told:?}"
        );
    }
}
