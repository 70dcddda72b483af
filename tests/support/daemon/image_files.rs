//! Tar archives of images: layers, the format of `docker save`, and the Dockerfile instructions of an import.

use std::io::Read;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::archive::{append, entry_file};
use super::files::Tree;
use super::images::Image;

/// What Go's tar reader says about something that is no archive.
pub(super) const BAD_TAR: &str = "unexpected EOF";

/// What Docker 20.10 puts before the reason why an archive could not be unpacked.
pub(super) const TAR_FAILED: &str = "Error processing tar file(exit status 1): ";

/// `sha256:…` of some bytes.
pub(super) fn digest(bytes: &[u8]) -> String {
    let hex: Vec<_> = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{}", hex.join(""))
}

/// Unpacks a layer into a tree.
pub(super) fn unpack(tree: &mut Tree, layer: &[u8], now: Timestamp) -> Result<(), String> {
    let mut archive = tar::Archive::new(layer);
    for entry in archive.entries().map_err(|_| BAD_TAR)? {
        let mut entry = entry.map_err(|_| BAD_TAR)?;
        let (name, file) = entry_file(&mut entry).map_err(|_| BAD_TAR)?;
        tree.put(&name, file, now);
    }
    Ok(())
}

/// A tree as one layer.
pub(super) fn pack(tree: &Tree) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (path, node) in tree.nodes.iter().filter(|(path, _)| !path.is_empty()) {
        append(&mut builder, path, node);
    }
    builder.into_inner().unwrap()
}

/// Makes an image of layers; its id is the digest of its configuration, as in reality.
pub(super) fn assemble(config: &Value, layers: Vec<Arc<Vec<u8>>>, now: Timestamp) -> Result<Image, String> {
    let diff_ids: Vec<_> = layers.iter().map(|layer| digest(layer)).collect();
    let document = json!({
        "architecture": "amd64", "os": "linux", "created": format!("{now:.9}"), "config": config,
        "rootfs": {"type": "layers", "diff_ids": diff_ids}, "history": [{"created": format!("{now:.9}")}],
    });
    from_document(document.to_string().into_bytes(), layers, now)
}

fn from_document(document: Vec<u8>, layers: Vec<Arc<Vec<u8>>>, now: Timestamp) -> Result<Image, String> {
    let mut tree = Tree::new(now);
    for layer in &layers {
        unpack(&mut tree, layer, now)?;
    }
    let value: Value = serde_json::from_slice(&document).map_err(|error| error.to_string())?;
    let created = value["created"].as_str().and_then(|created| created.parse().ok()).unwrap_or(now);
    Ok(Image {
        id: digest(&document),
        tags: Vec::new(),
        digests: Vec::new(),
        created,
        config: value["config"].clone(),
        architecture: value["architecture"].as_str().unwrap_or_default().to_owned(),
        document,
        layers,
        tree,
        any_command: false,
    })
}

/// Several images in the format of `docker save`; each with the tags it was asked for.
pub(super) fn save(images: &[(&Image, Vec<String>)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    let mut manifest = Vec::new();
    for (image, tags) in images {
        let config = format!("{}.json", &image.id[7..]);
        let mut names = Vec::new();
        file(&mut builder, &config, &image.document);
        for layer in &image.layers {
            let name = format!("{}/layer.tar", &digest(layer)[7..]);
            file(&mut builder, &name, layer);
            names.push(name);
        }
        manifest.push(json!({"Config": config, "RepoTags": tags, "Layers": names}));
    }
    file(&mut builder, "manifest.json", Value::from(manifest).to_string().as_bytes());
    builder.into_inner().unwrap()
}

fn file(builder: &mut tar::Builder<Vec<u8>>, name: &str, bytes: &[u8]) {
    let mut header = tar::Header::new_gnu();
    header.set_size(bytes.len() as u64);
    header.set_mode(0o644);
    builder.append_data(&mut header, name, bytes).unwrap();
}

/// The images of an archive that `docker save` made, with their tags.
pub(super) fn load(archive: &[u8], now: Timestamp) -> Result<Vec<Image>, String> {
    let mut files = std::collections::BTreeMap::new();
    for entry in tar::Archive::new(archive).entries().map_err(|_| BAD_TAR)? {
        let mut entry = entry.map_err(|_| BAD_TAR)?;
        let name = entry.path().map_err(|_| BAD_TAR)?.to_string_lossy().into_owned();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).map_err(|_| BAD_TAR)?;
        files.insert(name, bytes);
    }
    let manifest = files.get("manifest.json").ok_or("open /manifest.json: no such file or directory")?;
    let manifest: Value = serde_json::from_slice(manifest).map_err(|error| error.to_string())?;
    let mut images = Vec::new();
    for item in manifest.as_array().into_iter().flatten() {
        let take = |name: &str| files.get(name).cloned().ok_or_else(|| format!("open /{name}: no such file"));
        let layers: Result<Vec<_>, _> =
            super::world::list(&item["Layers"]).iter().map(|name| take(name).map(Arc::new)).collect();
        let document = take(item["Config"].as_str().unwrap_or_default())?;
        let mut image = from_document(document, layers?, now)?;
        image.tags = super::world::list(&item["RepoTags"]);
        images.push(image);
    }
    Ok(images)
}

/// Applies the instructions that an import may carry (`ENTRYPOINT ["/prog"]`, `LABEL a=b`, …) to a configuration.
pub(super) fn apply_changes(config: &mut Value, changes: &str) {
    for line in changes.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let rest = rest.trim();
        let words =
            || -> Value { serde_json::from_str(rest).unwrap_or_else(|_| json!(["/bin/sh", "-c", rest])) };
        let (key, value) = rest.split_once('=').unwrap_or((rest, ""));
        let unquoted = |text: &str| text.trim_matches('"').to_owned();
        match word.to_uppercase().as_str() {
            "ENTRYPOINT" => config["Entrypoint"] = words(),
            "CMD" => config["Cmd"] = words(),
            "LABEL" => config["Labels"][unquoted(key)] = unquoted(value).into(),
            "ENV" => push(&mut config["Env"], format!("{key}={}", unquoted(value))),
            "USER" => config["User"] = rest.into(),
            "WORKDIR" => config["WorkingDir"] = rest.into(),
            "STOPSIGNAL" => config["StopSignal"] = rest.into(),
            "EXPOSE" => {
                let port = if rest.contains('/') { rest.to_owned() } else { format!("{rest}/tcp") };
                config["ExposedPorts"][port] = json!({});
            }
            "VOLUME" => {
                let paths: Vec<String> = serde_json::from_str(rest).unwrap_or_else(|_| vec![rest.to_owned()]);
                for path in paths {
                    config["Volumes"][path] = json!({});
                }
            }
            _ => {}
        }
    }
}

fn push(array: &mut Value, item: String) {
    match array.as_array_mut() {
        Some(items) => items.push(item.into()),
        None => *array = json!([item]),
    }
}
