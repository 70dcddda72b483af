//! What Prometheus scrapes and what the blackbox exporter probes.

use serde::Serialize;

use super::config::{App, ScrapeSettings, Tls};
use super::pack::{Pack, Part};

/// One scrape job.
#[derive(Debug, Clone)]
pub struct Job {
    /// `job_name`.
    pub name: String,
    /// What is scraped.
    pub source: JobSource,
}

/// A module of the blackbox exporter that makes HTTP requests.
#[derive(Debug, Clone, Serialize)]
pub struct ProbeModule {
    /// Its name.
    pub name: String,
    /// The plain module that it varies.
    pub base: &'static str,
    /// How certificates are verified; none: as the system does.
    pub tls: Option<Tls>,
}

/// The jobs of one service of a pack.
#[derive(Debug, Clone, Default)]
pub struct PartJobs {
    /// Jobs that scrape it.
    pub scrapes: Vec<String>,
    /// Jobs that probe its health endpoint.
    pub probes: Vec<String>,
}

/// Where a job comes from.
#[derive(Debug, Clone)]
pub enum JobSource {
    /// A component of the stack: target, label `instance`, metric that says whether the watched service is up, how it is scraped.
    Component {
        target: String,
        instance: String,
        service_up: Option<&'static str>,
        settings: Box<ScrapeSettings>,
    },
    /// An application.
    App { app: Box<App>, part: Option<(&'static Pack, &'static Part)> },
    /// Probes through the blackbox exporter: module, targets, and the application whose health endpoint they are.
    Blackbox { module: String, exporter: String, targets: Vec<String>, app: Option<String> },
}
