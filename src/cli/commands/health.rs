use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};

use super::duration;
use crate::cli::complete;
use crate::kernel::Exit;
use crate::ops::{self, Error, HealthOptions, Session};
use crate::ui::Ui;

/// Probe every component, list targets that are down
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only these components; targets are listed with `prometheus`
    #[arg(value_name = "COMPONENT", add = complete::components())]
    components: Vec<String>,
    /// Leave out the targets of Prometheus
    #[arg(long)]
    components_only: bool,
    /// Exit 0 although components without an image are not there
    #[arg(long)]
    skip_unavailable: bool,
    /// Longest time to wait for targets that were not scraped yet; 0s: do not wait
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "30s", conflicts_with = "watch")]
    wait: Duration,
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
    let wait = if args.watch { Duration::ZERO } else { args.wait };
    let components_only = args.components_only;
    let options = HealthOptions {
        components: args.components.clone(),
        components_only,
        skip_unavailable: args.skip_unavailable,
        wait,
    };
    if args.watch {
        return watch(args, &options, session, ui).await;
    }
    let report = ops::health(session, &options).await?;
    ui.report(&report);
    Ok(if report.is_healthy() { Exit::Ok } else { Exit::Findings })
}

/// Until Ctrl-C, whatever happens to the daemon in between.
async fn watch(args: &Args, options: &HealthOptions, session: &Session<'_>, ui: &Ui) -> Result<Exit, Error> {
    let mut interrupt = signal(SignalKind::interrupt()).map_err(|error| Error::Environment {
        message: format!("cannot listen to signals: {error}"),
        causes: Vec::new(),
        hint: String::new(),
    })?;
    let mut first = true;
    loop {
        let report = tokio::select! {
            report = ops::health(session, options) => report,
            _ = interrupt.recv() => return Ok(Exit::Interrupted),
        };
        match report {
            Ok(report) => ui.redraw(&report),
            Err(error) if first => return Err(error),
            Err(error) => ui.failure(&error.into()),
        }
        first = false;
        tokio::select! {
            () = tokio::time::sleep(args.interval) => {}
            _ = interrupt.recv() => return Ok(Exit::Interrupted),
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
