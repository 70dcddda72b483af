//! A claim that is held, renewed in the background, and given back.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use tokio::sync::Mutex;
use tokio::task::JoinHandle;

use crate::engine::Engine;
use crate::model::claim::{Claim, Intent};
use crate::ops::Error;

/// How often a claim is renewed.
pub(super) const RENEWAL: Duration = Duration::from_secs(10);
/// How soon a renewal that failed is tried again.
const AGAIN: Duration = Duration::from_secs(2);
/// Age of the last renewal at which nothing is begun before the next: the machine may have slept.
const OVERDUE: Duration = Duration::from_secs(30);
/// How long giving back may take; what is left then is that of a process that has ended.
const GOODBYE: Duration = Duration::from_secs(10);

/// A claim of this run.
#[derive(Debug)]
pub struct Lease {
    shared: Arc<Shared>,
    renewing: Option<JoinHandle<()>>,
    /// Claims of killed runs that were taken over.
    inherited: Vec<Claim>,
}

#[derive(Debug)]
struct Shared {
    engine: Engine,
    stack: String,
    own: Mutex<Own>,
    lost: AtomicBool,
}

#[derive(Debug)]
struct Own {
    /// The claim that is known to be there.
    claim: Claim,
    /// Every claim of this run that may be there.
    objects: Vec<Claim>,
    /// When the last renewal was proven, by the clock that goes on while the machine sleeps.
    proven: SystemTime,
}

impl Lease {
    /// Creates the claim. The lease is returned in any case: what was created without an answer is given back with it.
    pub(super) async fn announce(engine: &Engine, stack: &str, claim: Claim) -> (Self, Result<Claim, Error>) {
        let own = Own { claim: claim.clone(), objects: vec![claim.clone()], proven: SystemTime::now() };
        let shared = Shared {
            engine: engine.clone(),
            stack: stack.to_owned(),
            own: Mutex::new(own),
            lost: AtomicBool::new(false),
        };
        let lease = Self { shared: Arc::new(shared), renewing: None, inherited: Vec::new() };
        let created = engine.create_claim(stack, &claim).await.map_err(Error::from);
        (lease, created)
    }

    /// Starts the renewals.
    pub(super) fn hold(mut self, inherited: Vec<Claim>) -> Self {
        let shared = self.shared.clone();
        self.renewing = Some(tokio::spawn(async move {
            let mut pause = RENEWAL;
            while !shared.lost.load(Ordering::Relaxed) {
                tokio::time::sleep(pause).await;
                pause = if shared.renew(None).await.is_ok() { RENEWAL } else { AGAIN };
            }
        }));
        self.inherited = inherited;
        self
    }

    /// Claims of killed runs, whose last requests the daemon may still be carrying out.
    pub fn inherited(&self) -> &[Claim] {
        &self.inherited
    }

    /// Tells other runs what this one may leave in flight; nothing is sent when they know already.
    pub async fn intend(&self, intent: Intent) -> Result<(), Error> {
        let known = self.shared.own.lock().await.claim.intent.clone();
        let all = known.clone().with(&intent);
        if all == known { Ok(()) } else { self.renew(Some(all)).await }
    }

    pub(super) async fn renew(&self, intent: Option<Intent>) -> Result<(), Error> {
        self.shared.renew(intent).await
    }

    /// Whether the lock is still that of this run. Asks the daemon when the last renewal is long ago.
    pub async fn is_held(&self) -> bool {
        let proven = self.shared.own.lock().await.proven;
        // A clock that went back proves nothing either.
        if proven.elapsed().map_or(true, |age| age > OVERDUE) {
            // Without an answer of the daemon nothing can be begun anyway.
            let _ = self.renew(None).await;
        }
        !self.shared.lost.load(Ordering::Relaxed)
    }

    /// Gives the lock back.
    pub async fn release(mut self) {
        let renewing = self.renewing.take();
        let given_back = async {
            // Not in the middle of a renewal.
            let own = self.shared.own.lock().await;
            if let Some(renewing) = &renewing {
                renewing.abort();
            }
            for claim in &own.objects {
                if self.shared.engine.remove_claim(&self.shared.stack, claim).await.is_err() {
                    let _ = self.shared.engine.remove_claim(&self.shared.stack, claim).await;
                }
            }
        };
        let _ = tokio::time::timeout(GOODBYE, given_back).await;
        if let Some(renewing) = &renewing {
            renewing.abort();
        }
    }
}

impl Shared {
    /// Steps (d) and (e) of the protocol, then the claim from before goes.
    async fn renew(&self, intent: Option<Intent>) -> Result<(), Error> {
        let mut own = self.own.lock().await;
        let last = own.objects.last().map_or(own.claim.renewal, |claim| claim.renewal);
        let next = Claim {
            renewal: last + 1,
            intent: intent.unwrap_or_else(|| own.claim.intent.clone()),
            ..own.claim.clone()
        };
        own.objects.push(next.clone());
        let next = self.engine.create_claim(&self.stack, &next).await?;
        let seen = self.engine.claims(&self.stack).await?;
        let is_there = |claim: &Claim| {
            seen.iter().any(|seen| seen.token == claim.token && seen.renewal == claim.renewal)
        };
        let others = seen.iter().any(|seen| seen.token != next.token);
        // Without any other claim, the new one counts as announced anew: somebody has only tidied up.
        if !is_there(&own.claim) && others {
            self.lost.store(true, Ordering::Relaxed);
            return Ok(());
        }
        let objects = std::mem::take(&mut own.objects);
        for claim in objects {
            if claim.renewal == next.renewal || self.engine.remove_claim(&self.stack, &claim).await.is_err() {
                own.objects.push(claim);
            }
        }
        own.claim = next;
        own.proven = SystemTime::now();
        Ok(())
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(renewing) = &self.renewing {
            renewing.abort();
        }
    }
}
