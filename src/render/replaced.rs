//! Which shipped files the user's replace, and which of the user's files are not used: reported, so that no one finds out
//! during an incident.

use std::collections::BTreeSet;

use super::assets::Assets;
use super::rules;
use crate::catalog;
use crate::kernel::{Diagnostic, text};
use crate::model::artifact::Author;
use crate::model::component::Content;
use crate::model::stack::Stack;

/// A note for each shipped file of this stack that a file of the user's replaces.
pub fn replacements(stack: &Stack, assets: &Assets) -> Vec<Diagnostic> {
    let replaced = assets.replaced();
    if replaced.is_empty() {
        return Vec::new();
    }
    let count = |assets: &Assets, name: &str| {
        let path = format!("{name}.yml");
        let (files, _) = rules::rules(stack, assets);
        files.iter().find(|file| file.path == path).map(|file| rules::names(&file.text).len())
    };
    let described = |path: &str| {
        let (kind, name) = path.split_once('/')?;
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        let is_of = |names: &[String]| names.iter().any(|of_stack| of_stack == stem);
        match kind {
            "rules" if is_of(&stack.rules) => {
                let shipped = count(&Assets::default(), stem)?;
                let rules = text::count(shipped, "shipped rule");
                Some(match count(assets, stem) {
                    Some(own) => format!("{rules} of `{stem}` with {}", text::count(own, "rule")),
                    None => format!("{rules} of `{stem}`"),
                })
            }
            "dashboards" if is_of(&stack.dashboards) => Some(format!("the shipped dashboard `{stem}`")),
            "templates" => {
                let (component, file) = name.split_once('/')?;
                stack.instance(component)?;
                Some(format!("the shipped template `{file}` of {component}"))
            }
            _ => None,
        }
    };
    let note = |path: &str| {
        let origin = assets.get(path).ok()?.origin;
        let note = Diagnostic::note("SC532", format!("`{origin}` replaces {}", described(path)?));
        Some(if path.starts_with("rules/") { note.hint("give it another name to keep both") } else { note })
    };
    replaced.into_iter().filter_map(note).collect()
}

/// Notes about files of the user that are for components which this stack does not have.
pub fn unused(stack: &Stack, assets: &Assets) -> Vec<Diagnostic> {
    let rows = || stack.instances.iter().filter_map(|instance| instance.row);
    let has = |content| rows().flat_map(|row| row.files).any(|file| file.content == content);
    let first = |paths: &mut dyn Iterator<Item = &str>| paths.next().map(str::to_owned);
    let mut notes = Vec::new();
    let mut note = |prefix: &str, path: Option<String>, why: &str| {
        if let Some(asset) = path.and_then(|path| assets.get(&format!("{prefix}{path}")).ok()) {
            notes.push(Diagnostic::note("SC531", format!("`{}` is not used: {why}", asset.origin)));
        }
    };
    if !has(Content::Rules) {
        let rules = &mut assets.own("rules/").filter(|path| !path.starts_with("runbooks/"));
        note("rules/", first(rules), "nothing in this stack evaluates rules");
    }
    if !has(Content::Dashboards) {
        note("dashboards/", first(&mut assets.own("dashboards/")), "nothing in this stack shows dashboards");
    }
    for (prefix, ending, of_stack) in
        [("rules/", ".yml", &stack.rules), ("dashboards/", ".json", &stack.dashboards)]
    {
        let is_of_stack =
            |path: &str| of_stack.iter().any(|name| path.strip_suffix(ending) == Some(name.as_str()));
        let own: BTreeSet<&str> = assets.own(prefix).collect();
        let edited = |path: &&str| {
            let shipped = format!("{prefix}{path}");
            assets.is_replaced(&shipped) && !own.contains(path) && !is_of_stack(path) && !path.contains('/')
        };
        for path in assets.users(prefix).filter(edited) {
            note(
                prefix,
                Some(path.to_owned()),
                "it is a copy of a shipped file that this stack does not have",
            );
        }
    }
    for row in catalog::COMPONENTS.iter().filter(|row| stack.instance(row.name).is_none()) {
        let prefix = format!("templates/{}/", row.name);
        let is_own = |path: &&str| assets.author(&format!("{prefix}{path}")) != Author::Shipped;
        let path = first(&mut assets.users(&prefix).filter(is_own));
        note(&prefix, path, &format!("{} is not in this stack", row.title));
    }
    notes
}
