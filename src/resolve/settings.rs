//! The settings of a component: what `stack.yml` says, then the defaults of the rows.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::catalog;
use crate::kernel::units;
use crate::model::shape::{Field, Kind};
use crate::source::scalar;

/// Settings by key; nested objects with dots (`retention.time`).
pub fn flatten(given: &Map<String, Value>, fields: &[Field]) -> BTreeMap<String, Value> {
    let mut flat = BTreeMap::new();
    add("", given, fields, &mut flat);
    flat
}

fn add(prefix: &str, given: &Map<String, Value>, fields: &[Field], flat: &mut BTreeMap<String, Value>) {
    for field in fields {
        let key = format!("{prefix}{}", field.key);
        if let Kind::Object(inner) = field.kind {
            let empty = Map::new();
            let given = given.get(field.key).and_then(Value::as_object).unwrap_or(&empty);
            add(&format!("{key}."), given, inner, flat);
        } else if let Some(value) = given.get(field.key).cloned().or_else(|| default(field)) {
            flat.insert(key, value);
        }
    }
}

fn default(field: &Field) -> Option<Value> {
    field.default.and_then(|text| scalar::value(text, false, field.kind))
}

/// A scrape timeout that nobody set is never longer than the scrape interval, which Prometheus refuses.
pub fn fit_timeout(given: &Map<String, Value>, values: &mut BTreeMap<String, Value>) {
    let duration = |key: &str| values.get(key).and_then(Value::as_str).and_then(units::parse_duration);
    if let (Some(interval), Some(timeout)) = (duration("scrape_interval"), duration("scrape_timeout"))
        && timeout > interval
        && !given.contains_key("scrape_timeout")
    {
        values.insert("scrape_timeout".to_owned(), Value::String(units::format_duration(interval)));
    }
}

/// Keys of a component's settings.
pub fn fields(component: &'static str) -> Vec<Field> {
    catalog::keys_of(Kind::Component(component)).unwrap_or_default()
}
