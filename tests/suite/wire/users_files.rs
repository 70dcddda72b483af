//! The user's `rules/`, `dashboards/` and `templates/`: what is read from them, and what is said about the rest.

use std::fs;
use std::os::unix::fs::symlink;
use std::time::{Duration, Instant};

use super::fixture::{PROMETHEUS_ONLY, Ran, Wire, daemon};

/// A rule that nothing is said about.
fn rules(alert: &str) -> String {
    format!(
        "groups:\n  - name: g-{alert}\n    rules:\n      - alert: {alert}\n        expr: up == 0\n        labels: {{severity: warning, category: a, service: b}}\n        annotations: {{summary: a, description: b, runbook_url: c}}\n"
    )
}

/// Findings without lines of source and without the one about receivers.
fn findings(ran: &Ran) -> Vec<String> {
    let told = |line: &&str| {
        ["error[", "warning[", "note["].iter().any(|start| line.starts_with(start))
            || line.trim_start().starts_with("--> ")
    };
    let lines = ran.stderr.lines().filter(told).filter(|line| !line.contains("SC216"));
    lines.map(|line| line.trim().to_owned()).collect()
}

fn files(ran: &Ran, prefix: &str) -> Vec<String> {
    let head = format!("# --- {prefix}");
    ran.stdout.lines().filter_map(|line| line.strip_prefix(head.as_str())).map(str::to_owned).collect()
}

#[test]
fn rule_files_are_loaded_whatever_usual_ending_they_have_and_from_subdirectories() {
    let daemon = daemon();
    let wire = Wire::new(&daemon).stack(PROMETHEUS_ONLY);
    let names =
        ["alerts.rules.yml", "db.yaml", "legacy.json", "node.rules", "team-a/api.yml", "team-a/sub/X.YML"];
    for (number, name) in names.iter().enumerate() {
        wire.write(&format!("rules/{name}"), rules(&format!("Mine{number}")));
    }
    wire.write("rules/empty.yml", "");
    wire.write("rules/comment.yml", "# nothing yet\n");
    wire.write("rules/README.md", "notes");
    let ran = wire.run(["render"]).ok();
    let shipped = ["prometheus.yml", "stack.yml"];
    let mut expected: Vec<&str> =
        names.into_iter().chain(shipped).chain(["comment.yml", "empty.yml"]).collect();
    expected.sort_unstable();
    assert_eq!(files(&ran, "prometheus/rules/"), expected);
    let patterns = "rule_files:\n  - rules/*.yml\n  - \"rules/*.json\"\n  - \"rules/*.rules\"\n  - \"rules/*.yaml\"\n  - \"rules/team-a/*.yml\"\n  - \"rules/team-a/sub/*.YML\"\n";
    assert!(ran.stdout.contains(patterns), "{}", ran.stdout);
    let ran = wire.run(["check", "--offline"]).ok();
    assert_eq!(findings(&ran), [""; 0]);
}

#[test]
fn directories_of_dashboards_are_folders_and_notification_templates_are_found() {
    let daemon = daemon();
    let wire = Wire::new(&daemon).stack("exporters: {}\n");
    let board =
        |uid: &str, title: &str| format!("{{\"uid\": \"{uid}\", \"title\": \"{title}\", \"panels\": []}}");
    // One title may be there once in each folder.
    wire.write("dashboards/a.json", board("a", "Mine"));
    wire.write("dashboards/team/b.JSON", board("b", "Mine"));
    wire.write("dashboards/team/db/c.json", board("c", "Mine"));
    wire.write("dashboards/General/d.json", board("d", "Mine"));
    wire.write("templates/alertmanager/slack.tmpl", "{{ define \"mine.one\" }}x{{ end }}");
    wire.write("templates/pager.tmpl", "{{ define \"mine.two\" }}x{{ end }}");
    let ran = wire.run(["render"]).ok();
    assert_eq!(files(&ran, "grafana/folders/"), ["General/d.json", "team%2Fdb/c.json", "team/b.json"]);
    assert!(files(&ran, "grafana/dashboards/").contains(&"a.json".to_owned()), "{}", ran.stdout);
    assert_eq!(files(&ran, "alertmanager/notifications/"), ["pager.tmpl", "slack.tmpl", "stackctl.tmpl"]);
    for part in [
        "    folder: \"team\"\n    folderUid: \"stackctl-",
        "    folder: \"team/db\"\n",
        "      path: \"/etc/stackctl/current/folders/team%2Fdb\"\n",
        "    folder: \"\"\n    type: file\n",
    ] {
        assert!(ran.stdout.contains(part), "{part}\n{}", ran.stdout);
    }
    assert_eq!(findings(&wire.run(["check", "--offline"]).ok()), [""; 0]);
    wire.write("dashboards/team/e.json", board("e", "Mine"));
    let ran = wire.run(["check", "--offline"]);
    assert_eq!((ran.code, findings(&ran).len()), (Some(1), 2), "{}", ran.stderr);
    assert!(findings(&ran)[0].starts_with("error[SC436]"), "{}", ran.stderr);
}

