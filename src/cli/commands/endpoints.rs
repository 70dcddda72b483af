use crate::kernel::Exit;
use crate::ops::{self, Error, Secrets, Session};
use crate::ui::Ui;

/// List URLs and where their credentials are
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Show passwords
    #[arg(long)]
    show_secrets: bool,
}

/// Runs it.
pub async fn run(args: &Args, session: &Session<'_>, ui: &Ui) -> Result<Exit, Error> {
    let report =
        ops::endpoints(session, if args.show_secrets { Secrets::Show } else { Secrets::Hide }).await?;
    ui.report(&report);
    Ok(Exit::Ok)
}
