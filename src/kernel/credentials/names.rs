//! What the name of a setting, variable, flag or header says about its value.

/// Words for a secret, alone or as one word of a longer name.
const SECRETS: &[&str] = &[
    "password",
    "passwords",
    "passwd",
    "passphrase",
    "pass",
    "pwd",
    "pw",
    "secret",
    "secrets",
    "token",
    "tokens",
    "credential",
    "credentials",
    "apikey",
    "authkey",
    "accesskey",
    "secretkey",
    "privatekey",
    "authorization",
    "bearer",
    "cookie",
];

/// Ends of words without a separator: `PGPASSWORD`, `accesstoken`.
const ENDS: &[&str] = &["password", "passwd", "passphrase", "secret", "token", "apikey"];

/// Words that end in `pass` by chance.
const NO_PASS: &[&str] = &["bypass", "compass", "trespass", "encompass", "surpass", "overpass"];

/// Words before `key` that make it something else than a secret.
const PLAIN_KEYS: &[&str] = &[
    "public",
    "primary",
    "foreign",
    "partition",
    "sort",
    "cache",
    "group",
    "hash",
    "lookup",
    "index",
    "map",
    "check",
    "single",
    "count",
    "scan",
    "metric",
    "label",
    "row",
    "object",
    "by",
    "stream",
    "of",
];

/// Last words of a name that speaks about a secret and does not hold one.
const ABOUT: &[&str] = &[
    "length",
    "min",
    "max",
    "ttl",
    "policy",
    "expiry",
    "expiration",
    "lifetime",
    "age",
    "name",
    "names",
    "type",
    "prefix",
    "suffix",
    "enabled",
    "disabled",
    "required",
    "header",
    "field",
    "count",
    "limit",
    "url",
    "uri",
    "endpoint",
    "interval",
    "timeout",
    "through",
    "algorithm",
    "format",
    "issuer",
    "audience",
    "usage",
    "user",
    "id",
    "label",
    "metric",
    "bucket",
    "rotation",
    "version",
    "store",
    "provider",
    "region",
    "path_prefix",
];

/// Last words of a name that holds a path.
const PATHS: &[&str] = &["file", "files", "path", "paths", "dir", "directory", "filename", "location"];

/// Secrets that a setting names by file although the rest of its name says nothing of a secret.
const BY_FILE: &[&str] = &["webhook", "url"];

/// True for the name of something whose value is a secret: `DB_PASSWORD`, `--web.auth-token`, `X-API-Key`.
pub fn names_secret(name: &str) -> bool {
    let words = words(name);
    words.last().is_some_and(|last| {
        !PATHS.contains(&last.as_str()) && !ABOUT.contains(&last.as_str()) && any_secret(&words)
    })
}

/// True for the name of something whose value is the path of a file with a secret: `password_file`, `webhook_file`.
pub fn names_secret_file(name: &str) -> bool {
    let words = words(name);
    match words.split_last() {
        Some((last, rest)) => {
            PATHS.contains(&last.as_str())
                && (any_secret(rest) || rest.last().is_some_and(|word| BY_FILE.contains(&word.as_str())))
        }
        None => false,
    }
}

fn any_secret(words: &[String]) -> bool {
    let word = |word: &String| {
        SECRETS.contains(&word.as_str())
            || ENDS.iter().any(|end| word.ends_with(end))
            || (word.ends_with("pass") && !NO_PASS.contains(&word.as_str()))
    };
    let key = |pair: &[String]| match pair {
        [before, key] => matches!(key.as_str(), "key" | "keys") && !PLAIN_KEYS.contains(&before.as_str()),
        _ => false,
    };
    words.iter().any(word) || words.windows(2).any(key)
}

/// The words of a name in lower case: separated by punctuation or, in camel case, by capitals. Numbers are left out.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut before_is_lower = false;
    for c in name.chars() {
        let starts = !c.is_alphabetic() || (c.is_uppercase() && before_is_lower);
        if starts && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if c.is_alphabetic() {
            word.extend(c.to_lowercase());
        }
        before_is_lower = c.is_lowercase();
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// Endings of files that hold one secret or a configuration.
const ENDINGS: &[&str] = &[
    "txt", "key", "pem", "crt", "cer", "json", "yml", "yaml", "cnf", "conf", "ini", "cfg", "toml", "secret",
    "token", "pass", "password", "pw", "url", "env",
];

/// First parts of a path that no password begins with.
const ROOTS: &[&str] = &[
    "./",
    "../",
    "~/",
    "secrets/",
    "secret/",
    ".secrets/",
    "credentials/",
    "/run/",
    "/etc/",
    "/var/",
    "/home/",
    "/root/",
    "/opt/",
    "/srv/",
    "/usr/",
    "/mnt/",
    "/data/",
    "/tmp/",
];

/// True for text that is evidently a path and not the secret itself: it may be repeated in a message.
pub fn is_path(text: &str) -> bool {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '/' | '.' | '_' | '-' | '~' | ' ');
    let ending = text.rsplit_once('.').is_some_and(|(_, ending)| ENDINGS.contains(&ending));
    let root = ROOTS.iter().any(|root| text.strip_prefix(root).is_some_and(|rest| !rest.is_empty()));
    text.chars().all(plain) && (root || (ending && text.contains('/')))
}

#[cfg(test)]
mod tests {
    use super::{is_path, names_secret, names_secret_file};

    #[test]
    fn names_of_secrets_are_told_from_names_that_speak_about_one() {
        for name in [
            "password",
            "DB_PASSWORD",
            "PGPASSWORD",
            "MYSQL_PWD",
            "dbPass",
            "REDIS_PASS",
            "apiKey",
            "API_KEY_2",
            "X-API-Key",
            "Authorization",
            "Proxy-Authorization",
            "web.auth-token",
            "GITHUB_TOKEN",
            "client_secret",
            "AWS_SECRET_ACCESS_KEY",
            "SECRET_KEY_BASE",
            "cookie",
            "routing_key",
        ] {
            assert!(names_secret(name), "{name}");
        }
        for name in [
            "PASSWORD_FILE",
            "password_min_length",
            "TOKEN_TTL",
            "token_url",
            "BYPASS",
            "TOKENIZER",
            "KEYSPACE",
            "CHECK_KEYS",
            "public_key",
            "group_by_key",
            "secret_name",
            "X-Scope-OrgID",
            "username",
            "key",
            "",
        ] {
            assert!(!names_secret(name), "{name}");
        }
    }

    #[test]
    fn settings_that_name_the_file_of_a_secret_are_known() {
        for name in
            ["password_file", "bearer_token_file", "webhook_file", "url_file", "DATA_SOURCE_PASS_FILE"]
        {
            assert!(names_secret_file(name), "{name}");
        }
        for name in ["config_file", "rule_files", "password", "file"] {
            assert!(!names_secret_file(name), "{name}");
        }
    }

    #[test]
    fn a_path_is_told_from_a_password() {
        for path in ["secrets/pg", "./pw", "/run/secrets/x", "deploy/redis.txt", "../a b.key"] {
            assert!(is_path(path), "{path}");
        }
        for password in ["hunter2", "pa/ss", "S3cr3t!", "x.txt", "secrets/", "./p@ss", "abc/def+gh="] {
            assert!(!is_path(password), "{password}");
        }
    }
}
