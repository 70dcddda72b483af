//! The proof that takes no time of its own: components are asked at their published ports while the daemon is asked. When
//! nothing is to be done, as on most days, it is all the proof that is needed.

use futures_util::future::join_all;

use crate::engine::Engine;
use crate::model::artifact::Artifact;
use crate::model::component::Reload;
use crate::model::stack::{Instance, Stack};
use crate::ops::apply;
use crate::ops::prove::{self, Said, Witness};
use crate::probe::{Endpoint, ProbeError};

/// Whom to ask, and with what.
pub struct Questions<'a> {
    witness: Option<&'a Witness>,
    asked: Vec<(Instance, Endpoint)>,
}

/// What the components said, in the order in which they were asked; none for those that need a rendered file.
pub type Answers = Vec<Option<Result<Said, ProbeError>>>;

impl<'a> Questions<'a> {
    /// Nobody is asked when nobody wants to know.
    pub fn new(engine: &Engine, stack: &Stack, witness: Option<&'a Witness>) -> Self {
        let reached = |instance: &Instance| {
            instance.row.filter(|row| row.reload != Reload::Never)?;
            Some((instance.clone(), apply::endpoint_published(engine, instance)?))
        };
        let wanted = stack.instances.iter().filter(|_| witness.is_some());
        Self { witness, asked: wanted.filter_map(reached).collect() }
    }

    /// Asks all of them at once.
    pub async fn ask(&self) -> Answers {
        let Some(witness) = self.witness else { return Vec::new() };
        join_all(self.asked.iter().map(|(instance, at)| prove::ask(&witness.client, at, instance))).await
    }

    /// Those that run what was rendered.
    pub async fn proven(&self, answers: Answers, artifacts: &[Artifact]) -> Vec<String> {
        let Some(witness) = self.witness else { return Vec::new() };
        let compared = self.asked.iter().zip(answers).map(async |((instance, at), said)| {
            let differences = match said {
                Some(said) => prove::compare(&witness.state, instance, artifacts, said),
                None => prove::running(witness, at, instance, artifacts).await,
            };
            differences.is_empty().then(|| instance.name.clone())
        });
        join_all(compared).await.into_iter().flatten().collect()
    }
}
