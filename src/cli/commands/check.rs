use crate::kernel::{Exit, diagnostic};
use crate::ops::{self, Error, Judges, Session};
use crate::ui::Ui;

/// Validate every file and print all findings at once
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Skip the validators in the images (promtool, amtool)
    #[arg(long)]
    offline: bool,
}

/// Runs it.
pub async fn run(args: &Args, session: &Session<'_>, ui: &Ui) -> Result<Exit, Error> {
    let report = ops::check(session, if args.offline { Judges::Offline } else { Judges::Ask }).await?;
    ui.report(&report);
    Ok(match &report.not_validated {
        _ if diagnostic::any_error(&report.diagnostics) => Exit::Findings,
        Some(_) => Exit::Environment,
        None => Exit::Ok,
    })
}
