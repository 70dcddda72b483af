//! From what `mmdebstrap` and apt print to an error that says what to do. Works on recorded text only.
//!
//! The child runs with `LC_ALL=C`, so the wording is apt's English one, which has been stable for many releases.

use std::path::Path;

use super::error::{ArchiveError, Said};

/// What was being built, for the message.
#[derive(Debug, Clone, Copy)]
pub struct Attempt<'a> {
    pub package: &'a str,
    pub suite: &'a str,
    /// Where `mmdebstrap` works.
    pub directory: &'a Path,
    /// How it ended: `exit status: 25`.
    pub status: &'a str,
}

/// At most this many lines go into a message.
const KEPT_LINES: usize = 4;

const SIGNATURE: [&str; 9] = [
    "NO_PUBKEY",
    "is not signed",
    "BADSIG",
    "EXPKEYSIG",
    "REVKEYSIG",
    "signatures were invalid",
    "signatures couldn't be verified",
    "Missing key",
    "signature verification failed",
];
const NETWORK: [&str; 9] = [
    "Could not resolve",
    "Temporary failure resolving",
    "Could not connect",
    "Unable to connect",
    "Connection refused",
    "Network is unreachable",
    "onnection timed out",
    "Connection failed",
    "No route to host",
];
const SPACE: [&str; 3] = ["No space left on device", "enough free space", "Disk quota exceeded"];
const PERMISSION: [&str; 4] = ["Operation not permitted", "Permission denied", "unshare", "/etc/subuid"];
const DAMAGE: [&str; 2] = ["Hash Sum mismatch", "File has unexpected size"];
const ABSENT: [&str; 3] =
    ["Unable to locate package ", "has no installation candidate", "Couldn't find any package"];

/// The error that fits what the tool printed.
pub fn diagnose(attempt: Attempt<'_>, lines: &[String]) -> ArchiveError {
    let said = || said(lines);
    let package = attempt.package.to_owned();
    let suite = attempt.suite.to_owned();
    // The full disk first: it makes everything else fail too, in words that mislead.
    if find(lines, &SPACE).is_some() {
        return ArchiveError::NoSpace { directory: attempt.directory.to_owned(), package, said: said() };
    }
    if let Some(since) = find(lines, &["is expired (invalid since "]).and_then(expired_since) {
        return ArchiveError::Expired { suite, since, said: said() };
    }
    if find(lines, &["is not valid yet"]).is_some() {
        return ArchiveError::NotYetValid { suite, said: said() };
    }
    if find(lines, &SIGNATURE).is_some() {
        return ArchiveError::Signature { suite, said: said() };
    }
    if find(lines, &["does not have a Release file"]).is_some() {
        return ArchiveError::SuiteUnknown { suite, said: said() };
    }
    if let Some(line) = find(lines, &ABSENT) {
        return ArchiveError::PackageUnknown { package: absent_package(line, &package), suite, said: said() };
    }
    if find(lines, &NETWORK).is_some() {
        return ArchiveError::Unreachable { said: said() };
    }
    if find(lines, &DAMAGE).is_some() {
        return ArchiveError::Damaged { said: said() };
    }
    if find(lines, &PERMISSION).is_some() {
        return ArchiveError::NotPermitted { package, said: said() };
    }
    ArchiveError::Failed { package, status: attempt.status.to_owned(), said: said() }
}

fn find<'a>(lines: &'a [String], phrases: &[&str]) -> Option<&'a str> {
    lines.iter().find(|line| phrases.iter().any(|phrase| line.contains(phrase))).map(String::as_str)
}

fn expired_since(line: &str) -> Option<String> {
    let (_, rest) = line.split_once("invalid since ")?;
    rest.split_once(')').map(|(since, _)| since.to_owned())
}

/// `E: Unable to locate package NAME` and `E: Package 'NAME' has no installation candidate` name the package; it may
/// be an extra one.
fn absent_package(line: &str, asked: &str) -> String {
    let after_locate = line.split_once("Unable to locate package ").map(|(_, name)| name.trim());
    let quoted = line.split('\'').nth(1);
    after_locate.or(quoted).unwrap_or(asked).to_owned()
}

/// The last lines that tell something: errors, warnings and apt's indented explanations. The tool's own account of
/// how it unwinds is left out, and so are credentials in addresses.
fn said(lines: &[String]) -> Said {
    let tells = |line: &&String| {
        let noise = ["mmdebstrap failed to run", "-oAPT::Status-Fd", "status child failed"];
        (line.starts_with("E: ") || line.starts_with("W: ") || line.starts_with("  "))
            && !line.contains("because the /")
            && !noise.iter().any(|phrase| line.contains(phrase))
    };
    let telling: Vec<String> =
        lines.iter().filter(tells).map(|line| without_credentials(line.trim())).collect();
    Said(telling[telling.len().saturating_sub(KEPT_LINES)..].to_vec())
}

