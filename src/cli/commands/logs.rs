use std::ops::ControlFlow;
use std::path::PathBuf;

use crate::cli::complete;
use crate::kernel::Exit;
use crate::model::log::{self, Level};
use crate::ops::{self, Error, LogsOptions, Session};
use crate::ui::Ui;

/// Print the log lines of all components, merged by time
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only these components
    #[arg(value_name = "COMPONENT", add = complete::components())]
    components: Vec<String>,
    /// Follow new lines, also across restarts
    #[arg(long, short = 'f')]
    follow: bool,
    /// Stack file; -f only before `logs` [default: stack.yml or stack.yaml here or above]
    //
    // Stands in the place of the global option, whose -f means follow here, as with other tools; its value goes there.
    #[arg(long, global = true, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Start of the time range: a duration such as 10m, or an RFC 3339 time
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// End of the time range: a duration such as 10m, or an RFC 3339 time
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// Number of lines from the end, per component
    #[arg(long, value_name = "N")]
    tail: Option<u64>,
    /// Print the time of each line
    #[arg(long, short)]
    timestamps: bool,
    /// Only lines that match this regular expression
    #[arg(long, value_name = "RE")]
    grep: Option<String>,
    /// Only lines of this level or more severe: trace, debug, info, warn, error, fatal
    #[arg(long, add = complete::levels())]
    level: Option<Level>,
}

/// Runs it.
pub async fn run(args: Args, session: &Session<'_>, ui: &Ui) -> Result<Exit, Error> {
    let engine = session.engine().await?;
    let stack = ops::load(session)?.stack;
    let mut names: Vec<String> = stack.instances.into_iter().map(|i| i.name).collect();
    names.sort();
    let shown = names.iter().filter(|name| args.components.is_empty() || args.components.contains(name));
    let width = shown.map(String::len).max().unwrap_or(0);
    let times = args.timestamps;
    let options = LogsOptions {
        components: args.components,
        follow: args.follow,
        since: args.since,
        until: args.until,
        tail: args.tail,
        grep: args.grep,
        level: args.level,
    };
    ui.name_stack_beside();
    let out = |line: log::Line| {
        let told = ui.stream(
            || log::json(&stack.name, &line),
            |style| {
                let text = log::plain(&line, width, times);
                let (name, rest) = text.split_at_checked(width).unwrap_or((&text, ""));
                format!("{}{rest}", style.of_index(log::colour_index(&line.component, &names), name))
            },
        );
        if told { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    };
    tokio::select! {
        result = ops::logs(session, &engine, options, out) => result.map(|()| Exit::Ok),
        _ = tokio::signal::ctrl_c() => Ok(Exit::Interrupted),
    }
}
