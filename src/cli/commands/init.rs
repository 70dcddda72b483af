use std::path::PathBuf;

use clap::ValueHint;

use crate::cli::complete;
use crate::kernel::Exit;
use crate::ops::{self, Error, Session};
use crate::ui::Ui;

/// Write a commented stack.yml, or the file that `--file` names
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Start from a preset; `--preset list` lists them
    #[arg(long, value_name = "NAME", add = complete::presets())]
    preset: Option<String>,
    /// Directory to write to
    #[arg(long, value_name = "DIR", default_value = ".", value_hint = ValueHint::DirPath)]
    dir: PathBuf,
    /// Overwrite an existing stack.yml
    #[arg(long)]
    force: bool,
}

/// Runs it.
pub fn run(args: Args, session: &Session<'_>, ui: &Ui) -> Result<Exit, Error> {
    if args.preset.as_deref() == Some("list") {
        ui.report(&ops::preset_rows());
        return Ok(Exit::Ok);
    }
    let options = ops::InitOptions { preset: args.preset, directory: args.dir, force: args.force };
    ui.report(&ops::init(session, &options)?);
    Ok(Exit::Ok)
}
