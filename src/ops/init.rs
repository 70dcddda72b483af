//! `init`, `schema` and `catalog`: what the rows say, as files and lists.

use serde_json::{Map, Value, json};

use super::Error;
use crate::catalog;
use crate::kernel::text;
use crate::model::catalog::{CatalogReport, CatalogRow, Fact};
use crate::model::component::Publish;
use crate::model::pack::Pack;
use crate::model::receiver::Integration;
use crate::model::rules;
use crate::model::shape::{Field, Kind};
use crate::render::Assets;
use crate::workdir;

/// What `init` was asked for.
#[derive(Debug, Clone)]
pub struct InitOptions {
    /// Which one.
    pub preset: Option<String>,
    /// Where to.
    pub directory: std::path::PathBuf,
    /// Overwrite.
    pub force: bool,
}

/// Names of the presets.
pub fn presets() -> Vec<String> {
    Assets::default().below("templates/presets/", ".yml").into_iter().map(|(name, _)| name).collect()
}

/// Writes a commented `stack.yml`; returns its path.
pub fn init(options: &InitOptions) -> Result<String, Error> {
    let content = match &options.preset {
        None => commented(),
        Some(name) => {
            let found = Assets::default().get(&format!("templates/presets/{name}.yml"));
            let Ok(asset) = found else {
                let names = presets();
                let near = text::nearest(name, names.iter().map(String::as_str))
                    .map(|near| format!("did you mean `{near}`? "));
                return Err(Error::Usage {
                    message: format!("there is no preset `{name}`"),
                    hint: format!("{}there are {}", near.unwrap_or_default(), text::list(&names)),
                });
            };
            String::from_utf8_lossy(&asset.bytes).into_owned()
        }
    };
    let content = named(&content, &stack_name(&options.directory));
    let path = options.directory.join(workdir::STACK_FILES[0]);
    let other = options.directory.join(workdir::STACK_FILES[1]);
    if other.exists() {
        return Err(Error::Usage {
            message: format!("`{}` exists already, and a directory has one stack file", other.display()),
            hint: "remove or rename it, or write to another directory with --dir".to_owned(),
        });
    }
    workdir::write_new(&path, content.as_bytes(), options.force)?;
    Ok(path.display().to_string())
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

/// The whole shape as a file in which everything but the name is commented out: it means the default stack.
fn commented() -> String {
    let mut out = String::from(
        "# stack.yml: what stackctl renders, runs and proves. Every key is optional; what is commented out\n# here is the default. `stackctl check` finds mistakes, `stackctl plan` says what `up` would do.\n",
    );
    for (position, field) in catalog::STACK_FILE.iter().enumerate() {
        out.push('\n');
        match field.default.filter(|_| position == 0) {
            // A file in which everything is commented out would be empty, and empty is an error.
            Some(name) => out.push_str(&format!("{}: {name}  # {}\n", field.key, field.doc)),
            None => describe(field, 0, &mut out),
        }
    }
    out
}

fn describe(field: &Field, depth: usize, out: &mut String) {
    let pad = "  ".repeat(depth);
    let inner = match field.kind {
        Kind::NamedMap(of) | Kind::Map(of) => catalog::keys_of(*of).map(|fields| ("<name>", fields)),
        kind => catalog::keys_of(kind).map(|fields| ("", fields)),
    };
    let Some((name, fields)) = inner else {
        let value = field.default.map_or_else(|| format!("# {}", field.kind.describe()), str::to_owned);
        out.push_str(&format!("# {pad}{}: {value}  # {}\n", field.key, field.doc));
        return;
    };
    out.push_str(&format!("# {pad}{}:  # {}\n", field.key, field.doc));
    let deeper = if name.is_empty() { depth + 1 } else { depth + 2 };
    if !name.is_empty() {
        out.push_str(&format!("# {pad}  {name}:\n"));
    }
    // The settings of receivers and applications are described where people look for them: in the README.
    if depth < 2 {
        for field in &fields {
            describe(field, deeper, out);
        }
    }
}

/// A JSON Schema of `stack.yml`, for editors.
pub fn schema() -> Value {
    let mut schema = object(catalog::STACK_FILE);
    if let Value::Object(map) = &mut schema {
        map.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
        map.insert("title".to_owned(), json!("stackctl stack file"));
    }
    schema
}

fn object(fields: &[Field]) -> Value {
    let required: Vec<&str> = fields.iter().filter(|field| field.required).map(|field| field.key).collect();
    let property = |field: &Field| {
        let mut schema = of_kind(field.kind);
        if let Value::Object(map) = &mut schema {
            map.insert("description".to_owned(), json!(field.doc));
            if let Some(value) =
                field.default.and_then(|text| crate::source::scalar::value(text, false, field.kind))
            {
                map.insert("default".to_owned(), value);
            }
        }
        (field.key.to_owned(), schema)
    };
    let properties: Map<String, Value> = fields.iter().map(property).collect();
    let mut schema =
        json!({ "type": ["object", "null"], "additionalProperties": false, "properties": properties });
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

fn of_kind(kind: Kind) -> Value {
    if let Some(fields) = catalog::keys_of(kind) {
        return object(&fields);
    }
    match kind {
        Kind::Bool => json!({ "type": "boolean" }),
        Kind::Integer { min, max } if max == i64::MAX => json!({ "type": "integer", "minimum": min }),
        Kind::Integer { min, max } => json!({ "type": "integer", "minimum": min, "maximum": max }),
        Kind::Number => json!({ "type": "number" }),
        Kind::Port => json!({ "type": "integer", "minimum": 1, "maximum": 65535 }),
        Kind::Name => json!({ "type": "string", "pattern": NAME }),
        Kind::Duration => json!({ "type": "string", "pattern": "^([0-9]+(ms|[smhdwy]))+$" }),
        Kind::Size => json!({ "type": "string", "pattern": "^[0-9]+([KMGTPE]i?)?B$" }),
        Kind::Url => json!({ "type": "string", "pattern": "^https?://" }),
        Kind::Target => json!({ "type": "string", "pattern": "^[^/ @]+:[0-9]+$" }),
        Kind::OneOf(words) => json!({ "enum": words }),
        Kind::List(of) => json!({ "type": "array", "items": of_kind(*of) }),
        Kind::OneOrMany(of) => json!({ "anyOf": [of_kind(*of), { "type": "array", "items": of_kind(*of) }] }),
        Kind::Map(of) => json!({ "type": "object", "additionalProperties": of_kind(*of) }),
        Kind::NamedMap(of) => {
            json!({ "type": "object", "propertyNames": { "pattern": NAME }, "additionalProperties": of_kind(*of) })
        }
        Kind::Any => json!({}),
        // Scalars that YAML may read as numbers are text here all the same.
        _ => json!({ "type": ["string", "number", "boolean"] }),
    }
}

const NAME: &str = "^[a-z0-9]([a-z0-9-]{0,40}[a-z0-9])?$";

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
