use clap::ValueEnum;

use crate::cli::complete;
use crate::kernel::{Exit, text};
use crate::ops::{self, Error};
use crate::ui::Ui;

/// List what stack.yml can contain
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Kind of entries
    #[arg(value_enum, default_value = "components")]
    part: Part,
    /// Name of one entry, to show its settings and notes
    #[arg(add = complete::catalogue())]
    name: Option<String>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Part {
    #[value(alias = "component")]
    Components,
    #[value(alias = "pack")]
    Packs,
    #[value(alias = "receiver")]
    Receivers,
}

/// Runs it.
pub fn run(args: &Args, ui: &Ui) -> Result<Exit, Error> {
    let mut report = match args.part {
        Part::Components => ops::components(),
        Part::Packs => ops::packs(),
        Part::Receivers => ops::receivers(),
    };
    if let Some(name) = &args.name {
        let names: Vec<String> = report.rows.iter().map(|row| row.name.clone()).collect();
        if !names.contains(name) {
            let near = text::nearest(name, names.iter().map(String::as_str))
                .map(|near| format!("did you mean `{near}`?"));
            let hint = near.unwrap_or_else(|| format!("there are {}", text::list(&names)));
            return Err(Error::Usage { message: format!("`{name}` is not in the catalogue"), hint });
        }
        report.rows.retain(|row| row.name == *name);
    }
    ui.report(&report);
    Ok(Exit::Ok)
}
