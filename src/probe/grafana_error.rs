//! Grafana's refusals, each with the next step.

use serde::Deserialize;

use super::client::Answer;
use super::error::{ProbeError, excerpt};
use super::grafana::Provisioning;

/// Why Grafana did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GrafanaError {
    /// 401 without credentials.
    #[error(
        "grafana at `{url}` asks for a user and none was given; give the admin user and its password file"
    )]
    NoCredentials {
        /// What was asked.
        url: String,
    },
    /// 401 with credentials.
    #[error(
        "grafana at `{url}` refuses the password of user `{user}`: it was changed in Grafana, or the data \
         volume is older than the password file; set it again with `grafana cli admin reset-admin-password`, \
         and wait 5 minutes after repeated failures, because Grafana then blocks the user for that long"
    )]
    Password {
        /// What was asked.
        url: String,
        /// Who was refused.
        user: String,
    },
    /// 403.
    #[error(
        "grafana at `{url}` forbids this to user `{user}`; it needs a server administrator such as `admin`"
    )]
    Forbidden {
        /// What was asked.
        url: String,
        /// Who was refused.
        user: String,
    },
    /// 404 for a dashboard.
    #[error(
        "grafana has no dashboard with uid `{uid}`; its log says why the file was not imported \
         (`logger=provisioning.dashboard`)"
    )]
    NoDashboard {
        /// The uid.
        uid: String,
    },
    /// 404 for a data source.
    #[error(
        "grafana has no data source with uid `{uid}`; reload the data sources or read its log (`logger=provisioning.datasources`)"
    )]
    NoDatasource {
        /// The uid.
        uid: String,
    },
    /// 404 for an API.
    #[error("`{url}` does not exist; is this Grafana, and does the address include its path prefix?")]
    NoApi {
        /// What was asked.
        url: String,
    },
    /// 412.
    #[error(
        "grafana at `{url}` holds another version than expected: {message}; someone else changed it, read it again and repeat"
    )]
    Changed {
        /// What was asked.
        url: String,
        /// Grafana's words.
        message: String,
    },
    /// 400 for a new password.
    #[error("grafana did not take the new password: {message}")]
    PasswordRefused {
        /// Grafana's words.
        message: String,
    },
    /// 500 for a reload.
    #[error(
        "grafana could not load the {what} again: {message}; its log names the file (`logger=provisioning`), \
         and what was loaded before stays"
    )]
    Provisioning {
        /// `dashboards` or `data sources`.
        what: &'static str,
        /// Grafana's words; often empty.
        message: String,
    },
    /// Anything that is not Grafana's refusal.
    #[error(transparent)]
    Probe(#[from] ProbeError),
}

/// What a request is about, for the meaning of a status.
#[derive(Debug, Clone, Copy)]
pub(super) enum Subject<'a> {
    Api,
    Password,
    Dashboard(&'a str),
    Datasource(&'a str),
    Provisioning(Provisioning),
}

#[derive(Deserialize)]
struct Said {
    #[serde(default)]
    message: String,
}

/// The error for an answer that is not 2xx.
pub(super) fn refusal(answer: &Answer, subject: Subject<'_>, user: Option<&str>) -> GrafanaError {
    let url = answer.url.clone();
    let message = message(answer);
    let named = || user.unwrap_or("anonymous").to_owned();
    match (answer.code, subject) {
        (401, _) => match user {
            Some(user) => GrafanaError::Password { url, user: user.to_owned() },
            None => GrafanaError::NoCredentials { url },
        },
        (403, _) => GrafanaError::Forbidden { url, user: named() },
        (404, Subject::Dashboard(uid)) => GrafanaError::NoDashboard { uid: uid.to_owned() },
        (404, Subject::Datasource(uid)) => GrafanaError::NoDatasource { uid: uid.to_owned() },
        (404, _) => GrafanaError::NoApi { url },
        (412, _) => GrafanaError::Changed { url, message },
        (400, Subject::Password) => GrafanaError::PasswordRefused { message },
        (500, Subject::Provisioning(Provisioning::Dashboards)) => {
            GrafanaError::Provisioning { what: "dashboards", message }
        }
        (500, Subject::Provisioning(Provisioning::Datasources)) => {
            GrafanaError::Provisioning { what: "data sources", message }
        }
        _ => answer.refusal().into(),
    }
}

/// Grafana's own words, or the beginning of the answer.
fn message(answer: &Answer) -> String {
    serde_json::from_slice::<Said>(&answer.body)
        .map_or_else(|_| answer.excerpt(), |said| excerpt(&said.message))
}
