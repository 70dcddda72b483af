//! Leaves out of a tree what a running component never needs: documentation, what only maintainer scripts use, and the
//! shared libraries that nothing left asks for. Measured on node exporter from trixie: 57 MB become 21 MB.

use std::collections::BTreeSet;
use std::io::{self, Read, Seek};

use super::elf::{Needed, needed};
use super::packages::Package;
use super::tree::{Content, Kind, Tree};

/// Paths that go with everything under them. `*` stands for one whole part of a path. Whatever names the archive or
/// this machine (`etc/apt`, `etc/hostname`, `etc/resolv.conf`) is among them.
const LEFT_OUT: [&str; 52] = [
    "dev/*",
    "etc/adduser.conf",
    "etc/apache2",
    "etc/apt",
    "etc/cron.d",
    "etc/cron.daily",
    "etc/debconf.conf",
    "etc/deluser.conf",
    "etc/dpkg",
    "etc/fstab",
    "etc/hostname",
    "etc/init.d",
    "etc/lighttpd",
    "etc/login.defs",
    "etc/logrotate.d",
    "etc/motd",
    "etc/rc0.d",
    "etc/rc1.d",
    "etc/rc2.d",
    "etc/rc3.d",
    "etc/rc4.d",
    "etc/rc5.d",
    "etc/rc6.d",
    "etc/rcS.d",
    "etc/resolv.conf",
    "etc/systemd",
    "etc/update-motd.d",
    "usr/lib/*/engines-3",
    "usr/lib/*/gconv",
    "usr/lib/systemd",
    "usr/lib/sysusers.d",
    "usr/lib/tmpfiles.d",
    "usr/share/base-files",
    "usr/share/bash-completion",
    "usr/share/bug",
    "usr/share/debconf",
    "usr/share/doc-base",
    "usr/share/info",
    "usr/share/javascript/moment-timezone/data/unpacked",
    "usr/share/lintian",
    "usr/share/locale",
    "usr/share/man",
    "usr/share/menu",
    "usr/share/pam-configs",
    "usr/share/perl5",
    "usr/share/sass",
    "usr/share/zsh",
    "var/cache/*",
    "var/lib/apt",
    "var/lib/dpkg",
    "var/lib/systemd",
    "var/log/*",
];

/// Packages that are depended on for maintainer scripts, which are never run here. One that a recipe names stays.
const SETUP_ONLY: [&str; 17] = [
    "adduser",
    "base-passwd",
    "debconf",
    "init-system-helpers",
    "javascript-common",
    "libc-bin",
    "libpam-modules",
    "libpam-modules-bin",
    "libpam-runtime",
    "libsemanage-common",
    "login.defs",
    "mawk",
    "openssl",
    "openssl-provider-legacy",
    "passwd",
    "sensible-utils",
    "ucf",
];

/// Libraries that the C library or the compiler's run time loads by name, so that no table mentions them.
const LOADED_BY_NAME: [&str; 7] =
    ["libc.so.", "libdl.so.", "libgcc_s.so.", "libnss_", "libpthread.so.", "libresolv.so.", "librt.so."];

/// Trims the tree, and the list of packages to those that still have something in it.
pub fn trim<R: Read + Seek>(
    tree: &mut Tree,
    packages: &mut Vec<Package>,
    requested: &[&str],
    tar: &mut R,
) -> io::Result<()> {
    let before = tree.clone();
    let setup = setup_files(packages, requested);
    tree.nodes.retain(|path, _| !is_left_out(path) && !setup.contains(path.as_str()));
    let asked_for = files_of(packages, |package| requested.contains(&package.name.as_str()));
    if let Some(unneeded) = unneeded_libraries(tree, &asked_for, tar)? {
        tree.nodes.retain(|path, _| !unneeded.contains(path));
    }
    drop_what_dangles(&before, tree);
    drop_what_became_empty(&before, tree);
    let is_used = |path: &String| tree.nodes.contains_key(path) && !path.starts_with("usr/share/doc/");
    packages
        .retain(|package| requested.contains(&package.name.as_str()) || package.files.iter().any(is_used));
    let names: BTreeSet<&str> = packages.iter().map(|package| package.name.as_str()).collect();
    tree.nodes.retain(|path, _| documented_package(path).is_none_or(|name| names.contains(name)));
    Ok(())
}

fn files_of(packages: &[Package], chosen: impl Fn(&Package) -> bool) -> BTreeSet<String> {
    packages
        .iter()
        .filter(|package| chosen(package))
        .flat_map(|package| package.files.iter().cloned())
        .collect()
}

fn setup_files(packages: &[Package], requested: &[&str]) -> BTreeSet<String> {
    files_of(packages, |package| {
        let name = package.name.as_str();
        SETUP_ONLY.contains(&name) && !requested.contains(&name)
    })
}

/// The package that a path under `usr/share/doc` belongs to.
fn documented_package(path: &str) -> Option<&str> {
    path.strip_prefix("usr/share/doc/")?.split('/').next()
}

