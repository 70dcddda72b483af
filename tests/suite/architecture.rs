//! The shape of the sources: the ladder, one door per crate, no component names in control flow, no long files.

use std::fs;
use std::path::{Path, PathBuf};

use stackctl::catalog;

/// Each module uses only those before it.
const LADDER: [&str; 15] = [
    "kernel",
    "model",
    "catalog",
    "source",
    "resolve",
    "render",
    "check",
    "reconcile",
    "workdir",
    "archive",
    "engine",
    "probe",
    "ops",
    "ui",
    "cli",
];

/// What stands before a module on the ladder and is closed to it all the same.
const CLOSED: [(&str, &[&str]); 3] = [
    ("catalog", &[]),
    ("reconcile", &["catalog", "source", "resolve", "render", "check"]),
    (
        "ui",
        &[
            "catalog",
            "source",
            "resolve",
            "render",
            "check",
            "reconcile",
            "workdir",
            "archive",
            "engine",
            "probe",
            "ops",
        ],
    ),
];

/// A third-party crate and the modules that may name it.
const DOORS: [(&str, &[&str]); 25] = [
    ("annotate_snippets", &["ui"]),
    ("bollard", &["engine"]),
    ("clap", &["cli"]),
    ("clap_complete", &["cli"]),
    ("clap_mangen", &["cli"]),
    ("docker_credential", &["engine"]),
    ("getrandom", &["workdir"]),
    ("http", &["engine"]),
    ("hyper", &["engine"]),
    ("hyper_util", &["engine"]),
    ("indicatif", &["ui"]),
    ("md5", &["kernel"]),
    ("promql_parser", &["check"]),
    ("pulldown_cmark", &["render"]),
    ("regex", &["kernel", "ops", "resolve"]),
    ("reqwest", &["probe"]),
    ("rust_embed", &["render"]),
    ("rustix", &["workdir", "archive", "ui"]),
    ("saphyr_parser", &["source"]),
    ("serde_yaml", &["render", "check", "probe", "ops"]),
    ("strsim", &["kernel"]),
    ("tar", &["engine", "archive"]),
    ("tera", &["render"]),
    ("terminal_size", &["ui"]),
    ("tower_service", &["engine"]),
];

/// Longest file, in lines.
const LONGEST: usize = 400;

struct Source {
    path: PathBuf,
    module: String,
    /// Lines of production code: without comments, and up to the tests at the end.
    lines: Vec<(usize, String)>,
    total: usize,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    walk(&root, &mut found);
    assert!(found.len() > 50, "the sources were not found below {}", root.display());
    found.into_iter().map(|path| read(&root, path)).collect()
}

fn walk(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            walk(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs")
            && name != "tests.rs"
            && !path.components().any(|c| c.as_os_str() == "tests")
        {
            found.push(path);
        }
    }
}

fn read(root: &Path, path: PathBuf) -> Source {
    let text = fs::read_to_string(&path).unwrap();
    let relative = path.strip_prefix(root).unwrap();
    let first = relative.components().next().unwrap().as_os_str().to_string_lossy().into_owned();
    let production = text.lines().take_while(|line| line.trim() != "#[cfg(test)]");
    let lines: Vec<(usize, String)> = production
        .enumerate()
        .map(|(number, line)| (number + 1, line.to_owned()))
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
        .collect();
    Source { module: first.trim_end_matches(".rs").to_owned(), total: text.lines().count(), path, lines }
}

fn position(module: &str) -> Option<usize> {
    LADDER.iter().position(|name| *name == module)
}

#[test]
fn every_module_uses_only_those_above_it_on_the_ladder() {
    let mut wrong = Vec::new();
    for source in sources() {
        let Some(here) = position(&source.module) else { continue };
        let closed = CLOSED
            .iter()
            .find(|(name, _)| *name == source.module)
            .map_or(&[] as &[&str], |(_, closed)| closed);
        for (number, line) in &source.lines {
            for used in line.split("crate::").skip(1) {
                let name: String = used.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                let below = position(&name).is_some_and(|there| there > here);
                if below || closed.contains(&name.as_str()) {
                    wrong.push(format!(
                        "{}:{number}: `{}` may not use `{name}`",
                        source.path.display(),
                        source.module
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_crate_has_its_door() {
    let mut wrong = Vec::new();
    for source in sources() {
        for (krate, doors) in DOORS {
            for (number, line) in &source.lines {
                let uses = line
                    .split(|c: char| !c.is_alphanumeric() && c != '_' && c != ':')
                    .any(|word| word.starts_with(&format!("{krate}::")));
                if uses && !doors.contains(&source.module.as_str()) {
                    wrong.push(format!(
                        "{}:{number}: `{krate}` belongs to {}",
                        source.path.display(),
                        doors.join(" and ")
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_component_is_named_in_control_flow_outside_the_catalogue() {
    let mut wrong = Vec::new();
    for source in sources().into_iter().filter(|source| source.module != "catalog") {
        for (number, line) in &source.lines {
            let decides = ["if ", "match ", "==", "!=", "matches!"].iter().any(|word| line.contains(word));
            for row in catalog::COMPONENTS {
                if decides && line.contains(&format!("\"{}\"", row.name)) {
                    wrong.push(format!("{}:{number}: {}", source.path.display(), line.trim()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_file_is_long() {
    let long: Vec<String> = sources()
        .iter()
        .filter(|source| source.total > LONGEST)
        .map(|source| format!("{}: {} lines", source.path.display(), source.total))
        .collect();
    assert!(long.is_empty(), "{}", long.join("\n"));
}

#[test]
fn every_module_says_what_it_is_for() {
    let silent: Vec<String> = sources()
        .iter()
        .filter(|source| {
            let text = fs::read_to_string(&source.path).unwrap();
            let thin =
                source.path.components().any(|c| c.as_os_str() == "commands" || c.as_os_str() == "views");
            !text.starts_with("//!") && !thin
        })
        .map(|source| source.path.display().to_string())
        .collect();
    assert!(silent.is_empty(), "{}", silent.join("\n"));
}
