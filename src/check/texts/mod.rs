//! The texts of receivers, which Alertmanager executes as templates when it sends: where each is written, and what can be
//! seen without executing it. The rest is seen by [`Suite`], with the amtool of the image.

mod message;
mod samples;
mod suite;

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::templates::{self, Action, Word};
use crate::catalog;
use crate::kernel::{Diagnostic, text};
use crate::model::node::At;
use crate::model::receiver::{Markup, Setting};
use crate::model::shape::Kind;
use crate::source::Document;

pub use samples::SAMPLES;
pub use suite::{Failed, Group, Suite};

/// A text with an action in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiverText {
    /// Where it is in `stack.yml`, or would be.
    pub at: At,
    /// Receiver, integration and setting: `chat.slack.title`.
    pub name: String,
    /// The text.
    pub text: String,
    /// Executed by the HTML engine.
    pub html: bool,
    /// The user wrote it; else it is the default of the setting.
    pub users: bool,
}

/// The texts of every receiver, in the order of the file.
pub fn of(document: &Document) -> Vec<ReceiverText> {
    let mut texts = Vec::new();
    let here = At::root().key("notify").key("receivers");
    for (receiver, integrations) in &document.config.notify.receivers {
        for (key, value) in integrations {
            let (Some(row), Some(given)) = (catalog::integration(key), value.as_object()) else { continue };
            for setting in row.all().filter(|setting| may_hold_text(setting.kind)) {
                let shipped = setting.default.map(|text| Value::String(text.to_owned()));
                let users = given.contains_key(setting.key);
                let Some(value) = given.get(setting.key).cloned().or(shipped) else { continue };
                let found = ReceiverText {
                    at: here.key(receiver).key(key).key(setting.key),
                    name: format!("{receiver}.{key}.{}", setting.key),
                    text: String::new(),
                    html: is_html(setting, given),
                    users,
                };
                collect(&value, found, &mut texts);
            }
        }
    }
    texts
}

fn may_hold_text(kind: Kind) -> bool {
    matches!(kind, Kind::Text | Kind::Url | Kind::PublicUrl | Kind::Any | Kind::Map(_))
}

fn is_html(setting: &Setting, given: &Map<String, Value>) -> bool {
    match setting.markup {
        Markup::Text => false,
        Markup::Html => true,
        Markup::HtmlWhen(key, wanted) => given.get(key).is_some_and(|value| match value {
            Value::String(text) => text == wanted,
            Value::Bool(on) => wanted == if *on { "true" } else { "false" },
            _ => false,
        }),
    }
}

/// The texts in a value; a payload may be nested.
fn collect(value: &Value, found: ReceiverText, texts: &mut Vec<ReceiverText>) {
    match value {
        Value::String(text) if text.contains("{{") => {
            texts.push(ReceiverText { text: text.clone(), ..found });
        }
        Value::Object(map) => {
            for (key, inner) in map {
                let name = format!("{}.{key}", found.name);
                collect(inner, ReceiverText { at: found.at.key(key), name, ..found.clone() }, texts);
            }
        }
        Value::Array(items) => {
            for (index, inner) in items.iter().enumerate() {
                let name = format!("{}[{index}]", found.name);
                collect(inner, ReceiverText { at: found.at.index(index), name, ..found.clone() }, texts);
            }
        }
        _ => {}
    }
}

impl ReceiverText {
    /// What is wrong with it whatever Alertmanager executes it: an action that is not closed, a template that does not
    /// exist.
    pub fn refused(&self, defined: &BTreeSet<String>, document: &Document) -> Option<Diagnostic> {
        let place = document.value_place(&self.at);
        let Ok(actions) = templates::actions(&self.text) else {
            return Some(unclosed().at(place));
        };
        let own = names(&actions, &["define", "block"]);
        let missing = |name: &String| !defined.contains(name) && !own.contains(name) && !is_built_in(name);
        let name = names(&actions, &["template"]).into_iter().find(missing)?;
        let place = place.map(|place| message::narrow(place, &format!("\"{name}\"")));
        Some(undefined(&name, defined).at(place))
    }
}

/// The finding about an action that has no end.
pub fn unclosed() -> Diagnostic {
    Diagnostic::error("SC468", "the notification template is not closed")
        .hint("close every `{{` with `}}` and every quote within")
}

/// The finding about a name that no template has.
pub fn undefined(name: &str, defined: &BTreeSet<String>) -> Diagnostic {
    let hint = match text::nearest(name, defined.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => {
            format!(
                "add `{{{{ define \"{name}\" }}}}…{{{{ end }}}}` to a file in the notifications directory"
            )
        }
    };
    let message = format!("no notification template defines `{}`", text::shown(name));
    Diagnostic::error("SC468", message).hint(hint)
}

/// The texts that follow one of these keywords.
pub fn names(actions: &[Action<'_>], keywords: &[&str]) -> Vec<String> {
    let pairs = actions.iter().flat_map(|action| action.words.windows(2));
    let name = |pair: &[Word<'_>]| match pair {
        [Word::Function(keyword), Word::Text(name)] if keywords.contains(keyword) => Some((*name).to_owned()),
        _ => None,
    };
    pairs.filter_map(name).collect()
}

/// Templates that Alertmanager has itself.
pub fn is_built_in(name: &str) -> bool {
    name.starts_with("__") || name.contains(".default.")
}
