//! Writes a tree as a tar: sorted, without the moment of building in it, so that the same packages give the same bytes.

use std::io::{self, Read, Seek, SeekFrom, Write};

use super::tree::{Content, Kind, Node, Tree};

/// Whether to go on; asked before every entry.
pub type Continue<'a> = &'a dyn Fn() -> bool;

/// Writes the tree; contents that are still in `tar` are copied from there. `Ok(None)` when told to stop, else the
/// tar's size in bytes.
pub fn write<R: Read + Seek>(
    tree: &Tree,
    tar: &mut R,
    output: impl Write,
    go_on: Continue<'_>,
) -> io::Result<Option<u64>> {
    let newest = tree.nodes.values().filter_map(|node| node.mtime).max().unwrap_or(0);
    let mut builder = tar::Builder::new(Counted { inner: output, bytes: 0 });
    for (path, node) in &tree.nodes {
        if !go_on() {
            return Ok(None);
        }
        append(&mut builder, path, node, newest, tar)?;
    }
    let mut counted = builder.into_inner()?;
    counted.flush()?;
    Ok(Some(counted.bytes))
}

fn append<R: Read + Seek, W: Write>(
    builder: &mut tar::Builder<W>,
    path: &str,
    node: &Node,
    newest: u64,
    tar: &mut R,
) -> io::Result<()> {
    let mut header = tar::Header::new_gnu();
    header.set_mode(node.mode);
    header.set_mtime(node.mtime.unwrap_or(newest));
    header.set_uid(0);
    header.set_gid(0);
    header.set_size(0);
    match &node.kind {
        Kind::Directory { uid, gid } => {
            header.set_entry_type(tar::EntryType::Directory);
            header.set_uid(u64::from(*uid));
            header.set_gid(u64::from(*gid));
            builder.append_data(&mut header, format!("{path}/"), io::empty())
        }
        Kind::Link(target) => {
            header.set_entry_type(tar::EntryType::Symlink);
            builder.append_link(&mut header, path, target)
        }
        Kind::File(Content::Made(bytes)) => {
            header.set_size(bytes.len() as u64);
            builder.append_data(&mut header, path, bytes.as_slice())
        }
        Kind::File(Content::Archived { offset, size }) => {
            tar.seek(SeekFrom::Start(*offset))?;
            header.set_size(*size);
            builder.append_data(&mut header, path, tar.take(*size))
        }
    }
}

struct Counted<W> {
    inner: W,
    bytes: u64,
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::super::tree::fixture::tree;
    use super::*;

    fn sample() -> Tree {
        let mut tree = tree(&[
            ("usr/bin/tool", Node { mode: 0o755, mtime: Some(90), ..Node::file("abc") }),
            ("bin", Node::link("usr/bin")),
            ("data", Node::directory(65534, 65533, 0o1770)),
        ]);
        let long = format!("usr/share/{}/x", "long".repeat(40));
        tree.put(&long, Node::file("deep"));
        tree
    }

    #[test]
    fn what_is_written_reads_back_with_owners_modes_and_one_time_for_all_that_has_none() {
        let mut bytes = Vec::new();
        let size = write(&sample(), &mut Cursor::new(Vec::new()), &mut bytes, &|| true).unwrap();
        assert_eq!(size, Some(bytes.len() as u64));
        let mut archive = tar::Archive::new(bytes.as_slice());
        let mut lines = Vec::new();
        for entry in archive.entries().unwrap() {
            let mut entry = entry.unwrap();
            let mut text = String::new();
            entry.read_to_string(&mut text).unwrap();
            let header = entry.header();
            let (uid, gid, mode) = (header.uid().unwrap(), header.gid().unwrap(), header.mode().unwrap());
            let path = entry.path().unwrap().display().to_string().replace("long", "");
            lines.push(format!("{path} {uid}:{gid} {mode:o} {} {text}", header.mtime().unwrap()));
        }
        assert_eq!(
            lines,
            [
                "bin 0:0 777 90 ",
                "data/ 65534:65533 1770 90 ",
                "usr/ 0:0 755 90 ",
                "usr/bin/ 0:0 755 90 ",
                "usr/bin/tool 0:0 755 90 abc",
                "usr/share/ 0:0 755 90 ",
                "usr/share// 0:0 755 90 ",
                "usr/share//x 0:0 644 90 deep",
            ]
        );
    }

    #[test]
    fn contents_are_copied_from_the_tar_they_came_from() {
        let content = Kind::File(Content::Archived { offset: 3, size: 4 });
        let tree = tree(&[("f", Node { kind: content, mode: 0o644, mtime: Some(5) })]);
        let mut bytes = Vec::new();
        write(&tree, &mut Cursor::new(b"xxxdatayyy".to_vec()), &mut bytes, &|| true).unwrap();
        let mut again = Cursor::new(bytes);
        let index = Tree::index(&mut again).unwrap();
        assert_eq!(index.read("f", &mut again).unwrap(), Some(b"data".to_vec()));
    }

    #[test]
    fn being_told_to_stop_ends_the_writing() {
        let mut bytes = Vec::new();
        let calls = std::cell::Cell::new(0);
        let twice = || {
            calls.set(calls.get() + 1);
            calls.get() <= 2
        };
        assert_eq!(write(&sample(), &mut Cursor::new(Vec::new()), &mut bytes, &twice).unwrap(), None);
        assert_eq!(calls.get(), 3);
    }
}
