//! File systems in memory: one tree per volume, root file system or bind mount, and a container's view over them.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

/// What a file holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    Directory,
    File(Arc<[u8]>),
    /// A symbolic link and what it points to, as written.
    Link(String),
}

/// A file as a test sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FakeFile {
    /// Permission bits only.
    pub mode: u32,
    pub uid: u64,
    pub gid: u64,
    pub content: Content,
}

impl FakeFile {
    pub fn directory(mode: u32, uid: u64, gid: u64) -> Self {
        Self { mode, uid, gid, content: Content::Directory }
    }

    pub fn file(mode: u32, uid: u64, gid: u64, bytes: impl AsRef<[u8]>) -> Self {
        Self { mode, uid, gid, content: Content::File(bytes.as_ref().into()) }
    }

    pub fn link(uid: u64, gid: u64, target: &str) -> Self {
        Self { mode: 0o777, uid, gid, content: Content::Link(target.to_owned()) }
    }

    pub(super) fn is_directory(&self) -> bool {
        self.content == Content::Directory
    }
}

/// A file with its time of change.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) file: FakeFile,
    pub(super) changed: Timestamp,
}

/// One file system: paths relative to its root, which is the empty path.
#[derive(Debug, Clone)]
pub struct Tree {
    pub(super) nodes: BTreeMap<String, Node>,
}

impl Tree {
    pub(super) fn new(now: Timestamp) -> Self {
        let root = Node { file: FakeFile::directory(0o755, 0, 0), changed: now };
        Self { nodes: BTreeMap::from([(String::new(), root)]) }
    }

    /// Every file below the root by its relative path.
    pub(super) fn files(&self) -> BTreeMap<String, FakeFile> {
        let below = self.nodes.iter().filter(|(path, _)| !path.is_empty());
        below.map(|(path, node)| (path.clone(), node.file.clone())).collect()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.nodes.len() == 1
    }

    /// Puts a file and creates the directories above it.
    pub(super) fn put(&mut self, path: &str, file: FakeFile, now: Timestamp) {
        self.make_parents(path, now);
        self.nodes.insert(path.to_owned(), Node { file, changed: now });
    }

    fn make_parents(&mut self, path: &str, now: Timestamp) {
        for (end, _) in path.match_indices('/') {
            self.nodes
                .entry(path[..end].to_owned())
                .or_insert_with(|| Node { file: FakeFile::directory(0o755, 0, 0), changed: now });
        }
    }

    /// Makes a directory and those above it, where they are missing.
    pub(super) fn make_directory(&mut self, path: &str, now: Timestamp) {
        if !self.nodes.contains_key(path) {
            self.put(path, FakeFile::directory(0o755, 0, 0), now);
        }
    }

    /// Removes a file, and all below it when it is a directory.
    pub(super) fn remove(&mut self, path: &str) {
        let below = format!("{path}/");
        self.nodes.retain(|other, _| other != path && !other.starts_with(&below));
    }

    /// The subtree at `path` as a tree of its own.
    pub(super) fn subtree(&self, path: &str) -> Option<Tree> {
        let below = format!("{path}/");
        let root = self.nodes.get(path)?.clone();
        let mut nodes = BTreeMap::from([(String::new(), root)]);
        for (name, node) in &self.nodes {
            if let Some(rest) = name.strip_prefix(&below) {
                nodes.insert(rest.to_owned(), node.clone());
            }
        }
        Some(Tree { nodes })
    }
}

/// Where a tree is mounted in a container.
#[derive(Debug, Clone)]
pub(super) struct Mounted {
    /// Absolute, without a slash at the end; empty for the root file system.
    pub(super) target: String,
    pub(super) writable: bool,
    pub(super) tree: Tree,
}

/// The files of one container, as its processes see them.
#[derive(Debug, Clone)]
pub struct View {
    /// The root file system first.
    pub(super) mounts: Vec<Mounted>,
}

impl View {
    /// The bytes of a file; symbolic links are followed.
    pub fn read(&self, path: &str) -> Option<Vec<u8>> {
        match &self.node(&self.resolve(path)?)?.file.content {
            Content::File(bytes) => Some(bytes.to_vec()),
            Content::Directory | Content::Link(_) => None,
        }
    }

    /// The text of a file; symbolic links are followed.
    pub fn text(&self, path: &str) -> Option<String> {
        self.read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The paths of all regular files below a directory, absolute and without links.
    pub fn list(&self, directory: &str) -> Vec<String> {
        let Some(directory) = self.resolve(directory) else { return Vec::new() };
        let files = self.below(&directory).into_iter();
        files
            .filter(|(_, node)| matches!(node.file.content, Content::File(_)))
            .map(|(path, _)| path)
            .collect()
    }

    /// The mount that holds an absolute path, and the path inside of it.
    pub(super) fn locate(&self, path: &str) -> (usize, String) {
        let holds = |mount: &&(usize, &Mounted)| {
            path.strip_prefix(mount.1.target.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let all: Vec<_> = self.mounts.iter().enumerate().collect();
        let (index, mount) = all.iter().filter(holds).max_by_key(|(_, mount)| mount.target.len()).unwrap();
        (*index, path[mount.target.len()..].trim_matches('/').to_owned())
    }

    pub(super) fn node(&self, path: &str) -> Option<&Node> {
        let (mount, inside) = self.locate(path);
        self.mounts[mount].tree.nodes.get(&inside)
    }

    /// The file behind a path with every link followed; `None` when it is missing.
    pub(super) fn resolve(&self, path: &str) -> Option<String> {
        let resolved = self.resolve_lenient(path);
        self.node(&resolved).map(|_| resolved)
    }

    /// Follows every link of a path within the container; parts that are missing are kept as they are.
    pub(super) fn resolve_lenient(&self, path: &str) -> String {
        let mut todo: Vec<String> = path.split('/').rev().map(str::to_owned).collect();
        let mut done = String::new();
        let mut links = 0;
        while let Some(part) = todo.pop() {
            match part.as_str() {
                "" | "." => {}
                ".." => done.truncate(done.rfind('/').unwrap_or(0)),
                name => {
                    let next = format!("{done}/{name}");
                    match self.node(&next).map(|node| &node.file.content) {
                        Some(Content::Link(target)) if links < 40 => {
                            links += 1;
                            if target.starts_with('/') {
                                done.clear();
                            }
                            todo.extend(target.split('/').rev().map(str::to_owned));
                        }
                        _ => done = next,
                    }
                }
            }
        }
        done
    }

    /// A path whose directory is resolved but whose last part is not; a slash at the end resolves the last part too.
    pub(super) fn resolve_parent(&self, path: &str) -> String {
        let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
        if name.is_empty() || name == "." {
            return self.resolve_lenient(parent);
        }
        format!("{}/{name}", self.resolve_lenient(parent))
    }

    /// Everything at and below an absolute path, across mounts, in order of path.
    pub(super) fn below(&self, path: &str) -> BTreeMap<String, &Node> {
        let under = format!("{path}/");
        let mut found = BTreeMap::new();
        for (index, mount) in self.mounts.iter().enumerate() {
            for (inside, node) in &mount.tree.nodes {
                let full = if inside.is_empty() {
                    mount.target.clone()
                } else {
                    format!("{}/{inside}", mount.target)
                };
                if (full == path || full.starts_with(&under)) && self.locate(&full).0 == index {
                    found.insert(full, node);
                }
            }
        }
        found
    }
}
