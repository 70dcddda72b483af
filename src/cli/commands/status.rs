use crate::kernel::Exit;
use crate::ops::{self, Error, Session};
use crate::ui::Ui;

/// Show state, version, uptime and drift of every component
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs it.
pub async fn run(_: &Args, session: &Session<'_>, ui: &Ui) -> Result<Exit, Error> {
    let report = ops::status(session).await?;
    ui.report(&report);
    Ok(if report.is_well() { Exit::Ok } else { Exit::Findings })
}
