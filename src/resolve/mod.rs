//! Config × catalogue → Stack: every default filled, every reference followed, or a diagnostic.
//!
//! Pure. It is run twice when images turn out to hold other versions than the pinned ones.

mod instance;
mod jobs;
mod limits;
mod notify;
mod ports;
mod secrets;
mod settings;
mod slos;

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use crate::catalog;
use crate::kernel::Diagnostic;
use crate::model::component::{Component, Kind};
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
        thresholds: BTreeMap::new(),
        disabled_alerts: config.alerts.disable.clone(),
        runbooks: config
            .alerts
            .runbook_url
            .as_deref()
            .unwrap_or("stackctl:runbook")
            .trim_end_matches('/')
            .to_owned(),
        slos: Vec::new(),
        rules: Vec::new(),
        dashboards: Vec::new(),
        notify: crate::model::stack::Notify::default(),
        secrets: Vec::new(),
    };
    instance::add_all(&mut stack, document, known, &mut found);
    ports::check(&stack, document, &mut found);
    limits::check(&stack, document, &mut found);
    jobs::add_all(&mut stack, document, &mut found);
    slos::add_all(&mut stack, document, &mut found);
    content(&mut stack, document);
    notify::add(&mut stack, document, &mut found);
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
    for app in document.config.apps.values() {
        if let Some(pack) = app.pack.as_deref().and_then(catalog::pack)
            && !rules.contains(&pack.name)
        {
            rules.push(pack.name);
            dashboards.extend(pack.dashboards);
            thresholds.extend(pack.thresholds.iter().map(|row| (row.alert.to_owned(), row.default)));
        }
    }
    let files = catalog::rule_files::ALL.iter().filter(|file| rules.contains(&file.name));
    thresholds.extend(files.flat_map(|file| file.thresholds).map(|row| (row.alert.to_owned(), row.default)));
    thresholds.extend(document.config.alerts.thresholds.clone());
    stack.rules = rules.into_iter().map(str::to_owned).collect();
    stack.dashboards = dashboards.into_iter().map(str::to_owned).collect();
    stack.thresholds = thresholds;
}

/// Where a component's settings stand in `stack.yml`.
fn at(row: &Component) -> At {
    match row.kind {
        Kind::Core => At::root().key(row.name),
        Kind::Exporter => At::root().key("exporters").key(row.name),
    }
}

#[cfg(test)]
mod tests;
