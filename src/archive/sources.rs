//! The two shapes of apt's source lists as plain entries: deb822 `.sources` files and one-line `.list` files, both
//! as `sources.list(5)` describes them. Reads text only; what an entry is good for is decided in `discover`.

use std::collections::BTreeMap;

/// One enabled source of binary packages.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Entry {
    /// Where: one or more addresses, in the order written.
    pub uris: Vec<String>,
    /// Suites, in the order written.
    pub suites: Vec<String>,
    /// Components, in the order written.
    pub components: Vec<String>,
    /// The architectures that the entry is limited to; empty when it is not.
    pub architectures: Vec<String>,
    /// What the signature is checked with, as written: paths, a fingerprint, or a whole key block. Empty when absent.
    pub signed_by: String,
}

/// The enabled `deb` entries of a deb822 file.
pub fn deb822(text: &str) -> Vec<Entry> {
    stanzas(text).iter().filter_map(entry_of_stanza).collect()
}

/// Fields of each stanza, names in lower case. A continuation line is kept as one more line of its field.
fn stanzas(text: &str) -> Vec<BTreeMap<String, String>> {
    let mut done = Vec::new();
    let mut stanza: BTreeMap<String, String> = BTreeMap::new();
    let mut field = None;
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        if line.trim().is_empty() {
            done.push(std::mem::take(&mut stanza));
            field = None;
        } else if line.starts_with([' ', '\t']) {
            if let Some(value) = field.as_ref().and_then(|name| stanza.get_mut(name)) {
                value.push('\n');
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            let name = name.trim().to_ascii_lowercase();
            stanza.insert(name.clone(), value.trim().to_owned());
            field = Some(name);
        }
    }
    done.push(stanza);
    done
}

fn entry_of_stanza(stanza: &BTreeMap<String, String>) -> Option<Entry> {
    let words = |name: &str| split(stanza.get(name).map_or("", String::as_str));
    let enabled = stanza.get("enabled").is_none_or(|value| !is_no(value));
    (enabled && words("types").iter().any(|kind| kind == "deb")).then(|| Entry {
        uris: words("uris"),
        suites: words("suites"),
        components: words("components"),
        architectures: words("architectures"),
        signed_by: stanza.get("signed-by").map_or_else(String::new, |value| value.trim().to_owned()),
    })
}

/// The values that apt takes for "no".
fn is_no(value: &str) -> bool {
    matches!(value.to_ascii_lowercase().as_str(), "no" | "false" | "without" | "off" | "disable" | "0")
}

/// The `deb` entries of a one-line file.
pub fn one_line(text: &str) -> Vec<Entry> {
    text.lines().filter_map(entry_of_line).collect()
}

fn entry_of_line(line: &str) -> Option<Entry> {
    let line = line.split('#').next()?.trim();
    let rest = line.strip_prefix("deb")?;
    if !rest.starts_with([' ', '\t', '[']) {
        return None;
    }
    let (options, rest) = match rest.trim_start().strip_prefix('[') {
        Some(rest) => rest.split_once(']')?,
        None => ("", rest),
    };
    let mut words = rest.split_whitespace().map(str::to_owned);
    let mut entry = Entry { uris: vec![words.next()?], suites: vec![words.next()?], ..Entry::default() };
    entry.components = words.collect();
    for option in options.split_whitespace() {
        match option.split_once('=') {
            Some(("signed-by", value)) => value.clone_into(&mut entry.signed_by),
            Some(("arch", value)) => entry.architectures = value.split(',').map(str::to_owned).collect(),
            _ => {}
        }
    }
    Some(entry)
}

fn split(value: &str) -> Vec<String> {
    value.split_whitespace().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(uris: &[&str], suites: &[&str], components: &[&str]) -> Entry {
        let own = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        Entry { uris: own(uris), suites: own(suites), components: own(components), ..Entry::default() }
    }

    #[test]
    fn a_deb822_file_with_comments_continuations_and_two_stanzas_is_read() {
        let text = "\
# first comment
Types: deb deb-src
# a comment inside a stanza
URIs: http://mirror.example.invalid/debian
  http://second.example.invalid/debian
Suites: bookworm
\tbookworm-updates
components: main contrib
Architectures: amd64 i386
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://security.example.invalid/debian-security
Suites: bookworm-security
Components: main
";
        let mut first = entry(
            &["http://mirror.example.invalid/debian", "http://second.example.invalid/debian"],
            &["bookworm", "bookworm-updates"],
            &["main", "contrib"],
        );
        first.architectures = vec!["amd64".to_owned(), "i386".to_owned()];
        first.signed_by = "/usr/share/keyrings/debian-archive-keyring.gpg".to_owned();
        let second =
            entry(&["http://security.example.invalid/debian-security"], &["bookworm-security"], &["main"]);
        assert_eq!(deb822(text), [first, second]);
    }

    #[test]
    fn a_disabled_stanza_and_a_source_only_stanza_are_left_out() {
        let stanza =
            |first: &str| format!("{first}\nURIs: http://x.invalid/\nSuites: s\nComponents: main\n\n");
        let text =
            ["Types: deb\nEnabled: no", "Types: deb\nEnabled: False", "Types: deb-src"].map(stanza).concat();
        assert_eq!(deb822(&text), []);
        assert_eq!(
            deb822(&stanza("Types: deb\nEnabled: yes")),
            [entry(&["http://x.invalid/"], &["s"], &["main"])]
        );
    }

    #[test]
    fn an_embedded_key_keeps_its_lines() {
        let text = "Types: deb\nURIs: http://x.invalid/\nSuites: s\nComponents: main\nSigned-By:\n \
                    -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mQINBF\n -----END PGP PUBLIC KEY BLOCK-----\n";
        let keys: Vec<String> = deb822(text).into_iter().map(|entry| entry.signed_by).collect();
        assert_eq!(
            keys,
            ["-----BEGIN PGP PUBLIC KEY BLOCK-----\n.\nmQINBF\n-----END PGP PUBLIC KEY BLOCK-----"]
        );
    }

    #[test]
    fn one_line_entries_with_and_without_options_are_read() {
        let text = "\
# deb http://commented.example.invalid/debian trixie main
deb http://mirror.example.invalid/debian trixie main contrib # why
deb-src http://mirror.example.invalid/debian trixie main
deb [ signed-by=/k.gpg arch=amd64,arm64 trusted=yes ] http://other.example.invalid/ stable main
deb [arch=i386]http://odd.example.invalid/ sid main
debris
deb http://short.example.invalid
";
        let mut other = entry(&["http://other.example.invalid/"], &["stable"], &["main"]);
        other.signed_by = "/k.gpg".to_owned();
        other.architectures = vec!["amd64".to_owned(), "arm64".to_owned()];
        let mut odd = entry(&["http://odd.example.invalid/"], &["sid"], &["main"]);
        odd.architectures = vec!["i386".to_owned()];
        let plain = entry(&["http://mirror.example.invalid/debian"], &["trixie"], &["main", "contrib"]);
        assert_eq!(one_line(text), [plain, other, odd]);
    }
}
