//! Alertmanager's API, with answers as 0.28 and 0.33 give them.

use super::{client, peer};
use crate::kernel::digest::alertmanager_config_hash;
use crate::probe::alertmanager::{Alertmanager, ConfigState, Reload, Status};
use crate::probe::error::ProbeError;
use crate::probe::fake::{Reply, Server};

const FILE: &[u8] = b"route: {receiver: d}\nreceivers: [{name: d}]\n";

fn metrics(hash: f64, successful: u8) -> String {
    format!(
        "# TYPE alertmanager_config_hash gauge\nalertmanager_config_hash {hash:e}\n\
         alertmanager_config_last_reload_successful {successful}\n\
         alertmanager_config_last_reload_success_timestamp_seconds 1.5e+09\n"
    )
}

async fn state(text: &str) -> Result<ConfigState, ProbeError> {
    let server = Server::json("/metrics", text);
    let (client, endpoint) = (client(), server.endpoint());
    Alertmanager::new(peer(&client, &endpoint)).config_state().await
}

async fn reload(reply: Reply) -> (Result<Reload, ProbeError>, String) {
    let server = Server::routes(&[("/-/reload", reply)]);
    let (client, endpoint) = (client(), server.endpoint());
    let outcome = Alertmanager::new(peer(&client, &endpoint)).reload().await;
    (outcome, server.requests().remove(0).method)
}

#[tokio::test]
async fn readiness_is_the_status() {
    let server = Server::json("/-/ready", "OK");
    let (client, endpoint) = (client(), server.endpoint());
    assert_eq!(Alertmanager::new(peer(&client, &endpoint)).ready().await, Ok(()));
}

#[tokio::test]
async fn the_status_is_read() {
    let server = Server::json(
        "/api/v2/status",
        r#"{"cluster":{"peers":[],"status":"disabled"},"config":{"original":"global: {}\n"},
            "uptime":"2026-11-21T00:21:38.667Z","versionInfo":{"branch":"b","version":"0.33.1"}}"#,
    );
    let (client, endpoint) = (client(), server.endpoint());
    let expected = Status {
        version: "0.33.1".into(),
        started: "2026-11-21T00:21:38.667Z".into(),
        cluster: "disabled".into(),
        config: "global: {}\n".into(),
    };
    assert_eq!(Alertmanager::new(peer(&client, &endpoint)).status().await, Ok(expected));
}

#[tokio::test]
async fn a_file_runs_when_its_hash_does_and_the_reload_worked() {
    let hash = alertmanager_config_hash(FILE);
    let runs = state(&metrics(hash, 1)).await.unwrap();
    assert_eq!(runs, ConfigState { hash, last_reload_successful: true, succeeded_at: 1.5e9 });
    assert!(runs.runs(FILE));
    assert!(!runs.runs(b"another file"));
    assert!(!state(&metrics(hash, 0)).await.unwrap().runs(FILE));
}

#[tokio::test]
async fn a_missing_metric_is_named() {
    let error = state("alertmanager_config_hash 1\n").await.unwrap_err();
    let ProbeError::Malformed { what, reason, .. } = error else { panic!("{error:?}") };
    assert_eq!(
        (what.as_str(), reason.as_str()),
        ("alertmanager_config_last_reload_successful", "no such metric")
    );
}

#[tokio::test]
async fn a_reload_is_accepted_or_refused_with_its_reason() {
    assert_eq!(reload(Reply::ok("")).await, (Ok(Reload::Accepted), "POST".to_owned()));
    let said = "failed to reload config: undefined receiver \"nope\" used in route\n";
    let refused = Reload::Refused { reason: said.trim_end().to_owned() };
    assert_eq!(reload(Reply::Answer(500, said.into())).await.0, Ok(refused));
    assert_eq!(reload(Reply::Answer(403, "no".into())).await.0.unwrap_err().status(), Some(403));
}
