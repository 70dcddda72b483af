//! A row and its settings become an instance with the container to be.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Map, Value};

use super::{KnownImages, at, custom, networks, public_url, secrets, settings};
use crate::catalog;
use crate::kernel::{Diagnostic, Version, labels, units};
use crate::model::component::{Component, Item, Kind, MorePort, Network, Publish};
use crate::model::config::ScrapeSettings;
use crate::model::node::At;
use crate::model::stack::{
    CONFIG_DIRECTORY, CONFIG_MOUNT, ContainerSpec, FurtherPort, Holds, Instance, Published, ReadyCheck,
    Stack, VolumeMount,
};
use crate::source::{Document, scalar};

/// The address of the host in the stack's network; the engine fills it in when the network is there.
pub(super) const GATEWAY: &str = "{gateway}";

/// Adds every component of the stack, in display order.
pub fn add_all(stack: &mut Stack, document: &Document, known: &KnownImages, found: &mut Vec<Diagnostic>) {
    for row in catalog::COMPONENTS {
        if let Some(given) = given(row, document) {
            let mut values = settings::flatten(&given, &settings::fields(row.name));
            settings::fit_timeout(&given, &mut values);
            public_url::fit(row, published(stack, row, &values), &mut values);
            if values.get("enabled") != Some(&Value::Bool(false)) {
                secrets::of_component(stack, row, &values);
                let instance = of_row(stack, row, values, document, known);
                stack.instances.push(instance);
            }
        }
    }
    custom::add_all(stack, document, known, found);
    let host: Vec<String> =
        stack.instances.iter().filter(|i| i.spec.host_network).map(|i| i.host().to_owned()).collect();
    let names: Vec<String> = stack.instances.iter().map(|i| i.name.clone()).collect();
    for instance in &mut stack.instances {
        instance.needs.retain(|need| names.contains(need));
        // Only what scrapes them needs their names.
        if instance.name == catalog::SCRAPER {
            instance.spec.host_names.clone_from(&host);
        }
    }
}

/// What `stack.yml` says about a component; none when it is not part of the stack.
fn given(row: &Component, document: &Document) -> Option<Map<String, Value>> {
    let config = &document.config;
    let core = match row.kind {
        Kind::Core => document.root.as_ref().and_then(|root| root.entry(row.name)).is_some(),
        Kind::Exporter => config.exporters.as_ref().is_some_and(|exporters| exporters.contains_key(row.name)),
        Kind::Logs => config.logs.contains_key(row.name),
    };
    let said = match row.kind {
        Kind::Core => [
            ("prometheus", &config.prometheus),
            ("alertmanager", &config.alertmanager),
            ("grafana", &config.grafana),
        ]
        .into_iter()
        .find(|(key, _)| *key == row.name)
        .map(|(_, map)| map.clone()),
        Kind::Exporter => {
            config.exporters.as_ref().and_then(|e| e.get(row.name)).and_then(Value::as_object).cloned()
        }
        Kind::Logs => config.logs.get(row.name).and_then(Value::as_object).cloned(),
    };
    let silent = row.kind == Kind::Core || config.exporters.is_none();
    (core || (row.default_on && silent)).then(|| said.unwrap_or_default())
}

fn of_row(
    stack: &Stack,
    row: &'static Component,
    values: BTreeMap<String, Value>,
    document: &Document,
    known: &KnownImages,
) -> Instance {
    let text = |key: &str| values.get(key).and_then(Value::as_str).map(str::to_owned);
    let wanted = text("version").unwrap_or_else(|| row.image.tag.to_owned());
    let mirror = document.config.images.registry.as_deref();
    let asked =
        text("image").unwrap_or_else(|| format!("{}:{wanted}", mirrored(row.image.repository, mirror)));
    let known = known.get(row.name);
    let wanted = text("image").map_or(wanted, |image| tag(&image));
    let version = known.map_or_else(|| Version::parse(&wanted), |image| image.version.clone());
    let host_network = row.network == Network::Host;
    let published = published(stack, row, &values);
    let port = published.filter(|_| host_network).map_or(row.port, |p| p.port);
    let debian = known.is_some_and(|image| image.reference.starts_with(labels::IMAGE_PREFIX));
    let networks = networks::joined(stack, row, &values);
    let host = networks::host(stack, row.name);
    let own = (!networks.is_empty() && published.is_none()).then(|| format!("{host}:{port}"));
    let words =
        Words { stack, row, values: &values, port, published, own, version: version.as_ref(), debian };
    let given = list(values.get("args"));
    let items = row.args.iter().filter(|item| !(item.yields && item.is_set_by(&given)));
    let mut args: Vec<String> = items.filter_map(|item| words.expand(item)).collect();
    args.extend(given);
    let mut env: Vec<String> = row.env.iter().filter_map(|item| words.expand(item)).collect();
    env.sort();
    let spec = ContainerSpec {
        name: format!("{}-{}", stack.name, row.name),
        image: known.map_or(asked.clone(), |image| image.reference.clone()),
        entrypoint: vec![row.program.to_owned()],
        args,
        env,
        user: format!("{}:{}", row.user.0, row.user.1),
        port,
        published,
        more_ports: row.more_ports.iter().filter_map(|port| further(stack, port, &values)).collect(),
        volumes: volumes(&stack.name, row.name, !row.files.is_empty(), row.data),
        host_mounts: row
            .host_mounts
            .iter()
            .filter(|mount| mount.when.is_none_or(|key| values.get(key) == Some(&Value::Bool(true))))
            .map(|m| (m.source.into(), m.target.into(), m.follows_host))
            .collect(),
        tmpfs: row.tmpfs.iter().map(|(path, size)| ((*path).to_owned(), *size)).collect(),
        host_network,
        health: None,
        aliases: vec![host],
        host_names: Vec::new(),
        networks,
        capabilities: row.capabilities.iter().map(|c| (*c).to_owned()).collect(),
        memory: text("memory").and_then(|m| units::parse_memory(&m)).unwrap_or(row.memory),
        pids: row.pids,
        stop_timeout: row.stop_timeout,
    };
    Instance {
        name: row.name.to_owned(),
        title: row.title.to_owned(),
        row: Some(row),
        image: asked,
        wanted_version: wanted,
        version,
        settings: values,
        spec,
        published,
        ready: ReadyCheck {
            path: row.ready.path.to_owned(),
            contains: row.ready.contains.map(str::to_owned),
            connection_only: false,
            within: Duration::from_secs(row.ready.within.into()),
        },
        needs: row.needs.iter().map(|need| (*need).to_owned()).collect(),
        files: BTreeMap::new(),
        scrape: ScrapeSettings::default(),
        outside_files: true,
    }
}

