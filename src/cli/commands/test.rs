use crate::cli::complete;
use crate::kernel::Exit;
use crate::ops::{self, Error, Session};
use crate::ui::Ui;

/// Run the unit tests of every rendered rule with promtool
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only these alerts, recording rules or rule files
    #[arg(value_name = "ALERT|FILE", add = complete::rules())]
    wanted: Vec<String>,
}

/// Runs it.
pub async fn run(args: &Args, session: &Session<'_>, ui: &Ui) -> Result<Exit, Error> {
    let report = ops::rule_tests(session, &args.wanted).await?;
    ui.report(&report);
    Ok(if report.passed { Exit::Ok } else { Exit::Findings })
}
