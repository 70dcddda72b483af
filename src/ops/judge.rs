//! The programs of the very images that will run read the rendered files before anything is touched.

use futures_util::future::join_all;

use super::images::Images;
use super::{Error, Session};
use crate::engine::{Engine, ToolFile};
use crate::kernel::{Diagnostic, digest};
use crate::model::artifact::{Artifact, Revision};
use crate::model::component::Judge;
use crate::model::report::{Judged, Verdict};
use crate::model::stack::{CONFIG_DIRECTORY, Instance, Stack};

/// Asks every judge of every component that has an image. A verdict on the same files with the same image is remembered.
pub async fn judge(
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

/// The refusals among verdicts, as findings.
pub fn refusals(verdicts: &[Verdict]) -> Vec<Diagnostic> {
    let refused = verdicts.iter().filter(|verdict| verdict.outcome == Judged::Refused);
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
fn judge_name(command: &str) -> &str {
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
