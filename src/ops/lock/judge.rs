//! What the claims of other runs are worth. Pure.

use std::time::Duration;

use jiff::Timestamp;

use super::{Holder, LEASE, TRYING};
use crate::model::claim::{Claim, Owner};
use crate::workdir::Liveness;

/// The claims of other runs, the newest of each run last.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Others {
    /// Of runs that may hold the stack.
    pub(super) live: Vec<Claim>,
    /// Of processes that have ended.
    pub(super) dead: Vec<Claim>,
    /// Of processes elsewhere that have not renewed in time.
    pub(super) lapsed: Vec<Claim>,
}

/// Sorts the claims of others. Times are compared with that of the own claim: all are the daemon's.
pub(super) fn others(own: &Claim, all: &[Claim], liveness: impl Fn(&Owner) -> Liveness) -> Others {
    let mut others = Others::default();
    for claim in all.iter().filter(|claim| claim.token != own.token) {
        let newest = all.iter().rfind(|other| other.token == claim.token).unwrap_or(claim);
        let group = match liveness(&newest.owner) {
            Liveness::Dead => &mut others.dead,
            Liveness::Unknown if age(newest, own).is_some_and(|age| age > LEASE) => &mut others.lapsed,
            Liveness::Alive | Liveness::Unknown => &mut others.live,
        };
        group.push(claim.clone());
    }
    others
}

/// How much later the daemon created the second claim; none when it does not report times.
fn age(claim: &Claim, now: &Claim) -> Option<Duration> {
    let time = |claim: &Claim| claim.created.parse::<Timestamp>().ok();
    let age = time(now)?.duration_since(time(claim)?);
    Some(Duration::try_from(age).unwrap_or_default())
}

impl Others {
    /// The run that keeps the own one from holding.
    pub(super) fn holder(&self, own: &Claim) -> Option<Holder> {
        let claim = self.live.last()?;
        let is_new = claim.renewal == 0 && age(claim, own).is_some_and(|age| age <= TRYING);
        let elsewhere = claim.owner.machine != own.owner.machine;
        Some(Holder { owner: Some(claim.owner.clone()), is_new, elsewhere })
    }

    /// Every claim that goes when they are taken over.
    pub(super) fn objects(&self) -> impl Iterator<Item = &Claim> {
        self.dead.iter().chain(&self.lapsed)
    }

    /// The newest claim of each run that is taken over.
    pub(super) fn taken_over(&self) -> Vec<Claim> {
        let newest = |claim: &&Claim| {
            !self.objects().any(|other| other.token == claim.token && other.renewal > claim.renewal)
        };
        self.objects().filter(newest).cloned().collect()
    }

    /// A claim by which a lapsed run shows that it lives.
    pub(super) fn renewed<'a>(&self, now: &'a [Claim]) -> Option<&'a Claim> {
        now.iter().find(|claim| {
            let mut before = self.lapsed.iter().filter(|before| before.token == claim.token).peekable();
            before.peek().is_some() && before.all(|before| before.renewal < claim.renewal)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Others, others};
    use crate::model::claim::{Claim, Intent, Owner};
    use crate::workdir::Liveness;

    fn claim(token: &str, renewal: u64, second: u32, machine: &str) -> Claim {
        let created = format!("2026-11-28T10:{:02}:{:02}Z", second / 60, second % 60);
        let owner = Owner { machine: machine.into(), ..Owner::default() };
        Claim { token: token.into(), renewal, created, owner, intent: Intent::default() }
    }

    /// `here` runs, `gone` has ended, nothing is known of the rest.
    fn liveness(owner: &Owner) -> Liveness {
        match owner.machine.as_str() {
            "here" => Liveness::Alive,
            "gone" => Liveness::Dead,
            _ => Liveness::Unknown,
        }
    }

    #[test]
    fn a_process_decides_where_it_can_be_looked_up_and_the_daemons_clock_elsewhere() {
        let own = claim("own", 0, 100, "here");
        let old = claim("old", 0, 10, "here");
        let dead = claim("dead", 0, 100, "gone");
        let fresh = claim("fresh", 0, 60, "far");
        let lapsed = claim("lapsed", 0, 54, "far");
        let all = [own.clone(), old.clone(), dead.clone(), fresh.clone(), lapsed.clone()];
        let expected = Others { live: vec![old, fresh], dead: vec![dead], lapsed: vec![lapsed] };
        assert_eq!(others(&own, &all, liveness), expected);
    }

    #[test]
    fn the_newest_claim_of_a_run_counts() {
        let own = claim("own", 0, 100, "here");
        let renewed = [own.clone(), claim("far", 3, 10, "far"), claim("far", 4, 99, "far")];
        assert_eq!(others(&own, &renewed, liveness).live.len(), 2);
        let lapsed = [own.clone(), claim("far", 3, 10, "far"), claim("far", 4, 20, "far")];
        let seen = others(&own, &lapsed, liveness);
        assert_eq!((seen.lapsed.len(), seen.taken_over()[0].renewal), (2, 4));
        assert_eq!(seen.renewed(&lapsed), None);
        let later = [own, claim("far", 4, 20, "far"), claim("far", 5, 30, "far")];
        assert_eq!(seen.renewed(&later).map(|claim| claim.renewal), Some(5));
    }

    #[test]
    fn a_clock_that_went_back_or_is_not_known_never_makes_a_claim_lapse() {
        let own = claim("own", 0, 100, "here");
        let later = claim("far", 0, 500, "far");
        let unknown = Claim { created: String::new(), ..claim("odd", 0, 1, "far") };
        let seen = others(&own, &[later, unknown], liveness);
        assert_eq!((seen.live.len(), seen.lapsed.len()), (2, 0));
    }

    #[test]
    fn a_claim_of_this_moment_may_be_that_of_a_run_that_is_only_trying() {
        let own = claim("own", 0, 100, "here");
        let is_new = |other: Claim| others(&own, &[other], liveness).holder(&own).map(|holder| holder.is_new);
        assert_eq!(is_new(claim("a", 0, 99, "here")), Some(true));
        assert_eq!(is_new(claim("a", 0, 90, "here")), Some(false));
        assert_eq!(is_new(claim("a", 1, 99, "here")), Some(false));
        assert_eq!(is_new(claim("a", 0, 99, "gone")), None);
    }
}
