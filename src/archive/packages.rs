//! Which Debian packages a tree is made of: dpkg's status file and file lists, as the extract hook recorded them.

use std::io::{self, Read, Seek};

use super::tree::Tree;

const STATUS: &str = "var/lib/dpkg/status";

/// One unpacked package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its full Debian version.
    pub version: String,
    /// Its stanza in dpkg's status file, without the empty line after it.
    pub stanza: String,
    /// Its regular files, without leading slash. Configuration files and links are not listed by Debian.
    pub files: Vec<String>,
}

/// Reads the packages that the hook recorded, in the order recorded.
pub fn read<R: Read + Seek>(tree: &Tree, tar: &mut R) -> io::Result<Vec<Package>> {
    let status = text(tree, tar, STATUS)?;
    let mut packages = Vec::new();
    for stanza in status.split("\n\n").map(str::trim).filter(|stanza| !stanza.is_empty()) {
        let (Some(name), Some(version)) = (field(stanza, "Package"), field(stanza, "Version")) else {
            continue;
        };
        let sums = text(tree, tar, &format!("var/lib/dpkg/info/{name}.md5sums"))?;
        packages.push(Package {
            name: name.to_owned(),
            version: version.to_owned(),
            stanza: stanza.to_owned(),
            files: sums.lines().filter_map(listed_file).collect(),
        });
    }
    Ok(packages)
}

/// The status file of these packages.
pub fn status(packages: &[Package]) -> String {
    packages.iter().flat_map(|package| [package.stanza.as_str(), "\n\n"]).collect()
}

/// The version that upstream released, from Debian's version of it: without epoch, Debian revision and repacking
/// suffix, with a pre-release written as upstream does.
pub fn upstream_version(debian: &str) -> String {
    let without_epoch = debian.split_once(':').map_or(debian, |(_, rest)| rest);
    let without_revision = without_epoch.rsplit_once('-').map_or(without_epoch, |(upstream, _)| upstream);
    let released = without_revision.split('+').next().unwrap_or(without_revision);
    let repacked = ["~ds", "~dfsg"].iter().find_map(|suffix| released.split_once(suffix));
    repacked.map_or(released, |(released, _)| released).replace('~', "-")
}

fn text<R: Read + Seek>(tree: &Tree, tar: &mut R, path: &str) -> io::Result<String> {
    let bytes = tree.read(path, tar)?.unwrap_or_default();
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn field<'a>(stanza: &'a str, name: &str) -> Option<&'a str> {
    stanza.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim)
}

/// A line of `md5sums`: the sum, two spaces, the path.
fn listed_file(line: &str) -> Option<String> {
    let (_, path) = line.split_once("  ")?;
    Some(path.trim_start_matches("./").to_owned())
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::super::tree::{Node, fixture::tree};
    use super::*;

    #[test]
    fn stanzas_and_file_lists_are_read_back_and_written_alike() {
        let status_text = "Package: prometheus\nVersion: 2.53.3+ds1-2\nDescription: monitoring\n with: colons\n\
                           Status: install ok installed\n\nPackage: tzdata\nVersion: 2026c-0+deb13u1\n\n";
        let tree = tree(&[
            (STATUS, Node::file(status_text)),
            (
                "var/lib/dpkg/info/prometheus.md5sums",
                Node::file("0f  usr/bin/prometheus\n1f  usr/share/a b\n"),
            ),
        ]);
        let packages = read(&tree, &mut Cursor::new(Vec::new())).unwrap();
        assert_eq!(packages.len(), 2);
        assert_eq!((packages[0].name.as_str(), packages[0].version.as_str()), ("prometheus", "2.53.3+ds1-2"));
        assert_eq!(packages[0].files, ["usr/bin/prometheus", "usr/share/a b"]);
        assert_eq!(packages[1].files, Vec::<String>::new());
        assert_eq!(status(&packages), status_text);
    }

    #[test]
    fn the_upstream_version_is_what_the_release_page_says() {
        let cases = [
            ("2.53.3+ds1-2+b5", "2.53.3"),
            ("1.9.0-1+b4", "1.9.0"),
            ("5:7.0.15-1~deb12u1", "7.0.15"),
            ("3.0.0~rc1+ds-1", "3.0.0-rc1"),
            ("0.28.1~ds2-1", "0.28.1"),
            ("2026c-0+deb13u1", "2026c"),
            ("12.4", "12.4"),
        ];
        for (debian, upstream) in cases {
            assert_eq!(upstream_version(debian), upstream, "{debian}");
        }
    }
}
