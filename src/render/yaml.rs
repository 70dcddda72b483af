//! Values as YAML that every reader understands alike: strings always quoted, as JSON quotes them.

use serde_json::Value;

/// One scalar, or a list or mapping in flow style.
pub fn scalar(value: &Value) -> String {
    // JSON leaves DEL, the C1 controls and two separators as they are; YAML does not allow or folds them.
    value.to_string().chars().fold(String::new(), |mut out, c| {
        if matches!(c, '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}') {
            out.push_str(&format!("\\u{:04x}", c as u32));
        } else {
            out.push(c);
        }
        out
    })
}

/// A value in block style. The first line is not indented, the others are by `indent`.
pub fn block(value: &Value, indent: usize) -> String {
    let pad = " ".repeat(indent);
    match value {
        Value::Object(map) if !map.is_empty() => {
            let line =
                |(key, value): (&String, &Value)| format!("{}:{}", key_text(key), nested(value, indent));
            map.iter().map(line).collect::<Vec<_>>().join(&format!("\n{pad}"))
        }
        Value::Array(items) if !items.is_empty() => {
            let line = |item: &Value| format!("- {}", block(item, indent + 2));
            items.iter().map(line).collect::<Vec<_>>().join(&format!("\n{pad}"))
        }
        other => scalar(other),
    }
}

fn nested(value: &Value, indent: usize) -> String {
    match value {
        Value::Object(map) if !map.is_empty() => {
            format!("\n{}{}", " ".repeat(indent + 2), block(value, indent + 2))
        }
        Value::Array(items) if !items.is_empty() => {
            format!("\n{}{}", " ".repeat(indent + 2), block(value, indent + 2))
        }
        other => format!(" {}", scalar(other)),
    }
}

/// Keys that are plain words stay bare; all others are quoted.
fn key_text(key: &str) -> String {
    let word = key.starts_with(|c: char| c.is_ascii_alphabetic())
        && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let ambiguous = matches!(
        key.to_ascii_lowercase().as_str(),
        "y" | "n" | "yes" | "no" | "on" | "off" | "true" | "false" | "null"
    );
    if word && !ambiguous { key.to_owned() } else { scalar(&Value::String(key.to_owned())) }
}