/// Of the documentation, the licences stay: an image may be handed on with `images save`.
fn is_left_out(path: &str) -> bool {
    if documented_package(path).is_some() {
        let depth = path.split('/').count();
        return depth > 4 && !(depth == 5 && path.ends_with("/copyright"));
    }
    let is_script_map =
        path.starts_with("usr/share/") && (path.ends_with(".js.map") || path.ends_with(".css.map"));
    is_script_map || LEFT_OUT.iter().any(|pattern| covers(pattern, path))
}

fn covers(pattern: &str, path: &str) -> bool {
    let mut parts = path.split('/');
    pattern.split('/').all(|wanted| parts.next().is_some_and(|part| wanted == "*" || wanted == part))
}

/// The libraries that no remaining program needs, directly or through other libraries. `None` when a program cannot
/// be read, because then nothing is certain.
fn unneeded_libraries<R: Read + Seek>(
    tree: &Tree,
    asked_for: &BTreeSet<String>,
    tar: &mut R,
) -> io::Result<Option<BTreeSet<String>>> {
    let is_spare = |path: &str| is_library(path) && !asked_for.contains(path);
    let mut waiting: Vec<String> = tree.nodes.keys().filter(|path| !is_spare(path)).cloned().collect();
    let mut used = BTreeSet::new();
    while let Some(path) = waiting.pop() {
        let Some(Kind::File(Content::Archived { offset, .. })) = tree.nodes.get(&path).map(|node| &node.kind)
        else {
            continue;
        };
        match needed(tar, *offset)? {
            Needed::NotElf => {}
            Needed::Unknown => return Ok(None),
            Needed::Libraries(names) => {
                for name in names {
                    waiting.extend(newly_used(tree, &name, &mut used));
                }
            }
        }
    }
    Ok(Some(tree.nodes.keys().filter(|path| is_spare(path) && !used.contains(*path)).cloned().collect()))
}

/// Marks a library and the file behind its link as used; gives the files that must be looked into because of it.
fn newly_used(tree: &Tree, name: &str, used: &mut BTreeSet<String>) -> Vec<String> {
    let mut files = Vec::new();
    for path in tree.nodes.keys().filter(|path| is_library(path) && path.ends_with(name)) {
        let is_it = path.rsplit('/').next() == Some(name);
        if is_it && used.insert(path.clone()) {
            let file = tree.resolve(path, super::tree::Last::Followed);
            used.extend(file.clone());
            files.extend(file);
        }
    }
    files
}

/// `usr/lib/libx.so.1` or `usr/lib/TRIPLET/libx.so.1`; what lies deeper is a plugin, which its program loads by name.
fn is_library(path: &str) -> bool {
    let Some(inside) = path.strip_prefix("usr/lib/") else { return false };
    let name = inside.rsplit('/').next().unwrap_or(inside);
    inside.split('/').count() <= 2
        && name.starts_with("lib")
        && name.contains(".so")
        && !LOADED_BY_NAME.iter().any(|prefix| name.starts_with(prefix))
}

/// Links that led to something before and no longer do.
fn drop_what_dangles(before: &Tree, tree: &mut Tree) {
    let broken: Vec<String> = tree
        .nodes
        .iter()
        .filter(|(_, node)| matches!(node.kind, Kind::Link(_)))
        .map(|(path, _)| path)
        .filter(|path| before.leads_somewhere(path) && !tree.leads_somewhere(path))
        .cloned()
        .collect();
    tree.nodes.retain(|path, _| !broken.contains(path));
}

