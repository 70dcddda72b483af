//! The rendered files for the images that are here, and what the checks find in them.

use std::collections::BTreeSet;

use super::{Ask, Lint};
use crate::check;
use crate::engine::Engine;
use crate::kernel::{Diagnostic, diagnostic, digest};
use crate::model::artifact::Artifact;
use crate::ops::images::{self, Images, PullPolicy};
use crate::ops::load::{self, Generate, Loaded};
use crate::ops::{Error, Session};
use crate::render::Rendered;

/// The images, fetched when they are missing and wanted, and the files for the versions in them.
pub async fn for_images(
    session: &Session<'_>,
    engine: &Engine,
    loaded: &mut Loaded,
    (mut images, containers): (Images, &BTreeSet<String>),
    ask: &Ask,
) -> Result<(Images, Vec<Artifact>), Error> {
    if let Some(policy) = ask.pull
        && (policy == PullPolicy::Always || !images.missing.is_empty())
    {
        // Everything that can be wrong with the files is said before anything is fetched.
        let rendered = load::render_all(session, loaded, Generate::Nothing)?;
        checked(session, loaded, rendered, ask.lint)?;
        images = images::acquire(session, engine, &loaded.stack, images, policy, &ask.components).await?;
    }
    loaded.with_images(&images::known(&images))?;
    let state = session.state(&loaded.stack.name);
    ask.skip.apply(&mut loaded.stack, &state, &images, containers);
    super::recover::recover(session, engine, loaded, &images, ask.generate).await?;
    let rendered = load::render_all(session, loaded, ask.generate)?;
    let artifacts = checked(session, loaded, rendered, ask.lint)?;
    Ok((images, artifacts))
}

/// The files, once they are read back and what the checks find is added; errors stop. That nothing was found is remembered, as the verdicts
/// of the judges are.
fn checked(
    session: &Session<'_>,
    loaded: &mut Loaded,
    mut rendered: Rendered,
    lint: Lint,
) -> Result<Vec<Artifact>, Error> {
    if lint == Lint::Never {
        return if rendered.found.is_empty() {
            Ok(rendered.artifacts)
        } else {
            Err(Error::Invalid(rendered.found))
        };
    }
    let state = session.state(&loaded.stack.name);
    let whole = rendered.found.is_empty();
    let key = (whole && lint == Lint::WhenNew).then(|| key_of_checks(loaded, &rendered.artifacts));
    if key.as_ref().is_some_and(|key| state.was_accepted(key)) {
        return Ok(rendered.artifacts);
    }
    rendered.read_back();
    if !rendered.found.is_empty() {
        return Err(load::invalid(loaded, rendered));
    }
    let artifacts = rendered.artifacts;
    let found = check::check(&loaded.document, &loaded.stack, &artifacts);
    if diagnostic::any_error(&found) {
        return Err(Error::Invalid(found));
    }
    if let Some(key) = key.filter(|_| found.is_empty()) {
        state.accepted(&key);
    }
    let new: Vec<Diagnostic> = found.into_iter().filter(|d| !loaded.diagnostics.contains(d)).collect();
    loaded.diagnostics.extend(new);
    Ok(artifacts)
}

/// Everything the checks look at: the program, what the files of the user mean, and the rendered files.
fn key_of_checks(loaded: &Loaded, artifacts: &[Artifact]) -> String {
    let meant = format!("{:?}{:?}", loaded.stack, loaded.document.config);
    let version = concat!("check ", env!("CARGO_PKG_VERSION"));
    let files = artifacts.iter().flat_map(|file| {
        [file.component.as_bytes(), file.path.as_bytes(), file.origin.as_bytes(), &file.bytes]
    });
    digest::short([version.as_bytes(), meant.as_bytes()].into_iter().chain(files))
}
