//! The rows: every component, rule file, pack and integration stackctl knows. Data, no decisions.
//!
//! A new component is one file here with one constant, one line in [`COMPONENTS`], and its templates,
//! rules and dashboards. No other file changes.

mod alertmanager;
mod blackbox;
mod cadvisor;
mod collector;
mod connections;
mod elasticsearch;
mod examples;
pub mod flags;
mod foreign_ports;
mod gauges;
mod grafana;
mod integrations;
mod kibana;
mod logstash;
mod loki;
mod node;
mod open_flags;
mod packs;
mod postgres;
mod prometheus;
mod redis;
pub mod rule_files;
mod scrape;
pub mod slos;
mod stack_file;

pub use alertmanager::RENDER_TEXT;
pub use connections::CONNECTIONS;
pub use examples::EXAMPLES;
pub use foreign_ports::FOREIGN_PORTS;
pub use gauges::GAUGES;
pub use integrations::INTEGRATIONS;
pub use open_flags::OPEN_FLAGS;
pub use packs::PACKS;
pub use prometheus::{PAGES_FLAG, RUNBOOK_PAGES, TEST_RULES};
pub use stack_file::{COMMON, CUSTOM, SEVERITIES, STACK_FILE, keys_of};

use crate::model::component::Component;
use crate::model::pack::Pack;
use crate::model::receiver::Integration;

/// The version of Elasticsearch, Logstash and Kibana, which must be one.
const ELASTIC: &str = "9.5.2";

/// The setting for the path below which a component serves, where that is not the path of its public URL.
pub const ROUTE_PREFIX: &str = "route_prefix";
const ROUTE_PREFIX_DOC: &str = "path below which it serves; `/` behind a proxy that removes the path [default: the path of `external_url`]";
/// The setting that makes a component serve below the path of its public URL, where its own default is the root.
pub const SERVE_FROM_SUB_PATH: &str = "serve_from_sub_path";

/// Every component, in display order.
pub const COMPONENTS: &[&Component] = &[
    &prometheus::PROMETHEUS,
    &alertmanager::ALERTMANAGER,
    &grafana::GRAFANA,
    &node::NODE,
    &cadvisor::CADVISOR,
    &postgres::POSTGRES,
    &redis::REDIS,
    &blackbox::BLACKBOX,
    &elasticsearch::ELASTICSEARCH,
    &logstash::LOGSTASH,
    &kibana::KIBANA,
    &loki::LOKI,
    &collector::COLLECTOR,
];

/// The component with this name.
pub fn component(name: &str) -> Option<&'static Component> {
    COMPONENTS.iter().copied().find(|row| row.name == name)
}

/// The pack with this name.
pub fn pack(name: &str) -> Option<&'static Pack> {
    PACKS.iter().copied().find(|row| row.name == name)
}

/// The integration with this key.
pub fn integration(key: &str) -> Option<&'static Integration> {
    INTEGRATIONS.iter().find(|row| row.key == key)
}

/// The component that does what the others are there for: it scrapes, evaluates and alerts.
pub const SCRAPER: &str = prometheus::PROMETHEUS.name;
/// The component that notifies.
pub const NOTIFIER: &str = alertmanager::ALERTMANAGER.name;
/// The component that probes from outside.
pub const PROBER: &str = blackbox::BLACKBOX.name;
/// The component that shows dashboards.
pub const VIEWER: &str = grafana::GRAFANA.name;
