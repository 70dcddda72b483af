//! Credentials in addresses, connection strings, flags and texts.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::names::names_secret;

/// `scheme://user:SECRET@host`; the secret may hold an `@`.
static AUTHORITY: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"://[^\s/?#:@"'`\[]*:(?P<s>[^\s/?#"'`]+)@"#).ok());
/// The same with a `/`, `?` or `#` in the secret, which should have been escaped.
static UNESCAPED: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"://[^\s/?#:@"'`\[]*:(?P<s>[^\s"'`@/?#]*[/?#][^\s"'`@]*)@"#).ok());
/// `scheme://TOKEN@host`.
static USER: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"://(?P<s>[A-Za-z0-9_\-]{20,}):?@").ok());
/// `user:SECRET@host` without a scheme.
static PLAIN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"(?:^|[\s"'`=,;(])(?P<u>[^\s:/@"'`=,;(){}\[\]]*):(?P<s>[^\s"'`]+)@(?P<h>[^\s"'`]*)"#).ok()
});
/// `name=`, as a flag, a query parameter, a variable or a word of a connection string. What follows is the value.
static ASSIGNED: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?P<b>[?&;]?)(?P<n>[A-Za-z][A-Za-z0-9_.\-]*) ?= ?").ok());
/// `Bearer TOKEN` and `Basic TOKEN`.
static HEADER: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)\b(?:bearer|basic)\s+(?P<s>[A-Za-z0-9._~+/\-]{6,}=*)").ok());
/// Webhooks whose path is the secret, and tokens with a form of their own.
static TOKENS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let forms = [
        r#"hooks\.slack\.com/(?:services|workflows|triggers)/(?P<s1>[^\s"'`]+)"#,
        r#"discord(?:app)?\.com/api/webhooks/(?P<s2>[^\s"'`]+)"#,
        r#"api\.telegram\.org/(?:file/)?bot(?P<s3>[^\s"'`]+)"#,
        r#"webhook\.office\.com/(?P<s4>[^\s"'`]+)"#,
        r"(?P<s5>\bxox[a-z]-[A-Za-z0-9-]{10,}|\bxapp-[A-Za-z0-9-]{10,}|\bgh[a-z]_[A-Za-z0-9]{20,}|\bgithub_pat_\w{20,}|\bglpat-[A-Za-z0-9_-]{10,}|\bglsa_\w{10,}|\bAKIA[0-9A-Z]{16}\b|\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_.-]{10,}|\b[0-9]{6,}:[A-Za-z0-9_-]{30,})",
        r"-----BEGIN [A-Z ]*PRIVATE KEY-----(?P<s6>.*)",
    ];
    Regex::new(&forms.join("|")).ok()
});

/// Query parameters that are secrets although their names alone do not say so.
const PARAMETERS: &[&str] = &["key", "sig", "signature", "auth", "code", "hash"];

/// Values that are no secret whatever their name.
const SWITCHES: &[&str] = &["true", "false", "yes", "no", "on", "off", "none", "null"];

/// The first parts of texts with a colon and an `@` that are no credentials.
const ADDRESSES: &[&str] = &["mailto", "sip", "sips", "xmpp", "acct"];

/// Where passwords, tokens and keys are in a text, as byte ranges in order; they do not overlap.
pub fn inline(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    if !may_hold(text) {
        return found;
    }
    if text.contains("://") {
        addresses(text, &mut found);
    }
    if text.contains('@') {
        plain(text, &mut found);
    }
    if text.contains('=') {
        assigned(text, false, &mut found);
    }
    if SCHEMES.iter().any(|word| text.contains(word)) {
        headers(text, &mut found);
    }
    tokens(text, &mut found);
    merged(found)
}

/// Words before a token in a header.
const SCHEMES: [&str; 4] = ["earer ", "asic ", "EARER ", "ASIC "];

/// False for most messages and lines, which are not looked at any further: a token that stands alone is longer than other
/// words, and every other form has an `@`, an `=` or a scheme.
fn may_hold(text: &str) -> bool {
    let mut length = 0;
    let mut last = [0; 2];
    for byte in text.bytes() {
        let scheme = byte == b' ' && matches!(last, [b'e' | b'E', b'r' | b'R'] | [b'i' | b'I', b'c' | b'C']);
        if length > 16 || scheme || byte == b'@' || byte == b'=' {
            return true;
        }
        length = if byte.is_ascii_whitespace() { 0 } else { length + 1 };
        last = [last[1], byte];
    }
    length > 16
}

/// The same for addresses inside a longer text: only user information, query parameters and tokens with a form of their
/// own, because prose may say `password=…`.
pub fn in_address(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    if text.contains("://") {
        addresses(text, &mut found);
        assigned(text, true, &mut found);
    }
    tokens(text, &mut found);
    merged(found)
}

