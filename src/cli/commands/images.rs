use std::path::PathBuf;

use clap::{Subcommand, ValueHint};

use crate::cli::complete;
use crate::kernel::Exit;
use crate::ops::images::{self, BuildOptions};
use crate::ops::{Error, Session};
use crate::ui::Ui;

/// List, pull, build, save and load the images of the stack
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List the images the stack needs and those that are here [default]
    List,
    /// Pull all images again; build what no registry has
    Pull {
        /// Only these components
        #[arg(value_name = "COMPONENT", add = complete::components())]
        components: Vec<String>,
    },
    /// Build images from Debian packages
    Build {
        /// Only these components
        #[arg(value_name = "COMPONENT", add = complete::components())]
        components: Vec<String>,
        /// Suite of the archive [default: `images.debian_suite`, else trixie]
        #[arg(long)]
        suite: Option<String>,
        /// Accept an archive whose Release file has expired; its packages may lack security fixes
        #[arg(long)]
        accept_expired: bool,
    },
    /// Use images with stackctl's names that were built or loaded without it
    Adopt {
        /// Only these components
        #[arg(value_name = "COMPONENT", add = complete::components())]
        components: Vec<String>,
    },
    /// Write the images of the stack to one archive, for a machine without a registry
    Save {
        /// Archive to write
        #[arg(id = "archive", value_name = "FILE", value_hint = ValueHint::FilePath)]
        file: PathBuf,
        /// Overwrite an existing file
        #[arg(long)]
        force: bool,
    },
    /// Load the images of an archive and list their names and ids
    Load {
        /// Archive to read
        #[arg(id = "archive", value_name = "FILE", value_hint = ValueHint::FilePath)]
        file: PathBuf,
        /// Give names that other images have here to those of the archive
        #[arg(long)]
        replace: bool,
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
        Action::Adopt { components } => {
            let adopted = images::adopt(session, &components).await?;
            let names = if adopted.is_empty() { "nothing".to_owned() } else { adopted.join(", ") };
            ui.text(&format!("adopted {names}\n"));
            return Ok(Exit::Ok);
        }
        Action::Save { file, force } => {
            ui.report(&images::save(session, &file, force).await?);
            return Ok(Exit::Ok);
        }
        Action::Load { file, replace } => {
            ui.report(&images::load_archive(session, &file, replace).await?);
            return Ok(Exit::Ok);
        }
    };
    ui.report(&report);
    let failed = report.images.iter().any(|row| row.reason.is_some());
    Ok(if failed { Exit::Environment } else { Exit::Ok })
}
