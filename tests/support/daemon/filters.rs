//! The `filters` parameter: a JSON object of names to accepted values.

use std::collections::BTreeMap;

use regex::Regex;
use serde_json::Value;

use super::router::Call;
use super::world::{Answered, Refusal};

/// Filters of one request.
pub(super) struct Filters(BTreeMap<String, Vec<String>>);

impl Filters {
    /// Reads the filters and refuses those that the endpoint does not know.
    pub(super) fn read(call: &Call, known: &[&str]) -> Answered<Self> {
        let text = call.param("filters");
        if text.is_empty() {
            return Ok(Self(BTreeMap::new()));
        }
        let value: Value = serde_json::from_str(text)
            .map_err(|error| Refusal::new(500, format!("invalid filters: {error}")))?;
        let mut filters = BTreeMap::new();
        for (name, values) in value.as_object().into_iter().flatten() {
            if !known.contains(&name.as_str()) {
                let invalid = call.server.world().engine.either("Invalid", "invalid");
                return Err(Refusal::new(400, format!("{invalid} filter '{name}'")));
            }
            // Docker 1.21 and older wrote {"label": {"a=b": true}}; the daemon still takes it.
            let values = match values {
                Value::Object(set) => set.keys().cloned().collect(),
                other => super::world::list(other),
            };
            filters.insert(name.clone(), values);
        }
        Ok(Self(filters))
    }

    pub(super) fn values(&self, name: &str) -> &[String] {
        self.0.get(name).map_or(&[], Vec::as_slice)
    }

    /// No filter of that name, or one of its values passes the test.
    pub(super) fn any(&self, name: &str, test: impl Fn(&str) -> bool) -> bool {
        let values = self.values(name);
        values.is_empty() || values.iter().any(|value| test(value))
    }

    /// No filter of that name, or one of its values occurs in the text: as it is, or as a regular expression.
    pub(super) fn matches(&self, name: &str, text: &str) -> bool {
        self.any(name, |value| {
            text.contains(value) || Regex::new(value).is_ok_and(|pattern| pattern.is_match(text))
        })
    }

    /// Every `label` filter holds: `key` or `key=value`.
    pub(super) fn labels(&self, labels: &BTreeMap<String, String>) -> bool {
        self.values("label").iter().all(|wanted| match wanted.split_once('=') {
            Some((key, value)) => labels.get(key).is_some_and(|found| found == value),
            None => labels.contains_key(wanted),
        })
    }
}
