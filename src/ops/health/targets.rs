//! Which targets are down, and which only have not been scraped yet.

use std::collections::{BTreeMap, BTreeSet};

use super::component::PATIENCE;
use crate::kernel::text::printable;
use crate::model::health::{TargetRow, Targets};
use crate::model::stack::{Job, JobSource, Stack};
use crate::probe::prometheus_query::QueryValue;
use crate::probe::{Client, Endpoint, ProbeError, Prometheus, Target};

/// Prometheus takes up new jobs with two delays of five seconds each.
pub const DISCOVERY: f64 = 15.0;
/// Room for the answers of a slow machine.
const SLACK: f64 = 10.0;

/// The state of the component that serves a job.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Owner {
    /// It was stopped on purpose, so that its targets are no news.
    Stopped,
    /// Something is wrong with it, which its own row says.
    Unwell,
    /// It is ready, and was started so many seconds ago.
    Well(u64),
}

/// What decides besides the targets. Times are Unix times.
#[derive(Debug, Clone, Default)]
pub struct Facts<'a> {
    /// What should be scraped.
    pub jobs: &'a [Job],
    /// Components that serve jobs, by job; an application has none.
    pub owners: BTreeMap<&'a str, Owner>,
    /// Probes that failed: job and what is probed.
    pub failed_probes: BTreeSet<(String, String)>,
    /// When the first look began.
    pub began: f64,
    /// Now.
    pub now: f64,
    /// Since when Prometheus runs its configuration; none: not known.
    pub since: Option<f64>,
}

/// The targets by what is known of them.
#[derive(Debug, Default, PartialEq)]
pub struct Sorted {
    /// For the report.
    pub targets: Targets,
    /// Some are decided only by a scrape that has not been made yet.
    pub pending: bool,
    /// The shortest time between two scrapes, in seconds.
    pub interval: Option<f64>,
}

/// What a target is.
enum State {
    Up,
    /// Why, and whether the next scrape may find it up.
    Down(String),
    /// Why; the next scrape decides.
    Unknown(String),
    /// Not counted.
    Ignored,
}

/// Sorts the targets of Prometheus.
pub fn sort(found: &[Target], facts: &Facts<'_>) -> Sorted {
    let mut sorted = Sorted::default();
    let expected: BTreeMap<&str, BTreeSet<&str>> =
        facts.jobs.iter().map(|job| (job.name.as_str(), addresses(job))).collect();
    let mut there: BTreeSet<(&str, &str)> = BTreeSet::new();
    for target in found {
        let (job, address) = (target.scrape_pool.as_str(), target.address());
        there.insert((job, address));
        let (interval, _) = target.pace();
        sorted.interval = Some(sorted.interval.map_or(interval, |shortest| shortest.min(interval)));
        let removed = expected.get(job).is_none_or(|addresses| !addresses.contains(address));
        let state = if removed && facts.age().is_some_and(|age| age < DISCOVERY) {
            // Of the configuration before the reload.
            State::Ignored
        } else {
            facts.state(target)
        };
        let shown = if target.instance().is_empty() { &target.scrape_url } else { target.instance() };
        sorted.add(job, shown, state);
    }
    for (job, addresses) in &expected {
        for address in addresses.iter().filter(|address| !there.contains(&(job, address))) {
            sorted.add(job, address, facts.undiscovered(job));
        }
    }
    sorted.targets.down.sort();
    sorted.targets.unknown.sort();
    sorted
}

impl Sorted {
    fn add(&mut self, job: &str, address: &str, state: State) {
        let row = |reason: String| TargetRow {
            job: job.to_owned(),
            address: printable(address),
            reason: printable(&reason),
        };
        match state {
            State::Ignored => return,
            State::Up => self.targets.up += 1,
            State::Down(reason) => self.targets.down.push(row(reason)),
            State::Unknown(reason) => {
                self.pending = true;
                self.targets.unknown.push(row(reason));
            }
        }
        self.targets.total += 1;
    }
}

