//! Every rendered file is read back as what it claims to be.

use std::sync::Arc;

use crate::kernel::{Diagnostic, Place};
use crate::model::artifact::Artifact;

/// An error when the file is not what its ending says.
pub fn parse_back(artifact: &Artifact) -> Result<(), Diagnostic> {
    let extension = artifact.path.rsplit_once('.').map_or("", |(_, ending)| ending);
    let result = match extension {
        "yml" | "yaml" => yaml(artifact),
        "json" => json(artifact),
        _ => return Ok(()),
    };
    result.map_err(|(message, line, column)| {
        let text = artifact.text().and_then(|t| t.lines().nth(line.saturating_sub(1))).unwrap_or_default();
        let file = format!("{}/{}", artifact.component, artifact.path);
        let place = (!artifact.secret).then(|| Place {
            file: file.clone().into(),
            line: line.max(1),
            column: column.max(1),
            width: 1,
            text: Arc::from(text),
        });
        Diagnostic::error(
            "SC303",
            format!("`{file}`, made from `{}`, cannot be read back: {message}", artifact.origin),
        )
        .at(place)
        .hint("pass every value in a template through the `yaml` filter: [[ value | yaml ]]")
    })
}

type Wrong = (String, usize, usize);

fn yaml(artifact: &Artifact) -> Result<(), Wrong> {
    match serde_yaml::from_slice::<serde_yaml::Value>(&artifact.bytes) {
        Ok(_) => Ok(()),
        Err(error) => {
            let (line, column) = error.location().map_or((1, 1), |at| (at.line(), at.column()));
            Err((error.to_string(), line, column))
        }
    }
}

fn json(artifact: &Artifact) -> Result<(), Wrong> {
    match serde_json::from_slice::<serde_json::Value>(&artifact.bytes) {
        Ok(_) => Ok(()),
        Err(error) => Err((error.to_string(), error.line(), error.column())),
    }
}
