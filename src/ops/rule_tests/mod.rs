//! `test`: the unit tests of every rendered rule, run by promtool in the image that will evaluate the rules.

mod parts;
mod suite;
mod words;

use std::collections::BTreeSet;
use std::time::Instant;

use futures_util::future::try_join_all;

use self::parts::Part;
use self::suite::{File, Suite};
use super::images;
use super::load::{self, Loaded};
use super::{Error, Session};
use crate::catalog;
use crate::check;
use crate::engine::{Engine, ToolFile, ToolRun};
use crate::kernel::{Event, Outcome, digest};
use crate::model::artifact::Artifact;
use crate::model::component::{Content, OnChange};
use crate::model::observed::SeenImage;
use crate::model::rule_tests::{RuleTestReport, TestFailure};
use crate::model::stack::{CONFIG_DIRECTORY, Instance};
use crate::render::{self, RuleText};

/// Runs the unit tests of these alerts, recording rules or files; of all of them when none is named.
pub async fn rule_tests(session: &Session<'_>, wanted: &[String]) -> Result<RuleTestReport, Error> {
    let mut loaded = load::load(session)?;
    let Some(name) = loaded.stack.instance(catalog::SCRAPER).map(|instance| instance.name.clone()) else {
        return Err(Error::Usage {
            message: format!("the stack `{}` evaluates no rules", loaded.stack.name),
            hint: format!("`{}` is switched off in stack.yml", catalog::SCRAPER),
        });
    };
    let engine = session.engine().await?;
    let images = images::look(&engine, &loaded.stack, &[]).await?;
    let Some(image) = images.found.get(&name) else {
        let missing = images.missing.into_iter().find(|missing| missing.component == name);
        let (reason, remedy) = missing.map(|m| (m.reason, m.remedy)).unwrap_or_default();
        return Err(Error::Environment {
            message: format!("the image of {name}, whose promtool runs the tests, is not here"),
            causes: vec![reason],
            hint: remedy,
        });
    };
    // Rules are rendered for the version that will read them.
    loaded.with_images(&images::known(&images))?;
    let suite = suite(&loaded, wanted)?;
    let run = Run { session, engine: &engine, stack: &loaded.stack.name, image, suite: &suite };
    let (failures, remembered) = run.all().await?;
    Ok(suite.report(image.reference.clone(), failures, remembered))
}

/// The rules as they are rendered, and the tests that were asked for. No secret is needed for them.
fn suite(loaded: &Loaded, wanted: &[String]) -> Result<Suite, Error> {
    let directory = loaded.stack.instance(catalog::SCRAPER).and_then(rules_directory).unwrap_or_default();
    let (rules, mut found) = render::rule_files(&loaded.stack, &loaded.assets);
    let place = format!("{CONFIG_DIRECTORY}/{directory}");
    let (tests, broken) = render::rule_tests(&loaded.stack, &loaded.assets, &place);
    found.extend(broken);
    found.extend(loaded.broken.iter().cloned());
    // A file that Prometheus would refuse has no rules that could be tested.
    let artifacts: Vec<Artifact> = rules.iter().map(|rule| artifact(directory, rule)).collect();
    found.extend(check::refused_rules(&loaded.stack, &artifacts));
    if !found.is_empty() {
        return Err(Error::Invalid(found));
    }
    let mut suite = Suite::new(directory);
    for rule in rules {
        suite.add_rules(rule);
    }
    for test in tests {
        suite.add_tests(test);
    }
    suite.select(wanted)?;
    Ok(suite)
}

fn artifact(directory: &str, rule: &RuleText) -> Artifact {
    Artifact {
        component: catalog::SCRAPER.to_owned(),
        path: format!("{directory}/{}", rule.path),
        bytes: rule.text.clone().into_bytes(),
        secret: false,
        on_change: OnChange::Reload,
        origin: rule.origin.clone(),
        author: rule.author.clone(),
    }
}

fn rules_directory(instance: &Instance) -> Option<&'static str> {
    let files = instance.row.map(|row| row.files).unwrap_or_default();
    files.iter().find(|file| file.content == Content::Rules).map(|file| file.path)
}

struct Run<'a> {
    session: &'a Session<'a>,
    engine: &'a Engine,
    stack: &'a str,
    image: &'a SeenImage,
    suite: &'a Suite,
}

/// A test file that has to run, and its parts.
struct Pending<'a> {
    file: &'a File,
    /// What its verdict is remembered by.
    key: String,
    parts: Vec<Part>,
}

/// Parts that one promtool runs, each with the number of its file among the pending ones.
type Batch<'a> = Vec<(usize, &'a Part)>;