#[test]
fn what_is_not_used_is_named_once_and_documents_are_not() {
    let daemon = daemon();
    let wire = Wire::new(&daemon).stack(PROMETHEUS_ONLY);
    for path in [
        "rules/notes.txt",
        "rules/a.yml.bak",
        "rules/README.md",
        "rules/.hidden.yml",
        "templates/prometheus/mine.yml",
        "templates/README",
    ] {
        wire.write(path, "x");
    }
    for command in [["check", "--offline"].as_slice(), &["render"], &["plan"]] {
        let ran = wire.command(command).output().unwrap();
        let stderr = String::from_utf8_lossy(&ran.stderr).into_owned();
        let notes: Vec<&str> = stderr.lines().filter(|line| line.starts_with("note[")).collect();
        assert_eq!(
            notes,
            [
                "note[SC531]: `templates/prometheus/mine.yml`, `rules/a.yml.bak` and `rules/notes.txt` are not used"
            ],
            "{command:?} {stderr}"
        );
    }
    assert!(wire.run(["check", "--offline"]).stdout.ends_with("0 errors, 0 warnings\n"));
}

#[test]
fn rules_in_the_place_of_shipped_ones_are_announced_and_linted_as_the_users_own_however_the_file_is_named() {
    let daemon = daemon();
    let wire = Wire::new(&daemon).stack("alertmanager: {enabled: false}\ngrafana: {enabled: false}\n");
    wire.write(
        "rules/node.yml",
        "groups:\n  - name: g\n    rules:\n      - alert: Mine\n        expr: up == 0\n      - record: a:b\n        expr: up\n",
    );
    symlink("work", wire.path("../linked")).unwrap();
    let absolute = wire.path("stack.yml").display().to_string();
    for (name, directory) in [
        ("stack.yml", ""),
        ("./stack.yml", ""),
        ("../work/stack.yml", "../work/"),
        ("../linked/stack.yml", "../linked/"),
        (absolute.as_str(), "DIR/work/"),
    ] {
        let ran = wire.run(["-f", name, "check", "--offline"]).ok();
        let expected = [
            format!("note[SC532]: `{directory}rules/node.yml` replaces 30 shipped rules of `node` with 2 rules"),
            "warning[SC405]: the alert `Mine` has no `severity`, `category`, `service`, `summary`, `description` and `runbook_url`".to_owned(),
            format!("--> {directory}rules/node.yml:4:16"),
        ];
        assert_eq!(findings(&ran), expected, "{name}");
    }
    let ran = wire.run(["plan"]).ok();
    assert!(
        ran.stderr.contains("`rules/node.yml` replaces 30 shipped rules of `node` with 2 rules"),
        "{}",
        ran.stderr
    );
    // Without its exporter the shipped file is not there, and the user's is one like any other.
    wire.change(PROMETHEUS_ONLY);
    let ran = wire.run(["render"]).ok();
    assert!(ran.stdout.contains("alert: Mine") && !ran.stderr.contains("SC532"), "{}", ran.stderr);
}

#[test]
fn a_shipped_file_that_is_only_written_out_replaces_nothing() {
    let daemon = daemon();
    let wire = Wire::new(&daemon).stack("exporters: {node: {}}\n");
    let plain = wire.run(["render"]).ok();
    wire.run(["render", "--eject", "."]).ok();
    let ran = wire.run(["render"]).ok();
    assert_eq!(findings(&ran), [""; 0]);
    assert!(ran.stdout == plain.stdout);
}

