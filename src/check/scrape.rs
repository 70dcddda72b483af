//! What the rendered scrape configuration says about time: how often each job is scraped and rules are evaluated.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use promql_parser::parser::VectorSelector;

use super::{tree, walk};
use crate::kernel::{Version, units};
use crate::model::node::Node;
use crate::model::stack::{JobSource, Stack};

/// Prometheus's own default for scraping and evaluating.
const DEFAULT: Duration = Duration::from_secs(60);
/// Prometheus's own default for the length of a scrape.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

/// The facts that expressions are measured against.
#[derive(Debug, Clone)]
pub struct Scrape {
    /// Time between scrapes unless a job says otherwise.
    pub interval: Duration,
    /// Time a scrape may take unless a job says otherwise.
    pub timeout: Duration,
    /// Time between evaluations unless a group says otherwise.
    pub evaluation: Duration,
    /// The version of Prometheus that will run.
    pub version: Option<Version>,
    /// Experimental functions are switched on.
    pub experimental: bool,
    /// Metrics that an objective selects without a job, as the user wrote it; filled in by whoever knows the objectives.
    pub jobless: BTreeSet<String>,
    /// Series may have jobs besides those that are scraped: labels of targets are kept or rewritten.
    pub jobs_are_open: bool,
    jobs: BTreeMap<String, Duration>,
    services: BTreeMap<String, &'static str>,
}

impl Scrape {
    /// Reads the facts. Durations that cannot be read are reported elsewhere and count as the default.
    pub fn read(stack: &Stack, config: Option<&Node>) -> Self {
        let duration = |node: &Node, key| tree::text_of(node, key).and_then(units::parse_duration);
        let global = config.and_then(|root| tree::get(root, "global"));
        let of_global = |key, default| global.and_then(|node| duration(node, key)).unwrap_or(default);
        let interval = of_global("scrape_interval", DEFAULT);
        let jobs = config.map(|root| tree::items_of(root, "scrape_configs")).unwrap_or_default();
        let job = |node: &Node| {
            let name = tree::text_of(node, "job_name")?.to_owned();
            Some((name, duration(node, "scrape_interval").unwrap_or(interval)))
        };
        let service = |job: &crate::model::stack::Job| match &job.source {
            JobSource::Component { service_up: Some(metric), .. } => Some((job.name.clone(), *metric)),
            _ => None,
        };
        let scraper = stack.instance(crate::catalog::SCRAPER);
        let flag = |arg: &String| arg.contains("promql-experimental-functions");
        Self {
            interval,
            timeout: of_global("scrape_timeout", DEFAULT_TIMEOUT.min(interval)),
            evaluation: of_global("evaluation_interval", DEFAULT),
            version: scraper.and_then(|instance| instance.version.clone()),
            experimental: scraper.is_some_and(|instance| instance.spec.args.iter().any(flag)),
            jobless: BTreeSet::new(),
            jobs_are_open: config.is_none_or(writes_jobs),
            jobs: jobs.iter().filter_map(job).collect(),
            services: stack.jobs.iter().filter_map(service).collect(),
        }
    }

    /// True for the name of a scrape job.
    pub fn has_job(&self, name: &str) -> bool {
        self.jobs.contains_key(name)
    }

    /// The names of the scrape jobs.
    pub fn job_names(&self) -> impl Iterator<Item = &str> {
        self.jobs.keys().map(String::as_str)
    }

    /// Jobs whose series a selector can match; none when it names no job or none that is known.
    pub fn jobs(&self, selector: &VectorSelector) -> Vec<&str> {
        let matchers: Vec<_> = walk::matchers(selector).into_iter().filter(|m| m.name == "job").collect();
        if matchers.is_empty() {
            return Vec::new();
        }
        let matched = |job: &&String| matchers.iter().all(|matcher| matcher.is_match(job));
        self.jobs.keys().filter(matched).map(String::as_str).collect()
    }

    /// The longest time between two scrapes of what a selector matches.
    pub fn interval_of(&self, selector: &VectorSelector) -> Duration {
        let intervals = self.jobs(selector).into_iter().filter_map(|job| self.jobs.get(job).copied());
        intervals.max().unwrap_or(self.interval)
    }

    /// The metric that says whether the service behind a job's exporter is up.
    pub fn service_up(&self, job: &str) -> Option<&'static str> {
        self.services.get(job).copied()
    }
}

/// True when a scrape job keeps the labels of its targets, or gives them another job.
fn writes_jobs(root: &Node) -> bool {
    let rewrites = |job: &Node, key| {
        tree::items_of(job, key).iter().any(|rule| {
            let action = tree::text_of(rule, "action").unwrap_or("replace");
            tree::text_of(rule, "target_label") == Some("job") || action == "labelmap"
        })
    };
    let labelled = |job: &Node| {
        tree::items_of(job, "static_configs")
            .iter()
            .any(|group| tree::entries_of(group, "labels").iter().any(|label| label.key == "job"))
    };
    tree::items_of(root, "scrape_configs").iter().any(|job| {
        tree::text_of(job, "honor_labels") == Some("true")
            || labelled(job)
            || rewrites(job, "relabel_configs")
            || rewrites(job, "metric_relabel_configs")
    })
}
