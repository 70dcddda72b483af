//! Whether Grafana shows the dashboards and data sources that were rendered.

use std::time::Duration;

use crate::kernel::Secret;
use crate::model::artifact::Artifact;
use crate::model::component::Content;
use crate::model::stack::Instance;
use crate::probe::{Client, Endpoint, Grafana};

/// What was rendered and is not there, in words.
pub async fn missing(
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
            let rendered =
                artifacts.iter().filter(|a| a.component == instance.name && is_dashboard(a, instance));
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

fn is_dashboard(artifact: &Artifact, instance: &Instance) -> bool {
    let files = instance.row.map(|row| row.files).unwrap_or_default();
    let holds = |content| matches!(content, Content::Dashboards | Content::DashboardFolders);
    let mut directories = files.iter().filter(|file| holds(file.content)).map(|file| file.path);
    directories
        .any(|directory| artifact.path.strip_prefix(directory).is_some_and(|rest| rest.starts_with('/')))
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
