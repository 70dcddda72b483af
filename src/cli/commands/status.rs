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
    let well = |row: &crate::model::report::StatusRow| {
        row.problem.is_none() && row.drift.is_none() && row.state == "running"
    };
    Ok(if report.components.iter().all(well) { Exit::Ok } else { Exit::Findings })
}
