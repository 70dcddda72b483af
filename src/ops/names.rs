//! The names in a stack, for the completions of a shell. Nothing of the daemon is read; a stack file with errors has none.

use super::load::{self, Loaded};
use super::{Session, view};
use crate::model::stack::SecretFile;

/// The components, in the order of the plan.
pub fn components(session: &Session<'_>) -> Vec<String> {
    of(session, |loaded| loaded.stack.instances.iter().map(|instance| instance.name.clone()).collect())
}

/// The alerts of every rule file.
pub fn alerts(session: &Session<'_>) -> Vec<String> {
    super::alerts(session)
        .map(|report| report.alerts.into_iter().map(|alert| alert.name).collect())
        .unwrap_or_default()
}

/// What `test` takes: alerts and the files they are in.
pub fn rules(session: &Session<'_>) -> Vec<String> {
    let report = super::alerts(session).map(|report| report.alerts).unwrap_or_default();
    report.into_iter().flat_map(|alert| [alert.name, alert.file]).collect()
}

/// The dashboards.
pub fn dashboards(session: &Session<'_>) -> Vec<String> {
    of(session, view::dashboards)
}

/// The secrets as `component/name`.
pub fn secrets(session: &Session<'_>) -> Vec<String> {
    let name = |secret: &SecretFile| format!("{}/{}", secret.component, secret.name);
    of(session, |loaded| loaded.stack.secrets.iter().map(name).collect())
}

fn of(session: &Session<'_>, names: impl Fn(&Loaded) -> Vec<String>) -> Vec<String> {
    load::load(session).map(|loaded| names(&loaded)).unwrap_or_default()
}