#[test]
fn every_broken_file_is_reported_at_once_with_the_users_path_and_the_error_of_the_parser() {
    let daemon = daemon();
    let wire = Wire::new(&daemon).stack("exporters: {node: {}}\n");
    wire.write("rules/a.yml", "groups:\n  - name: [\n");
    wire.write("rules/team/b.yaml", b"groups:\n  - name: caf\xe9\n");
    wire.write("rules/c.yml", "groups: [{name: c, rules: [{alert: C, expr: up ==}]}]\n");
    wire.write("rules/node.yml", "groups:\n  - name: g\n\trules: []\n");
    wire.write("dashboards/d.json", "{\n  \"a\": 1,\n  \"b\": 2,\n}\n");
    wire.write("dashboards/team/e.json", b"{\"title\": \"\xff\"}");
    wire.write("rules/runbooks/F.md", b"\xfe");
    for command in [["check", "--offline"].as_slice(), &["up"], &["plan"]] {
        let ran = wire.command(command).output().unwrap();
        let stderr = String::from_utf8_lossy(&ran.stderr).into_owned();
        assert_eq!(ran.status.code(), Some(2), "{command:?} {stderr}");
        let mut places: Vec<&str> =
            stderr.lines().filter_map(|line| line.trim_start().strip_prefix("--> ")).collect();
        places.sort_unstable();
        places.dedup();
        assert_eq!(
            places,
            [
                "dashboards/d.json:4:1",
                "dashboards/team/e.json:1:12",
                "rules/a.yml:3:1",
                "rules/c.yml:1:45",
                "rules/node.yml:2:11",
                "rules/runbooks/F.md:1:1",
                "rules/team/b.yaml:2:14",
            ],
            "{command:?} {stderr}"
        );
        assert!(stderr.contains("trailing comma at line 4 column 1"), "{stderr}");
        assert!(!stderr.contains("prometheus/rules/node.yml"), "{stderr}");
    }
    assert_eq!(daemon.mutations(), [""; 0]);
}

#[test]
fn links_that_lead_out_are_refused_unless_they_are_wanted_and_nothing_of_the_target_is_shown() {
    let daemon = daemon();
    let wire = Wire::new(&daemon).stack(PROMETHEUS_ONLY);
    fs::create_dir(wire.path("../outside")).unwrap();
    fs::write(wire.path("../outside/key"), "top: secret: value\n").unwrap();
    fs::write(wire.path("../outside/good.yml"), rules("Linked")).unwrap();
    wire.write("rules/own.yml", rules("Own"));
    symlink("own.yml", wire.path("rules/inside.yml")).unwrap();
    symlink("../../outside/key", wire.path("rules/out.yml")).unwrap();
    symlink("../outside", wire.path("dashboards")).unwrap();
    symlink("nowhere.yml", wire.path("rules/gone.yml")).unwrap();
    symlink(".", wire.path("rules/circle")).unwrap();
    let ran = wire.run(["check", "--offline"]);
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    assert_eq!(
        findings(&ran).iter().filter(|line| line.starts_with("error")).collect::<Vec<_>>(),
        [
            "error[SC533]: `rules/circle` is a link in a circle",
            "error[SC533]: `rules/gone.yml` is a link to `nowhere.yml`, which does not exist",
            "error[SC533]: `rules/out.yml` is a link that leads out of the directory of the stack",
            "error[SC533]: `dashboards` is a link that leads out of the directory of the stack",
        ]
    );
    assert!(!format!("{}{}", ran.stdout, ran.stderr).contains("secret"), "{}", ran.stderr);
    for path in ["rules/out.yml", "rules/gone.yml", "rules/circle"] {
        fs::remove_file(wire.path(path)).unwrap();
    }
    symlink("../../outside/good.yml", wire.path("rules/good.yml")).unwrap();
    assert_eq!(wire.run(["check", "--offline"]).code, Some(2));
    wire.change(&format!("follow_links: true\n{PROMETHEUS_ONLY}"));
    let ran = wire.run(["render"]).ok();
    assert!(ran.stdout.contains("alert: Linked"), "{}", ran.stdout);
    // What does not need the files works with broken ones.
    wire.change(PROMETHEUS_ONLY);
    wire.run(["down"]).ok();
}

