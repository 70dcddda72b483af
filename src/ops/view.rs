//! `view`: the dashboards of the stack in the terminal, drawn by grafatui.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;
use tokio::process::Command;
use tokio::sync::watch;

use super::load::{self, Loaded};
use super::{Error, Session, apply, up};
use crate::catalog;
use crate::kernel::{Event, Version, text, units};
use crate::model::stack::Instance;
use crate::probe::{Expect, Readiness, ready};
use crate::render;
use crate::workdir::{self, TemporaryDirectory, machine};

/// What `view` was asked for.
#[derive(Debug, Clone, Default)]
pub struct ViewOptions {
    /// Names of dashboards; none: all of them, one tab each.
    pub dashboards: Vec<String>,
    /// How far back to look.
    pub range: Duration,
    /// Time between two points; none: as fits the range.
    pub step: Option<Duration>,
    /// Values of dashboard variables, `name=value`; the dashboards' own are All.
    pub variables: Vec<String>,
}

/// The program.
const PROGRAM: &str = "grafatui";
/// The first version that shows several dashboards as tabs.
const SINCE: &str = "0.1.18";
/// How to get it.
const GET: &str = "`cargo install grafatui` or `brew install fedexist/grafatui/grafatui` installs it";
/// Types of panels that it leaves out, as its `--validate --strict` says of 0.1.18.
pub const NOT_DRAWN: [&str; 3] = ["state-timeline", "piechart", "text"];
/// How long Prometheus may take to say that it is ready.
const PATIENCE: Duration = Duration::from_secs(3);

/// Shows dashboards until the user leaves. `stop` becomes true when stackctl is asked to end.
pub async fn view(
    session: &Session<'_>,
    options: &ViewOptions,
    stop: watch::Receiver<bool>,
) -> Result<(), Error> {
    let loaded = load::load(session)?;
    let dashboards = chosen(&loaded, &options.dashboards)?;
    let program = find(session)?;
    has_tabs(&program).await?;
    let Some(instance) = loaded.stack.instance(catalog::SCRAPER) else {
        return Err(Error::Usage {
            message: format!("the stack `{}` has nothing to ask", loaded.stack.name),
            hint: format!("`{}` is switched off in stack.yml", catalog::SCRAPER),
        });
    };
    let address = address(session, &loaded, instance).await?;
    let directory = workdir::temporary_directory()?;
    let files = written(session, &loaded, &dashboards, &directory)?;
    let arguments = arguments(instance, &address, options, &files);
    run(&program, &arguments, stop).await
}

/// The names of all dashboards of a stack, shipped and the user's own, sorted.
pub(super) fn dashboards(loaded: &Loaded) -> Vec<String> {
    render::dashboard_names(&loaded.stack, &loaded.assets).into_iter().collect()
}

/// Dashboards by name, in the order in which they were named.
fn chosen(loaded: &Loaded, wanted: &[String]) -> Result<Vec<String>, Error> {
    let names = dashboards(loaded);
    if wanted.is_empty() {
        return Ok(names);
    }
    let of = |word: &String| {
        names.iter().find(|name| name.eq_ignore_ascii_case(word)).cloned().ok_or_else(|| {
            let near = text::nearest(word, names.iter().map(String::as_str));
            let near = near.map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
            Error::Usage {
                message: format!("the stack has no dashboard `{word}`"),
                hint: format!("{near}it has {}", text::list(&names)),
            }
        })
    };
    wanted.iter().map(of).collect()
}

fn find(session: &Session<'_>) -> Result<PathBuf, Error> {
    let path = session.global.environment.get("PATH").map(String::as_str).unwrap_or_default();
    let directories: Vec<PathBuf> = std::env::split_paths(path).collect();
    machine::find_program(PROGRAM, &directories).ok_or_else(|| Error::Environment {
        message: format!("there is no program `{PROGRAM}`, which draws the dashboards"),
        causes: Vec::new(),
        hint: format!("{GET}; `stackctl endpoints` says where Grafana is"),
    })
}

async fn has_tabs(program: &Path) -> Result<(), Error> {
    let output = Command::new(program).arg("--version").output().await;
    let output = output.map_err(|error| cannot(&format!("cannot run `{}`: {error}", program.display())))?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let version = said.split_whitespace().last().and_then(Version::parse);
    if version.is_some_and(|version| version.since(SINCE)) {
        return Ok(());
    }
    let said = text::printable(said.trim());
    Err(cannot(&format!(
        "`{}` says it is `{said}`, and {PROGRAM} {SINCE} or newer is needed",
        program.display()
    )))
}

fn cannot(message: &str) -> Error {
    Error::Environment { message: message.to_owned(), causes: Vec::new(), hint: GET.to_owned() }
}

