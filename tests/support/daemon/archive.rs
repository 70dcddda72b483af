//! The archive API: a tar put into a container's files, a tar taken out, and the state of one path.

use std::collections::BTreeSet;
use std::io::{Cursor, Read};
use std::sync::Arc;

use serde_json::json;
use tar::EntryType;

use super::files::{Content, FakeFile, Mounted, Node, View};
use super::http::Response;
use super::image_files::BAD_TAR;
use super::router::Call;
use super::world::{Answered, Container, Refusal, World};

impl World {
    /// The files of a container as its processes see them.
    pub(super) fn view(&self, container: &Container) -> View {
        let writable = !container.host["ReadonlyRootfs"].as_bool().unwrap_or(false);
        let root = Mounted { target: String::new(), writable, tree: container.root.clone() };
        let mounted = container.mounts.iter().filter_map(|mount| {
            let tree = match mount.kind.as_str() {
                "volume" => self.volumes.get(&mount.source).map(|volume| volume.tree.clone()),
                "bind" => self.binds.get(&mount.source).cloned(),
                _ => None,
            };
            tree.map(|tree| Mounted { target: mount.target.clone(), writable: mount.writable, tree })
        });
        View { mounts: std::iter::once(root).chain(mounted).collect() }
    }

    /// Puts changed files back where they came from.
    fn store(&mut self, container: usize, view: View, changed: &BTreeSet<usize>) {
        let container = &mut self.containers[container];
        let mounts = view.mounts.into_iter().enumerate().filter(|(index, _)| changed.contains(index));
        for Mounted { target, tree, .. } in mounts.map(|(_, mounted)| mounted) {
            match container.mounts.iter().find(|mount| !target.is_empty() && mount.target == target) {
                None => container.root = tree,
                Some(mount) if mount.kind == "volume" => {
                    self.volumes.get_mut(&mount.source).unwrap().tree = tree;
                }
                Some(mount) => drop(self.binds.insert(mount.source.clone(), tree)),
            }
        }
    }
}

/// The name and file of a tar entry; links keep their target, hard links become empty files.
pub(super) fn entry_file(entry: &mut tar::Entry<'_, impl Read>) -> std::io::Result<(String, FakeFile)> {
    let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
    let parts: Vec<_> = name.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    let header = entry.header();
    // Empty fields are zero, as Go reads them.
    let (mode, uid, gid) =
        (header.mode().unwrap_or(0) & 0o7777, header.uid().unwrap_or(0), header.gid().unwrap_or(0));
    let content = match header.entry_type() {
        EntryType::Directory => Content::Directory,
        EntryType::Symlink => {
            let target = entry.link_name_bytes().unwrap_or_default();
            Content::Link(String::from_utf8_lossy(&target).into_owned())
        }
        _ => {
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes)?;
            Content::File(bytes.into())
        }
    };
    let mode = if matches!(content, Content::Link(_)) { 0o777 } else { mode };
    Ok((parts.join("/"), FakeFile { mode, uid, gid, content }))
}

/// Appends a file to a tar.
pub(super) fn append(builder: &mut tar::Builder<Vec<u8>>, name: &str, node: &Node) {
    let file = &node.file;
    let mut header = tar::Header::new_gnu();
    header.set_mode(file.mode);
    header.set_uid(file.uid);
    header.set_gid(file.gid);
    header.set_mtime(u64::try_from(node.changed.as_second()).unwrap_or(0));
    header.set_size(0);
    match &file.content {
        Content::Directory => {
            header.set_entry_type(EntryType::Directory);
            builder.append_data(&mut header, format!("{name}/"), &[][..]).unwrap();
        }
        Content::Link(target) => {
            header.set_entry_type(EntryType::Symlink);
            builder.append_link(&mut header, name, target).unwrap();
        }
        Content::File(bytes) => {
            header.set_size(bytes.len() as u64);
            builder.append_data(&mut header, name, Cursor::new(Arc::clone(bytes))).unwrap();
        }
    }
}

fn checked_path(call: &Call) -> Answered<String> {
    match call.param("path") {
        "" => Err(Refusal::new(400, "bad parameter: pathcannot be empty")),
        path => Ok(format!("/{}", path.trim_start_matches('/'))),
    }
}

fn missing(call: &Call, id: &str) -> Refusal {
    Refusal::new(404, format!("Could not find the file {} in container {id}", call.param("path")))
}

pub(super) fn put(call: &Call, id: &str) -> Answered<Response> {
    let mut world = call.server.world();
    let index = world.container_index(id)?;
    let path = checked_path(call)?;
    let mut view = world.view(&world.containers[index]);
    let target = view.resolve(&path).ok_or_else(|| missing(call, id))?;
    if !view.node(&target).unwrap().file.is_directory() {
        return Err(Refusal::new(500, "extraction point is not a directory"));
    }
    let (mount, _) = view.locate(&target);
    if !view.mounts[mount].writable {
        let what = if mount == 0 { "container rootfs" } else { "mounted volume" };
        return Err(Refusal::new(500, format!("{what} is marked read-only")));
    }
    let now = world.now();
    let strict = call.request.flag("noOverwriteDirNonDir");
    let mut extraction =
        Extraction { view: &mut view, target: &target, strict, now, touched: BTreeSet::new() };
    // What came before a bad entry stays, as in reality.
    let extracted = extraction.run(&call.request.body);
    let touched = extraction.touched;
    world.store(index, view, &touched);
    extracted.map_err(|error| Refusal::new(500, error))?;
    let id = world.containers[index].id.clone();
    world.note(&id, "extract-to-dir", &[]);
    Ok(Response::empty(200))
}

