//! What the shell offers behind Tab: the names in the stack of this directory, of the catalogue and of the Docker contexts.
//!
//! A completer never fails and never prints: where `stack.yml` cannot be read nothing is offered.

use std::ffi::{OsStr, OsString};

use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};
use clap_complete::env::{CompleteEnv, EnvCompleter, Shells};

use super::{Cli, environment};
use crate::engine;
use crate::kernel::{Event, Sink};
use crate::ops::{self, Session};

/// The variable that turns a run into a completion; the scripts that [`script`] gives set it.
const VARIABLE: &str = "COMPLETE";
const PROGRAM: &str = "stackctl";

/// Answers a completion request of a shell; false for an ordinary run.
pub fn answer(arguments: &[OsString]) -> bool {
    let directory = std::env::current_dir().ok();
    let asked = CompleteEnv::with_factory(super::definition).var(VARIABLE);
    // An error is a shell that is not known; it would be printed at every Tab.
    asked.try_complete(arguments.to_vec(), directory.as_deref()).unwrap_or(true)
}

/// The script that makes a shell ask this program.
pub fn script(shell: &str) -> Option<String> {
    let shells = Shells::builtins();
    let completer: &dyn EnvCompleter = shells.completer(shell)?;
    let mut script = Vec::new();
    completer.write_registration(VARIABLE, PROGRAM, PROGRAM, PROGRAM, &mut script).ok()?;
    String::from_utf8(script).ok()
}

/// Offers the components of the stack.
pub fn components() -> ArgValueCompleter {
    named(ops::names::components)
}

/// Offers the alerts of the stack.
pub fn alerts() -> ArgValueCompleter {
    named(ops::names::alerts)
}

/// Offers the alerts, recording rules and rule files of the stack.
pub fn rules() -> ArgValueCompleter {
    named(ops::names::rules)
}

/// Offers the dashboards of the stack.
pub fn dashboards() -> ArgValueCompleter {
    named(ops::names::dashboards)
}

/// Offers the secrets of the stack as `component/name`.
pub fn secrets() -> ArgValueCompleter {
    named(ops::names::secrets)
}

/// Offers the names of the catalogue: components, packs and receivers.
pub fn catalogue() -> ArgValueCompleter {
    ArgValueCompleter::new(|word: &OsStr| {
        let reports = [ops::components(), ops::packs(), ops::receivers()];
        matching(word, reports.into_iter().flat_map(|report| report.rows).map(|row| row.name))
    })
}

/// Offers the presets of `init`.
pub fn presets() -> ArgValueCompleter {
    ArgValueCompleter::new(|word: &OsStr| {
        matching(word, ops::presets().iter().map(ToString::to_string).chain(["list".to_owned()]))
    })
}

/// Offers the levels of log lines.
pub fn levels() -> ArgValueCompleter {
    let levels = ["trace", "debug", "info", "warn", "error", "fatal"];
    ArgValueCompleter::new(move |word: &OsStr| matching(word, levels.map(str::to_owned)))
}

/// Offers the Docker contexts.
pub fn contexts() -> ArgValueCompleter {
    ArgValueCompleter::new(|word: &OsStr| matching(word, engine::contexts(&environment())))
}

fn named(names: fn(&Session<'_>) -> Vec<String>) -> ArgValueCompleter {
    ArgValueCompleter::new(move |word: &OsStr| {
        let global = typed();
        matching(word, names(&Session { global: &global, sink: &Nobody }))
    })
}

fn matching(word: &OsStr, names: impl IntoIterator<Item = String>) -> Vec<CompletionCandidate> {
    let word = word.to_string_lossy();
    let mut names: Vec<String> = names.into_iter().filter(|name| name.starts_with(word.as_ref())).collect();
    names.sort();
    names.dedup();
    names.into_iter().map(CompletionCandidate::new).collect()
}

/// The global options that are on the line already: a line in the making seldom parses, so only they are searched for.
fn typed() -> ops::Global {
    let line: Vec<OsString> = std::env::args_os().skip_while(|word| word != "--").skip(2).collect();
    let value = |names: &[&str]| {
        let at = line.iter().position(|word| names.iter().any(|name| word == name))?;
        line.get(at + 1)?.to_str().map(str::to_owned)
    };
    // Behind `logs`, -f means follow.
    let short = if line.iter().any(|word| word == "logs") { "--file" } else { "-f" };
    let options = [("--file", value(&["--file", short])), ("--project", value(&["--project"]))];
    let words = options.iter().filter_map(|(name, value)| Some([(*name).to_owned(), value.clone()?]));
    let line = [PROGRAM.to_owned()].into_iter().chain(words.flatten()).chain(["schema".to_owned()]);
    match <Cli as clap::Parser>::try_parse_from(line) {
        Ok(cli) => cli.global.ops(environment(), String::new()),
        Err(_) => ops::Global { environment: environment(), ..ops::Global::default() },
    }
}

/// Drops every event: what is printed while the user types garbles the line.
struct Nobody;

impl Sink for Nobody {
    fn send(&self, _: Event) {}
}
