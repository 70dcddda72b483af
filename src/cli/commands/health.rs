use std::time::Duration;

use super::duration;
use crate::kernel::Exit;
use crate::ops::{self, Error, Session};
use crate::ui::Ui;

/// Ask every component at once whether it does its work
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only these components
    #[arg(value_name = "COMPONENT")]
    components: Vec<String>,
    /// Ask again and again until Ctrl-C
    #[arg(long)]
    watch: bool,
    /// Time between two looks with --watch
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "2s")]
    interval: Duration,
}

/// Runs it.
pub async fn run(args: &Args, session: &Session<'_>, ui: &Ui) -> Result<Exit, Error> {
    loop {
        let report = ops::health(session, &args.components).await?;
        if args.watch {
            ui.clear();
        }
        ui.report(&report);
        let exit = if report.status == "healthy" { Exit::Ok } else { Exit::Findings };
        if !args.watch {
            return Ok(exit);
        }
        tokio::select! {
            () = tokio::time::sleep(args.interval) => {}
            _ = tokio::signal::ctrl_c() => return Ok(exit),
        }
    }
}