impl Run<'_> {
    /// Everything that did not pass before with the same files and the same image; the failures and the number of files
    /// that did. As many promtools run as the daemon has processors: each uses one, and a start costs as much as ten tests.
    async fn all(&self) -> Result<(Vec<TestFailure>, usize), Error> {
        let state = self.session.state(self.stack);
        let files = self.suite.files_with_tests();
        let count = files.len();
        let pending: Vec<Pending<'_>> = files
            .into_iter()
            .map(|file| Pending { file, key: self.key(file), parts: Vec::new() })
            .filter(|pending| !state.was_accepted(&pending.key))
            .map(|pending| Pending { parts: self.suite.parts(pending.file), ..pending })
            .collect();
        let begin = Instant::now();
        for pending in &pending {
            self.session
                .sink
                .send(Event::Started { subject: subject(pending.file), action: "run".to_owned() });
        }
        let processors = if pending.is_empty() { 1 } else { self.engine.info().await?.processors.max(1) };
        let batches = batches(&pending, usize::try_from(processors).unwrap_or(1));
        let runs: Vec<_> =
            batches.iter().enumerate().map(|(number, batch)| self.batch(number, batch, &pending)).collect();
        let failed: Vec<(usize, TestFailure)> = try_join_all(runs).await?.into_iter().flatten().collect();
        for (number, pending) in pending.iter().enumerate() {
            let passed = !failed.iter().any(|(of, _)| *of == number);
            if passed {
                state.accepted(&pending.key);
            }
            let (outcome, detail) =
                if passed { (Outcome::Done, "passed") } else { (Outcome::Failed, "see below") };
            let (subject, detail) = (subject(pending.file), detail.to_owned());
            self.session.sink.send(Event::Finished { subject, outcome, detail, elapsed: begin.elapsed() });
        }
        Ok((failed.into_iter().map(|(_, failure)| failure).collect(), count - pending.len()))
    }

    fn key(&self, file: &File) -> String {
        let given = self.suite.tool_files(file);
        let parts = given.iter().flat_map(|(path, bytes)| [path.as_bytes(), bytes.as_slice()]);
        let head = [b"rule tests".as_slice(), self.image.id.as_bytes()];
        digest::short(head.into_iter().chain(parts))
    }

    /// The failures of one batch. promtool does not say which file a failure is in, so after one each file runs alone.
    async fn batch(
        &self,
        number: usize,
        batch: &Batch<'_>,
        pending: &[Pending<'_>],
    ) -> Result<Vec<(usize, TestFailure)>, Error> {
        let name = format!("tests-{number}");
        let all: Vec<&Part> = batch.iter().map(|(_, part)| *part).collect();
        if self.promtool(&name, &all).await?.code == 0 {
            return Ok(Vec::new());
        }
        let mut failures = Vec::new();
        for file in batch.iter().map(|(file, _)| *file).collect::<BTreeSet<usize>>() {
            let own: Vec<&Part> = batch.iter().filter(|(of, _)| *of == file).map(|(_, part)| *part).collect();
            let run = self.promtool(&name, &own).await?;
            let Some(pending) = pending.get(file).filter(|_| run.code != 0) else { continue };
            let found = self.suite.failures_of(pending.file, &run.output);
            failures.extend(found.into_iter().map(|failure| (file, failure)));
        }
        Ok(failures)
    }

    async fn promtool(&self, name: &str, parts: &[&Part]) -> Result<ToolRun, Error> {
        let program = catalog::TEST_RULES.iter().map(|word| (*word).to_owned());
        let paths = parts.iter().map(|part| format!("{CONFIG_DIRECTORY}/{}", part.path));
        let command: Vec<String> = program.chain(paths).collect();
        let files: Vec<ToolFile> = parts.iter().flat_map(|part| part.files.iter().cloned()).collect();
        let run = self.engine.run_tool(self.stack, name, &self.image.reference, &command, &files).await?;
        // 1 is the answer of promtool that a test failed, unless it found no directory to run the tests in.
        let tested = matches!(run.code, 0 | 1) && !run.output.contains("opening test directory");
        if tested { Ok(run) } else { Err(unclear(&run)) }
    }
}

fn subject(file: &File) -> String {
    format!("tests {}", file.name)
}

/// Spreads the parts so that all batches take about as long: the longest part first, each to the batch with the least.
fn batches<'a>(pending: &'a [Pending<'_>], count: usize) -> Vec<Batch<'a>> {
    let mut parts: Batch<'a> = pending
        .iter()
        .enumerate()
        .flat_map(|(file, pending)| pending.parts.iter().map(move |part| (file, part)))
        .collect();
    parts.sort_by_key(|(_, part)| std::cmp::Reverse(part.cost));
    let mut batches: Vec<(u64, Batch<'a>)> = (0..count.max(1)).map(|_| (0, Vec::new())).collect();
    for part in parts {
        if let Some((cost, batch)) = batches.iter_mut().min_by_key(|(cost, _)| *cost) {
            *cost += part.1.cost;
            batch.push(part);
        }
    }
    batches.into_iter().map(|(_, batch)| batch).filter(|batch| !batch.is_empty()).collect()
}

fn unclear(run: &ToolRun) -> Error {
    let lines: Vec<&str> = run.output.lines().filter(|line| !line.trim().is_empty()).collect();
    let last = lines.get(lines.len().saturating_sub(10)..).unwrap_or_default();
    Error::Environment {
        message: format!("promtool could not run the tests (exit code {})", run.code),
        causes: last.iter().map(|line| (*line).to_owned()).collect(),
        hint: "it may have run out of memory: run the tests of one rule alone with `stackctl test ALERT`"
            .to_owned(),
    }
}
