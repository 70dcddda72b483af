//! `stackctl runbook`, without a daemon: what to do about an alert, and the rule as it is in this stack.

use std::process::{Command, Stdio};

use clap::error::ErrorKind;
use serde_json::Value;
use tempfile::TempDir;

const STACK: &str = "exporters:
  node: {}
  cadvisor: {}
  postgres: {uri: \"db:5432/shop\", user: monitor, password_file: not/there/yet}
  redis: {address: \"redis://redis:6379\"}
  blackbox: {http: [\"http://example.invalid\"]}
alerts: {thresholds: {HostHighCpu: 0.75}, disable: [HostHighLoad]}
";

fn run(files: &[(&str, &str)], arguments: &[&str]) -> (Option<i32>, String, String) {
    let home = TempDir::new().unwrap();
    for (path, text) in files {
        let path = home.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let output = Command::new(env!("CARGO_BIN_EXE_stackctl"))
        .args(arguments)
        .current_dir(home.path())
        .env("XDG_STATE_HOME", home.path().join("state"))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn every_alert_of_a_stack_has_a_runbook_and_fits_the_screen() {
    let files = [("stack.yml", STACK)];
    let (code, out, _) = run(&files, &["runbook", "--list", "--format", "json"]);
    assert_eq!(code, Some(0));
    let report: Value = serde_json::from_str(&out).unwrap();
    let alerts = report["alerts"].as_array().unwrap();
    assert!(alerts.len() > 90, "{}", alerts.len());
    let without: Vec<&Value> = alerts.iter().filter(|alert| alert["runbook"] != true).collect();
    assert_eq!(without, Vec::<&Value>::new());
    let (_, out, _) = run(&files, &["runbook"]);
    let mut lines = out.lines();
    // On a terminal the summaries stand below the other columns, two spaces to the right.
    assert!(lines.next().unwrap().find("SUMMARY").unwrap() <= 80);
    for (line, alert) in lines.zip(alerts) {
        let (name, summary) = (alert["name"].as_str().unwrap(), alert["summary"].as_str().unwrap());
        assert!(line.starts_with(name) && line.ends_with(summary), "{name} has no row of its own: {line}");
        assert!(summary.chars().count() <= 78, "{summary}");
    }
    assert!(!out.contains("HostHighLoad"), "a disabled alert is listed");
}

#[test]
fn a_runbook_begins_with_the_rule_of_this_stack() {
    let (code, out, _) = run(&[("stack.yml", STACK)], &["runbook", "hosthighcpu"]);
    assert_eq!(code, Some(0));
    for part in [
        "fires when    instance:node_cpu_busy:ratio_rate5m{job=\"node\"} > 0.75\n",
        "for           15m\n",
        "threshold     0.75 (default 0.9): ",
        "`alerts.thresholds.HostHighCpu` in stack.yml\n",
        "\n# HostHighCpu\n",
        "\n## Fix\n",
    ] {
        assert!(out.contains(part), "{part:?} is not in {out}");
    }
}

#[test]
fn a_slip_gets_the_nearest_name_and_the_users_runbook_wins() {
    let files = [("stack.yml", STACK), ("rules/runbooks/TargetDown.md", "# ours\nCall Ada.\n")];
    let (code, _, talk) = run(&files, &["runbook", "targetdwn"]);
    assert_eq!(code, Some(2));
    assert!(talk.contains("did you mean `TargetDown`?"), "{talk}");
    let (_, out, _) = run(&files, &["runbook", "TargetDown"]);
    assert!(out.ends_with("\n# ours\nCall Ada.\n"), "{out}");
}

/// Intent: at night somebody reads what to do although the stack file is broken.
#[test]
fn a_broken_stack_file_does_not_hide_a_runbook() {
    let (code, out, talk) = run(&[("stack.yml", "promethues: {}\n")], &["runbook", "TargetDown"]);
    assert_eq!((code, out.starts_with("# TargetDown\n")), (Some(0), true), "{talk}");
    assert!(talk.contains("stack.yml:1:1"), "{talk}");
}

/// What stands in backticks and begins with `stackctl `, with the lines of a paragraph joined.
fn commands_in(text: &str) -> Vec<String> {
    let joined = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let code = joined.split('`').skip(1).step_by(2);
    code.filter(|code| code.starts_with("stackctl ")).map(str::to_owned).collect()
}

#[test]
fn every_command_that_a_runbook_or_the_readme_names_is_one() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let runbooks = std::fs::read_dir(root.join("rules/runbooks")).unwrap().map(|entry| entry.unwrap().path());
    let mut seen = 0;
    let mut wrong = Vec::new();
    for path in runbooks.chain([root.join("README.md")]) {
        for command in commands_in(&std::fs::read_to_string(&path).unwrap()) {
            seen += 1;
            let words = command.split(' ').map(|word| word.trim_matches(['"', '\'']));
            // A command may be named without what it is about.
            let named = |error: &clap::Error| error.kind() == ErrorKind::MissingRequiredArgument;
            let parsed = stackctl::cli::definition().try_get_matches_from(words);
            if let Err(error) =
                parsed.map(drop).or_else(|error| if named(&error) { Ok(()) } else { Err(error) })
            {
                let why = error.to_string().lines().next().unwrap_or_default().to_owned();
                wrong.push(format!("{}: `{command}`: {why}", path.display()));
            }
        }
    }
    assert!(seen > 100, "{seen}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
