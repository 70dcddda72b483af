//! The parts of Grafana's documented HTTP API that prove provisioning and rotate the admin password.
//!
//! Everything but `/api/health` needs a user; reloading needs a server administrator with basic
//! authentication. Passwords never appear in errors.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::client::{Answer, Body, Peer, Request, segment};
use super::grafana_error::{GrafanaError, Subject, refusal};
use crate::kernel::Secret;

/// The most that one page of `/api/search` holds.
const PAGE: usize = 5000;

/// One Grafana.
#[derive(Debug, Clone, Copy)]
pub struct Grafana<'a> {
    peer: Peer<'a>,
}

/// `/api/health`; answered without a user.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Health {
    /// `ok`, or `failing` (with HTTP 503) when the database does not answer.
    pub database: String,
    /// Absent when `GF_AUTH_ANONYMOUS_HIDE_VERSION` is set.
    pub version: Option<String>,
}

/// One dashboard of `/api/search`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DashboardHit {
    /// The uid of the dashboard file.
    pub uid: String,
    /// The title.
    pub title: String,
    /// Path in the user interface: `/d/<uid>/<slug>`.
    pub url: String,
    /// The folder; absent at the top level.
    pub folder_title: Option<String>,
}

/// One data source of `/api/datasources`. Secrets are never part of it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Datasource {
    /// The uid that dashboards refer to.
    pub uid: String,
    /// The name.
    pub name: String,
    /// `prometheus`, `alertmanager`, …
    #[serde(rename = "type")]
    pub kind: String,
    /// Where Grafana reaches it.
    pub url: String,
    /// Used by panels that name no data source.
    pub is_default: bool,
    /// True for provisioned ones.
    #[serde(default)]
    pub read_only: bool,
}

/// `/api/datasources/uid/<uid>/health`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct DatasourceHealth {
    /// `OK`, `ERROR` or `UNKNOWN`.
    pub status: String,
    /// The plugin's words.
    #[serde(default)]
    pub message: String,
}

impl DatasourceHealth {
    /// True when Grafana reached the data source.
    pub fn is_ok(&self) -> bool {
        self.status == "OK"
    }
}

/// One dashboard with its model.
#[derive(Debug, Clone, PartialEq)]
pub struct Dashboard {
    /// The dashboard JSON; `id` and `version` are Grafana's own.
    pub model: Value,
    /// True when it came from a file.
    pub provisioned: bool,
    /// Counts the saves, and the imports of changed files.
    pub version: u64,
}

/// The signed-in user.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// The login name.
    pub login: String,
    /// True for server administrators.
    #[serde(default)]
    pub is_grafana_admin: bool,
}

/// What can be provisioned again without a restart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Provisioning {
    /// Providers and dashboard files; returns when they are stored.
    Dashboards,
    /// Data source files, which are otherwise read at start only.
    Datasources,
}

impl Provisioning {
    const fn path(self) -> &'static str {
        match self {
            Self::Dashboards => "/api/admin/provisioning/dashboards/reload",
            Self::Datasources => "/api/admin/provisioning/datasources/reload",
        }
    }
}

#[derive(Deserialize)]
struct Message {
    message: String,
}

#[derive(Deserialize)]
struct DashboardData {
    dashboard: Value,
    meta: DashboardMeta,
}

#[derive(Deserialize)]
struct DashboardMeta {
    #[serde(default)]
    provisioned: bool,
    #[serde(default)]
    version: u64,
}

impl<'a> Grafana<'a> {
    /// The instance that `peer` leads to.
    pub fn new(peer: Peer<'a>) -> Self {
        Self { peer }
    }

    /// Database and version. A failing database is an answer (HTTP 503), not an error.
    pub async fn health(&self) -> Result<Health, GrafanaError> {
        let answer = self.peer.send(Request::get("/api/health")).await?;
        let answer = if answer.code == 503 { answer } else { answer.success()? };
        Ok(answer.json("the health")?)
    }

