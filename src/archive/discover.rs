//! Finds the Debian main archive in a machine's apt configuration. Reads files only; nothing is fetched here, and no
//! address is built in: a machine without a configured archive has none.

use std::path::{Path, PathBuf};

use super::error::ArchiveError;
use super::sources::{Entry, deb822, one_line};

/// The code names and aliases under which Debian publishes releases. An archive of another distribution, and the
/// `-security`, `-updates` and `-backports` suites, do not match.
const RELEASES: [&str; 12] = [
    "buster",
    "bullseye",
    "bookworm",
    "trixie",
    "forky",
    "duke",
    "sid",
    "oldoldstable",
    "oldstable",
    "stable",
    "testing",
    "unstable",
];

/// The keyring that Debian's own package ships, under its old and its new name.
const DEBIAN_KEYRINGS: [&str; 2] =
    ["usr/share/keyrings/debian-archive-keyring.gpg", "usr/share/keyrings/debian-archive-keyring.pgp"];

/// What the archive's signature is checked with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Keyring {
    /// Files, as apt reads them.
    Files(Vec<PathBuf>),
    /// An armoured key block that stood in the apt configuration itself.
    Embedded(String),
}

/// A Debian archive that this machine is configured to use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Archive {
    pub(super) uri: String,
    pub(super) keyring: Keyring,
    pub(super) found_in: PathBuf,
}

impl Archive {
    /// Reads `etc/apt/sources.list` and `etc/apt/sources.list.d` under `root` (`/` on a real machine) and chooses the
    /// entry that is most surely Debian's own main archive.
    pub fn discover(root: &Path) -> Result<Self, ArchiveError> {
        let apt = root.join("etc/apt");
        let mut candidates = Vec::new();
        for file in source_files(&apt)? {
            let text = std::fs::read_to_string(&file)
                .map_err(|source| ArchiveError::Configuration { path: file.clone(), source })?;
            let entries = if has_extension(&file, "sources") { deb822(&text) } else { one_line(&text) };
            candidates.extend(entries.iter().filter_map(|entry| candidate(entry, &file, root)));
        }
        // `max_by_key` takes the last of equals; the first one written should win.
        candidates.reverse();
        candidates
            .into_iter()
            .max_by_key(|(rank, _)| *rank)
            .map(|(_, archive)| archive)
            .ok_or(ArchiveError::NotConfigured { looked_in: apt })
    }

    /// Whether a build can start: `mmdebstrap` is on the PATH and the keyring exists.
    pub fn prerequisites(&self) -> Result<(), ArchiveError> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        if !std::env::split_paths(&path).any(|directory| directory.join("mmdebstrap").is_file()) {
            return Err(ArchiveError::ToolMissing);
        }
        self.check_keyring()
    }

    fn check_keyring(&self) -> Result<(), ArchiveError> {
        let Keyring::Files(files) = &self.keyring else { return Ok(()) };
        files
            .iter()
            .find(|file| !file.is_file())
            .map_or(Ok(()), |missing| Err(ArchiveError::KeyringMissing { keyring: missing.clone() }))
    }

    /// The configuration file that names this archive.
    pub fn found_in(&self) -> &Path {
        &self.found_in
    }
}

/// The files that apt would read, in its order. A directory that is not there counts as empty.
fn source_files(apt: &Path) -> Result<Vec<PathBuf>, ArchiveError> {
    let mut files = Vec::new();
    let main = apt.join("sources.list");
    if main.is_file() {
        files.push(main);
    }
    let parts = apt.join("sources.list.d");
    let listed = match std::fs::read_dir(&parts) {
        Ok(listing) => listing.collect::<Result<Vec<_>, _>>(),
        Err(missing) if missing.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(other) => Err(other),
    };
    let listed = listed.map_err(|source| ArchiveError::Configuration { path: parts, source })?;
    let mut parts: Vec<PathBuf> = listed.iter().map(std::fs::DirEntry::path).collect();
    parts.retain(|path| has_extension(path, "list") || has_extension(path, "sources"));
    parts.sort();
    files.extend(parts);
    Ok(files)
}

fn has_extension(path: &Path, extension: &str) -> bool {
    path.extension().is_some_and(|found| found == extension)
}

/// How sure it is that an entry is Debian's own archive: its keyring says so, its path says so, and it names the
/// release by its code name. Compared in this order.
type Rank = (bool, bool, bool);

