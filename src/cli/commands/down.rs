use crate::cli::signals::stoppable;
use crate::kernel::Exit;
use crate::ops::{self, DownOptions, Error, Session};
use crate::ui::Ui;

/// Remove containers and network; the data stays
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Delete the data as well; needs --yes
    #[arg(long)]
    volumes: bool,
    /// Confirm
    #[arg(long)]
    yes: bool,
}

/// Runs it.
pub async fn run(args: &Args, session: &Session<'_>, ui: &Ui) -> Result<Exit, Error> {
    let options = DownOptions { volumes: args.volumes, yes: args.yes };
    let report = stoppable(ui, |stop| ops::down(session, options, stop)).await?;
    ui.report(&report);
    Ok(Exit::Ok)
}
