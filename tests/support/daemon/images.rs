//! Images: list, inspect, tag, remove, save and load. Pulls and imports live in `pull`.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::files::{FakeFile, Tree};
use super::filters::Filters;
use super::http::Response;
use super::image_files;
use super::router::Call;
use super::script::glob;
use super::world::{Answered, Refusal, World, strings};

/// An image.
#[derive(Debug, Clone)]
pub(super) struct Image {
    /// `sha256:…`.
    pub(super) id: String,
    pub(super) tags: Vec<String>,
    pub(super) digests: Vec<String>,
    pub(super) created: Timestamp,
    pub(super) config: Value,
    pub(super) architecture: String,
    /// The bytes that the id is the digest of.
    pub(super) document: Vec<u8>,
    pub(super) layers: Vec<Arc<Vec<u8>>>,
    pub(super) tree: Tree,
    /// Made up by a test: every command and user exists in it.
    pub(super) any_command: bool,
}

/// An image made up by a test. Its commands are not looked for; what it does is a [`super::Program`].
#[derive(Debug, Clone)]
pub struct ImageSpec {
    pub(super) reference: String,
    pub(super) config: Value,
    pub(super) files: Vec<(String, FakeFile)>,
    pub(super) architecture: String,
    /// A pull sends its first lines and then nothing more.
    pub(super) stalls: bool,
}

impl ImageSpec {
    /// An image of that reference (`prom/prometheus:v3.14.0`), with the entry point `/bin/app` and no user.
    pub fn new(reference: &str) -> Self {
        let config = json!({"Entrypoint": ["/bin/app"], "Env": ["PATH=/usr/local/bin:/usr/bin:/bin"]});
        Self {
            reference: reference.to_owned(),
            config,
            files: Vec::new(),
            architecture: "amd64".into(),
            stalls: false,
        }
    }

    #[must_use]
    pub fn label(mut self, key: &str, value: &str) -> Self {
        self.config["Labels"][key] = value.into();
        self
    }

    #[must_use]
    pub fn user(mut self, user: &str) -> Self {
        self.config["User"] = user.into();
        self
    }

    #[must_use]
    pub fn entrypoint(mut self, words: &[&str]) -> Self {
        self.config["Entrypoint"] = words.into();
        self
    }

    #[must_use]
    pub fn volume(mut self, path: &str) -> Self {
        self.config["Volumes"][path] = json!({});
        self
    }

    #[must_use]
    pub fn architecture(mut self, architecture: &str) -> Self {
        architecture.clone_into(&mut self.architecture);
        self
    }

    /// A file or directory in its root file system; a new volume mounted there begins with a copy of it.
    #[must_use]
    pub fn with(mut self, path: &str, file: FakeFile) -> Self {
        self.files.push((path.trim_matches('/').to_owned(), file));
        self
    }

    /// Pulling it never ends.
    #[must_use]
    pub fn stalls(mut self) -> Self {
        self.stalls = true;
        self
    }

    /// The same specification gives the same image, at any time.
    pub(super) fn build(&self) -> Image {
        let now = Timestamp::constant(1_767_225_600, 0);
        let mut tree = Tree::new(now);
        // Something of its own, so that two images of one test differ.
        tree.put("etc/image", FakeFile::file(0o644, 0, 0, &self.reference), now);
        for (path, file) in &self.files {
            tree.put(path, file.clone(), now);
        }
        let layer = Arc::new(image_files::pack(&tree));
        let mut image = image_files::assemble(&self.config, vec![layer], now).unwrap();
        image.architecture.clone_from(&self.architecture);
        image.any_command = true;
        image
    }
}

/// `repository:tag` of a reference as Docker shows it: `latest` where no tag is given, without `docker.io/library`.
pub(super) fn familiar(reference: &str) -> String {
    let short = reference.strip_prefix("docker.io/").unwrap_or(reference);
    let short = short.strip_prefix("library/").unwrap_or(short);
    let tagged = short.rsplit('/').next().is_some_and(|last| last.contains(':'));
    if tagged || short.contains('@') { short.to_owned() } else { format!("{short}:latest") }
}

