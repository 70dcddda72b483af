//! Adds to a tree what maintainer scripts would have made, and what the recipe asks for: users, certificates, the
//! merged-`/usr` links, temporary directories, and the paths that upstream's image has.

use std::io::{self, Read, Seek};

use super::error::ArchiveError;
use super::recipe::Recipe;
use super::tree::{Node, Tree};

/// The users of upstream's images. 65534 is `nobody` in Debian and in upstream's images alike.
const PASSWD: &str =
    "root:x:0:0:root:/root:/usr/sbin/nologin\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n";
const GROUP: &str = "root:x:0:\nnogroup:x:65534:\n";
/// Without this file the C library would not look into `/etc/hosts` before it asks DNS.
const NSSWITCH: &str = "passwd: files\ngroup: files\nhosts: files dns\nnetworks: files\nservices: files\n";

const MERGED: [&str; 4] = ["bin", "lib", "lib64", "sbin"];
const DIRECTORIES: [(&str, u32); 8] = [
    ("dev", 0o755),
    ("proc", 0o755),
    ("root", 0o700),
    ("run", 0o755),
    ("run/lock", 0o1777),
    ("sys", 0o755),
    ("tmp", 0o1777),
    ("var/tmp", 0o1777),
];
/// What the script of `base-files` makes of the directories that it ships.
const MOVED: [(&str, &str); 2] = [("var/lock", "/run/lock"), ("var/run", "/run")];

const CERTIFICATES: &str = "usr/share/ca-certificates";
const BUNDLE: &str = "etc/ssl/certs/ca-certificates.crt";

/// Makes what every image needs.
pub fn ground<R: Read + Seek>(tree: &mut Tree, tar: &mut R) -> io::Result<()> {
    for name in MERGED {
        let target = format!("usr/{name}");
        if !tree.nodes.contains_key(name) && tree.nodes.contains_key(&target) {
            tree.put(name, Node::link(&target));
        }
    }
    for (path, mode) in DIRECTORIES {
        tree.put(path, Node::directory(0, 0, mode));
    }
    for (path, target) in MOVED {
        tree.put(path, Node::link(target));
    }
    for (path, text) in [("etc/passwd", PASSWD), ("etc/group", GROUP), ("etc/nsswitch.conf", NSSWITCH)] {
        tree.put(path, Node::file(text));
    }
    certificates(tree, tar)
}

/// What `update-ca-certificates` would make: all certificates in one file. The single ones are not needed any more.
fn certificates<R: Read + Seek>(tree: &mut Tree, tar: &mut R) -> io::Result<()> {
    let singles: Vec<String> = tree
        .under(CERTIFICATES)
        .map(|(path, _)| path)
        .filter(|path| std::path::Path::new(path).extension().is_some_and(|extension| extension == "crt"))
        .cloned()
        .collect();
    if singles.is_empty() {
        return Ok(());
    }
    let mut bundle = Vec::new();
    for path in &singles {
        bundle.extend(tree.read(path, tar)?.unwrap_or_default());
        if !bundle.ends_with(b"\n") {
            bundle.push(b'\n');
        }
    }
    let inside = format!("{CERTIFICATES}/");
    tree.nodes.retain(|path, _| path != CERTIFICATES && !path.starts_with(&inside));
    tree.put(BUNDLE, Node::file(bundle));
    Ok(())
}

/// Applies a recipe's links and directories. A link to nothing is an error: the package has changed.
pub fn apply(tree: &mut Tree, recipe: &Recipe<'_>) -> Result<(), ArchiveError> {
    for directory in recipe.directories {
        tree.put(directory.path, Node::directory(directory.uid, directory.gid, directory.mode & 0o7777));
    }
    for (upstream, debian) in recipe.links {
        if !tree.leads_somewhere(debian) {
            let (package, path) = (recipe.package.to_owned(), (*debian).to_owned());
            return Err(ArchiveError::Incomplete { package, path });
        }
        // Where upstream and Debian agree there is nothing to do, also when they agree only through `/bin`.
        if !tree.leads_somewhere(upstream) {
            tree.put(upstream, Node::link(debian));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::super::recipe::Directory;
    use super::super::tree::fixture::{paths, tree};
    use super::*;

    fn furnished(mut tree: Tree) -> Tree {
        ground(&mut tree, &mut Cursor::new(Vec::new())).unwrap();
        tree
    }

    const RECIPE: Recipe<'static> = Recipe {
        package: "prometheus",
        extra: &[],
        links: &[("/bin/prom", "/usr/bin/prometheus"), ("/bin/prometheus", "/usr/bin/prometheus")],
        directories: &[Directory { path: "/prometheus", uid: 65534, gid: 65533, mode: 0o750 }],
    };

    #[test]
    fn the_links_users_and_directories_that_scripts_would_make_are_there() {
        let tree =
            furnished(tree(&[("usr/bin/prometheus", Node::file("x")), ("usr/lib/x", Node::file("x"))]));
        assert_eq!(
            paths(&tree),
            [
                "bin",
                "dev",
                "etc",
                "etc/group",
                "etc/nsswitch.conf",
                "etc/passwd",
                "lib",
                "proc",
                "root",
                "run",
                "run/lock",
                "sys",
                "tmp",
                "usr",
                "usr/bin",
                "usr/bin/prometheus",
                "usr/lib",
                "usr/lib/x",
                "var",
                "var/lock",
                "var/run",
                "var/tmp"
            ]
        );
        assert_eq!(tree.nodes["bin"], Node::link("usr/bin"));
        assert_eq!(tree.nodes["tmp"], Node::directory(0, 0, 0o1777));
    }

    #[test]
    fn a_tree_that_brings_its_own_links_keeps_them() {
        let own = tree(&[("bin", Node::link("/usr/bin")), ("usr/bin/x", Node::file("x"))]);
        assert_eq!(furnished(own).nodes["bin"], Node::link("/usr/bin"));
    }

    #[test]
    fn certificates_become_one_bundle_in_a_fixed_order() {
        let tree = furnished(tree(&[
            ("usr/share/ca-certificates/mozilla/B.crt", Node::file("b\n")),
            ("usr/share/ca-certificates/mozilla/A.crt", Node::file("a")),
            ("usr/share/ca-certificates/mozilla/notes", Node::file("no")),
        ]));
        let mut nothing = Cursor::new(Vec::new());
        assert_eq!(tree.read(BUNDLE, &mut nothing).unwrap(), Some(b"a\nb\n".to_vec()));
        assert_eq!(tree.under("usr").map(|(path, _)| path.as_str()).collect::<Vec<_>>(), ["usr/share"]);
    }

    #[test]
    fn a_recipe_adds_its_links_behind_bin_and_leaves_equal_paths_alone() {
        let mut tree = furnished(tree(&[("usr/bin/prometheus", Node::file("x"))]));
        apply(&mut tree, &RECIPE).unwrap();
        assert_eq!(tree.nodes["usr/bin/prom"], Node::link("/usr/bin/prometheus"));
        assert_eq!(tree.nodes["usr/bin/prometheus"], Node::file("x"));
        assert_eq!(tree.nodes["prometheus"], Node::directory(65534, 65533, 0o750));
    }

    #[test]
    fn a_link_to_nothing_says_that_the_package_changed() {
        let mut tree = furnished(tree(&[("usr/bin/other", Node::file("x"))]));
        assert_eq!(
            apply(&mut tree, &RECIPE).unwrap_err().to_string(),
            "the tree of package `prometheus` has no `/usr/bin/prometheus`; the package changed, and its row in the \
             catalogue must follow"
        );
    }
}
