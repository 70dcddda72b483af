//! What clients can do on the networks that a component joins, besides reading it.

use super::instance::place_of;
use crate::catalog;
use crate::kernel::{Diagnostic, text};
use crate::model::open_flag::OpenFlag;
use crate::model::stack::{Instance, Stack};
use crate::model::sub_path::is_flag;
use crate::source::Document;

/// What stands for the component's name in the stack's network, in an argument that binds a server to that name.
const BOUND: &str = "{own}";

/// Reports arguments that open an API, and exporters that connect for containers of others.
pub fn check(stack: &Stack, document: &Document, found: &mut Vec<Diagnostic>) {
    for instance in &stack.instances {
        arguments(instance, document, found);
        connects(instance, document, found);
    }
}

fn arguments(instance: &Instance, document: &Document, found: &mut Vec<Diagnostic>) {
    let given = instance.settings.get("args").and_then(|args| args.as_array().cloned()).unwrap_or_default();
    let given: Vec<&str> = given.iter().map(|arg| arg.as_str().unwrap_or_default()).collect();
    for flag in catalog::OPEN_FLAGS.iter().filter(|flag| flag.component == instance.name) {
        for index in (0..given.len()).filter(|index| opens(&given, *index, flag)) {
            let written = match flag.value {
                Some(value) => format!("{}={value}", flag.name),
                None => flag.name.to_owned(),
            };
            let message = format!(
                "`{written}` lets everyone who reaches `{}` {}",
                text::shown(&instance.name),
                flag.allows
            );
            found.push(
                Diagnostic::warning("SC233", message)
                    .at(document.value_place(&place_of(instance).key("args").index(index)))
                    .hint(format!("remove the argument, or keep strangers out: {}", reached_from(instance))),
            );
        }
    }
}

/// The argument at this place is the flag, with the value that counts.
fn opens(args: &[&str], index: usize, flag: &OpenFlag) -> bool {
    let Some(arg) = args.get(index).filter(|arg| is_flag(arg, flag.name)) else { return false };
    match (arg.split_once('='), flag.value) {
        (Some((_, given)), Some(value)) => given == value,
        (None, Some(value)) => args.get(index + 1) == Some(&value),
        (Some((_, given)), None) => given != "false",
        (None, None) => true,
    }
}

/// From where it is reached besides the stack's own network.
fn reached_from(instance: &Instance) -> String {
    let networks = &instance.spec.networks;
    let published = instance.published.map(|at| format!("{}:{}", at.ip, at.port));
    let joined = (!networks.is_empty()).then(|| format!("every container on {}", quoted(networks)));
    match (published, joined) {
        (Some(published), Some(joined)) => format!("it is reached at {published}, and by {joined}"),
        (Some(published), None) => format!("it is reached at {published}"),
        (None, Some(joined)) => format!("it is reached by {joined}"),
        (None, None) => "it is reached in the stack's own network".to_owned(),
    }
}

fn quoted(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{}`", text::shown(name))).collect();
    text::list(&names.iter().map(String::as_str).collect::<Vec<_>>())
}

/// An exporter that is published listens on all of its networks: Docker forwards to the address in one of them, which may
/// be another than the stack's.
fn connects(instance: &Instance, document: &Document, found: &mut Vec<Diagnostic>) {
    let binds = instance.row.is_some_and(|row| row.args.iter().any(|item| item.text.contains(BOUND)));
    if !binds || instance.spec.networks.is_empty() || instance.published.is_none() {
        return;
    }
    let message = format!(
        "containers on {} can have `{}` connect to any address, because it is published",
        quoted(&instance.spec.networks),
        instance.name
    );
    found.push(
        Diagnostic::warning("SC232", message)
            .at(document.value_place(&place_of(instance).key("port")))
            .hint("remove `port`: Prometheus reaches it without, and it then listens on the stack's own network only"),
    );
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use crate::resolve::{KnownImages, resolve};
    use crate::source;

    fn found(text: &str, code: &str) -> Vec<String> {
        let (document, found) = source::read(text.as_bytes(), "stack.yml", &BTreeMap::new());
        assert_eq!(found, [], "{text}");
        let (_, found) = resolve(&document, None, &KnownImages::new());
        let line = |place: &Option<crate::kernel::Place>| place.as_ref().map_or(0, |place| place.line);
        found
            .iter()
            .filter(|one| one.code == code)
            .map(|one| {
                format!("{} {} | {}", line(&one.place), one.message, one.hint.clone().unwrap_or_default())
            })
            .collect()
    }

    #[test]
    fn an_argument_that_opens_an_api_is_named_with_where_it_is_reached() {
        let warned = |args: &str| found(&format!("prometheus:\n  args:\n    {args}\n"), "SC233");
        assert_eq!(
            warned("[--web.enable-admin-api]"),
            [
                "3 `--web.enable-admin-api` lets everyone who reaches `prometheus` delete series and take snapshots | remove the argument, or keep strangers out: it is reached at 127.0.0.1:9090"
            ]
        );
        for open in [
            "[--web.enable-lifecycle]",
            "[--log.level=debug, --web.enable-remote-write-receiver]",
            "[--web.enable-otlp-receiver]",
            "[\"--web.cors.origin=.*\"]",
            "[--web.cors.origin, \".*\"]",
        ] {
            assert_eq!(warned(open).len(), 1, "{open}");
        }
        for closed in [
            "[--no-web.enable-admin-api]",
            "[--web.enable-admin-apis]",
            "[\"--web.cors.origin=https://ops\\\\.example\\\\.org\"]",
            "[--log.level=debug]",
        ] {
            assert_eq!(warned(closed), [""; 0], "{closed}");
        }
        let joined = found("networks: [shop]\nprometheus: {args: [--web.enable-lifecycle]}\n", "SC233");
        assert!(joined[0].contains("at 127.0.0.1:9090, and by every container on `shop`"), "{joined:?}");
    }

    #[test]
    fn an_exporter_that_connects_for_others_is_named_while_it_is_published() {
        let redis = |rest: &str| {
            let text =
                format!("networks: [shop]\nexporters:\n  redis: {{address: \"redis://redis:6379\"{rest}}}\n");
            found(&text, "SC232")
        };
        assert_eq!(redis(""), [""; 0]);
        assert_eq!(redis(", port: 9121, networks: []"), [""; 0]);
        let warned = redis(", port: 9121");
        assert_eq!(warned.len(), 1, "{warned:?}");
        assert!(
            warned[0].starts_with(
                "3 containers on `shop` can have `redis` connect to any address, because it is published | remove `port`"
            ),
            "{warned:?}"
        );
    }
}
