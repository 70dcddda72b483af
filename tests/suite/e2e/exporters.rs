//! SCENARIO: real exporters watch real servers, with passwords from secret files.

use std::collections::BTreeMap;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use super::docker::{Life, lives};
use super::http::query;
use super::scene::SMALL;
use super::servers::{PASSWORD, Server};
use super::{Scene, eventually};

const LIMIT: Duration = Duration::from_secs(60);

/// Every 3 seconds: the `PostgreSQL` exporter waits a second before it tries a refused login again, and a scrape must not
/// have timed out by then.
fn stack(exporters: &str) -> String {
    let often = SMALL.replace("prometheus: {", "prometheus: {scrape_interval: 3s, ");
    format!("{often}exporters:\n{exporters}")
}

fn secret(scene: &Scene, value: &str) {
    scene.write("password", value);
    std::fs::set_permissions(scene.path("password"), Permissions::from_mode(0o600)).unwrap();
}

/// Waits until a query has exactly these values, by the label given.
fn wait_for(scene: &Scene, expression: &str, label: &str, wanted: &[(&str, &str)]) {
    let wanted: Vec<(String, String)> =
        wanted.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    eventually(LIMIT, &format!("{expression} is {wanted:?}"), || {
        (query(scene.prometheus, expression, label) == wanted).then_some(())
    });
}

/// The containers that are another one than before, and those that are the same and were started again.
fn changed(before: &BTreeMap<String, Life>, after: &BTreeMap<String, Life>) -> (Vec<String>, Vec<String>) {
    let (mut replaced, mut restarted) = (Vec::new(), Vec::new());
    for (name, life) in after {
        if before[name].id != life.id {
            replaced.push(name.clone());
        } else if before[name].started_at != life.started_at {
            restarted.push(name.clone());
        }
    }
    (replaced, restarted)
}

/// A password that becomes wrong, and right again: each time the exporter alone is restarted, and says what it sees.
fn follow_the_password(scene: &Scene, exporter: &str, metric: &str) {
    for (password, seen) in [("wrong", "0"), (PASSWORD, "1")] {
        let before = lives(&scene.name);
        secret(scene, password);
        scene.expect(0, &["up"]);
        assert_eq!(changed(&before, &lives(&scene.name)), (Vec::new(), vec![exporter.to_owned()]));
        wait_for(scene, metric, "job", &[(exporter, seen)]);
        let arguments = ["health", exporter, "--format", "json"];
        let health = scene.expect(i32::from(seen == "0"), &arguments).json();
        let detail = health["components"][exporter]["detail"].as_str().unwrap_or_default();
        let told = format!("does not reach what it watches ({metric} is 0)");
        assert_eq!(detail.contains(&told), seen == "0", "{detail}");
    }
}

/// Intent: the `PostgreSQL` exporter logs in with the password file and brings metrics of the database.
#[test]
fn postgres_is_watched_with_a_password_from_a_file() {
    let Some(scene) = Scene::open() else { return };
    let server = Server::postgres();
    secret(&scene, PASSWORD);
    let uri = format!("{}/shop?sslmode=disable", server.address);
    scene.stack(&stack(&format!("  postgres: {{uri: \"{uri}\", user: monitor, password_file: password}}\n")));
    scene.expect(0, &["up"]);
    wait_for(&scene, "pg_up", "job", &[("postgres", "1")]);
    wait_for(&scene, "pg_database_size_bytes{datname=\"shop\"} > bool 0", "datname", &[("shop", "1")]);
    follow_the_password(&scene, "postgres", "pg_up");
}

/// Intent: the Redis exporter logs in with the password file; stackctl made the map of it that the exporter wants.
#[test]
fn redis_is_watched_with_a_password_from_a_file() {
    let Some(scene) = Scene::open() else { return };
    let server = Server::redis();
    secret(&scene, PASSWORD);
    scene.stack(&stack(&format!(
        "  redis: {{address: \"redis://{}\", password_file: password}}\n",
        server.address
    )));
    scene.expect(0, &["up"]);
    wait_for(&scene, "redis_up", "job", &[("redis", "1")]);
    wait_for(&scene, "redis_db_keys{db=\"db0\"}", "db", &[("db0", "1")]);
    follow_the_password(&scene, "redis", "redis_up");
}

