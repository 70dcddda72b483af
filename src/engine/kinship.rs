//! Which containers with a stack's label are the stack's own. `docker commit` copies labels into the image, and every
//! container of that image has them too.

use std::collections::HashMap;

use bollard::models::ContainerSummary;

use super::observe::{label, name};
use super::{Engine, EngineError};
use crate::kernel::labels;
use crate::model::observed::Renamed;

/// What every label of stackctl begins with.
const PREFIX: &str = "io.stackctl.";

/// The containers with a stack's label, sorted out.
#[derive(Debug, Default)]
pub struct Kin {
    /// Made by stackctl for this stack.
    pub ours: Vec<ContainerSummary>,
    /// Made by stackctl, and named otherwise since.
    pub renamed: Vec<Renamed>,
    /// Not made by stackctl: name and id.
    pub strangers: Vec<(String, String)>,
}

impl Engine {
    /// Sorts out the containers with a stack's label. Asks the daemon about an image only where a container does not
    /// look like one that stackctl made.
    pub(super) async fn sort_out(
        &self,
        stack: &str,
        labelled: Vec<ContainerSummary>,
    ) -> Result<Kin, EngineError> {
        let mut kin = Kin::default();
        for summary in labelled {
            let named = is_named_by_us(stack, &summary);
            if named && has_the_image_of_its_label(&summary) {
                kin.ours.push(summary);
            } else if self.inherits(&summary).await? {
                kin.strangers.push(id_of(&summary));
            } else if named {
                kin.ours.push(summary);
            } else {
                match proper_name(stack, &summary) {
                    Some(proper) => {
                        let (name, id) = id_of(&summary);
                        kin.renamed.push(Renamed { name, id, proper });
                    }
                    None => kin.strangers.push(id_of(&summary)),
                }
            }
        }
        Ok(kin)
    }

    /// True when a container has no label of stackctl that its image does not have as well.
    async fn inherits(&self, summary: &ContainerSummary) -> Result<bool, EngineError> {
        let image = summary.image_id.as_deref().unwrap_or_default();
        let from_image = self.image_labels(image).await?;
        let own = summary.labels.clone().unwrap_or_default();
        Ok(own.iter().filter(|(key, _)| key.starts_with(PREFIX)).all(|(k, v)| from_image.get(k) == Some(v)))
    }

    /// The labels of an image; none when it was removed.
    async fn image_labels(&self, image: &str) -> Result<HashMap<String, String>, EngineError> {
        match self.docker.inspect_image(image).await {
            Ok(seen) => Ok(seen.config.and_then(|config| config.labels).unwrap_or_default()),
            Err(error) => match self.error(error, format!("inspect the image `{image}`")) {
                error if error.is_not_found() => Ok(HashMap::new()),
                error => Err(error),
            },
        }
    }
}

fn id_of(summary: &ContainerSummary) -> (String, String) {
    (name(summary), summary.id.clone().unwrap_or_default())
}

/// The name that stackctl gave a component's container; none for a container that is not a component's.
fn proper_name(stack: &str, summary: &ContainerSummary) -> Option<String> {
    if label(summary, labels::ROLE) != labels::ROLE_COMPONENT {
        return None;
    }
    let spec: Option<serde_json::Value> = serde_json::from_str(label(summary, labels::SPEC_JSON)).ok();
    let named = spec.as_ref().and_then(|spec| spec["name"].as_str()).map(str::to_owned);
    let component = Some(label(summary, labels::COMPONENT)).filter(|component| !component.is_empty());
    named.or_else(|| component.map(|component| format!("{stack}-{component}")))
}

/// True for a name that stackctl gives: that of the component, also while it is replaced, and those of helpers.
fn is_named_by_us(stack: &str, summary: &ContainerSummary) -> bool {
    let name = name(summary);
    if let Some(proper) = proper_name(stack, summary) {
        return name == proper || name.strip_prefix(&proper).is_some_and(|rest| rest.starts_with('.'));
    }
    let helper = [labels::ROLE_TOOL, labels::ROLE_COURIER].contains(&label(summary, labels::ROLE));
    helper && name.starts_with(&format!("{stack}."))
}

/// True when the label holds a specification with the very image the container was made from. A copy made from a committed
/// image has another one.
fn has_the_image_of_its_label(summary: &ContainerSummary) -> bool {
    let spec: Option<serde_json::Value> = serde_json::from_str(label(summary, labels::SPEC_JSON)).ok();
    let meant = spec.as_ref().and_then(|spec| spec["image"].as_str());
    meant.is_some() && meant == summary.image.as_deref()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use bollard::models::ContainerSummary;

    use super::{has_the_image_of_its_label, is_named_by_us, proper_name};
    use crate::kernel::labels;

    fn summary(name: &str, image: &str, role: &str) -> ContainerSummary {
        let pairs = [
            (labels::ROLE, role),
            (labels::COMPONENT, "prometheus"),
            (labels::SPEC_JSON, r#"{"name":"demo-prometheus","image":"prom/prometheus:v3"}"#),
        ];
        let labels: HashMap<String, String> =
            pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        ContainerSummary {
            names: Some(vec![format!("/{name}")]),
            image: Some(image.to_owned()),
            labels: Some(labels),
            ..ContainerSummary::default()
        }
    }

    #[test]
    fn the_names_of_a_component_and_of_its_replacement_are_ours() {
        for name in ["demo-prometheus", "demo-prometheus.new", "demo-prometheus.2.old"] {
            assert!(is_named_by_us("demo", &summary(name, "x", labels::ROLE_COMPONENT)), "{name}");
        }
        for name in ["demo-prometheus2", "keep-me", "demo-prometheus-copy"] {
            assert!(!is_named_by_us("demo", &summary(name, "x", labels::ROLE_COMPONENT)), "{name}");
        }
        let renamed = summary("keep-me", "x", labels::ROLE_COMPONENT);
        assert_eq!(proper_name("demo", &renamed).as_deref(), Some("demo-prometheus"));
    }

    #[test]
    fn helpers_are_ours_by_name_too() {
        assert!(is_named_by_us("demo", &summary("demo.courier", "x", labels::ROLE_COURIER)));
        assert!(is_named_by_us("demo", &summary("demo.tool-node-77", "x", labels::ROLE_TOOL)));
        assert!(!is_named_by_us("demo", &summary("other", "x", labels::ROLE_TOOL)));
    }

    #[test]
    fn a_copy_has_another_image_than_its_label_says() {
        assert!(has_the_image_of_its_label(&summary("n", "prom/prometheus:v3", labels::ROLE_COMPONENT)));
        assert!(!has_the_image_of_its_label(&summary("n", "backup:1", labels::ROLE_COMPONENT)));
    }
}
