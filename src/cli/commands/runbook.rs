use crate::kernel::Exit;
use crate::ops::{self, Error, Session};
use crate::ui::Ui;

/// What to do about an alert, with its rule as it is in this stack
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The alert, in whatever case; without it the alerts are listed
    alert: Option<String>,
    /// List the alerts of this stack
    #[arg(long, conflicts_with = "alert")]
    list: bool,
}

/// Runs it.
pub fn run(args: &Args, session: &Session<'_>, ui: &Ui) -> Result<Exit, Error> {
    match &args.alert {
        Some(alert) => ui.report(&ops::runbook(session, alert)?),
        None => ui.report(&ops::alerts(session)?),
    }
    Ok(Exit::Ok)
}
