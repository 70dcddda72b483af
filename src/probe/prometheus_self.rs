//! What Prometheus measures of itself: starts, reloads, writes to its database, alerts that it sent.

use super::error::ProbeError;
use super::metrics::{Metrics, Sample};
use super::prometheus::Prometheus;

/// The metrics that are read; a page has hundreds of others.
const READ: [&str; 5] = [
    "process_start_time_seconds",
    "prometheus_config_last_reload_success_timestamp_seconds",
    "prometheus_tsdb_",
    "prometheus_notifications_sent_total",
    "prometheus_notifications_errors_total",
];

/// The label that says to which server alerts were sent.
const RECEIVER: &str = "alertmanager";

/// Operations of the database whose failures are counted, their names for a message, and the time in which each is tried
/// again.
const WRITES: [(&str, &str, &str); 5] = [
    ("prometheus_tsdb_wal_writes_failed_total", "write-ahead log", "3m"),
    ("prometheus_tsdb_compactions_failed_total", "compaction", "15m"),
    ("prometheus_tsdb_head_truncations_failed_total", "head truncation", "3h"),
    ("prometheus_tsdb_wal_truncations_failed_total", "truncation of the write-ahead log", "3h"),
    ("prometheus_tsdb_checkpoint_creations_failed_total", "checkpoint", "3h"),
];

/// An operation of the database that failed since the start.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FailedWrites {
    /// The metric that counts the failures.
    pub metric: &'static str,
    /// The operation, for a message.
    pub what: &'static str,
    /// The time in which it is tried again, as Prometheus writes it.
    pub retried: &'static str,
    /// How often.
    pub count: f64,
}

/// One page of Prometheus's own metrics. Times are Unix times in seconds.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SelfMetrics {
    /// When the process started.
    pub started_at: f64,
    /// When the running configuration was loaded.
    pub reloaded_at: f64,
    /// The newest sample in the database; none in an empty one.
    pub newest_sample: Option<f64>,
    /// Operations of the database that failed since the start, and how often.
    pub failed_writes: Vec<FailedWrites>,
    sent: Vec<Sample>,
    errors: Vec<Sample>,
}

impl SelfMetrics {
    /// Reads a page.
    pub fn parse(page: &str) -> Self {
        let metrics = Metrics::parse_only(page, &READ);
        let value = |name: &str| metrics.value(name, &[]);
        let failed = WRITES.iter().filter_map(|(metric, what, retried)| {
            let count = metrics.sum(metric, &[]).filter(|count| *count > 0.0)?;
            Some(FailedWrites { metric, what, retried, count })
        });
        let named = |name: &str| metrics.named(name).cloned().collect();
        Self {
            started_at: value("process_start_time_seconds").unwrap_or_default(),
            reloaded_at: value("prometheus_config_last_reload_success_timestamp_seconds").unwrap_or_default(),
            // An empty database has the smallest number.
            newest_sample: value("prometheus_tsdb_head_max_time_seconds").filter(|time| *time > 0.0),
            failed_writes: failed.collect(),
            sent: named("prometheus_notifications_sent_total"),
            errors: named("prometheus_notifications_errors_total"),
        }
    }

    /// When the running configuration began to run.
    pub fn since(&self) -> f64 {
        self.started_at.max(self.reloaded_at)
    }

    /// Alerts sent to the Alertmanager at `server` (`host:port`), and those of them that it did not take.
    pub fn alerts_to(&self, server: &str) -> (f64, f64) {
        let count = |samples: &[Sample]| {
            let to = samples
                .iter()
                .filter(|sample| sample.labels.get(RECEIVER).is_some_and(|url| server_of(url) == server));
            to.map(|sample| sample.value).sum()
        };
        (count(&self.sent), count(&self.errors))
    }
}

/// `host:port` of a URL.
pub fn server_of(url: &str) -> &str {
    crate::kernel::text::server(url.split_once("://").map_or(url, |(_, rest)| rest))
}

impl Prometheus<'_> {
    /// What it measures of itself.
    pub async fn self_metrics(&self) -> Result<SelfMetrics, ProbeError> {
        Ok(SelfMetrics::parse(&self.peer.get("/metrics").await?.text()))
    }
}

#[cfg(test)]
mod tests {
    use super::{FailedWrites, SelfMetrics, server_of};

    const PAGE: &str = "\
process_start_time_seconds 1.7e+09
prometheus_config_last_reload_success_timestamp_seconds 1.7000001e+09
prometheus_tsdb_head_max_time_seconds 1.70000015e+09
prometheus_tsdb_wal_writes_failed_total 12
prometheus_tsdb_compactions_failed_total 0
prometheus_notifications_sent_total{alertmanager=\"http://demo-alertmanager:9093/am/api/v2/alerts\"} 7
prometheus_notifications_sent_total{alertmanager=\"http://alertmanager:9093/api/v2/alerts\"} 5
prometheus_notifications_errors_total{alertmanager=\"http://demo-alertmanager:9093/am/api/v2/alerts\",cause=\"x\"} 2
";

    #[test]
    fn a_page_says_since_when_the_configuration_runs_and_what_failed() {
        let metrics = SelfMetrics::parse(PAGE);
        assert!((metrics.since() - 1.700_000_1e9).abs() < 0.5, "{metrics:?}");
        let failed = FailedWrites {
            metric: "prometheus_tsdb_wal_writes_failed_total",
            what: "write-ahead log",
            retried: "3m",
            count: 12.0,
        };
        assert_eq!(metrics.failed_writes, [failed]);
        assert_eq!(metrics.newest_sample, Some(1.700_000_15e9));
        let empty = SelfMetrics::parse("prometheus_tsdb_head_max_time_seconds -9.223372036854776e+15\n");
        assert_eq!(empty.newest_sample, None);
    }

    #[test]
    fn alerts_are_counted_per_alertmanager() {
        let metrics = SelfMetrics::parse(PAGE);
        assert_eq!(metrics.alerts_to("demo-alertmanager:9093"), (7.0, 2.0));
        assert_eq!(metrics.alerts_to("other:9093"), (0.0, 0.0));
        assert_eq!(server_of("http://demo-alertmanager:9093/am/api/v2/alerts"), "demo-alertmanager:9093");
    }
}
