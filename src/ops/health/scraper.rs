//! What only Prometheus knows: its targets, its Alertmanagers, its database. It takes up new files and new targets only some
//! seconds after a start or a reload, so it is asked again until that time is over.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::alerts::{self, Delivery};
use super::component::{Look, PATIENCE};
use super::targets::{self, Facts, Owner, Sorted};
use super::{Options, storage};
use crate::catalog;
use crate::kernel::text;
use crate::model::health::{Health, Targets};
use crate::model::stack::{JobSource, Stack};
use crate::ops::Session;
use crate::probe::prometheus_self::server_of;
use crate::probe::{Alertmanager, Client, Endpoint, ProbeError, Prometheus, SelfMetrics, Target};

/// Time between two looks.
const PAUSE: Duration = Duration::from_millis(250);
/// Whoever waits longer than this is told for what.
const SILENT: Duration = Duration::from_secs(2);

/// Prometheus and what is known of the other components.
pub struct Scraper<'a> {
    pub session: &'a Session<'a>,
    pub client: &'a Client,
    pub stack: &'a Stack,
    pub endpoint: Endpoint,
    pub looks: &'a BTreeMap<String, Look>,
}

/// Its answers at one moment.
struct Found {
    notifiers: Vec<String>,
    own: SelfMetrics,
    targets: Vec<Target>,
    failed_probes: BTreeSet<(String, String)>,
    received: Option<f64>,
}

/// What follows from them.
struct Judged {
    health: Health,
    targets: Option<Targets>,
    /// What is waited for; none: everything is decided.
    pending: Option<String>,
}

impl Scraper<'_> {
    /// Its row, and the targets unless they are not wanted.
    pub async fn look(&self, options: &Options) -> (Health, Option<Targets>) {
        let (clock, began) = (Instant::now(), now());
        let mut told = false;
        loop {
            let judged = match self.ask().await {
                Ok(found) => self.judge(&found, began, options).await,
                Err(error) => return (Health::bad(error.to_string()), None),
            };
            let Some(pending) = judged.pending.filter(|_| clock.elapsed() < options.wait) else {
                return (judged.health, judged.targets);
            };
            if clock.elapsed() > SILENT && !told {
                let limit = options.wait.as_secs();
                self.session
                    .note(format!("waiting for {pending}, {limit}s at most (`--wait 0s` does not wait)"));
                told = true;
            }
            sleep(PAUSE).await;
        }
    }

    async fn ask(&self) -> Result<Found, ProbeError> {
        let prometheus = Prometheus::new(self.client.peer(&self.endpoint, PATIENCE));
        // Before the metrics: a list that is empty because of a reload must not meet a time from before it.
        let notifiers = prometheus.alertmanagers().await?.active;
        let (own, targets, failed_probes, received) = tokio::try_join!(
            prometheus.self_metrics(),
            prometheus.active_targets(),
            targets::failed_probes(&prometheus, self.stack),
            async { Ok(self.received().await) },
        )?;
        let notifiers = notifiers.iter().map(|url| server_of(url).to_owned()).collect();
        Ok(Found { notifiers, own, targets, failed_probes, received })
    }

    /// Alerts that our Alertmanager counts as received.
    async fn received(&self) -> Option<f64> {
        let endpoint = self.looks.get(catalog::NOTIFIER)?.answering()?;
        let metrics = Alertmanager::new(self.client.peer(endpoint, PATIENCE)).metrics().await.ok()?;
        metrics.sum("alertmanager_alerts_received_total", &[])
    }

    async fn judge(&self, found: &Found, began: f64, options: &Options) -> Judged {
        let now = now();
        let sorted = targets::sort(&found.targets, &self.facts(found, began, now));
        let interval = sorted.interval.unwrap_or(60.0);
        let (delivery, mut pending) = self.delivery(found, now, began);
        let mut storage = storage::database(&found.own, now, interval);
        if storage.is_none() {
            storage = self.failing_writes(&found.own).await;
        }
        let health = self.combined(storage.map_or(delivery, Health::bad));
        if options.components_only {
            return Judged { health, targets: None, pending };
        }
        if pending.is_none() && sorted.pending {
            pending =
                Some(format!("the first scrape of {}", text::count(sorted.targets.unknown.len(), "target")));
        }
        let Sorted { targets, .. } = sorted;
        Judged { health, targets: Some(targets), pending }
    }

    /// What is wrong with the component itself is the cause of the rest; what is only worth knowing is added.
    fn combined(&self, found: Health) -> Health {
        let Some(own) = self.looks.get(catalog::SCRAPER).map(|look| &look.health) else { return found };
        if !own.healthy {
            return own.clone();
        }
        let note = own.detail.strip_prefix("ready").unwrap_or_default();
        Health { detail: format!("{}{note}", found.detail), ..found }
    }

    fn facts(&self, found: &Found, began: f64, now: f64) -> Facts<'_> {
        Facts {
            jobs: &self.stack.jobs,
            owners: self.owners(),
            failed_probes: found.failed_probes.clone(),
            began,
            now,
            since: Some(found.own.since()),
        }
    }

    fn owners(&self) -> BTreeMap<&str, Owner> {
        let owned = self.stack.jobs.iter().filter_map(|job| Some((job.name.as_str(), targets::owner(job)?)));
        owned.filter_map(|(job, component)| Some((job, self.looks.get(component)?.as_owner()))).collect()
    }

    fn delivery(&self, found: &Found, now: f64, began: f64) -> (Health, Option<String>) {
        let notifier = self.looks.get(catalog::NOTIFIER);
        let ours = self.stack.jobs.iter().find_map(|job| match &job.source {
            JobSource::Component { target, .. } if job.name == catalog::NOTIFIER => Some(target),
            _ => None,
        });
        let (Some(notifier), Some(ours)) = (notifier, ours) else { return (Health::well("ready"), None) };
        if notifier.is_stopped() {
            let detail = format!("ready; {} is stopped, so alerts are not delivered", catalog::NOTIFIER);
            return (Health::well(detail), None);
        }
        let facts = alerts::Facts {
            ours,
            active: &found.notifiers,
            sent: found.own.alerts_to(ours),
            received: found.received,
            both_up: Duration::from_secs(notifier.uptime().unwrap_or(0))
                .as_secs_f64()
                .min(now - found.own.started_at),
            age: now - found.own.since(),
            waited: now - began,
        };
        match alerts::delivery(&facts) {
            Delivery::Works(detail) => (Health::well(detail), None),
            Delivery::Fails(detail) => (Health::bad(detail), None),
            Delivery::Pending(detail) => {
                (Health::well(detail), Some("Prometheus to discover Alertmanager".to_owned()))
            }
        }
    }

    /// Writes that failed in the last minutes while others succeeded.
    async fn failing_writes(&self, own: &SelfMetrics) -> Option<String> {
        let prometheus = Prometheus::new(self.client.peer(&self.endpoint, PATIENCE));
        for write in &own.failed_writes {
            let job = catalog::SCRAPER;
            let window = write.retried;
            let query = format!("increase({}{{job=\"{job}\"}}[{window}])", write.metric);
            let lately = prometheus.query(&query, None).await.ok().and_then(|found| found.value.single());
            if let Some(count) = lately.filter(|count| *count >= 1.0) {
                return Some(format!(
                    "ready, but writing its database failed: {} {count:.0} times in {window}; `stackctl logs {job}` shows the reason",
                    write.what
                ));
            }
        }
        None
    }
}

/// Unix time.
pub fn now() -> f64 {
    jiff::Timestamp::now().as_duration().as_secs_f64()
}
