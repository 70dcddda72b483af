//! One good and at least one bad example per code, told as the whole finding.

mod alerts;
mod codes;
mod connections;
mod dashboards;
mod expressions;
mod meanings;
mod panels;
mod parser;
mod pitfalls;
mod robust;
mod routes;
mod rule_files;
mod scrape;
mod servers;
mod settings;
mod shipped;
mod slos;
mod targets;

use std::collections::BTreeMap;

use super::check;
use crate::kernel::{Diagnostic, Severity};
use crate::model::artifact::Artifact;
use crate::model::stack::Stack;
use crate::render::{self, Asset, Assets, Inputs, Rendered};
use crate::resolve::{KnownImages, resolve};
use crate::source::{self, Document};

/// A stack that reaches somebody, so that nothing else is found.
const STACK: &str = "notify: {receivers: {mail: {webhook: {url: \"http://x\"}}}}\n";

fn stack_of(text: &str) -> (Document, Stack) {
    let (document, found) = source::read(text.as_bytes(), "stack.yml", &BTreeMap::new());
    assert_eq!(found, [], "{text}");
    let (stack, _) = resolve(&document, None, &KnownImages::new());
    (document, stack)
}

/// The rendered files, with these files of the user laid over the shipped ones.
fn rendered(stack: &Stack, files: &[(&str, &str)]) -> Vec<Artifact> {
    let rendered = render_all(stack, files);
    assert_eq!(rendered.found, []);
    rendered.artifacts
}

fn render_all(stack: &Stack, files: &[(&str, &str)]) -> Rendered {
    let asset = |(path, text): &(&str, &str)| {
        ((*path).to_owned(), Asset { bytes: text.as_bytes().to_vec(), origin: format!("./{path}") })
    };
    let assets = Assets::with_overrides(files.iter().map(asset).collect());
    let (secrets, users) = (BTreeMap::new(), BTreeMap::new());
    render::render_all(&Inputs { stack, assets: &assets, secrets: &secrets, files: &users })
}

/// What is found in the user's files, the rendered configuration and `stack.yml`; shipped rules and dashboards
/// are judged in `shipped`.
pub fn found(stack_file: &str, files: &[(&str, &str)]) -> Vec<String> {
    let (document, stack) = stack_of(stack_file);
    let Rendered { mut artifacts, found } = render_all(&stack, files);
    let content = |path: &str| path.starts_with("rules/") || path.starts_with("dashboards/");
    artifacts.retain(|artifact| artifact.origin.starts_with("./") || !content(&artifact.path));
    found.iter().chain(&check(&document, &stack, &artifacts)).map(line).collect()
}

fn line(diagnostic: &Diagnostic) -> String {
    let place = diagnostic.place.as_ref();
    let place =
        place.map(|p| format!("{}:{}:{}+{}", p.file.trim_start_matches("./"), p.line, p.column, p.width));
    let weight = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    };
    format!(
        "{weight} {} {} {} | {}",
        diagnostic.code,
        place.unwrap_or_else(|| "-".to_owned()),
        diagnostic.message,
        diagnostic.hint.as_deref().unwrap_or("-")
    )
}

/// What is found in one rule file of the user.
fn in_rules(text: &str) -> Vec<String> {
    found(STACK, &[("rules/mine.yml", text)])
}

/// A rule file with one alert that has everything, and this expression.
fn alert(expr: &str) -> String {
    format!(
        "groups:
  - name: mine
    rules:
      - alert: Mine
        expr: {expr}
        labels: {{severity: high, category: test, service: mine}}
        annotations: {{summary: s, description: d, runbook_url: r}}
"
    )
}
