use crate::cli::complete;
use crate::kernel::Exit;
use crate::ops::{self, Error, Session};
use crate::ui::Ui;

/// Show the changes `up` would make, each with its reason
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only these components and what they need
    #[arg(value_name = "COMPONENT", add = complete::components())]
    components: Vec<String>,
    /// Leave out components whose image is not available
    #[arg(long)]
    skip_unavailable: bool,
    /// Exit 1 when there are changes
    #[arg(long)]
    detailed_exitcode: bool,
}

/// Runs it.
pub async fn run(args: &Args, session: &Session<'_>, ui: &Ui) -> Result<Exit, Error> {
    let report = ops::plan(session, &args.components, args.skip_unavailable).await?;
    ui.report(&report);
    Ok(if args.detailed_exitcode && !report.up_to_date { Exit::Findings } else { Exit::Ok })
}
