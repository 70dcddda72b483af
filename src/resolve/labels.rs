//! Label names that routes and groups use: one that Prometheus cannot have matches nothing for ever.

use crate::catalog;
use crate::kernel::{Diagnostic, text};
use crate::model::node::At;
use crate::model::stack::Stack;
use crate::source::Document;

/// First version of Prometheus whose labels may have any name in UTF-8.
const UTF8: &str = "3.0";

/// True for the names that every version takes: `[a-zA-Z_][a-zA-Z0-9_]*`.
pub fn is_plain(name: &str) -> bool {
    let inner = |c: char| c.is_ascii_alphanumeric() || c == '_';
    name.chars().all(inner) && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
}

/// Refuses a name that no alert of this stack can have. `place` is that of the key or of the value.
pub fn check(
    name: &str,
    stack: &Stack,
    (document, at): (&Document, &At),
    found: &mut Vec<Diagnostic>,
) -> bool {
    if is_plain(name) {
        return true;
    }
    let place = document.place(at);
    let wrong = |message: String, hint: String| Diagnostic::error("SC524", message).at(place).hint(hint);
    if name.trim().is_empty() || name.contains(char::is_control) {
        let message = format!("`{}` is not a label name", text::shown(name));
        found.push(wrong(message, "use letters, digits and `_`".to_owned()));
        return false;
    }
    let version = stack.instance(catalog::SCRAPER).and_then(|instance| instance.version.as_ref());
    if let Some(version) = version.filter(|version| !version.since(UTF8)) {
        let message = format!("`{}` is not a label name of Prometheus {version}", text::shown(name));
        let hint = format!(
            "write `{}`: letters, digits and `_`; other characters need Prometheus {UTF8}",
            text::shown(&plain(name))
        );
        found.push(wrong(message, hint));
        return false;
    }
    // `severity="critical"` as a key is a matcher in the place of a name.
    if name.contains(['=', '~', '"', '{', '}', ',']) {
        let message = format!("`{}` is not a label name", text::shown(name));
        found.push(wrong(message, "write `label: value`; a value is compared as it is".to_owned()));
        return false;
    }
    true
}

/// The nearest name that every version takes.
fn plain(name: &str) -> String {
    let kept: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    if kept.starts_with(|c: char| c.is_ascii_digit()) { format!("_{kept}") } else { kept }
}

/// The labels that make one notification out of many alerts: `...` stands for all of them.
pub fn group_by(stack: &Stack, document: &Document, found: &mut Vec<Diagnostic>) {
    let Some(names) = &document.config.notify.group_by else { return };
    let here = At::root().key("notify").key("group_by");
    let mut seen: Vec<&str> = Vec::new();
    for (index, name) in names.iter().enumerate() {
        let at = here.index(index);
        let refused = |message: String, hint: &str| {
            Diagnostic::error("SC524", message).at(document.value_place(&at)).hint(hint)
        };
        if name == "..." {
            if names.len() > 1 {
                let hint = "keep `...` alone, or remove it";
                found.push(refused(
                    "`...` groups by all labels and takes no others beside it".to_owned(),
                    hint,
                ));
            }
        } else if seen.contains(&name.as_str()) {
            let message = format!("the label `{}` is listed twice", text::shown(name));
            found.push(refused(message, "remove one of them"));
        } else {
            check(name, stack, (document, &at), found);
        }
        seen.push(name);
    }
}
