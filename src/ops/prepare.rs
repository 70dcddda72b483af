//! The common way from the user's files and the daemon to a plan: load, look, render, check, observe, reconcile.

use std::collections::BTreeMap;

use futures_util::future::join_all;

use super::images::{self, Images, PullPolicy};
use super::load::{Generate, Loaded};
use super::prove::Witness;
use super::{Error, Session, apply, judge, load, prove};
use crate::check;
use crate::engine::Engine;
use crate::kernel::{Diagnostic, diagnostic, digest, labels};
use crate::model::artifact::{self, Artifact, Revision};
use crate::model::component::Reload;
use crate::model::observed::Observed;
use crate::model::plan::{Action, Plan, Subject, Unavailable};
use crate::model::report::Verdict;
use crate::model::stack::{CONFIG_MOUNT, Instance};
use crate::probe::Endpoint;
use crate::reconcile::{self, Options};
use crate::render;

/// Everything that is known before something is changed.
#[derive(Debug)]
pub struct Prepared {
    /// The user's files and what they mean.
    pub loaded: Loaded,
    /// Rendered files.
    pub artifacts: Vec<Artifact>,
    /// Their revisions.
    pub revisions: BTreeMap<String, Revision>,
    /// What there is.
    pub observed: Observed,
    /// Images.
    pub images: Images,
    /// What is to be done.
    pub plan: Plan,
    /// Components that ran what was rendered while the daemon was still being asked.
    pub proven: Vec<String>,
}

/// How far to go.
#[derive(Debug, Clone)]
pub struct Ask {
    /// Only these components.
    pub components: Vec<String>,
    /// Remove containers of components that are no longer in the stack.
    pub remove_orphans: bool,
    /// Whether missing images are fetched.
    pub pull: Option<PullPolicy>,
    /// Whether missing secrets are made.
    pub generate: Generate,
    /// Whether somebody wants to know what the checks find.
    pub lint: Lint,
    /// With what to ask the components whether they run what was rendered; none: nobody wants to know.
    pub prove: Option<Witness>,
}

/// How much is done to find mistakes in the rendered files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lint {
    /// Everything is read again.
    Always,
    /// What was read before without a finding is not read again.
    WhenNew,
    /// Nothing: the files are compared with what runs and go nowhere.
    Never,
}

/// Looks, renders and plans. Nothing is changed, except that images are fetched and secrets made when asked to.
pub async fn prepare(
    session: &Session<'_>,
    engine: &Engine,
    mut loaded: Loaded,
    ask: &Ask,
) -> Result<Prepared, Error> {
    known_components(&loaded, &ask.components)?;
    let name = loaded.stack.name.clone();
    // None of them needs another: files are rendered while the daemon is busy with its answers.
    let ((), (images, artifacts, proven), mut observed) = tokio::try_join!(
        async { engine.answers().await.map_err(Error::from) },
        Box::pin(files_and_proof(session, engine, &mut loaded, ask)),
        async { Box::pin(engine.observe(&name)).await.map_err(Error::from) },
    )?;
    let revisions = artifact::revisions(&artifacts);
    observed.images.clone_from(&images.found);
    observed.changed_files = changed_files(engine, &observed, &artifacts, &revisions).await?;
    let options = Options {
        components: ask.components.clone(),
        remove_orphans: ask.remove_orphans,
        unavailable: images.missing.clone(),
    };
    let plan =
        reconcile::up(&loaded.stack, &revisions, &observed, &options).map_err(|r| Error::refused(&r))?;
    if !plan.is_empty() {
        // Looking works with daemons of any age, the changes do not.
        engine.daemon().await?;
    }
    Ok(Prepared { loaded, artifacts, revisions, observed, images, plan, proven })
}

