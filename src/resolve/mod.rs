//! Config × catalogue → Stack: every default filled, every reference followed, or a diagnostic.
//!
//! Pure. It is run twice when images turn out to hold other versions than the pinned ones.

pub mod consequences;
mod credentials;
mod custom;
mod exposed;
mod file_names;
mod health_check;
mod host_names;
pub mod hours;
mod inline_secrets;
mod instance;
mod jobs;
mod labels;
mod limits;
mod links;
mod logs;
mod networks;
mod notify;
mod open;
mod packs;
mod ports;
mod probes;
mod public_url;
mod receivers;
mod runbooks;
mod scrape;
mod secrets;
mod settings;
mod slos;
mod tls;

pub use instance::place_of;
pub use ports::{PortSetting, host_ports};

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use crate::catalog;
use crate::kernel::Diagnostic;
use crate::model::component::Component;
use crate::model::node::At;
use crate::model::stack::{KnownImage, Stack};
use crate::source::Document;

/// Images that were found, by component. Empty: assume the pinned ones.
pub type KnownImages = BTreeMap<String, KnownImage>;

/// What a `stack.yml` means. `project` replaces its `name`.
pub fn resolve(document: &Document, project: Option<&str>, known: &KnownImages) -> (Stack, Vec<Diagnostic>) {
    let mut found = Vec::new();
    let config = &document.config;
    let name = project.or(config.name.as_deref()).unwrap_or("monitoring").to_owned();
    let bind = config.bind.as_deref().and_then(|text| text.parse().ok());
    let mut stack = Stack {
        name,
        bind: bind.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        networks: config.networks.clone(),
        debian_suite: config.images.debian_suite.clone().unwrap_or_else(|| "trixie".to_owned()),
        instances: Vec::new(),
        jobs: Vec::new(),
        probe_modules: Vec::new(),
        thresholds: BTreeMap::new(),
        windows: config.alerts.windows.clone(),
        severities: config.alerts.severities.clone(),
        parts: BTreeMap::new(),
        disabled_alerts: config.alerts.disable.clone(),
        replaced_alerts: Vec::new(),
        runbooks: String::new(),
        runbook_pages: false,
        slos: Vec::new(),
        rules: Vec::new(),
        dashboards: Vec::new(),
        notify: crate::model::stack::Notify::default(),
        secrets: Vec::new(),
    };
    inline_secrets::check(document, &mut found);
    instance::add_all(&mut stack, document, known, &mut found);
    health_check::add_all(&mut stack);
    runbooks::add(&mut stack, config.alerts.runbook_url.as_deref());
    ports::check(&stack, document, &mut found);
    public_url::check(&stack, document, &mut found);
    host_names::check(&stack, document, &mut found);
    open::check(&stack, document, &mut found);
    limits::check(&stack, document, &mut found);
    logs::check(&stack, document, &mut found);
    exposed::check(&stack, document, &mut found);
    jobs::add_all(&mut stack, document, &mut found);
    packs::exporters(&stack, document, &mut found);
    slos::add_all(&mut stack, document, &mut found);
    content(&mut stack, document);
    notify::add(&mut stack, document, &mut found);
    networks::of_notifier(&mut stack);
    if let Some(url) = &config.alerts.runbook_url {
        links::check(url, document, &At::root().key("alerts").key("runbook_url"), &mut found);
    }
    stack.notify.probes = probes::of(&stack.jobs);
    stack.secrets.sort();
    (stack, found)
}

/// Rule files, dashboards and thresholds of what is in the stack.
fn content(stack: &mut Stack, document: &Document) {
    let mut rules = vec!["stack"];
    let mut dashboards: Vec<&str> = Vec::new();
    let mut thresholds = BTreeMap::new();
    for row in stack.instances.iter().filter_map(|instance| instance.row) {
        rules.extend(row.rules);
        dashboards.extend(row.dashboards);
    }
    if !stack.slos.is_empty() {
        rules.push(catalog::slos::SLO);
        dashboards.push(catalog::slos::SLO);
    }
    let packs = packs::used(document);
    for pack in &packs {
        rules.push(pack.name);
        dashboards.extend(pack.dashboards);
        stack.replaced_alerts.extend(pack.replaces.iter().map(|alert| (*alert).to_owned()));
    }
    let files = catalog::rule_files::ALL.iter().filter(|file| rules.contains(&file.name));
    let numbers = files.flat_map(|file| file.thresholds).chain(packs.iter().flat_map(|pack| pack.thresholds));
    thresholds.extend(numbers.map(|row| (row.alert.to_owned(), row.default)));
    thresholds.extend(document.config.alerts.thresholds.clone());
    for pack in &packs {
        for row in pack.windows {
            stack.windows.entry(row.alert.to_owned()).or_insert_with(|| row.default.to_owned());
        }
        for row in pack.severities {
            stack.severities.entry(row.alert.to_owned()).or_insert_with(|| row.default.to_owned());
        }
        for part in pack.parts {
            stack.parts.entry(part.name.replace('-', "_")).or_default();
        }
    }
    stack.rules = rules.into_iter().map(str::to_owned).collect();
    stack.dashboards = dashboards.into_iter().map(str::to_owned).collect();
    stack.thresholds = thresholds;
}

/// Where a component's settings stand in `stack.yml`.
fn at(row: &Component) -> At {
    let root = At::root();
    row.kind.section().map_or_else(|| root.clone(), |section| root.key(section)).key(row.name)
}

#[cfg(test)]
mod tests;
