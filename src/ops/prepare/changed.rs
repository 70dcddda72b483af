//! Which files differ from those that were delivered.

use std::collections::BTreeMap;

use super::recover::Files;
use crate::engine::Engine;
use crate::kernel::labels;
use crate::model::artifact::{Artifact, Revision};
use crate::model::observed::{Observed, SeenContainer};
use crate::model::stack::CONFIG_DIRECTORY;

/// The delivered files by component, for components whose revision is another one. What cannot be read is left out: only
/// the causes in the plan depend on it.
pub async fn delivered(
    engine: &Engine,
    observed: &Observed,
    revisions: &BTreeMap<String, Revision>,
) -> BTreeMap<String, Files> {
    let mut delivered = BTreeMap::new();
    for (seen, _) in differing(observed, revisions) {
        let files = engine.read_files(&seen.id, &format!("{CONFIG_DIRECTORY}/")).await;
        delivered.insert(seen.component.clone(), files.unwrap_or_default().into_iter().collect());
    }
    delivered
}

/// The names of the files that differ, by component.
pub fn changed_files(
    observed: &Observed,
    delivered: &BTreeMap<String, Files>,
    artifacts: &[Artifact],
    revisions: &BTreeMap<String, Revision>,
) -> BTreeMap<String, Vec<String>> {
    let empty = Files::new();
    let of_component = |seen: &SeenContainer| {
        let before = delivered.get(&seen.component).unwrap_or(&empty);
        let mine: BTreeMap<&str, &[u8]> = artifacts
            .iter()
            .filter(|artifact| artifact.component == seen.component)
            .map(|artifact| (artifact.path.as_str(), artifact.bytes.as_slice()))
            .collect();
        let new = mine.iter().filter(|(path, bytes)| before.get(**path).map(Vec::as_slice) != Some(**bytes));
        let gone = before.keys().filter(|path| !mine.contains_key(path.as_str())).cloned();
        new.map(|(path, _)| (*path).to_owned()).chain(gone).collect()
    };
    differing(observed, revisions).map(|(seen, _)| (seen.component.clone(), of_component(seen))).collect()
}

fn differing<'a>(
    observed: &'a Observed,
    revisions: &'a BTreeMap<String, Revision>,
) -> impl Iterator<Item = (&'a SeenContainer, &'a String)> {
    let components = observed.containers.iter().filter(|seen| seen.role == labels::ROLE_COMPONENT);
    components.filter_map(|seen| {
        let (delivered, wanted) = (seen.revision.as_ref()?, revisions.get(&seen.component)?);
        (*delivered != wanted.id).then_some((seen, delivered))
    })
}
