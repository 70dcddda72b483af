use std::time::Duration;

use super::duration;
use crate::cli::complete;
use crate::cli::signals::stoppable;
use crate::kernel::Exit;
use crate::ops::{self, Error, Session};
use crate::reconcile::Verb;
use crate::ui::Ui;

/// Start, stop or restart containers that are there
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only these components
    #[arg(value_name = "COMPONENT", add = complete::components())]
    components: Vec<String>,
    /// Time each component may take to become ready [default: set per component]
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    timeout: Option<Duration>,
    /// Take over a stack that was started from another directory or machine
    #[arg(long)]
    adopt: bool,
}

/// Runs it.
pub async fn run(args: &Args, verb: Verb, session: &Session<'_>, ui: &Ui) -> Result<Exit, Error> {
    let options = ops::LifecycleOptions { timeout: args.timeout, adopt: args.adopt };
    let report =
        stoppable((session, ui), |stop| ops::lifecycle(session, verb, &args.components, options, stop))
            .await?;
    ui.report(&report);
    Ok(Exit::Ok)
}
