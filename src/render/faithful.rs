//! Every rendered file is read back as what it claims to be.

use std::sync::Arc;

use crate::kernel::{Diagnostic, Place};
use crate::model::artifact::{Artifact, Author};
use crate::source::{self, LineMap};

/// An error when the file is not what its ending says.
pub fn parse_back(artifact: &Artifact) -> Result<(), Diagnostic> {
    let extension = artifact.path.rsplit_once('.').map_or("", |(_, ending)| ending);
    let result = match extension {
        "yml" | "yaml" => yaml(artifact),
        "json" => json(artifact),
        _ => return Ok(()),
    };
    result.map_err(|(message, line, column)| match &artifact.author {
        Author::User { template: None } => users(artifact, &message, line, column),
        Author::User { template: Some(template) } => {
            let map = LineMap::new(artifact.text().unwrap_or_default(), template);
            let mut found = [filled(artifact, &artifact.origin, (&message, line, column))];
            map.apply(&artifact.origin, &mut found);
            let [found] = found;
            found
        }
        Author::Shipped => {
            filled(artifact, &format!("{}/{}", artifact.component, artifact.path), (&message, line, column))
        }
    })
}

/// A template, filled: `file` is where its lines are.
fn filled(artifact: &Artifact, file: &str, (message, line, column): (&str, usize, usize)) -> Diagnostic {
    let text = artifact.text().and_then(|t| t.lines().nth(line.saturating_sub(1))).unwrap_or_default();
    let place = (!artifact.secret).then(|| Place {
        file: file.into(),
        line: line.max(1),
        column: column.max(1),
        width: 1,
        text: Arc::from(text),
    });
    let delivered = format!("{}/{}", artifact.component, artifact.path);
    Diagnostic::error(
        "SC303",
        format!("`{delivered}`, made from `{}`, cannot be read back: {message}", artifact.origin),
    )
    .at(place)
    .hint("pass every value in a template through the `yaml` filter: [[ value | yaml ]]")
}

/// A file of the user's that is delivered as it is has the user's lines.
fn users(artifact: &Artifact, message: &str, line: usize, column: usize) -> Diagnostic {
    let text = artifact.text().and_then(|t| t.lines().nth(line.saturating_sub(1))).unwrap_or_default();
    let file = artifact.origin.as_str();
    let place =
        Place { file: file.into(), line: line.max(1), column: column.max(1), width: 1, text: text.into() };
    Diagnostic::error("SC303", format!("`{file}` cannot be read: {message}"))
        .at(place)
        .hint("its ending says that it is YAML or JSON: fix it there, or give it another ending")
}

type Wrong = (String, usize, usize);

fn too_deep() -> String {
    format!("nested deeper than {} levels", source::MAX_DEPTH)
}

fn yaml(artifact: &Artifact) -> Result<(), Wrong> {
    let text = artifact.text().unwrap_or_default();
    if let Some(place) = source::yaml_too_deep(text, &"".into()).and_then(|found| found.place) {
        return Err((too_deep(), place.line, place.column));
    }
    match serde_yaml::from_slice::<serde_yaml::Value>(&artifact.bytes) {
        Ok(_) => Ok(()),
        Err(error) => {
            let (line, column) = error.location().map_or((1, 1), |at| (at.line(), at.column()));
            Err((error.to_string(), line, column))
        }
    }
}

fn json(artifact: &Artifact) -> Result<(), Wrong> {
    let text = artifact.text().unwrap_or_default();
    if let Some(place) = source::json_too_deep(text, &"".into()).and_then(|found| found.place) {
        return Err((too_deep(), place.line, place.column));
    }
    match serde_json::from_slice::<serde_json::Value>(&artifact.bytes) {
        Ok(_) => Ok(()),
        Err(error) => Err((error.to_string(), error.line(), error.column())),
    }
}
