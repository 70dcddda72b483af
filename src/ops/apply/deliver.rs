//! Files into volumes, and the way back to the revision before.

use super::Work;
use crate::engine::{Delivery, Parcel};
use crate::model::stack::{Holds, Instance};
use crate::ops::Error;

/// Brings the files of these components, and gives their new data volumes their owner.
pub async fn deliver(work: &Work<'_>, components: &[String]) -> Result<String, Error> {
    let instances: Vec<&Instance> =
        work.stack.instances.iter().filter(|instance| components.contains(&instance.name)).collect();
    let parcels: Vec<Parcel> = instances.iter().flat_map(|instance| parcels(work, instance)).collect();
    let Some(first) = instances.first() else { return Ok(String::new()) };
    let files: usize = parcels.iter().filter_map(|p| p.delivery.as_ref()).map(|d| d.files.len()).sum();
    work.engine.deliver(&work.stack.name, &first.spec.image, &parcels).await?;
    Ok(crate::kernel::text::count(files, "file"))
}

/// Points a component at the revision it had before; false when there was none.
pub async fn point_back(work: &Work<'_>, instance: &Instance) -> Result<bool, Error> {
    let before = work.observed.containers.iter().find(|seen| seen.component == instance.name);
    let (Some(revision), Some(volume)) =
        (before.and_then(|seen| seen.revision.clone()), instance.config_volume())
    else {
        return Ok(false);
    };
    let delivery = Some(Delivery { revision, files: Vec::new() });
    let parcel = Parcel { volume: volume.to_owned(), delivery, ..Parcel::default() };
    work.engine.deliver(&work.stack.name, &instance.spec.image, &[parcel]).await?;
    Ok(true)
}

fn parcels(work: &Work<'_>, instance: &Instance) -> Vec<Parcel> {
    let mut parcels = Vec::new();
    for mount in &instance.spec.volumes {
        // Without a container, a volume may be left by a run that was killed before it gave it its owner.
        let is_new = !work.observed.volumes.iter().any(|seen| seen.name == mount.volume);
        let has_no_owner = is_new || work.observed.container(&instance.spec.name).is_none();
        match mount.holds {
            Holds::Config => parcels.push(Parcel {
                volume: mount.volume.clone(),
                delivery: delivery(work, instance),
                is_new,
                ..Parcel::default()
            }),
            // A volume that a container works on is left alone.
            Holds::Data if has_no_owner => parcels.push(Parcel {
                volume: mount.volume.clone(),
                owner: Some(instance.user()),
                ..Parcel::default()
            }),
            Holds::Data => {}
        }
    }
    parcels
}

fn delivery(work: &Work<'_>, instance: &Instance) -> Option<Delivery> {
    let revision = work.revisions.get(&instance.name)?.id.clone();
    let mine = work.artifacts.iter().filter(|artifact| artifact.component == instance.name);
    let owner = instance.user();
    let files = mine.map(|a| (a.path.clone(), a.bytes.clone(), a.secret.then_some(owner))).collect();
    Some(Delivery { revision, files })
}
