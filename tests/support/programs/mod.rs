//! The components as containers of the fake daemon run them: they answer HTTP as the real ones do for what is asked of
//! them, from the files that were really delivered.
//!
//! They must not know anything about stackctl: paths come from their arguments and environment.

mod alertmanager;
mod grafana;
mod logs;
mod node;
mod prometheus;
mod text;

pub use alertmanager::Alertmanager;
pub use grafana::Grafana;
pub use logs::{Elastic, collector, logstash, loki};
pub use node::node_exporter;
pub use prometheus::{Prometheus, Scene};