    /// The signed-in user: proves that the credentials work.
    pub async fn user(&self) -> Result<User, GrafanaError> {
        self.read("/api/user", "the user", Subject::Api).await
    }

    /// All dashboards, sorted by uid.
    pub async fn dashboards(&self) -> Result<Vec<DashboardHit>, GrafanaError> {
        let mut all: Vec<DashboardHit> = Vec::new();
        let limit = PAGE.to_string();
        for page in 1_u32.. {
            let page = page.to_string();
            let query = [("type", "dash-db"), ("limit", limit.as_str()), ("page", page.as_str())];
            let request = Request { query: &query, ..Request::get("/api/search") };
            let hits: Vec<DashboardHit> = self.ask(request, Subject::Api).await?.json("the dashboards")?;
            let last = hits.len() < PAGE;
            all.extend(hits);
            if last {
                break;
            }
        }
        all.sort_by(|a, b| a.uid.cmp(&b.uid));
        Ok(all)
    }

    /// One dashboard by uid.
    pub async fn dashboard(&self, uid: &str) -> Result<Dashboard, GrafanaError> {
        let path = format!("/api/dashboards/uid/{}", segment(uid));
        let subject = Subject::Dashboard(uid);
        let data: DashboardData = self.read(&path, "the dashboard", subject).await?;
        Ok(Dashboard {
            model: data.dashboard,
            provisioned: data.meta.provisioned,
            version: data.meta.version,
        })
    }

    /// All data sources, sorted by uid.
    pub async fn datasources(&self) -> Result<Vec<Datasource>, GrafanaError> {
        let mut all: Vec<Datasource> =
            self.read("/api/datasources", "the data sources", Subject::Api).await?;
        all.sort_by(|a, b| a.uid.cmp(&b.uid));
        Ok(all)
    }

    /// Asks Grafana to reach a data source. An unhealthy one is an answer (HTTP 400 with a status), not an
    /// error.
    pub async fn datasource_health(&self, uid: &str) -> Result<DatasourceHealth, GrafanaError> {
        let path = format!("/api/datasources/uid/{}/health", segment(uid));
        let answer = self.peer.send(Request::get(&path)).await?;
        if answer.code == 400
            && let Ok(health) = serde_json::from_slice(&answer.body)
        {
            return Ok(health);
        }
        Ok(self.accept(answer, Subject::Datasource(uid))?.json("the data source's health")?)
    }

    /// Reads provisioning files again and returns Grafana's message when all is stored.
    pub async fn reload(&self, what: Provisioning) -> Result<String, GrafanaError> {
        let request = Request::post(what.path(), Body::None);
        let answer = self.ask(request, Subject::Provisioning(what)).await?;
        let message: Message = answer.json("the result of the reload")?;
        Ok(message.message)
    }

    /// Changes the signed-in user's password. The old one stops working at once.
    pub async fn change_password(&self, old: &Secret, new: &Secret) -> Result<(), GrafanaError> {
        let fields =
            vec![("oldPassword", old.clone()), ("newPassword", new.clone()), ("confirmNew", new.clone())];
        let request = Request {
            method: reqwest::Method::PUT,
            ..Request::post("/api/user/password", Body::Secrets(fields))
        };
        self.ask(request, Subject::Password).await.map(drop)
    }

    async fn read<T: DeserializeOwned>(
        &self,
        path: &str,
        what: &str,
        subject: Subject<'_>,
    ) -> Result<T, GrafanaError> {
        Ok(self.ask(Request::get(path), subject).await?.json(what)?)
    }

    async fn ask(&self, request: Request<'_>, subject: Subject<'_>) -> Result<Answer, GrafanaError> {
        let answer = self.peer.send(request).await?;
        self.accept(answer, subject)
    }

    fn accept(&self, answer: Answer, subject: Subject<'_>) -> Result<Answer, GrafanaError> {
        if (200..300).contains(&answer.code) {
            return Ok(answer);
        }
        let user = self.peer.endpoint().credentials.as_ref().map(|credentials| credentials.user.as_str());
        Err(refusal(&answer, subject, user))
    }
}
