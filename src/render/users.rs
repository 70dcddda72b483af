//! What a file of the user's directories is for, told by its path.

use super::assets::is_embedded;
use crate::catalog;
use crate::model::component::Content;

/// Endings of rule files. JSON is YAML, too.
const RULES: [&str; 4] = ["yml", "yaml", "rules", "json"];
/// Names of files that people write for each other, in any case and with any ending.
const DOCUMENTS: [&str; 6] = ["readme", "license", "copying", "changelog", "owners", "codeowners"];

/// What a file is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Purpose {
    /// It is used; the path under which [`super::Assets`] has it.
    Asset(String),
    /// It is for people.
    Document,
    /// Nothing is known that it could be for.
    None,
}

/// By the path below the project's directory.
pub fn purpose(path: &str) -> Purpose {
    let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
    let ending = ending.to_ascii_lowercase();
    let asset = match path.split_once('/') {
        Some(("rules", rest)) => rules(path, rest, stem, &ending),
        Some(("dashboards", _)) => (ending == "json").then(|| with_ending(path, ".json")),
        // What `init` begins with; `render --eject` writes it out with the rest.
        Some(("templates", rest)) if rest.starts_with("presets/") => return Purpose::Document,
        Some(("templates", rest)) => template(path, rest, &ending),
        _ => None,
    };
    let first = name.split('.').next().unwrap_or_default().to_ascii_lowercase();
    match asset {
        _ if DOCUMENTS.contains(&first.as_str()) && matches!(ending.as_str(), "" | "md" | "txt" | "rst") => {
            Purpose::Document
        }
        Some(key) => Purpose::Asset(key),
        None => Purpose::None,
    }
}

/// Rules, their unit tests and runbooks.
fn rules(path: &str, rest: &str, stem: &str, ending: &str) -> Option<String> {
    if rest.starts_with("runbooks/") {
        return (ending == "md").then(|| format!("rules/runbooks/{stem}.md"));
    }
    RULES.contains(&ending).then(|| path.to_owned())
}

/// A template in the place of a shipped one, or one for notifications.
fn template(path: &str, rest: &str, ending: &str) -> Option<String> {
    if ending == "tmpl" {
        return notification(rest);
    }
    let other = match ending {
        "yml" => Some(with_ending(path, ".yaml")),
        "yaml" => Some(with_ending(path, ".yml")),
        _ => None,
    };
    let mut names = [Some(path.to_owned()), other].into_iter().flatten();
    names.find(|name| is_embedded(name))
}

/// Directly in `templates/`, or anywhere in the directory of the component that sends notifications.
fn notification(rest: &str) -> Option<String> {
    let rows = catalog::COMPONENTS.iter().flat_map(|row| row.files.iter().map(move |file| (row.name, file)));
    let mut takes = rows.filter(|(_, file)| file.content == Content::NotificationTemplates);
    takes.find_map(|(component, file)| {
        let inside = rest.strip_prefix(component).and_then(|rest| rest.strip_prefix('/'));
        let inside = inside.or_else(|| (!rest.contains('/')).then_some(rest))?;
        let name = inside.strip_prefix(file.path).and_then(|rest| rest.strip_prefix('/')).unwrap_or(inside);
        // They are loaded from one directory.
        let name = with_ending(&name.replace('/', "-"), ".tmpl");
        Some(format!("templates/{component}/{}/{name}", file.path))
    })
}

fn with_ending(path: &str, ending: &str) -> String {
    let stem = path.rsplit_once('.').map_or(path, |(stem, _)| stem);
    format!("{stem}{ending}")
}

#[cfg(test)]
mod tests {
    use super::{Purpose, purpose};

    #[test]
    fn every_usual_name_is_used_and_the_others_are_known_not_to_be() {
        for (path, key) in [
            ("rules/db.yml", "rules/db.yml"),
            ("rules/db.yaml", "rules/db.yaml"),
            ("rules/DB.YML", "rules/DB.YML"),
            ("rules/node.rules", "rules/node.rules"),
            ("rules/alerts.rules.yml", "rules/alerts.rules.yml"),
            ("rules/legacy.json", "rules/legacy.json"),
            ("rules/team-a/sub/api.yml", "rules/team-a/sub/api.yml"),
            ("rules/tests/team/api.yaml", "rules/tests/team/api.yaml"),
            ("rules/runbooks/HostDown.md", "rules/runbooks/HostDown.md"),
            ("rules/runbooks/team/Mine.MD", "rules/runbooks/Mine.md"),
            ("dashboards/x.json", "dashboards/x.json"),
            ("dashboards/team/X.JSON", "dashboards/team/X.json"),
            ("templates/slack.tmpl", "templates/alertmanager/notifications/slack.tmpl"),
            ("templates/alertmanager/slack.tmpl", "templates/alertmanager/notifications/slack.tmpl"),
            (
                "templates/alertmanager/team/slack.TMPL",
                "templates/alertmanager/notifications/team-slack.tmpl",
            ),
            (
                "templates/alertmanager/notifications/slack.tmpl",
                "templates/alertmanager/notifications/slack.tmpl",
            ),
            ("templates/prometheus/prometheus.yml", "templates/prometheus/prometheus.yml"),
            ("templates/prometheus/prometheus.yaml", "templates/prometheus/prometheus.yml"),
            ("templates/collector/fluent-bit.yml", "templates/collector/fluent-bit.yaml"),
            ("templates/logstash/pipeline.conf", "templates/logstash/pipeline.conf"),
        ] {
            assert_eq!(purpose(path), Purpose::Asset(key.to_owned()), "{path}");
        }
        for path in [
            "rules/README.md",
            "dashboards/readme",
            "templates/README.txt",
            "rules/team/CODEOWNERS",
            "templates/presets/host.yml",
        ] {
            assert_eq!(purpose(path), Purpose::Document, "{path}");
        }
        for path in [
            "rules/notes.txt",
            "rules/a.yml.bak",
            "rules/HostDown.md",
            "rules/runbooks/a.yml",
            "dashboards/x.yml",
            "templates/prometheus/x.yml",
            "templates/prometheus/x.tmpl",
        ] {
            assert_eq!(purpose(path), Purpose::None, "{path}");
        }
    }
}