/// Intent: probes tell what answers from what does not, for every kind of probe.
#[test]
fn probes_tell_what_answers_from_what_does_not() {
    let probes = "  blackbox:
    http: [\"http://$NAME-prometheus.$NAME:9090/-/ready\", \"http://$NAME-prometheus.$NAME:9/\", \"http://$NAME-prometheus.$NAME:9090/nothing-here\"]
    healthy: [\"http://$NAME-prometheus.$NAME:9090/-/ready\", \"http://$NAME-prometheus.$NAME:9090/graph\"]
    tcp: [\"$NAME-alertmanager.$NAME:9093\", \"$NAME-alertmanager.$NAME:9\"]
    icmp: [$NAME-alertmanager.$NAME]
";
    let Some(scene) = Scene::open() else { return };
    let named = |text: &str| text.replace("$NAME", &scene.name);
    scene.stack(&stack(probes));
    scene.expect(0, &["up"]);
    let wait = |expression: &str, wanted: &[(&str, &str)]| {
        let wanted: Vec<(String, &str)> = wanted.iter().map(|(name, value)| (named(name), *value)).collect();
        let wanted: Vec<(&str, &str)> = wanted.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        wait_for(&scene, expression, "instance", &wanted);
    };
    let http = [
        ("http://$NAME-prometheus.$NAME:9/", "0"),
        ("http://$NAME-prometheus.$NAME:9090/-/ready", "1"),
        ("http://$NAME-prometheus.$NAME:9090/nothing-here", "0"),
    ];
    wait("probe_success{job=\"blackbox-http\"}", &http);
    // The one answers 200, and nothing in it says that it is healthy; the other is a web page.
    let healthy = [
        ("http://$NAME-prometheus.$NAME:9090/-/ready", "0"),
        ("http://$NAME-prometheus.$NAME:9090/graph", "1"),
    ];
    wait("probe_success{job=\"blackbox-healthy\"}", &healthy);
    wait(
        "probe_success{job=\"blackbox-tcp\"}",
        &[("$NAME-alertmanager.$NAME:9", "0"), ("$NAME-alertmanager.$NAME:9093", "1")],
    );
    wait("probe_success{job=\"blackbox-icmp\"}", &[("$NAME-alertmanager.$NAME", "1")]);
}

/// Intent: a private authority is trusted for the probes that name it, and for no others.
#[test]
fn a_probe_trusts_the_private_authority_that_it_is_given() {
    let Some(scene) = Scene::open() else { return };
    let server = Server::https();
    scene.write("ca.pem", &server.file("ca.pem"));
    let url = format!("https://{}/", server.address);
    let probes = |tls: &str, app: &str| {
        stack(&format!("  blackbox: {{http: [\"{url}\"]{tls}}}\napps:\n  shop: {{health: \"{url}\"{app}}}\n"))
    };
    let trusted = ", tls: {ca_file: ca.pem, server_name: internal.example}";
    for (tls, app, answers) in [
        ("", "", ("0", "0")),
        ("", trusted, ("0", "1")),
        (trusted, "", ("1", "1")),
        (", tls: {ca_file: ca.pem}", ", tls: {insecure_skip_verify: true}", ("0", "1")),
    ] {
        scene.stack(&probes(tls, app));
        scene.expect(0, &["up"]);
        let (general, own) = answers;
        wait_for(&scene, "probe_success{job=\"blackbox-http\"}", "instance", &[(&url, general)]);
        wait_for(&scene, "probe_success{job=\"blackbox-shop\"}", "instance", &[(&url, own)]);
    }
}

/// Intent: an exporter that stackctl does not know runs with its arguments and files, and is scraped.
#[test]
fn a_custom_exporter_is_run_and_scraped() {
    let Some(scene) = Scene::with(&stack("  blackbox: {}\n")) else { return };
    let images = scene.expect(0, &["images", "list", "--format", "json"]).json();
    let blackbox =
        images["images"].as_array().unwrap().iter().find(|i| i["component"] == "blackbox").unwrap();
    let image = blackbox["used"].as_str().expect("the image of the blackbox exporter");
    scene.write("probes.yml", "modules: {mine: {prober: tcp}}\n");
    scene.stack(&stack(&format!(
        "  node: {{}}
  custom:
    mine:
      image: {image:?}
      port: 9116
      args: [\"--config.file={{config}}/probes.yml\", \"--web.listen-address=:9116\"]
      files: {{probes.yml: probes.yml}}
"
    )));
    scene.expect(0, &["up"]);
    wait_for(&scene, "up{job=\"mine\"}", "instance", &[("mine:9116", "1")]);
    wait_for(&scene, "blackbox_exporter_config_last_reload_successful", "job", &[("mine", "1")]);
}
