//! Names of metrics in rules: one that an application of a pack does not have, and almost one that it has, is a slip.

use std::collections::{BTreeMap, BTreeSet};

use promql_parser::parser::{Expr, VectorSelector};

use super::expressions::Finding;
use super::rule_file::{Makes, RuleFile};
use super::scrape::Scrape;
use super::walk;
use crate::kernel::text;
use crate::model::pack::Metric;
use crate::model::stack::{JobSource, Stack};

/// What Prometheus itself adds to a scrape.
const OF_SCRAPE: [&str; 6] = [
    "up",
    "scrape_duration_seconds",
    "scrape_samples_scraped",
    "scrape_samples_post_metric_relabeling",
    "scrape_series_added",
    "scrape_body_size_bytes",
];

/// The names that series of the stack have, as far as packs declare them.
#[derive(Debug, Clone, Default)]
pub struct Names {
    /// By the job.
    jobs: BTreeMap<String, BTreeSet<String>>,
    /// What rules record.
    recorded: BTreeSet<String>,
}

impl Names {
    /// Collects them.
    pub fn of(stack: &Stack, rule_files: &[RuleFile]) -> Self {
        let of_job = |job: &crate::model::stack::Job| match &job.source {
            JobSource::App { part: Some((_, part)), .. } => {
                let names = part.metrics.iter().flat_map(series).collect();
                Some((job.name.clone(), names))
            }
            _ => None,
        };
        let rules = rule_files.iter().flat_map(|file| &file.rules);
        let recorded = rules.filter(|rule| rule.makes == Makes::Series).map(|rule| rule.name.clone());
        Self { jobs: stack.jobs.iter().filter_map(of_job).collect(), recorded: recorded.collect() }
    }

    /// Selectors of metrics that no job they may mean has, with a name near to one. A pack declares what an application
    /// exposes for it; what else it may expose, such as the metrics of its runtime, is not near to that.
    pub fn unknown(&self, expr: &Expr, scrape: &Scrape) -> Vec<Finding> {
        walk::selectors(expr).into_iter().filter_map(|selector| self.misspelt(selector, scrape)).collect()
    }

    fn misspelt(&self, selector: &VectorSelector, scrape: &Scrape) -> Option<Finding> {
        let metric = walk::metric(selector)?;
        if OF_SCRAPE.contains(&metric) || self.recorded.contains(metric) || metric.contains(':') {
            return None;
        }
        let named = walk::matchers(selector).iter().any(|matcher| matcher.name == "job");
        let jobs = scrape.jobs(selector);
        // A selector of another job as well may mean that one's metric.
        if named && (jobs.is_empty() || !jobs.iter().all(|job| self.jobs.contains_key(*job))) {
            return None;
        }
        let meant = |job: &&String| !named || jobs.contains(&job.as_str());
        let known: BTreeSet<&str> = self
            .jobs
            .iter()
            .filter(|(job, _)| meant(job))
            .flat_map(|(_, names)| names)
            .map(String::as_str)
            .collect();
        if known.contains(metric) {
            return None;
        }
        let near = text::slip(metric, known.iter().copied())?;
        let message = format!("no application of this stack has a metric `{metric}`");
        Some(Finding::warning("SC453", metric, message, format!("did you mean `{near}`?")))
    }
}

/// The names of the series of a metric.
fn series(metric: &Metric) -> Vec<String> {
    let with = |endings: &[&str]| endings.iter().map(|end| format!("{}{end}", metric.name)).collect();
    match metric.kind {
        "histogram" => with(&["", "_bucket", "_sum", "_count"]),
        "summary" => with(&["", "_sum", "_count"]),
        _ => with(&["", "_created"]),
    }
}
