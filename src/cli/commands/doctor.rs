use crate::kernel::Exit;
use crate::model::doctor::Finding;
use crate::ops::doctor::{DoctorOptions, Fix, doctor};
use crate::ops::{self, Error, Session};
use crate::ui::Ui;

/// Check this machine and its Docker daemon, with fixes
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Apply the fixes that stackctl can apply, after asking
    #[arg(long)]
    fix: bool,
    /// Do not ask
    #[arg(long, requires = "fix")]
    yes: bool,
}

/// Runs it.
pub async fn run(args: &Args, session: &Session<'_>, ui: &Ui) -> Result<Exit, Error> {
    let loaded = match ops::load(session) {
        Ok(loaded) => Some(loaded),
        Err(error) => {
            ui.say(&format!("the stack file is left out: {error}; `stackctl check` says more"));
            None
        }
    };
    let ask = |finding: &Finding| {
        let what = finding.fix.as_deref().unwrap_or("mend it");
        ui.confirm(&format!("{}: {}\n  {what}?", finding.name, finding.detail))
    };
    let fix = match (args.fix, args.yes) {
        (false, _) => Fix::No,
        (true, false) => Fix::Ask(&ask),
        (true, true) => Fix::Yes,
    };
    let options = DoctorOptions::new(fix, &session.global.environment);
    let report = doctor(session, loaded.as_ref(), options).await?;
    ui.report(&report);
    Ok(report.exit())
}
