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
use super::images::Images;
use super::prepare::known_components;
use super::skipped::Skip;
use super::{Error, Session, images, load, up};
use crate::catalog;
use crate::engine::Engine;
use crate::model::health::{Health, HealthReport};
use crate::model::stack::{Instance, Stack};
use crate::workdir::State;

/// What `health` was asked for.
#[derive(Debug, Clone)]
pub struct Options {
    /// Only these components; empty: all.
    pub components: Vec<String>,
    /// Leave out the targets of Prometheus.
    pub components_only: bool,
    /// Components without an image are left out on purpose.
    pub skip_unavailable: bool,
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
    let images = images_of(&engine, stack).await?;
    let state = session.state(&stack.name);
    let looks = join_all(looked.map(async |instance| {
        let available = images.as_ref().is_none_or(|images| images.found.contains_key(&instance.name));
        let look = component::look(&engine, (stack, &state), &client, instance, available).await;
        (instance.name.clone(), look)
    }));
    let (looks, problems) = tokio::join!(looks, problems(&engine, stack));
    let mut looks: BTreeMap<String, Look> = looks.into_iter().collect();
    let skip = Skip::reading(options.skip_unavailable);
    let stack = &watched(&loaded.stack, skip, &state, images.as_ref(), &looks);
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
        skip_unavailable: options.skip_unavailable,
        timestamp: jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string(),
    };
    if !report.is_healthy() {
        "unhealthy".clone_into(&mut report.status);
    }
    Ok(report)
}

/// The images; none when they cannot be known. Only a daemon that cannot be reached stops here.
async fn images_of(engine: &Engine, stack: &Stack) -> Result<Option<Images>, Error> {
    match images::look(engine, stack, &[]).await {
        Ok(images) => Ok(Some(images)),
        Err(Error::Engine(error)) if !error.is_unreachable() => Ok(None),
        Err(error) => Err(error),
    }
}

/// The stack without the jobs of components that are left out: `up` did not render them either.
fn watched(
    stack: &Stack,
    skip: Skip,
    state: &State,
    images: Option<&Images>,
    looks: &BTreeMap<String, Look>,
) -> Stack {
    let mut stack = stack.clone();
    if let Some(images) = images {
        let there = looks.iter().filter(|(_, look)| look.seen.is_some());
        let names = there.filter_map(|(name, _)| Some(stack.instance(name)?.spec.name.clone())).collect();
        skip.apply(&mut stack, state, images, &names);
    }
    stack
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