/// `http://user:password@host/` becomes `http://host/`.
fn without_credentials(line: &str) -> String {
    let mut words = Vec::new();
    for word in line.split(' ') {
        let cleaned = word.split_once("://").and_then(|(scheme, rest)| {
            let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
            let (_, host) = authority.rsplit_once('@')?;
            Some(format!("{scheme}://{host}/{path}"))
        });
        words.push(cleaned.unwrap_or_else(|| word.to_owned()));
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What every failing run of mmdebstrap 1.3.5 prints around apt's words.
    fn message(apt: &str) -> String {
        let text = format!(
            "I: running apt-get update...\n{apt}\n\
             E: apt-get update --error-on=any -oAPT::Status-Fd=<$fd> -oDpkg::Use-Pty=false failed\n\
             I: main() received signal PIPE: waiting for setup...\nE: mmdebstrap failed to run"
        );
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let attempt = Attempt {
            package: "prometheus",
            suite: "forky",
            directory: Path::new("/tmp/work"),
            status: "exit status: 25",
        };
        diagnose(attempt, &lines).to_string()
    }

    #[test]
    fn an_expired_release_file_says_for_how_long_and_how_to_accept_it() {
        let line = "E: Release file for http://m.example.invalid/debian/dists/forky/InRelease is expired (invalid \
                    since 14d 16h 14min 33s). Updates for this repository will not be applied.";
        assert_eq!(
            message(line),
            format!(
                "the Release file of suite `forky` expired 14d 16h 14min 33s ago, so the archive may be \
                 withholding updates; pass --accept-expired if you mean it; it said: {line}"
            )
        );
    }

    #[test]
    fn a_clock_behind_is_not_an_expired_archive() {
        let line = "E: Release file for http://m.example.invalid/debian/dists/forky/InRelease is not valid yet \
                    (invalid for another 3h 2min 1s). Updates for this repository will not be applied.";
        assert_eq!(
            message(line),
            format!(
                "the Release file of suite `forky` is not valid yet; check the clock of this machine; it said: {line}"
            )
        );
    }

    #[test]
    fn a_missing_package_is_named_even_when_it_is_an_extra_one() {
        assert_eq!(
            message("Reading package lists...\nE: Unable to locate package tzdatta"),
            "suite `forky` has no package `tzdatta`; another suite may have it; it said: E: Unable to locate \
             package tzdatta"
        );
        assert_eq!(
            message("E: Package 'grafana' has no installation candidate"),
            "suite `forky` has no package `grafana`; another suite may have it; it said: E: Package 'grafana' has \
             no installation candidate"
        );
    }

    #[test]
    fn an_unknown_suite_is_not_a_network_fault() {
        let apt = "Ign:1 http://m.example.invalid/debian forky InRelease\n\
                   Err:2 http://m.example.invalid/debian forky Release\n  404  Not Found [IP: 192.0.2.1 80]\n\
                   E: The repository 'http://m.example.invalid/debian forky Release' does not have a Release file.";
        assert_eq!(
            message(apt),
            "the archive has no suite `forky`; `trixie` is the default; it said: 404  Not Found [IP: 192.0.2.1 80] \
             / E: The repository 'http://m.example.invalid/debian forky Release' does not have a Release file."
        );
    }

    #[test]
    fn a_bad_signature_is_called_that_by_gpg_and_by_sqv() {
        let gpg = "E: The repository 'http://m.example.invalid/debian forky InRelease' is not signed.";
        let sqv =
            "  Sub-process /usr/bin/sqv returned an error code (1), error message is: Missing key 41587F7DB8";
        for (apt, line) in [(gpg, gpg), (sqv, sqv.trim())] {
            assert_eq!(
                message(apt),
                format!(
                    "the signature of suite `forky` cannot be verified with the configured keyring; a newer \
                     `debian-archive-keyring` may be needed; it said: {line}"
                )
            );
        }
    }

    #[test]
    fn an_unreachable_archive_is_reported_without_its_password() {
        let apt = "Err:1 http://m.example.invalid/debian forky InRelease\n  Could not resolve 'm.example.invalid'\n\
                   E: Failed to fetch http://me:secret@m.example.invalid/debian/dists/forky/InRelease  Could not \
                   resolve 'm.example.invalid'";
        assert_eq!(
            message(apt),
            "the Debian archive cannot be reached; check the network and `http_proxy`; it said: Could not resolve \
             'm.example.invalid' / E: Failed to fetch \
             http://m.example.invalid/debian/dists/forky/InRelease  Could not resolve 'm.example.invalid'"
        );
    }

    #[test]
    fn a_full_disk_wins_over_what_it_causes() {
        let apt = "E: Write error - write (28: No space left on device)\nE: IO Error saving source cache\n\
                   E: The package lists or status file could not be parsed or opened.";
        assert_eq!(
            message(apt),
            "no space left in `/tmp/work` while building `prometheus`; about 700 MB are needed, TMPDIR chooses \
             another place; it said: E: Write error - write (28: No space left on device) / E: IO Error saving \
             source cache / E: The package lists or status file could not be parsed or opened."
        );
    }

    #[test]
    fn a_forbidden_system_call_a_damaged_file_and_the_unknown_have_their_own_words() {
        assert_eq!(
            message("E: unshare() failed: Operation not permitted"),
            "this machine does not permit unpacking `prometheus`; run as root or allow it in the sandbox; it said: \
             E: unshare() failed: Operation not permitted"
        );
        assert_eq!(
            message("E: Failed to fetch http://m.example.invalid/p.deb  Hash Sum mismatch"),
            "the archive delivered a file that differs from its signed index; it may be changing, try again in \
             some minutes; it said: E: Failed to fetch http://m.example.invalid/p.deb  Hash Sum mismatch"
        );
        assert_eq!(
            message("E: something new"),
            "`mmdebstrap` failed for `prometheus` with exit status: 25; it said: E: something new"
        );
    }
}