struct Extraction<'a> {
    view: &'a mut View,
    target: &'a str,
    strict: bool,
    now: jiff::Timestamp,
    /// The mounts that files were put into: an archive may reach into those below its target.
    touched: BTreeSet<usize>,
}

impl Extraction<'_> {
    fn run(&mut self, bytes: &[u8]) -> Result<(), String> {
        let mut archive = tar::Archive::new(bytes);
        for entry in archive.entries().map_err(|_| BAD_TAR)? {
            let mut entry = entry.map_err(|_| BAD_TAR)?;
            let (name, file) = entry_file(&mut entry).map_err(|_| BAD_TAR)?;
            self.place(&name, file)
                .map_err(|text| format!("Error processing tar file(exit status 1): {text}"))?;
        }
        Ok(())
    }

    fn place(&mut self, name: &str, file: FakeFile) -> Result<(), String> {
        let top = if self.target.is_empty() { "/" } else { self.target };
        if name.split('/').any(|part| part == "..") {
            return Err(format!("\"{name}\" is outside of \"{top}\""));
        }
        if name.is_empty() {
            return Ok(()); // The directory itself keeps its owner and mode.
        }
        if let Content::Link(target) = &file.content
            && escapes(name, target)
        {
            return Err(format!("invalid symlink \"{}/{name}\" -> \"{target}\"", self.target));
        }
        let full = self.view.resolve_parent(&format!("{}/{name}", self.target));
        let (mount, inside) = self.view.locate(&full);
        if !self.view.mounts[mount].writable {
            return Err(format!("open {full}: read-only file system"));
        }
        self.touched.insert(mount);
        let tree = &mut self.view.mounts[mount].tree;
        if let Some(old) = tree.nodes.get(&inside) {
            let (was, is) = (old.file.is_directory(), file.is_directory());
            if self.strict && was && !is {
                return Err(format!("cannot overwrite directory \"{full}\" with non-directory \"{top}\""));
            }
            if self.strict && !was && is {
                return Err(format!("cannot overwrite non-directory \"{full}\" with directory \"{top}\""));
            }
            if !(was && is) {
                tree.remove(&inside);
            }
        }
        tree.put(&inside, file, self.now);
        Ok(())
    }
}

/// Whether a relative link leaves the directory that the archive is extracted to.
fn escapes(name: &str, target: &str) -> bool {
    let mut depth = name.split('/').count() - 1;
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." if depth == 0 => return true,
            ".." => depth -= 1,
            _ => depth += 1,
        }
    }
    false
}

/// What `X-Docker-Container-Path-Stat` says: Go's mode bits, the link target resolved within the container.
fn path_stat(view: &View, asked: &str, path: &str, node: &Node) -> String {
    let name = asked.trim_end_matches('/').rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or("/");
    let (kind, size, link) = match &node.file.content {
        Content::Directory => (1_u32 << 31, 4096, String::new()),
        Content::File(bytes) => (0, bytes.len(), String::new()),
        Content::Link(target) => (1 << 27, target.len(), view.resolve_lenient(path)),
    };
    let stat = json!({"name": name, "size": size, "mode": kind | node.file.mode,
        "mtime": node.changed.to_string(), "linkTarget": link});
    base64(stat.to_string().as_bytes())
}

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let bits =
            group.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - group.len()));
        for place in 0..4 {
            let six = (bits >> (18 - 6 * place)) & 63;
            text.push(if place <= group.len() { char::from(ALPHABET[six as usize]) } else { '=' });
        }
    }
    text
}

pub(super) fn head(call: &Call, id: &str) -> Answered<Response> {
    let world = call.server.world();
    let container = world.container(id)?;
    let path = checked_path(call)?;
    let view = world.view(container);
    let found = view.resolve_parent(&path);
    let node = view.node(&found).ok_or_else(|| missing(call, id))?;
    let mut response = Response::empty(200);
    let stat = path_stat(&view, &path, &found, node);
    response.headers.push(("X-Docker-Container-Path-Stat".to_owned(), stat));
    Ok(response)
}

pub(super) fn get(call: &Call, id: &str) -> Answered<Response> {
    let mut world = call.server.world();
    let index = world.container_index(id)?;
    let path = checked_path(call)?;
    let view = world.view(&world.containers[index]);
    let found = view.resolve_parent(&path);
    let node = view.node(&found).ok_or_else(|| missing(call, id))?;
    let top = if path.ends_with("/.") {
        "."
    } else {
        path.trim_end_matches('/').rsplit('/').next().unwrap_or_default()
    };
    let mut builder = tar::Builder::new(Vec::new());
    for (full, node) in view.below(&found) {
        append(&mut builder, &format!("{top}{}", &full[found.len()..]), node);
    }
    let stat = path_stat(&view, &path, &found, node);
    let mut response = Response::new(200, "application/x-tar", builder.into_inner().unwrap());
    response.headers.push(("X-Docker-Container-Path-Stat".to_owned(), stat));
    let id = world.containers[index].id.clone();
    world.note(&id, "archive-path", &[]);
    Ok(response)
}