/// Where Prometheus answers, seen from here.
async fn address(session: &Session<'_>, loaded: &Loaded, instance: &Instance) -> Result<String, Error> {
    let engine = session.unasked_engine()?;
    let endpoint = apply::endpoint(&engine, &loaded.stack, instance).await?;
    let Some(endpoint) = endpoint else {
        return Err(Error::Environment {
            message: format!("{} cannot be reached from here", instance.title),
            causes: vec!["its port is not published on this machine".to_owned()],
            hint: format!("set `{}.port` in stack.yml, or run this where the daemon is", instance.name),
        });
    };
    let client = up::client()?;
    let expect = instance.ready.contains.as_deref().map_or(Expect::Status2xx, Expect::BodyContains);
    let readiness = Readiness::Http { path: &instance.ready.path, expect };
    match ready(&client.peer(&endpoint, PATIENCE), &readiness).await {
        Ok(_) => Ok(endpoint.base.clone()),
        Err(error) => Err(Error::Environment {
            message: format!("{} does not answer at {}", instance.title, endpoint.base),
            causes: vec![error.to_string()],
            hint: "`stackctl up` starts the stack, `stackctl status` says what is wrong with it".to_owned(),
        }),
    }
}

/// The dashboards as files that go away with the directory.
fn written(
    session: &Session<'_>,
    loaded: &Loaded,
    names: &[String],
    directory: &TemporaryDirectory,
) -> Result<Vec<PathBuf>, Error> {
    let of = |name: &String| {
        let bytes = render::dashboard(&loaded.stack, &loaded.assets, name)
            .map_err(|problem| Error::Invalid(vec![problem]))?;
        let left_out = not_drawn(&bytes);
        if !left_out.is_empty() {
            let message = format!("{name}: {PROGRAM} cannot draw {}", text::list(&left_out));
            session.sink.send(Event::Note { message });
        }
        let path = directory.path().join(format!("{name}.json"));
        workdir::write_new(&path, &bytes, false)?;
        Ok(path)
    };
    names.iter().map(of).collect()
}

/// Panels of types that the program leaves out, with their types. It draws rows, time series, stats, gauges, bar gauges,
/// tables and heat maps.
fn not_drawn(dashboard: &[u8]) -> Vec<String> {
    let Ok(dashboard) = serde_json::from_slice::<Value>(dashboard) else { return Vec::new() };
    let panels = dashboard.get("panels").and_then(Value::as_array).into_iter().flatten();
    let inner = |panel: &Value| panel.get("panels").and_then(Value::as_array).cloned().unwrap_or_default();
    let all = panels.flat_map(|panel| [vec![panel.clone()], inner(panel)].concat());
    let word = |panel: &Value, key| panel.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let typed = all.map(|panel| (word(&panel, "title"), word(&panel, "type")));
    typed
        .filter(|(_, kind)| NOT_DRAWN.contains(&kind.as_str()))
        .map(|(title, kind)| format!("`{title}` ({kind})"))
        .collect()
}

fn arguments(instance: &Instance, address: &str, options: &ViewOptions, files: &[PathBuf]) -> Vec<String> {
    let mut arguments = vec!["--prometheus-url".to_owned(), address.to_owned()];
    let mut add = |option: &str, value: String| arguments.extend([option.to_owned(), value]);
    add("--range", units::format_duration(options.range));
    if let Some(step) = options.step {
        add("--step", units::format_duration(step));
    }
    if let Some(interval) = instance.setting("scrape_interval") {
        // Asking more often than samples arrive shows nothing new.
        let refresh = units::parse_duration(&interval).unwrap_or(Duration::from_secs(1));
        add("--refresh-rate", refresh.as_millis().to_string());
        add("--scrape-interval", interval);
    }
    options.variables.iter().for_each(|variable| add("--var", variable.clone()));
    files.iter().for_each(|file| add("--grafana-json", file.display().to_string()));
    arguments
}

async fn run(program: &Path, arguments: &[String], mut stop: watch::Receiver<bool>) -> Result<(), Error> {
    let started = Command::new(program).args(arguments).kill_on_drop(true).spawn();
    let mut child =
        started.map_err(|error| cannot(&format!("cannot run `{}`: {error}", program.display())))?;
    let ended = tokio::select! {
        ended = child.wait() => ended,
        _ = stop.wait_for(|stop| *stop) => {
            // It puts the terminal back in order when it is asked to end.
            if let Some(id) = child.id() {
                let _ = Command::new("kill").args(["-TERM", &id.to_string()]).status().await;
            }
            let _ = tokio::time::timeout(PATIENCE, child.wait()).await;
            return Err(Error::Interrupted {
                exit: crate::kernel::Exit::Interrupted,
                changed: Vec::new(),
                hint: String::new(),
            });
        }
    };
    let status = ended.map_err(|error| cannot(&format!("lost `{}`: {error}", program.display())))?;
    if status.success() {
        return Ok(());
    }
    Err(Error::Environment {
        message: format!("`{PROGRAM}` ended with {status}"),
        causes: Vec::new(),
        hint: "what it said stands above; its terminal must be at least 80 columns wide".to_owned(),
    })
}
