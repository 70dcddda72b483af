//! Grafana's API against a fake that behaves as Grafana documents: users, provisioning, passwords.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::{client, peer};
use crate::kernel::Secret;
use crate::probe::client::Endpoint;
use crate::probe::fake::{Reply, Request, Server};
use crate::probe::grafana::{
    Dashboard, DashboardHit, Datasource, DatasourceHealth, Grafana, Health, Provisioning,
};
use crate::probe::grafana_error::GrafanaError;

/// A Grafana with one dashboard, two data sources and the user `admin`.
pub(super) fn fake(password: &str) -> (Server, Arc<Mutex<String>>) {
    let password = Arc::new(Mutex::new(password.to_owned()));
    let shared = Arc::clone(&password);
    let server = Server::start(move |request| {
        let path = request.path.split('?').next().unwrap_or_default();
        if path == "/api/health" {
            return answer(200, &json!({"commit": "c", "database": "ok", "version": "13.2.0"}));
        }
        let mut password = shared.lock().unwrap();
        match request.headers.get("authorization") {
            None => said(401, "Unauthorized"),
            Some(sent) if *sent != basic("admin", &password) => said(401, "Invalid username or password"),
            Some(_) => signed_in(request, path, &mut password),
        }
    });
    (server, password)
}

fn signed_in(request: &Request, path: &str, password: &mut String) -> Reply {
    match (request.method.as_str(), path) {
        ("GET", "/api/user") => answer(200, &json!({"id": 1, "login": "admin", "isGrafanaAdmin": true})),
        ("GET", "/api/search") => answer(
            200,
            &json!([
                {"id": 2, "uid": "b", "title": "B", "url": "/d/b/b", "type": "dash-db", "tags": []},
                {"id": 1, "uid": "a", "title": "A", "url": "/d/a/a", "type": "dash-db", "folderTitle": "Stack"}
            ]),
        ),
        ("GET", "/api/dashboards/uid/a") => answer(
            200,
            &json!({
                "dashboard": {"id": 1, "uid": "a", "title": "A", "version": 3},
                "meta": {"provisioned": true, "provisionedExternalId": "a.json", "version": 3, "slug": "a"}
            }),
        ),
        ("GET", "/api/datasources") => answer(
            200,
            &json!([
                {"id": 2, "uid": "prom", "name": "Prometheus", "type": "prometheus", "access": "proxy",
                 "url": "http://prometheus:9090", "isDefault": true, "readOnly": true, "jsonData": {}},
                {"id": 1, "uid": "am", "name": "Alertmanager", "type": "alertmanager", "access": "proxy",
                 "url": "http://alertmanager:9093", "isDefault": false, "readOnly": true}
            ]),
        ),
        ("GET", "/api/datasources/uid/prom/health") => {
            answer(200, &json!({"status": "OK", "message": "Successfully queried the Prometheus API."}))
        }
        ("GET", "/api/datasources/uid/am/health") => {
            answer(400, &json!({"status": "ERROR", "message": "connection refused"}))
        }
        ("POST", "/api/admin/provisioning/dashboards/reload") => said(200, "Dashboards config reloaded"),
        ("POST", "/api/admin/provisioning/datasources/reload") => said(200, "Datasources config reloaded"),
        ("PUT", "/api/user/password") => change(&request.body, password),
        _ => said(404, "Not found"),
    }
}

fn change(body: &str, password: &mut String) -> Reply {
    let form: Value = serde_json::from_str(body).unwrap();
    let field = |name: &str| form[name].as_str().unwrap_or_default().to_owned();
    if field("oldPassword") != *password {
        return said(400, "Old password does not match");
    }
    if field("newPassword").len() < 4 || field("newPassword") != field("confirmNew") {
        return said(400, "New password is too short");
    }
    *password = field("newPassword");
    said(200, "User password changed")
}

pub(super) fn said(code: u16, message: &str) -> Reply {
    answer(code, &json!({"message": message}))
}

fn answer(code: u16, body: &Value) -> Reply {
    Reply::Answer(code, body.to_string())
}

/// What a client sends for these credentials.
fn basic(user: &str, password: &str) -> String {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::from("Basic ");
    for chunk in format!("{user}:{password}").as_bytes().chunks(3) {
        let bits =
            (0..3).fold(0_u32, |bits, at| (bits << 8) | u32::from(chunk.get(at).copied().unwrap_or(0)));
        for at in 0..4 {
            let index = (bits >> (18 - 6 * at)) & 63;
            text.push(if at > chunk.len() { '=' } else { char::from(alphabet[index as usize]) });
        }
    }
    text
}

fn admin(server: &Server, password: &str) -> Endpoint {
    server.endpoint().with_credentials("admin", Secret::new(password))
}

