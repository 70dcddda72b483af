//! Whether what runs is what was rendered. Status codes are no proof.

use std::time::Duration;

use crate::catalog;
use crate::kernel::Secret;
use crate::model::artifact::Artifact;
use crate::model::component::{Reload, Stored};
use crate::model::stack::{Instance, Stack};
use crate::probe::{
    Alertmanager, Client, Endpoint, Grafana, ProbeError, Prometheus, RuleFile, differences, rule_differences,
    stored,
};

/// What is rendered and does not run, in words; empty: everything that can be compared is the same.
pub async fn running(
    client: &Client,
    endpoint: &Endpoint,
    instance: &Instance,
    artifacts: &[Artifact],
) -> Vec<String> {
    let mine: Vec<&Artifact> =
        artifacts.iter().filter(|artifact| artifact.component == instance.name).collect();
    let found = match instance.row.map_or(Reload::Never, |row| row.reload) {
        Reload::PrometheusSignal => prometheus(client, endpoint, &mine).await,
        Reload::AlertmanagerHttp => alertmanager(client, endpoint, &mine).await,
        Reload::GrafanaProvisioning => return grafana(client, endpoint, instance, artifacts).await,
        Reload::Stored(object) => match body(artifacts, instance, &object) {
            Some(body) => {
                let peer = client.peer(endpoint, Duration::from_secs(10));
                stored::missing(&peer, &object, body).await.map(|missing| missing.into_iter().collect())
            }
            None => Ok(Vec::new()),
        },
        Reload::SignalThenMetric(_) | Reload::Never => Ok(Vec::new()),
    };
    found.unwrap_or_else(|error| vec![format!("it could not be asked: {error}")])
}

/// The rendered body of the request that writes an object into a component's store.
pub fn body<'a>(artifacts: &'a [Artifact], instance: &Instance, stored: &Stored) -> Option<&'a str> {
    let file = artifacts.iter().find(|a| a.component == instance.name && a.path == stored.file)?;
    file.text()
}

async fn prometheus(
    client: &Client,
    endpoint: &Endpoint,
    mine: &[&Artifact],
) -> Result<Vec<String>, ProbeError> {
    let prometheus = Prometheus::new(client.peer(endpoint, Duration::from_secs(5)));
    let (config, groups) = tokio::try_join!(prometheus.config(), prometheus.rules())?;
    let rendered = mine.iter().find(|artifact| artifact.path == "prometheus.yml").and_then(|a| a.text());
    let files: Vec<RuleFile<'_>> = mine
        .iter()
        .filter(|artifact| artifact.path.starts_with("rules/"))
        .filter_map(|artifact| Some(RuleFile { path: &artifact.path, text: artifact.text()? }))
        .collect();
    let mut found = Vec::new();
    for compared in [differences(rendered.unwrap_or_default(), &config), rule_differences(&files, &groups)] {
        match compared {
            Ok(differences) => found.extend(differences.iter().map(|d| {
                let shown = |side: &Option<String>| side.clone().unwrap_or_else(|| "nothing".to_owned());
                format!("{}: rendered {}, running {}", d.path, shown(&d.rendered), shown(&d.running))
            })),
            Err(error) => found.push(error.to_string()),
        }
    }
    Ok(found)
}

async fn alertmanager(
    client: &Client,
    endpoint: &Endpoint,
    mine: &[&Artifact],
) -> Result<Vec<String>, ProbeError> {
    let state = Alertmanager::new(client.peer(endpoint, Duration::from_secs(5))).config_state().await?;
    let Some(file) = mine.iter().find(|artifact| artifact.path == "alertmanager.yml") else {
        return Ok(Vec::new());
    };
    Ok(if state.runs(&file.bytes) {
        Vec::new()
    } else {
        vec!["its configuration hash is another".to_owned()]
    })
}

async fn grafana(
    client: &Client,
    endpoint: &Endpoint,
    instance: &Instance,
    artifacts: &[Artifact],
) -> Vec<String> {
    let endpoint = authorised(artifacts, instance, endpoint.clone());
    let grafana = Grafana::new(client.peer(&endpoint, Duration::from_secs(5)));
    let (boards, sources) = tokio::join!(grafana.dashboards(), grafana.datasources());
    let mut found = Vec::new();
    let uid = |artifact: &&Artifact| -> Option<String> {
        let board: serde_json::Value = serde_json::from_slice(&artifact.bytes).ok()?;
        Some(board.get("uid")?.as_str()?.to_owned())
    };
    match boards {
        Ok(boards) => {
            let rendered = artifacts
                .iter()
                .filter(|a| a.component == instance.name && a.path.starts_with("dashboards/"));
            let missing =
                rendered.filter_map(|a| uid(&a)).filter(|uid| !boards.iter().any(|hit| hit.uid == *uid));
            found.extend(missing.map(|uid| format!("the dashboard `{uid}` is not there")));
        }
        Err(error) => found.push(error.to_string()),
    }
    match sources {
        Ok(sources) => {
            let wanted =
                artifacts.iter().find(|a| a.component == instance.name && a.path.contains("datasources/"));
            let yaml = wanted.and_then(|a| serde_yaml::from_slice::<serde_yaml::Value>(&a.bytes).ok());
            let listed = yaml.as_ref().and_then(|y| y.get("datasources")).and_then(|d| d.as_sequence());
            for uid in listed.into_iter().flatten().filter_map(|d| d.get("uid")?.as_str()) {
                if !sources.iter().any(|source| source.uid == uid) {
                    found.push(format!("the data source `{uid}` is not there"));
                }
            }
        }
        Err(error) => found.push(error.to_string()),
    }
    found
}

/// The endpoint with the administrator's password, where a component has one.
pub fn authorised(artifacts: &[Artifact], instance: &Instance, endpoint: Endpoint) -> Endpoint {
    let password =
        artifacts.iter().find(|a| a.component == instance.name && a.path == "secrets/admin_password");
    match (password, instance.setting("admin_user")) {
        (Some(file), Some(user)) => endpoint.with_credentials(user, Secret::new(file.bytes.clone())),
        _ => endpoint,
    }
}

/// Whether Prometheus knows its Alertmanagers: none when there is nothing to know.
pub async fn notifiers(
    client: &Client,
    endpoint: &Endpoint,
    stack: &Stack,
) -> Option<Result<usize, ProbeError>> {
    stack.instance(catalog::NOTIFIER)?;
    let prometheus = Prometheus::new(client.peer(endpoint, Duration::from_secs(2)));
    Some(prometheus.alertmanagers().await.map(|found| found.active.len()))
}
