//! The parts of Alertmanager's HTTP API that prove what it runs, and its reload.
//!
//! API v2 only: Alertmanager >= 0.27 answers v1 with 410.

use serde::Deserialize;

use super::client::{Body, Peer, Request};
use super::error::ProbeError;
use super::metrics::Metrics;
use crate::kernel::digest::alertmanager_config_hash;

/// One Alertmanager.
#[derive(Debug, Clone, Copy)]
pub struct Alertmanager<'a> {
    peer: Peer<'a>,
}

/// `/api/v2/status`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// `0.33.1`, `0.28.1+ds`.
    pub version: String,
    /// When the process started, RFC 3339 (the API calls it `uptime`).
    pub started: String,
    /// `ready`, `settling`, or `disabled` for a single instance.
    pub cluster: String,
    /// The running configuration with defaults filled in and secrets masked; not the text of the file.
    pub config: String,
}

/// What the running configuration is, from Alertmanager's own metrics.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ConfigState {
    /// `alertmanager_config_hash`: of the last configuration that was accepted.
    pub hash: f64,
    /// `alertmanager_config_last_reload_successful`.
    pub last_reload_successful: bool,
    /// `alertmanager_config_last_reload_success_timestamp_seconds`, Unix time.
    pub succeeded_at: f64,
}

impl ConfigState {
    /// True when this file is what runs and the last reload worked.
    ///
    /// Two limits: the hash covers the main file only, not templates, and not the files that `*_file` keys
    /// name.
    #[expect(clippy::float_cmp, reason = "both are whole numbers below 2^48, printed and read exactly")]
    pub fn runs(&self, file: &[u8]) -> bool {
        self.last_reload_successful && self.hash == alertmanager_config_hash(file)
    }
}

/// How a reload ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reload {
    /// The file is running.
    Accepted,
    /// The file is refused; the previous configuration keeps running.
    Refused {
        /// Alertmanager's words, made printable.
        reason: String,
    },
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StatusData {
    cluster: ClusterData,
    config: ConfigData,
    uptime: String,
    version_info: VersionData,
}

#[derive(Deserialize)]
struct ClusterData {
    status: String,
}

#[derive(Deserialize)]
struct ConfigData {
    original: String,
}

#[derive(Deserialize)]
struct VersionData {
    version: String,
}

impl<'a> Alertmanager<'a> {
    /// The instance that `peer` leads to.
    pub fn new(peer: Peer<'a>) -> Self {
        Self { peer }
    }

    /// `/-/ready`.
    pub async fn ready(&self) -> Result<(), ProbeError> {
        self.peer.get("/-/ready").await.map(drop)
    }

    /// Version, start, cluster and configuration.
    pub async fn status(&self) -> Result<Status, ProbeError> {
        let data: StatusData = self.peer.get("/api/v2/status").await?.json("the status")?;
        Ok(Status {
            version: data.version_info.version,
            started: data.uptime,
            cluster: data.cluster.status,
            config: data.config.original,
        })
    }

    /// All metrics.
    pub async fn metrics(&self) -> Result<Metrics, ProbeError> {
        Ok(Metrics::parse(&self.peer.get("/metrics").await?.text()))
    }

    /// Which configuration runs and how the last reload ended.
    pub async fn config_state(&self) -> Result<ConfigState, ProbeError> {
        let answer = self.peer.get("/metrics").await?;
        let metrics = Metrics::parse_only(&answer.text(), &["alertmanager_config_"]);
        let read = |name: &str| {
            metrics
                .value(name, &[])
                .ok_or_else(|| ProbeError::malformed(&answer.url, name, &"no such metric"))
        };
        Ok(ConfigState {
            hash: read("alertmanager_config_hash")?,
            last_reload_successful: read("alertmanager_config_last_reload_successful")? > 0.0,
            succeeded_at: read("alertmanager_config_last_reload_success_timestamp_seconds")?,
        })
    }

    /// `POST /-/reload`, which Alertmanager always serves: 200, or 500 with the reason.
    pub async fn reload(&self) -> Result<Reload, ProbeError> {
        let answer = self.peer.send(Request::post("/-/reload", Body::None)).await?;
        if answer.code == 500 {
            return Ok(Reload::Refused { reason: answer.excerpt() });
        }
        answer.success().map(|_| Reload::Accepted)
    }
}
