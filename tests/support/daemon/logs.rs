//! A container's log: frames of stdout and stderr, the last lines, a span of time, and following until it ends.

use super::events::moment_param;
use super::http::Response;
use super::router::Call;
use super::world::{Answered, LogLine, LogStream, Refusal};

/// A frame of a multiplexed stream: the kind, three zeros, the length, the bytes.
pub(super) fn frame(stream: LogStream, bytes: &[u8]) -> Vec<u8> {
    let kind = match stream {
        LogStream::Stdout => 1,
        LogStream::Stderr => 2,
    };
    let mut framed = vec![kind, 0, 0, 0];
    framed.extend(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
    framed.extend(bytes);
    framed
}

/// Which lines were asked for, and how they are written.
struct Selection {
    streams: Vec<LogStream>,
    timestamps: bool,
    raw: bool,
    since: Option<jiff::Timestamp>,
    until: Option<jiff::Timestamp>,
}

impl Selection {
    fn render(&self, line: &LogLine) -> Vec<u8> {
        let wanted = self.streams.contains(&line.stream);
        let early = self.since.is_some_and(|since| line.at < since);
        let late = self.until.is_some_and(|until| line.at > until);
        if !wanted || early || late {
            return Vec::new();
        }
        let stamp = if self.timestamps { format!("{:.9} ", line.at) } else { String::new() };
        let text = format!("{stamp}{}{}", line.line, if line.ends { "\n" } else { "" });
        if self.raw { text.into_bytes() } else { frame(line.stream, text.as_bytes()) }
    }
}

fn moment(text: &str) -> Answered<Option<jiff::Timestamp>> {
    let zero = |at: &jiff::Timestamp| at.as_nanosecond() != 0;
    match (text, moment_param(text)) {
        ("", _) => Ok(None),
        (_, None) => Err(Refusal::new(500, format!("strconv.ParseInt: parsing \"{text}\": invalid syntax"))),
        (_, at) => Ok(at.filter(zero)),
    }
}

pub(super) fn stream(call: Call, id: &str) -> Answered<Response> {
    let (id, count, raw) = {
        let world = call.server.world();
        let container = world.container(id)?;
        (container.id.clone(), container.logs.len(), container.config["Tty"] == true)
    };
    let streams = [("stdout", LogStream::Stdout), ("stderr", LogStream::Stderr)];
    let selection = Selection {
        streams: streams
            .into_iter()
            .filter(|(key, _)| call.request.flag(key))
            .map(|(_, stream)| stream)
            .collect(),
        timestamps: call.request.flag("timestamps"),
        raw,
        since: moment(call.param("since"))?,
        until: moment(call.param("until"))?,
    };
    if selection.streams.is_empty() {
        return Err(Refusal::new(400, "Bad parameters: you must choose at least one stream"));
    }
    let follow = call.request.flag("follow");
    // The tail is taken of both streams together, before one of them is chosen.
    let mut next = call.param("tail").parse().map_or(0, |tail: usize| count.saturating_sub(tail));
    Ok(Response::stream("", move |wire| {
        loop {
            let server = call.server.clone();
            let (lines, over) = server.wait_for(wire, |world| {
                let container = world.container(&id).ok();
                let logs = container.map_or(&[][..], |container| &container.logs);
                let fresh = logs.get(next..).unwrap_or_default().to_vec();
                let over = !follow || container.is_none_or(|container| !container.state.status.is_running());
                (over || !fresh.is_empty()).then_some((fresh, over))
            })?;
            next += lines.len();
            for line in &lines {
                wire.chunk(&selection.render(line))?;
            }
            if over {
                return Ok(());
            }
        }
    }))
}
