//! What `--help` shows besides the arguments: examples, and the global options under a heading of their own.

use crate::kernel::Exit;

/// The heading of the options that every command has.
const GLOBAL: &str = "Global options";

/// Command lines that people type, by command. Held to the definition by a test.
const EXAMPLES: &[(&str, &[(&str, &str)])] = &[
    (
        "init",
        &[
            ("stackctl init", "write a commented stack.yml here"),
            ("stackctl init --preset list", "list the presets"),
            ("stackctl init --preset sentrascan", "start from a preset"),
        ],
    ),
    (
        "catalog",
        &[
            ("stackctl catalog", "list the components"),
            ("stackctl catalog components postgres", "settings of one component"),
            ("stackctl catalog receivers slack", "settings of one receiver type"),
        ],
    ),
    (
        "render",
        &[
            ("stackctl render", "print every file"),
            ("stackctl render --out build", "write them to a directory"),
            ("stackctl render --eject .", "copy the shipped templates, rules and dashboards to change them"),
        ],
    ),
    (
        "check",
        &[
            ("stackctl check", "validate the files, also with promtool and amtool"),
            ("stackctl check --offline --format json", "in CI, without Docker"),
        ],
    ),
    (
        "test",
        &[("stackctl test", "run all unit tests"), ("stackctl test TargetDown", "only those of one alert")],
    ),
    (
        "plan",
        &[
            ("stackctl plan", "show what `up` would change"),
            ("stackctl plan --detailed-exitcode", "exit 1 when there are changes"),
        ],
    ),
    (
        "up",
        &[
            ("stackctl up", "create or update the whole stack"),
            ("stackctl up grafana", "only Grafana and what it needs"),
            ("stackctl up --skip-unavailable", "leave out components without an image"),
        ],
    ),
    (
        "down",
        &[
            ("stackctl down", "remove containers and network, keep the data"),
            ("stackctl down --volumes --yes", "delete the data too"),
        ],
    ),
    ("start", &[("stackctl start grafana", "start one component")]),
    ("stop", &[("stackctl stop grafana", "stop one component")]),
    ("restart", &[("stackctl restart prometheus", "restart one component")]),
    ("status", &[("stackctl status --format json", "for scripts")]),
    (
        "health",
        &[
            ("stackctl health", "probe once; exit 1 when something is unhealthy"),
            ("stackctl health --watch --interval 5s", "repeat until Ctrl-C"),
        ],
    ),
    (
        "logs",
        &[
            ("stackctl logs prometheus --tail 50", "the last 50 lines of one component"),
            ("stackctl logs -f --level warn", "follow warnings and errors of all components"),
            ("stackctl logs --since 10m --grep 'permission denied'", "search the last 10 minutes"),
        ],
    ),
    ("endpoints", &[("stackctl endpoints --show-secrets", "with the passwords")]),
    (
        "runbook",
        &[
            ("stackctl runbook", "list the alerts of this stack"),
            ("stackctl runbook TargetDown", "what to do about one alert"),
        ],
    ),
    ("view", &[("stackctl view host --range 6h", "one dashboard, the last 6 hours")]),
    (
        "images",
        &[
            ("stackctl images", "list the images of the stack"),
            ("stackctl images save stack.tar", "pack them for a machine without a registry"),
            ("stackctl images load stack.tar", "load them there"),
        ],
    ),
    (
        "doctor",
        &[
            ("stackctl doctor", "check this machine"),
            ("stackctl doctor --fix", "fix what can be fixed, after asking"),
        ],
    ),
    (
        "secrets",
        &[
            ("stackctl secrets", "list the secrets and their files"),
            ("stackctl secrets show grafana/admin_password", "print one"),
        ],
    ),
    ("schema", &[("stackctl schema > stack.schema.json", "for an editor with YAML support")]),
    (
        "completions",
        &[
            ("source <(stackctl completions bash)", "in ~/.bashrc"),
            ("source <(stackctl completions zsh)", "in ~/.zshrc"),
            ("stackctl completions fish | source", "in ~/.config/fish/config.fish"),
        ],
    ),
    (
        "man",
        &[
            ("stackctl man | man -l -", "read the page of stackctl"),
            ("stackctl man up | man -l -", "read the page of one command"),
            ("stackctl man --out ~/.local/share/man/man1", "write all pages"),
        ],
    ),
];