/// The images and files, and the components that run them. Those that answer at their published port are asked while the
/// daemon is: when nothing is to be done, as on most days, that is the proof, and it took no time of its own.
async fn files_and_proof(
    session: &Session<'_>,
    engine: &Engine,
    loaded: &mut Loaded,
    ask: &Ask,
) -> Result<(Images, Vec<Artifact>, Vec<String>), Error> {
    let Some(witness) = &ask.prove else {
        let (images, artifacts) = images_and_files(session, engine, loaded, ask).await?;
        return Ok((images, artifacts, Vec::new()));
    };
    let reached: Vec<(Instance, Endpoint)> = loaded
        .stack
        .instances
        .iter()
        .filter_map(|instance| {
            instance.row.filter(|row| row.reload != Reload::Never)?;
            Some((instance.clone(), apply::endpoint_published(engine, instance)?))
        })
        .collect();
    let early =
        join_all(reached.iter().map(|(instance, endpoint)| prove::ask(&witness.client, endpoint, instance)));
    let (answers, files) = tokio::join!(early, Box::pin(images_and_files(session, engine, loaded, ask)));
    let (images, artifacts) = files?;
    let compared = reached.iter().zip(answers).map(async |((instance, endpoint), said)| {
        let differences = match said {
            Some(said) => prove::compare(&witness.state, instance, &artifacts, said),
            None => prove::running(witness, endpoint, instance, &artifacts).await,
        };
        differences.is_empty().then(|| instance.name.clone())
    });
    let proven = join_all(compared).await.into_iter().flatten().collect();
    Ok((images, artifacts, proven))
}

/// The images, and the files for the versions in them.
async fn images_and_files(
    session: &Session<'_>,
    engine: &Engine,
    loaded: &mut Loaded,
    ask: &Ask,
) -> Result<(Images, Vec<Artifact>), Error> {
    let mut images = images::look(engine, &loaded.stack).await?;
    if let Some(policy) = ask.pull
        && (policy == PullPolicy::Always || needs(&images, &ask.components))
    {
        // Everything that can be wrong with the files is said before anything is fetched.
        let artifacts = load::render_unread(session, loaded, Generate::Nothing)?;
        checked(session, loaded, &artifacts, ask.lint)?;
        images = images::acquire(session, engine, &loaded.stack, policy).await?;
    }
    loaded.with_images(&images::known(&images))?;
    let artifacts = load::render_unread(session, loaded, ask.generate)?;
    checked(session, loaded, &artifacts, ask.lint)?;
    Ok((images, artifacts))
}

/// The same plan with the images that are missing as its first steps, for `plan`.
pub fn with_pulls(prepared: &Prepared) -> Plan {
    let mut plan = Plan { orphans: prepared.plan.orphans.clone(), ..Plan::default() };
    let missing: &[Unavailable] = &prepared.images.missing;
    for image in missing {
        plan.push(
            Subject::Image(image.component.clone()),
            Action::Pull,
            format!("{} is not here", image.image),
            Vec::new(),
        );
    }
    let shift = plan.steps.len();
    for step in &prepared.plan.steps {
        let after = step.after.iter().map(|id| id + shift).collect();
        plan.push(step.subject.clone(), step.action, step.cause.clone(), after);
    }
    for (id, image) in missing.iter().enumerate() {
        plan.push(Subject::Container(image.component.clone()), Action::Create, "not found", vec![id + 1]);
    }
    plan
}

/// Asks the judges about components that will get new files. A refusal stops with nothing touched.
pub async fn judged(
    session: &Session<'_>,
    engine: &Engine,
    prepared: &Prepared,
) -> Result<Vec<Verdict>, Error> {
    let changed = prepared.plan.steps.iter().any(|step| matches!(step.subject, Subject::Files(_)));
    if !changed {
        return Ok(Vec::new());
    }
    let verdicts =
        judge::judge(session, engine, &prepared.loaded.stack, &prepared.artifacts, &prepared.images).await?;
    let refused = judge::refusals(&verdicts);
    if refused.is_empty() { Ok(verdicts) } else { Err(Error::Invalid(refused)) }
}

