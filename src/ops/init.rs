//! `init`, `schema` and `catalog`: the catalogue as files and lists.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{Error, Session};
use crate::catalog;
use crate::kernel::text;
use crate::model::catalog::{CatalogReport, CatalogRow, Fact};
use crate::model::component::Publish;
use crate::model::init::{InitReport, PresetRow, PresetsReport};
use crate::model::pack::Pack;
use crate::model::receiver::Integration;
use crate::model::rules;
use crate::model::shape::{Field, Kind};
use crate::model::stack::SecretSource;
use crate::render::Assets;
use crate::resolve::{KnownImages, resolve};
use crate::source;
use crate::workdir;

/// What `init` was asked for.
#[derive(Debug, Clone)]
pub struct InitOptions {
    /// Which preset; none: everything commented out.
    pub preset: Option<String>,
    /// The directory to write to.
    pub directory: PathBuf,
    /// Overwrite.
    pub force: bool,
}

/// Names of the presets.
pub fn presets() -> Vec<String> {
    Assets::default().below(PRESETS, ".yml").into_iter().map(|(name, _)| name).collect()
}

/// The presets, each with what it is for.
pub fn preset_rows() -> PresetsReport {
    let row = |(name, asset): (String, crate::render::Asset)| {
        let text = String::from_utf8_lossy(&asset.bytes).into_owned();
        let title = text.lines().next().unwrap_or_default().trim_start_matches(['#', ' ']);
        PresetRow { name, title: title.trim_end_matches('.').to_owned() }
    };
    PresetsReport { presets: Assets::default().below(PRESETS, ".yml").into_iter().map(row).collect() }
}

const PRESETS: &str = "templates/presets/";

/// Writes a commented `stack.yml`, or the file that `--file` names, for the stack that `--project` names.
pub fn init(session: &Session<'_>, options: &InitOptions) -> Result<InitReport, Error> {
    let name = session.global.project.as_deref();
    if let Some(name) = name {
        super::load::check_name(name)?;
    }
    let content = match &options.preset {
        None => super::commented::commented(DEFAULT_NAME),
        Some(preset) => preset_text(preset)?,
    };
    // An absolute file stays where it is.
    let file = session.global.file.as_deref().unwrap_or(Path::new(workdir::STACK_FILES[0]));
    let path = options.directory.join(file);
    let path = path.strip_prefix(".").map_or_else(|_| path.clone(), Path::to_owned);
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let name = name.map_or_else(|| stack_name(directory.unwrap_or(Path::new("."))), str::to_owned);
    let content = named(&content, &name);
    let other = options.directory.join(workdir::STACK_FILES[1]);
    if session.global.file.is_none() && other.exists() {
        return Err(Error::Usage {
            message: format!("`{}` exists already, and a directory has one stack file", other.display()),
            hint: "remove or rename it, or write to another directory with --dir".to_owned(),
        });
    }
    workdir::write_new(&path, content.as_bytes(), options.force)?;
    Ok(report(&path, &content, options.preset.clone()))
}

fn preset_text(name: &str) -> Result<String, Error> {
    let found = Assets::default().get(&format!("{PRESETS}{name}.yml"));
    let asset = found.map_err(|_| {
        let names = presets();
        let near = text::nearest(name, names.iter().map(String::as_str))
            .map(|near| format!("did you mean `{near}`? "));
        Error::Usage {
            message: format!("there is no preset `{}`", text::shown(name)),
            hint: format!("{}there are {}", near.unwrap_or_default(), text::list(&names)),
        }
    })?;
    Ok(String::from_utf8_lossy(&asset.bytes).into_owned())
}

/// The text with another name of the stack.
fn named(content: &str, name: &str) -> String {
    let line = |line: &str| match line.strip_prefix("name: ") {
        Some(rest) => {
            let comment = rest.find(" #").and_then(|at| rest.get(at..)).map(|text| format!(" {text}"));
            format!("name: {name}{}\n", comment.unwrap_or_default())
        }
        None => format!("{line}\n"),
    };
    content.lines().map(line).collect()
}

