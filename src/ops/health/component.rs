//! The probe of one component: its container, its readiness, and what its own metrics report.

use std::time::{Duration, Instant};

use super::storage;
use super::targets::Owner;
use crate::catalog;
use crate::engine::{Engine, Inspected};
use crate::model::health::{Condition, Health};
use crate::model::stack::{Instance, Stack};
use crate::ops::apply::{self, describe};
use crate::ops::stops;
use crate::probe::{Client, Endpoint, Metrics, Readiness, ready};
use crate::workdir::State;

/// How long an answer may take.
pub const PATIENCE: Duration = Duration::from_secs(5);

/// What is known of a component.
#[derive(Debug)]
pub struct Look {
    /// Its row.
    pub health: Health,
    /// Its container.
    pub seen: Option<Inspected>,
    /// Where it answers, when it does.
    endpoint: Option<Endpoint>,
}

impl Look {
    fn row(health: Health, seen: Option<Inspected>) -> Self {
        Self { health, seen, endpoint: None }
    }

    /// Where it answers; none when it is not ready.
    pub fn answering(&self) -> Option<&Endpoint> {
        self.endpoint.as_ref()
    }

    /// Stopped on purpose.
    pub fn is_stopped(&self) -> bool {
        self.health.state == Condition::Stopped
    }

    /// Seconds since its start.
    pub fn uptime(&self) -> Option<u64> {
        self.seen.as_ref().and_then(Inspected::uptime)
    }

    /// What its targets can be expected to be.
    pub fn as_owner(&self) -> Owner {
        match self.health.state {
            Condition::Stopped => Owner::Stopped,
            Condition::Unhealthy | Condition::Unavailable => Owner::Unwell,
            Condition::Healthy => Owner::Well(self.uptime().unwrap_or(u64::MAX)),
        }
    }
}

/// Probes a component. What cannot be asked is its row's detail, so that the others are shown.
pub async fn look(
    engine: &Engine,
    (stack, state): (&Stack, &State),
    client: &Client,
    instance: &Instance,
    available: bool,
) -> Look {
    let seen = match engine.inspect(&instance.spec.name, &stack.name).await {
        Ok(Some(seen)) => stops::judged(state, seen),
        Ok(None) => return Look::row(absent(available), None),
        Err(error) => return Look::row(Health::bad(error.to_string()), None),
    };
    if seen.stack.as_deref() != Some(&stack.name) {
        let health = Health::bad(format!("the container `{}` is not stackctl's", instance.spec.name));
        return Look::row(health, None);
    }
    if let Some(health) = not_running(instance, &seen) {
        return Look::row(health, Some(seen));
    }
    let Some(endpoint) = apply::endpoint_made(engine, instance, &seen) else {
        return Look::row(unreached(engine, stack, instance), Some(seen));
    };
    let begin = Instant::now();
    let answer = ready(&client.peer(&endpoint, PATIENCE), &Readiness::from(&instance.ready)).await;
    let latency_ms = Some((begin.elapsed().as_secs_f64() * 1e4).round() / 10.0);
    if let Err(error) = answer {
        let health = Health { latency_ms, ..Health::bad(error.to_string()) };
        return Look::row(health, Some(seen));
    }
    let health = beyond_ready(engine, client, instance, &endpoint, &seen).await;
    Look { health: Health { latency_ms, ..health }, seen: Some(seen), endpoint: Some(endpoint) }
}

fn absent(available: bool) -> Health {
    if available {
        Health::bad("does not exist; `stackctl up` creates it")
    } else {
        Health::new(
            Condition::Unavailable,
            "unavailable: its image is not here; `stackctl up` says how to supply it",
        )
    }
}

/// The row of a container that does no work at the moment.
fn not_running(instance: &Instance, seen: &Inspected) -> Option<Health> {
    let name = &instance.name;
    if seen.stopped {
        return Some(Health::new(Condition::Stopped, format!("stopped; `stackctl start {name}` starts it")));
    }
    if seen.paused {
        return Some(Health::bad(format!("paused; `stackctl restart {name}` restarts it")));
    }
    (!seen.running).then(|| Health::bad(format!("{}; `stackctl up` starts it", describe(seen))))
}

/// The row of a running container without an address.
fn unreached(engine: &Engine, stack: &Stack, instance: &Instance) -> Health {
    if !engine.choice.host.is_local() {
        return Health::well("running; it cannot be probed from here");
    }
    let (network, container) = (&stack.name, &instance.spec.name);
    Health::bad(format!(
        "running, but not connected to the network `{network}`; `docker network connect {network} {container}`"
    ))
}

/// What readiness does not show: memory kills, full volumes, and services that an exporter does not reach.
async fn beyond_ready(
    engine: &Engine,
    client: &Client,
    instance: &Instance,
    endpoint: &Endpoint,
    seen: &Inspected,
) -> Health {
    if seen.ended.out_of_memory {
        return Health::bad("ready, but a process in it was killed for memory; raise its `memory`");
    }
    if let Some(problem) = service_down(client, instance, endpoint).await {
        return Health::bad(problem);
    }
    if instance.name == catalog::NOTIFIER
        && let Some(problem) = storage::snapshots(client, endpoint).await
    {
        return Health::bad(problem);
    }
    match storage::room(engine, instance, seen) {
        Some(storage::Room::Full(text)) => Health::bad(format!("ready, but {text}")),
        Some(storage::Room::Short(text)) => Health::well(format!("ready, {text}")),
        None => Health::well("ready"),
    }
}

/// An exporter answers while the service that it watches does not.
async fn service_down(client: &Client, instance: &Instance, endpoint: &Endpoint) -> Option<String> {
    let scrape = instance.row?.scrape?;
    let metric = scrape.service_up?;
    let metrics = Metrics::of(&client.peer(endpoint, PATIENCE), scrape.path).await.ok()?;
    (metrics.value(metric, &[]) == Some(0.0)).then(|| {
        let name = &instance.name;
        format!(
            "ready, but does not reach what it watches ({metric} is 0); `stackctl logs {name}` shows the reason"
        )
    })
}