#[test]
fn a_name_of_a_delivered_file_writes_nowhere_else() {
    let daemon = daemon();
    let wire = Wire::new(&daemon).stack(PROMETHEUS_ONLY);
    let custom =
        |files: &str| format!("exporters: {{custom: {{x: {{image: \"a:1\", port: 1, files: {files}}}}}}}\n");
    wire.write("k", "mine");
    wire.write("../victim", "theirs");
    for name in ["../../../victim", "../../victim", "/etc/x", "", ".", "a/../../x"] {
        wire.change(&custom(&format!("{{\"{name}\": k}}")));
        for command in [["render", "--out", "build"].as_slice(), &["render"], &["up"]] {
            let ran = wire.command(command).output().unwrap();
            let stderr = String::from_utf8_lossy(&ran.stderr).into_owned();
            assert_eq!(ran.status.code(), Some(2), "{name} {command:?} {stderr}");
            assert!(stderr.contains("error[SC534]") && stderr.contains("--> stack.yml:2:"), "{stderr}");
        }
    }
    assert!(!wire.path("build").exists());
    assert_eq!(fs::read_to_string(wire.path("../victim")).unwrap(), "theirs");
    wire.change(&custom("{a: k, a/b: k}"));
    let ran = wire.run(["render", "--out", "build"]);
    assert!(ran.code == Some(2) && ran.stderr.contains("error[SC535]"), "{}", ran.stderr);
}

#[test]
fn render_follows_no_link_below_its_directory() {
    let daemon = daemon();
    let wire = Wire::new(&daemon).stack(PROMETHEUS_ONLY);
    fs::create_dir_all(wire.path("build/prometheus")).unwrap();
    fs::create_dir(wire.path("victim")).unwrap();
    symlink("../../victim", wire.path("build/prometheus/rules")).unwrap();
    let ran = wire.run(["render", "--out", "build"]);
    assert_eq!(ran.code, Some(7), "{}", ran.stderr);
    assert!(
        ran.stderr.starts_with(
            "error: `build/prometheus/rules` is a link; nothing is written through links below `build`\n"
        ),
        "{}",
        ran.stderr
    );
    assert_eq!(fs::read_dir(wire.path("victim")).unwrap().count(), 0);
    assert!(!wire.path("build/prometheus/prometheus.yml").exists());
}

#[test]
fn nothing_that_a_terminal_obeys_is_printed() {
    let daemon = daemon();
    let wire = Wire::new(&daemon).stack(PROMETHEUS_ONLY);
    let hostile = "a\x1b[2J\x1b]0;x\x07\u{9b}2J\u{202e}b";
    wire.write(&format!("rules/{hostile}.yml"), "groups: {\n");
    wire.write(&format!("rules/{hostile}.txt"), "");
    wire.write(&format!("dashboards/{hostile}/x.json"), "{}");
    wire.write(
        "rules/good.yml",
        rules("Good").replace("summary: a", "summary: \"\u{9b}2J\u{202e}\u{2066}\""),
    );
    let file = format!("{hostile}.yml");
    let commands: [&[&str]; 6] = [
        &["check", "--offline"],
        &["render"],
        &["render", "--format", "json"],
        &["-f", &file, "check"],
        &["status", hostile],
        &[hostile],
    ];
    let colours = regex::Regex::new("\x1b\\[[0-9;]*m").unwrap();
    for color in ["never", "always"] {
        for command in commands {
            let command: Vec<&str> = [command, &["--color", color]].concat();
            let ran = wire.command(&command).output().unwrap();
            for stream in [ran.stdout, ran.stderr] {
                let text = String::from_utf8(stream).unwrap();
                let rest = if color == "always" { colours.replace_all(&text, "").into_owned() } else { text };
                let bad = |c: char| {
                    (c.is_control() && !matches!(c, '\n' | '\t'))
                        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
                };
                assert!(!rest.contains(bad), "{command:?} {rest:?}");
            }
        }
    }
    fs::remove_file(wire.path(&format!("rules/{hostile}.yml"))).unwrap();
    let ran = wire.run(["render"]).ok();
    assert!(ran.stdout.contains("\\u{9b}2J\\u{202e}"), "{}", ran.stdout);
    let report = wire.run(["render", "--format", "json"]).ok().json();
    assert!(
        report["diagnostics"].to_string().contains("\\u{202e}")
            || report["diagnostics"].to_string().contains('\u{202e}')
    );
}