impl World {
    /// The image of a tag, digest or id (also its beginning).
    pub(super) fn image_index(&self, reference: &str) -> Option<usize> {
        let tag = familiar(reference);
        let id = reference.strip_prefix("sha256:").unwrap_or(reference);
        let hex = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_hexdigit());
        let place = |test: &dyn Fn(&Image) -> bool| self.images.iter().position(test);
        place(&|image| image.tags.contains(&tag) || image.digests.contains(&tag))
            .or_else(|| place(&|image| hex && image.id[7..].starts_with(id)))
    }

    /// Adds an image, or its tags when it is there already; a tag moves from the image that had it.
    pub(super) fn add_image(&mut self, mut image: Image) {
        for other in &mut self.images {
            other.tags.retain(|tag| !image.tags.contains(tag));
        }
        match self.images.iter_mut().find(|other| other.id == image.id) {
            Some(known) => {
                known.tags.append(&mut image.tags);
                known.digests.append(&mut image.digests);
                known.digests.sort();
                known.digests.dedup();
            }
            None => self.images.push(image),
        }
    }
}

fn no_such(reference: &str) -> Refusal {
    Refusal::new(404, format!("No such image: {}", familiar(reference)))
}

/// The refusal of a repository's name; the newer engine says which.
pub(super) fn not_lowercase(world: &World, repository: &str) -> String {
    let which = world.engine.either(String::new(), format!("({repository}) "));
    format!("invalid reference format: repository name {which}must be lowercase")
}

fn size(image: &Image) -> usize {
    image.layers.iter().map(|layer| layer.len()).sum()
}

pub(super) fn list(call: &Call) -> Answered<Response> {
    let filters = Filters::read(call, &["dangling", "label", "before", "since", "reference"])?;
    let world = call.server.world();
    let found = world.images.iter().filter(|image| {
        let named = |pattern: &str| {
            let repository = |tag: &str| tag.rsplit_once(':').map_or("", |(name, _)| name).to_owned();
            image.tags.iter().any(|tag| {
                glob(pattern, tag) || glob(pattern, &repository(tag)) || glob(&familiar(pattern), tag)
            })
        };
        filters.any("reference", named)
            && filters.labels(&strings(&image.config["Labels"]))
            && filters.any("dangling", |wanted| matches!(wanted, "true" | "1") == image.tags.is_empty())
    });
    let images: Vec<_> = found
        .map(|image| {
            let none = json!(["<none>:<none>"]);
            let tags = if image.tags.is_empty() { none } else { json!(image.tags) };
            let digests = if image.digests.is_empty() { Value::Null } else { json!(image.digests) };
            json!({"Containers": -1, "Created": image.created.as_second(), "Id": image.id,
                "Labels": image.config["Labels"], "ParentId": "", "RepoDigests": digests, "RepoTags": tags,
                "SharedSize": -1, "Size": size(image), "VirtualSize": size(image)})
        })
        .collect();
    Ok(Response::json(200, &images.into()))
}

pub(super) fn inspect(call: &Call, name: &str) -> Answered<Response> {
    let world = call.server.world();
    let image = world.image_index(name).map(|index| &world.images[index]);
    let image = image.ok_or_else(|| {
        let twice = world.engine.either(format!("no such image: {name}: "), String::new());
        Refusal::new(404, format!("{twice}No such image: {}", familiar(name)))
    })?;
    let diff_ids: Vec<_> = image.layers.iter().map(|layer| image_files::digest(layer)).collect();
    let body = json!({
        "Id": image.id, "RepoTags": image.tags, "RepoDigests": image.digests, "Parent": "", "Comment": "",
        "Created": format!("{:.9}", image.created), "Container": "", "DockerVersion": world.engine.version, "Author": "",
        "ContainerConfig": super::create::overlay(&super::create::default_config(), &json!({})),
        "Config": super::create::overlay(&super::create::default_config(), &image.config),
        "Architecture": image.architecture, "Os": "linux", "Size": size(image), "VirtualSize": size(image),
        "GraphDriver": {"Data": {}, "Name": "overlay2"}, "RootFS": {"Type": "layers", "Layers": diff_ids},
        "Metadata": {"LastTagTime": format!("{:.9}", image.created)},
    });
    Ok(Response::json(200, &body))
}