impl Facts<'_> {
    /// Seconds since Prometheus runs its configuration.
    fn age(&self) -> Option<f64> {
        self.since.map(|since| self.now - since)
    }

    fn state(&self, target: &Target) -> State {
        let owner = self.owners.get(target.scrape_pool.as_str()).copied();
        if owner == Some(Owner::Stopped) {
            return State::Ignored;
        }
        let (interval, timeout) = target.pace();
        let scraped = target.scraped_at();
        match (target.health.as_str(), scraped) {
            ("up", _) => {
                let probe = (target.scrape_pool.clone(), target.instance().to_owned());
                if self.failed_probes.contains(&probe) {
                    State::Down("the probe fails (probe_success is 0)".to_owned())
                } else {
                    State::Up
                }
            }
            ("down", Some(at)) => {
                let reason =
                    if target.last_error.is_empty() { "the last scrape failed" } else { &target.last_error };
                match owner {
                    // It may have been scraped while it was starting; an application has no such excuse.
                    Some(Owner::Well(uptime))
                        if at < self.began && seconds(uptime) < 2.0 * interval + timeout + SLACK =>
                    {
                        State::Unknown(format!("not scraped since its component is ready ({reason})"))
                    }
                    _ => State::Down(reason.to_owned()),
                }
            }
            _ => match self.age() {
                Some(age) if age > interval + timeout + SLACK + DISCOVERY => {
                    State::Down(format!("never scraped in {age:.0}s"))
                }
                _ => State::Unknown("not scraped yet".to_owned()),
            },
        }
    }

    /// The state of a target of `stack.yml` that Prometheus does not list.
    fn undiscovered(&self, job: &str) -> State {
        match self.owners.get(job) {
            Some(Owner::Stopped) => State::Ignored,
            _ if self.age().is_some_and(|age| age >= DISCOVERY) => State::Down(
                "Prometheus does not scrape it; `stackctl up` delivers its configuration".to_owned(),
            ),
            _ => State::Unknown("not discovered yet".to_owned()),
        }
    }
}

/// For comparisons with what Prometheus reports.
fn seconds(whole: u64) -> f64 {
    std::time::Duration::from_secs(whole).as_secs_f64()
}

/// What a job scrapes or probes, as its configuration names it.
fn addresses(job: &Job) -> BTreeSet<&str> {
    match &job.source {
        JobSource::Component { target, .. } => BTreeSet::from([target.as_str()]),
        JobSource::App { app, .. } => app.targets.iter().map(String::as_str).collect(),
        JobSource::Blackbox { targets, .. } => targets.iter().map(String::as_str).collect(),
    }
}

/// The component that serves a job; none for the job of an application.
pub fn owner(job: &Job) -> Option<&str> {
    match &job.source {
        JobSource::Component { .. } => Some(&job.name),
        JobSource::Blackbox { .. } => Some(crate::catalog::PROBER),
        JobSource::App { .. } => None,
    }
}

/// The targets as they are now, with as few questions as possible: for a stack of which only the containers are known.
pub async fn glance(
    client: &Client,
    endpoint: &Endpoint,
    stack: &Stack,
) -> Option<(Vec<Target>, BTreeSet<(String, String)>)> {
    let prometheus = Prometheus::new(client.peer(endpoint, PATIENCE));
    tokio::try_join!(prometheus.active_targets(), failed_probes(&prometheus, stack)).ok()
}

/// The probes that fail: job and what is probed.
pub async fn failed_probes(
    prometheus: &Prometheus<'_>,
    stack: &Stack,
) -> Result<BTreeSet<(String, String)>, ProbeError> {
    if !stack.jobs.iter().any(|job| matches!(job.source, JobSource::Blackbox { .. })) {
        return Ok(BTreeSet::new());
    }
    let found = prometheus.query("probe_success == 0", None).await?;
    let QueryValue::Vector(samples) = found.value else { return Ok(BTreeSet::new()) };
    let label = |labels: &BTreeMap<String, String>, name: &str| labels.get(name).cloned().unwrap_or_default();
    let probe = |labels| (label(labels, "job"), label(labels, "instance"));
    Ok(samples.iter().map(|sample| probe(&sample.labels)).collect())
}

#[cfg(test)]
mod tests;
