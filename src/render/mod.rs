//! Stack → files, byte for byte the same for the same input. Pure: assets, secrets and the user's files are handed in.
//!
//! Values get into YAML through the `yaml` filters alone, and every file is read back before anybody uses it
//! ([`Rendered::read_back`]).

mod annotate;
mod assets;
mod context;
mod dashboard_link;
mod dashboards;
mod engine;
mod faithful;
mod folders;
mod jobs;
mod limited;
mod replaced;
mod response;
mod rule_tests;
mod rules;
mod runbooks;
mod silence_link;
mod slos;
mod users;
mod yaml;

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog;
use crate::kernel::{Diagnostic, Secret};
use crate::model::artifact::{Artifact, Author};
use crate::model::component::{Content, File, OnChange};
use crate::model::stack::{Instance, SecretForm, Stack};

pub use assets::{Asset, Assets};
pub use dashboards::dashboard;
pub use folders::USUAL as USUAL_FOLDER;
pub use limited::work;
pub use replaced::{replacements, unused};
pub use rule_tests::{TestText, rule_tests};
pub use rules::{RuleText, rules as rule_files};
pub use runbooks::{DIRECTORY as RUNBOOKS, ENDING as RUNBOOK_ENDING, path as runbook_path, text as runbook};
pub use users::{Purpose, purpose};

/// Everything that rendering looks at.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'a> {
    /// What is meant.
    pub stack: &'a Stack,
    /// Templates, rules and dashboards, the user's over the embedded ones.
    pub assets: &'a Assets,
    /// Secrets by `(component, name)`. A secret that is not here is left out of the files.
    pub secrets: &'a BTreeMap<(String, String), Secret>,
    /// The user's files by the path that `stack.yml` names.
    pub files: &'a BTreeMap<String, UserFile>,
}

/// A file of the user.
#[derive(Debug, Clone, Default)]
pub struct UserFile {
    /// Content.
    pub bytes: Vec<u8>,
    /// Only its owner may read it: it is delivered likewise and not shown.
    pub private: bool,
}

/// Every file that could be rendered, sorted by component and path, and what keeps the others from it.
#[derive(Debug, Default)]
pub struct Rendered {
    /// The files.
    pub artifacts: Vec<Artifact>,
    /// Errors; empty when the files are all there is.
    pub found: Vec<Diagnostic>,
}

impl Rendered {
    /// Reads the files back; those that are not what their ending says become errors.
    pub fn read_back(&mut self) {
        let mut found = Vec::new();
        self.artifacts.retain(|artifact| {
            let problem = if was_read(artifact) { None } else { faithful::parse_back(artifact).err() };
            let whole = problem.is_none();
            found.extend(problem);
            whole
        });
        self.found.extend(found);
    }
}

/// Rules and dashboards of the user are read where they are rendered, and a rule file is YAML whatever its ending says.
fn was_read(artifact: &Artifact) -> bool {
    let reads = |content| matches!(content, Content::Rules | Content::Dashboards | Content::DashboardFolders);
    let files = catalog::component(&artifact.component).map(|row| row.files).unwrap_or_default();
    let mut directories = files.iter().filter(|file| reads(file.content)).map(|file| file.path);
    let inside =
        |directory: &str| artifact.path.strip_prefix(directory).is_some_and(|rest| rest.starts_with('/'));
    artifact.author != Author::Shipped && directories.any(inside)
}

/// Every file that would be delivered, sorted by component and path.
pub fn render(inputs: &Inputs<'_>) -> Result<Vec<Artifact>, Vec<Diagnostic>> {
    let rendered = render_all(inputs);
    if rendered.found.is_empty() { Ok(rendered.artifacts) } else { Err(rendered.found) }
}

/// The same for a report of everything that is wrong: one broken file does not hide what is wrong with the others.
pub fn render_all(inputs: &Inputs<'_>) -> Rendered {
    let mut rendered = Rendered::default();
    for instance in &inputs.stack.instances {
        for file in instance.row.map(|row| row.files).unwrap_or_default() {
            of_file(inputs, instance, file, &mut rendered);
        }
        rendered.artifacts.extend(users_files(inputs, instance));
        rendered.artifacts.extend(secrets(inputs, instance));
    }
    rendered.artifacts.sort_by(|a, b| (&a.component, &a.path).cmp(&(&b.component, &b.path)));
    rendered
}

