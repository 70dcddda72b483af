use std::path::PathBuf;

use clap::ValueHint;

use crate::cli::complete;
use crate::kernel::Exit;
use crate::ops::{self, Error};
use crate::ui::Ui;

/// Write a commented stack.yml
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
pub fn run(args: Args, ui: &Ui) -> Result<Exit, Error> {
    if args.preset.as_deref() == Some("list") {
        ui.text(&format!("{}\n", ops::presets().join("\n")));
        return Ok(Exit::Ok);
    }
    let options = ops::InitOptions { preset: args.preset, directory: args.dir, force: args.force };
    let path = ops::init(&options)?;
    ui.text(&format!("wrote {path}\n"));
    ui.say("next: look through it, then `stackctl up`");
    Ok(Exit::Ok)
}
