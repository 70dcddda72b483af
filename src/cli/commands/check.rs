use crate::kernel::{Exit, diagnostic};
use crate::ops::{self, Error, Judges, Session};
use crate::ui::Ui;

/// Find everything that is wrong with the files, all at once
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Do not ask promtool, amtool and the like in the images
    #[arg(long)]
    offline: bool,
}

/// Runs it.
pub async fn run(args: &Args, session: &Session<'_>, ui: &Ui) -> Result<Exit, Error> {
    let report = ops::check(session, if args.offline { Judges::Offline } else { Judges::Ask }).await?;
    ui.report(&report);
    Ok(if diagnostic::any_error(&report.diagnostics) { Exit::Findings } else { Exit::Ok })
}
