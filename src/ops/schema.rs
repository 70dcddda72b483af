//! A JSON Schema of `stack.yml`.

use serde_json::{Map, Value, json};

use crate::catalog;
use crate::model::shape::{Field, Kind};

/// A JSON Schema of `stack.yml`, for editors.
pub fn schema() -> Value {
    let mut schema = object(catalog::STACK_FILE);
    if let Value::Object(map) = &mut schema {
        map.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
        map.insert("title".to_owned(), json!("stackctl stack file"));
    }
    schema
}

fn object(fields: &[Field]) -> Value {
    let required: Vec<&str> = fields.iter().filter(|field| field.required).map(|field| field.key).collect();
    let property = |field: &Field| {
        let mut schema = of_kind(field.kind);
        if let Value::Object(map) = &mut schema {
            map.insert("description".to_owned(), json!(field.doc));
            if let Some(value) =
                field.default.and_then(|text| crate::source::scalar::value(text, false, field.kind))
            {
                map.insert("default".to_owned(), value);
            }
        }
        (field.key.to_owned(), schema)
    };
    let properties: Map<String, Value> = fields.iter().map(property).collect();
    let mut schema = json!({
        "type": ["object", "null"],
        "additionalProperties": false,
        "properties": properties,
        // The user's own, such as mappings that are only referred to.
        "patternProperties": { "^x-": {} },
    });
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

fn of_kind(kind: Kind) -> Value {
    if let Some(fields) = catalog::keys_of(kind) {
        return object(&fields);
    }
    let own = plain(kind);
    match kind {
        // A variable takes the type that is wanted when the file is read.
        Kind::List(_) | Kind::OneOrMany(_) | Kind::Map(_) | Kind::NamedMap(_) | Kind::Any | Kind::Text => own,
        // Numbers may be quoted, such as the negative number of a chat.
        Kind::Integer { .. } | Kind::Number | Kind::Port => {
            json!({ "anyOf": [own, { "type": "string", "pattern": "^-?[0-9]+(\\.[0-9]+)?$|\\$\\{" }] })
        }
        _ => json!({ "anyOf": [own, { "type": "string", "pattern": "\\$\\{" }] }),
    }
}

fn plain(kind: Kind) -> Value {
    match kind {
        Kind::Bool => json!({ "type": "boolean" }),
        Kind::Integer { min, max } if max == i64::MAX => json!({ "type": "integer", "minimum": min }),
        Kind::Integer { min, max } => json!({ "type": "integer", "minimum": min, "maximum": max }),
        Kind::Number => json!({ "type": "number" }),
        Kind::Port => json!({ "type": "integer", "minimum": 1, "maximum": 65535 }),
        Kind::Name => json!({ "type": "string", "pattern": NAME }),
        Kind::Duration => json!({ "type": "string", "pattern": "^([0-9]+(ms|[smhdwy]))+$" }),
        Kind::Size => json!({ "type": "string", "pattern": "^[0-9]+([KMGTPEkmgtpe][Ii]?[Bb]?|[Bb])$" }),
        Kind::Memory => json!({
            "type": ["integer", "string"],
            "pattern": "^[0-9]+(\\.[0-9]+)? ?([KMGTkmgt]([Ii]?[Bb])?|[Bb])?$",
            "minimum": 0,
        }),
        Kind::Path => json!({ "type": "string", "pattern": "^/[^?#%\\s]*$" }),
        Kind::Prefix => {
            json!({ "type": "string", "pattern": "^/([A-Za-z0-9._~-]+(/[A-Za-z0-9._~-]+)*/?)?$" })
        }
        Kind::Request => json!({ "type": "string", "pattern": "^https?://[^#]+$" }),
        Kind::Url | Kind::PublicUrl => json!({ "type": "string", "pattern": "^https?://" }),
        Kind::Host => json!({ "type": "string", "pattern": "^[^/ @?#\\[\\]]+$" }),
        Kind::Target | Kind::ScrapeTarget => json!({ "type": "string", "pattern": "^[^/ @?#]+:[0-9]+$" }),
        Kind::OneOf(words) => json!({ "enum": words }),
        Kind::List(of) => json!({ "type": "array", "items": of_kind(*of) }),
        Kind::OneOrMany(of) => json!({ "anyOf": [of_kind(*of), { "type": "array", "items": of_kind(*of) }] }),
        Kind::Map(of) => json!({ "type": "object", "additionalProperties": of_kind(*of) }),
        Kind::NamedMap(of) => {
            json!({ "type": "object", "propertyNames": { "pattern": NAME }, "additionalProperties": of_kind(*of) })
        }
        Kind::Any => json!({}),
        // Scalars that YAML may read as numbers are text here all the same.
        _ => json!({ "type": ["string", "number", "boolean"] }),
    }
}

const NAME: &str = "^[a-z0-9]([a-z0-9-]{0,40}[a-z0-9])?$";

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::schema;

    /// The schema of the setting at this path.
    fn at<'a>(schema: &'a Value, path: &str) -> &'a Value {
        path.split('.').fold(schema, |schema, key| match key {
            "*" => &schema["additionalProperties"],
            "[]" => &schema["items"],
            key => &schema["properties"][key],
        })
    }

    /// Whether a schema of the kinds that are used here takes a value.
    fn takes(schema: &Value, value: &Value) -> bool {
        if let Some(any) = schema["anyOf"].as_array() {
            return any.iter().any(|one| takes(one, value));
        }
        if let Some(words) = schema["enum"].as_array() {
            return words.contains(value);
        }
        let is = |name: &Value| match name.as_str().unwrap_or_default() {
            "boolean" => value.is_boolean(),
            "integer" => value.is_i64(),
            "number" => value.is_number(),
            "string" => value.is_string(),
            "array" => value.is_array(),
            other => panic!("{other}"),
        };
        let of_type = match &schema["type"] {
            Value::Array(names) => names.iter().any(is),
            name => is(name),
        };
        let pattern = schema["pattern"].as_str().map(|text| regex::Regex::new(text).unwrap());
        of_type && value.as_str().is_none_or(|text| pattern.is_none_or(|pattern| pattern.is_match(text)))
    }

    #[test]
    fn a_variable_is_taken_wherever_a_scalar_is() {
        let schema = schema();
        for path in [
            "name",
            "bind",
            "prometheus.enabled",
            "prometheus.port",
            "prometheus.memory",
            "prometheus.scrape_interval",
            "prometheus.retention.size",
            "prometheus.external_url",
            "apps.*.sample_limit",
            "apps.*.honor_labels",
            "apps.*.scheme",
            "apps.*.metrics_path",
            "apps.*.targets.[]",
            "apps.*.health",
            "exporters.custom.*.port",
            "exporters.custom.*.honor_labels",
            "alerts.thresholds.*",
            "notify.smtp.require_tls",
        ] {
            for variable in ["${X}", "${X:-true}", "${HOST}:9090"] {
                assert!(takes(at(&schema, path), &variable.into()), "{path}: {variable}");
            }
        }
        assert!(!takes(at(&schema, "prometheus.port"), &"many".into()));
        assert!(!takes(at(&schema, "apps.*.metrics_path"), &"/x?y=1".into()));
    }

    #[test]
    fn numbers_may_be_quoted() {
        let schema = schema();
        for (path, text) in [
            ("notify.receivers.*.telegram.chat_id", "-1001234567890"),
            ("prometheus.port", "9090"),
            ("alerts.thresholds.*", "0.5"),
        ] {
            assert!(takes(at(&schema, path), &text.into()), "{path}: {text}");
            assert!(!takes(at(&schema, path), &"all".into()), "{path}");
        }
    }

    #[test]
    fn sizes_have_the_forms_that_are_read() {
        let schema = schema();
        let memory = at(&schema, "prometheus.memory");
        for text in ["512m", "1G", "256MiB", "1.5g", "64k"] {
            assert!(takes(memory, &text.into()), "{text}");
        }
        assert!(takes(memory, &134_217_728.into()) && !takes(memory, &"much".into()));
        let size = at(&schema, "prometheus.retention.size");
        assert!(takes(size, &"50GB".into()) && takes(size, &"50G".into()) && !takes(size, &"50".into()));
    }

    #[test]
    fn keys_of_the_user_and_nothing_else_are_let_through() {
        let schema = schema();
        for path in ["", "apps.*", "notify"] {
            let part = if path.is_empty() { &schema } else { at(&schema, path) };
            assert_eq!(part["additionalProperties"], false, "{path}");
            assert!(part["patternProperties"].get("^x-").is_some(), "{path}");
        }
    }
}
