use std::path::PathBuf;

use crate::kernel::Exit;
use crate::ops::{self, Error, Session};
use crate::ui::Ui;

/// Print or write every rendered file
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Directory to write to, instead of standard output
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Write the shipped templates, rules and dashboards to DIR instead, to change them beside stack.yml
    #[arg(long, value_name = "DIR", conflicts_with = "out")]
    eject: Option<PathBuf>,
}

/// Runs it.
pub fn run(args: &Args, session: &Session<'_>, ui: &Ui) -> Result<Exit, Error> {
    let report = match &args.eject {
        Some(directory) => ops::eject(directory)?,
        None => ops::render(session, args.out.as_deref())?,
    };
    ui.report(&report);
    Ok(Exit::Ok)
}
