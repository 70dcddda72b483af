//! The scrape configuration: jobs and targets that Prometheus would refuse, or would scrape in vain.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::files;
use super::rule_file::is_label_name;
use super::scrape::Scrape;
use super::{alert_labels, tree};
use crate::catalog;
use crate::kernel::{Diagnostic, Place, Severity, address, text, units};
use crate::model::artifact::Artifact;
use crate::model::component::Content;
use crate::model::node::{At, Node};
use crate::model::stack::{Job, JobSource, Stack};
use crate::model::sub_path::normalised;
use crate::source::{Document, scalar};

/// A series without a sample for five minutes is gone; one lost scrape must not be enough for that.
const LONGEST: Duration = Duration::from_secs(240);

/// Everything that the checks of jobs look at.
struct View<'a> {
    document: &'a Document,
    scrape: &'a Scrape,
    /// Names of the jobs whose targets are probed.
    probes: BTreeSet<&'a str>,
}

/// Checks the tree of a `prometheus.yml`.
pub fn check(
    (document, stack): (&Document, &Stack),
    artifacts: &[Artifact],
    (root, scrape): (&Node, &Scrape),
    found: &mut Vec<Diagnostic>,
) {
    let is_probe = |job: &&Job| matches!(job.source, JobSource::Blackbox { .. });
    let probes = stack.jobs.iter().filter(is_probe).map(|job| job.name.as_str()).collect();
    let view = View { document, scrape, probes };
    if let Some(global) = tree::get(root, "global") {
        times(global, None, (scrape.interval, scrape.timeout), &view, found);
        labels(tree::entries_of(global, "external_labels"), None, &view, found);
    }
    let mut names: BTreeMap<&str, usize> = BTreeMap::new();
    for job in tree::items_of(root, "scrape_configs") {
        let Some(node) = tree::get(job, "job_name") else { continue };
        let name = tree::text(node).unwrap_or_default();
        if let Some(line) = names.get(name) {
            let message =
                format!("there are two jobs `{}`; the first is on line {line}", text::printable(name));
            found.push(Diagnostic::error("SC481", message).at(node.place.clone()).hint("rename one of them"));
        }
        names.entry(name).or_insert(node.place.line);
        check_job(job, name, &view, found);
    }
    alerting(stack, root, found);
    unloaded(stack, artifacts, root, found);
}

/// The path at which alerts are sent to the Alertmanager of the stack, which a template of the user may leave out.
fn alerting(stack: &Stack, root: &Node, found: &mut Vec<Diagnostic>) {
    let ours = stack.jobs.iter().find_map(|job| match &job.source {
        JobSource::Component { target, .. } if job.name == catalog::NOTIFIER => Some(target.as_str()),
        _ => None,
    });
    let (Some(ours), Some(notifier)) = (ours, stack.instance(catalog::NOTIFIER)) else { return };
    let served = notifier.prefix();
    let servers = tree::get(root, "alerting").map(|alerting| tree::items_of(alerting, "alertmanagers"));
    for server in servers.unwrap_or_default() {
        let mut groups = tree::items_of(server, "static_configs").iter();
        let is_ours =
            |group: &Node| tree::items_of(group, "targets").iter().any(|t| tree::text(t) == Some(ours));
        let path = tree::text_of(server, "path_prefix").unwrap_or_default();
        if !groups.any(is_ours) || normalised(path) == served {
            continue;
        }
        let place = tree::get(server, "path_prefix").map_or(&server.place, |node| &node.place);
        let (path, served) = (normalised(path) + "/", served.clone() + "/");
        found.push(
            Diagnostic::error(
                "SC489",
                format!(
                    "alerts are sent to `{}`, but `{}` serves at `{served}`",
                    text::shown(&path),
                    notifier.name
                ),
            )
            .at(place.clone())
            .hint(format!("write `path_prefix: {served}`")),
        );
    }
}

