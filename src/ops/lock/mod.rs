//! One run at a time changes a stack, whoever starts it, on whatever machine: the lock at the daemon.
//!
//! Every run has a *claim*: an empty volume `NAME.lock-TOKEN-0`. The token is random and never used again, so removing
//! a claim by its name never removes that of another run. A run holds the lock when
//!
//! 1. it has created its claim,
//! 2. and a list of all claims, asked for afterwards, shows no other live one. Otherwise it removes its own again.
//!
//! **Two runs never hold it at once.** The daemon lists every volume whose creation it answered before. Of two runs,
//! let A create its claim first. When B asks for its list, A's claim is there, until A withdraws or releases it: B does
//! not hold. Both may see each other and both withdraw; claims that are this young are tried again after a random pause.
//!
//! **A killed run loses it.** On the same kernel and in the same namespaces, the process table decides, also for other
//! users. Elsewhere a claim is a lease: its owner renews it (`…-1`, `…-2`) every [`lease::RENEWAL`], and it lapses when
//! the daemon's own clock, read off the claims, has gone on for [`LEASE`]; because that clock may jump, nothing is taken
//! over before [`CONFIRMATION`] has passed without a renewal.
//!
//! **Taking over does not race.** Whoever takes over (a) has its own claim, (b) removes every lapsed claim it saw, (c)
//! lists again and withdraws when the lapsed run has renewed. The lapsed run, when it was only asleep, (d) creates its
//! next claim, (e) lists, and goes on only when the list shows its claim from before. If (e) shows it, then (b) comes
//! after (e), so (c) comes after (d) and sees the renewal: the run that takes over withdraws. Two that take over are two
//! runs that have created claims: the first argument holds for them.
//!
//! What is left is a request that a sleeping run had already sent, which no lock at a daemon without fencing can stop.

mod judge;
mod lease;
mod settle;

use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::{Error, Session};
use crate::engine::Engine;
use crate::kernel::Exit;
use crate::model::claim::{Claim, Intent, Owner};
use crate::model::observed::Observed;
use crate::workdir::{self, Lock, Taken};

pub use lease::Lease;
pub use settle::settle;

/// Age at which a claim that was not renewed lapses.
const LEASE: Duration = Duration::from_secs(45);
/// How long a lapsed claim is watched before it is taken over: longer than one renewal takes.
const CONFIRMATION: Duration = Duration::from_secs(12);
/// Age up to which a claim may be that of a run that is only trying.
const TRYING: Duration = Duration::from_secs(2);
/// How long runs that try at once give way to each other.
const CONTENTION: Duration = Duration::from_secs(4);
/// Pause between two attempts, at most.
const PAUSE: Duration = Duration::from_millis(250);

/// Another run that holds the lock.
struct Holder {
    owner: Option<Owner>,
    /// It may be only trying.
    is_new: bool,
    /// Whether the process can be looked up from here.
    elsewhere: bool,
}

/// Takes the lock among the runs of this user on this machine, which needs no daemon.
pub async fn gate(session: &Session<'_>, stack: &str, stop: &watch::Receiver<bool>) -> Result<Lock, Error> {
    let mut waiting = Waiting::new(session, stack);
    loop {
        match Lock::take(&session.state(stack), &session.owner())? {
            Taken::Held(lock) => return Ok(lock),
            Taken::Busy(owner) => {
                waiting.pause(&Holder { owner, is_new: false, elsewhere: false }, stop).await?;
            }
        }
    }
}

/// Takes the lock of a stack at its daemon.
async fn acquire(
    session: &Session<'_>,
    engine: &Engine,
    stack: &str,
    intent: &Intent,
    stop: &watch::Receiver<bool>,
) -> Result<Lease, Error> {
    let mut waiting = Waiting::new(session, stack);
    loop {
        match attempt(session, engine, stack, intent).await? {
            Ok(lease) => return Ok(lease),
            Err(holder) => waiting.pause(&holder, stop).await?,
        }
    }
}

/// Makes a change while this run holds the lock, and gives it back whatever the change ends with.
pub async fn under<T>(
    session: &Session<'_>,
    engine: &Engine,
    (stack, intent): (&str, &Intent),
    stop: &watch::Receiver<bool>,
    change: impl AsyncFnOnce(&Lease) -> Result<T, Error>,
) -> Result<T, Error> {
    let lease = acquire(session, engine, stack, intent, stop).await?;
    let result = change(&lease).await;
    lease.release().await;
    result
}

/// What the daemon has of a stack that no other run is changing; none when one is, or was killed while it did.
pub async fn look(engine: &Engine, stack: &str) -> Result<Option<Observed>, Error> {
    match engine.observe(stack).await {
        Ok(observed) => Ok(Some(observed).filter(|observed| !observed.is_claimed)),
        Err(error) => unclaimed(engine, stack, error.into()).await.map(|()| None),
    }
}

