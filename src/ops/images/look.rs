//! Which images are there already, the upstream ones before the stand-ins built from a Debian archive.

use std::collections::BTreeMap;

use crate::engine::{Engine, LocalImage};
use crate::kernel::{Version, labels};
use crate::model::observed::SeenImage;
use crate::model::plan::Unavailable;
use crate::model::stack::{Instance, KnownImage, Stack};
use crate::ops::Error;
use crate::reconcile::with_needs;
use crate::resolve::KnownImages;

/// Images by component, and the components without one.
#[derive(Debug, Clone, Default)]
pub struct Images {
    /// Those that can be used.
    pub found: BTreeMap<String, SeenImage>,
    /// Components whose image is not there; once acquiring failed, with the reason.
    pub missing: Vec<Unavailable>,
}

/// Looks at what the daemon has. Missing are only images of these components and of those that they need; empty means
/// all.
pub async fn look(engine: &Engine, stack: &Stack, components: &[String]) -> Result<Images, Error> {
    let mut images = sort(stack, &engine.images().await?);
    let asked_for = with_needs(stack, components);
    images.missing.retain(|missing| asked_for.contains(missing.component.as_str()));
    Ok(images)
}

/// What resolving again needs to know.
pub fn known(images: &Images) -> KnownImages {
    let fact =
        |image: &SeenImage| KnownImage { reference: image.reference.clone(), version: image.version.clone() };
    images.found.iter().map(|(component, image)| (component.clone(), fact(image))).collect()
}

fn sort(stack: &Stack, local: &[LocalImage]) -> Images {
    let mut images = Images::default();
    for instance in &stack.instances {
        match upstream(instance, local).or_else(|| stand_in(instance, &stack.debian_suite, local)) {
            Some(image) => {
                images.found.insert(instance.name.clone(), image);
            }
            None => images.missing.push(Unavailable {
                component: instance.name.clone(),
                image: instance.image.clone(),
                reason: "not present".to_owned(),
                remedy: format!("stackctl images pull {}", instance.name),
            }),
        }
    }
    images
}

fn upstream(instance: &Instance, local: &[LocalImage]) -> Option<SeenImage> {
    let wanted = plain(&instance.image);
    let image = local
        .iter()
        .find(|image| image.tags.iter().chain(&image.digests).any(|name| plain(name) == wanted))?;
    let labelled = image.label("org.opencontainers.image.version").and_then(Version::parse);
    Some(SeenImage {
        reference: instance.image.clone(),
        id: image.id.clone(),
        version: Version::parse(&instance.wanted_version).or(labelled),
        source: None,
        architecture: String::new(),
    })
}

/// What the user chose for himself: nothing but that will do.
pub fn chosen(instance: &Instance) -> Option<&'static str> {
    ["image", "version"].into_iter().find(|key| instance.settings.contains_key(*key))
}

/// An image built here for this component from this suite; the newest when there are several. An image that the user
/// names has no stand-in, and a version that he names only one of that version.
fn stand_in(instance: &Instance, suite: &str, local: &[LocalImage]) -> Option<SeenImage> {
    let version = |image: &LocalImage| image.label(labels::IMAGE_VERSION).and_then(Version::parse);
    let same = |image: &LocalImage| match chosen(instance) {
        None => true,
        Some("version") => {
            version(image).is_some_and(|built| Version::parse(&instance.wanted_version) == Some(built))
        }
        Some(_) => false,
    };
    let source = format!("debian/{suite}");
    let fits = |image: &&LocalImage| {
        image.label(labels::IMAGE_COMPONENT) == Some(&instance.name)
            && image.label(labels::IMAGE_SOURCE) == Some(&source)
            && !image.tags.is_empty()
            && same(image)
    };
    instance.row?.image.debian?;
    let image = local.iter().filter(fits).max_by_key(|image| version(image))?;
    Some(SeenImage {
        reference: image.tags.first()?.clone(),
        id: image.id.clone(),
        version: version(image),
        source: Some(source),
        architecture: String::new(),
    })
}

/// A reference without the registry that the daemon adds in its head, and with a tag.
fn plain(reference: &str) -> String {
    let short = reference.strip_prefix("docker.io/").unwrap_or(reference);
    let short = short.strip_prefix("library/").unwrap_or(short);
    let tagged = short.contains('@') || short.rsplit_once(':').is_some_and(|(_, tag)| !tag.contains('/'));
    if tagged { short.to_owned() } else { format!("{short}:latest") }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{LocalImage, plain, sort};
    use crate::kernel::labels;
    use crate::resolve::{KnownImages, resolve};
    use crate::source::Document;

    fn image(id: &str, tag: &str, pairs: &[(&str, &str)]) -> LocalImage {
        LocalImage {
            id: id.into(),
            tags: vec![tag.into()],
            digests: Vec::new(),
            labels: pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
            size: 0,
        }
    }

    #[test]
    fn the_upstream_image_comes_before_a_stand_in_and_a_stand_in_before_nothing() {
        let (stack, _) = resolve(&Document::default(), None, &KnownImages::new());
        let stand_in = |version: &str, suite: &str| {
            image(
                version,
                &format!("s:{version}"),
                &[
                    (labels::IMAGE_COMPONENT, "prometheus"),
                    (labels::IMAGE_SOURCE, suite),
                    (labels::IMAGE_VERSION, version),
                ],
            )
        };
        let mut local = vec![
            stand_in("2.53.3", "debian/trixie"),
            stand_in("2.53.2", "debian/trixie"),
            stand_in("3.5.3", "debian/forky"),
        ];
        let seen = sort(&stack, &local);
        assert_eq!(seen.found["prometheus"].id, "2.53.3");
        assert_eq!(seen.found["prometheus"].source.as_deref(), Some("debian/trixie"));
        let missing: Vec<&str> = seen.missing.iter().map(|m| m.component.as_str()).collect();
        assert_eq!(missing, ["alertmanager", "grafana", "node"]);
        local.push(image("up", "prom/prometheus:v3.14.0", &[]));
        assert_eq!(sort(&stack, &local).found["prometheus"].id, "up");
    }

    #[test]
    fn what_the_user_names_has_no_other_stand_in() {
        let pairs = [
            (labels::IMAGE_COMPONENT, "prometheus"),
            (labels::IMAGE_SOURCE, "debian/trixie"),
            (labels::IMAGE_VERSION, "2.53.3"),
        ];
        let local = [image("built", "s:2.53.3", &pairs)];
        for (text, expected) in [
            ("prometheus: {memory: 2GiB}", Some("built")),
            ("prometheus: {version: v2.53.3}", Some("built")),
            ("prometheus: {version: v2.53.4}", None),
            ("prometheus: {image: \"registry.example.org/mine:2.53.3\"}", None),
        ] {
            let (document, _) = crate::source::read(text.as_bytes(), "stack.yml", &BTreeMap::new());
            let (stack, _) = resolve(&document, None, &KnownImages::new());
            let found = sort(&stack, &local).found.get("prometheus").map(|image| image.id.clone());
            assert_eq!(found.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn references_are_compared_as_the_daemon_means_them() {
        assert_eq!(plain("docker.io/prom/prometheus:v1"), "prom/prometheus:v1");
        assert_eq!(plain("docker.io/library/nginx"), "nginx:latest");
        assert_eq!(plain("r.example.org:5000/x"), "r.example.org:5000/x:latest");
    }
}
