use std::collections::BTreeMap;

use super::{KnownImages, resolve};
use crate::kernel::Diagnostic;
use crate::model::component::OnChange;
use crate::model::stack::{KnownImage, Stack};
use crate::{kernel::Version, source};

fn stack_of(text: &str, known: &KnownImages) -> (Stack, Vec<Diagnostic>) {
    let (document, found) = source::read(text.as_bytes(), "stack.yml", &BTreeMap::new());
    assert_eq!(found, [], "{text}");
    resolve(&document, None, known)
}

fn messages(text: &str) -> Vec<String> {
    let (_, found) = stack_of(text, &KnownImages::new());
    found.into_iter().map(|d| format!("{} {} | {}", d.code, d.message, d.hint.unwrap_or_default())).collect()
}

#[test]
fn no_file_at_all_is_the_default_stack() {
    let (stack, found) = resolve(&source::Document::default(), None, &KnownImages::new());
    let names: Vec<&str> = stack.instances.iter().map(|i| i.name.as_str()).collect();
    assert_eq!(names, ["prometheus", "alertmanager", "grafana", "node"]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].code, "SC216");
    assert_eq!(stack.instance("prometheus").unwrap().published.unwrap().port, 9090);
}

#[test]
fn the_version_found_decides_the_flags() {
    let flags = |version: &str| {
        let image = KnownImage { reference: "x".into(), version: Version::parse(version) };
        let known = KnownImages::from([("prometheus".to_owned(), image)]);
        stack_of("prometheus: {retention: {size: 50GB}}", &known).0.instances[0].spec.args.clone()
    };
    assert!(flags("2.53.3").contains(&"--storage.tsdb.retention.size=50GB".to_owned()));
    assert!(!flags("3.14.0").iter().any(|flag| flag.contains("retention")));
}

/// Debian turned the lock of the database off in its packages of 2.x; upstream images do not know its flag.
#[test]
fn the_database_is_locked_where_the_image_turned_that_off() {
    let locks = |reference: &str, version: &str| {
        let image = KnownImage { reference: reference.into(), version: Version::parse(version) };
        let known = KnownImages::from([("prometheus".to_owned(), image)]);
        let args = stack_of("", &known).0.instances[0].spec.args.clone();
        args.contains(&"--storage.tsdb.use-lockfile".to_owned())
    };
    assert!(locks("stackctl-debian/prometheus:2.53.3-trixie", "2.53.3"));
    assert!(!locks("stackctl-debian/prometheus:3.5.3-forky", "3.5.3"));
    assert!(!locks("prom/prometheus:v2.53.3", "2.53.3"));
}

#[test]
fn links_lead_to_the_published_address_unless_another_is_given() {
    let flag = |text: &str, component: &str| {
        let (stack, _) = stack_of(text, &KnownImages::new());
        let spec = stack.instance(component).unwrap().spec.clone();
        let words = spec.args.into_iter().chain(spec.env);
        words
            .filter_map(|word| Some(word.split_once('=')?.1.to_owned()))
            .find(|value| value.starts_with("http"))
    };
    let is = |address: &str| Some(address.to_owned());
    assert_eq!(flag("", "prometheus"), is("http://localhost:9090"));
    assert_eq!(
        flag("bind: 10.0.0.1\nalertmanager: {port: 9999}", "alertmanager"),
        is("http://10.0.0.1:9999")
    );
    assert_eq!(flag("grafana: {port: 3002}", "grafana"), is("http://localhost:3002"));
    assert_eq!(
        flag("prometheus: {external_url: \"https://example.org/p\"}", "prometheus"),
        is("https://example.org/p")
    );
}

