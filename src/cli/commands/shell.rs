//! What the definition of the command line gives besides itself: completions, the manual page, the schema.

use clap_complete::Shell;

use crate::kernel::Exit;
use crate::ops;
use crate::ui::Ui;

/// Print completions for a shell
#[derive(Debug, clap::Args)]
pub struct Completions {
    shell: Shell,
}

/// Prints them.
pub fn completions(args: &Completions, ui: &Ui) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut crate::cli::definition(), "stackctl", &mut script);
    ui.text(&String::from_utf8_lossy(&script));
    Exit::Ok
}

/// Prints the manual page.
pub fn man(ui: &Ui) -> Exit {
    let mut page = Vec::new();
    if clap_mangen::Man::new(crate::cli::definition()).render(&mut page).is_err() {
        return Exit::Bug;
    }
    ui.text(&String::from_utf8_lossy(&page));
    Exit::Ok
}

/// Prints the JSON Schema of the stack file.
pub fn schema(ui: &Ui) -> Exit {
    ui.text(&format!("{:#}\n", ops::schema()));
    Exit::Ok
}
