use std::collections::BTreeMap;

use crate::kernel::Diagnostic;
use crate::resolve::{KnownImages, resolve};
use crate::source;

fn found(text: &str) -> Vec<Diagnostic> {
    let environment = BTreeMap::from([("PW".to_owned(), "hunter2".to_owned())]);
    let (document, mut found) = source::read(text.as_bytes(), "stack.yml", &environment);
    found.extend(resolve(&document, None, &KnownImages::new()).1);
    found.retain(Diagnostic::is_error);
    found
}

/// `CODE line message`; no part of a finding shows the secret.
fn told(text: &str) -> Vec<String> {
    let line = |d: &Diagnostic| {
        let place = d.place.as_ref().expect("a finding about a credential has a place");
        let shown = format!("{} {} {}", d.message, place.text, d.hint.as_deref().expect("a next step"));
        assert!(!shown.contains("hunter2"), "{shown}");
        let marked: String = place.text.chars().skip(place.column - 1).take(place.width).collect();
        assert!(marked.chars().all(|c| c == '*') || !d.code.starts_with("SC5"), "{marked}");
        format!("{} {} {}", d.code, place.line, d.message)
    };
    found(text).iter().map(line).collect()
}

#[test]
fn credentials_in_addresses_are_refused_wherever_they_stand() {
    for (text, expected) in [
        (
            "exporters: {redis: {address: \"redis://:hunter2@redis:6379\"}}",
            "SC540 1 `address` holds a password or token",
        ),
        (
            "exporters: {redis: {address: \"redis://:${PW}@redis:6379\"}}",
            "SC540 1 `address` holds a password or token",
        ),
        (
            "exporters: {redis: {address: \"rediss://me:hunter2/x@redis:6379\"}}",
            "SC540 1 `address` holds a password or token",
        ),
        (
            "exporters: {postgres: {uri: \"u:hunter2@db:5432/app\", user: u}}",
            "SC540 1 `uri` holds a password or token",
        ),
        (
            "exporters: {postgres: {uri: \"db:5432/app?password=hunter2\", user: u}}",
            "SC540 1 `uri` holds a password or token",
        ),
        (
            "exporters: {blackbox: {http: [\"https://u:hunter2@shop/\"]}}",
            "SC540 1 `http` holds a password or token",
        ),
        (
            "exporters: {blackbox: {healthy: [\"https://shop/?token=hunter2\"]}}",
            "SC540 1 `healthy` holds a password or token",
        ),
        (
            "exporters: {blackbox: {}}\napps: {a: {targets: [\"a:1\"], health: \"http://a/?api_key=hunter2\"}}",
            "SC540 2 `health` holds a password or token",
        ),
        (
            "prometheus: {remote_write: [{url: \"https://u:hunter2@vm/api/v1/write\"}]}",
            "SC540 1 `url` holds a password or token",
        ),
        (
            "prometheus: {external_url: \"https://u:hunter2@prom/\"}",
            "SC540 1 `external_url` holds a password or token",
        ),
        (
            "images: {registry: \"u:hunter2@registry.example.org/mirror\"}",
            "SC540 1 `registry` holds a password or token",
        ),
        (
            "notify: {receivers: {x: {webhook: {url: \"https://hooks.slack.com/services/T/B/hunter2\"}}}}",
            "SC540 1 `url` holds a password or token",
        ),
        (
            "notify: {receivers: {x: {webhook: {url: \"https://x/?sig=hunter2\"}}}}",
            "SC540 1 `url` holds a password or token",
        ),
        (
            "notify: {receivers: {x: {slack: {webhook_file: s/u.txt, proxy_url: \"http://u:hunter2@proxy:3128\"}}}}",
            "SC540 1 `proxy_url` holds a password or token",
        ),
        (
            "alerts: {runbook_url: \"https://u:hunter2@wiki/\"}",
            "SC540 1 `runbook_url` holds a password or token",
        ),
    ] {
        assert_eq!(told(text), [expected], "{text}");
    }
}

#[test]
fn credentials_in_headers_are_refused() {
    for (header, refused) in [
        ("Authorization: \"Bearer hunter2\"", true),
        ("X-API-Key: hunter2", true),
        ("Cookie: hunter2", true),
        ("X-Scope-OrgID: tenant", false),
    ] {
        let text = format!("prometheus: {{remote_write: [{{url: \"http://vm/\", headers: {{{header}}}}}]}}");
        let told = told(&text);
        assert_eq!(told.len(), usize::from(refused), "{header}: {told:?}");
        assert!(told.iter().all(|line| line.starts_with("SC542 1 ")), "{told:?}");
    }
}

