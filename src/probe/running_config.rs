//! Whether Prometheus runs the `prometheus.yml` that was rendered.
//!
//! `/api/v1/status/config` is the parsed file printed again: defaults filled in, values that equal a default
//! or are empty sometimes left out, durations and sizes rewritten, paths made absolute, secrets masked. So
//! the two are compared by meaning: every rendered value must run, and what runs beyond it must be a default.
//! Pure: no requests. What cannot be seen from outside: the value of a masked secret and the content of
//! files that the configuration names.

use serde_yaml::{Mapping, Value};

use super::running_defaults::{Globals, may_be_left_out};
use super::running_value::{Kind, display, same};

/// One place where the running configuration is not the rendered one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Where: `scrape_configs[app].scrape_interval`, `rules/app.yml/host/Down.for`.
    pub path: String,
    /// What was rendered; none when only the running side has it. Secrets are masked.
    pub rendered: Option<String>,
    /// What runs; none when only the rendered side has it.
    pub running: Option<String>,
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { path, rendered, running } = self;
        match (rendered, running) {
            (Some(rendered), Some(running)) if rendered == running => {
                write!(f, "`{path}` has another value than was rendered")
            }
            (Some(rendered), Some(running)) => write!(f, "`{path}` is `{running}`, rendered is `{rendered}`"),
            (Some(rendered), None) => write!(f, "`{path}` is missing, rendered is `{rendered}`"),
            (None, Some(running)) => write!(f, "`{path}` is `{running}` and was not rendered"),
            (None, None) => write!(f, "`{path}` differs"),
        }
    }
}

/// A side that cannot be compared.
#[derive(Debug, thiserror::Error)]
pub enum CompareError {
    /// What stackctl rendered is not YAML.
    #[error("the rendered file `{file}` is not valid YAML")]
    Rendered {
        /// The file's name.
        file: String,
        /// Where and why.
        #[source]
        source: serde_yaml::Error,
    },
    /// What Prometheus printed is not YAML.
    #[error("the running configuration is not valid YAML")]
    Running {
        /// Where and why.
        #[source]
        source: serde_yaml::Error,
    },
}

/// Compares a rendered `prometheus.yml` with the text of `/api/v1/status/config`. Empty means: it runs.
pub fn differences(rendered: &str, running: &str) -> Result<Vec<Difference>, CompareError> {
    let rendered = serde_yaml::from_str(rendered)
        .map_err(|source| CompareError::Rendered { file: "prometheus.yml".to_owned(), source })?;
    let running = serde_yaml::from_str(running).map_err(|source| CompareError::Running { source })?;
    let mut comparison = Comparison { found: Vec::new(), globals: Globals::of(&rendered) };
    comparison.value(&Place { path: String::new(), key: "" }, &rendered, &running);
    Ok(comparison.found)
}

struct Place<'a> {
    path: String,
    /// The mapping key that the value hangs on; lists pass theirs to their items.
    key: &'a str,
}

impl<'a> Place<'a> {
    fn child(&self, key: &'a str) -> Self {
        let path = if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) };
        Self { path, key }
    }

    fn item(&self, name: &str) -> Self {
        Self { path: format!("{}[{name}]", self.path), key: self.key }
    }
}

struct Comparison {
    found: Vec<Difference>,
    globals: Globals,
}

impl Comparison {
    fn value(&mut self, place: &Place<'_>, rendered: &Value, running: &Value) {
        match (rendered, running) {
            (Value::Mapping(rendered), Value::Mapping(running)) if Kind::of(place.key) == Kind::Labels => {
                self.labels(place, rendered, running);
            }
            (Value::Mapping(rendered), Value::Mapping(running)) => self.mapping(place, rendered, running),
            (Value::Sequence(rendered), Value::Sequence(running)) if place.key == "scrape_configs" => {
                self.jobs(place, rendered, running);
            }
            (Value::Sequence(rendered), Value::Sequence(running)) => self.sequence(place, rendered, running),
            (rendered, running) if same(place.key, rendered, running) => {}
            (rendered, running) => self.report(place, Some(rendered), Some(running)),
        }
    }

    /// A mapping with known keys: what is rendered must run, what runs beyond must be a default.
    fn mapping(&mut self, place: &Place<'_>, rendered: &Mapping, running: &Mapping) {
        for (key, value) in text_keys(rendered) {
            match running.get(key) {
                Some(running) => self.value(&place.child(key), value, running),
                None if may_be_left_out(key, value) => {}
                None => self.report(&place.child(key), Some(value), None),
            }
        }
        for (key, value) in text_keys(running).filter(|(key, _)| !rendered.contains_key(*key)) {
            if !self.globals.may_be_added(&place.path, rendered, key, value) {
                self.report(&place.child(key), None, Some(value));
            }
        }
    }

    /// A mapping whose keys the user chose: nothing is added and nothing left out.
    fn labels(&mut self, place: &Place<'_>, rendered: &Mapping, running: &Mapping) {
        for (key, value) in text_keys(rendered) {
            match running.get(key) {
                Some(other) if same(place.key, value, other) => {}
                Some(Value::Sequence(other))
                    if value.as_sequence().is_some_and(|own| texts(own) == texts(other)) => {}
                other => self.report(&place.child(key), Some(value), other),
            }
        }
        for (key, value) in text_keys(running).filter(|(key, _)| !rendered.contains_key(*key)) {
            self.report(&place.child(key), None, Some(value));
        }
    }

    /// Lists keep their order and length.
    fn sequence(&mut self, place: &Place<'_>, rendered: &[Value], running: &[Value]) {
        for at in 0..rendered.len().max(running.len()) {
            let place = place.item(&at.to_string());
            match (rendered.get(at), running.get(at)) {
                (Some(rendered), Some(running)) => self.value(&place, rendered, running),
                (rendered, running) => self.report(&place, rendered, running),
            }
        }
    }

    /// Scrape jobs are known by name; their order means nothing.
    fn jobs(&mut self, place: &Place<'_>, rendered: &[Value], running: &[Value]) {
        let named = |jobs: &[Value], name: &str| jobs.iter().find(|job| job_name(job) == name).cloned();
        for job in rendered {
            let name = job_name(job);
            match named(running, &name) {
                Some(other) => self.value(&place.item(&name), job, &other),
                None => self.report(&place.item(&name), Some(job), None),
            }
        }
        for job in running {
            let name = job_name(job);
            if named(rendered, &name).is_none() {
                self.report(&place.item(&name), None, Some(job));
            }
        }
    }

    fn report(&mut self, place: &Place<'_>, rendered: Option<&Value>, running: Option<&Value>) {
        let show = |value: &Value| super::running_value::shown(place.key, &place.path, value);
        self.found.push(Difference {
            path: place.path.clone(),
            rendered: rendered.map(show),
            running: running.map(show),
        });
    }
}

fn text_keys(mapping: &Mapping) -> impl Iterator<Item = (&str, &Value)> {
    mapping.iter().filter_map(|(key, value)| key.as_str().map(|key| (key, value)))
}

fn texts(values: &[Value]) -> Vec<String> {
    values.iter().map(display).collect()
}

fn job_name(job: &Value) -> String {
    job.get("job_name").map(display).unwrap_or_default()
}
