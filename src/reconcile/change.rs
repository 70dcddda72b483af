//! Why a container is no longer the one that is meant.

use serde_json::Value;

use crate::kernel::{digest, units};
use crate::model::observed::{Observed, SeenContainer};
use crate::model::stack::{Instance, Stack};

/// The specification as the label holds it.
pub fn spec_json(instance: &Instance) -> String {
    serde_json::to_string(&instance.spec).unwrap_or_default()
}

/// The cause for a replacement; none when the container is the one that is meant.
pub fn cause(
    stack: &Stack,
    instance: &Instance,
    seen: &SeenContainer,
    observed: &Observed,
) -> Option<String> {
    let json = spec_json(instance);
    if digest::spec(&json) != seen.spec {
        return Some(difference(&seen.spec_json, &json));
    }
    if let Some(image) = observed.images.get(&instance.name)
        && image.id != seen.image_id
    {
        return Some(format!("`{}` is another image now", image.reference));
    }
    let Some(network) = observed.network(&stack.name) else {
        return Some("its network is gone".to_owned());
    };
    let uses_gateway = instance.spec.host_network || !instance.spec.host_names.is_empty();
    if uses_gateway && network.gateway != seen.gateway {
        let text = |gateway: &Option<String>| gateway.clone().unwrap_or_else(|| "none".to_owned());
        return Some(format!("network gateway {} → {}", text(&seen.gateway), text(&network.gateway)));
    }
    None
}

/// The fields of the specification that differ, with their values where they are short.
fn difference(before: &str, after: &str) -> String {
    let (Ok(Value::Object(before)), Ok(Value::Object(after))) =
        (serde_json::from_str(before), serde_json::from_str(after))
    else {
        return "container settings changed".to_owned();
    };
    let changed: Vec<String> = after
        .iter()
        .filter(|(key, value)| before.get(*key) != Some(value))
        .map(|(key, value)| field(key, before.get(key).unwrap_or(&Value::Null), value))
        .collect();
    if changed.is_empty() { "container settings changed".to_owned() } else { changed.join(", ") }
}

/// The field that is a number of bytes.
const MEMORY: &str = "memory";

fn field(key: &str, before: &Value, after: &Value) -> String {
    match (before, after) {
        (Value::Array(before), Value::Array(after)) => {
            let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let gone =
                before.iter().filter(|item| !after.contains(item)).map(|item| format!("-{}", text(item)));
            let new =
                after.iter().filter(|item| !before.contains(item)).map(|item| format!("+{}", text(item)));
            let all: Vec<String> = gone.chain(new).collect();
            if all.is_empty() { format!("{key} reordered") } else { format!("{key} {}", all.join(" ")) }
        }
        (Value::Object(_), _) | (_, Value::Object(_)) => match (address(before), address(after)) {
            (Some(before), Some(after)) => format!("{key} {before} → {after}"),
            _ => format!("{key} changed"),
        },
        (Value::Number(before), Value::Number(after)) if key == MEMORY => {
            let size = |n: &serde_json::Number| units::format_bytes(n.as_u64().unwrap_or(0));
            format!("{key} {} → {}", size(before), size(after))
        }
        _ => format!("{key} {} → {}", plain(before), plain(after)),
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// `127.0.0.1:9090` of a published port; `none` when there is none.
fn address(value: &Value) -> Option<String> {
    match value {
        Value::Null => Some("none".to_owned()),
        Value::Object(map) => Some(format!("{}:{}", map.get("ip")?.as_str()?, map.get("port")?)),
        _ => None,
    }
}
