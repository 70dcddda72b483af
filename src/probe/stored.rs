//! Objects that a component keeps in its own store and gives out again: a lifecycle policy, a data view.

use reqwest::Method;
use serde_json::Value;

use super::client::{Body, Peer, Request};
use super::error::ProbeError;
use crate::model::component::{Stored, Write};

/// Writes the object. The component answers 2xx when it has it.
pub async fn write(peer: &Peer<'_>, stored: &Stored, body: &str) -> Result<(), ProbeError> {
    let method = match stored.write {
        Write::Put => Method::PUT,
        Write::Post => Method::POST,
    };
    let request = Request { method, ..Request::post(stored.path, Body::Json(body.to_owned())) };
    peer.send(request).await?.success().map(drop)
}

/// What is rendered and not stored, in words; none when the component has every value of the rendered object. It may
/// have more: components fill in their own defaults.
pub async fn missing(peer: &Peer<'_>, stored: &Stored, body: &str) -> Result<Option<String>, ProbeError> {
    let answer = peer.send(Request::get(stored.read)).await?;
    if answer.code == 404 {
        return Ok(Some(format!("{} is not there", stored.what)));
    }
    let answer: Value = answer.success()?.json(stored.what)?;
    let rendered: Value = serde_json::from_str(body).unwrap_or_default();
    let wanted = rendered.pointer(stored.rendered).unwrap_or(&Value::Null);
    let there = answer.pointer(stored.answered).unwrap_or(&Value::Null);
    Ok((!holds(there, wanted)).then(|| format!("{} is another than the rendered one", stored.what)))
}

/// Whether every value of `wanted` is in `there`.
fn holds(there: &Value, wanted: &Value) -> bool {
    match (there, wanted) {
        (Value::Object(there), Value::Object(wanted)) => {
            wanted.iter().all(|(key, value)| there.get(key).is_some_and(|there| holds(there, value)))
        }
        _ => there == wanted,
    }
}
