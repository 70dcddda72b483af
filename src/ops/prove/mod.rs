//! Whether what runs is what was rendered. Status codes are no proof.
//!
//! First a component is asked, then its answer is compared. The components are asked every time; what the comparison of
//! two texts found is remembered by both texts, because it depends on nothing else.

mod grafana;

use std::time::Duration;

use crate::kernel::digest;
use crate::model::artifact::Artifact;
use crate::model::component::{Reload, Stored};
use crate::model::stack::Instance;
use crate::probe::alertmanager::ConfigState;
use crate::probe::{
    Alertmanager, Client, Endpoint, ProbeError, Prometheus, RuleFile, RuleGroup, differences,
    rule_differences, stored,
};
use crate::workdir::State;

pub use grafana::authorised;

/// With what components are asked, and where it is remembered what two texts had in common.
#[derive(Debug, Clone)]
pub struct Witness {
    /// For the requests.
    pub client: Client,
    /// The stack's memory.
    pub state: State,
}

/// What a component says that it runs.
#[derive(Debug)]
pub enum Said {
    /// The configuration as Prometheus prints it, and its rules.
    Prometheus(String, Vec<RuleGroup>),
    /// The hash of Alertmanager's configuration.
    Alertmanager(ConfigState),
}

/// What is rendered and does not run, in words; empty: everything that can be compared is the same.
pub async fn running(
    witness: &Witness,
    endpoint: &Endpoint,
    instance: &Instance,
    artifacts: &[Artifact],
) -> Vec<String> {
    if let Some(said) = ask(&witness.client, endpoint, instance).await {
        return compare(&witness.state, instance, artifacts, said);
    }
    let found = match instance.row.map_or(Reload::Never, |row| row.reload) {
        Reload::GrafanaProvisioning => {
            return grafana::missing(&witness.client, endpoint, instance, artifacts).await;
        }
        Reload::Stored(object) => match body(artifacts, instance, &object) {
            Some(body) => {
                let peer = witness.client.peer(endpoint, Duration::from_secs(10));
                stored::missing(&peer, &object, body).await.map(|missing| missing.into_iter().collect())
            }
            None => Ok(Vec::new()),
        },
        _ => Ok(Vec::new()),
    };
    found.unwrap_or_else(|error| vec![not_asked(&error)])
}

/// Asks a component that can be asked without any of the rendered files; none for the others.
pub async fn ask(
    client: &Client,
    endpoint: &Endpoint,
    instance: &Instance,
) -> Option<Result<Said, ProbeError>> {
    let peer = client.peer(endpoint, Duration::from_secs(5));
    match instance.row?.reload {
        Reload::PrometheusSignal => {
            let prometheus = Prometheus::new(peer);
            let both = async { tokio::try_join!(prometheus.config(), prometheus.rules()) };
            Some(both.await.map(|(config, groups)| Said::Prometheus(config, groups)))
        }
        Reload::AlertmanagerHttp => {
            Some(Alertmanager::new(peer).config_state().await.map(Said::Alertmanager))
        }
        Reload::GrafanaProvisioning | Reload::Stored(_) | Reload::SignalThenMetric(_) | Reload::Never => None,
    }
}

/// Compares what a component said with what was rendered for it; the differences in words.
pub fn compare(
    state: &State,
    instance: &Instance,
    artifacts: &[Artifact],
    said: Result<Said, ProbeError>,
) -> Vec<String> {
    let mine: Vec<&Artifact> =
        artifacts.iter().filter(|artifact| artifact.component == instance.name).collect();
    match said {
        Ok(Said::Prometheus(config, groups)) => prometheus(state, &mine, (&config, &groups)),
        Ok(Said::Alertmanager(running)) => alertmanager(&mine, running),
        Err(error) => vec![not_asked(&error)],
    }
}

fn not_asked(error: &ProbeError) -> String {
    format!("it could not be asked: {error}")
}

/// The rendered body of the request that writes an object into a component's store.
pub fn body<'a>(artifacts: &'a [Artifact], instance: &Instance, stored: &Stored) -> Option<&'a str> {
    let file = artifacts.iter().find(|a| a.component == instance.name && a.path == stored.file)?;
    file.text()
}

