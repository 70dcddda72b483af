//! New files without a restart: reload, compare what runs with what was rendered, go back when refused.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::failed::Failed;
use super::reach::endpoint;
use super::{Work, deliver};
use crate::model::component::{Reload, Stored};
use crate::model::stack::Instance;
use crate::ops::{Error, prove};
use crate::probe::alertmanager::Reload as Answer;
use crate::probe::grafana::Provisioning;
use crate::probe::{Alertmanager, Endpoint, Grafana, Metrics, ProbeError, Prometheus, stored};

/// How long a component may take to take its new files.
const LIMIT: Duration = Duration::from_secs(30);
/// Pause between two looks.
const PAUSE: Duration = Duration::from_millis(25);

/// Reloads a component whose files have been delivered.
pub async fn reload(work: &Work<'_>, instance: &Instance, container: &str) -> Result<String, Failed> {
    match once(work, instance, container).await {
        Ok(detail) => Ok(detail),
        Err(refused) => Err(go_back(work, instance, container, refused).await),
    }
}

async fn go_back(work: &Work<'_>, instance: &Instance, container: &str, mut failed: Failed) -> Failed {
    match deliver::point_back(work, instance).await {
        // A write that was refused left the object as it was.
        Ok(_) if stored_by(instance).is_some() => failed.restored = true,
        Ok(true) => match trigger(work, instance, container).await {
            Ok(()) => failed.restored = true,
            Err(error) => failed.restore_error = Some(error.message),
        },
        Ok(false) => failed.restore_error = Some("there is no earlier revision".to_owned()),
        Err(error) => failed.restore_error = Some(error.to_string()),
    }
    failed
}

/// Reloads and proves that what runs is what was rendered.
pub async fn once(work: &Work<'_>, instance: &Instance, container: &str) -> Result<String, Failed> {
    trigger(work, instance, container).await?;
    let Some(endpoint) = endpoint(work.engine, work.stack, instance).await? else {
        return Ok("reloaded; it cannot be asked from here".to_owned());
    };
    let unproven = prove::running(work.witness, &endpoint, instance, work.artifacts).await;
    match unproven.as_slice() {
        [] => Ok("reloaded, and runs what was rendered".to_owned()),
        [first, ..] => Err(Failed {
            message: format!("{} does not run what was rendered: {first}", instance.name),
            hint: Some(format!("`stackctl logs {} --level warn` may say why", instance.name)),
            ..Failed::default()
        }),
    }
}

/// The object that the component keeps in its own store, when that is how it takes its files.
fn stored_by(instance: &Instance) -> Option<Stored> {
    match instance.row?.reload {
        Reload::Stored(stored) => Some(stored),
        _ => None,
    }
}

/// Tells a component to read its files and waits until it has.
async fn trigger(work: &Work<'_>, instance: &Instance, container: &str) -> Result<(), Failed> {
    let how = instance.row.map_or(Reload::Never, |row| row.reload);
    let Some(endpoint) = endpoint(work.engine, work.stack, instance).await? else {
        if let Some(stored) = stored_by(instance) {
            work.session.warn(format!(
                "{} cannot be asked from here; `stackctl up` on the daemon's machine writes {}",
                instance.name, stored.what
            ));
            return Ok(());
        }
        return Ok(work.engine.signal(container, "SIGHUP").await.map_err(Error::from)?);
    };
    match how {
        Reload::PrometheusSignal => prometheus(work, instance, container, &endpoint).await,
        Reload::AlertmanagerHttp => {
            let peer = work.witness.client.peer(&endpoint, LIMIT);
            match Alertmanager::new(peer).reload().await.map_err(|error| asked(instance, &error))? {
                Answer::Accepted => Ok(()),
                Answer::Refused { reason } => Err(refused(instance, &reason)),
            }
        }
        Reload::SignalThenMetric(metric) => {
            work.engine.signal(container, "SIGHUP").await.map_err(Error::from)?;
            by_metric(work, instance, &endpoint, metric).await
        }
        Reload::GrafanaProvisioning => grafana(work, instance, endpoint).await,
        Reload::Stored(stored) => write(work, instance, &endpoint, &stored).await,
        Reload::Never => Ok(()),
    }
}

async fn write(
    work: &Work<'_>,
    instance: &Instance,
    endpoint: &Endpoint,
    stored: &Stored,
) -> Result<(), Failed> {
    let Some(body) = prove::body(work.artifacts, instance, stored) else { return Ok(()) };
    let peer = work.witness.client.peer(endpoint, LIMIT);
    stored::write(&peer, stored, body).await.map_err(|error| refused(instance, &error.to_string()))
}

async fn prometheus(
    work: &Work<'_>,
    instance: &Instance,
    container: &str,
    endpoint: &Endpoint,
) -> Result<(), Failed> {
    let prometheus = Prometheus::new(work.witness.client.peer(endpoint, Duration::from_secs(5)));
    let before = prometheus.reload_state().await.map_err(|error| asked(instance, &error))?;
    work.engine.signal(container, "SIGHUP").await.map_err(Error::from)?;
    let deadline = Instant::now() + LIMIT;
    let mut unsuccessful_since: Option<Instant> = None;
    while Instant::now() < deadline {
        sleep(PAUSE).await;
        let now = prometheus.reload_state().await.map_err(|error| asked(instance, &error))?;
        if now.successful && now.succeeded_at > before.succeeded_at {
            return Ok(());
        }
        if !now.successful {
            // A reload that failed before ours looks the same; ours is over within a moment.
            let since = *unsuccessful_since.get_or_insert_with(Instant::now);
            if before.successful || since.elapsed() > Duration::from_secs(3) {
                let log = work.engine.last_lines(container, 6).await;
                return Err(Failed { log, ..refused(instance, "its metrics say the reload failed") });
            }
        }
    }
    Err(refused(instance, &format!("no sign of a reload within {}s", LIMIT.as_secs())))
}

async fn by_metric(
    work: &Work<'_>,
    instance: &Instance,
    endpoint: &Endpoint,
    metric: &str,
) -> Result<(), Failed> {
    let peer = work.witness.client.peer(endpoint, Duration::from_secs(5));
    let deadline = Instant::now() + Duration::from_secs(5);
    loop {
        sleep(PAUSE * 4).await;
        let metrics = Metrics::of(&peer, "/metrics").await.map_err(|error| asked(instance, &error))?;
        match metrics.value(metric, &[]) {
            Some(value) if value > 0.5 => return Ok(()),
            _ if Instant::now() > deadline => return Err(refused(instance, &format!("{metric} is not 1"))),
            _ => {}
        }
    }
}

async fn grafana(work: &Work<'_>, instance: &Instance, endpoint: Endpoint) -> Result<(), Failed> {
    let endpoint = prove::authorised(work.artifacts, instance, endpoint);
    let grafana = Grafana::new(work.witness.client.peer(&endpoint, LIMIT));
    for what in [Provisioning::Datasources, Provisioning::Dashboards] {
        grafana.reload(what).await.map_err(|error| refused(instance, &error.to_string()))?;
    }
    Ok(())
}

fn refused(instance: &Instance, reason: &str) -> Failed {
    Failed {
        message: format!("{} refused its new files: {reason}", instance.name),
        hint: Some(format!("`stackctl logs {}` shows its own words", instance.name)),
        ..Failed::default()
    }
}

fn asked(instance: &Instance, error: &ProbeError) -> Failed {
    Failed { message: format!("{} could not be asked: {error}", instance.name), ..Failed::default() }
}