pub(super) fn names_login(name: &str) -> bool {
    let last = name.rsplit(['_', '-', '.']).next().unwrap_or_default();
    ["auth", "user", "userpass", "login", "u"].iter().any(|word| last.eq_ignore_ascii_case(word))
}

pub(super) fn names_dsn(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["dsn", "data_source", "connection", "conn_str", "connstr"].iter().any(|word| name.contains(word))
}

/// True for `user:password` under a name such as `BASIC_AUTH`, `--user` or `-u`; the port of `host:port` is no password.
pub fn is_login(name: &str, value: &str) -> bool {
    names_login(name)
        && value.split_once(':').is_some_and(|(user, password)| {
            let port = is_number(password) && user.contains('.');
            !user.contains(['/', ' ']) && !password.is_empty() && !password.starts_with("//") && !port
        })
}

/// True for a data source name in a form of its own, such as Oracle's `user/password@host`.
pub fn is_dsn(name: &str, value: &str) -> bool {
    let server = value.split_once("://").map_or(value, |(_, rest)| rest);
    let user = server.split_once('@').map_or("", |(user, _)| user);
    names_dsn(name) && user.split_once(['/', ':']).is_some_and(|(_, password)| !is_harmless(password))
}

/// True for a value that stands for a secret without being one: empty, a switch, a variable, a template.
pub fn is_harmless(value: &str) -> bool {
    let value = value.trim();
    value.is_empty()
        || SWITCHES.contains(&value.to_ascii_lowercase().as_str())
        || value.starts_with("{{")
        || value.starts_with("{config}/")
        || is_variable(value)
        || value.chars().all(|c| c == '*')
}

/// `${NAME}` and nothing else; a default may be the secret itself.
fn is_variable(value: &str) -> bool {
    let name = value.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
    name.is_some_and(|name| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'))
}

fn each(pattern: &LazyLock<Option<Regex>>, text: &str, mut take: impl FnMut(&regex::Captures<'_>)) {
    if let Some(pattern) = pattern.as_ref() {
        pattern.captures_iter(text).for_each(|captures| take(&captures));
    }
}

fn addresses(text: &str, found: &mut Vec<Range<usize>>) {
    let mut push = |secret: Option<regex::Match<'_>>| {
        found.extend(secret.filter(|s| !is_harmless(s.as_str())).map(|s| s.range()));
    };
    each(&AUTHORITY, text, |captures| push(captures.name("s")));
    each(&UNESCAPED, text, |captures| {
        let secret = captures.name("s");
        // `host:6379/0?x=a@b` has a port there.
        let port = |s: &str| s.split(['/', '?', '#']).next().is_some_and(is_number);
        push(secret.filter(|s| !port(s.as_str())));
    });
    each(&USER, text, |captures| {
        push(captures.name("s").filter(|s| s.as_str().contains(|c: char| c.is_ascii_digit())));
    });
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_digit())
}

fn plain(text: &str, found: &mut Vec<Range<usize>>) {
    each(&PLAIN, text, |captures| {
        let part = |name: &str| captures.name(name).map_or("", |part| part.as_str());
        let digest = part("h").starts_with("sha256:") || part("h").starts_with("sha512:");
        let address = ADDRESSES.contains(&part("u").to_ascii_lowercase().as_str());
        let scheme = part("s").starts_with("//");
        if let Some(secret) = captures.name("s")
            && !digest
            && !address
            && !scheme
            && !is_harmless(secret.as_str())
        {
            found.push(secret.range());
        }
    });
}

fn assigned(text: &str, only_in_query: bool, found: &mut Vec<Range<usize>>) {
    each(&ASSIGNED, text, |captures| {
        let name = captures.name("n").map_or("", |name| name.as_str());
        let in_query = captures.name("b").is_some_and(|before| !before.is_empty());
        let is_secret =
            names_secret(name) || (in_query && PARAMETERS.contains(&name.to_ascii_lowercase().as_str()));
        let Some(start) = captures.get(0).map(|all| all.end()) else { return };
        if !is_secret || (only_in_query && !in_query) {
            return;
        }
        let range = value(text, start, in_query);
        // `{token=~"x"}` and `a == b` are PromQL.
        let secret = text.get(range.clone()).unwrap_or_default();
        if !secret.starts_with(['~', '=']) && !is_harmless(secret) {
            found.push(range);
        }
    });
}

/// The value that begins here: what is in its quotes, or all up to a space, a quote or, in a query, the next parameter.
fn value(text: &str, start: usize, in_query: bool) -> Range<usize> {
    let rest = text.get(start..).unwrap_or_default();
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''));
    let (from, ends) = (start + quote.map_or(0, char::len_utf8), |c: char| match quote {
        Some(quote) => c == quote,
        None => c.is_whitespace() || matches!(c, '"' | '\'' | '`') || (in_query && c == '&'),
    });
    let value = text.get(from..).unwrap_or_default();
    from..from + value.find(ends).unwrap_or(value.len())
}