/// A stack is named after its directory: two directories rarely share a name.
fn stack_name(directory: &std::path::Path) -> String {
    let path = workdir::directory_of(&directory.join(workdir::STACK_FILES[0]));
    let path = path.or_else(|_| std::path::absolute(directory)).unwrap_or_default();
    let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    let words: Vec<&str> = name
        .split(|c: char| !c.is_ascii_lowercase() && !c.is_ascii_digit())
        .filter(|word| !word.is_empty())
        .collect();
    let joined: String = words.join("-").chars().take(LONGEST_NAME).collect();
    let name = joined.trim_end_matches('-');
    match name.chars().next() {
        None => DEFAULT_NAME.to_owned(),
        // YAML reads some bare words as something else than text.
        Some(first) if first.is_ascii_digit() || NOT_TEXT.contains(&name) => format!("\"{name}\""),
        Some(_) => name.to_owned(),
    }
}

/// Words that YAML does not read as text.
const NOT_TEXT: [&str; 9] = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
/// The longest name of a stack.
const LONGEST_NAME: usize = 42;
/// The name where a directory has none that can be used.
const DEFAULT_NAME: &str = "monitoring";

/// What was written, and what to do next with it.
fn report(path: &Path, content: &str, preset: Option<String>) -> InitReport {
    let (document, _) = source::read(content.as_bytes(), "stack.yml", &BTreeMap::new());
    let (stack, _) = resolve(&document, None, &KnownImages::new());
    let directory = path.parent().unwrap_or(Path::new(""));
    let mut missing_secrets: Vec<String> = Vec::new();
    for secret in &stack.secrets {
        if let SecretSource::File(file) = &secret.source
            && !missing_secrets.contains(file)
            && !directory.join(file).exists()
        {
            missing_secrets.push(file.clone());
        }
    }
    // Only a `stack.yml` in the working directory is found without being named.
    let usual = path == Path::new(workdir::STACK_FILES[0]);
    let file = if usual { String::new() } else { format!(" -f {}", path.display()) };
    let command = |name: &str| format!("stackctl{file} {name}");
    let mut next = vec![command("check"), command("up")];
    if !missing_secrets.is_empty() {
        next.insert(0, command("secrets init"));
    }
    InitReport { path: path.display().to_string(), preset, name: stack.name, missing_secrets, next }
}

/// What can be put into `stack.yml`.
pub fn components() -> CatalogReport {
    let row = |row: &&crate::model::component::Component| CatalogRow {
        name: row.name.to_owned(),
        title: row.title.to_owned(),
        summary: row.summary.to_owned(),
        place: row.kind.place_of(row.name),
        image: format!("{}:{}", row.image.repository, row.image.tag),
        debian: row.image.debian.map(|debian| debian.package.to_owned()),
        port: row.port,
        published: matches!(row.publish, Publish::At(_)),
        default: row.default_on,
        settings: settings(Kind::Component(row.name)),
        facts: Vec::new(),
        notes: row
            .notes
            .iter()
            .map(|note| (*note).to_owned())
            .chain(row.root_because.map(|why| format!("runs as root: {why}")))
            .collect(),
    };
    CatalogReport { kind: "components", rows: catalog::COMPONENTS.iter().map(row).collect() }
}

/// What can tell people.
pub fn receivers() -> CatalogReport {
    let row = |row: &Integration| CatalogRow {
        name: row.key.to_owned(),
        title: row.title.to_owned(),
        summary: row.since.map_or_else(
            || "every version of Alertmanager".to_owned(),
            |since| format!("Alertmanager {since} and newer"),
        ),
        place: format!("notify.receivers.<name>.{}", row.key),
        settings: settings_of(row),
        notes: row.notes.iter().map(|note| (*note).to_owned()).collect(),
        ..CatalogRow::default()
    };
    CatalogReport { kind: "receivers", rows: catalog::INTEGRATIONS.iter().map(row).collect() }
}