fn check_job(job: &Node, name: &str, view: &View<'_>, found: &mut Vec<Diagnostic>) {
    let duration = |key| tree::text_of(job, key).and_then(units::parse_duration);
    let interval = duration("scrape_interval").unwrap_or(view.scrape.interval);
    // Prometheus shortens the global timeout for a job that only has a shorter interval.
    let timeout = duration("scrape_timeout").unwrap_or(view.scrape.timeout.min(interval));
    times(job, Some(name), (interval, timeout), view, found);
    check_path(job, name, view, found);
    let probes = view.probes.contains(name);
    for group in tree::items_of(job, "static_configs") {
        labels(tree::entries_of(group, "labels"), Some(name), view, found);
        // What a probe is pointed at may be a URL.
        for (index, target) in tree::items_of(group, "targets").iter().enumerate().filter(|_| !probes) {
            check_target(target, (name, index), view, found);
        }
    }
}

/// Prometheus takes the whole text for the path and encodes what is none.
fn check_path(job: &Node, name: &str, view: &View<'_>, found: &mut Vec<Diagnostic>) {
    let Some(node) = tree::get(job, "metrics_path") else { return };
    let Some((path, query)) = tree::text(node).and_then(|text| text.split_once(['?', '#'])) else { return };
    let place = view.users(Some(name), "metrics_path").unwrap_or_else(|| node.place.clone());
    let (path, query) = (text::printable(path), text::printable(query));
    found.push(
        Diagnostic::error(
            "SC488",
            format!("`metrics_path` of the job `{}` holds more than a path", text::printable(name)),
        )
        .at(place)
        .hint(format!(
            "write `metrics_path: {path}`, and `{query}` under `params`, each name with a list of values"
        )),
    );
}

fn times(
    owner: &Node,
    job: Option<&str>,
    (interval, timeout): (Duration, Duration),
    view: &View<'_>,
    found: &mut Vec<Diagnostic>,
) {
    let place = |key: &str| {
        let rendered = owner.entry(key).map_or(&owner.place, |entry| &entry.node.place);
        view.users(job, key).unwrap_or_else(|| rendered.clone())
    };
    let of = job.map_or_else(|| "the stack".to_owned(), |name| format!("the job `{name}`"));
    if timeout > interval {
        let (timeout, interval) = (units::format_duration(timeout), units::format_duration(interval));
        let message =
            format!("the scrape timeout of {of} is {timeout}, longer than its interval of {interval}");
        found.push(
            Diagnostic::error("SC483", message)
                .at(place("scrape_timeout"))
                .hint(format!("Prometheus refuses that; set `scrape_timeout` to {interval} or less")),
        );
    }
    if interval > LONGEST && (owner.entry("scrape_interval").is_some()) {
        let written = units::format_duration(interval);
        let message = format!("{of} is scraped every {written}: one lost scrape and its series are gone");
        found.push(
            Diagnostic::warning("SC486", message)
                .at(place("scrape_interval"))
                .hint("Prometheus looks back 5 minutes; set `scrape_interval` to 2m or less"),
        );
    }
}

impl View<'_> {
    /// Where `stack.yml` says it: a setting of an application, or of the scraper itself.
    fn users(&self, job: Option<&str>, key: &str) -> Option<Place> {
        let here = match job {
            Some(name) => self.settings(name)?.key(key),
            None => At::root().key(catalog::SCRAPER).key(key),
        };
        self.document.value_place(&here)
    }

    /// The place of the settings of an application or a custom exporter.
    fn settings(&self, job: &str) -> Option<At> {
        self.app(job).or_else(|| {
            let custom = self.document.config.exporters.as_ref()?.get("custom")?.get(job);
            custom.map(|_| At::root().key("exporters").key("custom").key(job))
        })
    }

    fn app(&self, job: &str) -> Option<At> {
        self.document.config.apps.contains_key(job).then(|| At::root().key("apps").key(job))
    }
}

