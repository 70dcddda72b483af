//! `health`: asks every component at once whether it does its work.

use std::time::{Duration, Instant};

use futures_util::future::join_all;

use super::apply::{self, describe};
use super::prepare::known_components;
use super::{Error, Session, images, load, prove, up};
use crate::catalog;
use crate::engine::{Engine, Inspected};
use crate::model::report::{Health, HealthReport};
use crate::model::stack::{Instance, Stack};
use crate::probe::{Client, Metrics, Readiness, ready};

/// How long an answer may take.
pub const PATIENCE: Duration = Duration::from_secs(5);

/// Asks components; empty: all.
pub async fn health(session: &Session<'_>, components: &[String]) -> Result<HealthReport, Error> {
    let loaded = load(session)?;
    known_components(&loaded, components)?;
    let engine = session.engine().await?;
    let client = up::client()?;
    let images = images::look(&engine, &loaded.stack, &[]).await?;
    let chosen =
        loaded.stack.instances.iter().filter(|i| components.is_empty() || components.contains(&i.name));
    let asked = chosen.map(|instance| {
        let available = images.found.contains_key(&instance.name);
        let (engine, stack, client) = (&engine, &loaded.stack, &client);
        async move { (instance.name.clone(), one(engine, stack, client, instance, available).await) }
    });
    let mut report = HealthReport {
        status: "healthy".to_owned(),
        components: std::collections::BTreeMap::new(),
        timestamp: jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string(),
    };
    for (name, health) in join_all(asked).await {
        let health = health?;
        if !health.healthy {
            "unhealthy".clone_into(&mut report.status);
        }
        report.components.insert(name, health);
    }
    Ok(report)
}

async fn one(
    engine: &Engine,
    stack: &Stack,
    client: &Client,
    instance: &Instance,
    available: bool,
) -> Result<Health, Error> {
    let bad = |detail: String| Health { healthy: false, detail, latency_ms: None };
    let Some(seen) = engine.inspect(&instance.spec.name, &stack.name).await? else {
        let detail = if available {
            "not there; `stackctl up` makes it"
        } else {
            "unavailable: its image is not here"
        };
        return Ok(bad(detail.to_owned()));
    };
    if seen.stack.as_deref() != Some(&stack.name) {
        return Ok(bad(format!("the container `{}` is not stackctl's", instance.spec.name)));
    }
    if !seen.running {
        return Ok(bad(format!("{}; `stackctl up` starts it", describe(&seen))));
    }
    let Some(endpoint) = apply::endpoint(engine, stack, instance).await? else {
        let detail = "running; it cannot be asked from here".to_owned();
        return Ok(Health { healthy: true, detail, latency_ms: None });
    };
    let peer = client.peer(&endpoint, PATIENCE);
    let begin = Instant::now();
    let answer = ready(&peer, &Readiness::from(&instance.ready)).await;
    let latency_ms = Some((begin.elapsed().as_secs_f64() * 1e4).round() / 10.0);
    Ok(match answer {
        Err(error) => Health { healthy: false, detail: error.to_string(), latency_ms },
        Ok(_) => Health { latency_ms, ..beyond_ready(stack, client, instance, &endpoint, &seen).await },
    })
}

/// What readiness does not say: memory kills, Alertmanagers that Prometheus does not know, and services that an exporter
/// does not reach.
async fn beyond_ready(
    stack: &Stack,
    client: &Client,
    instance: &Instance,
    endpoint: &crate::probe::Endpoint,
    seen: &Inspected,
) -> Health {
    let health =
        |healthy: bool, detail: &str| Health { healthy, detail: detail.to_owned(), latency_ms: None };
    if seen.ended.out_of_memory {
        return health(false, "answers, but a process in it was killed for memory; raise its `memory`");
    }
    if instance.name == catalog::SCRAPER {
        return match prove::notifiers(client, endpoint, stack).await {
            None => health(true, "ready"),
            // Discovery takes up to five seconds after a start.
            Some(Ok(0)) if seen.uptime().is_some_and(|uptime| uptime < 15) => {
                health(true, "ready, has not looked for Alertmanager yet")
            }
            Some(Ok(0)) => health(false, "ready, but it knows no Alertmanager: alerts reach nobody"),
            Some(Ok(_)) => health(true, "ready, sends alerts to Alertmanager"),
            Some(Err(error)) => health(false, &error.to_string()),
        };
    }
    match unreached(client, instance, endpoint).await {
        Some(metric) => {
            let next = format!("`stackctl logs {}` says why", instance.name);
            health(false, &format!("ready, but does not reach what it watches ({metric} is 0); {next}"))
        }
        None => health(true, "ready"),
    }
}

/// The metric by which an exporter says that its service does not answer.
async fn unreached(
    client: &Client,
    instance: &Instance,
    endpoint: &crate::probe::Endpoint,
) -> Option<&'static str> {
    let scrape = instance.row?.scrape?;
    let metric = scrape.service_up?;
    let metrics = Metrics::of(&client.peer(endpoint, PATIENCE), scrape.path).await.ok()?;
    (metrics.value(metric, &[]) == Some(0.0)).then_some(metric)
}
