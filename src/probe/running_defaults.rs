//! What Prometheus adds to a configuration and leaves out of it when it prints what runs.

use serde_yaml::{Mapping, Value};

use super::running_value::{display, same};

/// Keys that Prometheus never fills in itself: when one of them runs and was not rendered, something else
/// runs. Keys ending in `_sd_configs` belong to them too.
const NEVER_ADDED: [&str; 28] = [
    "alert_relabel_configs",
    "alertmanagers",
    "authorization",
    "basic_auth",
    "body_size_limit",
    "credentials_file",
    "external_labels",
    "headers",
    "keep_dropped_targets",
    "label_limit",
    "label_name_length_limit",
    "label_value_length_limit",
    "labels",
    "metric_relabel_configs",
    "oauth2",
    "params",
    "password_file",
    "proxy_url",
    "query_log_file",
    "relabel_configs",
    "remote_read",
    "remote_write",
    "rule_files",
    "sample_limit",
    "scrape_configs",
    "static_configs",
    "target_limit",
    "write_relabel_configs",
];

/// Defaults that are the same in all supported versions, so that a value other than the default counts
/// although it was not rendered, and the default may be left out on either side.
const DEFAULTS: [(&str, &str); 10] = [
    ("action", "replace"),
    ("enable_compression", "true"),
    ("follow_redirects", "true"),
    ("honor_labels", "false"),
    ("honor_timestamps", "true"),
    ("metrics_path", "/metrics"),
    ("regex", "(.*)"),
    ("replacement", "$1"),
    ("scheme", "http"),
    ("separator", ";"),
];

/// The rendered `global` section, which scrape jobs inherit.
pub(super) struct Globals(Mapping);

impl Globals {
    pub fn of(rendered: &Value) -> Self {
        Self(rendered.get("global").and_then(Value::as_mapping).cloned().unwrap_or_default())
    }

    /// The scrape interval of a job that sets none.
    fn interval(&self) -> Value {
        self.0.get("scrape_interval").cloned().unwrap_or_else(|| Value::from("1m"))
    }

    /// True when `running` is what a job that does not set `key` gets; none when jobs do not inherit `key`.
    fn inherited(&self, job: &Mapping, key: &str, running: &Value) -> Option<bool> {
        match key {
            "scrape_interval" => Some(same(key, &self.interval(), running)),
            // An interval below the global timeout lowers the timeout to the interval.
            "scrape_timeout" => {
                let global = self.0.get(key).cloned().unwrap_or_else(|| Value::from("10s"));
                let interval = job.get("scrape_interval").cloned().unwrap_or_else(|| self.interval());
                Some(same(key, &global, running) || same(key, &interval, running))
            }
            _ => self.0.get(key).map(|global| global == running || same(key, global, running)),
        }
    }

    /// What runs at `path` without having been rendered must be empty, inherited or a default.
    pub fn may_be_added(&self, path: &str, rendered: &Mapping, key: &str, running: &Value) -> bool {
        if is_empty(running) {
            return true;
        }
        if path.starts_with("scrape_configs[")
            && rendered.contains_key("job_name")
            && let Some(inherited) = self.inherited(rendered, key, running)
        {
            return inherited;
        }
        let is = |default: &str| same(key, &Value::from(default), running);
        match key {
            "scrape_interval" | "evaluation_interval" if path == "global" => is("1m"),
            "scrape_timeout" if path == "global" => is("10s") || same(key, &self.interval(), running),
            _ if NEVER_ADDED.contains(&key) || key.ends_with("_sd_configs") => false,
            _ => default_of(key).is_none_or(is),
        }
    }
}

/// Empty values and defaults vanish when Prometheus prints its configuration.
pub(super) fn may_be_left_out(key: &str, rendered: &Value) -> bool {
    is_empty(rendered) || default_of(key).is_some_and(|default| display(rendered) == default)
}

fn default_of(key: &str) -> Option<&'static str> {
    DEFAULTS.iter().find(|(name, _)| *name == key).map(|(_, default)| *default)
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(value) => !value,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty() || text == "0s",
        Value::Sequence(items) => items.is_empty(),
        // A section that holds nothing but empty values says nothing: `alerting: {alertmanagers: []}`.
        Value::Mapping(entries) => entries.iter().all(|(_, value)| is_empty(value)),
        Value::Tagged(_) => false,
    }
}
