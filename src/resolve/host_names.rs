//! Names of components that are too long for a name server.

use super::instance::place_of;
use crate::kernel::{Diagnostic, text};
use crate::model::stack::Stack;
use crate::source::Document;

/// Longest label of a name (RFC 1035).
const LONGEST: usize = 63;

/// Reports components that the others cannot look up: the first label of their name is that of the container.
pub fn check(stack: &Stack, document: &Document, found: &mut Vec<Diagnostic>) {
    for instance in stack.instances.iter().filter(|instance| instance.spec.name.len() > LONGEST) {
        let (name, length) = (text::shown(&instance.spec.name), instance.spec.name.len());
        found.push(
            Diagnostic::error("SC231", format!("the name `{name}` has {length} characters, and no name server takes more than {LONGEST}"))
                .at(document.place(&place_of(instance)))
                .hint(format!(
                    "choose a shorter name for the exporter or for the stack: both together may have {} characters",
                    LONGEST - 1
                )),
        );
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use crate::resolve::{KnownImages, resolve};
    use crate::source;

    #[test]
    fn a_name_that_cannot_be_looked_up_is_refused() {
        for (length, refused) in [(20, false), (21, true)] {
            let exporter = "e".repeat(length);
            let text = format!(
                "name: {}\nexporters:\n  custom:\n    {exporter}: {{image: \"i:1\", port: 1}}\n",
                "s".repeat(42)
            );
            let (document, found) = source::read(text.as_bytes(), "stack.yml", &BTreeMap::new());
            assert_eq!(found, []);
            let (_, found) = resolve(&document, None, &KnownImages::new());
            let found = found.iter().find(|finding| finding.code == "SC231");
            assert_eq!(found.is_some(), refused, "{length}");
            if let Some(found) = found {
                assert_eq!(found.place.as_ref().map(|place| place.line), Some(4));
            }
        }
    }
}
