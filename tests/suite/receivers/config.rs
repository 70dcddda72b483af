//! `alertmanager.yml`: every setting of every integration, every row of a routing table.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use stackctl::catalog::INTEGRATIONS;
use stackctl::kernel::Version;
use stackctl::model::receiver::{Integration, Setting};
use stackctl::model::shape::{Field, Kind};
use stackctl::model::stack::CONFIG_DIRECTORY;

use super::{amtool, directory, files, image, resolved};

const KEYS: [&str; 18] = [
    "discord",
    "email",
    "incidentio",
    "jira",
    "mattermost",
    "msteams",
    "msteamsv2",
    "opsgenie",
    "pagerduty",
    "pushover",
    "rocketchat",
    "slack",
    "sns",
    "telegram",
    "victorops",
    "webex",
    "webhook",
    "wechat",
];

/// The routing table of a team: severity, category, receivers, response.
const TABLE: &str = "
notify:
  smtp: {smarthost: \"mail.example.org:587\", from: a@example.org}
  receivers:
    mail: {email: {to: ops@example.org}}
    chat: {slack: {webhook_file: slack}}
    pager: {pagerduty: {routing_key_file: pager}}
    rest: {email: {to: rest@example.org}}
  default: rest
  routes:
    - {category: audit, to: rest, continue: true}
    - {severity: critical, category: security, to: [mail, chat, pager], respond: immediately}
    - {severity: critical, category: infrastructure, to: [mail, chat], respond: 5m}
    - {severity: high, category: security, to: [mail, chat], respond: 30m}
    - {severity: high, category: performance, to: chat, respond: 1h}
    - {severity: medium, to: mail, hours: business, respond: 4h}
    - {service: [billing, shop], to: pager}
";

/// A value that Alertmanager takes for a setting.
fn sample(key: &str, kind: Kind) -> Value {
    let object =
        |fields: &[Field]| fields.iter().map(|f| (f.key.to_owned(), sample(f.key, f.kind))).collect();
    match kind {
        Kind::Bool => json!(true),
        Kind::Integer { .. } => json!(7),
        Kind::Text if key == "to" => json!("ops@example.org"),
        Kind::Text | Kind::SecretFile => json!(key),
        Kind::Url | Kind::PublicUrl => json!("https://service.example.org/rest/api/2"),
        Kind::Target => json!("mail.example.org:587"),
        Kind::Duration => json!("1m"),
        Kind::OneOf(words) => json!(words[0]),
        Kind::List(of) => json!([sample(key, *of)]),
        Kind::Map(of) => json!({ "customfield_1": sample(key, *of) }),
        Kind::Object(fields) => Value::Object(object(fields)),
        Kind::Any => json!({ "text": "{{ .Status }}" }),
        other => panic!("no sample for {other:?}"),
    }
}

/// One receiver per setting of an integration: that setting, what it needs and what must be there.
fn receivers(row: &'static Integration, version: &Version) -> Vec<Map<String, Value>> {
    let known = |setting: &&Setting| setting.since.is_none_or(|since| version.since(since));
    let find = |key: &str| row.all().find(|setting| setting.key == key).unwrap();
    let together = |one: &str, other: &str| {
        one == other || !row.exclusive.iter().any(|group| group.contains(&one) && group.contains(&other))
    };
    let of = |setting: &Setting| {
        let mut keys = vec![setting.key];
        keys.extend(setting.needs);
        for group in row.required {
            let fits = |key: &&str| known(&find(key)) && keys.iter().all(|there| together(there, key));
            if !group.iter().any(|key| keys.contains(key)) {
                keys.extend(group.iter().copied().find(fits));
            }
        }
        let mut needed: BTreeSet<&str> = keys.iter().flat_map(|key| find(key).needs).copied().collect();
        needed.extend(keys);
        needed.into_iter().map(|key| (key.to_owned(), sample(key, find(key).kind))).collect()
    };
    row.all().filter(known).map(of).collect()
}

/// A stack with every setting that this version knows, and how many receivers that takes.
fn everything(version: &str) -> (String, usize) {
    let parsed = Version::parse(version).unwrap();
    let mut all = Map::new();
    for row in INTEGRATIONS.iter().filter(|row| row.since.is_none_or(|since| parsed.since(since))) {
        for (index, settings) in receivers(row, &parsed).into_iter().enumerate() {
            all.insert(format!("{}-{index}", row.key), json!({ row.key: settings }));
        }
    }
    let wechat = |name: &String| name.starts_with("wechat") && !parsed.since("0.31");
    all.retain(|name, _| !wechat(name));
    let smtp = json!({ "smarthost": "mail.example.org:587", "from": "a@example.org" });
    let notify = json!({ "smtp": smtp, "receivers": all, "default": "email-0" });
    let stack = json!({
        "alertmanager": { "aws_credentials_file": "aws", "external_url": "https://am.example.org" },
        "notify": notify,
    });
    (stack.to_string(), all.len())
}

#[test]
fn all_integrations_are_there_and_every_secret_is_a_delivered_file() {
    let keys: BTreeSet<&str> = INTEGRATIONS.iter().map(|row| row.key).collect();
    assert_eq!(keys.into_iter().collect::<Vec<_>>(), KEYS);
    let (text, count) = everything("0.34.0");
    let (stack, found) = resolved(&text, "0.34.0");
    // Only the default is named: that is what is said of all others, and nothing else.
    let codes: BTreeSet<&str> = found.iter().map(|finding| finding.code).collect();
    assert_eq!((codes, found.len()), (BTreeSet::from(["SC227"]), count - 1));
    // One more for nobody, and none is lost.
    assert_eq!(stack.notify.receivers.len(), count + 1);
    let written = &files(&stack)["alertmanager.yml"];
    let delivered: BTreeSet<String> =
        stack.secrets.iter().map(|secret| format!("{CONFIG_DIRECTORY}/secrets/{}", secret.name)).collect();
    let mut named = 0;
    for line in written.lines().map(|line| line.trim_start_matches(['-', ' '])) {
        let Some((key, value)) = line.split_once(": ") else { continue };
        if key.ends_with("_file") {
            assert!(delivered.contains(value.trim_matches('"')), "{line}");
            named += 1;
        }
        let inline = [
            "password",
            "secret",
            "token",
            "credentials",
            "api_key",
            "routing_key_",
            "webhook_url",
            "bot_token",
        ];
        assert!(!inline.contains(&key), "a secret stands in the configuration: {line}");
    }
    assert!(named > 100, "{named}");
}

#[test]
fn every_template_of_a_default_is_defined_and_every_setting_has_words() {
    let text = files(&resolved("", "0.34.0").0)["notifications/stackctl.tmpl"].clone();
    for row in INTEGRATIONS {
        assert!(!row.title.is_empty() && row.section.ends_with("_configs"), "{}", row.key);
        let always = row.always.iter().map(|(_, value)| *value);
        for value in row.all().filter_map(|setting| setting.default).chain(always) {
            if let Some((_, rest)) = value.split_once("template \"") {
                let name = rest.split('"').next().unwrap();
                assert!(text.contains(&format!("define \"{name}\"")), "{}: {name}", row.key);
            }
        }
        let known = |key: &&str| row.all().any(|setting| setting.key == *key);
        let named = row.required.iter().chain(row.exclusive).copied().flatten();
        assert!(named.chain(row.all().flat_map(|s| s.needs)).all(known), "{}", row.key);
        assert!(row.all().all(|setting| !setting.doc.is_empty()), "{}", row.key);
    }
    // What came after 0.27 would fail at the first notification there.
    for newer in
        ["humanizeDuration", "since", "date ", "tz ", "toJson", "dict", "append", "now", "urlquery |"]
    {
        assert!(!text.contains(&format!("| {newer}")) && !text.contains(&format!("{{{{ {newer}")), "{newer}");
    }
}

fn config_is_accepted(suite: &str) {
    let Some((image, version)) = image(suite) else { return };
    let (text, count) = everything(&version);
    let (stack, found) = resolved(&text, &version);
    // Nothing is sent to most of them.
    assert!(found.iter().all(|finding| finding.code == "SC227"), "{found:?}");
    let mut files = files(&stack);
    let config = format!("{CONFIG_DIRECTORY}/alertmanager.yml");
    let check = ["--enable-feature=utf8-strict-mode", "check-config", &config];
    let (code, said) = amtool(&image, directory(&files).path(), &check);
    assert_eq!(code, Some(0), "{version}:\n{said}");
    assert!(said.contains(&format!("{} receivers", count + 1)), "{said}");

    // It would say so otherwise.
    let broken = files["alertmanager.yml"].replacen("webhook_url_file", "webhook_file", 1);
    files.insert("alertmanager.yml".to_owned(), broken);
    assert_eq!(amtool(&image, directory(&files).path(), &check).0, Some(1));
}

#[test]
fn the_amtool_of_trixie_accepts_every_setting_it_knows() {
    config_is_accepted("trixie");
}

#[test]
fn the_amtool_of_forky_accepts_every_setting_it_knows() {
    config_is_accepted("forky");
}

fn routes_lead(suite: &str) {
    let Some((image, version)) = image(suite) else { return };
    let (stack, found) = resolved(TABLE, &version);
    assert_eq!(found, []);
    let home = directory(&files(&stack));
    let config = format!("--config.file={CONFIG_DIRECTORY}/alertmanager.yml");
    for (labels, receiver) in [
        ("severity=critical category=security", "mail-chat-pager"),
        ("severity=critical category=infrastructure", "mail-chat"),
        ("severity=critical category=performance", "rest"),
        ("severity=high category=security", "mail-chat"),
        ("severity=high category=performance", "chat"),
        ("severity=high category=infrastructure", "rest"),
        ("severity=medium category=security", "mail"),
        ("severity=warning category=performance", "mail"),
        ("severity=low category=security", "rest"),
        ("severity=info", "rest"),
        ("severity=none", "rest"),
        ("severity=low service=billing", "pager"),
        ("severity=medium service=shop", "mail"),
        ("alertname=Watchdog severity=none", "nobody"),
        ("unknown=label", "rest"),
        ("severity=medium category=audit", "rest,mail"),
        ("severity=low category=audit", "rest"),
    ] {
        let verify = format!("--verify.receivers={receiver}");
        let mut args =
            vec!["--enable-feature=utf8-strict-mode", "config", "routes", "test", &config, &verify];
        args.extend(labels.split(' '));
        let (code, said) = amtool(&image, home.path(), &args);
        assert_eq!(code, Some(0), "{version}: {labels} should reach {receiver}:\n{said}");
    }
    let wrong = ["config", "routes", "test", &config, "--verify.receivers=chat", "severity=critical"];
    assert_eq!(amtool(&image, home.path(), &wrong).0, Some(1), "amtool does not see a wrong receiver");
}

#[test]
fn every_combination_reaches_its_receiver_in_trixie() {
    routes_lead("trixie");
}

#[test]
fn every_combination_reaches_its_receiver_in_forky() {
    routes_lead("forky");
}
