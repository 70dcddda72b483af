//! Addresses that belong to documentation, left over from a preset or a copied example: nothing sent to them arrives.

use crate::kernel::{Diagnostic, Place, text};
use crate::model::node::{Node, Value};
use crate::source::Document;

/// Domains that are reserved for documentation (RFC 2606).
const DOMAINS: [&str; 4] = ["example.org", "example.com", "example.net", "example.edu"];
/// Most addresses that one finding names.
const MOST_NAMED: usize = 5;

/// Reports the example addresses of the file, all in one finding at the first of them.
pub fn check(document: &Document, found: &mut Vec<Diagnostic>) {
    let mut seen: Vec<(String, &Place)> = Vec::new();
    if let Some(root) = &document.root {
        walk(root, &mut seen);
    }
    let Some((_, place)) = seen.first() else { return };
    let place = (*place).clone();
    let mut names: Vec<String> = Vec::new();
    for (name, _) in &seen {
        let name = format!("`{name}`");
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let more = names.split_off(MOST_NAMED.min(names.len()));
    if !more.is_empty() {
        names.push(text::count(more.len(), "other"));
    }
    let verb = if names.len() == 1 { "is an example address" } else { "are example addresses" };
    found.push(
        Diagnostic::warning("SC555", format!("{} {verb}", text::list(&names)))
            .at(place)
            .hint("nothing sent there reaches a receiver; replace them by addresses of yours"),
    );
}

fn walk<'a>(node: &'a Node, seen: &mut Vec<(String, &'a Place)>) {
    match &node.value {
        Value::Null => {}
        Value::Scalar { text, .. } => seen.extend(address(text).map(|address| (address, &node.place))),
        Value::Sequence(items) => items.iter().for_each(|item| walk(item, seen)),
        Value::Mapping(entries) => entries.iter().for_each(|entry| walk(&entry.node, seen)),
    }
}

/// The address in an example domain, without credentials that may stand before it in a URL.
fn address(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let host = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    DOMAINS.iter().find_map(|domain| {
        let at = lower.find(domain)?;
        let (before, rest) = (lower.get(..at)?, lower.get(at + domain.len()..)?);
        let name = before.rfind(|c| !host(c)).map_or(before, |last| before.get(last + 1..).unwrap_or(before));
        let whole = (name.is_empty() || name.ends_with('.')) && !rest.starts_with(host);
        // Only a mail address is shown with what stands before the `@`.
        let user = before.strip_suffix(name).and_then(|before| before.strip_suffix('@'));
        let user = user.filter(|user| !user.contains([':', '/', ' ', ',', '<']));
        whole.then(|| {
            let user = user.map(|user| format!("{user}@")).unwrap_or_default();
            crate::kernel::text::shown(&format!("{user}{name}{domain}"))
        })
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{address, check};
    use crate::source;

    #[test]
    fn example_domains_are_recognised_as_whole_names() {
        for (text, expected) in [
            ("ops@example.org", Some("ops@example.org")),
            ("smtp.example.com:587", Some("smtp.example.com")),
            ("https://siem.example.net/api?x=y", Some("siem.example.net")),
            ("https://user:hunter2@example.org/", Some("example.org")),
            ("Example.ORG", Some("example.org")),
            ("counterexample.org", None),
            ("example.organic", None),
            ("example.org.mycompany.com", None),
            ("my-example.com", None),
            ("db:5432", None),
        ] {
            assert_eq!(address(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn all_of_them_are_one_finding_at_the_first() {
        let text = "\
notify:
  smtp: {smarthost: \"mail.example.org:587\", from: a@example.org}
  receivers: {mail: {email: {to: ops@example.org}}, hook: {webhook: {url: \"http://hooks:1\"}}}
";
        let (document, _) = source::read(text.as_bytes(), "stack.yml", &BTreeMap::new());
        let mut found = Vec::new();
        check(&document, &mut found);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(
            found[0].message,
            "`mail.example.org`, `a@example.org` and `ops@example.org` are example addresses"
        );
        assert_eq!(found[0].place.as_ref().map(|place| (place.line, place.column)), Some((2, 21)));
        assert!(!found[0].is_error());
    }
}
