//! The only ears: one thin file per command. Arguments become options, one story runs, its report is printed.

mod commands;
mod complete;
mod global;
mod help;
mod refusal;
mod signals;
mod tips;

use std::collections::BTreeMap;

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use crate::kernel::Exit;
use crate::model::report::Failure;
use crate::ops::{Error, Session};
use crate::ui::Ui;

pub use global::GlobalArgs;

/// Renders, runs and proves a Prometheus monitoring stack.
#[derive(Debug, Parser)]
#[command(name = "stackctl", version, max_term_width = 100, disable_help_flag = true, after_help = help::exit_codes())]
pub struct Cli {
    #[command(flatten)]
    global: GlobalArgs,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Init(commands::init::Args),
    Catalog(commands::catalog::Args),
    Render(commands::render::Args),
    Check(commands::check::Args),
    Test(commands::test::Args),
    Plan(commands::plan::Args),
    Up(commands::up::Args),
    Down(commands::down::Args),
    /// Start stopped components
    Start(commands::lifecycle::Args),
    /// Stop components; `start` and `up` start them again
    Stop(commands::lifecycle::Args),
    /// Restart components
    Restart(commands::lifecycle::Args),
    #[command(alias = "ps")]
    Status(commands::status::Args),
    Health(commands::health::Args),
    Logs(commands::logs::Args),
    Endpoints(commands::endpoints::Args),
    Runbook(commands::runbook::Args),
    View(commands::view::Args),
    Images(commands::images::Args),
    Doctor(commands::doctor::Args),
    Secrets(commands::secrets::Args),
    /// Print a JSON Schema of stack.yml, for editors
    Schema,
    Completions(commands::shell::Completions),
    Man(commands::shell::Manual),
}

/// Runs one command; what it prints, it prints through the one voice.
pub async fn run(arguments: Vec<std::ffi::OsString>) -> Exit {
    if complete::answer(&arguments) {
        return Exit::Ok;
    }
    let cli = match parse(&arguments) {
        Ok(cli) => cli,
        Err(error) => return refusal::refused(&error, &arguments),
    };
    // `init` writes the file that it names, so its next steps name it themselves.
    let address = if matches!(cli.command, Command::Init(_)) { String::new() } else { cli.global.address() };
    let ui = Ui::new(cli.global.format(), cli.global.color(), cli.global.verbosity()).with_options(&address);
    let environment = environment();
    let global = cli.global.ops(environment, command_line(&arguments));
    let session = Session { global: &global, sink: &ui };
    match Box::pin(dispatch(cli.command, &session, &ui)).await {
        Ok(exit) => exit,
        Err(error) => {
            let exit = error.exit();
            ui.failure(&Failure::from(error).after(global.ledger.lines()));
            exit
        }
    }
}

/// The environment, without the variables that are not UTF-8: no file of ours can name them.
fn environment() -> BTreeMap<String, String> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

async fn dispatch(command: Command, session: &Session<'_>, ui: &Ui) -> Result<Exit, Error> {
    use crate::reconcile::Verb;
    match command {
        Command::Init(args) => commands::init::run(args, session, ui),
        Command::Catalog(args) => commands::catalog::run(&args, ui),
        Command::Render(args) => commands::render::run(&args, session, ui).await,
        Command::Check(args) => commands::check::run(&args, session, ui).await,
        Command::Test(args) => commands::test::run(&args, session, ui).await,
        Command::Plan(args) => commands::plan::run(&args, session, ui).await,
        Command::Up(args) => commands::up::run(args, session, ui).await,
        Command::Down(args) => commands::down::run(&args, session, ui).await,
        Command::Start(args) => commands::lifecycle::run(&args, Verb::Start, session, ui).await,
        Command::Stop(args) => commands::lifecycle::run(&args, Verb::Stop, session, ui).await,
        Command::Restart(args) => commands::lifecycle::run(&args, Verb::Restart, session, ui).await,
        Command::Status(args) => commands::status::run(&args, session, ui).await,
        Command::Health(args) => commands::health::run(&args, session, ui).await,
        Command::Logs(args) => commands::logs::run(args, session, ui).await,
        Command::Endpoints(args) => commands::endpoints::run(&args, session, ui).await,
        Command::Runbook(args) => commands::runbook::run(&args, session, ui),
        Command::View(args) => commands::view::run(args, session, ui).await,
        Command::Images(args) => commands::images::run(args, session, ui).await,
        Command::Doctor(args) => commands::doctor::run(&args, session, ui).await,
        Command::Secrets(args) => commands::secrets::run(args, session, ui).await,
        Command::Schema => Ok(commands::shell::schema(ui)),
        Command::Completions(args) => Ok(commands::shell::completions(&args, ui)),
        Command::Man(args) => commands::shell::man(&args, ui),
    }
}

/// The definition of the command line: for parsing, completions, the manual pages and the README's table.
pub fn definition() -> clap::Command {
    help::furnish(Cli::command())
}

/// The command line as data, or clap's error with the tip that fits.
fn parse(arguments: &[std::ffi::OsString]) -> Result<Cli, clap::Error> {
    let parsed = definition().try_get_matches_from(arguments).and_then(|found| Cli::from_arg_matches(&found));
    parsed.map_err(|error| {
        let line: Vec<String> = arguments.iter().map(|word| word.to_string_lossy().into_owned()).collect();
        tips::improve(error, &line)
    })
}

fn command_line(arguments: &[std::ffi::OsString]) -> String {
    let words: Vec<String> =
        arguments.iter().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    format!("stackctl {}", words.join(" "))
}
