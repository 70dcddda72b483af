//! Scrape jobs as the template of `prometheus.yml` writes them.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::catalog;
use crate::kernel::units;
use crate::model::component::FallbackLabel;
use crate::model::config::{Many, ScrapeSettings, Tls};
use crate::model::stack::{Instance, Job, JobSource, Stack};

/// One job.
#[derive(Debug, Default, Serialize)]
pub struct JobView {
    name: String,
    path: String,
    params: BTreeMap<String, Many>,
    scheme: String,
    tls: Option<Tls>,
    interval: Option<String>,
    timeout: Option<String>,
    honor_labels: bool,
    ignore_timestamps: bool,
    sample_limit: Option<i64>,
    fallback_protocol: Option<String>,
    username: Option<String>,
    password_file: Option<String>,
    bearer_token_file: Option<String>,
    labels: Map<String, Value>,
    drop_labels: Vec<String>,
    secret_labels: Vec<&'static str>,
    targets: Vec<String>,
    exporter: Option<String>,
    fallback: Option<FallbackLabel>,
}

/// The job for the template.
pub fn view(job: &Job, stack: &Stack) -> JobView {
    let base = JobView { name: job.name.clone(), scheme: "http".to_owned(), ..JobView::default() };
    match &job.source {
        JobSource::Component { target, instance, settings, .. } => {
            let fallback = catalog::component(&job.name).and_then(|row| row.scrape?.fallback);
            let mut view =
                of_settings(JobView { targets: vec![target.clone()], fallback, ..base }, settings, stack);
            // The address differs between stacks; the series are the same.
            view.labels.entry("instance").or_insert_with(|| json!(instance));
            view
        }
        JobSource::Blackbox { module, exporter, targets, .. } => JobView {
            path: stack.instance(catalog::PROBER).map_or_else(String::new, Instance::prefix) + "/probe",
            params: BTreeMap::from([("module".to_owned(), vec![module.clone()])]),
            targets: targets.clone(),
            exporter: Some(exporter.clone()),
            ..base
        },
        JobSource::App { app, part } => {
            let secret_labels = part.map(|(_, part)| part.drop_labels.to_vec()).unwrap_or_default();
            let base = JobView { secret_labels, targets: app.targets.clone(), ..base };
            of_settings(base, &app.scrape, stack)
        }
    }
}

/// The scrape interval that a job has of its own; none when the global one holds.
pub fn interval(job: &Job) -> Option<Duration> {
    let settings = match &job.source {
        JobSource::Component { settings, .. } => settings.as_ref(),
        JobSource::App { app, .. } => &app.scrape,
        JobSource::Blackbox { .. } => return None,
    };
    units::parse_duration(settings.scrape_interval.as_ref()?)
}

fn of_settings(base: JobView, settings: &ScrapeSettings, stack: &Stack) -> JobView {
    JobView {
        path: settings.metrics_path.clone().unwrap_or_else(|| "/metrics".to_owned()),
        params: settings.params.clone(),
        scheme: settings.scheme.clone().unwrap_or_else(|| "http".to_owned()),
        tls: Some(settings.tls.clone()).filter(|tls| *tls != Tls::default()),
        interval: settings.scrape_interval.clone(),
        timeout: timeout(settings.scrape_interval.as_ref(), settings.scrape_timeout.as_ref(), stack),
        honor_labels: settings.honor_labels.unwrap_or(false),
        ignore_timestamps: settings.honor_timestamps == Some(false),
        sample_limit: settings.sample_limit,
        fallback_protocol: settings.fallback_protocol.clone(),
        username: settings.username.clone(),
        password_file: settings.password_file.clone(),
        bearer_token_file: settings.bearer_token_file.clone(),
        labels: settings.labels.iter().map(|(key, value)| (key.clone(), json!(value))).collect(),
        drop_labels: settings.drop_labels.clone(),
        ..base
    }
}

/// A timeout of its own when the job's interval is shorter than the global timeout, which Prometheus refuses.
fn timeout(interval: Option<&String>, given: Option<&String>, stack: &Stack) -> Option<String> {
    if given.is_some() {
        return given.cloned();
    }
    let global = stack.instance(catalog::SCRAPER).and_then(|i| i.setting("scrape_timeout"));
    let seconds = |text: &String| units::parse_duration(text);
    let (interval, global) = (interval.and_then(seconds)?, global.as_ref().and_then(seconds)?);
    (interval < global).then(|| units::format_duration(interval))
}
