//! Which images are there already, the upstream ones before the stand-ins built from a Debian archive.

use std::collections::BTreeMap;

use crate::engine::{Engine, LocalImage};
use crate::kernel::{Version, labels};
use crate::model::observed::{ImageRecord, SeenImage};
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
    /// Images with the names and labels of those that stackctl builds, and without a record, by component.
    pub unrecorded: BTreeMap<String, String>,
    /// Versions of all images, by image id.
    pub versions: BTreeMap<String, String>,
}

/// The label for the version that images of others carry.
const OCI_VERSION: &str = "org.opencontainers.image.version";

/// Looks at what the daemon has. Missing are only images of these components and of those that they need; empty means
/// all.
pub async fn look(engine: &Engine, stack: &Stack, components: &[String]) -> Result<Images, Error> {
    let (local, records) = tokio::try_join!(engine.images(), engine.image_records())?;
    Ok(of(stack, components, &local, &records))
}

/// The same from lists that were made already.
pub fn of(stack: &Stack, components: &[String], local: &[LocalImage], records: &Records) -> Images {
    let mut images = sort(stack, local, records);
    let asked_for = with_needs(stack, components);
    images.missing.retain(|missing| asked_for.contains(missing.component.as_str()));
    images
}

/// What resolving again needs to know.
pub fn known(images: &Images) -> KnownImages {
    let fact =
        |image: &SeenImage| KnownImage { reference: image.reference.clone(), version: image.version.clone() };
    images.found.iter().map(|(component, image)| (component.clone(), fact(image))).collect()
}

fn sort(stack: &Stack, local: &[LocalImage], records: &Records) -> Images {
    let mut images = Images { versions: versions(local), ..Images::default() };
    for instance in &stack.instances {
        let built = || stand_in(instance, &stack.debian_suite, local, records);
        if let Some(image) = upstream(instance, local).or_else(built) {
            images.found.insert(instance.name.clone(), image);
            continue;
        }
        let unrecorded = candidates(instance, &stack.debian_suite, local).next();
        images.missing.push(missing(instance, unrecorded));
        images.unrecorded.extend(unrecorded.map(|(name, _)| (instance.name.clone(), name.clone())));
    }
    images
}

/// Records by image id.
pub type Records = BTreeMap<String, ImageRecord>;

fn missing(instance: &Instance, unrecorded: Option<(&String, &LocalImage)>) -> Unavailable {
    let pull = format!("`stackctl images pull {}`", instance.name);
    let (reason, remedy) = match unrecorded {
        None => ("not present".to_owned(), pull),
        Some((name, _)) => (
            format!("`{name}` was neither built nor loaded by stackctl at this daemon"),
            format!("{pull}; if you trust that image: `stackctl images adopt {}`", instance.name),
        ),
    };
    let (component, image) = (instance.name.clone(), instance.image.clone());
    Unavailable { component, image, reason, remedy, running: None }
}

/// What the labels of images say of the software inside, else their tags.
fn versions(local: &[LocalImage]) -> BTreeMap<String, String> {
    let version = |image: &LocalImage| {
        let label = image.label(labels::IMAGE_VERSION).or_else(|| image.label(OCI_VERSION));
        let tag = || image.tags.first().and_then(|name| name.rsplit_once(':')).map(|(_, tag)| tag);
        label.or_else(tag).map(|version| version.trim_start_matches('v').to_owned())
    };
    local.iter().filter_map(|image| Some((image.id.clone(), version(image)?))).collect()
}

fn upstream(instance: &Instance, local: &[LocalImage]) -> Option<SeenImage> {
    let wanted = plain(&instance.image);
    let image = local
        .iter()
        .find(|image| image.tags.iter().chain(&image.digests).any(|name| plain(name) == wanted))?;
    let labelled = image.label(OCI_VERSION).and_then(Version::parse);
    Some(SeenImage {
        reference: instance.image.clone(),
        id: image.id.clone(),
        version: Version::parse(&instance.wanted_version).or(labelled),
        source: None,
        record: None,
        architecture: String::new(),
    })
}

/// What the user chose for himself: nothing but that will do.
pub fn chosen(instance: &Instance) -> Option<&'static str> {
    ["image", "version"].into_iter().find(|key| instance.settings.contains_key(*key))
}

/// An image that stackctl built or loaded here for this component from this suite; the newest when there are several.
fn stand_in(instance: &Instance, suite: &str, local: &[LocalImage], records: &Records) -> Option<SeenImage> {
    let recorded = candidates(instance, suite, local).filter_map(|(name, image)| {
        let record = records.get(&image.id)?;
        Some((name, image, record))
    });
    let (name, image, record) = recorded.max_by_key(|(_, image, _)| built_version(image))?;
    Some(SeenImage {
        reference: name.clone(),
        id: image.id.clone(),
        version: built_version(image),
        source: Some(format!("debian/{suite}")),
        record: Some(record.clone()),
        architecture: String::new(),
    })
}