/// Components that are named must be in the stack.
pub fn known_components(loaded: &Loaded, named: &[String]) -> Result<(), Error> {
    let there: Vec<&str> = loaded.stack.instances.iter().map(|instance| instance.name.as_str()).collect();
    for name in named {
        if !there.contains(&name.as_str()) {
            let hint = match crate::kernel::text::nearest(name, there.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("the stack has {}", crate::kernel::text::list(&there)),
            };
            return Err(Error::Usage {
                message: format!("`{name}` is not in the stack `{}`", loaded.stack.name),
                hint,
            });
        }
    }
    Ok(())
}

fn needs(images: &Images, components: &[String]) -> bool {
    images.missing.iter().any(|missing| components.is_empty() || components.contains(&missing.component))
}

/// Reads the files back and adds what the checks find; errors stop. That nothing was found is remembered, as the verdicts of the judges are.
fn checked(
    session: &Session<'_>,
    loaded: &mut Loaded,
    artifacts: &[Artifact],
    lint: Lint,
) -> Result<(), Error> {
    if lint == Lint::Never {
        return Ok(());
    }
    let state = session.state(&loaded.stack.name);
    let key = (lint == Lint::WhenNew).then(|| key_of_checks(loaded, artifacts));
    if key.as_ref().is_some_and(|key| state.was_accepted(key)) {
        return Ok(());
    }
    let found = render::read_back(artifacts);
    if !found.is_empty() {
        return Err(Error::Invalid(found));
    }
    let found = check::check(&loaded.document, &loaded.stack, artifacts);
    if diagnostic::any_error(&found) {
        return Err(Error::Invalid(found));
    }
    if let Some(key) = key.filter(|_| found.is_empty()) {
        state.accepted(&key);
    }
    let new: Vec<Diagnostic> = found.into_iter().filter(|d| !loaded.diagnostics.contains(d)).collect();
    loaded.diagnostics.extend(new);
    Ok(())
}

/// Everything the checks look at: the program, what the files of the user mean, and the rendered files.
fn key_of_checks(loaded: &Loaded, artifacts: &[Artifact]) -> String {
    let meant = format!("{:?}{:?}", loaded.stack, loaded.document.config);
    let version = concat!("check ", env!("CARGO_PKG_VERSION"));
    let files =
        artifacts.iter().flat_map(|file| [file.component.as_bytes(), file.path.as_bytes(), &file.bytes]);
    digest::short([version.as_bytes(), meant.as_bytes()].into_iter().chain(files))
}

/// Which files differ, for components whose revision does. Only the causes in the plan depend on it.
async fn changed_files(
    engine: &Engine,
    observed: &Observed,
    artifacts: &[Artifact],
    revisions: &BTreeMap<String, Revision>,
) -> Result<BTreeMap<String, Vec<String>>, Error> {
    let mut changed = BTreeMap::new();
    for seen in observed.containers.iter().filter(|seen| seen.role == labels::ROLE_COMPONENT) {
        let (Some(delivered), Some(wanted)) = (&seen.revision, revisions.get(&seen.component)) else {
            continue;
        };
        if *delivered == wanted.id {
            continue;
        }
        let before: BTreeMap<String, Vec<u8>> = engine
            .read_files(&seen.id, &format!("{CONFIG_MOUNT}/{delivered}"))
            .await
            .unwrap_or_default()
            .into_iter()
            .collect();
        let mine: BTreeMap<&str, &[u8]> = artifacts
            .iter()
            .filter(|artifact| artifact.component == seen.component)
            .map(|artifact| (artifact.path.as_str(), artifact.bytes.as_slice()))
            .collect();
        let new = mine.iter().filter(|(path, bytes)| before.get(**path).map(Vec::as_slice) != Some(**bytes));
        let gone = before.keys().filter(|path| !mine.contains_key(path.as_str())).cloned();
        let files: Vec<String> = new.map(|(path, _)| (*path).to_owned()).chain(gone).collect();
        changed.insert(seen.component.clone(), files);
    }
    Ok(changed)
}
