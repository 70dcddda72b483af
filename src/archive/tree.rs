//! A root file system as a sorted map of paths, read from a tar whose file contents stay on disk until they are
//! written again. Answers questions about paths; what belongs in the tree is decided elsewhere.

use std::collections::BTreeMap;
use std::io::{self, Read, Seek, SeekFrom};

/// Where a regular file's bytes are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// In the tar that the tree was read from.
    Archived {
        /// First byte, from the start of the tar.
        offset: u64,
        /// Length in bytes.
        size: u64,
    },
    /// Made here.
    Made(Vec<u8>),
}

/// What a path is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A regular file.
    File(Content),
    /// A symbolic link with its target as written.
    Link(String),
    /// A directory and its owner.
    Directory {
        /// Owner.
        uid: u32,
        /// Group.
        gid: u32,
    },
}

/// One path of the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// What it is.
    pub kind: Kind,
    /// Permission bits.
    pub mode: u32,
    /// Modification time in seconds, or `None` when it says nothing (the moment of unpacking).
    pub mtime: Option<u64>,
}

/// Paths without leading or trailing slash; parents sort before their children.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tree {
    /// The nodes. The root directory itself is not among them.
    pub nodes: BTreeMap<String, Node>,
}

/// More links than this in one path are a loop, as in Linux.
const MOST_LINKS: usize = 40;

impl Tree {
    /// Reads the headers of a tar. Device nodes and everything else that an image must not bring are left out; hard
    /// links become files with the same content; set-user-id and set-group-id bits are taken away.
    pub fn index<R: Read + Seek>(tar: R) -> io::Result<Self> {
        let mut tree = Self::default();
        let mut archive = tar::Archive::new(tar);
        for entry in archive.entries_with_seek()? {
            let entry = entry?;
            let path = clean(&entry.path()?.to_string_lossy());
            let header = entry.header();
            let target = entry.link_name()?.map(|target| target.to_string_lossy().into_owned());
            let kind = match (header.entry_type(), target) {
                _ if path.is_empty() => continue,
                (tar::EntryType::Directory, _) => Kind::Directory { uid: 0, gid: 0 },
                (tar::EntryType::Symlink, Some(target)) => Kind::Link(target),
                (tar::EntryType::Regular, _) => {
                    Kind::File(Content::Archived { offset: entry.raw_file_position(), size: entry.size() })
                }
                (tar::EntryType::Link, Some(target)) => match tree.nodes.get(&clean(&target)) {
                    Some(first) => first.kind.clone(),
                    None => continue,
                },
                _ => continue,
            };
            let is_directory = matches!(kind, Kind::Directory { .. });
            let mode = header.mode()? & if is_directory { 0o1777 } else { 0o777 };
            let mtime = if is_directory { None } else { Some(header.mtime()?) };
            tree.nodes.insert(path, Node { kind, mode, mtime });
        }
        Ok(tree)
    }

    /// The path that `path` means once every link in its parents is followed, and in itself too when `last` says so.
    /// `None` when links run in a circle.
    pub fn resolve(&self, path: &str, last: Last) -> Option<String> {
        let mut waiting: Vec<String> = path.split('/').rev().map(str::to_owned).collect();
        let mut done = String::new();
        let mut links = 0;
        while let Some(part) = waiting.pop() {
            match part.as_str() {
                "" | "." => continue,
                ".." => {
                    done.truncate(done.rfind('/').unwrap_or(0));
                    continue;
                }
                _ => {}
            }
            let next = if done.is_empty() { part } else { format!("{done}/{part}") };
            let follow = last == Last::Followed || !waiting.is_empty();
            match self.nodes.get(&next).map(|node| &node.kind) {
                Some(Kind::Link(target)) if follow => {
                    links += 1;
                    if links > MOST_LINKS {
                        return None;
                    }
                    if target.starts_with('/') {
                        done.clear();
                    }
                    waiting.extend(target.split('/').rev().map(str::to_owned));
                }
                _ => done = next,
            }
        }
        Some(done)
    }

    /// Whether a path leads to something, through links too.
    pub fn leads_somewhere(&self, path: &str) -> bool {
        self.resolve(path, Last::Followed).is_some_and(|end| end.is_empty() || self.nodes.contains_key(&end))
    }

    /// Puts a node at a path, links in its parents followed; missing parents become directories of root.
    pub fn put(&mut self, path: &str, node: Node) {
        let place = self.resolve(path, Last::Itself).unwrap_or_else(|| clean(path));
        for (end, _) in place.match_indices('/') {
            self.nodes.entry(place[..end].to_owned()).or_insert_with(|| Node::directory(0, 0, 0o755));
        }
        self.nodes.insert(place, node);
    }

    /// The bytes of a regular file, links followed; `None` when there is no such file.
    pub fn read<R: Read + Seek>(&self, path: &str, tar: &mut R) -> io::Result<Option<Vec<u8>>> {
        let end = self.resolve(path, Last::Followed);
        match end.and_then(|end| self.nodes.get(&end)).map(|node| &node.kind) {
            Some(Kind::File(Content::Made(bytes))) => Ok(Some(bytes.clone())),
            Some(Kind::File(Content::Archived { offset, size })) => {
                tar.seek(SeekFrom::Start(*offset))?;
                let mut bytes = Vec::new();
                tar.take(*size).read_to_end(&mut bytes)?;
                Ok(Some(bytes))
            }
            _ => Ok(None),
        }
    }

    /// The paths under a directory, as written in the tree.
    pub fn under<'a>(&'a self, directory: &'a str) -> impl Iterator<Item = (&'a String, &'a Node)> {
        let inside = move |path: &str| path.strip_prefix(directory).is_some_and(|rest| rest.starts_with('/'));
        self.nodes
            .range(directory.to_owned()..)
            .take_while(move |(path, _)| path.starts_with(directory))
            .filter(move |(path, _)| inside(path))
    }
}