fn of_file(inputs: &Inputs<'_>, instance: &Instance, file: &File, rendered: &mut Rendered) {
    let artifact = |path: String, bytes: Vec<u8>, origin: String, author: Author| Artifact {
        component: instance.name.clone(),
        path,
        bytes,
        secret: false,
        on_change: file.on_change,
        origin,
        author,
    };
    match file.content {
        Content::Template => match template(inputs, instance, file) {
            Ok((text, asset, author)) => {
                rendered.artifacts.push(artifact(file.path.to_owned(), text, asset.origin, author));
            }
            Err(problem) => rendered.found.push(problem),
        },
        Content::Rules => {
            let (rules, found) = rules::rules(inputs.stack, inputs.assets);
            rendered.found.extend(found);
            rendered.artifacts.extend(rules.into_iter().map(|rule| {
                artifact(
                    format!("{}/{}", file.path, rule.path),
                    rule.text.into_bytes(),
                    rule.origin,
                    rule.author,
                )
            }));
        }
        Content::Runbooks => {
            let own = rendered.artifacts.iter().filter(|one| one.component == instance.name);
            let rules = own.filter(|one| one.path.starts_with("rules/"));
            let pages = runbooks::pages(inputs.stack, inputs.assets, rules);
            rendered.artifacts.extend(pages.into_iter().map(|page| {
                let author = inputs.assets.author(&runbooks::path(&page.alert));
                artifact(
                    format!("{}/{}", file.path, page.alert),
                    page.html.into_bytes(),
                    page.asset.origin,
                    author,
                )
            }));
        }
        Content::Dashboards | Content::DashboardFolders => {
            let in_folder = file.content == Content::DashboardFolders;
            let names = dashboard_names(inputs.stack, inputs.assets);
            for name in names.iter().filter(|name| name.contains('/') == in_folder) {
                let path = format!("{}/{}.json", file.path, folders::delivered(name));
                match dashboards::checked(inputs.stack, inputs.assets, name) {
                    Ok((bytes, origin, author)) => {
                        rendered.artifacts.push(artifact(path, bytes, origin, author));
                    }
                    Err(problem) => rendered.found.push(problem),
                }
            }
        }
        Content::NotificationTemplates => {
            let prefix = format!("templates/{}/{}/", instance.name, file.path);
            let assets = inputs.assets.below(&prefix, ".tmpl");
            rendered.artifacts.extend(assets.into_iter().map(|(name, asset)| {
                let author = inputs.assets.author(&format!("{prefix}{name}.tmpl"));
                artifact(format!("{}/{name}.tmpl", file.path), asset.bytes, asset.origin, author)
            }));
        }
        Content::Secret(_) | Content::RedisPasswords(..) | Content::NamedSecrets => {}
    }
}

/// A filled template.
fn template(
    inputs: &Inputs<'_>,
    instance: &Instance,
    file: &File,
) -> Result<(Vec<u8>, Asset, Author), Diagnostic> {
    let path = format!("templates/{}/{}", instance.name, file.path);
    let asset = inputs.assets.get(&path)?;
    let mut context = context::of_instance(inputs.stack, instance);
    context.insert("folders", &folders::of(&dashboard_names(inputs.stack, inputs.assets), instance));
    context.insert("rule_patterns", &rule_patterns(inputs, instance));
    let text = inputs.assets.fill(&asset, &context)?;
    let replaced = inputs.assets.is_replaced(&path);
    let author = if replaced { rules::author_of(&asset, &text) } else { Author::Shipped };
    Ok((text.into_bytes(), asset, author))
}

fn rule_patterns(inputs: &Inputs<'_>, instance: &Instance) -> BTreeSet<String> {
    let files = instance.row.map(|row| row.files).unwrap_or_default();
    let directory = files.iter().find(|file| file.content == Content::Rules).map(|file| file.path);
    directory.map(|directory| rules::patterns(inputs.stack, inputs.assets, directory)).unwrap_or_default()
}

/// Dashboards of the stack and those the user added, by their path below `dashboards/` without ending.
pub fn dashboard_names(stack: &Stack, assets: &Assets) -> BTreeSet<String> {
    let added = assets.own("dashboards/").filter_map(|path| path.strip_suffix(".json"));
    stack.dashboards.iter().map(String::as_str).chain(added).map(str::to_owned).collect()
}

fn users_files(inputs: &Inputs<'_>, instance: &Instance) -> Vec<Artifact> {
    // Nothing is known about a custom exporter; a scraper reads certificates whenever it connects.
    let on_change = if instance.row.is_some() { OnChange::Nothing } else { OnChange::Restart };
    let of = |(name, path): (&String, &String)| {
        let file = inputs.files.get(path)?;
        Some(Artifact {
            component: instance.name.clone(),
            path: name.clone(),
            bytes: file.bytes.clone(),
            secret: file.private,
            on_change,
            origin: path.clone(),
            author: Author::User { template: None },
        })
    };
    instance.files.iter().filter_map(of).collect()
}

fn secrets(inputs: &Inputs<'_>, instance: &Instance) -> Vec<Artifact> {
    let mine = inputs.stack.secrets.iter().filter(|secret| secret.component == instance.name);
    let of = |secret: &crate::model::stack::SecretFile| {
        let value = inputs.secrets.get(&(secret.component.clone(), secret.name.clone()))?;
        let bytes = match &secret.form {
            SecretForm::Plain => value.expose().to_vec(),
            SecretForm::MapTo { address } => {
                serde_json::json!({ address.clone(): value.expose_text() }).to_string().into_bytes()
            }
        };
        Some(Artifact {
            component: instance.name.clone(),
            path: format!("secrets/{}", secret.name),
            bytes,
            secret: true,
            on_change: secret.on_change,
            origin: "secret".to_owned(),
            author: Author::Shipped,
        })
    };
    mine.filter_map(of).collect()
}

#[cfg(test)]
mod tests;