#[test]
fn unset_settings_leave_their_arguments_out() {
    let (stack, _) = stack_of("exporters: {redis: {address: \"redis://r:6379\"}}", &KnownImages::new());
    assert_eq!(stack.instance("redis").unwrap().spec.env, ["REDIS_ADDR=redis://r:6379"]);
    let (stack, _) =
        stack_of("exporters: {redis: {address: \"redis://r:6379\", password_file: pw}}", &KnownImages::new());
    assert_eq!(
        stack.instance("redis").unwrap().spec.env,
        ["REDIS_ADDR=redis://r:6379", "REDIS_PASSWORD_FILE=/etc/stackctl/current/secrets/password"]
    );
}

#[test]
fn a_mirror_replaces_the_registry_part_only() {
    let (stack, _) =
        stack_of("images: {registry: r.example.org/m}\nexporters: {cadvisor: }", &KnownImages::new());
    assert_eq!(stack.instance("cadvisor").unwrap().image, "r.example.org/m/google/cadvisor:0.60.5");
    assert_eq!(stack.instance("prometheus").unwrap().image, "r.example.org/m/prom/prometheus:v3.14.0");
}

#[test]
fn two_components_on_one_port_are_an_error() {
    assert_eq!(
        messages("grafana: {port: 9090}\nnotify: {receivers: {m: {webhook: {url: \"http://x\"}}}}"),
        ["SC201 `prometheus` and `grafana` both publish 127.0.0.1:9090 | set `grafana.port` to a free port"]
    );
}