fn labels(
    entries: &[crate::model::node::Entry],
    job: Option<&str>,
    view: &View<'_>,
    found: &mut Vec<Diagnostic>,
) {
    let modern = view.scrape.version.as_ref().is_none_or(|version| version.since("3.0"));
    for entry in entries {
        let here = match job {
            Some(name) => view.settings(name).map(|here| here.key("labels")),
            None => Some(At::root().key(catalog::SCRAPER).key("external_labels")),
        };
        // Only looked up for a finding: among very many applications it takes its time.
        let place = || {
            let users = here.as_ref().and_then(|here| view.document.place(&here.key(&entry.key)));
            users.unwrap_or_else(|| entry.key_place.clone())
        };
        if !is_label_name(&entry.key) {
            let severity = if modern && !entry.key.is_empty() { Severity::Warning } else { Severity::Error };
            let message = format!("`{}` is an unusual name for a label", text::printable(&entry.key));
            found.push(
                Diagnostic { severity, ..Diagnostic::error("SC484", message) }
                    .at(place())
                    .hint("use letters, digits and `_`: other names need quotes in every query, and Prometheus before 3.0 refuses them"),
            );
        }
        if alert_labels::looks_secret(&entry.key) {
            found.push(alert_labels::secret("", &entry.key).at(place()));
        }
    }
}

fn check_target(target: &Node, (job, index): (&str, usize), view: &View<'_>, found: &mut Vec<Diagnostic>) {
    let written = tree::text(target).unwrap_or_default();
    let app = view.app(job);
    let place = || {
        let users = app.as_ref().and_then(|app| view.document.value_place(&app.key("targets").index(index)));
        users.unwrap_or_else(|| target.place.clone())
    };
    // Prometheus adds port 80 or 443 when there is none.
    if !scalar::is_target(written) {
        let message = format!("`{}` is not host:port", text::printable(written));
        let hint = match address::bracketed(written).into_iter().next() {
            Some(bracketed) => format!("write an IPv6 address with brackets, such as `{bracketed}`"),
            None => {
                "write only host and port; the scheme goes to `scheme`, the path to `metrics_path`".to_owned()
            }
        };
        found.push(Diagnostic::error("SC482", message).at(place()).hint(hint));
    }
}

/// Rule files that are delivered and never loaded.
fn unloaded(stack: &Stack, artifacts: &[Artifact], root: &Node, found: &mut Vec<Diagnostic>) {
    let patterns: Vec<&str> = tree::items_of(root, "rule_files").iter().filter_map(tree::text).collect();
    let place = root.entry("rule_files").map_or(&root.place, |entry| &entry.key_place);
    for artifact in files::of(stack, artifacts, Content::Rules) {
        if !patterns.iter().any(|pattern| matches_path(pattern, &artifact.path)) {
            let directory = artifact.path.rsplit_once('/').map_or("", |(directory, _)| directory);
            let ending = artifact.path.rsplit_once('.').map_or("yml", |(_, ending)| ending);
            found.push(
                Diagnostic::error("SC487", format!("`{}` is never loaded", artifact.path))
                    .at(place.clone())
                    .hint(format!("add `{directory}/*.{ending}` to `rule_files`")),
            );
        }
    }
}

/// Whether a pattern with at most one `*`, in its last part, matches a path, from the configuration's directory. `?` is any
/// character.
fn matches_path(pattern: &str, path: &str) -> bool {
    let pattern = pattern.rsplit_once("/current/").map_or(pattern, |(_, rest)| rest);
    let same = |pattern: &str, path: &str| {
        let equal = |(a, b): (char, char)| a == b || (a == '?' && b != '/');
        pattern.chars().count() == path.chars().count() && pattern.chars().zip(path.chars()).all(equal)
    };
    let Some((before, after)) = pattern.split_once('*') else { return same(pattern, path) };
    let letters: Vec<char> = path.chars().collect();
    let (head, tail) = (before.chars().count(), after.chars().count());
    let Some(end) = letters.len().checked_sub(tail).filter(|end| *end >= head) else { return false };
    let part = |from: usize, to: usize| letters.get(from..to).unwrap_or_default().iter().collect::<String>();
    same(before, &part(0, head)) && same(after, &part(end, letters.len())) && !part(head, end).contains('/')
}
