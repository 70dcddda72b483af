//! The common way from the user's files and the daemon to a plan: load, look, render, check, observe, reconcile.

mod changed;
mod early;
mod files;
mod recover;

use std::collections::BTreeMap;

use early::Questions;

use super::images::{self, Images, PullPolicy};
use super::load::{self, Generate, Loaded};
use super::prove::Witness;
use super::skipped::Skip;
use super::{Error, Session, judge};
use crate::engine::Engine;
use crate::kernel::diagnostic;
use crate::model::artifact::{self, Artifact, Revision};
use crate::model::observed::{Observed, State};
use crate::model::plan::{Action, Plan, Subject, Unavailable};
use crate::model::report::Verdict;
use crate::model::stack::Instance;
use crate::reconcile::{self, Claim, Options};

pub use recover::{agree, recover};

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
    /// Take over a stack of another origin.
    pub adopt: bool,
    /// With what to ask the components whether they run what was rendered; none: nobody wants to know.
    pub prove: Option<Witness>,
    /// Which components without an image are left out of the files.
    pub skip: Skip,
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
    let questions = Questions::new(engine, &loaded.stack, ask.prove.as_ref());
    let (answers, world) = tokio::try_join!(
        async { Ok(questions.ask().await) },
        Box::pin(world(session, engine, &mut loaded, ask)),
    )?;
    let (mut images, artifacts, mut observed) = world;
    mark_running(&mut images, &loaded, &observed);
    let mut artifacts = artifacts;
    let mut revisions = artifact::revisions(&artifacts);
    let delivered = changed::delivered(engine, &observed, &revisions).await;
    if recover::newer(session, &mut loaded, &delivered, ask.generate)? {
        artifacts = load::render_unread(session, &mut loaded, ask.generate)?;
        revisions = artifact::revisions(&artifacts);
    }
    let proven = questions.proven(answers, &artifacts).await;
    observed.images.clone_from(&images.found);
    let made = |instance: &Instance| observed.container(&instance.spec.name).is_some();
    if !loaded.stack.instances.iter().all(made) {
        observed.foreign_names.extend(engine.foreign_names(&loaded.stack.name).await?);
    }
    observed.changed_files = changed::changed_files(&observed, &delivered, &artifacts, &revisions);
    let options = Options {
        components: ask.components.clone(),
        remove_orphans: ask.remove_orphans,
        claim: Claim { origin: loaded.origin.clone(), adopt: ask.adopt },
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

/// What the daemon has, and the files for its images: all lists at once, then the rendering while the daemon looks up
/// which files were delivered.
async fn world(
    session: &Session<'_>,
    engine: &Engine,
    loaded: &mut Loaded,
    ask: &Ask,
) -> Result<(Images, Vec<Artifact>, Observed), Error> {
    let ((), local, listed) =
        tokio::try_join!(engine.answers(), engine.images(), engine.list(&loaded.stack.name))?;
    let images = images::of(&loaded.stack, &ask.components, &local, &listed.image_records());
    let containers = listed.container_names();
    let (observed, (images, artifacts)) =
        tokio::try_join!(async { engine.observe_listed(listed).await.map_err(Error::from) }, async {
            let_requests_leave().await;
            files::for_images(session, engine, loaded, (images, &containers), ask).await
        })?;
    Ok((images, artifacts, observed))
}

/// Lets the requests of the other branches be written before this one keeps the only thread busy: a connection is opened,
/// greeted and written to in turns of their own.
async fn let_requests_leave() {
    for _ in 0..3 {
        tokio::task::yield_now().await;
    }
}

/// Notes which components without an image run all the same, from another one.
fn mark_running(images: &mut Images, loaded: &Loaded, observed: &Observed) {
    for missing in &mut images.missing {
        let instance = loaded.stack.instance(&missing.component);
        let seen = instance.and_then(|instance| observed.container(&instance.spec.name));
        if let Some(seen) = seen.filter(|seen| seen.state == State::Running) {
            let version = images.versions.get(&seen.image_id).cloned();
            missing.running = Some(version.unwrap_or_else(|| "another image".to_owned()));
        }
    }
}

/// The same plan with the images that are missing as its first steps, for `plan`. Those that are skipped are not fetched.
pub fn with_pulls(prepared: &Prepared, skipped: impl Fn(&Unavailable) -> bool) -> Plan {
    let unavailable = prepared.images.missing.clone();
    let mut plan = Plan { orphans: prepared.plan.orphans.clone(), unavailable, ..Plan::default() };
    let missing: Vec<&Unavailable> =
        prepared.images.missing.iter().filter(|missing| !skipped(missing)).collect();
    for image in &missing {
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
        let (action, cause) = match &image.running {
            Some(running) => (Action::Replace, format!("{} → {}", running, tag(&image.image))),
            None => (Action::Create, "not found".to_owned()),
        };
        plan.push(Subject::Container(image.component.clone()), action, cause, vec![id + 1]);
    }
    plan
}

/// The tag of an image's name as a version; the whole name when it has none.
pub fn tag(image: &str) -> &str {
    let tag = image.rsplit_once(':').map(|(_, tag)| tag).filter(|tag| !tag.contains('/'));
    tag.map_or(image, |tag| tag.trim_start_matches('v'))
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
    let validated =
        judge::validate(session, engine, &prepared.loaded, &prepared.artifacts, &prepared.images).await?;
    if diagnostic::any_error(&validated.found) {
        return Err(Error::Invalid(validated.found));
    }
    Ok(validated.verdicts)
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
