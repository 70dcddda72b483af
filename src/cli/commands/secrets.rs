use clap::Subcommand;

use crate::cli::complete;
use crate::kernel::Exit;
use crate::ops::{self, Error, Session};
use crate::ui::Ui;

/// List, write, show and rotate the secrets of the stack
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List the secrets and their files, without values [default]
    List,
    /// Write the missing secret files of stack.yml: ask for each on the terminal
    Init {
        /// Generate the secrets that only this stack needs to know
        #[arg(long)]
        generate: bool,
    },
    /// Print the value of a secret
    Show {
        /// `component/name`, or the name alone
        #[arg(add = complete::secrets())]
        name: String,
    },
    /// Generate a new value and change it where it is used
    Rotate {
        /// `component/name`, or the name alone
        #[arg(add = complete::secrets())]
        name: String,
    },
}

/// Runs it.
pub async fn run(args: Args, session: &Session<'_>, ui: &Ui) -> Result<Exit, Error> {
    match args.action.unwrap_or(Action::List) {
        Action::List => ui.report(&ops::secrets(session)?),
        Action::Init { generate } => {
            let report = ops::init_secrets(session, ui, generate)?;
            ui.report(&report);
            return Ok(if report.missing.is_empty() { Exit::Ok } else { Exit::Findings });
        }
        Action::Show { name } => ui.report(&ops::show(session, &name).await?),
        Action::Rotate { name } => ui.report(&ops::rotate(session, &name).await?),
    }
    Ok(Exit::Ok)
}
