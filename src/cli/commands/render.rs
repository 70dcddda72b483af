use std::path::PathBuf;

use crate::kernel::Exit;
use crate::ops::{self, Error, RenderVersions, Session};
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
    /// Render for this version of Prometheus, or of COMPONENT, instead of those of the images
    #[arg(long = "for", value_name = "[COMPONENT=]VERSION", conflicts_with_all = ["offline", "eject"])]
    versions: Vec<String>,
    /// Render for the declared versions, without a look at the images
    #[arg(long)]
    offline: bool,
}

impl Args {
    fn versions(&self) -> RenderVersions {
        match (self.versions.as_slice(), self.offline) {
            ([], false) => RenderVersions::Images,
            ([], true) => RenderVersions::Declared,
            (given, _) => RenderVersions::given(given),
        }
    }
}

/// Runs it.
pub async fn run(args: &Args, session: &Session<'_>, ui: &Ui) -> Result<Exit, Error> {
    let report = match &args.eject {
        Some(directory) => ops::eject(directory)?,
        None => ops::render(session, &args.versions(), args.out.as_deref()).await?,
    };
    ui.report(&report);
    Ok(Exit::Ok)
}