fn candidate(entry: &Entry, file: &Path, root: &Path) -> Option<(Rank, Archive)> {
    let suite = entry.suites.iter().find(|suite| RELEASES.contains(&suite.as_str()))?;
    let has_main = entry.components.iter().any(|component| component == "main");
    let fits = entry.architectures.is_empty() || entry.architectures.iter().any(|name| name == native());
    let uri = entry.uris.iter().find(|uri| is_usable(uri))?;
    if !has_main || !fits {
        return None;
    }
    let own_path = path_segments(uri).any(|segment| segment == "debian");
    let own_keyring = entry.signed_by.contains("debian-archive-");
    // Vendors publish `stable main` and even code names from their own hosts; neither sign of Debian, no trust.
    if !own_path && !own_keyring {
        return None;
    }
    let code_name = !suite.contains("stable") && suite != "testing";
    let keyring = keyring(&entry.signed_by, root);
    let trusted = own_keyring || entry.signed_by.is_empty();
    let archive = Archive { uri: uri.clone(), keyring, found_in: file.to_owned() };
    Some(((trusted, own_path, code_name), archive))
}

/// The parts of an address's path, without scheme and host.
fn path_segments(uri: &str) -> impl Iterator<Item = &str> {
    uri.split_once(':').map_or(uri, |(_, rest)| rest).trim_start_matches('/').split('/')
}

/// Addresses that work without a person changing media, and that cannot break out of a one-line source entry.
fn is_usable(uri: &str) -> bool {
    let plain = uri.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'[' | b']' | b'#'));
    plain && uri.split_once(':').is_some_and(|(scheme, _)| scheme != "cdrom")
}

/// The keyring that an entry names. A single release's key of Debian is widened to Debian's whole keyring where that
/// is installed, because the suite that is asked for may be another release than the machine's own.
fn keyring(signed_by: &str, root: &Path) -> Keyring {
    if signed_by.starts_with("-----BEGIN") {
        let lines: Vec<&str> = signed_by.lines().map(|line| if line == "." { "" } else { line }).collect();
        return Keyring::Embedded(lines.join("\n") + "\n");
    }
    let named: Vec<&str> =
        signed_by.split([',', ' ', '\n', '\t']).filter(|word| word.starts_with('/')).collect();
    let own = named.is_empty() || named.iter().any(|path| path.contains("debian-archive-"));
    let whole = DEBIAN_KEYRINGS.iter().map(|path| root.join(path)).find(|path| path.is_file());
    match whole {
        Some(whole) if own => Keyring::Files(vec![whole]),
        _ if named.is_empty() => Keyring::Files(vec![root.join(DEBIAN_KEYRINGS[0])]),
        _ => Keyring::Files(named.iter().map(|path| root.join(path.trim_start_matches('/'))).collect()),
    }
}

