//! What Prometheus scrapes: the components, the probes, the applications.

use serde_json::Value;

use super::credentials::{self, Given};
use super::{instance, packs, scrape, secrets, tls};
use crate::catalog;
use crate::kernel::{Diagnostic, text};
use crate::model::config::App;
use crate::model::node::At;
use crate::model::stack::{Job, JobSource, Stack};
use crate::source::Document;

/// The kinds of probes: setting of the blackbox exporter, job, module.
const PROBES: [(&str, &str, &str); 4] = [
    ("http", "blackbox-http", "http_2xx"),
    ("healthy", "blackbox-healthy", "http_healthy"),
    ("tcp", "blackbox-tcp", "tcp_connect"),
    ("icmp", "blackbox-icmp", "icmp"),
];

/// Adds every job, in the order of `prometheus.yml`.
pub fn add_all(stack: &mut Stack, document: &Document, found: &mut Vec<Diagnostic>) {
    let components: Vec<Job> = stack.instances.iter().filter_map(component).collect();
    stack.jobs.extend(components);
    stack.probe_modules = tls::plain();
    tls::of_probes(stack, document, found);
    let probes = probes(stack);
    stack.jobs.extend(probes);
    for (name, app) in &document.config.apps {
        let here = At::root().key("apps").key(name);
        check(name, app, document, &here, found);
        let mut app = app.clone();
        let part = packs::part(name, &app, document, &here, found);
        if let Some((_, part)) = part {
            packs::defaults(&mut app, part);
        }
        let health = health(stack, name, &app, document, &here, found);
        packs::note(stack, (name, &app), part, health.as_ref());
        stack.jobs.extend(health);
        if app.targets.is_empty() {
            continue;
        }
        scrape::refer(stack, &mut app.scrape, &format!("app.{name}"), &here);
        stack.jobs.push(Job { name: name.clone(), source: JobSource::App { app: Box::new(app), part } });
    }
    remote_write(stack, document, found);
}

/// The probe of an application's health endpoint.
fn health(
    stack: &mut Stack,
    name: &str,
    app: &App,
    document: &Document,
    here: &At,
    found: &mut Vec<Diagnostic>,
) -> Option<Job> {
    let url = app.health.as_ref()?;
    let Some(prober) = stack.instance(catalog::PROBER) else {
        found.push(
            Diagnostic::error("SC218", format!("nothing probes the health of `{name}`"))
                .at(document.place(&here.key("health")))
                .hint(format!("add `{}: {{}}` under `exporters`", catalog::PROBER)),
        );
        return None;
    };
    let exporter = prober.server();
    let targets = vec![url.clone()];
    let tls = (name, &app.scrape.tls, &here.key("tls"));
    let module = tls::module(stack, "http_healthy", &targets, Some(tls));
    let source = JobSource::Blackbox { module, exporter, targets, app: Some(name.to_owned()) };
    Some(Job { name: format!("blackbox-{name}"), source })
}

/// The job of a component; none when its row has no metrics.
fn component(instance: &crate::model::stack::Instance) -> Option<Job> {
    let mut settings = instance.scrape.clone();
    let row = match instance.row {
        Some(row) => Some(row.scrape?),
        None => None,
    };
    if let Some(row) = row {
        settings.metrics_path = Some(format!("{}{}", instance.prefix(), row.path));
    }
    Some(Job {
        name: instance.name.clone(),
        source: JobSource::Component {
            target: instance.server(),
            instance: instance.label(),
            service_up: row.and_then(|row| row.service_up),
            settings: Box::new(settings),
        },
    })
}

fn probes(stack: &mut Stack) -> Vec<Job> {
    let Some(prober) = stack.instance(catalog::PROBER) else { return Vec::new() };
    let exporter = prober.server();
    let given = |(setting, job, module): (&'static str, &'static str, &'static str)| {
        let targets = prober.settings.get(setting)?.as_array()?;
        let targets: Vec<String> = targets.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        Some((job, module, targets))
    };
    let given: Vec<_> = PROBES.into_iter().filter_map(given).collect();
    let probe = |(job, module, targets): (&str, &'static str, Vec<String>)| {
        let module = tls::module(stack, module, &targets, None);
        let source = JobSource::Blackbox { module, exporter: exporter.clone(), targets, app: None };
        Job { name: job.to_owned(), source }
    };
    given.into_iter().map(probe).collect()
}

fn check(name: &str, app: &App, document: &Document, here: &At, found: &mut Vec<Diagnostic>) {
    if instance::is_reserved(name) {
        found.push(
            Diagnostic::error(
                "SC202",
                format!("`{}` is a scrape job of the stack itself", text::shown(name)),
            )
            .at(document.place(here))
            .hint("choose another name for the application"),
        );
    }
    if let Some(pack) = &app.pack
        && catalog::pack(pack).is_none()
    {
        let names: Vec<&str> = catalog::PACKS.iter().map(|row| row.name).collect();
        let hint = match text::nearest(pack, names.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "run `stackctl catalog packs` for the list, or leave `pack` out for a plain scrape job"
                .to_owned(),
        };
        let message = format!("there is no pack `{}`", text::shown(pack));
        found
            .push(Diagnostic::error("SC203", message).at(document.value_place(&here.key("pack"))).hint(hint));
    }
    if app.targets.is_empty() && app.health.is_none() {
        found.push(
            Diagnostic::error("SC107", format!("`{}` has no targets", text::shown(name)))
                .at(document.place(here))
                .hint("add `targets: [host:port]`"),
        );
    }
    scrape::check(&app.scrape, app.health.as_deref(), document, here, found);
}

/// Secrets of remote writes become paths in the container.
fn remote_write(stack: &mut Stack, document: &Document, found: &mut Vec<Diagnostic>) {
    let Some(at) = stack.instances.iter().position(|i| i.name == catalog::SCRAPER) else { return };
    let taken = stack.instances.get_mut(at).and_then(|i| i.settings.remove("remote_write"));
    let Some(Value::Array(mut writes)) = taken else { return };
    for (index, write) in writes.iter_mut().enumerate() {
        let here = At::root().key(catalog::SCRAPER).key("remote_write").index(index);
        let given = Given {
            username: write.get("username").and_then(Value::as_str),
            password: write.get("password_file").is_some(),
            token: write.get("bearer_token_file").is_some(),
        };
        credentials::check(given, document, &here, found);
        for key in ["password_file", "bearer_token_file"] {
            if let Some(path) = write.get(key).and_then(Value::as_str).map(str::to_owned) {
                let name = format!("remote_write.{index}.{}", key.trim_end_matches("_file"));
                let inside = secrets::refer(stack, catalog::SCRAPER, &name, &path, here.key(key));
                if let Some(map) = write.as_object_mut() {
                    map.insert(key.to_owned(), Value::String(inside));
                }
            }
        }
    }
    if let Some(instance) = stack.instances.get_mut(at) {
        instance.settings.insert("remote_write".to_owned(), Value::Array(writes));
    }
}
