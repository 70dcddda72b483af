//! Prometheus's API, with answers as 2.53 and 3.5 give them.

use std::collections::BTreeMap;

use super::{client, peer};
use crate::probe::error::ProbeError;
use crate::probe::fake::{Reply, Server};
use crate::probe::prometheus::Prometheus;
use crate::probe::prometheus_model::{BuildInfo, ReloadState, RuleKind, RuntimeInfo, SeriesQuery};
use crate::probe::prometheus_query::{QuerySample, QueryValue, Substance};

/// Runs one call against a server that answers one path with one body.
macro_rules! ask {
    ($server:expr, $call:ident($($argument:expr),*)) => {{
        let server = &$server;
        let (client, endpoint) = (client(), server.endpoint());
        Prometheus::new(peer(&client, &endpoint)).$call($($argument),*).await
    }};
}

fn labels(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[tokio::test]
async fn readiness_is_the_status() {
    let server = Server::json("/-/ready", "Prometheus Server is Ready.\n");
    assert_eq!(ask!(server, ready()), Ok(()));
    let server = Server::routes(&[("/-/ready", Reply::Answer(503, "Service Unavailable".into()))]);
    assert_eq!(ask!(server, ready()).unwrap_err().status(), Some(503));
}

#[tokio::test]
async fn build_and_runtime_are_read() {
    let server = Server::json(
        "/api/v1/status/buildinfo",
        r#"{"status":"success","data":{"version":"3.5.3+ds1","revision":"r","goVersion":"go1"}}"#,
    );
    let expected = BuildInfo { version: "3.5.3+ds1".into(), revision: "r".into() };
    assert_eq!(ask!(server, build_info()), Ok(expected));
    let server = Server::json(
        "/api/v1/status/runtimeinfo",
        r#"{"status":"success","data":{"startTime":"2026-11-21T00:21:38.7Z","CWD":"/",
            "reloadConfigSuccess":false,"lastConfigTime":"2026-11-21T00:21:38Z","corruptionCount":2,
            "goroutineCount":48,"storageRetention":"15d or 50GiB"}}"#,
    );
    let expected = RuntimeInfo {
        start_time: "2026-11-21T00:21:38.7Z".into(),
        reload_config_success: false,
        last_config_time: "2026-11-21T00:21:38Z".into(),
        storage_retention: "15d or 50GiB".into(),
        corruption_count: 2,
    };
    assert_eq!(ask!(server, runtime_info()), Ok(expected));
}

#[tokio::test]
async fn the_running_configuration_is_given_as_text() {
    let server =
        Server::json("/api/v1/status/config", r#"{"status":"success","data":{"yaml":"global:\n  a: 1\n"}}"#);
    assert_eq!(ask!(server, config()), Ok("global:\n  a: 1\n".to_owned()));
}

#[tokio::test]
async fn the_reload_state_comes_from_metrics() {
    let text = "prometheus_config_last_reload_successful 0\n\
                prometheus_config_last_reload_success_timestamp_seconds 1.795220498743153e+09\n";
    let expected = ReloadState { successful: false, succeeded_at: 1_795_220_498.743_153 };
    assert_eq!(ask!(Server::json("/metrics", text), reload_state()), Ok(expected));
    let server = Server::json("/metrics", "up 1\n");
    assert_eq!(
        ask!(server, reload_state()),
        Err(ProbeError::Malformed {
            url: format!("{}/metrics", server.base()),
            what: "prometheus_config_last_reload_successful".into(),
            reason: "no such metric".into(),
        })
    );
}

#[tokio::test]
async fn rules_are_read_with_their_health() {
    let server = Server::json(
        "/api/v1/rules",
        r#"{"status":"success","data":{"groups":[{"name":"host","file":"/etc/prometheus/rules/a.yml",
            "interval":60,"limit":0,"evaluationTime":0,"rules":[
            {"state":"firing","name":"Down","query":"up == 0","duration":60,"keepFiringFor":120,
             "labels":{"severity":"critical"},"annotations":{},"alerts":[],"health":"err",
             "lastError":"many-to-many","type":"alerting"},
            {"name":"job:up:sum","query":"sum by (job) (up)","health":"unknown","type":"recording"}]}]}}"#,
    );
    let groups = ask!(server, rules()).unwrap();
    let [group] = groups.as_slice() else { panic!("{groups:?}") };
    let facts: Vec<_> = group
        .rules
        .iter()
        .map(|r| (r.name.as_str(), r.kind, r.health.as_str(), r.last_error.as_str()))
        .collect();
    assert_eq!(
        facts,
        [
            ("Down", RuleKind::Alerting, "err", "many-to-many"),
            ("job:up:sum", RuleKind::Recording, "unknown", "")
        ]
    );
    let alert = &group.rules[0];
    assert_eq!((alert.duration, alert.keep_firing_for), (60.0, 120.0));
    assert_eq!(alert.labels, labels(&[("severity", "critical")]));
}

#[tokio::test]
async fn active_targets_are_asked_for_and_read() {
    let server = Server::json(
        "/api/v1/targets",
        r#"{"status":"success","data":{"activeTargets":[{"discoveredLabels":{},"labels":{"instance":"a:1",
            "job":"app"},"scrapePool":"app","scrapeUrl":"http://a:1/metrics","lastError":"connection refused",
            "health":"down"}],"droppedTargets":[],"droppedTargetCounts":null}}"#,
    );
    let targets = ask!(server, active_targets()).unwrap();
    let facts: Vec<_> = targets
        .iter()
        .map(|t| (t.job(), t.instance(), t.scrape_url.as_str(), t.health.as_str(), t.last_error.as_str()))
        .collect();
    assert_eq!(facts, [("app", "a:1", "http://a:1/metrics", "down", "connection refused")]);
    assert_eq!(server.requests()[0].path, "/api/v1/targets?state=active");
}

