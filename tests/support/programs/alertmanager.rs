//! Alertmanager: readiness, the hash of its configuration, reload by POST.

use std::sync::{Arc, Mutex};

use md5::{Digest as _, Md5};
use serde_json::json;

use super::text::{flag, now, route_prefix};
use crate::support::daemon::{Answer, Invocation, LogStream, Program, Route, View};

/// An Alertmanager, and amtool in the same image.
#[derive(Debug, Clone, Default)]
pub struct Alertmanager {
    refused: Option<String>,
    unknown: Option<String>,
    deaf: bool,
}

/// The state of one process.
#[derive(Debug)]
struct State {
    successful: bool,
    succeeded_at: f64,
}

impl Alertmanager {
    pub fn new() -> Self {
        Self::default()
    }

    /// Refuses a configuration that contains this text, although amtool accepts it.
    #[must_use]
    pub fn refusing(mut self, text: &str) -> Self {
        self.refused = Some(text.to_owned());
        self
    }

    /// Its templates have no function of this name.
    #[must_use]
    pub fn without_function(mut self, name: &str) -> Self {
        self.unknown = Some(name.to_owned());
        self
    }

    /// `amtool template render`: the first text that calls the unknown function is refused, by the name of its file.
    fn render(&self, run: &Invocation) -> Program {
        let call = self.unknown.as_ref().map(|name| format!("| {name} "));
        let wrong = (0..20).find_map(|number| {
            let text = run.files.text(&format!("/etc/stackctl/current/texts/stackctl-text-{number}"))?;
            text.contains(call.as_ref()?).then_some(number)
        });
        match (wrong, &self.unknown) {
            (Some(number), Some(name)) => Program::exits_with(1).says(
                LogStream::Stderr,
                &format!("amtool: error: template: stackctl-text-{number}:1: function {name:?} not defined"),
            ),
            _ => Program::exits_with(0).says(LogStream::Stdout, "a text"),
        }
    }

    /// No alert has reached it.
    #[must_use]
    pub fn without_alerts(mut self) -> Self {
        self.deaf = true;
        self
    }

    /// What its containers do.
    pub fn program(self) -> Program {
        Program::computed(move |run| self.started(run))
    }

    fn started(&self, run: &Invocation) -> Program {
        if run.argv.first().is_some_and(|program| program.ends_with("amtool")) {
            if run.argv.iter().any(|word| word == "render") {
                return self.render(run);
            }
            return Program::exits_with(0)
                .says(LogStream::Stdout, "Checking '/etc/stackctl/current/alertmanager.yml'  SUCCESS");
        }
        let path = flag(&run.argv, "config.file").expect("it has a configuration");
        if let Err(reason) = self.accepts(&run.files, &path) {
            return Program::exits_with(1).says(LogStream::Stderr, &reason);
        }
        let state = Arc::new(Mutex::new(State { successful: true, succeeded_at: now() }));
        let (shown, reloaded) = (state.clone(), state);
        let (this, reloaded_path) = (self.clone(), path.clone());
        let received = if self.deaf { 0 } else { 4 };
        Program::serves_http(9093)
            .route("/-/ready", Route::always(Answer::text(200, "OK")))
            .route("/-/healthy", Route::always(Answer::text(200, "OK")))
            .route(
                "/metrics",
                Route::computed(move |_, files| metrics(&shown.lock().unwrap(), files, &path, received)),
            )
            .route(
                "/-/reload",
                Route::reload(move |files| {
                    let accepted = this.accepts(files, &reloaded_path);
                    let mut state = reloaded.lock().unwrap();
                    state.successful = accepted.is_ok();
                    if accepted.is_ok() {
                        state.succeeded_at = now();
                    }
                    accepted.map_err(|reason| format!("failed to reload config: {reason}\n"))
                }),
            )
            .route(
                "/api/v2/status",
                Route::always(Answer::json(
                    200,
                    &json!({"cluster": {"status": "disabled"}, "config": {"original": ""},
                        "uptime": "2026-01-01T00:00:00.000Z", "versionInfo": {"version": "0.34.0"}}),
                )),
            )
            .below(&route_prefix(&run.argv))
            .says(LogStream::Stderr, "level=INFO msg=\"Completed loading of configuration file\"")
    }

    fn accepts(&self, files: &View, path: &str) -> Result<(), String> {
        let text = files.text(path).ok_or_else(|| format!("open {path}: no such file or directory"))?;
        serde_yaml::from_str::<serde_yaml::Value>(&text).map_err(|error| format!("yaml: {error}"))?;
        match &self.refused {
            Some(bad) if text.contains(bad) => Err(format!("unknown receiver {bad:?}")),
            _ => Ok(()),
        }
    }
}

fn metrics(state: &State, files: &View, path: &str, received: u32) -> Answer {
    let digest = Md5::digest(files.read(path).unwrap_or_default());
    let hash = digest[..6].iter().rev().fold(0_u64, |hash, byte| (hash << 8) | u64::from(*byte));
    Answer::text(
        200,
        format!(
            "alertmanager_alerts_received_total{{status=\"firing\",version=\"v2\"}} {received}\n\
             alertmanager_config_hash {hash}\nalertmanager_config_last_reload_successful {}\n\
             alertmanager_config_last_reload_success_timestamp_seconds {:.3}\n",
            u8::from(state.successful),
            state.succeeded_at
        ),
    )
}
