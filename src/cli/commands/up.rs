use std::time::Duration;

use clap::ValueEnum;

use super::duration;
use crate::cli::signals::stoppable;
use crate::kernel::Exit;
use crate::ops::{self, Error, PullPolicy, Session};
use crate::ui::Ui;

/// Make it so: images, networks, volumes, files, containers; then wait and prove
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only these components and what they need
    #[arg(value_name = "COMPONENT")]
    components: Vec<String>,
    /// Do not wait until everything is ready
    #[arg(long)]
    no_wait: bool,
    /// How long each component may take to be ready [default: as the component needs]
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    timeout: Option<Duration>,
    /// When the registry is asked for images
    #[arg(long, value_enum, default_value = "missing")]
    pull: PullArg,
    /// Remove containers of components that are no longer in the stack
    #[arg(long)]
    remove_orphans: bool,
    /// Succeed although components are left out because their image cannot be had
    #[arg(long)]
    skip_unavailable: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum PullArg {
    /// When no usable image is there
    Missing,
    /// Always
    Always,
    /// Never
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
    };
    let report = stoppable(ui, |stop| ops::up(session, &options, stop)).await?;
    ui.report(&report);
    let missing =
        if report.unavailable.is_empty() || args.skip_unavailable { Exit::Ok } else { Exit::Environment };
    Ok(missing.or(if report.unproven.is_empty() { Exit::Ok } else { Exit::Findings }))
}
