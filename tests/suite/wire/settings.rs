//! Settings of `stack.yml`: what they become, where their variables come from, and `init`.

use super::fixture::{PROMETHEUS_ONLY, Wire, daemon, same};

/// Prometheus alone, with these applications.
fn with_apps(apps: &str) -> String {
    format!("{PROMETHEUS_ONLY}apps:\n  {apps}\n")
}

#[test]
fn a_query_in_a_path_is_refused_with_the_way_to_write_it() {
    let daemon = daemon();
    let app = "vault: {targets: [\"vault:8200\"], metrics_path: \"/v1/sys/metrics?format=prometheus\"}";
    let wire = Wire::new(&daemon).stack(&with_apps(app));
    let ran = wire.run(["check", "--offline"]);
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    assert!(
        ran.stderr.contains(
            "hint: Prometheus requests `?` in a path as `%3F`; write `metrics_path: /v1/sys/metrics` and `params: {format: [prometheus]}`\n"
        ),
        "{}",
        ran.stderr
    );
    wire.change(&with_apps(
        "vault: {targets: [\"vault:8200\"], metrics_path: /v1/sys/metrics, params: {format: [prometheus]}}",
    ));
    let rendered = wire.run(["render"]).ok().stdout;
    assert!(
        rendered.contains(
            "    metrics_path: \"/v1/sys/metrics\"\n    params:\n      \"format\": [\"prometheus\"]\n"
        ),
        "{rendered}"
    );
}

#[test]
fn variables_come_from_the_environment_and_then_from_the_file_beside_the_stack_file() {
    let daemon = daemon();
    let wire = Wire::new(&daemon)
        .stack(&format!(
            "{PROMETHEUS_ONLY}prometheus: {{scrape_interval: \"${{INTERVAL}}\", port: \"${{PORT}}\"}}\n"
        ))
        .file(".env", "# times\nexport INTERVAL='30s'\nPORT=9191 # the usual one is taken\n");
    let rendered = wire.run(["render"]).ok().stdout;
    assert!(rendered.contains("scrape_interval: \"30s\""), "{rendered}");
    let mut command = wire.command(&["render"]);
    let output = command.env("INTERVAL", "45s").output().unwrap();
    let rendered = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(rendered.contains("scrape_interval: \"45s\""), "the environment wins: {rendered}");
    wire.write(".env", "INTERVAL=30s\nPORT=hunter2 extra = words\nnot a variable\n");
    let ran = wire.run(["render"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("error[SC550]: line 3 is not `NAME=value`\n --> .env:3:1"), "{}", ran.stderr);
}

#[test]
fn without_docker_check_exits_3_unless_offline() {
    let daemon = daemon();
    let wire = Wire::new(&daemon).stack(PROMETHEUS_ONLY);
    let mut command = wire.command(&["--host", "unix:///nowhere/docker.sock", "check"]);
    let output = command.output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(3), "{told}");
    assert!(told.contains("promtool and amtool did not validate the files"), "{told}");
    assert!(
        told.contains("`stackctl --host unix:///nowhere/docker.sock check --offline` leaves them out"),
        "{told}"
    );
    let mut command = wire.command(&["--host", "unix:///nowhere/docker.sock", "--format", "json", "check"]);
    let report: serde_json::Value = serde_json::from_slice(&command.output().unwrap().stdout).unwrap();
    assert!(
        report["not_validated"].as_str().is_some_and(|why| why.contains("/nowhere/docker.sock")),
        "{report}"
    );
    let mut command = wire.command(&["--host", "unix:///nowhere/docker.sock", "check", "--offline"]);
    assert_eq!(command.output().unwrap().status.code(), Some(0));
    assert_eq!(wire.run(["check"]).code, Some(0), "with Docker");
}