#[test]
fn values_of_any_length_are_cut_in_messages() {
    let daemon = daemon();
    let long = "x".repeat(200_000);
    for (text, command) in [
        (format!("name: \"{long}\"\n"), vec!["check", "--offline"]),
        (format!("prometheus: {{{long}: 1}}\n"), vec!["check", "--offline"]),
        (format!("prometheus: {{port: {long}}}\n"), vec!["check", "--offline"]),
        (format!("alerts: {{disable: [{long}]}}\n"), vec!["check", "--offline"]),
        (format!("apps: {{a: {{targets: [\"h:1\"], labels: {{{long}: x}}}}}}\n"), vec!["check", "--offline"]),
        (format!("grafana: {{admin_password_file: {long}}}\n"), vec!["check", "--offline"]),
        (
            format!("notify: {{receivers: {{m: {{webhook: {{url: \"http://x\"}}}}}}, default: {long}}}\n"),
            vec!["check", "--offline"],
        ),
        (String::new(), vec!["status", &long[..100_000]]),
        (String::new(), vec![&long[..100_000]]),
        (String::new(), vec!["--project", &long[..100_000], "check"]),
    ] {
        let wire = Wire::new(&daemon).file("stack.yml", &text);
        for format in ["human", "json"] {
            let command: Vec<&str> = command.iter().copied().chain(["--format", format]).collect();
            let ran = wire.command(&command).output().unwrap();
            let said = ran.stdout.len() + ran.stderr.len();
            assert!(said > 0 && said < 20_000, "{said} {}", text.get(..60).unwrap_or(&text));
        }
    }
    let wire = Wire::new(&daemon).stack(PROMETHEUS_ONLY);
    wire.write("rules/a.yml", rules(&long).replace("expr: up == 0", &format!("expr: up{{a=\"{long}\"}} ==")));
    wire.write("rules/b.yml", format!("groups: [{{name: {long}, {long}: 1}}]\n"));
    let ran = wire.run(["check", "--offline"]);
    assert!(ran.code == Some(2) || ran.code == Some(1), "{}", ran.stderr.len());
    assert!(ran.stderr.len() < 20_000, "{}", ran.stderr.len());
}

#[test]
fn deep_nesting_is_refused_in_every_file_in_no_time() {
    let daemon = daemon();
    let wire = Wire::new(&daemon).stack(
        "exporters: {custom: {x: {image: \"a:1\", port: 1, files: {c.yml: c.yml, d.json: d.json}}}}\n",
    );
    let flow = format!("a: {}{}\n", "[".repeat(50_000), "]".repeat(50_000));
    let block = format!("groups:\n  {}x\n", "- ".repeat(50_000));
    let json = format!("{{\"a\": {}{}}}\n", "[".repeat(50_000), "]".repeat(50_000));
    for (path, text) in [
        ("rules/a.yml", &flow),
        ("rules/b.yaml", &block),
        ("rules/node.json", &json),
        ("rules/prometheus.yml", &block),
        ("rules/tests/a.yml", &flow),
        ("dashboards/a.json", &json),
        ("dashboards/team/b.json", &json),
        ("templates/grafana/provisioning/datasources/stackctl.yml", &block),
        ("c.yml", &flow),
        ("d.json", &json),
    ] {
        wire.write(path, text);
    }
    let begin = Instant::now();
    let ran = wire.run(["check", "--offline"]);
    assert!(begin.elapsed() < Duration::from_secs(30), "{:?}", begin.elapsed());
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    let deep = ran.stderr.lines().filter(|line| line.contains("nested deeper than 64 levels")).count();
    assert_eq!(deep, 9, "{}", ran.stderr);
    let ran = wire.run(["test"]);
    assert!(ran.stderr.contains("rules/tests/a.yml:1:"), "{}", ran.stderr);
}
