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
    assert!(out.contains("\n# ours\nCall Ada.\nstack monitoring (stack.yml)\n"), "{out}");
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

/// What Rust writes in a string, with `{…}` of formats as one word.
fn strings_of(source: &str) -> Vec<String> {
    let code = source.split("#[cfg(test)]").next().unwrap_or_default();
    let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    // A quote as a character begins no string.
    let joined = lines.collect::<Vec<_>>().join("\n").replace("'\"'", "' '").replace("b'\"'", "' '");
    let mut strings = Vec::new();
    let mut rest = joined.as_str();
    while let Some(at) = rest.find('"') {
        let inside = &rest[at + 1..];
        let mut escaped = false;
        let end = inside.find(|c: char| {
            let closes = c == '"' && !escaped;
            escaped = c == '\\' && !escaped;
            closes
        });
        let Some(end) = end else { break };
        strings.push(inside[..end].replace("\\\n", " "));
        rest = &inside[end + 1..];
    }
    strings
}

fn rust_files(directory: &std::path::Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && name != "tests" {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") && name != "tests.rs" {
            found.push(path);
        }
    }
}

/// Every command and option that a message, a hint or the help names, so that each next step can be followed.
#[test]
fn every_command_that_a_message_names_is_one() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    rust_files(&root.join("src"), &mut files);
    let mut presets: Vec<_> = std::fs::read_dir(root.join("templates/presets"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    let mut options = std::collections::BTreeSet::new();
    let definition = stackctl::cli::definition();
    let mut commands = vec![&definition];
    while let Some(command) = commands.pop() {
        commands.extend(command.get_subcommands());
        options.extend(command.get_arguments().filter_map(|argument| argument.get_long()).map(str::to_owned));
    }
    let (mut seen, mut wrong) = (0, Vec::new());
    let texts = files.drain(..).map(|path| (strings_of(&std::fs::read_to_string(&path).unwrap()), path));
    let presets = presets.drain(..).map(|path| (vec![std::fs::read_to_string(&path).unwrap()], path));
    for (strings, path) in texts.chain(presets) {
        for string in strings {
            for command in commands_in(&string) {
                seen += 1;
                // Words that are filled in stand for one argument each.
                let words: Vec<String> = command
                    .split(' ')
                    .map(|word| if word.contains('{') { "x".to_owned() } else { word.to_owned() })
                    .collect();
                let filled = command.contains('{');
                let parsed = stackctl::cli::definition().try_get_matches_from(words);
                let excused = |error: &clap::Error| match error.kind() {
                    ErrorKind::MissingRequiredArgument
                    | ErrorKind::DisplayHelp
                    | ErrorKind::DisplayVersion
                    | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => true,
                    // A name that is filled in may be one of a list.
                    ErrorKind::InvalidValue | ErrorKind::ValueValidation | ErrorKind::InvalidSubcommand => {
                        filled
                    }
                    _ => false,
                };
                if let Err(error) = parsed
                    && !excused(&error)
                {
                    let why = error.to_string().lines().next().unwrap_or_default().to_owned();
                    wrong.push(format!("{}: `{command}`: {why}", path.display()));
                }
            }
            // An option alone, such as `--skip-unavailable`.
            for code in string.split('`').skip(1).step_by(2).filter(|code| code.starts_with("--")) {
                let name = code.trim_start_matches("--").split([' ', '=']).next().unwrap_or_default();
                // Options of `docker` and `systemctl`.
                let foreign = ["log-driver", "privileged", "user"].contains(&name) || code.starts_with("---");
                if !name.is_empty() && !name.contains('{') && !foreign && !options.contains(name) {
                    wrong.push(format!("{}: there is no option `{code}`", path.display()));
                }
            }
        }
    }
    assert!(seen > 60, "{seen}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
