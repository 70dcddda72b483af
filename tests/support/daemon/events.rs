//! The event stream: what happened, kept from the start, sent as it happens.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::filters::Filters;
use super::http::Response;
use super::router::Call;
use super::world::{Answered, World};

/// Something that happened to an object.
#[derive(Debug, Clone)]
pub(super) struct Event {
    /// `container`, `image`, `network` or `volume`.
    pub(super) kind: &'static str,
    pub(super) action: String,
    pub(super) id: String,
    pub(super) attributes: BTreeMap<String, String>,
    pub(super) at: Timestamp,
}

const FILTERS: [&str; 10] =
    ["type", "event", "container", "image", "label", "network", "volume", "daemon", "scope", "plugin"];

impl World {
    /// Notes an event of a container, with its labels, image and name as attributes.
    pub(super) fn note(&mut self, container: &str, action: &str, extra: &[(&str, String)]) {
        let at = self.now();
        let Ok(found) = self.container(container) else { return };
        let mut attributes = found.labels();
        attributes.insert("image".into(), found.image.clone());
        attributes.insert("name".into(), found.name.clone());
        attributes.extend(extra.iter().map(|(key, value)| ((*key).to_owned(), value.clone())));
        let id = found.id.clone();
        self.events.push(Event { kind: "container", action: action.to_owned(), id, attributes, at });
    }

    /// Notes an event of anything else.
    pub(super) fn note_other(&mut self, kind: &'static str, action: &str, id: &str, extra: &[(&str, &str)]) {
        let at = self.now();
        let attributes = extra.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        self.events.push(Event { kind, action: action.to_owned(), id: id.to_owned(), attributes, at });
    }
}

fn passes(event: &Event, filters: &Filters) -> bool {
    let name = event.attributes.get("name").map_or("", String::as_str);
    let is = |kind: &str| {
        filters.any(kind, |wanted| event.kind == kind && (event.id.starts_with(wanted) || name == wanted))
    };
    let of_image = filters.any("image", |wanted| {
        event.attributes.get("image").is_some_and(|image| image == wanted)
            || event.kind == "image" && (name == wanted || event.id == wanted)
    });
    // `health_status` finds `health_status: healthy`, `exec_create` finds `exec_create: argv`.
    let verb = event.action.split(':').next().unwrap_or_default();
    filters.any("type", |wanted| event.kind == wanted)
        && filters.any("event", |wanted| event.action == wanted || verb == wanted)
        && filters.labels(&event.attributes)
        && is("container")
        && is("network")
        && is("volume")
        && of_image
}

fn render(event: &Event) -> Value {
    let mut value = json!({
        "Type": event.kind, "Action": event.action,
        "Actor": {"ID": event.id, "Attributes": event.attributes},
        "scope": "local", "time": event.at.as_second(),
        "timeNano": i64::try_from(event.at.as_nanosecond()).unwrap_or_default(),
    });
    if event.kind == "container" {
        value["status"] = event.action.clone().into();
        value["id"] = event.id.clone().into();
        value["from"] = event.attributes["image"].clone().into();
    }
    value
}

/// A moment as Docker takes it: seconds with an optional fraction. `None` when it is missing.
pub(super) fn moment_param(text: &str) -> Option<Timestamp> {
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, ""));
    let nanoseconds: String = fraction.chars().chain("000000000".chars()).take(9).collect();
    Timestamp::new(seconds.parse().ok()?, nanoseconds.parse().ok()?).ok()
}

pub(super) fn stream(call: Call) -> Answered<Response> {
    let filters = Filters::read(&call, &FILTERS)?;
    let since = moment_param(call.param("since"));
    let until = moment_param(call.param("until"));
    // Without `since` only what happens from now on; with it the engine's memory of 256 events.
    let mut next = {
        let known = call.server.world().events.len();
        if since.is_some() { known.saturating_sub(256) } else { known }
    };
    Ok(Response::stream("application/json", move |wire| {
        loop {
            let server = call.server.clone();
            let batch = server.wait_for(wire, |world| {
                let over = until.is_some_and(|until| world.frozen.unwrap_or_else(Timestamp::now) > until);
                (over || world.events.len() > next).then(|| (world.events[next..].to_vec(), over))
            })?;
            next += batch.0.len();
            for event in &batch.0 {
                let in_time = since.is_none_or(|since| event.at >= since)
                    && until.is_none_or(|until| event.at <= until);
                if in_time && passes(event, &filters) {
                    wire.chunk(format!("{}\n", render(event)).as_bytes())?;
                }
            }
            if batch.1 {
                return Ok(());
            }
        }
    }))
}
