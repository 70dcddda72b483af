//! What the definition of the command line gives besides itself: completions, the manual page, the schema.

use std::path::PathBuf;

use clap::{ValueEnum, ValueHint};
use clap_mangen::Man;

use crate::cli::{complete, definition};
use crate::kernel::{Exit, text};
use crate::ops::{self, Error};
use crate::ui::Ui;

/// Print completions for a shell
#[derive(Debug, clap::Args)]
pub struct Completions {
    /// Shell that completes
    shell: Shell,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Shell {
    Bash,
    Zsh,
    Fish,
    Elvish,
    Powershell,
}

/// Print the manual pages
#[derive(Debug, clap::Args)]
pub struct Manual {
    /// Command whose page to print, such as `up` or `images save` [default: stackctl itself]
    #[arg(value_name = "COMMAND")]
    command: Vec<String>,
    /// Write the pages of all commands to DIR instead
    #[arg(long, value_name = "DIR", conflicts_with = "command", value_hint = ValueHint::DirPath)]
    out: Option<PathBuf>,
}

/// Prints the script that a shell reads at its start.
pub fn completions(args: &Completions, ui: &Ui) -> Exit {
    let shell = args.shell.to_possible_value();
    let Some(script) = shell.and_then(|shell| complete::script(shell.get_name())) else { return Exit::Bug };
    ui.text(&script);
    Exit::Ok
}

/// Prints one manual page, or writes all of them.
pub fn man(args: &Manual, ui: &Ui) -> Result<Exit, Error> {
    let pages = pages();
    if let Some(directory) = &args.out {
        ops::write_pages(directory, &pages)?;
        ui.say(&format!("wrote {} to {}", text::count(pages.len(), "manual page"), directory.display()));
        return Ok(Exit::Ok);
    }
    let name = std::iter::once("stackctl").chain(args.command.iter().map(String::as_str)).collect::<Vec<_>>();
    let file = format!("{}.1", name.join("-"));
    let Some((_, page)) = pages.into_iter().find(|(path, _)| *path == file) else {
        return Err(Error::Usage {
            message: format!("there is no command `{}`", text::shown(&args.command.join(" "))),
            hint: "`stackctl --help` lists the commands".to_owned(),
        });
    };
    ui.text(&String::from_utf8_lossy(&page));
    Ok(Exit::Ok)
}

/// Every page by its file name, `stackctl-images-save.1`.
fn pages() -> Vec<(String, Vec<u8>)> {
    let mut command = definition().disable_help_subcommand(true);
    command.build();
    let mut pages = Vec::new();
    collect(&command, &mut pages);
    pages
}

fn collect(command: &clap::Command, pages: &mut Vec<(String, Vec<u8>)>) {
    let manual = Man::new(command.clone());
    let (name, mut page) = (manual.get_filename(), Vec::new());
    // Writing to memory does not fail.
    if manual.render(&mut page).is_ok() {
        pages.push((name, page));
    }
    command.get_subcommands().filter(|inner| !inner.is_hide_set()).for_each(|inner| collect(inner, pages));
}

/// Prints the JSON Schema of the stack file.
pub fn schema(ui: &Ui) -> Exit {
    ui.text(&format!("{:#}\n", ops::schema()));
    Exit::Ok
}
