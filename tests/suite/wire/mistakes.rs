//! Files with many mistakes: each is found once, at its place, and no secret is shown.

use std::os::unix::fs::PermissionsExt;

use super::fixture::{Ran, Wire, daemon};

/// Each line with a mistake says how many in a comment.
const MANY: &str = "\
name: Many # 1
prometheus: {port: 99999, scrape_interval: 15} # 2
alertmanager: {port: abc} # 1
grafana: {enabled: false, prot: 3} # 1
exporters:
  postgres: {user: monitor} # 1
  redis: {adress: \"redis://r:6379\"} # 1
apps:
  api: {targets: [host.docker.internal], scrape_interval: 10} # 2
  web: {targets: [\"http://x:80\"]} # 1
  Bad_name: {targets: [\"x:80\"]} # 1
  none: {target: [\"x:80\"]} # 1
  empty: {} # 1
  pck: {pack: nestjs, targets: [\"x:1\"]} # 1
notify:
  receivers:
    mail: {emial: {to: a@b.c}} # 1
    chat: {slack: {webhook_fil: x, channel: \"#a\"}} # 1
    page: {pagerduty: {routing_key: x}} # 1
    text: ops@example.org # 1
    void: {} # 1
  hours:
    nights: {days: mon, from: \"22:00\"} # 1
  default: male # 1
  routes:
    - {severity: critcal, to: [mail, chat]} # 1
    - {severity: high, to: pagee, hours: nigt} # 2
    - {severty: high, to: text, hours: nights} # 1
";

/// `line code` of every finding.
fn found(ran: &Ran) -> Vec<String> {
    let report = ran.json();
    let diagnostics = report["error"]["diagnostics"].as_array().unwrap_or_else(|| panic!("{ran:?}"));
    let line = |found: &serde_json::Value| {
        format!("{} {} {}", found["place"]["line"], found["code"].as_str().unwrap(), found["message"])
    };
    diagnostics.iter().map(line).collect()
}

#[test]
fn each_of_many_mistakes_is_found_once() {
    let daemon = daemon();
    let wire = Wire::new(&daemon);
    wire.write("stack.yml", MANY);
    let ran = wire.run(["check", "--offline", "--format", "json"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    let found = found(&ran);
    for (number, line) in MANY.lines().enumerate() {
        let expected: usize = line.rsplit_once("# ").map_or(0, |(_, count)| count.parse().unwrap_or(0));
        let start = format!("{} ", number + 1);
        let here: Vec<&String> = found.iter().filter(|found| found.starts_with(&start)).collect();
        assert_eq!(here.len(), expected, "{line}: {here:#?}");
    }
}

fn secret(wire: &Wire<'_>, path: &str, bytes: &[u8]) {
    wire.write(path, bytes);
    std::fs::set_permissions(wire.path(path), PermissionsExt::from_mode(0o600)).unwrap();
}

const SECRETS: &str = "\
grafana: {enabled: false}
exporters: {}
apps:
  bom: {targets: [\"x:1\"], username: a, password_file: bom}
  two: {targets: [\"x:1\"], bearer_token_file: two}
  fine: {targets: [\"x:1\"], username: a, password_file: fine}
notify:
  smtp: {smarthost: \"mail.example.org:587\", from: a@example.org, username: a, password_file: wide}
  receivers:
    chat: {slack: {webhook_file: bare, channel: \"#x\"}}
    hook: {webhook: {url_file: lines}}
    good: {webhook: {url_file: url}}
    page: {pagerduty: {routing_key_file: crlf}}
  default: chat
  routes: [{severity: high, to: [hook, good, page]}]
";

#[test]
fn a_secret_file_that_its_reader_cannot_use_is_found_offline_and_not_shown() {
    let daemon = daemon();
    let wire = Wire::new(&daemon).stack(SECRETS);
    secret(&wire, "bom", b"\xef\xbb\xbfS3CRET-pw\n");
    secret(&wire, "two", b"S3CRET-one\nS3CRET-two\n");
    secret(&wire, "fine", b"S3CRET-fine\n");
    secret(&wire, "wide", b"\xff\xfeS\x003\x00");
    secret(&wire, "bare", b"hooks.example.org/S3CRET\n");
    secret(&wire, "lines", b"https://example.org/S3CRET\nhttps://example.org/S3CRET\n");
    secret(&wire, "url", b"https://example.org/S3CRET\r\n\r\n");
    secret(&wire, "crlf", b"S3CRET\r\n");
    let ran = wire.run(["check", "--offline"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(!ran.stderr.contains("S3CRET") && !ran.stdout.contains("S3CRET"), "{ran:?}");
    let mut seen = found(&wire.run(["check", "--offline", "--format", "json"]));
    seen.sort();
    assert_eq!(
        seen,
        [
            "11 SC523 \"the secret file `bare` is not an http:// or https:// URL\"",
            "12 SC523 \"the secret file `lines` has more than one line\"",
            "5 SC523 \"the secret file `bom` begins with a byte order mark, which becomes part of the secret\"",
            "6 SC523 \"the secret file `two` has more than one line\"",
            "9 SC523 \"the secret file `wide` begins with a byte order mark, which becomes part of the secret\"",
        ]
    );
}

#[test]
fn secret_files_are_read_although_stack_yml_has_other_mistakes() {
    let daemon = daemon();
    let wire = Wire::new(&daemon).stack(
        "apps:\n  colon: {targets: [\"x:1\"], username: \"a:b\", password_file: pw}\n  bom: {targets: [\"x:1\"], username: a, password_file: bom}\n",
    );
    secret(&wire, "pw", b"S3CRET");
    secret(&wire, "bom", b"\xef\xbb\xbfS3CRET");
    let ran = wire.run(["check", "--offline", "--format", "json"]);
    let found = found(&ran);
    assert_eq!(found.iter().filter(|line| line.contains(" SC523 ")).count(), 2, "{found:?}");
    assert!(!ran.stdout.contains("S3CRET"), "{ran:?}");
}

/// Templates of the user that never end, or fill any memory, in ways that no counter of steps sees.
#[test]
fn a_template_without_end_is_stopped() {
    let daemon = daemon();
    let wire = Wire::new(&daemon).stack("grafana: {enabled: false}\nexporters: {}\n");
    let shipped = wire.run(["render"]).ok().stdout;
    let path = "templates/prometheus/prometheus.yml";
    let doubled = "[% set_global x = x ~ x %]".repeat(40);
    let replaced = " | replace(from=\"a\", to=\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\")".repeat(12);
    for (template, reason) in [
        (
            "[% for a in range(end=100000) %][% for b in range(end=100000) %][% endfor %][% endfor %]"
                .to_owned(),
            "takes longer than",
        ),
        (format!("[% set x = \"aaaaaaaaaaaaaaaa\" %]{doubled}"), "MiB"),
        (format!("[[ \"a\"{replaced} ]]"), "MiB"),
    ] {
        wire.write(path, &template);
        let begin = std::time::Instant::now();
        let ran = wire.run(["render"]);
        assert_eq!(ran.code, Some(2), "{template}: {ran:?}");
        assert!(
            ran.stderr.contains("error[SC301]") && ran.stderr.contains(reason),
            "{template}: {}",
            ran.stderr
        );
        assert!(ran.stderr.contains(path), "{}", ran.stderr);
        assert!(begin.elapsed().as_secs() < 120, "{template}");
    }
    // What a user changes within reason is filled as before, and a mistake keeps its place.
    let embedded = stackctl::render::Assets::embedded_files();
    let (_, text) = embedded.into_iter().find(|(embedded, _)| embedded == path).unwrap();
    wire.write(path, [text.as_slice(), b"# mine\n"].concat());
    let mine = wire.run(["render"]).ok().stdout;
    assert_eq!(mine.replace("# mine\n", ""), shipped);
    wire.write(path, "global:\n  x: [[ nothing ]]\n");
    let ran = wire.run(["render"]);
    assert!(ran.stderr.contains("prometheus.yml:2:9"), "{}", ran.stderr);
}
