//! The programs of the very images that will run read the rendered files before anything is touched.

use futures_util::future::join_all;

use super::images::Images;
use super::load::Loaded;
use super::{Error, Session, texts};
use crate::engine::{Engine, ToolFile};
use crate::kernel::{Diagnostic, digest};
use crate::model::artifact::{Artifact, Revision};
use crate::model::component::Judge;
use crate::model::report::{Judged, Verdict};
use crate::model::stack::{CONFIG_DIRECTORY, Instance, Stack};
use crate::resolve::hours;
use crate::source::Document;

/// How amtool reports a time zone that it cannot load; the name follows.
const UNKNOWN_ZONE: &str = "unknown time zone ";

/// What the programs of the images found.
#[derive(Debug, Default)]
pub struct Validated {
    /// One verdict for each program.
    pub verdicts: Vec<Verdict>,
    /// What they refuse, with its place where they name one.
    pub found: Vec<Diagnostic>,
}

/// Runs every validator of every component that has an image, and executes the texts of receivers.
pub async fn validate(
    session: &Session<'_>,
    engine: &Engine,
    loaded: &Loaded,
    artifacts: &[Artifact],
    images: &Images,
) -> Result<Validated, Error> {
    let (mut verdicts, executed) = tokio::try_join!(
        judge(session, engine, &loaded.stack, artifacts, images),
        texts::execute(session, engine, loaded, artifacts, images),
    )?;
    let mut found = executed.found;
    found.extend(zones(&verdicts, &loaded.document));
    found.extend(refusals(&verdicts, &found));
    verdicts.extend(executed.verdict);
    Ok(Validated { verdicts, found })
}

/// Asks every judge of every component that has an image. A verdict on the same files with the same image is remembered.
async fn judge(
    session: &Session<'_>,
    engine: &Engine,
    stack: &Stack,
    artifacts: &[Artifact],
    images: &Images,
) -> Result<Vec<Verdict>, Error> {
    let revisions = crate::model::artifact::revisions(artifacts);
    let cases = stack.instances.iter().flat_map(|instance| {
        let judges = instance.row.map(|row| row.judges).unwrap_or_default();
        let fits = |judge: &&Judge| {
            judge.since.is_none_or(|since| instance.version.as_ref().is_none_or(|v| v.since(since)))
        };
        judges.iter().filter(fits).map(move |judge| (instance, judge))
    });
    let asked = cases.map(|(instance, judge)| {
        let revision = revisions.get(&instance.name);
        one(session, engine, stack, Case { instance, judge, artifacts, images, revision })
    });
    join_all(asked).await.into_iter().collect()
}

/// Time zones that an image does not have, at their places in `stack.yml`.
fn zones(verdicts: &[Verdict], document: &Document) -> Vec<Diagnostic> {
    let refused = verdicts.iter().filter(|verdict| verdict.outcome == Judged::Refused);
    let name = |verdict: &Verdict| {
        let (_, rest) = verdict.output.split_once(UNKNOWN_ZONE)?;
        rest.split_whitespace().next().map(str::to_owned)
    };
    refused.filter_map(name).flat_map(|name| hours::missing_in_image(&name, document)).collect()
}

/// The refusals among verdicts, as findings. What has a finding with a place already is not reported again.
fn refusals(verdicts: &[Verdict], found: &[Diagnostic]) -> Vec<Diagnostic> {
    let known = |verdict: &Verdict| {
        let zone = |found: &Diagnostic| found.code == "SC521" && verdict.output.contains(UNKNOWN_ZONE);
        let reason = |found: &Diagnostic| found.message.split_once(": ").map(|(_, reason)| reason.to_owned());
        let same = |found: &Diagnostic| reason(found).is_some_and(|reason| verdict.output.contains(&reason));
        found.iter().any(|found| zone(found) || same(found))
    };
    let refused = verdicts.iter().filter(|verdict| verdict.outcome == Judged::Refused && !known(verdict));
    refused
        .map(|verdict| {
            Diagnostic::error(
                "SC501",
                format!(
                    "`{}` refuses the files of {}:\n{}",
                    verdict.judge, verdict.component, verdict.output
                ),
            )
            .hint("`stackctl render --out DIR` writes the files it was given")
        })
        .collect()
}

/// The command without the directory of its program.
pub fn judge_name(command: &str) -> &str {
    let program = command.split(' ').next().unwrap_or_default();
    program.rfind('/').and_then(|slash| command.get(slash + 1..)).unwrap_or(command)
}

struct Case<'a> {
    instance: &'a Instance,
    judge: &'a Judge,
    artifacts: &'a [Artifact],
    images: &'a Images,
    revision: Option<&'a Revision>,
}

async fn one(
    session: &Session<'_>,
    engine: &Engine,
    stack: &Stack,
    case: Case<'_>,
) -> Result<Verdict, Error> {
    let Case { instance, judge, artifacts, images, revision } = case;
    let command: Vec<String> =
        judge.command.iter().map(|word| word.replace("{config}", CONFIG_DIRECTORY)).collect();
    let name =
        judge.command.iter().take_while(|word| !word.contains('{')).copied().collect::<Vec<_>>().join(" ");
    let verdict = |outcome: Judged, output: String| Verdict {
        component: instance.name.clone(),
        judge: judge_name(&name).to_owned(),
        outcome,
        output,
    };
    let Some(image) = images.found.get(&instance.name) else {
        return Ok(verdict(Judged::Skipped, "its image is not there".to_owned()));
    };
    let revision = revision.map_or("none", |revision| revision.id.as_str());
    let key = digest::short([image.id.as_bytes(), revision.as_bytes(), command.join("\0").as_bytes()]);
    let state = session.state(&stack.name);
    if state.was_accepted(&key) {
        return Ok(verdict(Judged::Accepted, String::new()));
    }
    let files: Vec<ToolFile> = artifacts
        .iter()
        .filter(|artifact| artifact.component == instance.name)
        // Judges look whether a secret is there, never what it is.
        .map(|artifact| {
            (artifact.path.clone(), if artifact.secret { b"secret".to_vec() } else { artifact.bytes.clone() })
        })
        .collect();
    let run = engine.run_tool(&stack.name, &instance.name, &image.reference, &command, &files).await?;
    if run.code == 0 {
        state.accepted(&key);
        return Ok(verdict(Judged::Accepted, String::new()));
    }
    Ok(verdict(Judged::Refused, run.output))
}
