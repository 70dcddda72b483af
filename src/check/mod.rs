//! Stack × rendered files → everything that would not work, or would work and not help. Pure, and never
//! stops at the first finding.
//!
//! promtool and amtool judge the same files afterwards in their own images; what is here is what they do not
//! see: expressions that are valid and never fire, dashboards that Grafana skips, routes nobody reads.

mod alert_labels;
mod codes;
mod connections;
mod contradictions;
mod dashboard;
mod dashboards;
mod datasources;
mod durations;
mod examples;
mod expressions;
mod files;
mod firing;
mod flags;
mod json;
mod links;
mod matchers;
mod meanings;
mod metric_names;
mod notifications;
mod panels;
mod pitfalls;
mod promql;
mod queries;
mod routes;
mod rule_file;
mod rules;
mod scrape;
mod scrape_config;
pub mod secret_files;
mod servers;
mod settings;
mod severities;
mod slos;
mod syntax_position;
mod targets;
mod templates;
mod text_place;
pub mod texts;
mod times;
mod tree;
mod uses;
mod variables;
mod walk;
mod windows;

pub use codes::CODES;
pub use examples::check as example_addresses;
pub use uses::{Reads, reads};

use crate::catalog;
use crate::kernel::Diagnostic;
use crate::model::artifact::Artifact;
use crate::model::node::Node;
use crate::model::stack::Stack;
use crate::source::{self, Document};

/// Every finding in the rendered files of a stack, sorted by file and line; those without a place come first.
/// `document` is the user's file that the stack came from: what it says is pointed at there.
pub fn check(document: &Document, stack: &Stack, artifacts: &[Artifact]) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let config = configuration(catalog::SCRAPER, artifacts, &mut found);
    let mut scrape = scrape::Scrape::read(stack, config.as_ref());
    scrape.jobless = slos::jobless(stack);
    if let Some(root) = &config {
        scrape_config::check((document, stack), artifacts, (root, &scrape), &mut found);
    }
    let rule_files = rules::read(stack, artifacts, &mut found);
    let names = metric_names::Names::of(stack, &rule_files);
    rules::check(&rule_files, &scrape, &names, &mut found);
    servers::check(document, stack, artifacts, &mut found);
    connections::check(document, stack, &mut found);
    flags::check(document, stack, &mut found);
    targets::check(document, stack, &mut found);
    slos::check(document, &mut found);
    if settings::are_said(document) {
        settings::check(document, stack, (&settings::shipped(), &rule_files), &mut found);
    }
    let notifier = configuration(catalog::NOTIFIER, artifacts, &mut found);
    if let Some(root) = &notifier {
        routes::check(root, &mut found);
        notifications::check(document, stack, artifacts, root, &mut found);
    }
    severities::check(&rule_files, notifier.as_ref(), &mut found);
    dashboards::check(stack, artifacts, &scrape, &mut found);
    files::to_templates(artifacts, &mut found);
    found.sort_by(|a, b| order(a).cmp(&order(b)));
    found.dedup();
    found
}

/// The errors in files that were rendered while others could not be. What speaks of the missing ones is left out: there may
/// be nothing wrong but them.
pub fn check_rest(document: &Document, stack: &Stack, artifacts: &[Artifact]) -> Vec<Diagnostic> {
    const ABOUT_OTHERS: [&str; 4] = ["SC421", "SC422", "SC442", "SC487"];
    let mut found = check(document, stack, artifacts);
    found.retain(|d| d.is_error() && !ABOUT_OTHERS.contains(&d.code));
    found
}

/// What is wrong with the rule files by themselves: structure and expressions that Prometheus would refuse, whatever it
/// scrapes.
pub fn refused_rules(stack: &Stack, artifacts: &[Artifact]) -> Vec<Diagnostic> {
    const OF_THE_FILE: [&str; 3] = ["SC401", "SC402", "SC404"];
    let (mut found, mut by_themselves) = (Vec::new(), Vec::new());
    let rule_files = rules::read(stack, artifacts, &mut found);
    let names = metric_names::Names::default();
    rules::check(&rule_files, &scrape::Scrape::read(stack, None), &names, &mut by_themselves);
    found.extend(by_themselves.into_iter().filter(|d| OF_THE_FILE.contains(&d.code)));
    found.retain(Diagnostic::is_error);
    files::to_templates(artifacts, &mut found);
    found
}

/// The tree of a component's main configuration file, with places in the rendered file.
fn configuration(component: &str, artifacts: &[Artifact], found: &mut Vec<Diagnostic>) -> Option<Node> {
    let artifact = files::configuration(component, artifacts)?;
    let name = format!("{}/{}", artifact.component, artifact.path);
    let (root, problems) = source::parse(artifact.text()?, &name.into());
    found.extend(problems);
    root
}

fn order(diagnostic: &Diagnostic) -> (Option<(&str, usize, usize)>, &str, &str) {
    let place = diagnostic.place.as_ref().map(|place| (place.file.as_ref(), place.line, place.column));
    (place, diagnostic.code, &diagnostic.message)
}

#[cfg(test)]
mod tests;
