//! Which application is which service of a pack, and what follows from that.

use crate::catalog;
use crate::kernel::{Diagnostic, text};
use crate::model::config::App;
use crate::model::node::At;
use crate::model::pack::{Pack, Part};
use crate::model::stack::{Job, Stack};
use crate::source::Document;

/// The pack of an application and its service there: the one that is named, that has the job's name, or the only one.
pub fn part(
    name: &str,
    app: &App,
    document: &Document,
    here: &At,
    found: &mut Vec<Diagnostic>,
) -> Option<(&'static Pack, &'static Part)> {
    let pack = app.pack.as_deref().and_then(catalog::pack)?;
    let names: Vec<&str> = pack.parts.iter().map(|part| part.name).collect();
    let wanted = app.part.as_deref().unwrap_or(name);
    if let Some(part) = pack.parts.iter().find(|part| part.name == wanted) {
        return Some((pack, part));
    }
    if let ([only], None) = (pack.parts, &app.part) {
        return Some((pack, only));
    }
    let (message, place) = if app.part.is_some() {
        (
            format!("the pack `{}` has no service `{}`", pack.name, text::shown(wanted)),
            document.value_place(&here.key("part")),
        )
    } else {
        (format!("which service of the pack `{}` is `{name}`?", pack.name), document.place(here))
    };
    let hint = match text::nearest(wanted, names.iter().copied()) {
        Some(near) => format!("did you mean `part: {near}`?"),
        None => format!("add `part:` with one of {}", text::list(&names)),
    };
    found.push(Diagnostic::error("SC220", message).at(place).hint(hint));
    None
}

/// What the row says where `stack.yml` says nothing.
pub fn defaults(app: &mut App, part: &Part) {
    app.scrape.metrics_path.get_or_insert_with(|| part.path.to_owned());
    app.scrape.scrape_interval.get_or_insert_with(|| part.scrape_interval.to_owned());
    app.scrape.sample_limit = app.scrape.sample_limit.or(part.sample_limit);
    for label in part.drop_labels {
        if !app.scrape.drop_labels.iter().any(|dropped| dropped == label) {
            app.scrape.drop_labels.push((*label).to_owned());
        }
    }
}

/// Notes which jobs scrape and probe a service, for the templates of the rules.
pub fn note(
    stack: &mut Stack,
    (name, app): (&str, &App),
    part: Option<(&'static Pack, &'static Part)>,
    probe: Option<&Job>,
) {
    let Some((_, part)) = part else { return };
    let jobs = stack.parts.entry(part.name.replace('-', "_")).or_default();
    if !app.targets.is_empty() {
        jobs.scrapes.push(name.to_owned());
    }
    jobs.probes.extend(probe.map(|job| job.name.clone()));
}

/// Packs of this stack, each once.
pub fn used(document: &Document) -> Vec<&'static Pack> {
    let named = document.config.apps.values().filter_map(|app| app.pack.as_deref());
    let mut packs: Vec<&'static Pack> = Vec::new();
    for pack in named.filter_map(catalog::pack) {
        if !packs.iter().any(|known| known.name == pack.name) {
            packs.push(pack);
        }
    }
    packs
}

/// Rules and dashboards of a pack that watch through an exporter see nothing without it.
pub fn exporters(stack: &Stack, document: &Document, found: &mut Vec<Diagnostic>) {
    for (name, app) in &document.config.apps {
        let Some(pack) = app.pack.as_deref().and_then(catalog::pack) else { continue };
        let missing: Vec<&str> =
            pack.exporters.iter().copied().filter(|exporter| stack.instance(exporter).is_none()).collect();
        // One application of a pack speaks for all.
        let first = document.config.apps.iter().find(|(_, other)| other.pack == app.pack);
        if missing.is_empty() || first.is_some_and(|(first, _)| first != name) {
            continue;
        }
        let place = document.value_place(&At::root().key("apps").key(name).key("pack"));
        found.push(
            Diagnostic::warning(
                "SC219",
                format!(
                    "rules and dashboards of the pack `{}` also need the exporter {}",
                    pack.name,
                    text::list(&missing.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>())
                ),
            )
            .at(place)
            .hint(
                "add it under `exporters`; until then these alerts cannot fire and their panels stay empty",
            ),
        );
    }
}
