//! What to build: a package, what goes with it, and where upstream expects things. Names are checked here, because
//! they end up in another program's arguments.

use super::error::ArchiveError;

/// A directory that the component expects and the package does not ship with the right owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Directory<'a> {
    /// Absolute path in the image.
    pub path: &'a str,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Permission bits, such as `0o755`.
    pub mode: u32,
}

/// How one component's root file system is made from Debian packages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recipe<'a> {
    /// The Debian package whose version is the image's version.
    pub package: &'a str,
    /// Further packages: `ca-certificates`, `tzdata`.
    pub extra: &'a [&'a str],
    /// `(path that upstream uses, path that Debian uses)`: `("/bin/node_exporter", "/usr/bin/prometheus-node-exporter")`.
    pub links: &'a [(&'a str, &'a str)],
    /// Directories to make, with owner and mode.
    pub directories: &'a [Directory<'a>],
}

/// What to do with a Release file that has passed its `Valid-Until`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Validity {
    /// Refuse it. An attacker who replays an old, correctly signed archive is stopped by this.
    #[default]
    Checked,
    /// Take it. The signature is still checked.
    ExpiredAccepted,
}

/// The release of the archive to take packages from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suite {
    /// The release's code name.
    pub name: String,
    /// What to do when its Release file has expired.
    pub validity: Validity,
}

impl Default for Suite {
    fn default() -> Self {
        Self { name: "trixie".to_owned(), validity: Validity::Checked }
    }
}

/// Checks every name and path of a request before anything is run.
pub(super) fn check(recipe: &Recipe<'_>, suite: &Suite) -> Result<(), ArchiveError> {
    for package in std::iter::once(&recipe.package).chain(recipe.extra) {
        check_package(package)?;
    }
    check_suite(&suite.name)?;
    for (upstream, debian) in recipe.links {
        check_path(upstream)?;
        check_path(debian)?;
    }
    for directory in recipe.directories {
        check_path(directory.path)?;
    }
    Ok(())
}

/// Debian Policy 5.6.1: at least two characters of `a-z 0-9 + - .`, the first one alphanumeric.
fn check_package(name: &str) -> Result<(), ArchiveError> {
    let valid = name.len() >= 2 && starts_alphanumeric(name) && name.bytes().all(is_name_byte);
    verdict(valid, "package name", name, "two or more of a-z 0-9 + - . and first a letter or digit")
}

fn check_suite(name: &str) -> Result<(), ArchiveError> {
    let valid = starts_alphanumeric(name) && name.bytes().all(is_name_byte);
    verdict(valid, "suite", name, "a code name such as trixie: a-z 0-9 + - .")
}

fn check_path(path: &str) -> Result<(), ArchiveError> {
    let valid = path.strip_prefix('/').is_some_and(|rest| {
        rest.split('/').all(|part| !matches!(part, "" | "." | "..")) && !path.contains(char::is_control)
    });
    verdict(valid, "path", path, "absolute, without empty, `.` or `..` parts")
}

fn starts_alphanumeric(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.')
}

fn verdict(valid: bool, what: &'static str, value: &str, rule: &'static str) -> Result<(), ArchiveError> {
    if valid { Ok(()) } else { Err(ArchiveError::Invalid { what, value: value.to_owned(), rule }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECIPE: Recipe<'static> = Recipe {
        package: "prometheus-node-exporter",
        extra: &["ca-certificates", "libstdc++6"],
        links: &[("/bin/node_exporter", "/usr/bin/prometheus-node-exporter")],
        directories: &[Directory { path: "/prometheus", uid: 65534, gid: 65534, mode: 0o755 }],
    };

    fn complaint(recipe: &Recipe<'_>, suite: &str) -> String {
        let suite = Suite { name: suite.to_owned(), validity: Validity::Checked };
        check(recipe, &suite).map_or_else(|e| e.to_string(), |()| "fine".to_owned())
    }

    #[test]
    fn a_usual_recipe_passes() {
        assert_eq!(complaint(&RECIPE, "trixie"), "fine");
    }

    #[test]
    fn a_package_name_that_could_be_an_option_or_a_pattern_is_refused() {
        for name in ["", "a", "-oDir=/", "?essential", "a,b", "A package", "x/trixie", "x=1"] {
            let expected = format!(
                "package name `{name}` is not valid: two or more of a-z 0-9 + - . and first a letter or digit"
            );
            assert_eq!(complaint(&Recipe { package: name, ..RECIPE }, "trixie"), expected);
            assert_eq!(complaint(&Recipe { extra: &[name], ..RECIPE }, "trixie"), expected);
        }
    }

    #[test]
    fn a_suite_that_could_break_out_of_the_source_line_is_refused() {
        for name in ["", "../x", "trixie main", "[trusted=yes]", "-x"] {
            let expected = format!("suite `{name}` is not valid: a code name such as trixie: a-z 0-9 + - .");
            assert_eq!(complaint(&RECIPE, name), expected);
        }
    }

    #[test]
    fn a_path_that_leaves_the_tree_is_refused() {
        for path in ["", "bin/x", "/", "/a/../b", "/a//b", "/a/./b", "/a\nb"] {
            let expected = format!("path `{path}` is not valid: absolute, without empty, `.` or `..` parts");
            assert_eq!(complaint(&Recipe { links: &[(path, "/usr/bin/x")], ..RECIPE }, "trixie"), expected);
            assert_eq!(complaint(&Recipe { links: &[("/x", path)], ..RECIPE }, "trixie"), expected);
        }
    }
}
