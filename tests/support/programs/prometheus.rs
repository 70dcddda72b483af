//! Prometheus: its configuration as it prints it, rule groups, Alertmanagers, reload by SIGHUP; and promtool.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use serde_yaml::Value as Yaml;

use super::text::{flag, now, route_prefix, seconds};
use crate::support::daemon::{Answer, Invocation, LogStream, Program, Route, View};

/// A Prometheus, and promtool in the same image.
#[derive(Debug, Clone, Default)]
pub struct Prometheus {
    refused: Option<String>,
    judged: Option<String>,
    scene: Arc<Mutex<Scene>>,
}

/// What it sees, as far as it is not what the configuration says; a test may change it while it runs.
#[derive(Debug, Clone, Default)]
pub struct Scene {
    /// Addresses whose scrape fails, and why.
    pub down: Vec<(String, String)>,
    /// Addresses that it has not scraped yet.
    pub unscraped: Vec<String>,
    /// Addresses whose probe fails.
    pub failed_probes: Vec<String>,
    /// How many times it still answers that it knows no Alertmanager.
    pub undiscovered: usize,
    /// The Alertmanager that it uses, in place of the configured one.
    pub notifier: Option<String>,
    /// Seconds since its start, and since its last sample.
    pub age: f64,
    pub silent: f64,
    /// `prometheus_tsdb_wal_writes_failed_total`.
    pub failed_writes: u32,
}

/// The state of one process: how its last reload ended.
#[derive(Debug)]
struct State {
    successful: bool,
    succeeded_at: f64,
}

impl Prometheus {
    pub fn new() -> Self {
        Self::default()
    }

    /// Refuses a configuration that contains this text, although promtool accepts it.
    #[must_use]
    pub fn refusing(mut self, text: &str) -> Self {
        self.refused = Some(text.to_owned());
        self
    }

    /// Its promtool refuses a configuration that contains this text.
    #[must_use]
    pub fn judging(mut self, text: &str) -> Self {
        self.judged = Some(text.to_owned());
        self
    }

    /// What it sees.
    pub fn scene(&self) -> Arc<Mutex<Scene>> {
        self.scene.clone()
    }

    /// What its containers do.
    pub fn program(self) -> Program {
        Program::computed(move |run| {
            if run.argv.first().is_some_and(|program| program.ends_with("promtool")) {
                self.promtool(run)
            } else {
                self.started(run)
            }
        })
    }

    fn promtool(&self, run: &Invocation) -> Program {
        let path = run.argv.last().cloned().unwrap_or_default();
        let text = run.files.text(&path).unwrap_or_default();
        let checking = format!("Checking {path}");
        match &self.judged {
            Some(bad) if text.contains(bad) => {
                Program::exits_with(1).says(LogStream::Stdout, &checking).says(
                    LogStream::Stderr,
                    &format!("  FAILED: parsing YAML file {path}: {bad:?} is not known"),
                )
            }
            _ => {
                Program::exits_with(0).says(LogStream::Stdout, &checking).says(LogStream::Stdout, " SUCCESS")
            }
        }
    }

    fn started(&self, run: &Invocation) -> Program {
        let path = flag(&run.argv, "config.file").expect("it has a configuration");
        if let Err(reason) = self.accepts(&run.files, &path) {
            return Program::exits_with(2).says(LogStream::Stderr, &reason);
        }
        let state = Arc::new(Mutex::new(State { successful: true, succeeded_at: now() }));
        let (shown, reloaded) = (state.clone(), state);
        let (this, reloaded_path) = (self.clone(), path.clone());
        let (for_config, for_rules, for_notifiers) = (path.clone(), path.clone(), path.clone());
        let (for_sent, for_active) = (path.clone(), path);
        let [for_metrics, for_targets, for_probes, for_notifying] = [0; 4].map(|_| self.scene.clone());
        Program::serves_http(9090)
            .route("/-/ready", Route::always(Answer::text(200, "Prometheus Server is Ready.\n")))
            .route("/-/healthy", Route::always(Answer::text(200, "Prometheus Server is Healthy.\n")))
            .route(
                "/metrics",
                Route::computed(move |_, files| {
                    metrics(&shown.lock().unwrap(), &for_metrics.lock().unwrap(), files, &for_sent)
                }),
            )
            .route("/api/v1/status/config", Route::computed(move |_, files| config(files, &for_config)))
            .route("/api/v1/rules", Route::computed(move |_, files| rules(files, &for_rules)))
            .route(
                "/api/v1/alertmanagers",
                Route::computed(move |_, files| {
                    notifiers(&mut for_notifying.lock().unwrap(), files, &for_notifiers)
                }),
            )
            .route(
                "/api/v1/targets",
                Route::computed(move |_, files| targets(&for_targets.lock().unwrap(), files, &for_active)),
            )
            .route("/api/v1/query", Route::computed(move |_, _| failed_probes(&for_probes.lock().unwrap())))
            .below(&route_prefix(&run.argv))
            .on_hup(move |files| {
                let accepted = this.accepts(files, &reloaded_path);
                let mut state = reloaded.lock().unwrap();
                state.successful = accepted.is_ok();
                if accepted.is_ok() {
                    state.succeeded_at = now();
                }
                accepted
            })
            .says(LogStream::Stderr, "level=INFO msg=\"Server is ready to receive web requests.\"")
    }

