//! The only door to HTTP: readiness, and the APIs of Prometheus, Alertmanager and Grafana.
//!
//! It asks and reports facts. It does not decide what a fact means for the stack, does not print and does
//! not touch Docker or files. Nothing here follows redirects, uses a proxy or keeps connections open: an
//! answer always comes from the process that listens at the address right now.

pub mod alertmanager;
pub mod client;
pub mod error;
pub mod expression;
pub mod grafana;
pub mod grafana_error;
pub mod metrics;
pub mod prometheus;
pub mod prometheus_model;
pub mod prometheus_query;
pub mod prometheus_self;
pub mod ready;
pub mod rule_config;
pub mod running_config;
mod running_defaults;
mod running_value;
pub mod stored;

#[cfg(test)]
mod fake;
#[cfg(test)]
mod tests;

pub use alertmanager::Alertmanager;
pub use client::{Client, Credentials, Endpoint, Peer};
pub use error::ProbeError;
pub use grafana::Grafana;
pub use grafana_error::GrafanaError;
pub use metrics::Metrics;
pub use prometheus::Prometheus;
pub use prometheus_model::{RuleGroup, Target};
pub use prometheus_self::SelfMetrics;
pub use ready::{Expect, NotReady, Patience, Readiness, ready, wait_ready};
pub use rule_config::{RuleFile, rule_differences};
pub use running_config::{CompareError, Difference, differences};
