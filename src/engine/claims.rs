//! Claims on a stack, kept as empty volumes with labels: they need no image, and every user of the daemon sees them.

use std::collections::HashMap;

use bollard::models::{Volume, VolumeCreateRequest};
use bollard::query_parameters::ListVolumesOptionsBuilder;

use super::objects::gone;
use super::record::read;
use super::{Engine, EngineError};
use crate::kernel::labels;
use crate::model::claim::{Claim, Intent, Owner};

/// How the names of a stack's claims begin.
pub(super) fn prefix(stack: &str) -> String {
    format!("{stack}.lock-")
}

/// Name of the volume that is a claim.
pub fn claim_name(stack: &str, claim: &Claim) -> String {
    format!("{}{}-{}", prefix(stack), claim.token, claim.renewal)
}

impl Engine {
    /// Creates a claim; returns it with the time at which the daemon created it.
    pub async fn create_claim(&self, stack: &str, claim: &Claim) -> Result<Claim, EngineError> {
        let name = claim_name(stack, claim);
        let request = VolumeCreateRequest {
            name: Some(name.clone()),
            driver: Some("local".to_owned()),
            labels: Some(labels_of(stack, claim)),
            ..VolumeCreateRequest::default()
        };
        let made = self.docker.create_volume(request).await;
        let made = made.map_err(|error| self.error(error, format!("create the lock `{name}`")))?;
        Ok(Claim { created: made.created_at.unwrap_or_default(), ..claim.clone() })
    }

    /// Every claim on a stack, the newest of each run last.
    pub async fn claims(&self, stack: &str) -> Result<Vec<Claim>, EngineError> {
        let filters = HashMap::from([("name", vec![prefix(stack)])]);
        let options = ListVolumesOptionsBuilder::new().filters(&filters).build();
        let listed = read(async || {
            let listed = self.docker.list_volumes(Some(options.clone())).await;
            listed.map_err(|error| self.error(error, "list the locks of the stack"))
        })
        .await?;
        let volumes = listed.volumes.unwrap_or_default();
        let mut claims: Vec<Claim> = volumes.iter().filter_map(|volume| claim_of(volume, stack)).collect();
        claims.sort_by(|a, b| (&a.token, a.renewal).cmp(&(&b.token, b.renewal)));
        Ok(claims)
    }

    /// Removes a claim; one that is not there is fine.
    pub async fn remove_claim(&self, stack: &str, claim: &Claim) -> Result<(), EngineError> {
        gone(self.delete_volume(&claim_name(stack, claim)).await)
    }
}

/// The claim that a volume is, when it is one on this stack.
pub(super) fn claim_of(volume: &Volume, stack: &str) -> Option<Claim> {
    let text = |key: &str| volume.labels.get(key).cloned().unwrap_or_default();
    // The daemon's filter also finds names that contain the text.
    let rest = volume.name.strip_prefix(&prefix(stack))?;
    let (token, renewal) = rest.rsplit_once('-')?;
    if text(labels::CLAIM_TOKEN) != token {
        return None;
    }
    let ending = text(labels::CLAIM_ENDING);
    Some(Claim {
        token: token.to_owned(),
        renewal: renewal.parse().ok()?,
        created: volume.created_at.clone().unwrap_or_default(),
        owner: Owner {
            user: text(labels::CLAIM_USER),
            host: text(labels::CLAIM_HOST),
            machine: text(labels::CLAIM_MACHINE),
            pid: text(labels::CLAIM_PID).parse().unwrap_or_default(),
            started: text(labels::CLAIM_STARTED).parse().unwrap_or_default(),
            command: text(labels::CLAIM_COMMAND),
            since: text(labels::CLAIM_SINCE),
        },
        intent: Intent {
            verb: text(labels::CLAIM_VERB),
            ending: ending.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect(),
        },
    })
}

fn labels_of(stack: &str, claim: &Claim) -> HashMap<String, String> {
    let Claim { token, renewal, owner, intent, .. } = claim;
    HashMap::from(
        [
            (labels::STACK, stack.to_owned()),
            (labels::VERSION, env!("CARGO_PKG_VERSION").to_owned()),
            (labels::HOLDS, labels::HOLDS_LOCK.to_owned()),
            (labels::CLAIM_TOKEN, token.clone()),
            (labels::CLAIM_RENEWAL, renewal.to_string()),
            (labels::CLAIM_USER, owner.user.clone()),
            (labels::CLAIM_HOST, owner.host.clone()),
            (labels::CLAIM_MACHINE, owner.machine.clone()),
            (labels::CLAIM_PID, owner.pid.to_string()),
            (labels::CLAIM_STARTED, owner.started.to_string()),
            (labels::CLAIM_COMMAND, owner.command.clone()),
            (labels::CLAIM_SINCE, owner.since.clone()),
            (labels::CLAIM_VERB, intent.verb.clone()),
            (labels::CLAIM_ENDING, intent.ending.join(",")),
        ]
        .map(|(key, value)| (key.to_owned(), value)),
    )
}

#[cfg(test)]
mod tests {
    use bollard::models::Volume;

    use super::{claim_name, claim_of, labels_of};
    use crate::model::claim::{Claim, Intent, Owner};

    #[test]
    fn a_claim_survives_the_way_through_labels_and_belongs_to_one_stack() {
        let claim = Claim {
            token: "00ff".into(),
            renewal: 3,
            created: "2026-11-28T10:14:46Z".into(),
            owner: Owner {
                user: "ops".into(),
                host: "ci-1".into(),
                machine: "boot pid:[1]".into(),
                pid: 7,
                started: 99,
                command: "stackctl up".into(),
                since: "2026-11-28T10:14:46Z".into(),
            },
            intent: Intent { verb: "down".into(), ending: vec!["demo-a".into(), "demo-b".into()] },
        };
        let name = claim_name("demo", &claim);
        assert_eq!(name, "demo.lock-00ff-3");
        let labels = labels_of("demo", &claim);
        let volume = Volume { name, labels, created_at: Some(claim.created.clone()), ..Volume::default() };
        assert_eq!(claim_of(&volume, "demo"), Some(claim));
        assert_eq!(claim_of(&volume, "emo"), None);
        let other = Volume { name: "x-demo.lock-00ff-3".into(), ..volume };
        assert_eq!(claim_of(&other, "demo"), None);
    }
}
