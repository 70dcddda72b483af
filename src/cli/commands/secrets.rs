use clap::Subcommand;

use crate::kernel::Exit;
use crate::ops::{self, Error, Session};
use crate::ui::Ui;

/// Secrets of the stack: where they are, their values, new ones
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Where they are, never what they are [default]
    List,
    /// Print one
    Show {
        /// `component/name`, or the name alone
        name: String,
    },
    /// Make a new one, and change it where it is used
    Rotate {
        /// `component/name`, or the name alone
        name: String,
    },
}

/// Runs it.
pub async fn run(args: Args, session: &Session<'_>, ui: &Ui) -> Result<Exit, Error> {
    match args.action.unwrap_or(Action::List) {
        Action::List => ui.report(&ops::secrets(session)?),
        Action::Show { name } => ui.text(&format!("{}\n", ops::show(session, &name)?)),
        Action::Rotate { name } => {
            let path = ops::rotate(session, &name).await?;
            ui.text(&format!("rotated {name}; the new one is in {path}\n"));
        }
    }
    Ok(Exit::Ok)
}
