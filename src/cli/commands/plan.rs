use crate::kernel::Exit;
use crate::ops::{self, Error, Session};
use crate::ui::Ui;

/// Say what `up` would do, each step with its cause
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only these components and what they need
    #[arg(value_name = "COMPONENT")]
    components: Vec<String>,
    /// Exit with 1 when there is something to do
    #[arg(long)]
    detailed_exitcode: bool,
}

/// Runs it.
pub async fn run(args: &Args, session: &Session<'_>, ui: &Ui) -> Result<Exit, Error> {
    let report = ops::plan(session, &args.components).await?;
    ui.report(&report);
    Ok(if args.detailed_exitcode && !report.up_to_date { Exit::Findings } else { Exit::Ok })
}
