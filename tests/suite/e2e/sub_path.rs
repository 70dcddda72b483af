//! SCENARIO: Prometheus and Alertmanager behind a proxy that they share with other pages, each below a path of it.

use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::docker::{inspect, lives};
use super::http::get;
use super::{Scene, eventually};
use crate::support::synthetic::Sink;

const LIMIT: Duration = Duration::from_secs(60);

const RULES: &str = "\
groups:
  - name: mine
    rules:
      - alert: BothAreScraped
        expr: count(up{job=~\"prometheus|alertmanager\"} == 1) == 2
        labels: {severity: critical, category: test, service: mine}
        annotations: {summary: s, description: d, runbook_url: \"stackctl:runbook/Watchdog\"}
";

/// Where a component of the scenario answers.
struct Page {
    port: u16,
    prefix: &'static str,
}

impl Page {
    fn get(&self, path: &str) -> Option<(u16, String)> {
        get(self.port, &format!("{}{path}", self.prefix))
    }

    /// The `data` of an answer of Prometheus.
    fn data(&self, path: &str) -> Option<Value> {
        let (_, body) = self.get(path)?;
        let answer: Value = serde_json::from_str(&body).ok()?;
        Some(answer["data"].clone())
    }
}

fn stack(sink: &Sink, settings: &str) -> String {
    format!(
        "prometheus: {{port: $PROMETHEUS, scrape_interval: 1s, evaluation_interval: 1s, external_url: \"https://ops.internal/prometheus/\"{settings}}}
alertmanager: {{port: $ALERTMANAGER, external_url: \"https://ops.internal/alertmanager\"{settings}}}
grafana: {{enabled: false}}
exporters: {{}}
notify:
  default: team
  receivers: {{team: {{webhook: {{url: \"http://host.docker.internal:{}/team\"}}}}}}
  routes: [{{severity: critical, to: [team], respond: immediately}}]
",
        sink.port
    )
}

/// Name and health of every target, by what Prometheus reports.
fn targets(prometheus: &Page) -> Vec<(String, String, String)> {
    let data = prometheus.data("/api/v1/targets?state=active").unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut targets: Vec<_> = data["activeTargets"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|target| {
            let url = text(&target["scrapeUrl"]);
            let path = url.splitn(4, '/').nth(3).unwrap_or_default().to_owned();
            (text(&target["scrapePool"]), text(&target["health"]), path)
        })
        .collect();
    targets.sort();
    targets
}

/// The whole life of a stack whose pages are below these paths, while its public URLs have paths.
fn proven(settings: &str, prefixes: [&'static str; 2]) {
    let Some(scene) = Scene::open() else { return };
    let sink = Sink::start();
    scene.stack(&stack(&sink, settings));
    scene.write("rules/mine.yml", RULES);
    let begin = Instant::now();
    scene.expect(0, &["up"]);
    assert!(begin.elapsed() < LIMIT, "ready after {}s", begin.elapsed().as_secs());
    let prometheus = Page { port: scene.prometheus, prefix: prefixes[0] };
    let alertmanager = Page { port: scene.alertmanager, prefix: prefixes[1] };
    assert_eq!(prometheus.get("/-/ready").map(|answer| answer.0), Some(200));
    assert_eq!(alertmanager.get("/-/ready").map(|answer| answer.0), Some(200));

    let up = |job: &str, prefix: &str| {
        let path = format!("{}/metrics", prefix.trim_start_matches('/'));
        (job.to_owned(), "up".to_owned(), path.trim_start_matches('/').to_owned())
    };
    let expected = [up("alertmanager", prefixes[1]), up("prometheus", prefixes[0])];
    eventually(LIMIT, "every target up", || (targets(&prometheus) == expected).then_some(()));

    let told = eventually(LIMIT, "a notification", || sink.alerts("BothAreScraped").pop());
    assert_eq!(told.0, "team");
    let link = told.1["generatorURL"].as_str().unwrap();
    assert!(link.starts_with("https://ops.internal/prometheus/graph?"), "{link}");
    let pages: Vec<String> = sink.external_urls("team").into_iter().collect();
    assert_eq!(pages, ["https://ops.internal/alertmanager"]);

    let runbook = scene.expect(0, &["render"]).stdout;
    assert!(runbook.contains("'https://ops.internal/prometheus/user/runbooks/TargetDown'"));
    let (status, page) = prometheus.get("/user/runbooks/TargetDown").unwrap();
    assert!(status == 200 && page.contains("<h1>TargetDown</h1>"), "{status} {page}");

    let health = scene.expect(0, &["health", "--format", "json"]).json();
    assert_eq!(health["status"], "healthy", "{health}");
    assert_eq!((&health["targets"]["up"], &health["targets"]["total"]), (&2.into(), &2.into()), "{health}");
    let detail = &health["components"]["prometheus"]["detail"];
    assert_eq!(detail, "ready, sends alerts to Alertmanager", "{health}");

    let before = lives(&scene.name);
    assert_eq!(scene.expect(0, &["up"]).stdout.lines().next(), Some("up to date: nothing to do"));
    scene.stack(
        &stack(&sink, settings)
            .replace("scrape_interval: 1s", "scrape_interval: 2s")
            .replace("respond: immediately", "respond: 1h"),
    );
    scene.expect(0, &["up"]);
    assert_eq!(lives(&scene.name), before, "both were reloaded");
    let running = prometheus.data("/api/v1/status/config").unwrap();
    let running: serde_yaml::Value = serde_yaml::from_str(running["yaml"].as_str().unwrap()).unwrap();
    assert_eq!(running["global"]["scrape_interval"], "2s");
    assert_eq!(scene.expect(0, &["up"]).stdout.lines().next(), Some("up to date: nothing to do"));

    let endpoints = scene.expect(0, &["endpoints", "--format", "json"]).json();
    let urls: Vec<&str> =
        endpoints["endpoints"].as_array().unwrap().iter().filter_map(|row| row["url"].as_str()).collect();
    assert_eq!(
        urls,
        [
            format!("http://localhost:{}{}", scene.prometheus, prefixes[0]),
            format!("http://localhost:{}{}", scene.alertmanager, prefixes[1])
        ]
    );
    assert_eq!(viewed(&scene), format!("http://127.0.0.1:{}{}", scene.prometheus, prefixes[0]));
    for component in ["prometheus", "alertmanager"] {
        healthy_to_docker(&format!("{}-{component}", scene.name));
    }
}

/// What `docker ps` says of the container in the end; engines before 25 ask for the first time after 30 seconds.
fn healthy_to_docker(container: &str) {
    eventually(LIMIT, "an answer to the engine's own question", || {
        let seen = inspect(container);
        let health = &seen["State"]["Health"];
        assert_ne!(health["Status"], "unhealthy", "{health}");
        (health["Status"] == "healthy").then_some(())
    });
}

/// The address that `view` gives to the program that draws dashboards, in whose place a script writes it down.
fn viewed(scene: &Scene) -> String {
    let script =
        "#!/bin/sh\nif [ \"$1\" = --version ]; then echo grafatui 0.1.18; else echo \"$2\" > address; fi\n";
    scene.write("bin/grafatui", script);
    let executable = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(scene.path("bin/grafatui"), executable).unwrap();
    let path = format!("{}:{}", scene.path("bin").display(), std::env::var("PATH").unwrap());
    let run = scene.finish(scene.command(&["view", "stack"]).env("PATH", path));
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    std::fs::read_to_string(scene.path("address")).unwrap().trim_end().to_owned()
}

/// Intent: a proxy that passes the path on. Requests, scrapes, alerts and reloads go below it; links are public ones.
#[test]
fn a_stack_below_the_paths_of_its_public_urls_works_as_one_at_the_root() {
    proven("", ["/prometheus", "/alertmanager"]);
}

/// Intent: a proxy that removes the path. Everything is at the root; links are public ones all the same.
#[test]
fn a_stack_at_the_root_behind_a_proxy_that_removes_the_path_has_public_links() {
    proven(", route_prefix: /", ["", ""]);
}

/// Intent: the blackbox exporter below a path, which only its arguments can set, is ready, scraped and asked there.
#[test]
fn probes_follow_the_path_of_their_exporter() {
    let Some(scene) = Scene::with(
        "prometheus: {port: $PROMETHEUS, scrape_interval: 1s}
alertmanager: {enabled: false}
grafana: {enabled: false}
exporters: {blackbox: {http: [\"http://$NAME-prometheus.$NAME:9090/-/ready\"], args: [\"--web.external-url=http://ops.internal/probes/\"]}}
",
    ) else {
        return;
    };
    scene.expect(0, &["up", "--timeout", "30s"]);
    let prometheus = Page { port: scene.prometheus, prefix: "" };
    let up = |job: &str, path: &str| (job.to_owned(), "up".to_owned(), path.to_owned());
    let name = &scene.name;
    let server = format!("{name}-prometheus.{name}%3A9090");
    let probe = format!("probes/probe?module=http_2xx&target=http%3A%2F%2F{server}%2F-%2Fready");
    let expected =
        [up("blackbox", "probes/metrics"), up("blackbox-http", &probe), up("prometheus", "metrics")];
    eventually(LIMIT, "every target up", || (targets(&prometheus) == expected).then_some(()));
    let health = scene.expect(0, &["health", "--format", "json"]).json();
    assert_eq!((&health["status"], &health["targets"]["up"]), (&"healthy".into(), &3.into()), "{health}");
}

/// Intent: moving a running stack below a path replaces what moves, and the jobs follow.
#[test]
fn a_running_stack_moves_below_a_path() {
    let Some(scene) = Scene::open() else { return };
    let sink = Sink::start();
    let moved = stack(&sink, "");
    let at_the_root = moved
        .replace(", external_url: \"https://ops.internal/prometheus/\"", "")
        .replace(", external_url: \"https://ops.internal/alertmanager\"", "");
    assert!(!at_the_root.contains("external_url"));
    scene.stack(&at_the_root);
    scene.expect(0, &["up"]);
    scene.stack(&moved);
    let begin = Instant::now();
    scene.expect(0, &["up"]);
    assert!(begin.elapsed() < LIMIT, "ready after {}s", begin.elapsed().as_secs());
    let args = inspect(&scene.container("alertmanager"))["Args"].to_string();
    assert!(args.contains("--web.external-url=https://ops.internal/alertmanager"), "{args}");
    let health = scene.expect(0, &["health", "--format", "json"]).json();
    assert_eq!((&health["status"], &health["targets"]["up"]), (&"healthy".into(), &2.into()), "{health}");
}
