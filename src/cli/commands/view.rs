use std::time::Duration;

use super::duration;
use crate::cli::complete;
use crate::cli::signals::stoppable;
use crate::kernel::Exit;
use crate::ops::{self, Error, Session, ViewOptions};
use crate::ui::Ui;

/// Show the dashboards in the terminal, with grafatui
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only these dashboards; each is a tab
    #[arg(value_name = "DASHBOARD", add = complete::dashboards())]
    dashboards: Vec<String>,
    /// Time range that ends now
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "3h")]
    range: Duration,
    /// Time between two points [default: by the range]
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    step: Option<Duration>,
    /// Value of a dashboard variable, such as instance=db:9100 [default: all]
    #[arg(long = "var", value_name = "NAME=VALUE", value_parser = variable)]
    variables: Vec<String>,
}

fn variable(text: &str) -> Result<String, String> {
    let named = text.split_once('=').is_some_and(|(name, _)| !name.is_empty());
    if named { Ok(text.to_owned()) } else { Err("write NAME=VALUE".to_owned()) }
}

/// Runs it.
pub async fn run(args: Args, session: &Session<'_>, ui: &Ui) -> Result<Exit, Error> {
    let options = ViewOptions {
        dashboards: args.dashboards,
        range: args.range,
        step: args.step,
        variables: args.variables,
    };
    stoppable((session, ui), |stop| ops::view(session, &options, stop)).await?;
    Ok(Exit::Ok)
}