fn built_version(image: &LocalImage) -> Option<Version> {
    image.label(labels::IMAGE_VERSION).and_then(Version::parse)
}

/// The images with the name and the labels of one that stackctl builds for this component from this suite, each with that
/// name. An image that the user names has no stand-in, and a version that he names only one of that version.
fn candidates<'a>(
    instance: &'a Instance,
    suite: &str,
    local: &'a [LocalImage],
) -> impl Iterator<Item = (&'a String, &'a LocalImage)> {
    let source = format!("debian/{suite}");
    let begins = format!("{}{}:", labels::IMAGE_PREFIX, instance.name);
    let has_package = instance.row.is_some_and(|row| row.image.debian.is_some());
    let same = |image: &LocalImage| match chosen(instance) {
        None => true,
        Some("version") => {
            let built = built_version(image);
            built.is_some() && built == Version::parse(&instance.wanted_version)
        }
        Some(_) => false,
    };
    local.iter().filter_map(move |image| {
        let fits = has_package
            && image.label(labels::IMAGE_COMPONENT) == Some(&instance.name)
            && image.label(labels::IMAGE_SOURCE) == Some(&source)
            && same(image);
        let name = image.tags.iter().find(|tag| tag.starts_with(&begins)).filter(|_| fits)?;
        Some((name, image))
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

    use super::{ImageRecord, LocalImage, Records, plain, sort};
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

    fn records(ids: &[&str]) -> Records {
        ids.iter().map(|id| ((*id).to_owned(), ImageRecord::default())).collect()
    }

    /// The labels of an image are written by whoever makes it.
    #[test]
    fn an_image_with_our_labels_counts_only_with_our_name_and_a_record() {
        let (stack, _) = resolve(&Document::default(), None, &KnownImages::new());
        let pairs = |version| {
            [
                (labels::IMAGE_COMPONENT, "prometheus"),
                (labels::IMAGE_SOURCE, "debian/trixie"),
                (labels::IMAGE_VERSION, version),
            ]
        };
        let local = [
            image("evil", "evil/prometheus:99", &pairs("99.0.0")),
            image("named", "stackctl-debian/prometheus:98-trixie", &pairs("98.0.0")),
            image("other", "stackctl-debian/node:97-trixie", &pairs("97.0.0")),
            image("ours", "stackctl-debian/prometheus:2.53.3-trixie", &pairs("2.53.3")),
        ];
        let recorded = records(&["evil", "other", "ours"]);
        assert_eq!(sort(&stack, &local, &recorded).found["prometheus"].id, "ours");
        let none = sort(&stack, &local, &records(&["evil", "other"]));
        assert!(!none.found.contains_key("prometheus"));
        assert_eq!(none.unrecorded["prometheus"], "stackctl-debian/prometheus:98-trixie");
        let missing = none.missing.iter().find(|missing| missing.component == "prometheus").unwrap();
        assert!(missing.remedy.ends_with("`stackctl images adopt prometheus`"), "{missing:?}");
    }

    #[test]
    fn the_upstream_image_comes_before_a_stand_in_and_a_stand_in_before_nothing() {
        let (stack, _) = resolve(&Document::default(), None, &KnownImages::new());
        let stand_in = |version: &str, suite: &str| {
            image(
                version,
                &format!("stackctl-debian/prometheus:{version}"),
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
        let recorded = records(&["2.53.3", "2.53.2", "3.5.3"]);
        let seen = sort(&stack, &local, &recorded);
        assert_eq!(seen.found["prometheus"].id, "2.53.3");
        assert_eq!(seen.found["prometheus"].source.as_deref(), Some("debian/trixie"));
        let missing: Vec<&str> = seen.missing.iter().map(|m| m.component.as_str()).collect();
        assert_eq!(missing, ["alertmanager", "grafana", "node"]);
        local.push(image("up", "prom/prometheus:v3.14.0", &[]));
        assert_eq!(sort(&stack, &local, &recorded).found["prometheus"].id, "up");
    }

    #[test]
    fn what_the_user_names_has_no_other_stand_in() {
        let pairs = [
            (labels::IMAGE_COMPONENT, "prometheus"),
            (labels::IMAGE_SOURCE, "debian/trixie"),
            (labels::IMAGE_VERSION, "2.53.3"),
        ];
        let local = [image("built", "stackctl-debian/prometheus:2.53.3-trixie", &pairs)];
        for (text, expected) in [
            ("prometheus: {memory: 2GiB}", Some("built")),
            ("prometheus: {version: v2.53.3}", Some("built")),
            ("prometheus: {version: v2.53.4}", None),
            ("prometheus: {image: \"registry.example.org/mine:2.53.3\"}", None),
        ] {
            let (document, _) = crate::source::read(text.as_bytes(), "stack.yml", &BTreeMap::new());
            let (stack, _) = resolve(&document, None, &KnownImages::new());
            let found = sort(&stack, &local, &records(&["built"]))
                .found
                .get("prometheus")
                .map(|image| image.id.clone());
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
