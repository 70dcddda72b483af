//! `check`: what needs the user's files and, for the judges, the images.

use super::load::{self, Generate, Loaded};
use super::{Error, Session, images, judge, surroundings, texts};
use crate::check;
use crate::kernel::{Diagnostic, text};
use crate::model::artifact::Artifact;
use crate::model::report::{CheckReport, Judged, Verdict};
use crate::workdir;

/// Whether the programs of the images are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judges {
    /// Ask them; what cannot be validated without a daemon is in the report.
    Ask,
    /// Leave them alone.
    Offline,
}

/// Every finding at once, then the judges.
pub async fn check(session: &Session<'_>, judges: Judges) -> Result<CheckReport, Error> {
    let mut loaded = load::load(session)?;
    let mut artifacts = whole(session, &mut loaded)?;
    let mut validated = judge::Validated::default();
    let mut not_validated = None;
    let mut around = Vec::new();
    if judges == Judges::Ask {
        match session.engine().await {
            Ok(engine) => {
                let images = images::look(&engine, &loaded.stack, &[]).await?;
                loaded.with_images(&images::known(&images))?;
                artifacts = whole(session, &mut loaded)?;
                validated = judge::validate(session, &engine, &loaded, &artifacts, &images).await?;
                not_asked(session, &validated.verdicts);
                around = surroundings::check(&engine, &loaded.stack, &loaded.document).await?;
            }
            Err(error @ Error::Usage { .. }) => return Err(error),
            Err(error) => {
                session.warn(format!(
                    "promtool and amtool did not validate the files: {error}; `stackctl check --offline` leaves them out"
                ));
                not_validated = Some(error.to_string());
            }
        }
    }
    if judges == Judges::Offline && texts::are_written(&loaded, &artifacts) {
        session.note(
            "the texts of receivers were not executed: that needs the image of Alertmanager; rerun without --offline",
        );
    }
    let mut diagnostics = loaded.diagnostics;
    diagnostics.extend(around);
    check::example_addresses(&loaded.document, &mut diagnostics);
    diagnostics.extend(check::check(&loaded.document, &loaded.stack, &artifacts));
    let at_static = |found: &Diagnostic| diagnostics.iter().any(|other| same_line(other, found));
    let new: Vec<Diagnostic> = validated.found.into_iter().filter(|found| !at_static(found)).collect();
    diagnostics.extend(new);
    Ok(CheckReport { files: artifacts.len(), diagnostics, judges: validated.verdicts, not_validated })
}

/// An undefined template in a file is found without an image, and again when it is executed.
fn same_line(known: &Diagnostic, found: &Diagnostic) -> bool {
    let line = |d: &Diagnostic| d.place.as_ref().map(|place| (place.file.clone(), place.line));
    let of_text = found.message.ends_with("not defined");
    known.code == "SC468" && of_text && found.place.is_some() && line(known) == line(found)
}

/// The rendered files, or everything that is wrong with them and with the user's files.
fn whole(session: &Session<'_>, loaded: &mut Loaded) -> Result<Vec<Artifact>, Error> {
    let mut rendered = load::render_all(session, loaded, Generate::Nothing)?;
    rendered.read_back();
    if rendered.found.is_empty() { Ok(rendered.artifacts) } else { Err(load::invalid(loaded, rendered)) }
}

fn not_asked(session: &Session<'_>, verdicts: &[Verdict]) {
    let skipped: Vec<&str> = verdicts
        .iter()
        .filter(|v| v.outcome == Judged::Skipped)
        .map(|verdict| verdict.judge.as_str())
        .collect();
    if !skipped.is_empty() {
        session.warn(format!("{} could not be asked: the image is not here", text::list(&skipped)));
    }
}

/// Writes manual pages to a directory; pages of an earlier version are replaced.
pub fn write_pages(directory: &std::path::Path, pages: &[(String, Vec<u8>)]) -> Result<(), Error> {
    Ok(workdir::write_tree(directory, pages)?)
}