fn prometheus(state: &State, mine: &[&Artifact], running: (&str, &[RuleGroup])) -> Vec<String> {
    let rendered = mine.iter().find(|artifact| artifact.path == "prometheus.yml").and_then(|a| a.text());
    let rendered = rendered.unwrap_or_default();
    let files: Vec<RuleFile<'_>> = mine
        .iter()
        .filter(|artifact| artifact.path.starts_with("rules/"))
        .filter_map(|artifact| Some(RuleFile { path: &artifact.path, text: artifact.text()? }))
        .collect();
    let key = key_of_comparison((rendered, &files), running);
    if state.was_accepted(&key) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for compared in [differences(rendered, running.0), rule_differences(&files, running.1)] {
        match compared {
            Ok(differences) => found.extend(differences.iter().map(|d| {
                let shown = |side: &Option<String>| side.clone().unwrap_or_else(|| "nothing".to_owned());
                format!("{}: rendered {}, running {}", d.path, shown(&d.rendered), shown(&d.running))
            })),
            Err(error) => found.push(error.to_string()),
        }
    }
    if found.is_empty() {
        state.accepted(&key);
    }
    found
}

/// Everything that the comparison looks at, and the program that compares.
fn key_of_comparison(rendered: (&str, &[RuleFile<'_>]), running: (&str, &[RuleGroup])) -> String {
    let groups = format!("{:?}", running.1);
    let program = concat!("runs ", env!("CARGO_PKG_VERSION"));
    let files = rendered.1.iter().flat_map(|file| [file.path.as_bytes(), file.text.as_bytes()]);
    let one = [program, rendered.0, running.0, groups.as_str()].map(str::as_bytes);
    digest::short(one.into_iter().chain(files))
}

fn alertmanager(mine: &[&Artifact], running: ConfigState) -> Vec<String> {
    let file = mine.iter().find(|artifact| artifact.path == "alertmanager.yml");
    match file.filter(|file| !running.runs(&file.bytes)) {
        Some(_) => vec!["its configuration hash is another".to_owned()],
        None => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::key_of_comparison;
    use crate::probe::RuleFile;
    use crate::probe::prometheus_model::{Rule, RuleGroup, RuleKind};

    const FILE: RuleFile<'_> = RuleFile { path: "rules/a.yml", text: "groups: []" };

    fn groups(change: impl FnOnce(&mut Rule)) -> Vec<RuleGroup> {
        let mut rule = Rule {
            name: "Down".to_owned(),
            kind: RuleKind::Alerting,
            query: "up == 0".to_owned(),
            health: "ok".to_owned(),
            last_error: String::new(),
            labels: [("severity".to_owned(), "high".to_owned())].into(),
            duration: 60.0,
            keep_firing_for: 0.0,
        };
        change(&mut rule);
        let file = "/etc/prometheus/rules/a.yml".to_owned();
        vec![RuleGroup { name: "a".to_owned(), file, interval: 15.0, rules: vec![rule] }]
    }

    #[test]
    fn a_comparison_is_remembered_only_for_the_very_same_texts() {
        let same = groups(|_| ());
        let key = key_of_comparison(("a: 1", &[FILE]), ("a: 1", &same));
        assert_eq!(key_of_comparison(("a: 1", &[FILE]), ("a: 1", &groups(|_| ()))), key);
        let others = [
            key_of_comparison(("a: 2", &[FILE]), ("a: 1", &same)),
            key_of_comparison(("a: 1", &[FILE]), ("a: 2", &same)),
            key_of_comparison(("a: 1", &[]), ("a: 1", &same)),
            key_of_comparison(("a: 1", &[RuleFile { text: "", ..FILE }]), ("a: 1", &same)),
            key_of_comparison(("a: 1", &[RuleFile { path: "rules/b.yml", ..FILE }]), ("a: 1", &same)),
            key_of_comparison(("a: 1", &[FILE]), ("a: 1", &[])),
            key_of_comparison(("a: 1", &[FILE]), ("a: 1", &groups(|rule| rule.query = "up == 1".to_owned()))),
            key_of_comparison(("a: 1", &[FILE]), ("a: 1", &groups(|rule| rule.health = "err".to_owned()))),
            key_of_comparison(("a: 1", &[FILE]), ("a: 1", &groups(|rule| rule.duration = 61.0))),
            key_of_comparison(("a: 1", &[FILE]), ("a: 1", &groups(|rule| rule.labels.clear()))),
        ];
        assert!(others.iter().all(|other| *other != key), "{key} {others:?}");
    }
}
