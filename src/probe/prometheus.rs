//! The parts of Prometheus's HTTP API that prove what it runs: typed, read-only.
//!
//! Shapes hold for Prometheus 2.53 to 3.x. Fields that only newer servers send are optional.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::client::{Answer, Body, Peer, Request};
use super::error::ProbeError;
use super::metrics::Metrics;
use super::prometheus_model::{
    Alertmanagers, BuildInfo, ReloadState, RuleGroup, RuntimeInfo, SeriesQuery, Target,
};
use super::prometheus_query::{QueryData, QueryResult};
use crate::kernel::text::printable;

/// One Prometheus server.
#[derive(Debug, Clone, Copy)]
pub struct Prometheus<'a> {
    pub(super) peer: Peer<'a>,
}

#[derive(Deserialize)]
struct Envelope<T> {
    data: Option<T>,
    #[serde(default)]
    warnings: Vec<String>,
    #[serde(default)]
    infos: Vec<String>,
}

#[derive(Deserialize)]
struct Refusal {
    status: String,
    #[serde(default, rename = "errorType")]
    kind: String,
    #[serde(default)]
    error: String,
}

#[derive(Deserialize)]
struct ConfigData {
    yaml: String,
}

#[derive(Deserialize)]
struct RulesData {
    groups: Vec<RuleGroup>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TargetsData {
    active_targets: Vec<Target>,
}

#[derive(Deserialize)]
struct Discovered {
    url: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AlertmanagersData {
    active_alertmanagers: Vec<Discovered>,
    #[serde(default)]
    dropped_alertmanagers: Vec<Discovered>,
}

impl<'a> Prometheus<'a> {
    /// The server that `peer` leads to.
    pub fn new(peer: Peer<'a>) -> Self {
        Self { peer }
    }

    /// `/-/ready`: the WAL is replayed and queries are served.
    pub async fn ready(&self) -> Result<(), ProbeError> {
        self.peer.get("/-/ready").await.map(drop)
    }

    /// The running version.
    pub async fn build_info(&self) -> Result<BuildInfo, ProbeError> {
        self.read("/api/v1/status/buildinfo", "the version").await
    }

    /// Start, last reload and retention.
    pub async fn runtime_info(&self) -> Result<RuntimeInfo, ProbeError> {
        self.read("/api/v1/status/runtimeinfo", "the runtime information").await
    }

    /// The running configuration as Prometheus prints it; see [`super::running_config`].
    pub async fn config(&self) -> Result<String, ProbeError> {
        let data: ConfigData = self.read("/api/v1/status/config", "the running configuration").await?;
        Ok(data.yaml)
    }

    /// How the last reload ended.
    pub async fn reload_state(&self) -> Result<ReloadState, ProbeError> {
        let answer = self.peer.get("/metrics").await?;
        let metrics = Metrics::parse_only(&answer.text(), &["prometheus_config_"]);
        let read = |name: &str| {
            metrics
                .value(name, &[])
                .ok_or_else(|| ProbeError::malformed(&answer.url, name, &"no such metric"))
        };
        Ok(ReloadState {
            successful: read("prometheus_config_last_reload_successful")? > 0.0,
            succeeded_at: read("prometheus_config_last_reload_success_timestamp_seconds")?,
        })
    }

    /// All rule groups, without their active alerts, of which there may be thousands.
    pub async fn rules(&self) -> Result<Vec<RuleGroup>, ProbeError> {
        let query = [("exclude_alerts", "true")];
        let request = Request { query: &query, ..Request::get("/api/v1/rules") };
        let data: RulesData = self.ask(request, "the rule groups").await?.0;
        Ok(data.groups)
    }

    /// The targets that are scraped.
    pub async fn active_targets(&self) -> Result<Vec<Target>, ProbeError> {
        let query = [("state", "active")];
        let request = Request { query: &query, ..Request::get("/api/v1/targets") };
        let data: TargetsData = self.ask(request, "the targets").await?.0;
        Ok(data.active_targets)
    }

    /// The Alertmanagers that were discovered.
    pub async fn alertmanagers(&self) -> Result<Alertmanagers, ProbeError> {
        let data: AlertmanagersData = self.read("/api/v1/alertmanagers", "the Alertmanagers").await?;
        let urls = |found: Vec<Discovered>| found.into_iter().map(|one| one.url).collect();
        Ok(Alertmanagers {
            active: urls(data.active_alertmanagers),
            dropped: urls(data.dropped_alertmanagers),
        })
    }

    /// Evaluates an expression now, or at a Unix time.
    pub async fn query(&self, expression: &str, at: Option<f64>) -> Result<QueryResult, ProbeError> {
        let mut form = vec![("query".to_owned(), expression.to_owned())];
        form.extend(at.map(|time| ("time".to_owned(), time.to_string())));
        let request = Request::post("/api/v1/query", Body::Form(form));
        let what = "the query result";
        let (data, notes): (QueryData, _) = self.ask(request, what).await?;
        let value = data.value().map_err(|reason| {
            ProbeError::malformed(&self.peer.endpoint().shown("/api/v1/query"), what, &reason)
        })?;
        Ok(QueryResult { value, warnings: notes.warnings, infos: notes.infos })
    }

    /// The label sets of the series that match, `__name__` included.
    pub async fn series(&self, query: &SeriesQuery<'_>) -> Result<Vec<BTreeMap<String, String>>, ProbeError> {
        let mut form: Vec<_> =
            query.selectors.iter().map(|one| ("match[]".to_owned(), (*one).to_owned())).collect();
        form.extend(query.since.map(|time| ("start".to_owned(), time.to_string())));
        form.extend(query.limit.map(|limit| ("limit".to_owned(), limit.to_string())));
        let request = Request::post("/api/v1/series", Body::Form(form));
        Ok(self.ask(request, "the series").await?.0)
    }

    async fn read<T: DeserializeOwned>(&self, path: &str, what: &str) -> Result<T, ProbeError> {
        Ok(self.ask(Request::get(path), what).await?.0)
    }

    /// Sends a request and opens the envelope around the answer.
    async fn ask<T: DeserializeOwned>(
        &self,
        request: Request<'_>,
        what: &str,
    ) -> Result<(T, Notes), ProbeError> {
        let answer = self.peer.send(request).await?;
        if let Some(refusal) = refusal(&answer) {
            return Err(refusal);
        }
        let answer = answer.success()?;
        let envelope: Envelope<T> = answer.json(what)?;
        let data =
            envelope.data.ok_or_else(|| ProbeError::malformed(&answer.url, what, &"it has no data"))?;
        Ok((data, Notes { warnings: envelope.warnings, infos: envelope.infos }))
    }
}

struct Notes {
    warnings: Vec<String>,
    infos: Vec<String>,
}

/// Prometheus's error envelope, which comes with 4xx and 5xx.
fn refusal(answer: &Answer) -> Option<ProbeError> {
    if answer.code < 400 {
        return None;
    }
    let refusal: Refusal = serde_json::from_slice(&answer.body).ok()?;
    (refusal.status == "error").then(|| ProbeError::Api {
        url: answer.url.clone(),
        kind: printable(&refusal.kind),
        message: printable(&refusal.error),
    })
}