/// Settings of an integration, with the versions that know them and what must be there.
fn settings_of(row: &Integration) -> Vec<(String, String)> {
    let mut rows = settings(Kind::Integration(row.key));
    for (key, doc) in &mut rows {
        let key = key.split('.').next().unwrap_or_default();
        if let Some(since) = row.all().find(|setting| setting.key == key).and_then(|setting| setting.since) {
            doc.push_str(&format!(" [Alertmanager {since}]"));
        }
        match row.required.iter().find(|group| group.contains(&key)) {
            Some([_]) => doc.push_str(" [required]"),
            Some(group) => {
                let others: Vec<&str> = group.iter().copied().filter(|other| *other != key).collect();
                doc.push_str(&format!(" [this or {} is required]", others.join(" or ")));
            }
            None => {}
        }
    }
    rows
}

/// What is known about applications.
pub fn packs() -> CatalogReport {
    let row = |row: &&Pack| CatalogRow {
        name: row.name.to_owned(),
        title: row.title.to_owned(),
        summary: row.summary.to_owned(),
        place: "apps.<job>.pack".to_owned(),
        facts: facts_of(row),
        notes: row.notes.iter().map(|note| (*note).to_owned()).collect(),
        ..CatalogRow::default()
    };
    CatalogReport { kind: "packs", rows: catalog::PACKS.iter().map(row).collect() }
}

/// Everything a pack brings, and what its document asks for that cannot be had.
fn facts_of(row: &Pack) -> Vec<Fact> {
    let fact = |title: &str, lines: Vec<String>| Fact { title: title.to_owned(), lines };
    let words = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let mut facts = Vec::new();
    for part in row.parts {
        let lines = part.metrics.iter().map(|metric| {
            let labels = if metric.labels.is_empty() {
                String::new()
            } else {
                format!("{{{}}}", metric.labels.join(", "))
            };
            format!("{}{labels} {}", metric.name, metric.kind)
        });
        let title =
            format!("job {} at :{}{}, every {}", part.name, part.port, part.path, part.scrape_interval);
        facts.push(fact(&title, lines.collect()));
    }
    facts.push(fact("exporters", words(row.exporters)));
    facts.push(fact("dashboards", words(row.dashboards)));
    let numbers = row
        .thresholds
        .iter()
        .map(|t| format!("{}: {}{}, {}", t.alert, t.default, rules::symbol(t.unit), t.doc));
    facts.push(fact("alerts.thresholds", numbers.collect()));
    let windows = row.windows.iter().map(|w| format!("{}: {}, {}", w.alert, w.default, w.doc));
    facts.push(fact("alerts.windows", windows.collect()));
    let severities = row.severities.iter().map(|s| format!("{}: {}", s.alert, s.default));
    facts.push(fact("alerts.severities", severities.collect()));
    facts.push(fact("replaces these alerts of components", words(row.replaces)));
    let missing = row.missing.iter().map(|m| format!("{}: {}", m.what, m.why));
    facts.push(fact("no source metric", missing.collect()));
    facts.retain(|fact| !fact.lines.is_empty());
    facts
}

fn settings(kind: Kind) -> Vec<(String, String)> {
    let mut out = Vec::new();
    flatten("", &catalog::keys_of(kind).unwrap_or_default(), &mut out);
    out
}

fn flatten(prefix: &str, fields: &[Field], out: &mut Vec<(String, String)>) {
    for field in fields {
        let key = format!("{prefix}{}", field.key);
        if let Some(inner) = catalog::keys_of(field.kind) {
            flatten(&format!("{key}."), &inner, out);
        } else {
            let default = field.default.map(|value| format!(" [default: {value}]")).unwrap_or_default();
            let required = if field.required { " [required]" } else { "" };
            out.push((key, format!("{}{default}{required}", field.doc)));
        }
    }
}
