use crate::cli::signals::stoppable;
use crate::kernel::Exit;
use crate::ops::{self, DownOptions, Error, Session};
use crate::ui::Ui;

/// Remove containers and network, keep the data
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Delete the data too; requires --yes
    #[arg(long)]
    volumes: bool,
    /// Confirm the deletion
    #[arg(long)]
    yes: bool,
    /// Take over a stack that was started from another directory or machine
    #[arg(long)]
    adopt: bool,
}

/// Runs it.
pub async fn run(args: &Args, session: &Session<'_>, ui: &Ui) -> Result<Exit, Error> {
    let options = DownOptions { volumes: args.volumes, yes: args.yes, adopt: args.adopt };
    let report = stoppable((session, ui), |stop| ops::down(session, options, stop)).await?;
    ui.report(&report);
    Ok(Exit::Ok)
}
