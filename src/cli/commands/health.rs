use std::time::Duration;

use super::duration;
use crate::cli::complete;
use crate::kernel::Exit;
use crate::ops::{self, Error, Session};
use crate::ui::Ui;

/// Probe every component in parallel
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only these components
    #[arg(value_name = "COMPONENT", add = complete::components())]
    components: Vec<String>,
    /// Repeat until Ctrl-C
    #[arg(long)]
    watch: bool,
    /// Time between two probes with --watch, at least 1s
    #[arg(long, value_name = "DURATION", value_parser = interval, default_value = "2s")]
    interval: Duration,
}

/// Shortest time between two looks: each asks every component.
const LEAST: Duration = Duration::from_secs(1);

fn interval(text: &str) -> Result<Duration, String> {
    match duration(text)? {
        time if time < LEAST => Err("the least is 1s; write a duration such as 2s or 1m".to_owned()),
        time => Ok(time),
    }
}

/// Runs it.
pub async fn run(args: &Args, session: &Session<'_>, ui: &Ui) -> Result<Exit, Error> {
    loop {
        let report = ops::health(session, &args.components).await?;
        if args.watch {
            ui.clear();
        }
        ui.report(&report);
        let exit = if report.status == "healthy" { Exit::Ok } else { Exit::Findings };
        if !args.watch {
            return Ok(exit);
        }
        tokio::select! {
            () = tokio::time::sleep(args.interval) => {}
            _ = tokio::signal::ctrl_c() => return Ok(exit),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::interval;

    #[test]
    fn an_interval_below_a_second_is_refused_and_the_least_is_named() {
        assert_eq!(interval("1s"), Ok(Duration::from_secs(1)));
        for short in ["0s", "999ms"] {
            assert!(interval(short).unwrap_err().contains("the least is 1s"), "{short}");
        }
    }
}