/// Directories that held something before and no longer do.
fn drop_what_became_empty(before: &Tree, tree: &mut Tree) {
    let parents = |tree: &Tree| -> BTreeSet<String> {
        let cuts = tree.nodes.keys().filter_map(|path| path.rsplit_once('/'));
        cuts.map(|(parent, _)| parent.to_owned()).collect()
    };
    let held_something = parents(before);
    loop {
        let holds_something = parents(tree);
        let count = tree.nodes.len();
        tree.nodes.retain(|path, node| {
            !matches!(node.kind, Kind::Directory { .. })
                || !held_something.contains(path)
                || holds_something.contains(path)
        });
        if tree.nodes.len() == count {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::super::elf::fixture::elf;
    use super::super::tree::{Node, fixture::paths};
    use super::*;

    /// A tree whose files lie one after the other in a buffer, as in a tar.
    #[derive(Default)]
    struct Raw {
        tree: Tree,
        bytes: Vec<u8>,
    }

    impl Raw {
        fn file(mut self, path: &str, bytes: &[u8]) -> Self {
            let offset = self.bytes.len() as u64;
            let content = Content::Archived { offset, size: bytes.len() as u64 };
            self.bytes.extend(bytes);
            self.bytes.extend([0; 64]);
            self.tree.put(path, Node { kind: Kind::File(content), mode: 0o755, mtime: Some(1) });
            self
        }

        fn link(mut self, path: &str, target: &str) -> Self {
            self.tree.put(path, Node::link(target));
            self
        }
    }

    fn package(name: &str, files: &[&str]) -> Package {
        Package {
            name: name.to_owned(),
            version: "1".to_owned(),
            stanza: String::new(),
            files: files.iter().map(|file| (*file).to_owned()).collect(),
        }
    }

    fn trimmed(raw: Raw, mut packages: Vec<Package>, requested: &[&str]) -> (Tree, Vec<String>) {
        let mut tree = raw.tree;
        trim(&mut tree, &mut packages, requested, &mut Cursor::new(raw.bytes)).unwrap();
        (tree, packages.into_iter().map(|package| package.name).collect())
    }

    #[test]
    fn documentation_goes_and_licences_of_what_stays_remain() {
        let raw = Raw::default()
            .file("usr/bin/prog", b"x")
            .file("usr/share/doc/prog/copyright", b"x")
            .file("usr/share/doc/prog/examples/copyright", b"x")
            .file("usr/share/doc/prog/changelog.gz", b"x")
            .file("usr/share/doc/gcc-14-base/copyright", b"x")
            .file("usr/share/man/man1/prog.1", b"x")
            .file("etc/apt/sources.list", b"x")
            .file("etc/resolv.conf", b"x")
            .file("usr/share/javascript/d3/d3.js", b"x")
            .file("usr/share/javascript/d3/d3.js.map", b"x")
            .file("usr/lib/x86_64-linux-gnu/gconv/BIG5.so", b"x");
        let packages = vec![package("prog", &["usr/bin/prog"]), package("gcc-14-base", &[])];
        let (tree, names) = trimmed(raw, packages, &["prog"]);
        let files: Vec<&str> = tree
            .nodes
            .iter()
            .filter(|(_, node)| !matches!(node.kind, Kind::Directory { .. }))
            .map(|(path, _)| path.as_str())
            .collect();
        assert_eq!(files, ["usr/bin/prog", "usr/share/doc/prog/copyright", "usr/share/javascript/d3/d3.js"]);
        assert_eq!(names, ["prog"]);
    }

    #[test]
    fn setup_packages_go_with_their_links_and_emptied_directories_unless_they_are_asked_for() {
        let raw = || {
            Raw::default()
                .file("usr/bin/openssl", b"x")
                .file("usr/sbin/vipw", b"x")
                .link("usr/sbin/vigr", "vipw")
                .link("usr/bin/elsewhere", "/proc/self/exe")
                .file("usr/bin/prog", b"x")
        };
        let packages =
            || vec![package("openssl", &["usr/bin/openssl"]), package("passwd", &["usr/sbin/vipw"])];
        let (tree, names) = trimmed(raw(), packages(), &["prog"]);
        assert_eq!(paths(&tree), ["usr", "usr/bin", "usr/bin/elsewhere", "usr/bin/prog"]);
        assert_eq!(names, Vec::<String>::new());
        let (tree, names) = trimmed(raw(), packages(), &["prog", "openssl"]);
        assert_eq!(paths(&tree), ["usr", "usr/bin", "usr/bin/elsewhere", "usr/bin/openssl", "usr/bin/prog"]);
        assert_eq!(names, ["openssl"]);
    }

    #[test]
    fn a_library_stays_when_a_program_or_a_plugin_needs_it_through_others() {
        const LIB: &str = "usr/lib/x86_64-linux-gnu";
        let at = |name: &str| format!("{LIB}/{name}");
        let raw = Raw::default()
            .file("usr/bin/prog", &elf(&["liba.so.1"]))
            .link(&at("liba.so.1"), "liba.so.1.2")
            .file(&at("liba.so.1.2"), &elf(&["libb.so.2"]))
            .file(&at("libb.so.2"), &elf(&[]))
            .file(&at("libspare.so.3"), &elf(&["libb.so.2"]))
            .link(&at("libspare.so"), "libspare.so.3")
            .file(&at("libnss_dns.so.2"), &elf(&[]))
            .file(&at("libasked.so.1"), &elf(&["libc-of-asked.so.1"]))
            .file(&at("libc-of-asked.so.1"), &elf(&[]))
            .file("usr/lib/prog/plugin.so", &elf(&["libplug.so.1"]))
            .file(&at("libplug.so.1"), &elf(&[]));
        let asked = at("libasked.so.1");
        let (tree, _) = trimmed(raw, vec![package("asked", &[&asked])], &["asked"]);
        let left: Vec<&str> = tree.under(LIB).filter_map(|(path, _)| path.rsplit('/').next()).collect();
        assert_eq!(
            left,
            [
                "liba.so.1",
                "liba.so.1.2",
                "libasked.so.1",
                "libb.so.2",
                "libc-of-asked.so.1",
                "libnss_dns.so.2",
                "libplug.so.1"
            ]
        );
    }

    #[test]
    fn nothing_is_concluded_from_a_program_that_cannot_be_read() {
        let mut odd = elf(&[]);
        odd[4] = 1;
        let raw = Raw::default().file("usr/bin/prog", &odd).file("usr/lib/libspare.so.3", &elf(&[]));
        let (tree, _) = trimmed(raw, Vec::new(), &[]);
        assert!(tree.nodes.contains_key("usr/lib/libspare.so.3"));
    }
}
