//! What templates see.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::jobs;
use crate::catalog;
use crate::kernel::units;
use crate::model::stack::{CONFIG_DIRECTORY, Instance, Stack};

/// Values by name, which another process can be given as well.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Context(Map<String, Value>);

impl Context {
    /// No values.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a value, or replaces it.
    pub fn insert<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) {
        self.0.insert(name.to_owned(), serde_json::to_value(value).unwrap_or_default());
    }

    /// The values as Tera takes them.
    pub fn values(&self) -> tera::TeraResult<tera::Context> {
        tera::Context::from_serialize(&self.0)
    }
}

/// For a file of a component.
pub fn of_instance(stack: &Stack, instance: &Instance) -> Context {
    let mut context = versions(stack);
    context.insert("stack", &stack.name);
    context.insert("config", CONFIG_DIRECTORY);
    context.insert("settings", &nested(instance));
    context.insert("components", &components(stack));
    context.insert("servers", &servers(stack));
    context.insert("jobs", &stack.jobs.iter().map(|job| jobs::view(job, stack)).collect::<Vec<_>>());
    context.insert("prefixes", &prefixes(stack));
    context.insert("probe_modules", &stack.probe_modules);
    context.insert("notifiers", &addresses(stack, catalog::NOTIFIER));
    context.insert("scrapers", &addresses(stack, catalog::SCRAPER));
    context.insert("scrape_interval", &scrape_interval(stack));
    context.insert("notify", &notify(stack));
    context
}

/// For rule files and their unit tests.
pub fn of_rules(stack: &Stack, rules_dir: &str) -> Context {
    let mut context = versions(stack);
    context.insert("t", &thresholds(stack));
    context.insert("runbooks", &stack.runbooks);
    context.insert("jobs", &stack.jobs.iter().map(|job| job.name.as_str()).collect::<Vec<_>>());
    context.insert("slos", &super::slos::views(stack));
    context.insert("rules_dir", rules_dir);
    of_packs(stack, &mut context);
    context
}

/// What rules and dashboards of packs see: `job.<part>`, the jobs of a service as a regular expression, `first.<part>`,
/// the first of them, `probe.<part>` and `first_probe.<part>`, likewise the probes of its health endpoint; `w` and `s`,
/// windows and severities.
pub fn of_packs(stack: &Stack, context: &mut Context) {
    let mut job = BTreeMap::new();
    let mut first = BTreeMap::new();
    let mut probe = BTreeMap::new();
    let mut first_probe = BTreeMap::new();
    for (part, jobs) in &stack.parts {
        // A service that this stack does not have keeps its usual name, which matches nothing.
        let usual = part.replace('_', "-");
        let or = |names: &[String], usual: &str| {
            if names.is_empty() { usual.to_owned() } else { names.join("|") }
        };
        job.insert(part.clone(), or(&jobs.scrapes, &usual));
        first.insert(part.clone(), jobs.scrapes.first().unwrap_or(&usual).clone());
        let usual = format!("blackbox-{usual}");
        probe.insert(part.clone(), or(&jobs.probes, &usual));
        first_probe.insert(part.clone(), jobs.probes.first().unwrap_or(&usual).clone());
    }
    context.insert("job", &job);
    context.insert("first", &first);
    context.insert("probe", &probe);
    context.insert("first_probe", &first_probe);
    context.insert("w", &stack.windows);
    context.insert("s", &stack.severities);
}

/// For the dashboards of packs.
pub fn of_dashboards(stack: &Stack) -> Context {
    let mut context = versions(stack);
    context.insert("t", &thresholds(stack));
    of_packs(stack, &mut context);
    intervals(stack, &mut context);
    context
}

/// What dashboards write as `interval` of a target, Grafana's "Min step", so that no window is shorter than four scrapes:
/// `interval.<part>`, the longest scrape interval of the jobs of a service, for `$__rate_interval`; `four_scrapes.<part>`
/// for `$__interval`; `longest_interval` of all jobs.
fn intervals(stack: &Stack, context: &mut Context) {
    let global = scrape_interval(stack).and_then(|text| units::parse_duration(&text)).unwrap_or_default();
    let longest = |names: &[String]| {
        let jobs = stack.jobs.iter().filter(|job| names.contains(&job.name));
        jobs.filter_map(jobs::interval).chain([global]).max().unwrap_or(global)
    };
    let parts = stack.parts.iter().map(|(part, jobs)| (part.clone(), longest(&jobs.scrapes)));
    // Templates name every service of a pack, also those that this stack does not have.
    let absent = catalog::PACKS.iter().flat_map(|pack| pack.parts);
    let absent = absent.map(|part| (part.name.replace('-', "_"), global));
    let all: BTreeMap<String, Duration> = absent.chain(parts).collect();
    let written = |scrapes: u32| -> BTreeMap<&String, String> {
        all.iter().map(|(part, interval)| (part, grafana_interval(*interval * scrapes))).collect()
    };
    context.insert("interval", &written(1));
    context.insert("four_scrapes", &written(4));
    let names: Vec<String> = stack.jobs.iter().map(|job| job.name.clone()).collect();
    context.insert("longest_interval", &grafana_interval(longest(&names)));
}

