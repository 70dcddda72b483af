//! Which files differ from those that were delivered.

use std::collections::BTreeMap;

use crate::engine::Engine;
use crate::kernel::labels;
use crate::model::artifact::{Artifact, Revision};
use crate::model::observed::Observed;
use crate::model::stack::CONFIG_MOUNT;
use crate::ops::Error;

/// By component, for components whose revision does. Only the causes in the plan depend on it.
pub async fn changed_files(
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