    fn accepts(&self, files: &View, path: &str) -> Result<(), String> {
        let failed = |reason: String| {
            format!(
                "level=ERROR msg=\"Error reloading config\" err=\"couldn't load configuration: {reason}\""
            )
        };
        let text =
            files.text(path).ok_or_else(|| failed(format!("open {path}: no such file or directory")))?;
        serde_yaml::from_str::<Yaml>(&text).map_err(|error| failed(error.to_string()))?;
        match &self.refused {
            Some(bad) if text.contains(bad) => Err(failed(format!("{bad} is not for this version"))),
            _ => Ok(()),
        }
    }
}

fn metrics(state: &State, scene: &Scene, files: &View, path: &str) -> Answer {
    let sent: Vec<String> = configured(files, path)
        .iter()
        .map(|url| format!("prometheus_notifications_sent_total{{alertmanager=\"{url}\"}} 4\n"))
        .collect();
    Answer::text(
        200,
        format!(
            "process_start_time_seconds {}\n\
             prometheus_tsdb_head_max_time_seconds {}\n\
             prometheus_tsdb_wal_writes_failed_total {}\n\
             prometheus_config_last_reload_successful {}\n\
             prometheus_config_last_reload_success_timestamp_seconds {:.9}\n{}",
            now() - scene.age,
            now() - scene.silent,
            scene.failed_writes,
            u8::from(state.successful),
            if scene.age > 0.0 { now() - scene.age } else { state.succeeded_at },
            sent.concat(),
        ),
    )
}

fn success(data: &Value) -> Answer {
    Answer::json(200, &json!({"status": "success", "data": data}))
}

fn document(files: &View, path: &str) -> Yaml {
    serde_yaml::from_str(&files.text(path).unwrap_or_default()).unwrap_or(Yaml::Null)
}

/// The file printed again: some defaults filled in, paths of rule files made absolute.
fn config(files: &View, path: &str) -> Answer {
    let mut yaml = document(files, path);
    let directory = path.rsplit_once('/').map_or("", |(directory, _)| directory);
    for pattern in yaml.get_mut("rule_files").and_then(Yaml::as_sequence_mut).into_iter().flatten() {
        if let Some(relative) = pattern.as_str().filter(|pattern| !pattern.starts_with('/')) {
            *pattern = format!("{directory}/{relative}").into();
        }
    }
    for job in yaml.get_mut("scrape_configs").and_then(Yaml::as_sequence_mut).into_iter().flatten() {
        let Some(job) = job.as_mapping_mut() else { continue };
        for (key, value) in [
            ("honor_timestamps", Yaml::Bool(true)),
            ("scheme", "http".into()),
            ("follow_redirects", Yaml::Bool(true)),
        ] {
            if !job.contains_key(key) {
                job.insert(key.into(), value);
            }
        }
    }
    success(&json!({"yaml": serde_yaml::to_string(&yaml).unwrap()}))
}

fn rules(files: &View, path: &str) -> Answer {
    let config = document(files, path);
    let interval = config["global"]["evaluation_interval"].as_str().map_or(60.0, seconds);
    let directory = path.rsplit_once('/').map_or("", |(directory, _)| directory);
    let mut groups = Vec::new();
    for file in files.list(&format!("{directory}/rules")) {
        // Listed without links; Prometheus shows the path as the pattern gave it.
        let shown = format!("{directory}/rules/{}", file.rsplit('/').next().unwrap_or_default());
        for group in document(files, &file)["groups"].as_sequence().into_iter().flatten() {
            let all: Vec<Value> =
                group["rules"].as_sequence().into_iter().flatten().map(|rule| rule_of(group, rule)).collect();
            groups.push(json!({
                "name": group["name"].as_str(), "file": shown, "rules": all,
                "interval": group["interval"].as_str().map_or(interval, seconds),
            }));
        }
    }
    success(&json!({"groups": groups}))
}