/// An interval in one unit: Grafana's pages do not read `1m30s`.
fn grafana_interval(interval: Duration) -> String {
    if interval.subsec_millis() == 0 {
        format!("{}s", interval.as_secs())
    } else {
        format!("{}ms", interval.as_millis())
    }
}

fn thresholds(stack: &Stack) -> Map<String, Value> {
    stack.thresholds.iter().map(|(alert, number)| (alert.clone(), whole(*number))).collect()
}

/// A number that is written as people write it: `5`, not `5.0`; `0.5` stays.
pub fn whole(number: f64) -> Value {
    #[expect(clippy::cast_possible_truncation, reason = "a whole number of this size fits")]
    if number.fract() == 0.0 && number.abs() < LARGEST_WHOLE { json!(number as i64) } else { json!(number) }
}

/// Below it every whole number is a float exactly.
const LARGEST_WHOLE: f64 = 9_007_199_254_740_992.0;

/// The version of every component by its name; empty for those that are not in the stack.
fn versions(stack: &Stack) -> Context {
    let mut context = Context::new();
    for row in catalog::COMPONENTS {
        let version = stack.instance(row.name).map(|instance| {
            instance.version.as_ref().map_or_else(|| "newest".to_owned(), ToString::to_string)
        });
        context.insert(row.name, &version.unwrap_or_default());
    }
    context
}

/// Settings with nested ones as mappings again, and null for those without a value.
fn nested(instance: &Instance) -> Value {
    let mut root = Map::new();
    for field in instance.row.map(|row| row.settings).unwrap_or_default() {
        root.insert(field.key.to_owned(), Value::Null);
        if let crate::model::shape::Kind::Object(inner) = field.kind {
            let nulls = inner.iter().map(|field| (field.key.to_owned(), Value::Null)).collect();
            root.insert(field.key.to_owned(), Value::Object(nulls));
        }
    }
    for (key, value) in &instance.settings {
        match key.split_once('.') {
            Some((outer, inner)) => {
                if let Some(Value::Object(map)) = root.get_mut(outer) {
                    map.insert(inner.to_owned(), value.clone());
                }
            }
            None => {
                root.insert(key.clone(), value.clone());
            }
        }
    }
    Value::Object(root)
}

/// The settings of every component by its name, for files that name what another component does.
fn components(stack: &Stack) -> Value {
    stack.instances.iter().map(|instance| (instance.name.clone(), nested(instance))).collect()
}

/// The path below which every component serves, by its name; empty at the root.
fn prefixes(stack: &Stack) -> BTreeMap<&str, String> {
    stack.instances.iter().map(|instance| (instance.name.as_str(), instance.prefix())).collect()
}

/// Where the components find each other, by name: `host`, `port` and both as `address`.
fn servers(stack: &Stack) -> Value {
    let server = |instance: &Instance| json!({ "host": instance.host(), "port": instance.spec.port, "address": instance.server() });
    stack.instances.iter().map(|instance| (instance.name.clone(), server(instance))).collect()
}

fn addresses(stack: &Stack, component: &str) -> Vec<String> {
    stack.instance(component).map(Instance::server).into_iter().collect()
}

fn scrape_interval(stack: &Stack) -> Option<String> {
    stack.instance(catalog::SCRAPER).and_then(|instance| instance.setting("scrape_interval"))
}

fn notify(stack: &Stack) -> Value {
    let notify = &stack.notify;
    let hours: Vec<Value> =
        notify.hours.iter().map(|(name, ranges)| json!({ "name": name, "ranges": ranges })).collect();
    let smtp = notify.smtp.as_ref().map(|smtp| {
        json!({
            "smarthost": smtp.smarthost, "from": smtp.from, "username": smtp.username,
            "password_file": smtp.password_file, "require_tls": smtp.require_tls.unwrap_or(true),
        })
    });
    let receivers: Vec<Value> = notify
        .receivers
        .iter()
        .map(|receiver| json!({ "name": receiver.name, "integrations": sections(&receiver.integrations) }))
        .collect();
    json!({
        "default": notify.default, "group_by": notify.group_by, "routes": notify.routes, "hours": hours,
        "smtp": smtp, "receivers": receivers, "watchdog": notify.watchdog,
        "probes": notify.probes,
    })
}

/// Integrations grouped by section, because a section stands once per receiver.
fn sections(integrations: &[(String, Value)]) -> Vec<Value> {
    let mut grouped: Vec<(String, Vec<Value>)> = Vec::new();
    for (section, config) in integrations {
        match grouped.iter_mut().find(|(name, _)| name == section) {
            Some((_, configs)) => configs.push(config.clone()),
            None => grouped.push((section.clone(), vec![config.clone()])),
        }
    }
    grouped.into_iter().map(|(section, configs)| json!({ "section": section, "configs": configs })).collect()
}