/// Whether the last part of a path is followed when it is a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Last {
    /// As `stat` does.
    Followed,
    /// As `lstat` does.
    Itself,
}

impl Node {
    /// A file made here.
    pub fn file(bytes: impl Into<Vec<u8>>) -> Self {
        Self { kind: Kind::File(Content::Made(bytes.into())), mode: 0o644, mtime: None }
    }

    /// A link made here.
    pub fn link(target: &str) -> Self {
        Self { kind: Kind::Link(target.to_owned()), mode: 0o777, mtime: None }
    }

    /// A directory made here.
    pub fn directory(uid: u32, gid: u32, mode: u32) -> Self {
        Self { kind: Kind::Directory { uid, gid }, mode, mtime: None }
    }
}

fn clean(path: &str) -> String {
    path.trim_start_matches("./").trim_matches('/').trim_start_matches("./").to_owned()
}

#[cfg(test)]
pub mod fixture {
    //! Trees for tests, written as lists.

    use super::{Node, Tree};

    /// A tree of made nodes; parents are added.
    pub fn tree(nodes: &[(&str, Node)]) -> Tree {
        let mut tree = Tree::default();
        for (path, node) in nodes {
            tree.put(path, node.clone());
        }
        tree
    }

    /// Its paths, for comparison.
    pub fn paths(tree: &Tree) -> Vec<&str> {
        tree.nodes.keys().map(String::as_str).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::fixture::{paths, tree};
    use super::*;

    fn tar_with(entries: &[(&str, tar::EntryType, u32, &str)]) -> Cursor<Vec<u8>> {
        let mut builder = tar::Builder::new(Vec::new());
        for (path, kind, mode, text) in entries {
            let mut header = tar::Header::new_gnu();
            header.set_entry_type(*kind);
            header.set_mode(*mode);
            header.set_mtime(7);
            header.set_uid(42);
            header.set_gid(42);
            if matches!(kind, tar::EntryType::Symlink | tar::EntryType::Link) {
                header.set_size(0);
                builder.append_link(&mut header, path, text).unwrap();
            } else {
                header.set_size(text.len() as u64);
                builder.append_data(&mut header, path, text.as_bytes()).unwrap();
            }
        }
        Cursor::new(builder.into_inner().unwrap())
    }

    #[test]
    fn a_tar_becomes_a_tree_without_devices_hard_links_and_set_id_bits() {
        use tar::EntryType as Is;
        let mut tar = tar_with(&[
            ("./", Is::Directory, 0o755, ""),
            ("./dev/null", Is::Char, 0o666, ""),
            ("./tmp/", Is::Directory, 0o1777, ""),
            ("./usr/bin/tool", Is::Regular, 0o4755, "binary"),
            ("./usr/bin/same", Is::Link, 0o4755, "./usr/bin/tool"),
            ("./bin", Is::Symlink, 0o777, "usr/bin"),
        ]);
        let tree = Tree::index(&mut tar).unwrap();
        assert_eq!(paths(&tree), ["bin", "tmp", "usr/bin/same", "usr/bin/tool"]);
        assert_eq!(tree.nodes["tmp"], Node::directory(0, 0, 0o1777));
        assert_eq!(tree.nodes["usr/bin/tool"].mode, 0o755);
        assert_eq!(tree.nodes["usr/bin/same"], tree.nodes["usr/bin/tool"]);
        assert_eq!(tree.read("bin/tool", &mut tar).unwrap(), Some(b"binary".to_vec()));
        assert_eq!(tree.read("bin/none", &mut tar).unwrap(), None);
    }

    #[test]
    fn links_are_followed_as_the_kernel_does() {
        let tree = tree(&[
            ("usr/bin/tool", Node::file("x")),
            ("bin", Node::link("usr/bin")),
            ("usr/local", Node::link("../opt/./local")),
            ("opt/local/tool", Node::link("/bin/tool")),
            ("loop", Node::link("loop")),
        ]);
        let to = |path, last| tree.resolve(path, last);
        assert_eq!(to("/bin/tool", Last::Followed).as_deref(), Some("usr/bin/tool"));
        assert_eq!(to("usr/local/tool", Last::Itself).as_deref(), Some("opt/local/tool"));
        assert_eq!(to("usr/local/tool", Last::Followed).as_deref(), Some("usr/bin/tool"));
        assert_eq!(to("bin", Last::Itself).as_deref(), Some("bin"));
        assert_eq!(to("../../bin/../x", Last::Followed).as_deref(), Some("usr/x"));
        assert_eq!(to("loop/x", Last::Followed), None);
        assert!(tree.leads_somewhere("usr/local/tool") && !tree.leads_somewhere("bin/none"));
    }

    #[test]
    fn a_node_lands_behind_the_links_of_its_parents_and_gets_the_parents_it_lacks() {
        let mut tree = tree(&[("usr/bin/tool", Node::file("x")), ("bin", Node::link("usr/bin"))]);
        tree.put("/bin/alias", Node::link("/usr/bin/tool"));
        tree.put("/var/lib/thing", Node::directory(1, 2, 0o700));
        assert_eq!(
            paths(&tree),
            ["bin", "usr", "usr/bin", "usr/bin/alias", "usr/bin/tool", "var", "var/lib", "var/lib/thing"]
        );
        let under: Vec<&String> = tree.under("usr/bin").map(|(path, _)| path).collect();
        assert_eq!(under, ["usr/bin/alias", "usr/bin/tool"]);
    }
}
