//! `test`: the unit tests of every rendered rule, run by promtool in the image that will evaluate the rules.

mod suite;
mod words;

use std::time::Instant;

use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};

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
use crate::render;

/// How many promtools run at the same time.
const AT_ONCE: usize = 4;

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
    let invalid = |problem| Error::Invalid(vec![problem]);
    let directory = loaded.stack.instance(catalog::SCRAPER).and_then(rules_directory).unwrap_or_default();
    let rules = render::rule_files(&loaded.stack, &loaded.assets).map_err(invalid)?;
    let place = format!("{CONFIG_DIRECTORY}/{directory}");
    let tests = render::rule_tests(&loaded.stack, &loaded.assets, &place).map_err(invalid)?;
    let mut suite = Suite::new(directory);
    refuse_broken(loaded, directory, &rules)?;
    for (name, text, origin) in rules {
        let users = loaded.assets.is_users(&format!("rules/{name}.yml"));
        suite.add_rules(&name, text, &origin, users);
    }
    for (name, text, origin) in tests {
        suite.add_tests(&name, text, origin);
    }
    suite.select(wanted)?;
    Ok(suite)
}

/// A file that Prometheus would refuse has no rules that could be tested.
fn refuse_broken(loaded: &Loaded, directory: &str, rules: &[(String, String, String)]) -> Result<(), Error> {
    let artifact = |(name, text, origin): &(String, String, String)| Artifact {
        component: catalog::SCRAPER.to_owned(),
        path: format!("{directory}/{name}.yml"),
        bytes: text.clone().into_bytes(),
        secret: false,
        on_change: OnChange::Reload,
        origin: origin.clone(),
    };
    let artifacts: Vec<Artifact> = rules.iter().map(artifact).collect();
    let found = check::refused_rules(&loaded.stack, &artifacts);
    if found.is_empty() { Ok(()) } else { Err(Error::Invalid(found)) }
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

/// What promtool said of one file.
enum Verdict {
    /// It passed now, or with the same files and the same image before.
    Passed {
        remembered: bool,
    },
    Failed(Vec<TestFailure>),
}

impl Run<'_> {
    /// Every file in a run of its own: promtool uses one processor and does not say which file a failure is in.
    async fn all(&self) -> Result<(Vec<TestFailure>, usize), Error> {
        let files = self.suite.files_with_tests();
        let runs: Vec<_> = files.into_iter().map(|file| self.one(file)).collect();
        let verdicts: Vec<Verdict> = stream::iter(runs).buffered(AT_ONCE).try_collect().await?;
        let remembered =
            verdicts.iter().filter(|verdict| matches!(verdict, Verdict::Passed { remembered: true })).count();
        let failures = verdicts.into_iter().flat_map(|verdict| match verdict {
            Verdict::Failed(failures) => failures,
            Verdict::Passed { .. } => Vec::new(),
        });
        Ok((failures.collect(), remembered))
    }

    async fn one(&self, file: &File) -> Result<Verdict, Error> {
        let given = self.suite.tool_files(file);
        let parts = given.iter().flat_map(|(path, bytes)| [path.as_bytes(), bytes.as_slice()]);
        let head = [b"rule tests".as_slice(), self.image.id.as_bytes()];
        let key = digest::short(head.into_iter().chain(parts));
        let state = self.session.state(self.stack);
        if state.was_accepted(&key) {
            return Ok(Verdict::Passed { remembered: true });
        }
        let (subject, begin) = (format!("tests {}", file.name), Instant::now());
        self.session.sink.send(Event::Started { subject: subject.clone(), action: "run".to_owned() });
        let run = self.promtool(file, &given).await;
        let (outcome, detail) = match &run {
            Ok(run) if run.code == 0 => (Outcome::Done, "passed"),
            Ok(_) => (Outcome::Failed, "see below"),
            Err(_) => (Outcome::Failed, "no answer"),
        };
        let (detail, elapsed) = (detail.to_owned(), begin.elapsed());
        self.session.sink.send(Event::Finished { subject, outcome, detail, elapsed });
        let run = run?;
        if run.code == 0 {
            state.accepted(&key);
            return Ok(Verdict::Passed { remembered: false });
        }
        Ok(Verdict::Failed(self.suite.failures_of(file, &run.output)))
    }

    async fn promtool(&self, file: &File, given: &[ToolFile]) -> Result<ToolRun, Error> {
        let path = format!("{CONFIG_DIRECTORY}/{}/tests/{}.yml", self.suite.directory, file.name);
        let program = catalog::TEST_RULES.iter().map(|word| (*word).to_owned());
        let command: Vec<String> = program.chain([path]).collect();
        let name = format!("tests-{}", file.name);
        let run = self.engine.run_tool(self.stack, &name, &self.image.reference, &command, given).await?;
        // 1 is promtool's answer; anything else is no answer.
        if matches!(run.code, 0 | 1) { Ok(run) } else { Err(unclear(&run)) }
    }
}

fn unclear(run: &ToolRun) -> Error {
    let lines: Vec<&str> = run.output.lines().filter(|line| !line.trim().is_empty()).collect();
    let last = lines.get(lines.len().saturating_sub(10)..).unwrap_or_default();
    Error::Environment {
        message: format!("promtool ended with code {} and gave no answer", run.code),
        causes: last.iter().map(|line| (*line).to_owned()).collect(),
        hint: "it may have run out of memory; run the tests of one rule alone: `stackctl test ALERT`"
            .to_owned(),
    }
}