/// The definition with what is the same for every command.
pub fn furnish(command: clap::Command) -> clap::Command {
    let command = command.mut_args(|arg| if arg.is_global_set() { arg.help_heading(GLOBAL) } else { arg });
    let command = command.mut_subcommands(furnish);
    match examples(command.get_name()) {
        Some(text) => command.after_help(text),
        None => command,
    }
}

fn examples(command: &str) -> Option<String> {
    let (_, lines) = EXAMPLES.iter().find(|(name, _)| *name == command)?;
    let width = lines.iter().map(|(line, _)| line.len()).max().unwrap_or(0);
    let row = |(line, what): &(&str, &str)| format!("\n  {line:width$}  {what}");
    // Two columns where they fit into 80, else the explanation below.
    let fits = lines.iter().all(|(_, what)| width + what.len() + 4 <= 80);
    let below = |(line, what): &(&str, &str)| format!("\n  {line}\n      {what}");
    let text: String = if fits { lines.iter().map(row).collect() } else { lines.iter().map(below).collect() };
    Some(format!("Examples:{text}"))
}

/// The table of exit codes, which ends the help of stackctl itself.
pub fn exit_codes() -> String {
    let lines = Exit::ALL.iter().map(|exit| format!("  {:>3}  {}", exit.code(), exit.meaning()));
    format!("Exit codes:\n{}", lines.collect::<Vec<_>>().join("\n"))
}

#[cfg(test)]
mod tests {
    use super::EXAMPLES;
    use crate::cli::definition;

    #[test]
    fn every_example_parses_and_every_command_has_one() {
        let commands: Vec<String> =
            definition().get_subcommands().map(|command| command.get_name().to_owned()).collect();
        for command in commands.iter().filter(|name| *name != "help") {
            assert!(EXAMPLES.iter().any(|(name, _)| name == command), "no example for `{command}`");
        }
        for (command, lines) in EXAMPLES {
            for (line, _) in *lines {
                let from = line.find("stackctl").unwrap();
                let own = line[from..].split([')', '|', '>']).next().unwrap();
                let words = own.split_whitespace().map(|word| word.trim_matches('\''));
                // A quoted expression is one word to the shell and two here; the second is not a component.
                let words: Vec<&str> = words.filter(|word| *word != "denied").collect();
                assert_eq!(words.get(1), Some(command), "{line}");
                definition()
                    .try_get_matches_from(&words)
                    .map_err(|error| format!("{line}: {error}"))
                    .unwrap();
            }
        }
    }

    #[test]
    fn global_options_are_apart_in_every_command_and_the_layout_is_the_same() {
        for command in definition().get_subcommands().filter(|command| command.get_name() != "help") {
            let name = command.get_name().to_owned();
            let shown = |flag: &str| {
                definition().try_get_matches_from(["stackctl", &name, flag]).unwrap_err().to_string()
            };
            let (short, long) = (shown("-h"), shown("--help"));
            assert_eq!(short, long, "{name}");
            let (own, global) = long.split_once("Global options:").unwrap();
            for option in ["--project", "--host", "--format", "--quiet", "--help"] {
                assert!(!own.contains(option) && global.contains(option), "{name}: {option}");
            }
            assert!(long.contains("Examples:"), "{long}");
            let about = command.get_about().unwrap().to_string();
            assert!(about.chars().count() <= 65, "wraps at 80 columns in the list: {about}");
        }
    }
}
