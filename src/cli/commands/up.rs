use std::time::Duration;

use clap::ValueEnum;

use super::duration;
use crate::cli::complete;
use crate::cli::signals::stoppable;
use crate::kernel::Exit;
use crate::ops::{self, Error, PullPolicy, Session};
use crate::ui::Ui;

/// Create or update the stack and wait until it is ready
#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub struct Args {
    /// Only these components and what they need
    #[arg(value_name = "COMPONENT", add = complete::components())]
    components: Vec<String>,
    /// Do not wait until the components are ready
    #[arg(long)]
    no_wait: bool,
    /// Time each component may take to become ready [default: set per component]
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    timeout: Option<Duration>,
    /// When to pull images: those that are not here, all of them, or none
    #[arg(long, value_enum, default_value = "missing")]
    pull: PullArg,
    /// Remove containers of components that are no longer in the stack
    #[arg(long)]
    remove_orphans: bool,
    /// Exit 0 although components without an image are left out
    #[arg(long)]
    skip_unavailable: bool,
    /// Take over a stack that was started from another directory or machine
    #[arg(long)]
    adopt: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum PullArg {
    Missing,
    Always,
    Never,
}

/// Runs it.
pub async fn run(args: Args, session: &Session<'_>, ui: &Ui) -> Result<Exit, Error> {
    let options = ops::UpOptions {
        components: args.components,
        wait: !args.no_wait,
        timeout: args.timeout,
        pull: match args.pull {
            PullArg::Missing => PullPolicy::Missing,
            PullArg::Always => PullPolicy::Always,
            PullArg::Never => PullPolicy::Never,
        },
        remove_orphans: args.remove_orphans,
        adopt: args.adopt,
        skip_unavailable: args.skip_unavailable,
    };
    let mut report = stoppable((session, ui), |stop| ops::up(session, &options, stop)).await?;
    report.skip_unavailable = args.skip_unavailable;
    ui.report(&report);
    let missing =
        if report.unavailable.is_empty() || args.skip_unavailable { Exit::Ok } else { Exit::Environment };
    Ok(missing.or(if report.unproven.is_empty() { Exit::Ok } else { Exit::Findings }))
}