fn headers(text: &str, found: &mut Vec<Range<usize>>) {
    each(&HEADER, text, |captures| {
        // Prose goes on with a word: "basic authentication".
        let secret =
            captures.name("s").filter(|s| s.as_str().contains(|c: char| c.is_ascii_digit() || c == '='));
        found.extend(secret.map(|secret| secret.range()));
    });
}

/// Parts of what [`TOKENS`] matches: most texts have none of them.
const MARKS: &[&str] = &[
    "hooks.slack",
    "/api/webhooks/",
    "api.telegram",
    "webhook.office",
    "xox",
    "xapp-",
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "ghr_",
    "github_pat_",
    "glpat-",
    "glsa_",
    "AKIA",
    "eyJ",
    "PRIVATE KEY",
];

fn tokens(text: &str, found: &mut Vec<Range<usize>>) {
    if !MARKS.iter().any(|mark| text.contains(mark)) && !may_hold_bot(text) {
        return;
    }
    each(&TOKENS, text, |captures| {
        let secret = ["s1", "s2", "s3", "s4", "s5", "s6"].into_iter().find_map(|group| captures.name(group));
        found.extend(secret.map(|secret| secret.range()).filter(|range| !range.is_empty()));
    });
}

/// Whether the token of a Telegram bot may be in a text, `123456:AAF…`: making the regular expression takes longer than all
/// else that an `up` with nothing to do computes.
fn may_hold_bot(text: &str) -> bool {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-".contains(byte);
    text.match_indices(':').any(|(at, _)| {
        let (before, after) = (&text.as_bytes()[..at], &text.as_bytes()[at + 1..]);
        before.iter().rev().take_while(|byte| byte.is_ascii_digit()).count() >= 6
            && after.iter().take_while(|byte| is_part(byte)).count() >= 30
    })
}

/// Ranges in order, those that touch made one.
pub(super) fn merged(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.sort_by_key(|range| (range.start, range.end));
    let mut merged: Vec<Range<usize>> = Vec::with_capacity(ranges.len());
    for range in ranges {
        match merged.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => merged.push(range),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::inline;

    fn secrets(text: &str) -> Vec<&str> {
        inline(text).into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn credentials_are_found_in_every_usual_form() {
        for (text, secret) in [
            ("redis://:hunter2@redis:6379", "hunter2"),
            ("rediss://me:p@ss@redis:6379/0", "p@ss"),
            ("redis://:pa/ss#1@redis:6379", "pa/ss#1"),
            ("postgresql://u:hunter2@db:5432/app?sslmode=disable", "hunter2"),
            ("u:hunter2@db:5432/app", "hunter2"),
            ("monitor:hunter2@(db:3306)/", "hunter2"),
            ("monitor:hunter2@tcp(db:3306)/app", "hunter2"),
            ("db:5432/app?user=u&password=hunter2&sslmode=disable", "hunter2"),
            ("http://shop/health?token=hunter2", "hunter2"),
            ("https://chat/v1/spaces?key=hunter2", "hunter2"),
            ("host=db user=u password=hunter2", "hunter2"),
            ("host=db password='hunter2 x' user=u", "hunter2 x"),
            ("Server=db;Uid=u;Pwd=hunter2", "hunter2"),
            ("--web.auth-token=hunter2", "hunter2"),
            ("DB_PASSWORD=hunter2", "hunter2"),
            ("Authorization: Bearer hunter2x", "hunter2x"),
            ("Basic dXNlcjpwYXNz=", "dXNlcjpwYXNz="),
            ("https://0123456789abcdef0123@sentry.example.org/1", "0123456789abcdef0123"),
            ("https://hooks.slack.com/services/T0/B0/xyz", "T0/B0/xyz"),
            ("https://api.telegram.org/bot1:abc/send", "1:abc/send"),
        ] {
            assert_eq!(secrets(text), [secret], "{text}");
        }
    }

    #[test]
    fn addresses_and_texts_without_a_secret_are_left_alone() {
        for text in [
            "redis://redis:6379",
            "redis://user@redis:6379",
            "redis://redis:6379/0?x=a@b",
            "http://[::1]:9090/x@y",
            "https://me@shop.example.org/health?deep=1",
            "db:5432/app?sslmode=require",
            "prom/prometheus:v3.1@sha256:0123456789abcdef",
            "mailto:ops@example.org",
            "--web.config.file={config}/web.yml",
            "--es.password-file=/x",
            "--auth.token=true",
            "redis://:${REDIS_PASSWORD}@redis:6379",
            "sum by (token) (rate(x{token=~\"a\"}[5m]))",
            "pass basic authentication or a bearer token",
            "10:30 daily @ noon",
        ] {
            assert_eq!(secrets(text), [""; 0], "{text}");
        }
    }
}
