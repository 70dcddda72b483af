//! Which rendered files are what, asked of the catalogue's rows, never of component names.

use crate::catalog;
use crate::kernel::Diagnostic;
use crate::model::artifact::{Artifact, Author};
use crate::model::component::Content;
use crate::model::stack::Stack;
use crate::source::LineMap;

/// Who wrote a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// It comes with stackctl: what is wrong in it is our mistake.
    Shipped,
    /// The user added it or put it in the place of a shipped one.
    Users,
}

/// The files that fill a directory of this kind, in the order of the artifacts.
pub fn of<'a>(stack: &Stack, artifacts: &'a [Artifact], content: Content) -> Vec<&'a Artifact> {
    let directories: Vec<(&str, String)> = stack
        .instances
        .iter()
        .filter_map(|instance| instance.row)
        .flat_map(|row| row.files.iter().map(move |file| (row.name, file)))
        .filter(|(_, file)| is_of(file.content, content))
        .map(|(component, file)| (component, format!("{}/", file.path)))
        .collect();
    let within = |artifact: &&Artifact| {
        let inside = |(component, directory): &(&str, String)| {
            artifact.component == *component && artifact.path.starts_with(directory)
        };
        !artifact.secret && directories.iter().any(inside)
    };
    artifacts.iter().filter(within).collect()
}

/// The main configuration file of a component: the first template of its row.
pub fn configuration<'a>(component: &str, artifacts: &'a [Artifact]) -> Option<&'a Artifact> {
    let row = catalog::component(component)?;
    let file = row.files.iter().find(|file| file.content == Content::Template)?;
    artifacts.iter().find(|artifact| artifact.component == component && artifact.path == file.path)
}

/// Dashboards in folders are dashboards, too.
fn is_of(content: Content, wanted: Content) -> bool {
    content == wanted || (wanted == Content::Dashboards && content == Content::DashboardFolders)
}

/// Shipped, or the user's.
pub fn origin(artifact: &Artifact) -> Origin {
    match artifact.author {
        Author::Shipped => Origin::Shipped,
        Author::User { .. } => Origin::Users,
    }
}

/// The name under which the user finds a rule file: his own file, or the rendered one, whose lines are not those of the
/// shipped template.
pub fn name(artifact: &Artifact) -> String {
    match artifact.author {
        Author::Shipped => format!("{}/{}", artifact.component, artifact.path),
        Author::User { .. } => artifact.origin.clone(),
    }
}

/// The lines of the user's template of a file, when the file is not its very text.
pub fn template_lines(artifact: &Artifact) -> Option<LineMap> {
    match &artifact.author {
        Author::User { template: Some(template) } => Some(LineMap::new(artifact.text()?, template)),
        _ => None,
    }
}

/// Findings in files that were made from templates of the user, at the places of the templates.
pub fn to_templates(artifacts: &[Artifact], found: &mut [Diagnostic]) {
    if found.is_empty() {
        return;
    }
    for artifact in artifacts {
        if let Some(lines) = template_lines(artifact) {
            lines.apply(&artifact.origin, found);
        }
    }
}
