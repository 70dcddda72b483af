use crate::kernel::Exit;
use crate::ops::{self, Error, Session};
use crate::ui::Ui;

/// Show state, version, uptime and drift of every component
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Exit 0 although components without an image are not there
    #[arg(long)]
    skip_unavailable: bool,
}

/// Runs it.
pub async fn run(args: &Args, session: &Session<'_>, ui: &Ui) -> Result<Exit, Error> {
    let report = ops::status(session, args.skip_unavailable).await?;
    ui.report(&report);
    Ok(if report.is_well() { Exit::Ok } else { Exit::Findings })
}
