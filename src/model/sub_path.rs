//! The path below which a component serves its pages, its API and its metrics.

/// How a component is told to serve below a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubPath {
    /// It serves at the root only.
    Never,
    /// Below the value of the flag `prefix`; without that flag, below the path of the URL in the flag `url`. Prometheus,
    /// Alertmanager and the blackbox exporter do so.
    Flags { url: &'static str, prefix: &'static str },
    /// Below the path of the URL in the variable `url` while the variable `serve` is `true`. Grafana does so.
    Variables { url: &'static str, serve: &'static str },
}

impl SubPath {
    /// The path of a container with these arguments and this environment: `/prometheus`; empty at the root.
    pub fn of_container(self, args: &[String], env: &[String]) -> String {
        let path = match self {
            Self::Never => None,
            Self::Flags { url, prefix } => {
                flag(args, prefix).map(str::to_owned).or_else(|| flag(args, url).map(path_of_url))
            }
            Self::Variables { url, serve } => {
                variable(env, url).filter(|_| variable(env, serve) == Some("true")).map(path_of_url)
            }
        };
        normalised(&path.unwrap_or_default())
    }
}

/// The flags of a component for its public URL and its path that these arguments name twice, which stops it at its start.
pub fn repeated(sub_path: SubPath, args: &[String]) -> Vec<&'static str> {
    let SubPath::Flags { url, prefix } = sub_path else { return Vec::new() };
    let twice = |name: &&str| args.iter().filter(|arg| is_flag(arg, name)).count() > 1;
    [url, prefix].into_iter().filter(twice).collect()
}

/// Whether an argument is this flag, with or without its value.
pub fn is_flag(arg: &str, name: &str) -> bool {
    arg.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
}

/// A path with one slash at its beginning and none at its end; empty for the root.
pub fn normalised(path: &str) -> String {
    let inner = path.trim_matches('/');
    if inner.is_empty() { String::new() } else { format!("/{inner}") }
}

/// The path of a URL. Prometheus also takes a path alone for its URL.
pub fn path_of_url(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    let path = match url.split_once("://") {
        Some((_, rest)) => rest.find('/').and_then(|at| rest.get(at..)).unwrap_or_default(),
        None => url,
    };
    normalised(path)
}

/// The value of a flag: `--name=value`, or `--name` and `value` as two arguments.
fn flag<'a>(args: &'a [String], name: &str) -> Option<&'a str> {
    args.iter().enumerate().find_map(|(index, arg)| match arg.strip_prefix(name)? {
        "" => args.get(index + 1).map(String::as_str),
        rest => rest.strip_prefix('='),
    })
}

fn variable<'a>(env: &'a [String], name: &str) -> Option<&'a str> {
    env.iter().find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
}

#[cfg(test)]
mod tests {
    use super::{SubPath, normalised, path_of_url};

    const FLAGS: SubPath = SubPath::Flags { url: "--web.external-url", prefix: "--web.route-prefix" };
    const VARIABLES: SubPath = SubPath::Variables { url: "GF_SERVER_ROOT_URL", serve: "GF_SERVER_SERVE" };

    fn own(items: &[&str]) -> Vec<String> {
        items.iter().map(|item| (*item).to_owned()).collect()
    }

    #[test]
    fn flags_decide_the_path_as_prometheus_reads_them() {
        for (args, expected) in [
            (&[] as &[&str], ""),
            (&["--config.file=/x"], ""),
            (&["--web.external-url=http://localhost:9090"], ""),
            (&["--web.external-url=http://localhost:9090/"], ""),
            (&["--web.external-url=https://ops.example.org/prometheus"], "/prometheus"),
            (&["--web.external-url=https://ops.example.org/prometheus/"], "/prometheus"),
            (&["--web.external-url=https://ops.example.org/a/b//"], "/a/b"),
            (&["--web.external-url=https://[fd00::1]:8443/p"], "/p"),
            (&["--web.external-url=/prometheus/"], "/prometheus"),
            (&["--web.external-url", "https://ops.example.org/prometheus"], "/prometheus"),
            (&["--web.external-url=https://ops.example.org/prometheus", "--web.route-prefix=/"], ""),
            (&["--web.external-url=https://ops.example.org/prometheus", "--web.route-prefix", "/"], ""),
            (&["--web.route-prefix=/p/", "--web.external-url=https://ops.example.org/q"], "/p"),
            (&["--web.route-prefix=p"], "/p"),
            (&["--web.route-prefix-of-another=/p"], ""),
            (&["--web.route-prefix"], ""),
        ] {
            assert_eq!(FLAGS.of_container(&own(args), &[]), expected, "{args:?}");
        }
    }

    #[test]
    fn variables_decide_the_path_only_when_both_are_there() {
        for (env, expected) in [
            (&["GF_SERVER_ROOT_URL=https://ops.example.org/grafana/"] as &[&str], ""),
            (&["GF_SERVER_ROOT_URL=https://ops.example.org/grafana/", "GF_SERVER_SERVE=false"], ""),
            (&["GF_SERVER_ROOT_URL=https://ops.example.org/grafana/", "GF_SERVER_SERVE=true"], "/grafana"),
            (&["GF_SERVER_ROOT_URL=https://ops.example.org", "GF_SERVER_SERVE=true"], ""),
            (&["GF_SERVER_SERVE=true"], ""),
        ] {
            assert_eq!(VARIABLES.of_container(&[], &own(env)), expected, "{env:?}");
        }
        let args = own(&["--web.external-url=https://ops.example.org/p"]);
        assert_eq!(SubPath::Never.of_container(&args, &args), "");
    }

    #[test]
    fn a_path_begins_with_one_slash_and_ends_with_none() {
        for (path, expected) in
            [("", ""), ("/", ""), ("//", ""), ("p", "/p"), ("/p/", "/p"), ("/p/q", "/p/q")]
        {
            assert_eq!(normalised(path), expected, "{path}");
        }
        assert_eq!(path_of_url("https://ops.example.org/p?x=1#y"), "/p");
        assert_eq!(path_of_url("https://ops.example.org?x=/y"), "");
    }
}
