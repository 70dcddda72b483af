//! Every refusal of Grafana says what to do, and none shows a password.

use super::grafana::{fake, said};
use super::{client, peer};
use crate::kernel::Secret;
use crate::probe::error::ProbeError;
use crate::probe::fake::{Reply, Server, closed_port};
use crate::probe::grafana::{Grafana, Provisioning};
use crate::probe::grafana_error::GrafanaError;

/// The outcome of one call, as admin, on a server that answers everything the same.
macro_rules! refused {
    ($reply:expr, $call:ident($($argument:expr),*)) => {{
        let reply = $reply;
        let server = Server::start(move |_| reply.clone());
        let endpoint = server.endpoint().with_credentials("admin", Secret::new("CANARY"));
        let client = client();
        let error = Grafana::new(peer(&client, &endpoint)).$call($($argument),*).await.unwrap_err();
        (error, server.base())
    }};
}

#[tokio::test]
async fn a_missing_user_is_told_from_a_wrong_password() {
    let (server, _) = fake("right");
    let client = client();
    let url = format!("{}/api/user", server.base());
    let without = server.endpoint();
    let error = Grafana::new(peer(&client, &without)).user().await.unwrap_err();
    assert_eq!(error, GrafanaError::NoCredentials { url: url.clone() });
    let wrong = server.endpoint().with_credentials("admin", Secret::new("wrong"));
    let error = Grafana::new(peer(&client, &wrong)).user().await.unwrap_err();
    assert_eq!(error, GrafanaError::Password { url, user: "admin".into() });
}

#[tokio::test]
async fn a_user_without_the_right_is_named() {
    let (error, base) = refused!(said(403, "Permission denied"), reload(Provisioning::Dashboards));
    let url = format!("{base}/api/admin/provisioning/dashboards/reload");
    assert_eq!(error, GrafanaError::Forbidden { url, user: "admin".into() });
}

#[tokio::test]
async fn what_is_missing_is_named() {
    let (error, _) = refused!(said(404, "Dashboard not found"), dashboard("x"));
    assert_eq!(error, GrafanaError::NoDashboard { uid: "x".into() });
    let (error, _) = refused!(said(404, "Data source not found"), datasource_health("x"));
    assert_eq!(error, GrafanaError::NoDatasource { uid: "x".into() });
    let (error, base) = refused!(Reply::Answer(404, "<html>".into()), datasources());
    assert_eq!(error, GrafanaError::NoApi { url: format!("{base}/api/datasources") });
}

#[tokio::test]
async fn a_change_by_someone_else_is_told() {
    let (error, base) = refused!(said(412, "version mismatch"), dashboard("x"));
    let url = format!("{base}/api/dashboards/uid/x");
    assert_eq!(error, GrafanaError::Changed { url, message: "version mismatch".into() });
}

#[tokio::test]
async fn a_failed_reload_keeps_grafanas_words() {
    for (what, name) in
        [(Provisioning::Dashboards, "dashboards"), (Provisioning::Datasources, "data sources")]
    {
        let (error, _) = refused!(said(500, "two defaults"), reload(what));
        assert_eq!(error, GrafanaError::Provisioning { what: name, message: "two defaults".into() });
    }
}

#[tokio::test]
async fn a_refused_new_password_keeps_grafanas_words() {
    let (server, password) = fake("CANARY-OLD");
    let endpoint = server.endpoint().with_credentials("admin", Secret::new("CANARY-OLD"));
    let client = client();
    let (old, new) = (Secret::new("CANARY-OLD"), Secret::new("x"));
    let error = Grafana::new(peer(&client, &endpoint)).change_password(&old, &new).await.unwrap_err();
    assert_eq!(error, GrafanaError::PasswordRefused { message: "New password is too short".into() });
    assert_eq!(*password.lock().unwrap(), "CANARY-OLD");
}

#[tokio::test]
async fn other_failures_are_those_of_the_wire() {
    let (error, base) = refused!(said(500, "boom"), user());
    let body = r#"{"message":"boom"}"#.to_owned();
    let url = format!("{base}/api/user");
    assert_eq!(error, GrafanaError::Probe(ProbeError::Status { url, code: 500, body }));
    let (error, base) = refused!(said(400, "UID is invalid"), datasource_health("x"));
    let body = r#"{"message":"UID is invalid"}"#.to_owned();
    let url = format!("{base}/api/datasources/uid/x/health");
    assert_eq!(error, GrafanaError::Probe(ProbeError::Status { url, code: 400, body }));
    let (client, endpoint) = (client(), closed_port());
    let error = Grafana::new(peer(&client, &endpoint)).health().await.unwrap_err();
    let url = format!("{}/api/health", endpoint.base);
    assert_eq!(error, GrafanaError::Probe(ProbeError::Refused { url }));
}

#[tokio::test]
async fn no_refusal_shows_a_password() {
    for code in [400, 401, 403, 404, 412, 500, 503] {
        let (old, new) = (Secret::new("CANARY"), Secret::new("NIGHTINGALE"));
        let echo = said(code, "you sent CANARY and NIGHTINGALE");
        let (error, _) = refused!(echo.clone(), change_password(&old, &new));
        let text = format!("{error} {error:?}");
        assert!(!text.contains("CANARY") && !text.contains("NIGHTINGALE"), "{text}");
        let (error, _) = refused!(echo, user());
        assert!(!format!("{error} {error:?}").contains("CANARY"), "{error:?}");
    }
}