#[tokio::test]
async fn active_and_dropped_alertmanagers_are_told_apart() {
    let server = Server::json(
        "/api/v1/alertmanagers",
        r#"{"status":"success","data":{"activeAlertmanagers":[{"url":"http://a:9093/api/v2/alerts"}],
            "droppedAlertmanagers":[{"url":"http://b:9093/api/v2/alerts"}]}}"#,
    );
    let found = ask!(server, alertmanagers()).unwrap();
    assert_eq!(
        (found.active, found.dropped),
        (vec!["http://a:9093/api/v2/alerts".to_owned()], vec!["http://b:9093/api/v2/alerts".to_owned()])
    );
}

#[tokio::test]
async fn a_vector_is_read_with_warnings_and_odd_numbers() {
    let server = Server::json(
        "/api/v1/query",
        r#"{"status":"success","warnings":["w"],"infos":["i"],"data":{"resultType":"vector","result":[
            {"metric":{"__name__":"x"},"value":[1.5,"+Inf"]},
            {"metric":{},"value":[1.5,"2e-05"]},
            {"metric":{"h":"1"},"histogram":[1.5,{"count":"1"}]}]}}"#,
    );
    let result = ask!(server, query("x > 1", Some(17.5))).unwrap();
    let sample = |pairs: &[(&str, &str)], value| QuerySample { labels: labels(pairs), value };
    let vector = vec![
        sample(&[("__name__", "x")], Some(f64::INFINITY)),
        sample(&[], Some(2e-5)),
        sample(&[("h", "1")], None),
    ];
    assert_eq!(result.value, QueryValue::Vector(vector));
    assert_eq!((result.warnings, result.infos), (vec!["w".to_owned()], vec!["i".to_owned()]));
    let request = server.requests().remove(0);
    assert_eq!((request.method.as_str(), request.body.as_str()), ("POST", "query=x+%3E+1&time=17.5"));
}

#[tokio::test]
async fn a_scalar_is_read() {
    let body = r#"{"status":"success","data":{"resultType":"scalar","result":[1,"NaN"]}}"#;
    let value = ask!(Server::json("/api/v1/query", body), query("0/0", None)).unwrap().value;
    assert_eq!((value.single().unwrap().is_nan(), value.substance()), (true, Substance::NonFinite));
}

#[test]
fn a_result_has_substance_when_one_sample_is_finite() {
    let vector = |values: &[f64]| {
        let sample = |value: &f64| QuerySample { labels: BTreeMap::new(), value: Some(*value) };
        QueryValue::Vector(values.iter().map(sample).collect())
    };
    assert_eq!(vector(&[]).substance(), Substance::Empty);
    assert_eq!(vector(&[f64::NAN, f64::NEG_INFINITY]).substance(), Substance::NonFinite);
    assert_eq!(vector(&[f64::NAN, 0.0]).substance(), Substance::Finite);
    assert_eq!((vector(&[1.0]).single(), vector(&[1.0, 2.0]).single()), (Some(1.0), None));
}

#[tokio::test]
async fn series_are_asked_for_with_all_limits() {
    let body = r#"{"status":"success","data":[{"__name__":"up","job":"app"}]}"#;
    let server = Server::json("/api/v1/series", body);
    let query = SeriesQuery { selectors: &["up", "x{a=\"b\"}"], since: Some(100.0), limit: Some(1) };
    assert_eq!(ask!(server, series(&query)), Ok(vec![labels(&[("__name__", "up"), ("job", "app")])]));
    let body = "match%5B%5D=up&match%5B%5D=x%7Ba%3D%22b%22%7D&start=100&limit=1";
    assert_eq!(server.requests()[0].body, body);
}

#[tokio::test]
async fn the_error_envelope_is_opened() {
    let body = r#"{"status":"error","errorType":"bad_data","error":"1:5: parse error:\u001b[0m unclosed"}"#;
    let server = Server::routes(&[("/api/v1/query", Reply::Answer(400, body.into()))]);
    let error = ask!(server, query("sum(", None)).unwrap_err();
    assert_eq!(
        error,
        ProbeError::Api {
            url: format!("{}/api/v1/query", server.base()),
            kind: "bad_data".into(),
            message: "1:5: parse error:\\u{1b}[0m unclosed".into(),
        }
    );
}

#[tokio::test]
async fn answers_of_the_wrong_shape_are_malformed() {
    let data = |data: &str| format!(r#"{{"status":"success","data":{data}}}"#);
    let matrix = data(r#"{"resultType":"matrix","result":[]}"#);
    let number = data(r#"{"resultType":"scalar","result":[1,"many"]}"#);
    for (body, reason) in [
        ("<html>".to_owned(), "expected value at line 1 column 1"),
        (data("null"), "it has no data"),
        (matrix, "its type is `matrix`, which is neither a vector nor a scalar"),
        (number, "`many` is not a number"),
    ] {
        let server = Server::json("/api/v1/query", &body);
        let expected = ProbeError::Malformed {
            url: format!("{}/api/v1/query", server.base()),
            what: "the query result".into(),
            reason: reason.into(),
        };
        assert_eq!(ask!(server, query("x", None)), Err(expected));
    }
}

#[tokio::test]
async fn another_server_at_the_port_is_a_wrong_status() {
    let error = ask!(Server::routes(&[]), rules()).unwrap_err();
    assert_eq!(error.status(), Some(404));
}