fn rule_of(group: &Yaml, rule: &Yaml) -> Value {
    let mut labels = serde_json::Map::new();
    for (name, value) in
        [group, rule].iter().flat_map(|part| part["labels"].as_mapping().into_iter().flatten())
    {
        labels
            .insert(name.as_str().unwrap_or_default().to_owned(), value.as_str().unwrap_or_default().into());
    }
    let number = || serde_yaml::to_string(&rule["expr"]).unwrap();
    let query = rule["expr"].as_str().map_or_else(number, str::to_owned);
    let shared = json!({"query": query.trim(), "labels": labels, "health": "unknown", "evaluationTime": 0});
    let own = match rule["alert"].as_str() {
        Some(name) => json!({
            "name": name, "type": "alerting", "state": "inactive", "alerts": [],
            "duration": rule["for"].as_str().map_or(0.0, seconds),
            "keepFiringFor": rule["keep_firing_for"].as_str().map_or(0.0, seconds),
        }),
        None => json!({"name": rule["record"].as_str(), "type": "recording"}),
    };
    let mut whole = shared;
    whole.as_object_mut().unwrap().extend(own.as_object().unwrap().clone());
    whole
}

/// The addresses of the Alertmanagers in its configuration.
fn configured(files: &View, path: &str) -> Vec<String> {
    let config = document(files, path);
    let all = config["alerting"]["alertmanagers"].as_sequence().into_iter().flatten();
    let configs = all.flat_map(|one| one["static_configs"].as_sequence().into_iter().flatten());
    let targets = configs.flat_map(|one| one["targets"].as_sequence().into_iter().flatten());
    targets.filter_map(Yaml::as_str).map(|target| format!("http://{target}/api/v2/alerts")).collect()
}

fn notifiers(scene: &mut Scene, files: &View, path: &str) -> Answer {
    let mut urls = configured(files, path);
    if let Some(other) = &scene.notifier {
        urls = vec![format!("http://{other}/api/v2/alerts")];
    }
    if scene.undiscovered > 0 {
        scene.undiscovered -= 1;
        urls.clear();
    }
    let active: Vec<Value> = urls.iter().map(|url| json!({"url": url})).collect();
    success(&json!({"activeAlertmanagers": active, "droppedAlertmanagers": []}))
}

fn targets(scene: &Scene, files: &View, path: &str) -> Answer {
    let config = document(files, path);
    let mut active = Vec::new();
    for job in config["scrape_configs"].as_sequence().into_iter().flatten() {
        let name = job["job_name"].as_str().unwrap_or_default();
        let configs = job["static_configs"].as_sequence().into_iter().flatten();
        let addresses = configs.flat_map(|one| one["targets"].as_sequence().into_iter().flatten());
        for address in addresses.filter_map(Yaml::as_str) {
            let error = scene.down.iter().find(|(down, _)| down == address).map(|(_, error)| error.as_str());
            let scraped = !scene.unscraped.iter().any(|unscraped| unscraped == address);
            let health = match error {
                _ if !scraped => "unknown",
                Some(_) => "down",
                None => "up",
            };
            let time =
                if scraped { jiff::Timestamp::now().to_string() } else { "0001-01-01T00:00:00Z".to_owned() };
            active.push(json!({
                "discoveredLabels": {"__address__": address}, "labels": {"job": name, "instance": address},
                "scrapePool": name, "scrapeUrl": format!("http://{address}/metrics"), "health": health,
                "lastError": error.unwrap_or_default(), "lastScrape": time, "scrapeInterval": "15s", "scrapeTimeout": "10s",
            }));
        }
    }
    success(&json!({"activeTargets": active}))
}

/// The answer to `probe_success == 0`.
fn failed_probes(scene: &Scene) -> Answer {
    let result: Vec<Value> = scene
        .failed_probes
        .iter()
        .map(|url| json!({"metric": {"job": "blackbox-http", "instance": url}, "value": [now(), "0"]}))
        .collect();
    success(&json!({"resultType": "vector", "result": result}))
}
