//! Exporters that `stack.yml` describes by their image.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use super::instance::{tag, volumes};
use super::{KnownImages, file_names, networks, scrape, secrets};
use crate::catalog;
use crate::kernel::{Diagnostic, Version, text, units};
use crate::model::config::Custom;
use crate::model::node::At;
use crate::model::stack::{CONFIG_DIRECTORY, ContainerSpec, Instance, Published, ReadyCheck, Stack};
use crate::source::Document;

/// Adds every exporter that `stack.yml` describes by its image.
pub fn add_all(stack: &mut Stack, document: &Document, known: &KnownImages, found: &mut Vec<Diagnostic>) {
    let Some(Value::Object(custom)) = document.config.exporters.as_ref().and_then(|e| e.get("custom")) else {
        return;
    };
    for (name, value) in custom {
        let here = At::root().key("exporters").key("custom").key(name);
        if catalog::component(name).is_some() {
            found.push(
                Diagnostic::error("SC202", format!("`{}` is the name of a component", text::shown(name)))
                    .at(document.place(&here))
                    .hint("choose another name"),
            );
            continue;
        }
        // An incomplete entry has been reported when it was read.
        let Ok(mut custom) = serde_json::from_value::<Custom>(value.clone()) else { continue };
        scrape::take_path(&mut custom, document, &here, found);
        scrape::check(&custom.scrape, None, document, &here, found);
        scrape::refer(stack, &mut custom.scrape, &format!("custom.{name}"), &here);
        secrets::of_custom(stack, name, &custom, &here);
        check_custom(&custom, document, &here, found);
        file_names::check(&custom, document, &here, found);
        let instance = of_custom(stack, name, &custom, known);
        stack.instances.push(instance);
    }
}

fn check_custom(custom: &Custom, document: &Document, here: &At, found: &mut Vec<Diagnostic>) {
    let Some(written) = &custom.user else { return };
    let place = document.value_place(&here.key("user"));
    match numeric_user(written) {
        None => found.push(
            Diagnostic::error(
                "SC106",
                format!("expected numeric `uid` or `uid:gid`, found `{}`", text::shown(written)),
            )
            .at(place)
            .hint("names of users are only known inside the image; use their numbers"),
        ),
        Some((0, _)) if !custom.insecure => {
            found.push(Diagnostic::error("SC547", "`user` runs the exporter as root").at(place).hint(
                "choose another uid, or add `insecure: true` to this exporter if it cannot work without",
            ));
        }
        Some(_) => {}
    }
}

/// `uid` or `uid:gid`, digits only; the group is that of the user's number unless it is given.
fn numeric_user(written: &str) -> Option<(u32, u32)> {
    let number =
        |text: &str| text.chars().all(|c| c.is_ascii_digit()).then(|| text.parse::<u32>().ok()).flatten();
    match written.split_once(':') {
        None => number(written).map(|uid| (uid, uid)),
        Some((uid, gid)) => Some((number(uid)?, number(gid)?)),
    }
}

fn of_custom(stack: &Stack, name: &str, custom: &Custom, known: &KnownImages) -> Instance {
    let known = known.get(name);
    let published = custom.publish.map(|port| Published { ip: stack.bind, port });
    let args = custom.args.iter().map(|arg| arg.replace("{config}", CONFIG_DIRECTORY)).collect();
    let (uid, gid) = custom.user.as_deref().and_then(numeric_user).unwrap_or((65534, 65534));
    let files = !custom.files.is_empty() || !custom.secret_files.is_empty();
    let spec = ContainerSpec {
        name: format!("{}-{name}", stack.name),
        image: known.map_or(custom.image.clone(), |image| image.reference.clone()),
        entrypoint: Vec::new(),
        args,
        env: custom
            .env
            .iter()
            .map(|(key, value)| format!("{key}={}", value.replace("{config}", CONFIG_DIRECTORY)))
            .collect(),
        user: format!("{uid}:{gid}"),
        port: custom.port,
        published,
        more_ports: Vec::new(),
        volumes: volumes(&stack.name, name, files, None),
        host_mounts: Vec::new(),
        tmpfs: BTreeMap::from([("/tmp".to_owned(), 16 << 20)]),
        host_network: false,
        health: None,
        aliases: vec![networks::host(stack, name)],
        host_names: Vec::new(),
        networks: custom.networks.clone().unwrap_or_else(|| stack.networks.clone()),
        capabilities: Vec::new(),
        memory: custom.memory.as_deref().and_then(units::parse_memory).unwrap_or(128 << 20),
        pids: 128,
        stop_timeout: 15,
    };
    Instance {
        name: name.to_owned(),
        title: name.to_owned(),
        row: None,
        image: custom.image.clone(),
        wanted_version: tag(&custom.image),
        version: known.map_or_else(|| Version::parse(&tag(&custom.image)), |image| image.version.clone()),
        settings: BTreeMap::new(),
        spec,
        published,
        ready: ReadyCheck {
            path: scrape::request(&custom.scrape),
            contains: None,
            connection_only: scrape::is_guarded(&custom.scrape),
            within: Duration::from_secs(60),
        },
        needs: Vec::new(),
        files: custom.files.clone(),
        scrape: custom.scrape.clone(),
        outside_files: custom.outside_files,
    }
}