#[test]
fn init_obeys_the_options_that_name_file_directory_and_stack() {
    let daemon = daemon();
    let wire = Wire::new(&daemon);
    let ran = wire.run(["init", "--project", "shop", "-f", "other.yml", "--dir", "deep/er"]).ok();
    same(&ran.stdout, "wrote deep/er/other.yml\n");
    same(
        &ran.stderr,
        "hint: edit the file, then `stackctl -f deep/er/other.yml check`, then `stackctl -f deep/er/other.yml up`\n",
    );
    let text = std::fs::read_to_string(wire.path("deep/er/other.yml")).unwrap();
    assert!(text.contains("\nname: shop  # "), "{text}");
    assert!(!wire.path("stack.yml").exists());
    wire.run(["-f", "deep/er/other.yml", "check", "--offline"]).ok();
    let ran = wire.run(["init", "--project", "Not a name"]);
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    assert!(!wire.path("stack.yml").exists());
}

#[test]
fn init_of_a_preset_names_the_secrets_it_needs_first() {
    let daemon = daemon();
    let wire = Wire::new(&daemon);
    let ran = wire.run(["init", "--preset", "sentrascan", "--project", "mine"]).ok();
    same(&ran.stdout, "wrote stack.yml\n");
    let lines: Vec<&str> = ran.stderr.lines().collect();
    assert_eq!(
        lines,
        [
            "note: the stack needs 3 secrets first: secrets/pagerduty_key, secrets/postgres_password and secrets/slack_webhook_url",
            "hint: edit the file, then `stackctl secrets init`, then `stackctl check`, then `stackctl up`",
        ]
    );
    assert!(std::fs::read_to_string(wire.path("stack.yml")).unwrap().contains("\nname: mine\n"));
    let ran = wire.run(["init"]);
    assert_eq!(ran.code, Some(2));
    same(
        &ran.stderr,
        "error: `stack.yml` exists already\nchanged: nothing\nhint: add `--force` to overwrite it\n",
    );
}

#[test]
fn init_presets_and_wrong_command_lines_are_json_documents_too() {
    let daemon = daemon();
    let wire = Wire::new(&daemon);
    let presets = wire.run(["--format", "json", "init", "--preset", "list"]).ok();
    assert_eq!(presets.stderr, "");
    let names: Vec<String> =
        presets.json()["presets"].as_array().unwrap().iter().map(|p| p["name"].to_string()).collect();
    assert!(names.contains(&"\"host\"".to_owned()) && names.len() > 5, "{names:?}");
    let ran = wire.run(["--format", "json", "init", "--preset", "host"]).ok();
    let report = ran.json();
    assert_eq!((&report["path"], &report["preset"]), (&"stack.yml".into(), &"host".into()));
    for wrong in [
        &["--format", "json", "init", "--preset", "nothing"][..],
        &["--format=json", "upp"],
        &["up", "--nothing", "--format", "json"],
        &["--format", "json"],
        &["--format", "json", "logs", "--tail", "many"],
    ] {
        let output = wire.command(wrong).output().unwrap();
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!((output.status.code(), err.as_ref()), (Some(2), ""), "{wrong:?}");
        let report: serde_json::Value =
            serde_json::from_str(&out).unwrap_or_else(|e| panic!("{e}: {wrong:?}: {out}"));
        let error = &report["error"];
        assert_eq!(error["exit"], 2, "{wrong:?}");
        assert!(
            error["message"].as_str().is_some_and(|text| !text.is_empty() && !text.contains('\n')),
            "{report}"
        );
        assert!(error["hint"].as_str().is_some_and(|text| !text.is_empty()), "{report}");
    }
}

#[test]
fn ejected_files_never_replace_others_and_the_hint_can_be_followed() {
    let daemon = daemon();
    let wire = Wire::new(&daemon).file("own/rules/node.yml", "groups: []\n");
    let ran = wire.run(["render", "--eject", "own"]);
    assert_eq!(ran.code, Some(2));
    same(
        &ran.stderr,
        "error: `own/rules/node.yml` exists already\nchanged: nothing\nhint: choose a directory without these files, or move them away\n",
    );
    assert!(!wire.path("own/templates").exists(), "nothing was written");
    wire.write("file", "x");
    let ran = wire.run(["render", "--out", "file"]);
    assert_eq!(ran.code, Some(3), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("hint: choose another directory, or move away what is there"),
        "{}",
        ran.stderr
    );
    assert!(!ran.stderr.contains("--force"), "`render` has no such option: {}", ran.stderr);
}