#[test]
fn references_to_nothing_are_errors() {
    let text = "\
apps: {backend: {pack: nothing, targets: [\"a:1\"]}}
notify:
  receivers: {mail: {webhook: {url: \"http://x\"}}, chat: {webhook: {url: \"http://x\"}}}
  routes:
    - {severity: critical, to: [mail, pagr], hours: nights}
";
    assert_eq!(
        messages(text),
        [
            "SC203 there is no pack `nothing` | run `stackctl catalog packs` for the list, or leave `pack` out for a plain scrape job",
            "SC212 `notify.default` is missing: alerts that no route names would reach nobody | add `default:` with one of chat and mail",
            "SC211 there is no receiver `pagr` | there are chat and mail",
            "SC211 there are no hours `nights` | there is the built-in `business`; add others under `notify.hours`",
        ]
    );
}

#[test]
fn routes_become_matchers_paces_and_combined_receivers() {
    let text = "\
notify:
  receivers:
    mail: {webhook: {url: \"http://mail\"}}
    chat: {slack: {webhook_file: s}}
  default: mail
  routes:
    - {severity: critical, category: security, to: [mail, chat], respond: immediately}
    - {severity: medium, to: mail, hours: business, respond: 4h}
    - {severity: low, to: mail, respond: 5m, continue: true}
    - {severity: info, to: mail, respond: 10m, repeat: 1m}
";
    let (stack, found) = stack_of(text, &KnownImages::new());
    assert_eq!(found, []);
    let routes: Vec<String> = stack
        .notify
        .routes
        .iter()
        .map(|r| {
            format!(
                "{} -> {} {:?} {:?} {:?} {:?}{}",
                r.matchers.join(","),
                r.receiver,
                r.group_wait,
                r.group_interval,
                r.repeat_interval,
                r.active_time_intervals,
                if r.continues { " and on" } else { "" }
            )
        })
        .collect();
    assert_eq!(
        routes,
        [
            "severity=\"critical\",category=\"security\" -> mail-chat Some(\"0s\") Some(\"30s\") Some(\"1h\") []",
            "severity=~\"medium|warning\" -> mail Some(\"1m\") None Some(\"12h\") [\"business\"]",
            "severity=\"low\" -> mail Some(\"10s\") Some(\"1m15s\") Some(\"2h\") [] and on",
            "severity=\"info\" -> mail Some(\"30s\") Some(\"15s\") Some(\"1m\") []",
        ]
    );
    let names: Vec<&str> = stack.notify.receivers.iter().map(|r| r.name.as_str()).collect();
    assert_eq!(names, ["chat", "mail", "mail-chat", "nobody"]);
    assert_eq!(stack.secrets.iter().filter(|s| s.component == "alertmanager").count(), 1);
}

#[test]
fn a_receiver_that_nothing_names_is_told() {
    let text = "\
notify:
  receivers: {mail: {webhook: {url: \"http://x\"}}, chat: {slack: {webhook_file: s}}, dog: {webhook: {url: \"http://d\"}}, siem: {webhook: {url: \"http://s\"}}}
  default: mail
  watchdog: dog
  routes: [{severity: critical, to: [chat, mail]}]
";
    let (_, found) = stack_of(text, &KnownImages::new());
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].code, found[0].is_error()), ("SC227", false));
    assert_eq!(found[0].message, "nothing is sent to the receiver `siem`");
    assert_eq!(found[0].place.as_ref().map(|place| (place.line, place.column)), Some((2, 120)));
    let (_, found) = stack_of(&text.replace("[chat, mail]", "[chat, siem]"), &KnownImages::new());
    assert_eq!(found, []);
    let (_, found) = stack_of(&text.replace("[chat, mail]", "[chta, mail]"), &KnownImages::new());
    assert_eq!(found.iter().map(|d| d.code).collect::<Vec<_>>(), ["SC211"], "a slip is told once");
}

/// Every receiver of a preset is one that its document names, and is used.
#[test]
fn presets_use_all_their_receivers() {
    for (name, asset) in crate::render::Assets::default().below("templates/presets/", ".yml") {
        let text = String::from_utf8_lossy(&asset.bytes).into_owned();
        let (_, found) = stack_of(&text, &KnownImages::new());
        assert!(found.iter().all(|finding| finding.code != "SC227"), "{name}: {found:?}");
    }
}

fn with_alertmanager(version: &str, text: &str) -> (Stack, Vec<String>) {
    let image = KnownImage { reference: "x".into(), version: Version::parse(version) };
    let (stack, found) = stack_of(text, &KnownImages::from([("alertmanager".to_owned(), image)]));
    let said = |d: Diagnostic| {
        let place = d.place.unwrap();
        format!("{} {}:{} {}", d.code, place.line, place.column, d.message)
    };
    (stack, found.into_iter().map(said).collect())
}

#[test]
fn what_an_older_alertmanager_does_not_know_is_named_at_its_place() {
    let text = "\
notify:
  receivers:
    team:
      wechat: {corp_id: c, secret_file: s, agent_id: \"1\", to_user: \"@all\"}
      jira: {api_url: \"https://j\", project: P, issue_type: Bug, token_file: t}
      webhook:
        url: http://x
        payload: {a: b}
";
    let (_, found) = with_alertmanager("0.28.1", text);
    assert_eq!(
        found,
        [
            "SC214 4:28 `secret_file` needs Alertmanager 0.31; this stack runs 0.28.1",
            "SC214 5:7 `jira` needs Alertmanager 0.29; this stack runs 0.28.1",
            "SC214 8:9 `payload` needs Alertmanager 0.32; this stack runs 0.28.1",
        ]
    );
    let (_, found) = with_alertmanager("0.34.0", text);
    assert_eq!(found, [""; 0]);
}

#[test]
fn ways_that_exclude_or_need_each_other_are_named() {
    let text = "\
notify:
  receivers:
    team:
      slack:
        webhook_file: a
        bot_token_file: b
        update_message: true
      webhook: {url: \"http://x\", username: u}
";
    let (_, found) = with_alertmanager("0.34.0", text);
    assert_eq!(
        found,
        [
            "SC107 6:9 `bot_token_file` needs `channel`",
            "SC217 6:9 `webhook_file` and `bot_token_file` exclude each other",
            "SC107 8:34 `username` needs `password_file`",
        ]
    );
}

#[test]
fn a_way_to_read_the_text_asks_for_a_text_that_is_written_for_it() {
    let text = "\
notify:
  receivers:
    plain:
      telegram: {bot_token_file: f, chat_id: 1}
      wechat: {corp_id: c, secret_file: f, agent_id: a, to_user: u, message_type: text}
      pushover: {user_key_file: f, token_file: f, html: false}
    marked:
      telegram: {bot_token_file: f, chat_id: 1, parse_mode: MarkdownV2}
      wechat: {corp_id: c, secret_file: f, agent_id: a, to_user: u, message_type: markdown}
      pushover: {user_key_file: f, token_file: f, html: true}
    own:
      telegram: {bot_token_file: f, chat_id: 1, parse_mode: Markdown, text: '*{{ .Status }}*'}
      wechat: {corp_id: c, secret_file: f, agent_id: a, to_user: u, message_type: markdown, text: x}
      pushover: {user_key_file: f, token_file: f, html: true, text: x}
  default: plain
  routes: [{severity: critical, to: [marked, own]}]
";
    let (_, found) = with_alertmanager("0.34.0", text);
    assert_eq!(
        found,
        [
            "SC107 8:49 `parse_mode` needs `text`",
            "SC107 9:69 `message_type` needs `text`",
            "SC107 10:51 `html` needs `text`",
        ]
    );
}

#[test]
fn defaults_follow_the_version_and_what_is_written_wins() {
    let text = "notify: {receivers: {m: {mattermost: {webhook_file: f}, pagerduty: {routing_key_file: k, details: {firing: x}}, rocketchat: {api_url: \"http://r\", token_file: t, token_id_file: i, channel: c}}}}";
    let section = |version: &str, at: usize| {
        let (stack, found) = with_alertmanager(version, text);
        assert_eq!(found, [""; 0]);
        (stack.notify.receivers[0].integrations[at].1.clone(), stack)
    };
    assert_eq!(section("0.31.0", 0).0.get("title"), None);
    assert_eq!(section("0.32.0", 0).0["title"], "{{ template \"stackctl.markdown.title\" . }}");
    let (pagerduty, stack) = section("0.32.0", 1);
    assert_eq!(pagerduty["details"]["firing"], "x");
    assert_eq!(pagerduty["details"]["resolved"], "{{ template \"stackctl.alerts\" .Alerts.Resolved }}");
    // Rocket.Chat's are the only ones that are read when the configuration is loaded.
    let on_change: Vec<_> = stack
        .secrets
        .iter()
        .filter(|secret| secret.component == "alertmanager")
        .map(|secret| (secret.name.as_str(), secret.on_change == OnChange::Reload))
        .collect();
    assert_eq!(
        on_change,
        [
            ("m.mattermost.webhook", false),
            ("m.pagerduty.routing_key", false),
            ("m.rocketchat.token", true),
            ("m.rocketchat.token_id", true),
        ]
    );
}

const LOGS: &str = "logs: {elasticsearch: , logstash: , kibana: , loki: , collector: }\n";

#[test]
fn logs_are_collected_only_when_they_are_named() {
    let (stack, _) = stack_of("logs:\n", &KnownImages::new());
    assert_eq!(stack.instances.len(), 4);
    let (stack, _) = stack_of("logs: {loki: , collector: {enabled: false}}", &KnownImages::new());
    let names: Vec<&str> = stack.instances.iter().map(|i| i.name.as_str()).collect();
    assert_eq!(names, ["prometheus", "alertmanager", "grafana", "node", "loki"]);
}

#[test]
fn what_has_no_metrics_has_no_job() {
    let (stack, _) = stack_of(LOGS, &KnownImages::new());
    let jobs: Vec<&str> = stack.jobs.iter().map(|job| job.name.as_str()).collect();
    assert_eq!(jobs, ["prometheus", "alertmanager", "grafana", "node", "loki", "collector"]);
}

/// Every component with the networks of others that it joins.
fn joined(text: &str) -> Vec<String> {
    let (stack, _) = stack_of(text, &KnownImages::new());
    let joined = stack.instances.iter().filter(|i| !i.spec.networks.is_empty());
    joined.map(|i| format!("{} {}", i.name, i.spec.networks.join(","))).collect()
}

#[test]
fn only_what_connects_to_applications_joins_their_networks() {
    assert_eq!(joined(&format!("{LOGS}networks: [shop]")), ["prometheus shop", "logstash shop"]);
    let exporters = "exporters: {node: , cadvisor: , redis: {address: \"redis://redis:6379\", networks: [cache]}, postgres: {uri: \"db/x\", user: m}, blackbox: , custom: {mine: {image: \"x:1\", port: 1, networks: []}, other: {image: \"x:1\", port: 2}}}\n";
    assert_eq!(
        joined(&format!(
            "networks: [shop]\n{exporters}prometheus: {{networks: [shop, cache]}}\ngrafana: {{networks: [shop]}}\n"
        )),
        [
            "prometheus shop,cache",
            "grafana shop",
            "postgres shop",
            "redis cache",
            "blackbox shop",
            "other shop"
        ]
    );
}

#[test]
fn alertmanager_joins_them_for_a_receiver_that_is_a_container() {
    let with = |url: &str| {
        joined(&format!(
            "networks: [shop]\nnotify: {{receivers: {{hook: {{webhook: {{url: \"{url}\"}}}}}}}}\n"
        ))
    };
    assert_eq!(with("http://hook:5001/alerts"), ["prometheus shop", "alertmanager shop"]);
    for outside in [
        "http://hook.example.org/",
        "http://host.docker.internal:5001/",
        "http://10.0.0.1/",
        "http://[::1]:1/",
    ] {
        assert_eq!(with(outside), ["prometheus shop"], "{outside}");
    }
}

#[test]
fn exporters_that_connect_where_they_are_told_listen_on_the_stacks_network_only() {
    let text = "name: s\nnetworks: [shop]\nexporters: {redis: {address: \"redis://redis:6379\"}, postgres: {uri: \"db/x\", user: m, port: 9187}, blackbox: }\n";
    let (stack, _) = stack_of(text, &KnownImages::new());
    let listens = |name: &str| {
        let args = &stack.instance(name).unwrap().spec.args;
        args.iter().find(|arg| arg.starts_with("--web.listen-address")).cloned()
    };
    assert_eq!(listens("redis").as_deref(), Some("--web.listen-address=s-redis.s:9121"));
    assert_eq!(listens("blackbox").as_deref(), Some("--web.listen-address=s-blackbox.s:9115"));
    assert_eq!(listens("postgres"), None, "it is published");
    let (stack, _) = stack_of(&text.replace("networks: [shop]\n", ""), &KnownImages::new());
    assert!(stack.instances.iter().all(|i| i.spec.args.iter().all(|arg| !arg.contains("listen-address=s-"))));
}

#[test]
fn components_are_addressed_by_names_that_no_other_network_has() {
    let (stack, _) = stack_of(
        &format!("name: s\n{LOGS}exporters: {{node: , blackbox: {{http: [\"http://x.example.net\"]}}}}\n"),
        &KnownImages::new(),
    );
    let aliases: Vec<&String> = stack.instances.iter().flat_map(|i| &i.spec.aliases).collect();
    assert!(
        aliases.iter().all(|alias| alias
            .strip_prefix("s-")
            .is_some_and(|rest| rest.split_once('.').is_some_and(|(_, network)| network == "s"))),
        "{aliases:?}"
    );
    assert_eq!(stack.instance("prometheus").unwrap().spec.host_names, ["s-node.s"]);
}

#[test]
fn further_ports_are_part_of_the_specification_only_where_there_are_any() {
    let (stack, _) = stack_of(LOGS, &KnownImages::new());
    let json = |name: &str| serde_json::to_value(&stack.instance(name).unwrap().spec).unwrap();
    assert_eq!(json("prometheus").get("more_ports"), None);
    assert_eq!(
        json("logstash")["more_ports"],
        serde_json::json!([
            {"inside": 12201, "protocol": "udp", "ip": "127.0.0.1", "port": 12201},
            {"inside": 5000, "protocol": "tcp", "ip": "127.0.0.1", "port": 5000},
        ])
    );
}

#[test]
fn further_ports_collide_with_others_of_their_protocol() {
    assert_eq!(
        messages(
            "logs: {elasticsearch: , logstash: {tcp_port: 9090}}\nnotify: {receivers: {m: {webhook: {url: \"http://x\"}}}}"
        ),
        [
            "SC201 `prometheus` and `logstash` both publish 127.0.0.1:9090 | set `logs.logstash.tcp_port` to a free port"
        ]
    );
    let both = "logs: {elasticsearch: , logstash: {tcp_port: 12201}}\nnotify: {receivers: {m: {webhook: {url: \"http://x\"}}}}";
    assert_eq!(messages(both), [""; 0]);
}

#[test]
fn what_works_for_a_store_wants_it_in_the_stack() {
    let receivers = "notify: {receivers: {m: {webhook: {url: \"http://x\"}}}}";
    assert_eq!(
        messages(&format!("logs: {{kibana: , collector: }}\n{receivers}")),
        [
            "SC207 `kibana` is nothing without `elasticsearch` | add `logs: {elasticsearch: }`, or leave `kibana` out",
            "SC207 `collector` is nothing without `loki` | add `logs: {loki: }`, or leave `collector` out",
        ]
    );
    assert_eq!(
        messages(&format!("bind: 192.0.2.1\nlogs: {{elasticsearch: , kibana: }}\n{receivers}")),
        [
            "SC208 `kibana` asks nobody for a password, and 192.0.2.1:5601 is not this machine alone | set `bind: 127.0.0.1` and reach it through SSH or a proxy that asks for one",
            "SC230 `prometheus` and `alertmanager` are published on 192.0.2.1 without a login | set `bind: 127.0.0.1` and reach them through SSH or a proxy that has a login"
        ]
    );
}

/// Line, code and message of what is found in the text; without places where there is none.
fn told(text: &str, images: &KnownImages) -> Vec<String> {
    let line = |d: &Diagnostic| {
        let line = d.place.as_ref().map_or(0, |place| place.line);
        format!("{line} {} {}", d.code, d.message)
    };
    stack_of(text, images).1.iter().map(line).collect()
}

#[test]
fn credentials_that_would_be_dropped_or_refused_are_found() {
    let text = "\
notify: {receivers: {m: {webhook: {url: \"http://x\", username: \"a:b\", password_file: p}}}}
prometheus:
  remote_write:
    - {url: \"http://v\", password_file: p}
    - {url: \"http://v\", username: u, bearer_token_file: p}
apps:
  colon: {targets: [\"x:1\"], username: \"scra:per\", password_file: p}
  only: {targets: [\"x:1\"], password_file: p}
  both: {targets: [\"x:1\"], username: a, password_file: p, bearer_token_file: p}
  two: {targets: [\"x:1\"], username: a, bearer_token_file: p}
  three: {targets: [\"x:1\"], password_file: p, bearer_token_file: p}
  fine: {targets: [\"x:1\"], username: a, password_file: p}
  token: {targets: [\"x:1\"], bearer_token_file: p}
";
    let mut found = told(text, &KnownImages::new());
    found.sort();
    assert_eq!(
        found,
        [
            "1 SC523 the user name has a colon, which ends it in basic authentication: `a:b`",
            "10 SC217 `username` and `bearer_token_file` exclude each other",
            "11 SC217 `password_file` and `bearer_token_file` exclude each other",
            "4 SC107 `password_file` needs `username`",
            "5 SC217 `username` and `bearer_token_file` exclude each other",
            "7 SC523 the user name has a colon, which ends it in basic authentication: `scra:per`",
            "8 SC107 `password_file` needs `username`",
            "9 SC217 `username` and `bearer_token_file` exclude each other",
        ]
    );
}

#[test]
fn labels_of_routes_are_those_that_prometheus_can_have() {
    let text = |label: &str| {
        format!(
            "notify:\n  receivers: {{m: {{webhook: {{url: \"http://x\"}}}}}}\n  routes: [{{to: m, match: {{{label}: v}}}}]\n"
        )
    };
    let version = |version: &str| {
        let image = KnownImage { reference: "x".into(), version: Version::parse(version) };
        KnownImages::from([("prometheus".to_owned(), image)])
    };
    assert_eq!(
        told(&text("my-label"), &version("2.53.3")),
        ["3 SC524 `my-label` is not a label name of Prometheus 2.53.3"]
    );
    assert_eq!(told(&text("my_label"), &version("2.53.3")), [""; 0]);
    let (stack, found) = stack_of(&text("my-label"), &version("3.5.3"));
    assert_eq!(found, []);
    assert_eq!(stack.notify.routes[0].matchers, ["\"my-label\"=\"v\""]);
    for wrong in ["\"\"", "\" \"", "\"a\\tb\"", "\"severity=x\"", "\"a,b\""] {
        let found = told(&text(wrong), &version("3.5.3"));
        assert!(found.len() == 1 && found[0].ends_with("is not a label name"), "{wrong}: {found:?}");
    }
    let group = |names: &str| {
        format!("notify: {{receivers: {{m: {{webhook: {{url: \"http://x\"}}}}}}, group_by: {names}}}\n")
    };
    assert_eq!(told(&group("[\"...\"]"), &version("2.53.3")), [""; 0]);
    assert_eq!(
        told(&group("[alertname, \"...\"]"), &version("2.53.3")),
        ["1 SC524 `...` groups by all labels and takes no others beside it"]
    );
    assert_eq!(
        told(&group("[alertname, alertname]"), &version("2.53.3")),
        ["1 SC524 the label `alertname` is listed twice"]
    );
    assert_eq!(
        told(&group("[a-b]"), &version("2.53.3")),
        ["1 SC524 `a-b` is not a label name of Prometheus 2.53.3"]
    );
}

#[test]
fn links_that_run_code_are_refused() {
    let text = "\
alerts: {runbook_url: \"JavaScript:alert(1)\"}
notify:
  receivers:
    p: {pushover: {user_key_file: u, token_file: t, url: \"javascript:x\"}}
    q: {pagerduty: {routing_key_file: u, client_url: \"data:text/html,x\"}}
    r: {pushover: {user_key_file: u, token_file: t, url: \"{{ .ExternalURL }}\"}}
  default: p
  routes: [{severity: high, to: [q, r]}]
";
    let mut found = told(text, &KnownImages::new());
    found.sort();
    assert_eq!(
        found,
        [
            "1 SC525 a link begins with `javascript:`",
            "4 SC525 a link begins with `javascript:`",
            "5 SC525 a link begins with `data:`",
        ]
    );
}

#[test]
fn notify_without_alertmanager_has_no_effect() {
    let text = "alertmanager: {enabled: false}\nnotify: {receivers: {m: {webhook: {url: \"http://x\"}}}}\n";
    assert_eq!(
        told(text, &KnownImages::new()),
        ["2 SC527 `notify` has no effect: this stack has no Alertmanager"]
    );
    assert_eq!(told("alertmanager: {enabled: false}\n", &KnownImages::new()), [""; 0]);
}

#[test]
fn a_route_may_have_several_hours() {
    let text = "\
notify:
  receivers: {m: {webhook: {url: \"http://x\"}}}
  hours: {night: {days: \"monday:sunday\", from: \"22:00\", to: \"07:00\"}}
  routes: [{severity: high, to: m, hours: [night, business]}, {severity: low, to: m, hours: [nigth]}]
";
    let (stack, _) = stack_of(text, &KnownImages::new());
    assert_eq!(stack.notify.routes[0].active_time_intervals, ["night", "business"]);
    assert_eq!(stack.notify.hours["night"].len(), 2);
    assert_eq!(told(text, &KnownImages::new()), ["4 SC211 there are no hours `nigth`"]);
}

#[test]
fn components_without_a_login_that_other_machines_reach_are_reported() {
    let receivers = "notify: {receivers: {m: {webhook: {url: \"http://x\"}}}}";
    let found = |text: &str| messages(&format!("{text}\n{receivers}"));
    let hint = "set `bind: 127.0.0.1` and reach them through SSH or a proxy that has a login";
    assert_eq!(
        found("bind: 0.0.0.0\nexporters: {node: {port: 9100}, redis: {address: \"redis://r:6379\"}}"),
        [format!(
            "SC230 `prometheus`, `alertmanager` and `node` are published on 0.0.0.0 without a login | {hint}"
        )]
    );
    for (bind, exporters) in [("127.0.0.1", ""), ("127.0.0.2", ""), ("\"::1\"", "")] {
        assert_eq!(found(&format!("bind: {bind}\n{exporters}")), Vec::<String>::new(), "{bind}");
    }
    let custom = |more: &str| {
        format!(
            "bind: \"::\"\nprometheus: {{enabled: false}}\nalertmanager: {{enabled: false}}\nexporters: {{custom: {{mine: {{image: \"a:1\", port: 1234, publish: 1234{more}}}}}}}"
        )
    };
    let of_custom = |more: &str| {
        messages(&custom(more)).into_iter().filter(|line| line.starts_with("SC230")).collect::<Vec<_>>()
    };
    assert_eq!(of_custom(""), [format!("SC230 `mine` is published on :: without a login | {hint}")]);
    assert_eq!(of_custom(", username: me, password_file: p"), Vec::<String>::new());
    let (_, found) = stack_of("bind: 0.0.0.0", &KnownImages::new());
    let place = found.iter().find(|d| d.code == "SC230").unwrap().place.clone().unwrap();
    assert_eq!((place.line, place.column), (1, 7));
}

#[test]
fn prometheus_answers_pages_of_its_own_origin_only() {
    let flag = |text: &str| {
        let (stack, _) = stack_of(text, &KnownImages::new());
        let args = stack.instance("prometheus").unwrap().spec.args.clone();
        args.into_iter().find_map(|arg| arg.strip_prefix("--web.cors.origin=").map(str::to_owned)).unwrap()
    };
    assert_eq!(flag(""), "http://localhost:9090");
    assert_eq!(flag("bind: \"::1\"\nprometheus: {port: 9190}"), "http://localhost:9190");
    assert_eq!(
        flag("prometheus: {external_url: \"https://Ops.example.org:443/metrics/\"}"),
        r"https://ops\.example\.org"
    );
    // The flag is taken once.
    assert_eq!(
        flag("prometheus: {args: [\"--web.cors.origin=https://ops.internal\"]}"),
        "https://ops.internal"
    );
}

/// The socket is control over the host: nobody gets it who did not ask for it.
#[test]
fn cadvisor_has_the_docker_socket_only_when_it_is_wanted() {
    let spec = |settings: &str| {
        let (stack, _) = stack_of(&format!("exporters: {{cadvisor: {settings}}}"), &KnownImages::new());
        stack.instance("cadvisor").unwrap().spec.clone()
    };
    let sources = |settings: &str| {
        spec(settings).host_mounts.into_iter().map(|(source, _, _)| source).collect::<Vec<_>>()
    };
    let groups = "--raw_cgroup_prefix_whitelist=/system.slice/docker-,/docker/".to_owned();
    for settings in ["{}", "{docker_socket: false}"] {
        assert_eq!(sources(settings), ["/", "/sys", "/var/lib/docker"], "{settings}");
        assert!(spec(settings).args.contains(&groups), "{settings}");
    }
    assert_eq!(sources("{docker_socket: true}"), ["/", "/var/run", "/sys", "/var/lib/docker"]);
    assert!(!spec("{docker_socket: true}").args.contains(&groups));
    // The mount of the host's root would bring the socket along.
    assert!(spec("{}").tmpfs.contains_key("/rootfs/run"));
}
