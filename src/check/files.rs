//! Which rendered files are what, asked of the catalogue's rows, never of component names.

use crate::catalog;
use crate::model::artifact::Artifact;
use crate::model::component::Content;
use crate::model::stack::Stack;

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
        .filter(|(_, file)| file.content == content)
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

/// The name of a file without directory and ending.
pub fn stem(artifact: &Artifact) -> &str {
    let name = artifact.path.rsplit_once('/').map_or(artifact.path.as_str(), |(_, name)| name);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

/// Shipped, or the user's: the stack lists what is shipped, and an embedded file's origin is its own path.
pub fn origin(artifact: &Artifact, shipped: &[String]) -> Origin {
    let embedded = artifact.origin == artifact.path;
    if embedded && shipped.iter().any(|name| name == stem(artifact)) {
        Origin::Shipped
    } else {
        Origin::Users
    }
}

/// The name under which the user finds the file: his own file where the text is delivered as it is, else the
/// rendered one, whose lines are not those of the template.
pub fn name(artifact: &Artifact, templates: &[String]) -> String {
    if templates.iter().any(|name| name == stem(artifact)) {
        format!("{}/{}", artifact.component, artifact.path)
    } else {
        artifact.origin.clone()
    }
}
