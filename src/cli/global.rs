//! Options that every command has.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::engine::Wish;
use crate::ops::Global;
use crate::ui::{Color, Format, Verbosity};

/// Options that every command has.
#[derive(Debug, Args)]
pub struct GlobalArgs {
    /// The stack file, also as -f before the command [default: ./stack.yml, else the built-in default stack]
    #[arg(long, global = true, value_name = "FILE")]
    file: Option<PathBuf>,
    /// `-f` before the command only: after it, `logs -f` means follow, as with other tools.
    #[arg(short = 'f', value_name = "FILE", hide = true)]
    file_short: Option<PathBuf>,
    /// Name of the stack, instead of `name` in the stack file
    #[arg(long, global = true, value_name = "NAME")]
    project: Option<String>,
    /// Address of the Docker daemon: unix://, tcp:// or ssh://
    #[arg(long, global = true, value_name = "URL")]
    host: Option<String>,
    /// Docker context
    #[arg(long, global = true, value_name = "NAME", conflicts_with = "host")]
    context: Option<String>,
    /// How reports are printed
    #[arg(long, global = true, value_enum, default_value = "human")]
    format: FormatArg,
    /// When colours are used
    #[arg(long, global = true, value_enum, default_value = "auto")]
    color: ColorArg,
    /// Say errors only
    #[arg(long, short, global = true, conflicts_with = "verbose")]
    quiet: bool,
    /// Say every step
    #[arg(long, short, global = true)]
    verbose: bool,
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

    /// The same for the stories.
    pub fn ops(self, environment: BTreeMap<String, String>, command: String) -> Global {
        Global {
            file: self.file.or(self.file_short),
            project: self.project,
            wish: Wish { host: self.host, context: self.context },
            environment,
            command,
        }
    }
}
