//! The arguments of `mmdebstrap`, one by one. Every value that comes from outside was checked in `recipe` or
//! `discover`; the one text that a shell sees is a constant.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::discover::Archive;
use super::recipe::{Recipe, Suite, Validity};

/// Writes what dpkg would know about the unpacked packages into the tree, while the packages are still there: the
/// control stanzas into `var/lib/dpkg/status` and the file lists into `var/lib/dpkg/info`. `$1` is the tree. Needed
/// because nothing is installed, so dpkg itself writes none of it.
const RECORD_PACKAGES: &str = "set -eu; mkdir -p \"$1/var/lib/dpkg/info\"; : > \"$1/var/lib/dpkg/status\"; \
    for deb in \"$1\"/var/cache/apt/archives/*.deb; do \
    name=$(dpkg-deb --field \"$deb\" Package); \
    dpkg-deb --info \"$deb\" md5sums > \"$1/var/lib/dpkg/info/$name.md5sums\" 2>/dev/null || :; \
    { dpkg-deb --field \"$deb\"; echo 'Status: install ok installed'; echo; } >> \"$1/var/lib/dpkg/status\"; \
    done";

/// Always unpacked along: the merged-`/usr` links and `os-release`.
const GROUND: &str = "base-files";

/// Who runs `mmdebstrap`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caller {
    /// May own files as anybody.
    Root,
    /// Needs neither root nor subordinate user ids, because nothing is executed inside the tree.
    User,
}

/// Everything that the command line is made of.
pub struct Request<'a> {
    pub archive: &'a Archive,
    pub recipe: &'a Recipe<'a>,
    pub suite: &'a Suite,
    /// The keyring files that apt will read.
    pub keyrings: &'a [PathBuf],
    pub caller: Caller,
    /// Where the tar goes.
    pub target: &'a Path,
}

/// The arguments, without the program.
pub fn arguments(request: &Request<'_>) -> Vec<OsString> {
    let mode = match request.caller {
        Caller::Root => "root",
        Caller::User => "chrootless",
    };
    let check_expiry = match request.suite.validity {
        Validity::Checked => "true",
        Validity::ExpiredAccepted => "false",
    };
    let mut include = vec![request.recipe.package];
    include.extend(request.recipe.extra);
    include.push(GROUND);
    let mut arguments: Vec<OsString> = [
        "--variant=extract".to_owned(),
        "--format=tar".to_owned(),
        format!("--mode={mode}"),
        format!("--include={}", include.join(",")),
        "--aptopt=APT::Install-Recommends \"false\"".to_owned(),
        "--aptopt=Acquire::Languages \"none\"".to_owned(),
        "--aptopt=Acquire::Retries \"2\"".to_owned(),
        format!("--aptopt=Acquire::Check-Valid-Until \"{check_expiry}\""),
        format!("--extract-hook={RECORD_PACKAGES}"),
        request.suite.name.clone(),
    ]
    .map(OsString::from)
    .into();
    arguments.push(request.target.into());
    arguments.push(source_line(request));
    arguments
}

fn source_line(request: &Request<'_>) -> OsString {
    let mut line = OsString::from("deb [signed-by=");
    for (position, keyring) in request.keyrings.iter().enumerate() {
        if position > 0 {
            line.push(",");
        }
        line.push(keyring);
    }
    line.push(format!("] {} {} main", request.archive.uri, request.suite.name));
    line
}

#[cfg(test)]
mod tests {
    use super::super::discover::Keyring;
    use super::*;

    fn argv(caller: Caller, validity: Validity, keyrings: &[PathBuf]) -> Vec<String> {
        let archive = Archive {
            uri: "http://mirror.example.invalid/debian".to_owned(),
            keyring: Keyring::Files(keyrings.to_vec()),
            found_in: PathBuf::from("/etc/apt/sources.list"),
        };
        let recipe = Recipe {
            package: "prometheus",
            extra: &["ca-certificates", "tzdata"],
            links: &[("/bin/prometheus", "/usr/bin/prometheus")],
            directories: &[],
        };
        let suite = Suite { name: "forky".to_owned(), validity };
        let target = Path::new("/work/raw.tar");
        let request = Request { archive: &archive, recipe: &recipe, suite: &suite, keyrings, caller, target };
        arguments(&request).into_iter().map(|argument| argument.into_string().unwrap()).collect()
    }

    #[test]
    fn root_checks_expiry_and_passes_each_value_as_one_argument() {
        let expected = [
            "--variant=extract",
            "--format=tar",
            "--mode=root",
            "--include=prometheus,ca-certificates,tzdata,base-files",
            "--aptopt=APT::Install-Recommends \"false\"",
            "--aptopt=Acquire::Languages \"none\"",
            "--aptopt=Acquire::Retries \"2\"",
            "--aptopt=Acquire::Check-Valid-Until \"true\"",
            &format!("--extract-hook={RECORD_PACKAGES}"),
            "forky",
            "/work/raw.tar",
            "deb [signed-by=/k.gpg] http://mirror.example.invalid/debian forky main",
        ];
        assert_eq!(argv(Caller::Root, Validity::Checked, &[PathBuf::from("/k.gpg")]), expected);
    }

    #[test]
    fn a_user_needs_no_chroot_and_an_expired_suite_can_be_accepted() {
        let keyrings = [PathBuf::from("/a.gpg"), PathBuf::from("/b.gpg")];
        let root = argv(Caller::Root, Validity::Checked, &keyrings);
        let user = argv(Caller::User, Validity::ExpiredAccepted, &keyrings);
        let changed: Vec<&String> = user.iter().filter(|argument| !root.contains(argument)).collect();
        assert_eq!(changed, ["--mode=chrootless", "--aptopt=Acquire::Check-Valid-Until \"false\""]);
        assert_eq!(
            user.last().unwrap(),
            "deb [signed-by=/a.gpg,/b.gpg] http://mirror.example.invalid/debian forky main"
        );
    }
}