/// Runs one call as the administrator of a fake Grafana.
macro_rules! ask {
    ($call:ident($($argument:expr),*)) => {{
        let (server, _) = fake("first-password");
        let (client, endpoint) = (client(), admin(&server, "first-password"));
        Grafana::new(peer(&client, &endpoint)).$call($($argument),*).await
    }};
}

#[tokio::test]
async fn health_needs_no_user() {
    let (server, _) = fake("first-password");
    let (client, endpoint) = (client(), server.endpoint());
    let expected = Health { database: "ok".into(), version: Some("13.2.0".into()) };
    assert_eq!(Grafana::new(peer(&client, &endpoint)).health().await, Ok(expected));
}

#[tokio::test]
async fn a_failing_database_is_an_answer() {
    let body = r#"{"database":"failing","commit":"c"}"#;
    let server = Server::routes(&[("/api/health", Reply::Answer(503, body.into()))]);
    let (client, endpoint) = (client(), server.endpoint());
    let expected = Health { database: "failing".into(), version: None };
    assert_eq!(Grafana::new(peer(&client, &endpoint)).health().await, Ok(expected));
}

#[tokio::test]
async fn the_user_is_known_by_the_password() {
    let user = ask!(user()).unwrap();
    assert_eq!((user.login.as_str(), user.is_grafana_admin), ("admin", true));
}

#[tokio::test]
async fn dashboards_are_listed_by_uid() {
    let hit = |uid: &str, title: &str, folder: Option<&str>| DashboardHit {
        uid: uid.into(),
        title: title.into(),
        url: format!("/d/{uid}/{uid}"),
        folder_title: folder.map(str::to_owned),
    };
    assert_eq!(ask!(dashboards()), Ok(vec![hit("a", "A", Some("Stack")), hit("b", "B", None)]));
}

#[tokio::test]
async fn more_dashboards_than_a_page_holds_are_all_listed() {
    let server = Server::start(|request| {
        let first = request.path.ends_with("type=dash-db&limit=5000&page=1");
        let (from, to) = if first { (0, 5000) } else { (5000, 5002) };
        let hits: Vec<Value> = (from..to)
            .map(|n| json!({"uid": format!("{n:05}"), "title": "t", "url": "/d", "type": "dash-db"}))
            .collect();
        answer(200, &Value::from(hits))
    });
    let (client, endpoint) = (client(), server.endpoint());
    let all = Grafana::new(peer(&client, &endpoint)).dashboards().await.unwrap();
    assert_eq!((all.len(), all[5001].uid.as_str(), server.requests().len()), (5002, "05001", 2));
}

#[tokio::test]
async fn a_dashboard_is_read_with_its_origin() {
    let model = json!({"id": 1, "uid": "a", "title": "A", "version": 3});
    assert_eq!(ask!(dashboard("a")), Ok(Dashboard { model, provisioned: true, version: 3 }));
}

#[tokio::test]
async fn data_sources_are_listed_by_uid() {
    let source = |uid: &str, name: &str, kind: &str, url: &str, is_default| Datasource {
        uid: uid.into(),
        name: name.into(),
        kind: kind.into(),
        url: url.into(),
        is_default,
        read_only: true,
    };
    let expected = vec![
        source("am", "Alertmanager", "alertmanager", "http://alertmanager:9093", false),
        source("prom", "Prometheus", "prometheus", "http://prometheus:9090", true),
    ];
    assert_eq!(ask!(datasources()), Ok(expected));
}

#[tokio::test]
async fn an_unhealthy_data_source_is_an_answer() {
    assert!(ask!(datasource_health("prom")).unwrap().is_ok());
    let expected = DatasourceHealth { status: "ERROR".into(), message: "connection refused".into() };
    assert_eq!(ask!(datasource_health("am")), Ok(expected));
}

#[tokio::test]
async fn provisioning_is_reloaded() {
    assert_eq!(ask!(reload(Provisioning::Dashboards)), Ok("Dashboards config reloaded".to_owned()));
    assert_eq!(ask!(reload(Provisioning::Datasources)), Ok("Datasources config reloaded".to_owned()));
}

#[tokio::test]
async fn a_changed_password_works_and_the_old_one_does_not() {
    let (server, password) = fake("first-password");
    let (client, old, new) = (client(), admin(&server, "first-password"), admin(&server, "second-password"));
    let (first, second) = (Secret::new("first-password"), Secret::new("second-password"));
    assert_eq!(Grafana::new(peer(&client, &old)).change_password(&first, &second).await, Ok(()));
    assert_eq!(*password.lock().unwrap(), "second-password");
    assert_eq!(Grafana::new(peer(&client, &new)).user().await.unwrap().login, "admin");
    let url = format!("{}/api/user", server.base());
    let refused = GrafanaError::Password { url, user: "admin".into() };
    assert_eq!(Grafana::new(peer(&client, &old)).user().await, Err(refused));
}
