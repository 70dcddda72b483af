use crate::cli::complete;
use crate::kernel::Exit;
use crate::ops::{self, Error, Session};
use crate::ui::Ui;

/// Print the runbook of an alert, with its rule in this stack
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Name of the alert, in any case; without it the alerts are listed
    #[arg(add = complete::alerts())]
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
