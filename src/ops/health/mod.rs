//! `health`: probes every component in parallel, then asks Prometheus about its targets and the way of its alerts.

mod alerts;
mod component;
mod scraper;
mod storage;
mod targets;

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::join_all;

pub use component::PATIENCE;
pub use scraper::now;
pub use targets::{Facts, Owner, glance, owner, sort};

use self::component::Look;
use self::scraper::Scraper;
use super::prepare::known_components;
use super::{Error, Session, images, load, up};
use crate::catalog;
use crate::engine::Engine;
use crate::model::health::{Health, HealthReport};
use crate::model::stack::{Instance, Stack};

/// What `health` was asked for.
#[derive(Debug, Clone)]
pub struct Options {
    /// Only these components; empty: all.
    pub components: Vec<String>,
    /// Leave out the targets of Prometheus.
    pub components_only: bool,
    /// Longest time to wait for what Prometheus does only some seconds after a start or a reload.
    pub wait: Duration,
}

/// Probes components and what they watch.
pub async fn health(session: &Session<'_>, options: &Options) -> Result<HealthReport, Error> {
    let loaded = load(session)?;
    known_components(&loaded, &options.components)?;
    let engine = session.engine().await?;
    let client = up::client()?;
    let stack = &loaded.stack;
    let chosen =
        |instance: &Instance| options.components.is_empty() || options.components.contains(&instance.name);
    let scraper = stack.instance(catalog::SCRAPER).filter(|instance| chosen(instance));
    // What Prometheus reports is understood only with all components.
    let looked = stack.instances.iter().filter(|instance| scraper.is_some() || chosen(instance));
    let available = available(&engine, stack).await?;
    let state = session.state(&stack.name);
    let looks = join_all(looked.map(async |instance| {
        let available = available.as_ref().is_none_or(|names| names.contains(&instance.name));
        let look = component::look(&engine, (stack, &state), &client, instance, available).await;
        (instance.name.clone(), look)
    }));
    let (looks, problems) = tokio::join!(looks, problems(&engine, stack));
    let mut looks: BTreeMap<String, Look> = looks.into_iter().collect();
    let mut targets = None;
    if let Some(scraper) = scraper
        && let Some(endpoint) = looks.get(&scraper.name).and_then(Look::answering)
    {
        let scraper = Scraper { session, client: &client, stack, endpoint: endpoint.clone(), looks: &looks };
        let (detail, found) = scraper.look(options).await;
        targets = found;
        if let Some(look) = looks.get_mut(catalog::SCRAPER) {
            look.health = Health { latency_ms: look.health.latency_ms, ..detail };
        }
    }
    let shown = |name: &String| stack.instance(name).is_some_and(&chosen);
    let components =
        looks.into_iter().filter(|(name, _)| shown(name)).map(|(name, look)| (name, look.health));
    let mut report = HealthReport {
        stack: stack.name.clone(),
        status: "healthy".to_owned(),
        problems,
        components: components.collect(),
        targets,
        timestamp: jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string(),
    };
    if !report.is_healthy() {
        "unhealthy".clone_into(&mut report.status);
    }
    Ok(report)
}

/// The components that have an image; none when that cannot be known. Only a daemon that cannot be reached stops here.
async fn available(engine: &Engine, stack: &Stack) -> Result<Option<Vec<String>>, Error> {
    match images::look(engine, stack, &[]).await {
        Ok(images) => Ok(Some(images.found.into_keys().collect())),
        Err(Error::Engine(error)) if !error.is_unreachable() => Ok(None),
        Err(error) => Err(error),
    }
}

/// What is wrong with the stack as a whole. Whatever else cannot be asked shows in the rows.
async fn problems(engine: &Engine, stack: &Stack) -> Vec<String> {
    match engine.has_network(&stack.name).await {
        Ok(false) if engine.containers_of(&stack.name).await.is_ok_and(|found| !found.is_empty()) => {
            vec![no_network(&stack.name)]
        }
        _ => Vec::new(),
    }
}

/// The problem of a stack that has containers and no network.
pub fn no_network(stack: &str) -> String {
    format!(
        "the network `{stack}` does not exist, so the components cannot reach each other; `stackctl up` creates it and replaces the containers"
    )
}