/// Whether a look may have failed because of another run, which the lock will tell; otherwise the error.
pub async fn unclaimed(engine: &Engine, stack: &str, error: Error) -> Result<(), Error> {
    let is_claimed = match &error {
        Error::Engine(_) => engine.claims(stack).await.is_ok_and(|claims| !claims.is_empty()),
        _ => false,
    };
    if is_claimed { Ok(()) } else { Err(error) }
}

/// One attempt. Whatever it ends with, no claim is left unless it holds.
async fn attempt(
    session: &Session<'_>,
    engine: &Engine,
    stack: &str,
    intent: &Intent,
) -> Result<Result<Lease, Holder>, Error> {
    let claim = Claim {
        token: workdir::token()?,
        renewal: 0,
        created: String::new(),
        owner: session.owner(),
        intent: intent.clone(),
    };
    let (lease, announced) = Lease::announce(engine, stack, claim).await;
    let result = match announced {
        Ok(own) => take(session, engine, stack, &lease, &own).await,
        Err(error) => Err(error),
    };
    match result {
        Ok(Ok(inherited)) => Ok(Ok(lease.hold(inherited))),
        Ok(Err(holder)) => {
            lease.release().await;
            Ok(Err(holder))
        }
        Err(error) => {
            lease.release().await;
            Err(error)
        }
    }
}

/// Steps 2 and (b) to (c) of the protocol; returns the claims that were taken over.
async fn take(
    session: &Session<'_>,
    engine: &Engine,
    stack: &str,
    lease: &Lease,
    own: &Claim,
) -> Result<Result<Vec<Claim>, Holder>, Error> {
    let others = judge::others(own, &engine.claims(stack).await?, workdir::liveness);
    if let Some(holder) = others.holder(own) {
        return Ok(Err(holder));
    }
    if others.dead.is_empty() && others.lapsed.is_empty() {
        return Ok(Ok(Vec::new()));
    }
    if let Some(claim) = others.lapsed.last() {
        session.note(format!(
            "the lock of {} was not renewed; taking it over in {}s",
            claim.owner.describe(),
            CONFIRMATION.as_secs()
        ));
        tokio::time::sleep(CONFIRMATION).await;
        let now = engine.claims(stack).await?;
        if let Some(renewed) = others.renewed(&now) {
            return Ok(Err(Holder { owner: Some(renewed.owner.clone()), is_new: false, elsewhere: true }));
        }
    }
    // What the dead run may have left in flight is known from now on by the claim of this one.
    let inherited = others.taken_over();
    let intent = inherited.iter().fold(own.intent.clone(), |intent, claim| intent.with(&claim.intent));
    lease.renew(Some(intent)).await?;
    for claim in others.objects() {
        engine.remove_claim(stack, claim).await?;
    }
    if !others.lapsed.is_empty()
        && let Some(renewed) = others.renewed(&engine.claims(stack).await?)
    {
        return Ok(Err(Holder { owner: Some(renewed.owner.clone()), is_new: false, elsewhere: true }));
    }
    Ok(Ok(inherited))
}

/// Patience with other runs.
struct Waiting<'a> {
    session: &'a Session<'a>,
    stack: &'a str,
    since: Instant,
    noted: bool,
}

impl<'a> Waiting<'a> {
    fn new(session: &'a Session<'a>, stack: &'a str) -> Self {
        Self { session, stack, since: Instant::now(), noted: false }
    }

    /// Waits a moment; an error when the time is up or the user wants to stop.
    async fn pause(&mut self, holder: &Holder, stop: &watch::Receiver<bool>) -> Result<(), Error> {
        let limit = self.session.global.lock_timeout;
        let patience = if holder.is_new { limit.max(CONTENTION) } else { limit };
        if self.since.elapsed() >= patience {
            return Err(self.locked(holder));
        }
        if !self.noted && !holder.is_new {
            self.noted = true;
            self.session.note(format!("waiting up to {}s: {}", limit.as_secs(), self.message(holder)));
        }
        let mut stop = stop.clone();
        let pause = PAUSE.mul_f64(workdir::random_fraction()?.max(0.1));
        tokio::select! {
            () = tokio::time::sleep(pause) => Ok(()),
            _ = stop.wait_for(|stop| *stop) => Err(Error::Interrupted {
                exit: Exit::Interrupted,
                changed: Vec::new(),
                hint: "the lock was not taken".to_owned(),
            }),
        }
    }

    fn message(&self, holder: &Holder) -> String {
        let owner = holder
            .owner
            .as_ref()
            .map_or_else(|| "a process that has just started".to_owned(), Owner::describe);
        format!("the stack `{}` is locked by {owner}", self.stack)
    }

    fn locked(&self, holder: &Holder) -> Error {
        let wait = "wait for that run, for example with `--lock-timeout 5m`".to_owned();
        let lapses = format!("if it was killed, the lock lapses {}s after its last renewal", LEASE.as_secs());
        Error::Locked {
            message: self.message(holder),
            changed: Vec::new(),
            hint: if holder.elsewhere { format!("{wait}; {lapses}") } else { wait },
        }
    }
}