pub(super) fn tag(call: &Call, name: &str) -> Answered<Response> {
    let mut world = call.server.world();
    let index = world.image_index(name).ok_or_else(|| no_such(name))?;
    let repository = call.param("repo");
    if repository.chars().any(char::is_uppercase) {
        let full =
            if repository.contains('/') { repository.to_owned() } else { format!("library/{repository}") };
        return Err(Refusal::new(world.engine.either(500, 400), not_lowercase(&world, &full)));
    }
    let tag = if call.param("tag").is_empty() { "latest" } else { call.param("tag") };
    let tag = familiar(&format!("{repository}:{tag}"));
    for image in &mut world.images {
        image.tags.retain(|other| *other != tag);
    }
    let id = world.images[index].id.clone();
    world.images[index].tags.push(tag.clone());
    world.note_other("image", "tag", &id, &[("name", &tag)]);
    Ok(Response::empty(201))
}

pub(super) fn remove(call: &Call, name: &str) -> Answered<Response> {
    let mut world = call.server.world();
    let index = world.image_index(name).ok_or_else(|| no_such(name))?;
    let tag = familiar(name);
    let id = world.images[index].id.clone();
    let by_tag = world.images[index].tags.contains(&tag);
    let last = world.images[index].tags.len() <= 1 || !by_tag;
    let user = world.containers.iter().find(|container| container.image_id == id);
    if let (Some(user), true, false) = (user, last, call.request.flag("force")) {
        let message = format!(
            "conflict: unable to remove repository reference \"{name}\" (must force) - container {} is using its \
             referenced image {}",
            &user.id[..12],
            &id[7..19]
        );
        return Err(Refusal::new(409, message));
    }
    let mut removed = Vec::new();
    for tag in world.images[index].tags.clone().iter().filter(|other| !by_tag || **other == tag) {
        world.images[index].tags.retain(|other| other != tag);
        world.note_other("image", "untag", &id, &[("name", &id)]);
        removed.push(json!({"Untagged": tag}));
    }
    if last {
        removed.push(json!({"Deleted": id}));
        world.images.remove(index);
        world.note_other("image", "delete", &id, &[("name", &id)]);
    }
    Ok(Response::json(200, &removed.into()))
}

pub(super) fn save(call: &Call, name: Option<String>) -> Answered<Response> {
    let world = call.server.world();
    let asked = call.request.query.iter().filter(|(key, _)| key == "names");
    let asked = asked.map(|(_, value)| value.clone());
    let names: Vec<String> = name.map_or_else(|| asked.collect(), |name| vec![name]);
    let mut images = Vec::new();
    for name in &names {
        let image = world.image_index(name).map(|index| &world.images[index]);
        let image = image.ok_or_else(|| Refusal::new(404, format!("No such image: {name}")))?;
        let tag = familiar(name);
        let tags = if image.tags.contains(&tag) { vec![tag] } else { Vec::new() };
        images.push((image, tags));
    }
    Ok(Response::new(200, "application/x-tar", image_files::save(&images)))
}

pub(super) fn load(call: &Call) -> Response {
    let mut world = call.server.world();
    let now = world.now();
    let lines = match image_files::load(&call.request.body, now) {
        Err(error) => {
            let error = format!("{}{error}", world.engine.either(image_files::TAR_FAILED, ""));
            vec![json!({"errorDetail": {"message": error}, "error": error})]
        }
        Ok(images) => images.into_iter().flat_map(|image| loaded(&mut world, image)).collect(),
    };
    let lines: Vec<_> = lines.iter().map(|line| format!("{line}\n")).collect();
    Response::stream("application/json", move |wire| wire.chunk(lines.concat().as_bytes()))
}

fn loaded(world: &mut World, image: Image) -> Vec<Value> {
    let id = image.id.clone();
    let mut lines: Vec<_> =
        image.tags.iter().map(|tag| json!({"stream": format!("Loaded image: {tag}\n")})).collect();
    if lines.is_empty() {
        lines.push(json!({"stream": format!("Loaded image ID: {id}\n")}));
    }
    world.add_image(image);
    world.note_other("image", "load", &id, &[("name", &id)]);
    lines
}