#[test]
fn credentials_in_arguments_are_refused() {
    for (args, refused) in [
        ("[\"--redis.password=hunter2\"]", 1),
        ("[\"--web.auth-token\", hunter2]", 1),
        ("[\"--user\", \"u:hunter2\"]", 1),
        ("[\"--uri=mongodb://u:hunter2@db/\"]", 1),
        ("[\"--header=Authorization: Bearer hunter2\"]", 1),
        ("[\"-c\", \"exporter --password hunter2\"]", 1),
        (
            "[\"--password-file={config}/secrets/pw\", \"--collect.tokens=true\", \"--web.listen-address=:9113\"]",
            0,
        ),
        ("[\"--scrape-uri=http://user@nginx:8080/stub\", \"--auth.token\", \"--debug\"]", 0),
    ] {
        for place in
            ["prometheus: {args: ARGS}", "exporters: {custom: {x: {image: \"a:1\", port: 1, args: ARGS}}}"]
        {
            let told = told(&place.replace("ARGS", args));
            assert_eq!(told.len(), refused, "{args}: {told:?}");
            assert!(told.iter().all(|line| line.starts_with("SC541 1 ")), "{told:?}");
        }
    }
}

#[test]
fn credentials_in_the_environment_of_a_custom_exporter_are_refused() {
    for (variable, code) in [
        ("DB_PASSWORD: hunter2", Some("SC204")),
        ("MYSQL_PWD: \"${PW}\"", Some("SC204")),
        ("API_KEY: hunter2", Some("SC204")),
        ("DSN: \"u:hunter2@tcp(db:3306)/\"", Some("SC540")),
        ("DSN: \"u/hunter2@db:1521/x\"", Some("SC540")),
        ("DATA_SOURCE_NAME: \"postgresql://u:hunter2@db/x\"", Some("SC540")),
        ("DATA_SOURCE_NAME: \"host=db user=u password=hunter2\"", Some("SC540")),
        ("MONGODB_URI: \"mongodb://u:hunter2@db/\"", Some("SC540")),
        ("WEB_AUTH: \"u:hunter2\"", Some("SC540")),
        ("CONFIG: '{\"password\":\"hunter2\"}'", Some("SC540")),
        ("DB_PASSWORD_FILE: hunter2", Some("SC543")),
        ("DB_PASSWORD_FILE: \"{config}/secrets/pw\"", None),
        ("DSN: \"u@tcp(db:3306)/\"", None),
        ("DATA_SOURCE_NAME: \"postgresql://u@db/x?sslmode=require\"", None),
        ("LISTEN: \"0.0.0.0:9113\"", None),
        ("CHECK_KEYS: \"db0=user:*\"", None),
        ("USE_PASSWORD: \"true\"", None),
        ("OPTIONS: \"--config {config}/x.yml\"", None),
    ] {
        let text = format!("exporters: {{custom: {{x: {{image: \"a:1\", port: 1, env: {{{variable}}}}}}}}}");
        let codes: Vec<&str> = found(&text).iter().map(|d| d.code).collect();
        assert_eq!(codes, code.into_iter().collect::<Vec<_>>(), "{variable}");
        told(&text);
    }
}

#[test]
fn a_secret_under_a_key_that_is_not_known_is_not_shown() {
    let text = "\
exporters:
  redis:
    address: redis://redis:6379
    password: hunter2
  postgres: \"postgresql://u:hunter2@db/x\"
notify:
  receivers:
    chat: {telegram: hunter2}
apps:
  a: {targets: [\"u:hunter2@a:1\"]}
";
    assert_eq!(
        told(text),
        [
            "SC105 4 unknown key `password`",
            "SC106 5 expected a mapping, found `postgresql://u:*******@db/x`",
            "SC106 8 expected a mapping, found text",
            "SC106 10 expected host:port, found `u:*******@a:1`",
            "SC107 10 `a` has no targets",
            "SC215 8 the receiver `chat` has nobody to tell",
        ]
    );
    let unknown = found(text).remove(0);
    assert_eq!(
        unknown.hint.unwrap(),
        "write it into a file, mode 0600, and name that file in `password_file`"
    );
}

#[test]
fn a_stack_without_credentials_has_no_finding_about_them() {
    for (name, asset) in crate::render::Assets::default().below("templates/presets/", ".yml") {
        let text = String::from_utf8_lossy(&asset.bytes).into_owned();
        assert_eq!(found(&text), [], "{name}");
    }
}
