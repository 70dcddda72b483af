//! Stack → files, byte for byte the same for the same input. Pure: assets, secrets and the user's files are handed in.
//!
//! Values get into YAML through the `yaml` filters alone, and every file is read back before anybody uses it
//! ([`read_back`]).

mod annotate;
mod assets;
mod context;
mod dashboard_link;
mod engine;
mod faithful;
mod limited;
mod response;
mod rule_tests;
mod rules;
mod slos;
mod yaml;

use std::collections::BTreeMap;

use crate::catalog;
use crate::kernel::{Diagnostic, Secret};
use crate::model::artifact::Artifact;
use crate::model::component::{Content, File, OnChange};
use crate::model::stack::{Instance, SecretForm, Stack};

pub use assets::{Asset, Assets};
pub use limited::work;
pub use rule_tests::rule_tests;
pub use rules::rules as rule_files;

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
    pub files: &'a BTreeMap<String, Vec<u8>>,
}

/// Every file that would be delivered, sorted by component and path.
pub fn render(inputs: &Inputs<'_>) -> Result<Vec<Artifact>, Vec<Diagnostic>> {
    let mut artifacts = Vec::new();
    let mut found = Vec::new();
    for instance in &inputs.stack.instances {
        for file in instance.row.map(|row| row.files).unwrap_or_default() {
            match of_file(inputs, instance, file) {
                Ok(rendered) => artifacts.extend(rendered),
                Err(problem) => found.push(problem),
            }
        }
        artifacts.extend(users_files(inputs, instance));
        artifacts.extend(secrets(inputs, instance));
    }
    if found.is_empty() {
        artifacts.sort_by(|a, b| (&a.component, &a.path).cmp(&(&b.component, &b.path)));
        Ok(artifacts)
    } else {
        Err(found)
    }
}

/// Files that are not what their ending says. It depends on nothing but the files.
pub fn read_back(artifacts: &[Artifact]) -> Vec<Diagnostic> {
    artifacts.iter().filter_map(|artifact| faithful::parse_back(artifact).err()).collect()
}

fn of_file(inputs: &Inputs<'_>, instance: &Instance, file: &File) -> Result<Vec<Artifact>, Diagnostic> {
    let artifact = |path: String, bytes: Vec<u8>, origin: String| Artifact {
        component: instance.name.clone(),
        path,
        bytes,
        secret: false,
        on_change: file.on_change,
        origin,
    };
    match file.content {
        Content::Template => {
            let asset = inputs.assets.get(&format!("templates/{}/{}", instance.name, file.path))?;
            let text = inputs.assets.fill(&asset, &context::of_instance(inputs.stack, instance))?;
            Ok(vec![artifact(file.path.to_owned(), text.into_bytes(), asset.origin)])
        }
        Content::Rules => {
            let rendered = rules::rules(inputs.stack, inputs.assets)?;
            Ok(rendered
                .into_iter()
                .map(|(name, text, origin)| {
                    artifact(format!("{}/{name}.yml", file.path), text.into_bytes(), origin)
                })
                .collect())
        }
        Content::Dashboards => {
            let added = inputs.assets.added("dashboards/", ".json");
            let mut names: Vec<&String> = inputs.stack.dashboards.iter().chain(&added).collect();
            names.sort();
            names.dedup();
            let of = |name: &String| {
                let (bytes, origin) = dashboard(inputs.stack, inputs.assets, name)?;
                Ok(artifact(format!("{}/{name}.json", file.path), bytes, origin))
            };
            names.into_iter().map(of).collect()
        }
        Content::NotificationTemplates => {
            let prefix = format!("templates/{}/{}/", instance.name, file.path);
            let assets = inputs.assets.below(&prefix, ".tmpl");
            Ok(assets
                .into_iter()
                .map(|(name, asset)| {
                    artifact(format!("{}/{name}.tmpl", file.path), asset.bytes, asset.origin)
                })
                .collect())
        }
        Content::Secret(_) | Content::RedisPasswords(..) | Content::NamedSecrets => Ok(Vec::new()),
    }
}

/// A dashboard as Grafana gets it, and where it comes from. Those of packs are templates, because the jobs they show have
/// the names that `stack.yml` gives them.
pub fn dashboard(stack: &Stack, assets: &Assets, name: &str) -> Result<(Vec<u8>, String), Diagnostic> {
    let asset = assets.get(&format!("dashboards/{name}.json"))?;
    let of_pack = catalog::PACKS.iter().any(|pack| pack.dashboards.contains(&name));
    if !of_pack || !stack.dashboards.iter().any(|shown| shown == name) {
        return Ok((asset.bytes, asset.origin));
    }
    let text = assets.fill(&asset, &context::of_dashboards(stack))?;
    Ok((text.into_bytes(), asset.origin))
}

fn users_files(inputs: &Inputs<'_>, instance: &Instance) -> Vec<Artifact> {
    let of = |(name, path): (&String, &String)| {
        Some(Artifact {
            component: instance.name.clone(),
            path: name.clone(),
            bytes: inputs.files.get(path)?.clone(),
            secret: false,
            on_change: OnChange::Restart,
            origin: path.clone(),
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
        })
    };
    mine.filter_map(of).collect()
}

#[cfg(test)]
mod tests;
