use clap::Subcommand;

use crate::cli::complete;
use crate::kernel::Exit;
use crate::ops::{self, Error, Session};
use crate::ui::Ui;

/// List, show and rotate the secrets of the stack
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List the secrets and their files, without values [default]
    List,
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
        Action::Show { name } => ui.text(&format!("{}\n", ops::show(session, &name).await?)),
        Action::Rotate { name } => {
            let path = ops::rotate(session, &name).await?;
            ui.text(&format!("rotated {name}; the new one is in {path}\n"));
        }
    }
    Ok(Exit::Ok)
}
