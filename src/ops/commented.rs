//! The commented `stack.yml` of `init`: the whole shape, and nothing but the name set.
//!
//! Sections are open, with all their settings commented out, so that each of those lines is valid on its own without its
//! `#`. Words that are no setting begin with `##`.

use crate::catalog;
use crate::model::component::{Component, Publish};
use crate::model::shape::{Field, Kind};

const HEAD: &str = "\
## stack.yml: what stackctl renders, runs and proves. Every key is optional, and what is commented out is the
## default or an example. Any line is valid without its `#`. `stackctl check` finds mistakes, `stackctl plan`
## shows what `up` would change.
";

/// The text of the file for a stack of this name.
pub fn commented(name: &str) -> String {
    let mut out = String::from(HEAD);
    for (position, field) in catalog::STACK_FILE.iter().enumerate() {
        out.push('\n');
        if position == 0 {
            out.push_str(&format!("{}: {name}  # {}\n", field.key, field.doc));
        } else {
            describe(field, field.key, 0, &mut out);
        }
    }
    out
}

fn describe(field: &Field, path: &str, depth: usize, out: &mut String) {
    let pad = "  ".repeat(depth);
    let line = |mark: &str, value: &str| format!("{pad}{mark}{}:{value}  # {}\n", field.key, field.doc);
    if let Some(example) = example(path) {
        out.push_str(&line("# ", &format!(" {example}")));
        return;
    }
    match (component(field), catalog::keys_of(field.kind)) {
        // Open, it would be in the stack.
        (Some(row), _) if !row.default_on => out.push_str(&line("# ", " {}")),
        (row, Some(fields)) => {
            out.push_str(&line("", ""));
            for inner in fields {
                let path = format!("{path}.{}", inner.key);
                match row.and_then(|row| of_component(row, &inner)) {
                    Some(value) => {
                        out.push_str(&format!("{pad}  # {}: {value}  # {}\n", inner.key, inner.doc));
                    }
                    None => describe(&inner, &path, depth + 1, out),
                }
            }
        }
        (_, None) => match value(field) {
            Some(value) => out.push_str(&line("# ", &format!(" {value}"))),
            // Only valid with a file, or with something else that only the user knows.
            None => out.push_str(&line("## ", &format!(" {}", field.kind.describe()))),
        },
    }
}

fn example(path: &str) -> Option<&'static str> {
    catalog::EXAMPLES.iter().find(|(known, _)| *known == path).map(|(_, value)| *value)
}

/// The component whose settings these are; the sections of the core components are named after them.
fn component(field: &Field) -> Option<&'static Component> {
    match field.kind {
        Kind::Component(name) => catalog::component(name),
        Kind::Rows(_) => catalog::component(field.key),
        _ => None,
    }
}

/// The value of a setting that is different for each component.
fn of_component(row: &Component, field: &Field) -> Option<String> {
    let port = match row.publish {
        Publish::At(port) => port,
        Publish::Inside => row.port,
    };
    match field.key {
        "version" => Some(row.image.tag.to_owned()),
        "image" => Some(format!("\"{}:{}\"", row.image.repository, row.image.tag)),
        "port" => Some(port.to_string()),
        "memory" => Some(format!("{}MiB", row.memory >> 20)),
        key if row.reached_at == Some(key) => Some(format!("http://localhost:{port}")),
        _ => None,
    }
}

/// The default of a setting, or a value that means the same as leaving it out.
fn value(field: &Field) -> Option<String> {
    if let Some(default) = field.default {
        return Some(default.to_owned());
    }
    match field.kind {
        Kind::List(_) | Kind::OneOrMany(_) => Some("[]".to_owned()),
        Kind::Map(_) | Kind::NamedMap(_) => Some("{}".to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::commented;
    use crate::kernel::diagnostic::any_error;
    use crate::resolve::{KnownImages, resolve};
    use crate::source::{self, Document};

    /// What is wrong with a file, and the names of what would run.
    fn read(text: &str) -> (Vec<String>, Vec<String>) {
        let (document, mut found) = source::read(text.as_bytes(), "stack.yml", &BTreeMap::new());
        let (stack, more) = resolve(&document, None, &KnownImages::new());
        found.extend(more);
        let errors = found.iter().filter(|finding| finding.is_error()).map(|finding| finding.message.clone());
        (errors.collect(), stack.instances.iter().map(|instance| instance.name.clone()).collect())
    }

    /// A line that is commented out, without its mark; none for words.
    fn setting(line: &str) -> Option<String> {
        let (before, after) = line.split_once("# ")?;
        before.trim().is_empty().then(|| format!("{before}{after}"))
    }

    #[test]
    fn as_it_is_it_is_the_default_stack() {
        let (document, found) = source::read(commented("shop").as_bytes(), "stack.yml", &BTreeMap::new());
        assert_eq!(found, []);
        let (stack, _) = resolve(&document, None, &KnownImages::new());
        let (default, _) = resolve(&Document::default(), Some("shop"), &KnownImages::new());
        assert_eq!(stack.name, "shop");
        assert_eq!(format!("{:?}", stack.instances), format!("{:?}", default.instances));
    }

    #[test]
    fn every_line_is_valid_without_its_mark() {
        let text = commented("shop");
        let lines: Vec<&str> = text.lines().collect();
        let mut tried = 0;
        for (at, line) in lines.iter().enumerate() {
            let Some(setting) = setting(line) else { continue };
            tried += 1;
            let mut changed: Vec<&str> = lines.clone();
            changed[at] = &setting;
            let (errors, _) = read(&changed.join("\n"));
            assert_eq!(errors, Vec::<String>::new(), "{setting}");
        }
        assert!(tried > 50, "{tried}");
        for part in ["# port: 9090", "# port: 9093", "# port: 3000", "# bind: 127.0.0.1"] {
            assert!(text.contains(part), "{part} is not in {text}");
        }
    }

    #[test]
    fn all_lines_together_are_valid() {
        let all: Vec<String> =
            commented("shop").lines().map(|line| setting(line).unwrap_or_else(|| line.to_owned())).collect();
        let (document, found) = source::read(all.join("\n").as_bytes(), "stack.yml", &BTreeMap::new());
        assert!(!any_error(&found), "{found:#?}");
        let (errors, names) = read(&all.join("\n"));
        assert_eq!(errors, Vec::<String>::new());
        assert!(names.len() > 8 && document.config.apps.contains_key("shop"), "{names:?}");
    }

    #[test]
    fn words_stay_comments_when_one_mark_is_taken_away() {
        for line in commented("shop").lines().filter(|line| line.trim_start().starts_with("##")) {
            assert!(line.trim_start().get(1..).is_some_and(|rest| rest.starts_with('#')), "{line}");
        }
    }
}
