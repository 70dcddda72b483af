//! `secrets init`: writes the secret files that stack.yml names and that are not there.

use std::path::PathBuf;

use super::load::{self, Loaded};
use super::{Error, Session};
use crate::kernel::{Prompt, Secret, credentials};
use crate::model::secrets::{InitRow, SecretsInit};
use crate::model::stack::{SecretFile, SecretSource};
use crate::workdir;

/// Settings whose files have more than one line: nobody types them.
const LONG: &[&str] = &["ca_file", "aws_credentials_file"];

/// Asks for each missing secret, or generates those that nothing outside of the stack must know. Files that exist stay.
pub fn init(session: &Session<'_>, prompt: &dyn Prompt, generate: bool) -> Result<SecretsInit, Error> {
    let loaded = load::load(session)?;
    let mut report = SecretsInit::default();
    let mut seen: Vec<&str> = Vec::new();
    let mut wanted: Vec<(&SecretFile, PathBuf, InitRow)> = Vec::new();
    for secret in &loaded.stack.secrets {
        let SecretSource::File(written) = &secret.source else { continue };
        if seen.contains(&written.as_str()) {
            continue;
        }
        seen.push(written);
        let (path, row) = row(&loaded, secret, written);
        if workdir::look_at(&path)?.is_some() {
            report.kept.push(row);
        } else if credentials::is_path(written) && !is_long(secret) {
            wanted.push((secret, path, row));
        } else {
            report.missing.push(row);
        }
    }
    let asks = wanted.iter().any(|(secret, ..)| !(generate && secret.may_generate));
    if asks && !prompt.is_interactive() && !generate {
        let files: Vec<&str> = wanted.iter().map(|(_, _, row)| row.path.as_str()).collect();
        return Err(Error::Usage {
            message: format!("there is no terminal to ask for {}", files.join(", ")),
            hint: "write one secret into each file, mode 0600; `--generate` generates those that only the stack needs to know".to_owned(),
        });
    }
    for (secret, path, row) in wanted {
        match value(secret, &row, prompt, generate)? {
            Some((value, generated)) => {
                workdir::write_new_secret(&path, &value)?;
                report.written.push(InitRow { generated, ..row });
            }
            None => report.missing.push(row),
        }
    }
    Ok(report)
}

fn row(loaded: &Loaded, secret: &SecretFile, written: &str) -> (PathBuf, InitRow) {
    let path = loaded.directory.join(written);
    let path = path.strip_prefix("./").map_or(path.clone(), std::path::Path::to_owned);
    let shown = workdir::shown_path(&path, written);
    (path, InitRow { setting: secret.at.to_string(), path: shown, generated: false })
}

fn is_long(secret: &SecretFile) -> bool {
    let setting = secret.at.to_string();
    LONG.iter().any(|key| setting.ends_with(key))
}

/// What is written, and whether it was generated; none when there is no answer.
fn value(
    secret: &SecretFile,
    row: &InitRow,
    prompt: &dyn Prompt,
    generate: bool,
) -> Result<Option<(Secret, bool)>, Error> {
    let generated = || Ok(Some((workdir::generate()?, true)));
    if generate && secret.may_generate {
        return generated();
    }
    if !prompt.is_interactive() {
        return Ok(None);
    }
    let otherwise = if secret.may_generate { "Enter generates one" } else { "Enter skips it" };
    let answer = prompt.secret(&format!("{} ({}; {otherwise}): ", row.setting, row.path));
    match answer {
        // The end of the input and ^C end the questions, not only this one.
        None => Err(Error::Interrupted {
            exit: crate::kernel::Exit::Interrupted,
            changed: Vec::new(),
            hint: "rerun `stackctl secrets init`: it asks for what is still missing".to_owned(),
        }),
        Some(answer) if answer.is_empty() && secret.may_generate => generated(),
        Some(answer) if answer.is_empty() => Ok(None),
        Some(answer) => Ok(Some((answer, false))),
    }
}
