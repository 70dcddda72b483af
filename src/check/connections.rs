//! Connection strings that the client in an exporter refuses. The exporter starts all the same and reports its service as
//! down.

use crate::catalog::{self, CONNECTIONS};
use crate::kernel::{Diagnostic, Place, Severity, address, text};
use crate::model::connection::{Connection, Parameter, Values};
use crate::model::node::At;
use crate::model::stack::{Instance, Stack};
use crate::source::Document;

/// What is wrong with a connection string.
struct Problem<'a> {
    message: String,
    /// The part of the string.
    word: &'a str,
    hint: String,
    /// True when the server, not the client, refuses it.
    by_server: bool,
}

/// Checks the connection string of every component that has one.
pub fn check(document: &Document, stack: &Stack, found: &mut Vec<Diagnostic>) {
    for connection in CONNECTIONS {
        let Some(instance) = stack.instance(connection.component) else { continue };
        let Some(written) = instance.setting(connection.setting) else { continue };
        let at = place_of(connection).and_then(|at| document.value_place(&at));
        for problem in problems(connection, &written) {
            let severity =
                if problem.by_server || !is_known(instance) { Severity::Warning } else { Severity::Error };
            let place = at.clone().map(|place| place.word(problem.word));
            found.push(diagnostic(problem, severity, place));
        }
    }
}

fn diagnostic(problem: Problem<'_>, severity: Severity, place: Option<Place>) -> Diagnostic {
    let diagnostic = Diagnostic::error("SC471", problem.message).at(place).hint(problem.hint);
    Diagnostic { severity, ..diagnostic }
}

fn place_of(connection: &Connection) -> Option<At> {
    let component = catalog::component(connection.component)?;
    let section = component.kind.section().map_or_else(At::root, |section| At::root().key(section));
    Some(section.key(component.name).key(connection.setting))
}

/// True when the version that runs is not newer than the one the catalogue describes.
fn is_known(instance: &Instance) -> bool {
    let pinned = instance.row.map(|component| component.image.tag);
    let older = |version: &crate::kernel::Version, pinned| {
        crate::kernel::Version::parse(pinned).is_some_and(|pinned| pinned >= *version)
    };
    matches!((&instance.version, pinned), (Some(version), Some(pinned)) if older(version, pinned))
}

fn problems<'a>(connection: &Connection, written: &'a str) -> Vec<Problem<'a>> {
    let mut found = Vec::new();
    let servers = address::server(written);
    if let Some((first, _)) = servers.split_once(',').filter(|_| !connection.many_servers) {
        found.push(Problem {
            message: format!("{} connects to one server, and there are several", connection.client),
            word: servers,
            hint: format!("write one of them, such as `{first}`"),
            by_server: false,
        });
    }
    let (before, query) = written.split_once('?').unwrap_or((written, ""));
    found.extend(database(connection, before));
    if !connection.parameters.is_empty() {
        found.extend(query.split('&').filter_map(|pair| parameter(connection, pair)));
    }
    found
}

fn database<'a>(connection: &Connection, before: &'a str) -> Option<Problem<'a>> {
    let rest = before.split_once("://").map_or(before, |(_, rest)| rest);
    let (_, name) = rest.rsplit_once('/').filter(|_| connection.numbered_database)?;
    let number = name.bytes().all(|byte| byte.is_ascii_digit());
    (!number).then(|| Problem {
        message: format!("`{}` is not the number of a database", text::shown(name)),
        word: name,
        hint: "write a number after the last `/`, such as `/0`, or leave it out".to_owned(),
        by_server: false,
    })
}

fn parameter<'a>(connection: &Connection, pair: &'a str) -> Option<Problem<'a>> {
    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
    if let Some(known) = connection.parameters.iter().find(|parameter| parameter.name == name) {
        return refused(connection, known, value);
    }
    let shown = text::shown(name);
    if let Some((_, hint)) = connection.foreign.iter().find(|(foreign, _)| *foreign == name) {
        return Some(Problem {
            message: format!(
                "{} does not know `{shown}` and sends it to the server, which refuses it",
                connection.client
            ),
            word: name,
            hint: (*hint).to_owned(),
            by_server: true,
        });
    }
    let lower = name.to_ascii_lowercase();
    if name.is_empty() || connection.of_server.contains(&lower.as_str()) {
        return None;
    }
    let near = text::nearest(&lower, connection.parameters.iter().map(|parameter| parameter.name))?;
    Some(Problem {
        message: format!("{} has no parameter `{shown}`", connection.client),
        word: name,
        hint: format!("did you mean `{near}`?"),
        by_server: true,
    })
}

/// A value that the client refuses. What is encoded or empty is left to the client.
fn refused<'a>(connection: &Connection, parameter: &Parameter, value: &'a str) -> Option<Problem<'a>> {
    if value.is_empty() || value.contains(['%', '+', '$']) {
        return None;
    }
    let hint = match parameter.values {
        Values::Any => return None,
        Values::Number(_) if value.parse::<i64>().is_ok() => return None,
        Values::Number(unit) => format!("write a whole number of {unit}, without a unit"),
        Values::OneOf(words, _) if words.contains(&value) => return None,
        Values::OneOf(words, others) => {
            let other = others.iter().find(|(other, _)| *other == value).map(|(_, write)| *write);
            match other.or_else(|| text::nearest(value, words.iter().copied())) {
                Some(near) => format!("write `{}={near}`; it takes {}", parameter.name, text::list(words)),
                None => format!("it takes {}", text::list(words)),
            }
        }
    };
    Some(Problem {
        message: format!("{} refuses `{}={}`", connection.client, parameter.name, text::shown(value)),
        word: value,
        hint,
        by_server: false,
    })
}
