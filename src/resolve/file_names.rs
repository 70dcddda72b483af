//! Names of delivered files that `stack.yml` chooses. Each becomes a path below the component's configuration directory and
//! below the directory of `render --out`, and must not lead out of them.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use crate::kernel::{Diagnostic, text};
use crate::model::config::Custom;
use crate::model::node::At;
use crate::source::Document;

/// Longest name of one file or directory that Linux takes, in bytes.
const LONGEST_PART: usize = 255;
/// Longest path, in bytes; it leaves room for the directory it is below.
const LONGEST: usize = 2048;
/// Directory of the files with secrets.
const SECRETS: &str = "secrets";

/// Reports names of `files` and `secret_files` that are no paths below a directory, and names that exclude each other.
pub fn check(custom: &Custom, document: &Document, here: &At, found: &mut Vec<Diagnostic>) {
    let plain = custom.files.keys().map(|name| (name.clone(), here.key("files").key(name), name));
    let secret = custom
        .secret_files
        .keys()
        .map(|name| (format!("{SECRETS}/{name}"), here.key("secret_files").key(name), name));
    let mut delivered: BTreeMap<String, At> = BTreeMap::new();
    for (path, at, name) in plain.chain(secret) {
        if let Some(problem) = problem(name) {
            let message = format!("`{}` cannot be the name of a file: {problem}", text::shown(name));
            found.push(Diagnostic::error("SC534", message).at(document.place(&at)).hint(
                "write a path below the directory of the files, such as `config.yml` or `conf.d/a.yml`",
            ));
            continue;
        }
        match delivered.entry(path) {
            Entry::Vacant(free) => {
                free.insert(at);
            }
            Entry::Occupied(other) => found.push(
                Diagnostic::error(
                    "SC535",
                    format!(
                        "`{}` is defined twice, in `files` and in `secret_files`",
                        text::shown(other.key())
                    ),
                )
                .at(document.place(&at))
                .hint("rename one of them; `secret_files` are below `secrets/`"),
            ),
        }
    }
    for (path, at) in &delivered {
        let directories = path.match_indices('/').filter_map(|(end, _)| path.get(..end));
        if let Some(file) = directories.into_iter().find(|directory| delivered.contains_key(*directory)) {
            let message = format!(
                "`{}` is a file, and `{}` needs a directory of that name",
                text::shown(file),
                text::shown(path)
            );
            found.push(
                Diagnostic::error("SC535", message).at(document.place(at)).hint("rename one of the two"),
            );
        }
    }
}

/// Why a name cannot be used.
fn problem(name: &str) -> Option<&'static str> {
    let parts = || name.split('/');
    if name.is_empty() {
        Some("it is empty")
    } else if name.starts_with('/') {
        Some("it is absolute")
    } else if parts().any(|part| part == "..") {
        Some("`..` leads out of the directory")
    } else if parts().any(|part| matches!(part, "" | ".")) {
        Some("a part of it is empty or `.`")
    } else if name.chars().any(text::is_invisible) {
        Some("it has an invisible character")
    } else if name.len() > LONGEST || parts().any(|part| part.len() > LONGEST_PART) {
        Some("it is too long")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use crate::resolve::{KnownImages, resolve};
    use crate::source;

    fn findings(section: &str) -> Vec<String> {
        let text = format!("exporters:\n  custom:\n    x:\n      image: a:1\n      port: 1\n{section}");
        let (document, found) = source::read(text.as_bytes(), "stack.yml", &BTreeMap::new());
        assert_eq!(found, [], "{text}");
        let (_, found) = resolve(&document, None, &KnownImages::new());
        let line = |d: &crate::kernel::Diagnostic| {
            let place = d.place.as_ref().unwrap();
            format!("{} {}:{} {}", d.code, place.line, place.column, d.message)
        };
        found.iter().filter(|d| d.code.starts_with("SC53")).map(line).collect()
    }

    #[test]
    fn names_that_are_no_paths_below_the_directory_are_findings_with_their_place() {
        let long = "x".repeat(256);
        for (name, reason) in [
            ("../../../victim/.ssh/authorized_keys", "`..` leads out of the directory"),
            ("a/../../b", "`..` leads out of the directory"),
            ("..", "`..` leads out of the directory"),
            ("/etc/cron.d/x", "it is absolute"),
            ("", "it is empty"),
            (".", "a part of it is empty or `.`"),
            ("./a", "a part of it is empty or `.`"),
            ("a//b", "a part of it is empty or `.`"),
            ("a/", "a part of it is empty or `.`"),
            (long.as_str(), "it is too long"),
        ] {
            for key in ["files", "secret_files"] {
                let shown = crate::kernel::text::shown(name);
                assert_eq!(
                    findings(&format!("      {key}:\n        \"{name}\": k\n")),
                    [format!("SC534 7:9 `{shown}` cannot be the name of a file: {reason}")],
                    "{key}"
                );
            }
        }
        assert_eq!(
            findings("      files: {\"a\\nb\": k}\n"),
            ["SC534 6:15 `a\\nb` cannot be the name of a file: it has an invisible character"]
        );
    }

    #[test]
    fn a_file_and_a_directory_of_one_name_are_a_finding() {
        assert_eq!(
            findings("      files: {a: k, a/b: k, c: k, cd/e: k}\n"),
            ["SC535 6:21 `a` is a file, and `a/b` needs a directory of that name"]
        );
        assert_eq!(
            findings("      files: {secrets: k}\n      secret_files: {p: k}\n"),
            ["SC535 7:22 `secrets` is a file, and `secrets/p` needs a directory of that name"]
        );
        assert_eq!(
            findings("      files: {secrets/p: k}\n      secret_files: {p: k}\n"),
            ["SC535 7:22 `secrets/p` is defined twice, in `files` and in `secret_files`"]
        );
    }

    #[test]
    fn usual_names_are_taken() {
        assert_eq!(
            findings("      files: {a.yml: k, conf.d/..a: k, \"a b\": k, .b: k, \"...\": k}\n"),
            [""; 0]
        );
    }
}
