use std::path::PathBuf;

use clap::Subcommand;

use crate::kernel::Exit;
use crate::ops::images::{self, BuildOptions};
use crate::ops::{Error, Session};
use crate::ui::Ui;

/// Images for machines with a registry, a mirror, a Debian archive, or nothing
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// What the stack needs and what is there [default]
    List,
    /// Ask the registry, also for what is there; build what no registry gives
    Pull { components: Vec<String> },
    /// Build from Debian packages
    Build {
        components: Vec<String>,
        /// Suite of the archive [default: `images.debian_suite`, else trixie]
        #[arg(long)]
        suite: Option<String>,
        /// Take an archive whose Release file has expired: its packages may lack security fixes
        #[arg(long)]
        accept_expired: bool,
    },
    /// Write the images of the stack to one archive, for a machine that reaches nothing
    Save {
        #[arg(id = "archive", value_name = "FILE")]
        file: PathBuf,
        /// Overwrite
        #[arg(long)]
        force: bool,
    },
    /// Load such an archive
    Load {
        #[arg(id = "archive", value_name = "FILE")]
        file: PathBuf,
    },
}

/// Runs it.
pub async fn run(args: Args, session: &Session<'_>, ui: &Ui) -> Result<Exit, Error> {
    let report = match args.action.unwrap_or(Action::List) {
        Action::List => {
            // Saying what is missing is the answer, not a failure.
            ui.report(&images::list(session).await?);
            return Ok(Exit::Ok);
        }
        Action::Pull { components } => images::pull_all(session, &components).await?,
        Action::Build { components, suite, accept_expired } => {
            images::build_all(session, &BuildOptions { components, suite, accept_expired }).await?
        }
        Action::Save { file, force } => {
            let saved = images::save(session, &file, force).await?;
            ui.text(&format!("wrote {} to {}\n", saved.join(", "), file.display()));
            return Ok(Exit::Ok);
        }
        Action::Load { file } => {
            ui.text(&format!("{}\n", images::load_archive(session, &file).await?.join("\n")));
            return Ok(Exit::Ok);
        }
    };
    ui.report(&report);
    let failed = report.images.iter().any(|row| row.reason.is_some());
    Ok(if failed { Exit::Environment } else { Exit::Ok })
}