/// This machine's architecture in Debian's words.
fn native() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "arm" => "armhf",
        "x86" => "i386",
        "powerpc64" => "ppc64el",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYRING: &str = "usr/share/keyrings/debian-archive-keyring.gpg";

    fn machine(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = root.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        root
    }

    fn found(files: &[(&str, &str)]) -> Option<(String, Keyring, String)> {
        let root = machine(files);
        let archive = Archive::discover(root.path()).ok()?;
        let short = |path: &Path| path.strip_prefix(root.path()).unwrap().to_owned();
        let keyring = match archive.keyring {
            Keyring::Files(files) => Keyring::Files(files.iter().map(|file| short(file)).collect()),
            embedded @ Keyring::Embedded(_) => embedded,
        };
        Some((archive.uri, keyring, short(&archive.found_in).display().to_string()))
    }

    fn files(paths: &[&str]) -> Keyring {
        Keyring::Files(paths.iter().map(PathBuf::from).collect())
    }

    #[test]
    fn the_shape_of_a_debian_container_image_is_found() {
        let sources = "\
Types: deb
# http://snapshot.example.invalid/archive/debian/20250520T000000Z
URIs: http://mirror.example.invalid/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.example.invalid/debian-security
Suites: bookworm-security
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
";
        let vendor = "Types: deb\nURIs: http://vendor.example.invalid/node\nSuites: nodistro\nComponents: main\n\
                      Signed-By: /usr/share/keyrings/vendor.gpg\n";
        let off = "deb http://off.example.invalid/debian bookworm main\n";
        let got = found(&[
            ("etc/apt/sources.list.d/debian.sources", sources),
            ("etc/apt/sources.list.d/another.sources", vendor),
            ("etc/apt/sources.list.d/aaa.list.disabled", off),
            (KEYRING, "key"),
        ]);
        let expected = (
            "http://mirror.example.invalid/debian".to_owned(),
            files(&[KEYRING]),
            "etc/apt/sources.list.d/debian.sources".to_owned(),
        );
        assert_eq!(got, Some(expected));
    }

    #[test]
    fn an_old_sources_list_without_a_keyring_gets_debians_own() {
        let list = "deb cdrom:[Debian GNU/Linux 12]/ bookworm main\n\
                    deb http://security.example.invalid/debian-security bookworm-security main\n\
                    deb http://mirror.example.invalid/debian/ bookworm main non-free-firmware\n\
                    deb http://mirror.example.invalid/debian/ bookworm-updates main\n\
                    deb http://mirror.example.invalid/debian/ bookworm-backports main\n";
        let got = found(&[("etc/apt/sources.list", list)]);
        let expected = (
            "http://mirror.example.invalid/debian/".to_owned(),
            files(&[KEYRING]),
            "etc/apt/sources.list".to_owned(),
        );
        assert_eq!(got, Some(expected));
    }

    #[test]
    fn vendors_with_debian_suites_are_not_taken_for_debian() {
        let list = "deb [signed-by=/usr/share/keyrings/g.gpg] http://a.example.invalid/oss/deb stable main\n\
                    deb [signed-by=/usr/share/keyrings/h.gpg] http://b.example.invalid bookworm main\n\
                    deb http://c.example.invalid/linux/debian bookworm stable\n\
                    deb http://d.example.invalid/ubuntu noble main\n";
        let root = machine(&[("etc/apt/sources.list.d/vendors.list", list)]);
        assert_eq!(
            Archive::discover(root.path()).unwrap_err().to_string(),
            format!(
                "no Debian archive is configured under `{}`; add a `.sources` file with the main archive of a \
                 Debian release there, or use a registry",
                root.path().join("etc/apt").display()
            )
        );
    }

    #[test]
    fn debians_own_keyring_beats_a_vendors_debian_directory() {
        let list = "deb [signed-by=/k/vendor.gpg] http://vendor.example.invalid/debian trixie main\n\
                    deb [arch=s390x] http://other.example.invalid/debian trixie main\n\
                    deb http://alias.example.invalid/debian stable main\n\
                    deb [signed-by=/usr/share/keyrings/debian-archive-trixie-stable.gpg] \
                    http://own.example.invalid/debian trixie main\n";
        let got = found(&[("etc/apt/sources.list", list), (KEYRING, "key")]).unwrap();
        assert_eq!(got.0, "http://own.example.invalid/debian");
        assert_eq!(got.1, files(&[KEYRING]), "the key of one release is widened to the whole keyring");
    }

    #[test]
    fn a_site_mirror_with_its_own_key_is_taken_when_there_is_nothing_better() {
        let list = "deb [signed-by=/etc/apt/keyrings/site.gpg,/etc/apt/keyrings/old.gpg] \
                    http://site.example.invalid/mirror/debian trixie main\n";
        let got = found(&[("etc/apt/sources.list", list), (KEYRING, "key")]).unwrap();
        assert_eq!(got.0, "http://site.example.invalid/mirror/debian");
        assert_eq!(got.1, files(&["etc/apt/keyrings/site.gpg", "etc/apt/keyrings/old.gpg"]));
    }

    #[test]
    fn a_key_inside_the_stanza_is_kept() {
        let sources = "Types: deb\nURIs: http://site.example.invalid/debian\nSuites: trixie\nComponents: main\n\
                       Signed-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mQ\n -----END PGP PUBLIC KEY BLOCK-----\n";
        let got = found(&[("etc/apt/sources.list.d/site.sources", sources)]).unwrap();
        let key = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmQ\n-----END PGP PUBLIC KEY BLOCK-----\n";
        assert_eq!(got.1, Keyring::Embedded(key.to_owned()));
    }

    #[test]
    fn a_keyring_that_is_not_there_is_named_with_its_remedy() {
        let root = machine(&[("etc/apt/sources.list", "deb http://m.example.invalid/debian trixie main\n")]);
        let archive = Archive::discover(root.path()).unwrap();
        assert_eq!(
            archive.check_keyring().unwrap_err().to_string(),
            format!(
                "the archive keyring `{}` does not exist; `apt-get install debian-archive-keyring` or \
                 `stackctl doctor --fix` brings it",
                root.path().join(KEYRING).display()
            )
        );
    }
}