fn published(stack: &Stack, row: &Component, values: &BTreeMap<String, Value>) -> Option<Published> {
    let given = number(values, "port");
    let port = match row.publish {
        Publish::At(port) => Some(given.unwrap_or(port)),
        Publish::Inside => given,
    };
    port.map(|port| Published { ip: stack.bind, port })
}

fn further(stack: &Stack, port: &MorePort, values: &BTreeMap<String, Value>) -> Option<FurtherPort> {
    let published = Published { ip: stack.bind, port: number(values, port.setting)? };
    Some(FurtherPort { inside: port.inside, protocol: port.protocol, published })
}

fn number(values: &BTreeMap<String, Value>, key: &str) -> Option<u16> {
    values.get(key).and_then(Value::as_u64).and_then(|port| u16::try_from(port).ok())
}

pub(super) fn volumes(stack: &str, name: &str, files: bool, data: Option<&str>) -> Vec<VolumeMount> {
    let mount = |holds: Holds, suffix: &str, target: &str| VolumeMount {
        volume: format!("{stack}-{name}-{suffix}"),
        target: target.to_owned(),
        holds,
    };
    let config = files.then(|| mount(Holds::Config, "config", CONFIG_MOUNT));
    config.into_iter().chain(data.map(|target| mount(Holds::Data, "data", target))).collect()
}

/// The repository under a mirror: the registry part is replaced, Docker Hub's short names are put below it.
fn mirrored(repository: &str, mirror: Option<&str>) -> String {
    let Some(mirror) = mirror else { return repository.to_owned() };
    let path = match repository.split_once('/') {
        Some((first, rest)) if first.contains(['.', ':']) || first == "localhost" => rest,
        _ => repository,
    };
    format!("{}/{path}", mirror.trim_end_matches('/'))
}

/// The tag of a reference, or `latest`, or the digest.
pub(super) fn tag(image: &str) -> String {
    if let Some((_, digest)) = image.split_once('@') {
        return digest.to_owned();
    }
    match image.rsplit_once(':') {
        Some((_, tag)) if !tag.contains('/') => tag.to_owned(),
        _ => "latest".to_owned(),
    }
}

fn list(value: Option<&Value>) -> Vec<String> {
    let items = value.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    items.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// What placeholders stand for.
struct Words<'a> {
    stack: &'a Stack,
    row: &'a Component,
    values: &'a BTreeMap<String, Value>,
    port: u16,
    published: Option<Published>,
    /// Its address in the stack's own network, when it is in others as well and none else is published.
    own: Option<String>,
    version: Option<&'a Version>,
    /// The image was built from a Debian package.
    debian: bool,
}

impl Words<'_> {
    /// The item's text, or none when it is not for this version or names a setting without a value.
    fn expand(&self, item: &Item) -> Option<String> {
        // An unknown version, such as a digest, is taken for the newest.
        let reached = |version: &str| self.version.is_none_or(|have| have.since(version));
        let on = |key: &str| self.values.get(key) == Some(&Value::Bool(true));
        if (item.debian && !self.debian) || item.unless.is_some_and(on) {
            return None;
        }
        if !item.since.is_none_or(reached) || item.before.is_some_and(reached) || !item.when.is_none_or(on) {
            return None;
        }
        let mut out = String::new();
        let mut rest = item.text;
        while let Some((before, tail)) = rest.split_once('{') {
            let (name, after) = tail.split_once('}')?;
            out.push_str(before);
            out.push_str(&self.word(name)?);
            rest = after;
        }
        out.push_str(rest);
        Some(out)
    }

    fn word(&self, name: &str) -> Option<String> {
        match name {
            "config" => Some(CONFIG_DIRECTORY.to_owned()),
            "data" => self.row.data.map(str::to_owned),
            "port" => Some(self.port.to_string()),
            "origin" => Some(public_url::origin(self.row, self.values)),
            "gateway" => Some(GATEWAY.to_owned()),
            "own" => self.own.clone(),
            "published" => self.published.map(|p| std::net::SocketAddr::new(p.ip, p.port).to_string()),
            _ => match name.strip_prefix("secret:") {
                Some(key) => secrets::path(self.stack, self.row.name, key),
                None => self.values.get(name).map(|value| match value {
                    Value::String(text) => text.clone(),
                    other => other.to_string(),
                }),
            },
        }
    }
}

/// Names that may not be used for applications: they are scrape jobs of the stack itself.
pub fn is_reserved(name: &str) -> bool {
    catalog::component(name).is_some() || name.starts_with("blackbox-") || !scalar::is_name(name)
}

/// Where the settings of an instance stand in `stack.yml`.
pub fn place_of(instance: &Instance) -> At {
    match instance.row {
        Some(row) => at(row),
        None => At::root().key("exporters").key("custom").key(&instance.name),
    }
}
