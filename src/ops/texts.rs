//! The texts of receivers and the user's notification templates, executed with sample alerts by the amtool of the image.
//!
//! A run costs the start of a container, so all texts share one per sample and template engine; what fails is taken out and
//! the others run again. A verdict on the same texts with the same image is remembered.

use std::time::Duration;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::images::Images;
use super::load::Loaded;
use super::{Error, Session};
use crate::catalog;
use crate::check::texts::{Failed, Group, SAMPLES, Suite};
use crate::engine::{Engine, EngineError};
use crate::kernel::{Diagnostic, diagnostic, digest};
use crate::model::artifact::Artifact;
use crate::model::observed::SeenImage;
use crate::model::report::{Judged, Verdict};

/// Runs at the same time.
const AT_ONCE: usize = 4;
/// Longest time for a run: Alertmanager gives up a notification before that.
const LIMIT: Duration = Duration::from_secs(30);

/// What executing the texts showed.
#[derive(Debug, Default)]
pub struct Executed {
    /// The verdict; none when the user wrote no text and no template.
    pub verdict: Option<Verdict>,
    /// What is wrong, each once.
    pub found: Vec<Diagnostic>,
}

/// True when the user wrote a text or a template that only an image can execute.
pub fn are_written(loaded: &Loaded, artifacts: &[Artifact]) -> bool {
    Suite::new(&loaded.document, &loaded.stack, artifacts).is_some()
}

/// Executes everything that the user wrote.
pub async fn execute(
    session: &Session<'_>,
    engine: &Engine,
    loaded: &Loaded,
    artifacts: &[Artifact],
    images: &Images,
) -> Result<Executed, Error> {
    let Some(suite) = Suite::new(&loaded.document, &loaded.stack, artifacts) else {
        return Ok(Executed::default());
    };
    let verdict = |outcome: Judged, output: &str| Verdict {
        component: catalog::NOTIFIER.to_owned(),
        judge: super::judge::judge_name(&catalog::RENDER_TEXT.join(" ")).to_owned(),
        outcome,
        output: output.to_owned(),
    };
    let Some(image) = images.found.get(catalog::NOTIFIER) else {
        let skipped = verdict(Judged::Skipped, "its image is not there");
        return Ok(Executed { verdict: Some(skipped), found: Vec::new() });
    };
    let key = digest::short([b"texts".as_slice(), image.id.as_bytes(), suite.digest(SAMPLES).as_bytes()]);
    let state = session.state(&loaded.stack.name);
    if state.was_accepted(&key) {
        return Ok(Executed { verdict: Some(verdict(Judged::Accepted, "")), found: Vec::new() });
    }
    let mut engine = engine.clone();
    engine.tool_limit = engine.tool_limit.min(LIMIT);
    let runner = Runner { engine: &engine, stack: &loaded.stack.name, image, suite: &suite };
    let mut found = runner.all().await?;
    found.sort_by_key(|found| {
        found.place.as_ref().map(|place| (place.file.clone(), place.line, place.column))
    });
    let outcome = if diagnostic::any_error(&found) { Judged::Refused } else { Judged::Accepted };
    if found.is_empty() {
        state.accepted(&key);
    }
    Ok(Executed { verdict: Some(verdict(outcome, "")), found })
}

struct Runner<'a> {
    engine: &'a Engine,
    stack: &'a str,
    image: &'a SeenImage,
    suite: &'a Suite<'a>,
}

/// How one run ended.
enum End {
    Fine,
    Failed(Failed),
    Slow(u64),
}

/// What the runs of a group with one sample showed.
#[derive(Default)]
struct Outcome {
    found: Vec<Diagnostic>,
    failed: Vec<usize>,
    /// No other run can show more.
    unreadable: bool,
}

