//! What to type instead of a word that other tools know and stackctl does not.
//!
//! clap's own tips go by spelling: `top` looks like `stop`, and whoever types it does not want to stop anything.

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};

/// A command of `docker compose`, `kubectl`, `terraform` or `promtool`, and how to do the same here.
const COMMANDS: &[(&[&str], &str)] = &[
    (
        &["top", "stats"],
        "`stackctl status` shows state and uptime; `docker stats` shows processor and memory",
    ),
    (
        &["config", "convert"],
        "`stackctl check` validates stack.yml; `stackctl render` prints every rendered file",
    ),
    (&["validate", "lint", "verify"], "`stackctl check` validates every file"),
    (
        &["pull", "build", "push", "save", "load"],
        "`stackctl images` lists, pulls, builds, saves and loads images",
    ),
    (
        &["ls", "list"],
        "`stackctl status` lists the components; `docker ps --filter label=io.stackctl.stack` lists all stacks",
    ),
    (
        &["exec", "run", "attach"],
        "`docker exec -it NAME-COMPONENT COMMAND` runs a command in a container; `stackctl status` lists them",
    ),
    (&["version"], "`stackctl --version` prints the version"),
    (
        &["create", "apply", "deploy", "install"],
        "`stackctl plan` shows the changes; `stackctl up` applies them",
    ),
    (
        &["rm", "remove", "destroy", "delete", "uninstall"],
        "`stackctl down` removes containers and network and keeps the data",
    ),
    (&["kill", "pause"], "`stackctl stop` stops components"),
    (&["unpause", "resume"], "`stackctl start` starts components"),
    (&["events", "tail", "log"], "`stackctl logs --follow` follows the log lines of all components"),
    (
        &["reload", "update", "upgrade"],
        "`stackctl up` applies changed configuration, by a reload where the component can",
    ),
    (&["port", "ports", "open", "url"], "`stackctl endpoints` lists the address of every component"),
    (&["diff"], "`stackctl plan` shows what `stackctl up` would change"),
    (&["info"], "`stackctl doctor` checks this machine and its Docker daemon"),
    (&["alerts", "alert", "rules"], "`stackctl runbook` lists the alerts of this stack"),
];

/// An option that other tools have, the command it is used with, and how to do the same here.
const OPTIONS: &[(&str, &[&str], &str)] = &[
    (
        "up",
        &["-d", "--detach"],
        "`up` always returns when the components are ready; with `--no-wait` it does not wait",
    ),
    ("up", &["--build"], "`stackctl images build` builds images"),
    (
        "up",
        &["--force-recreate"],
        "`stackctl restart` restarts components; `stackctl up` recreates those that changed",
    ),
    ("up", &["--wait"], "`up` waits unless `--no-wait` is given"),
    ("up", &["--dry-run"], "`stackctl plan` shows the changes without making them"),
    ("up", &["-y", "--yes"], "`up` asks nothing, so there is nothing to confirm"),
    ("down", &["--remove-orphans"], "`down` removes everything that belongs to the stack"),
    ("down", &["-t"], "the time to stop is set per component"),
    ("logs", &["-n"], "`--tail N` prints the last N lines"),
    ("logs", &["--no-color"], "`--color never` prints without colors"),
    ("status", &["-a", "--all"], "`status` always lists all components"),
];

/// Replaces clap's tip where there is a better one. `line` is what was typed.
pub fn improve(mut error: clap::Error, line: &[String]) -> clap::Error {
    let tip = match error.kind() {
        ErrorKind::InvalidSubcommand => {
            text(&error, ContextKind::InvalidSubcommand).and_then(|word| command(&word))
        }
        ErrorKind::UnknownArgument => {
            text(&error, ContextKind::InvalidArg).and_then(|word| option(&word, line))
        }
        _ => None,
    };
    if error.kind() == ErrorKind::UnknownArgument && tip.is_none() {
        // "to pass '-x' as a value, use '-- -x'": no argument here begins with a dash.
        error.remove(ContextKind::Suggested);
    }
    if let Some(tip) = tip {
        error.remove(ContextKind::SuggestedSubcommand);
        error.remove(ContextKind::SuggestedArg);
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![StyledStr::from(tip)]));
    }
    error
}

fn text(error: &clap::Error, kind: ContextKind) -> Option<String> {
    match error.get(kind)? {
        ContextValue::String(text) => Some(text.clone()),
        _ => None,
    }
}

fn command(word: &str) -> Option<&'static str> {
    COMMANDS.iter().find(|(names, _)| names.contains(&word)).map(|(_, tip)| *tip)
}

fn option(word: &str, line: &[String]) -> Option<&'static str> {
    let name = word.split(['=', ' ']).next().unwrap_or(word);
    let typed = |command: &str| line.iter().any(|word| word == command);
    OPTIONS.iter().find(|(command, names, _)| typed(command) && names.contains(&name)).map(|(_, _, tip)| *tip)
}

#[cfg(test)]
mod tests {
    use super::{COMMANDS, OPTIONS};
    use crate::cli::{definition, parse};

    fn refused(line: &[&str]) -> String {
        let line: Vec<std::ffi::OsString> = line.iter().map(std::ffi::OsString::from).collect();
        parse(&line).unwrap_err().to_string()
    }

    #[test]
    fn words_of_other_tools_get_a_tip_that_fits() {
        assert!(refused(&["stackctl", "top"]).contains("docker stats"));
        assert!(!refused(&["stackctl", "top"]).contains("'stop'"));
        assert!(refused(&["stackctl", "up", "-d"]).contains("--no-wait"));
        assert!(!refused(&["stackctl", "up", "-x"]).contains("-- -x"));
        assert!(refused(&["stackctl", "up", "--no-wiat"]).contains("'--no-wait'"));
        assert!(refused(&["stackctl", "pull"]).contains("stackctl images"));
        assert!(refused(&["stackctl", "stauts"]).contains("'status'"));
    }

    #[test]
    fn no_word_with_a_tip_is_a_command_or_option_by_now() {
        let definition = definition();
        let known = |word: &str| definition.find_subcommand(word).is_some();
        for word in COMMANDS.iter().flat_map(|(words, _)| *words) {
            assert!(!known(word), "`{word}` is a command");
        }
        for (command, words, _) in OPTIONS {
            for word in *words {
                let line = ["stackctl", command, word].map(std::ffi::OsString::from);
                assert!(parse(&line).is_err(), "`{command} {word}` is an option");
            }
        }
    }
}
