//! Options that every command has.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgAction, Args, ValueEnum, ValueHint};

use super::complete;
use crate::engine::Wish;
use crate::kernel::{Ledger, text};
use crate::ops::Global;
use crate::ui::{Color, Format, Verbosity};

/// Longest value of an option that commands in messages repeat, in bytes.
const LONGEST: usize = 200;

/// Options that every command has.
#[derive(Debug, Args)]
pub struct GlobalArgs {
    /// Stack file [default: stack.yml or stack.yaml here or above, else the built-in stack]
    #[arg(long, short, global = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    file: Option<PathBuf>,
    /// Name of the stack, instead of `name` in the stack file
    #[arg(long, global = true, value_name = "NAME")]
    project: Option<String>,
    /// Use the built-in stack; needed to change or remove it where no stack file is found
    #[arg(long, global = true, conflicts_with = "file")]
    default: bool,
    /// Address of the Docker daemon: unix://, tcp:// or ssh://
    #[arg(long, global = true, value_name = "URL")]
    host: Option<String>,
    /// Docker context of the daemon
    #[arg(long, global = true, value_name = "NAME", conflicts_with = "host", add = complete::contexts())]
    context: Option<String>,
    /// Time to wait while another run has the lock [default: 0s]
    #[arg(long, global = true, value_name = "DURATION", value_parser = super::commands::duration)]
    lock_timeout: Option<Duration>,
    /// Format of reports
    #[arg(long, global = true, value_enum, default_value = "human")]
    format: FormatArg,
    /// When to use colors
    #[arg(long, global = true, value_enum, default_value = "auto")]
    color: ColorArg,
    /// Print errors only
    #[arg(long, short, global = true, conflicts_with = "verbose")]
    quiet: bool,
    /// Print every step
    #[arg(long, short, global = true)]
    verbose: bool,
    /// Print help
    #[arg(long, short, global = true, action = ArgAction::Help)]
    help: Option<bool>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum FormatArg {
    Human,
    Json,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ColorArg {
    Auto,
    Always,
    Never,
}

impl GlobalArgs {
    /// How reports are printed.
    pub fn format(&self) -> Format {
        match self.format {
            FormatArg::Human => Format::Human,
            FormatArg::Json => Format::Json,
        }
    }

    /// When colours are used.
    pub fn color(&self) -> Color {
        match self.color {
            ColorArg::Auto => Color::Auto,
            ColorArg::Always => Color::Always,
            ColorArg::Never => Color::Never,
        }
    }

    /// How much is said.
    pub fn verbosity(&self) -> Verbosity {
        match (self.quiet, self.verbose) {
            (true, _) => Verbosity::Quiet,
            (false, true) => Verbosity::Verbose,
            (false, false) => Verbosity::Normal,
        }
    }

    /// The options that name the stack and the daemon, as they are typed.
    pub fn address(&self) -> String {
        let file = self.file.as_ref().map(|path| ("-f", path.display().to_string()));
        let named = |name: &'static str, value: &Option<String>| value.clone().map(|value| (name, value));
        let options = [
            file,
            named("--project", &self.project),
            named("--host", &self.host),
            named("--context", &self.context),
        ];
        let word = |value: String| {
            let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@=+,".contains(c);
            if value.chars().all(plain) { value } else { format!("'{}'", value.replace('\'', "'\\''")) }
        };
        // A value of kilobytes is a mistake; repeated in every command it would bury the message.
        let options = options.into_iter().flatten().filter(|(_, value)| value.len() <= LONGEST);
        let words = options.map(|(name, value)| format!("{name} {}", word(value)));
        let default = self.default.then(|| "--default".to_owned());
        text::printable(&words.chain(default).collect::<Vec<_>>().join(" "))
    }

    /// The same for the stories.
    pub fn ops(self, environment: BTreeMap<String, String>, command: String) -> Global {
        Global {
            file: self.file,
            project: self.project,
            default: self.default,
            wish: Wish { host: self.host, context: self.context },
            environment,
            command,
            lock_timeout: self.lock_timeout.unwrap_or_default(),
            ledger: Ledger::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use crate::cli::{Cli, definition};

    fn file(arguments: &[&str]) -> Option<String> {
        let cli = Cli::try_parse_from([&["stackctl"], arguments].concat()).unwrap();
        cli.global.file.map(|path| path.display().to_string())
    }

    #[test]
    fn the_stack_file_is_named_before_or_behind_the_command() {
        definition().debug_assert();
        let ways: [&[&str]; 7] = [
            &["-f", "x.yml", "check"],
            &["check", "-f", "x.yml"],
            &["status", "--file", "x.yml"],
            &["images", "build", "-f", "x.yml"],
            &["-f", "x.yml", "logs"],
            &["logs", "--file", "x.yml"],
            &["--file", "x.yml", "logs", "-f"],
        ];
        for way in ways {
            assert_eq!(file(way).as_deref(), Some("x.yml"), "{way:?}");
        }
    }

    #[test]
    fn behind_logs_f_means_follow() {
        assert_eq!(file(&["logs", "-f"]), None);
        assert_eq!(file(&["logs", "-f", "prometheus"]), None);
    }
}