impl Runner<'_> {
    async fn all(&self) -> Result<Vec<Diagnostic>, Error> {
        let mut found: Vec<Diagnostic> = Vec::new();
        let mut left = Vec::new();
        for group in self.suite.groups() {
            let outcome = self.group(group.clone(), 0).await?;
            add(&mut found, outcome.found);
            if outcome.unreadable {
                return Ok(found);
            }
            left.extend(Suite::without(&group, &outcome.failed));
        }
        let samples = 1..SAMPLES.len();
        let rest =
            left.into_iter().flat_map(|group| samples.clone().map(move |sample| (group.clone(), sample)));
        let runs: Vec<_> = rest.map(|(group, sample)| self.group(group, sample)).collect();
        let outcomes: Vec<Outcome> = stream::iter(runs).buffered(AT_ONCE).try_collect().await?;
        outcomes.into_iter().for_each(|outcome| add(&mut found, outcome.found));
        Ok(found)
    }

    /// One run, and another one without the text that failed, until none fails.
    async fn group(&self, mut group: Group, sample: usize) -> Result<Outcome, Error> {
        let mut outcome = Outcome::default();
        loop {
            match self.run(&group, sample).await? {
                End::Fine => return Ok(outcome),
                End::Failed(Failed::Unreadable(found)) => {
                    outcome.found.push(found);
                    outcome.unreadable = true;
                    return Ok(outcome);
                }
                End::Failed(Failed::Subject(index, found)) => {
                    outcome.found.push(found);
                    outcome.failed.push(index);
                    match Suite::without(&group, &outcome.failed) {
                        Some(rest) => group = rest,
                        None => return Ok(outcome),
                    }
                }
                End::Failed(Failed::Unclear(_)) | End::Slow(_) => {
                    self.each(&group, sample, &mut outcome).await?;
                    return Ok(outcome);
                }
            }
        }
    }

    /// Each text in a run of its own.
    async fn each(&self, group: &Group, sample: usize, outcome: &mut Outcome) -> Result<(), Error> {
        let runs: Vec<_> = Suite::single(group)
            .into_iter()
            .map(async |(index, single)| {
                let end = self.run(&single, sample).await?;
                let fine = matches!(end, End::Fine) || self.another_way(index, sample).await?;
                Ok::<_, Error>((!fine).then_some((index, end)))
            })
            .collect();
        let ended: Vec<_> = stream::iter(runs).buffered(AT_ONCE).try_collect().await?;
        for (index, end) in ended.into_iter().flatten() {
            outcome.failed.push(index);
            let found = match end {
                End::Fine => None,
                End::Slow(seconds) => self.suite.too_slow(index, seconds),
                End::Failed(
                    Failed::Subject(_, found) | Failed::Unreadable(found) | Failed::Unclear(found),
                ) => Some(found),
            };
            outcome.found.extend(found.map(|found| self.suite.of_single(index, found)));
        }
        Ok(())
    }

    async fn another_way(&self, index: usize, sample: usize) -> Result<bool, Error> {
        for group in self.suite.others(index) {
            if matches!(self.run(&group, sample).await?, End::Fine) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn run(&self, group: &Group, sample: usize) -> Result<End, Error> {
        let Some(data) = SAMPLES.get(sample) else { return Ok(End::Fine) };
        let files = self.suite.files(group, data);
        let command = self.suite.command(group);
        let name = format!("{}-texts-{}-{sample}", catalog::NOTIFIER, group.label());
        let run = self.engine.run_tool(self.stack, &name, &self.image.reference, &command, &files).await;
        match run {
            Ok(run) if run.code == 0 => Ok(End::Fine),
            Ok(run) => Ok(End::Failed(self.suite.failed(group, (sample, data), &run.output))),
            Err(EngineError::ToolTimeout { seconds, .. }) => Ok(End::Slow(seconds)),
            Err(error) => Err(error.into()),
        }
    }
}

/// Adds findings about places that have none yet: one mistake may fail with several samples and in several texts.
fn add(found: &mut Vec<Diagnostic>, new: Vec<Diagnostic>) {
    for diagnostic in new {
        let known = |other: &Diagnostic| match &diagnostic.place {
            Some(place) => other.place.as_ref() == Some(place),
            None => other.message == diagnostic.message,
        };
        if !found.iter().any(known) {
            found.push(diagnostic);
        }
    }
}
